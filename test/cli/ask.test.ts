import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as Simulate from '../../src/simulate/index.js';
import { json, rows, scratch, tandem } from './tandem.js';

const TARGETS = ['--sensitivity', '0.95', '--specificity', '0.9', '--prevalence', '0.05'];

/** A laboratory whose gold was voted on ten times, and whose new stacks have a score and nothing else yet. */
const laboratory = () => {
  const dir = scratch();
  // Many are stalled, so that sensitivity can be seen; rates within a class do not depend on it.
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
  const answers = new Map<string, string[]>();
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

describe('tandem ask', () => {
  test('fit --ask, ask and answer until nobody is asked, decide: the certified targets are met on new stacks', () => {
    const { path, dir, inputs, gold, answers, truth, isGold } = laboratory();
    const fitted = tandem('fit', ...inputs, ...gold, ...TARGETS, '--ask', '--max-votes', '7', '--out', dir);
    expect([fitted.stderr, fitted.code]).toEqual(['', 0]);
    expect(fitted.stdout).toContain(
      'Automatic + crowd + expert path certified end to end: sensitivity ≥ 0.95, specificity ≥ 0.9',
    );
    expect(fitted.stdout).toMatch(
      /95 % confidence, on 400 stalled, 500 flowing gold; \d\.\d\d votes per stack expected/,
    );

    const ask = ['ask', '--policy', path('policy.json'), ...inputs, '--out', path('next.csv')];
    let asked = 0;
    for (let round = 0; ; round++) {
      const done = tandem(...ask, '--budget', '700');
      expect([done.stderr, done.code]).toEqual(['', 0]);
      const next = rows(path('next.csv'));
      if (round === 0) {
        const first = readFileSync(path('next.csv'), 'utf8');
        tandem(...ask, '--budget', '700');
        expect(readFileSync(path('next.csv'), 'utf8')).toBe(first);
        expect(next.reduce((sum, row) => sum + Number(row['votesWanted']), 0)).toBeLessThanOrEqual(700);
        expect(Object.keys(next[0])).toEqual(['stackId', 'votesWanted']);
      }
      const came = next.flatMap((row) => answers.get(row['stackId'])?.splice(0, Number(row['votesWanted'])) ?? []);
      if (came.length === 0) break;
      asked += came.length;
      appendFileSync(path('votes.csv'), `${came.join('\n')}\n`);
      expect(round).toBeLessThan(30);
    }
    expect(asked / 500).toBeLessThan(4);

    const decide = ['decide', '--policy', path('policy.json'), ...inputs, '--out', dir];
    expect(tandem(...decide).code).toBe(0);
    const decisions = rows(path('decisions.csv')).filter((row) => !isGold(`${row['stackId']},`));
    expect(decisions.length).toBe(500);
    const wrong = (label: number): number => {
      const mine = decisions.filter((row) => truth.get(row['stackId'] ?? '') === label);
      return mine.filter((row) => row['decision'] === ['stalled', 'flowing'][label]).length / mine.length;
    };
    expect(wrong(1)).toBeLessThanOrEqual(0.05);
    expect(wrong(0)).toBeLessThanOrEqual(0.1);
    // All who were asked have answered; whom seven votes leave open goes to an expert.
    expect(decisions.every((row) => row['decision'] !== 'ask crowd')).toBe(true);

    // Twice the same, byte for byte, and nothing half-written.
    const [before, audit] = ['decisions.csv', 'audit.csv'].map((name) => readFileSync(path(name), 'utf8'));
    expect(tandem(...decide).code).toBe(0);
    expect(readFileSync(path('decisions.csv'), 'utf8')).toBe(before);
    expect(readFileSync(path('audit.csv'), 'utf8')).toBe(audit);
    expect(readdirSync(dir).filter((name) => name.includes('partial'))).toEqual([]);

    const evaluated = tandem('evaluate', '--policy', path('policy.json'), ...inputs, ...gold, '--out', dir);
    expect(evaluated.code).toBe(0);
    const { endToEnd, againstCrowd } = json(path('evaluation.json'));
    expect(endToEnd.heldOut).not.toMatchObject({ sensitivity: 'not met' });
    expect(againstCrowd.compared.verdict).not.toBe('inferior');
    expect(againstCrowd.compared.missedStalls.pNonInferior).toBeLessThanOrEqual(0.05);
    const audited = rows(path('audit.csv'))[0]['stackId'] ?? '';
    const explained = tandem('explain', audited, '--policy', path('policy.json'), ...inputs);
    expect(explained.stdout).toContain('in the audit');
  }, 60_000);

  test('run --ask writes the list too; another way of asking is not certified', () => {
    const { dir, path, inputs, gold } = laboratory();
    const out = join(dir, 'out');
    const done = tandem('run', ...inputs, ...gold, ...TARGETS, '--ask', '--budget', '50', '--out', out);
    expect(done.code).toBe(0);
    for (const words of [
      'The rule on held-out gold, one vote at a time',
      'stalls lost without one vote',
      'Against the crowd alone, all its votes',
      'of the retired stacks, without seeing the decision: audit.csv',
    ]) {
      expect(done.stdout).toContain(words);
    }
    expect(rows(join(out, 'next.csv')).length).toBeLessThanOrEqual(50);
    expect(existsSync(join(out, 'audit.csv'))).toBe(true);
    const ask = ['ask', '--policy', join(out, 'policy.json'), ...inputs, '--out', path('next.csv')];
    const otherwise = tandem(...ask, '--votes-per-round', '4', '--json');
    expect(otherwise.code).toBe(3);
    expect(JSON.parse(otherwise.stdout).refused[0]).toMatchObject({
      _tag: 'StopRuleDiffers',
      replayed: '1 at a time',
      deployed: '4 at a time',
    });
    expect(tandem(...ask, '--budget', '0').stderr).toContain('whole number, 1 or more');
    expect(tandem('fit', ...inputs, ...gold, '--ask', '--least-votes', '9', '--max-votes', '8').stderr).toContain(
      'Lower --least-votes or raise --max-votes.',
    );
    // The first night: the file for answers is there, and no answer is.
    writeFileSync(path('none.csv'), 'stackId,annotatorId,label\n');
    const policy = ['--policy', join(out, 'policy.json'), '--out', path('first.csv')];
    const first = tandem('ask', ...policy, '--votes', path('none.csv'), '--scores', path('scores.csv'));
    expect([first.stderr, first.code]).toEqual(['', 0]);
    tandem('ask', ...policy.slice(0, 2), '--scores', path('scores.csv'), '--out', path('without.csv'));
    expect(readFileSync(path('first.csv'), 'utf8')).toBe(readFileSync(path('without.csv'), 'utf8'));
    expect(rows(path('first.csv')).length).toBeGreaterThan(100);
    expect(tandem('ask', ...policy, '--votes', path('none.csv')).stderr).toContain('a header with nothing below it');
    expect(tandem('ask', '--help').stdout).toMatch(/Examples:\n {2}tandem ask /);
  }, 60_000);
});
