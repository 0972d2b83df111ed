import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as Simulate from '../../src/simulate/index.js';
import { json, rows, scratch, tandem } from './tandem.js';

const TARGETS = ['--sensitivity', '0.95', '--specificity', '0.9', '--prevalence', '0.3'];
const ORDER = ['--order', 'rows'];

/** A laboratory whose gold was voted on ten times, and whose new stacks have a score and nothing else yet. */
const laboratory = () => {
  const dir = scratch();
  const lab = Simulate.dataset({
    stacks: 500,
    prevalence: 0.3,
    votes: { perStack: 10 },
    model: {},
    gold: { stalled: 800, flowing: 1000, chosen: 'stratified' },
  })(4);
  const files = Simulate.toCsv(lab);
  const gold = new Set(lab.gold.stackIds);
  const [head, ...votes] = [...files.votes].join('').trimEnd().split('\n');
  const isGold = (line: string): boolean => gold.has(line.split(',')[0]);
  const answers = new Map<string, readonly string[]>();
  for (const line of votes) {
    if (isGold(line)) continue;
    const id = line.split(',')[0];
    answers.set(id, [...(answers.get(id) ?? []), line]);
  }
  const path = (name: string): string => join(dir, name);
  writeFileSync(path('votes.csv'), `${[head, ...votes.filter(isGold)].join('\n')}\n`);
  writeFileSync(path('scores.csv'), [...files.scores].join(''));
  writeFileSync(path('gold.csv'), [...files.gold].join(''));
  const truth = new Map(lab.votes.stackIds.map((id, s) => [id, lab.truth[s]]));
  const inputs = ['--votes', path('votes.csv'), '--scores', path('scores.csv')];
  return { dir, path, inputs, gold: ['--gold', path('gold.csv')], answers, truth, isGold };
};

type Laboratory = ReturnType<typeof laboratory>;

/** Asks and answers until nobody is asked, then decides. @returns the decisions about new stacks, and how many votes were asked for */
const loop = ({ path, answers, isGold }: Laboratory, name: string, ...how: readonly string[]) => {
  const votes = path(`${name}.csv`);
  writeFileSync(votes, readFileSync(path('votes.csv')));
  const inputs = ['--policy', path('policy.json'), '--votes', votes, '--scores', path('scores.csv'), ...ORDER];
  const left = new Map([...answers].map(([id, lines]) => [id, [...lines]]));
  let asked = 0;
  for (let round = 0; ; round++) {
    const done = tandem('ask', ...inputs, ...how, '--out', path('next.csv'));
    expect([done.stderr, done.code, done.stdout.split('\n')[0]]).toEqual([
      '',
      0,
      'Certified for these stacks, as far as can be seen.',
    ]);
    const came = rows(path('next.csv')).flatMap(
      (row) => left.get(row['stackId'])?.splice(0, Number(row['votesWanted'])) ?? [],
    );
    if (came.length === 0) break;
    asked += came.length;
    appendFileSync(votes, `${came.join('\n')}\n`);
    expect(round).toBeLessThan(30);
  }
  const out = path(name);
  const decided = tandem('decide', ...inputs, '--out', out);
  expect([decided.stderr, decided.code]).toEqual(['', 0]);
  return { asked, decisions: rows(join(out, 'decisions.csv')).filter((row) => !isGold(`${row['stackId']},`)) };
};

/** What the rule did first; later votes may call an expert, and change nothing else. */
const firstStops = (decisions: readonly Readonly<Record<string, string>>[]): readonly string[] =>
  decisions.map((row) => {
    const isContradicted = row['reason'].startsWith('later votes contradict');
    return `${row['stackId']} ${row['votesCounted']} ${isContradicted ? '' : row['decision']}`;
  });

describe('tandem ask', () => {
  test('rounds of any size, and all votes at once, come to the same decisions under one certificate; the targets are met', () => {
    const lab = laboratory();
    const { path, dir, inputs, gold, answers, truth } = lab;
    const fitted = tandem('fit', ...inputs, ...ORDER, ...gold, ...TARGETS, '--least-votes', '1', '--out', dir);
    expect([fitted.stderr, fitted.code]).toEqual(['', 0]);
    expect(fitted.stdout).toContain(
      'from the first vote to the last, whether votes come singly, in rounds of any size, or all at once',
    );
    const singly = loop(lab, 'singly');
    const threes = loop(lab, 'threes', '--votes-per-round', '3');
    expect(singly.asked).toBeLessThan(threes.asked);
    expect(singly.asked / 500).toBeLessThan(4);
    // A history of ten votes on every stack.
    writeFileSync(path('all.csv'), readFileSync(path('votes.csv')));
    appendFileSync(path('all.csv'), `${[...answers.values()].flat().join('\n')}\n`);
    const all = ['--policy', path('policy.json'), '--votes', path('all.csv'), '--scores', path('scores.csv'), ...ORDER];
    expect(tandem('decide', ...all, '--out', path('all')).code).toBe(0);
    const history = rows(path('all/decisions.csv')).filter((row) => !lab.isGold(`${row['stackId']},`));
    const apart = (one: readonly string[], other: readonly string[]): readonly string[] =>
      one.filter((stop, i) => stop !== other[i] && !stop.endsWith(' ') && !other[i].endsWith(' '));
    expect(apart(firstStops(threes.decisions), firstStops(singly.decisions))).toEqual([]);
    expect(apart(firstStops(history), firstStops(singly.decisions))).toEqual([]);

    for (const { decisions } of [singly, threes, { decisions: history }]) {
      expect(decisions.length).toBe(500);
      expect(decisions.every((row) => row['status'] === 'certified')).toBe(true);
      const wrong = (label: number): number => {
        const mine = decisions.filter((row) => truth.get(row['stackId'] ?? '') === label);
        return mine.filter((row) => row['decision'] === ['stalled', 'flowing'][label]).length / mine.length;
      };
      expect(wrong(1)).toBeLessThanOrEqual(0.05);
      expect(wrong(0)).toBeLessThanOrEqual(0.1);
      // All who were asked have answered; whom seven votes leave open goes to an expert.
      expect(decisions.every((row) => row['decision'] !== 'ask crowd')).toBe(true);
    }

    // Twice the same, byte for byte, and nothing half-written.
    const files = ['decisions.csv', 'review.csv', 'audit.csv'];
    const before = files.map((name) => readFileSync(path(`all/${name}`), 'utf8'));
    expect(tandem('decide', ...all, '--out', path('all')).code).toBe(0);
    expect(files.map((name) => readFileSync(path(`all/${name}`), 'utf8'))).toEqual(before);
    expect(readdirSync(path('all')).filter((name) => name.includes('partial'))).toEqual([]);
    const audited = rows(path('all/audit.csv'))[0]['stackId'] ?? '';
    expect(tandem('explain', audited, ...all).stdout).toContain('in the audit');
  }, 240_000);

  test('run writes all lists as one set; the first night has no answers yet', () => {
    const { dir, path, inputs, gold } = laboratory();
    const out = join(dir, 'out');
    const done = tandem('run', ...inputs, ...ORDER, ...gold, ...TARGETS, '--budget', '50', '--out', out);
    expect([done.stderr, done.code]).toEqual(['', 0]);
    for (const words of [
      'one vote at a time',
      'stalls lost without one vote',
      'Against the crowd alone, all its votes',
      'without seeing the decision: audit.csv',
    ]) {
      expect(done.stdout).toContain(words);
    }
    expect(rows(join(out, 'next.csv')).length).toBeLessThanOrEqual(50);
    expect(existsSync(join(out, 'audit.csv'))).toBe(true);
    const ask = ['ask', '--policy', join(out, 'policy.json'), ...inputs, ...ORDER, '--out', path('next.csv')];
    expect(tandem(...ask, '--budget', '0').stderr).toContain('whole number, 1 or more');
    expect(tandem('fit', ...inputs, ...gold, '--least-votes', '9', '--max-votes', '8').stderr).toContain(
      'Lower --least-votes or raise --max-votes.',
    );
    writeFileSync(path('none.csv'), 'stackId,annotatorId,label\n');
    const policy = ['--policy', join(out, 'policy.json'), '--out', path('first.csv')];
    const first = tandem('ask', ...policy, '--votes', path('none.csv'), '--scores', path('scores.csv'));
    expect([first.stderr, first.code]).toEqual(['', 0]);
    tandem('ask', ...policy.slice(0, 2), '--scores', path('scores.csv'), '--out', path('without.csv'));
    expect(readFileSync(path('first.csv'), 'utf8')).toBe(readFileSync(path('without.csv'), 'utf8'));
    expect(rows(path('first.csv')).length).toBeGreaterThan(100);
    expect(tandem('ask', ...policy, '--votes', path('none.csv')).stderr).toContain('a header with nothing below it');
    expect(tandem('ask', '--help').stdout).toMatch(/Examples:\n {2}tandem ask /);
  }, 240_000);

  test('votes whose order nobody knows are not certified for asking, nor is a policy fitted on such votes', () => {
    const { dir, path, inputs, gold } = laboratory();
    expect(tandem('fit', ...inputs, ...ORDER, ...gold, ...TARGETS, '--out', dir).code).toBe(0);
    const ask = ['ask', ...inputs, '--out', path('next.csv')];
    const unordered = tandem(...ask, '--policy', path('policy.json'));
    expect(unordered.code).toBe(3);
    expect(unordered.stdout).toMatch(
      /^Not certified for these stacks: Nobody knows in which order these votes came.*--order rows/,
    );
    expect(tandem('fit', ...inputs, ...gold, ...TARGETS, '--out', path('hash')).code).toBe(0);
    const oneLook = tandem(...ask, ...ORDER, '--policy', path('hash/policy.json'), '--json');
    expect(oneLook.code).toBe(3);
    expect(JSON.parse(oneLook.stdout)).toMatchObject({ verdict: 'not certified', status: 'not certified' });
    expect(JSON.parse(oneLook.stdout).doubts[0]).toMatch(/one look at finished votes.*--order rows/);
    // Deciding twice, on more votes each time, is a second look where no order is known.
    const decide = (votes: string) =>
      tandem('decide', '--policy', path('hash/policy.json'), '--votes', votes, ...inputs.slice(2), '--out', path('d'));
    const lines = readFileSync(path('votes.csv'), 'utf8').trimEnd().split('\n');
    writeFileSync(path('half.csv'), lines.filter((_, i) => i === 0 || i % 2 === 1).join('\n'));
    decide(path('half.csv'));
    const again = decide(path('votes.csv'));
    expect(again.code).toBe(3);
    expect(again.stdout).toMatch(/decisions about [\d,]+ stacks of these on fewer votes/);
    expect(new Set(rows(path('d/decisions.csv')).map((row) => row['status']))).toEqual(new Set(['not certified']));
    // The same votes again are the same look.
    expect(decide(path('votes.csv')).stdout).not.toContain('on fewer votes');
    expect(json(path('hash/policy.json')).profile.schedule).toEqual({ oneLook: 10 });
  }, 240_000);
});
