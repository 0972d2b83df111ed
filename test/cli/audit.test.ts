import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as Simulate from '../../src/simulate/index.js';
import { json, rows, scratch, tandem } from './tandem.js';

/** What users of the first version ran into: proofs that did not follow the use, and decisions that nobody would accept. */

const ORDER = ['--order', 'rows'];
const PREVALENCE = ['--prevalence', '0.01'];

type Settings = Parameters<typeof Simulate.dataset>[0];

/** Files of a simulated laboratory. */
const laboratory = (settings: Settings, seed = 1) => {
  const dir = scratch();
  const lab = Simulate.dataset(settings)(seed);
  const files = Simulate.toCsv(lab);
  const path = (name: string): string => join(dir, name);
  for (const kind of ['votes', 'scores', 'gold'] as const)
    writeFileSync(path(`${kind}.csv`), [...files[kind]].join(''));
  const inputs = ['--votes', path('votes.csv'), '--scores', path('scores.csv')];
  return { lab, path, inputs, gold: ['--gold', path('gold.csv')] };
};

const TYPICAL: Settings = {
  stacks: 3000,
  prevalence: 0.01,
  votes: { perStack: 7 },
  model: {},
  gold: { stalled: 700, flowing: 900, chosen: 'stratified' },
};

const lines = (path: string): readonly string[] => readFileSync(path, 'utf8').trimEnd().split('\n');

describe('a certificate is about what it was proved on', () => {
  test('fewer votes than gold had, under one look: not certified, exit 3, with both numbers', () => {
    const { path, inputs, gold, lab } = laboratory(TYPICAL);
    const fit = tandem('fit', ...inputs, ...gold, ...PREVALENCE, '--out', path('p'));
    expect([fit.stderr, fit.code]).toEqual(['', 0]);
    expect(fit.stdout).toContain('at one look at finished votes, 7 votes a stack; not when votes are added later');
    const isGold = new Set(lab.gold.stackIds);
    const seen = new Map<string, number>();
    const few = lines(path('votes.csv')).filter((line) => {
      const id = line.split(',')[0];
      seen.set(id, (seen.get(id) ?? 0) + 1);
      return isGold.has(id) || (seen.get(id) ?? 0) <= 3;
    });
    writeFileSync(path('few.csv'), few.join('\n'));
    const scores = ['--scores', path('scores.csv'), '--policy', path('p/policy.json')];
    const done = tandem('decide', '--votes', path('few.csv'), ...scores, '--out', path('d'));
    expect(done.code).toBe(3);
    expect(done.stdout.split('\n')[0]).toBe(
      'Not certified for these stacks: The certificate is about one look at 7 votes. Gold had 7 votes a stack at the median, these stacks have 3.',
    );
    expect(new Set(rows(path('d/decisions.csv')).map((row) => row['status']))).toEqual(new Set(['not certified']));
    expect(tandem('decide', ...inputs, '--policy', path('p/policy.json'), '--out', path('d2')).code).toBe(0);
  }, 240_000);

  test('people whom the policy has never met: not certified, with their share', () => {
    const { path, inputs, gold, lab } = laboratory(TYPICAL);
    expect(tandem('fit', ...inputs, ...ORDER, ...gold, ...PREVALENCE, '--out', path('p')).code).toBe(0);
    const isGold = new Set(lab.gold.stackIds);
    const strangers = lines(path('votes.csv')).map((line) => {
      const [id, who, label] = line.split(',');
      return id === 'stackId' || isGold.has(id) ? line : `${id},new-${who},${label}`;
    });
    writeFileSync(path('strangers.csv'), strangers.join('\n'));
    const policy = ['--policy', path('p/policy.json'), '--scores', path('scores.csv'), ...ORDER, '--json'];
    const done = tandem('decide', ...policy, '--votes', path('strangers.csv'), '--out', path('d'));
    expect(done.code).toBe(3);
    const { mismatches, verdict } = JSON.parse(done.stdout);
    expect(verdict).toBe('not certified');
    expect(mismatches[0]).toMatchObject({ _tag: 'Newcomers', here: 0 });
  }, 240_000);

  test('no seed can be shopped for a better certificate', () => {
    const { path, inputs, gold } = laboratory(TYPICAL);
    const proofs = ['1', '2', '3'].map((seed) => {
      tandem('fit', ...inputs, ...ORDER, ...gold, ...PREVALENCE, '--seed', seed, '--out', path(seed));
      const { proof, rule, goldUsed } = json(path(`${seed}/policy.json`));
      return { proof, rule, goldUsed };
    });
    expect(proofs[0].proof._tag).toBe('Certified');
    expect(proofs[1]).toEqual(proofs[0]);
    expect(proofs[2]).toEqual(proofs[0]);
  }, 240_000);

  test('stacks of a few mice prove nothing about the next mouse: by cluster 20 mice are too few, and no table counts stacks', () => {
    const { path, inputs, gold, lab } = laboratory(TYPICAL);
    const mice = lab.gold.stackIds.map((id, i) => `${id},mouse-${i % 20}`);
    writeFileSync(path('mice.csv'), `stackId,mouse\n${mice.join('\n')}\n`);
    const how = [...inputs, ...ORDER, ...gold, ...PREVALENCE];
    const byStack = tandem('run', ...how, '--out', path('s'), '--json');
    expect(JSON.parse(byStack.stdout).frontier.rows.length).toBeGreaterThan(0);
    expect(byStack.code).toBe(0);
    const by = ['--strata', path('mice.csv'), '--cluster', 'mouse'];
    const done = tandem('run', ...how, ...by, '--out', path('c'));
    expect(done.stderr).toBe('');
    expect(done.code).toBe(3);
    expect(done.stdout).toMatch(/^Verdict: INSUFFICIENT EVIDENCE/);
    expect(done.stdout).toContain('Too few clusters, or errors in too many of them:');
    expect(done.stdout).not.toContain('What another certified sensitivity costs');
    const { frontier } = json(path('c/evaluation.json'));
    expect(frontier).toMatchObject({ rows: [], refused: [expect.stringContaining('the proof is by cluster')] });
  }, 240_000);
});

describe('gold that proves nothing is found out', () => {
  test('labels made from the very scores: provisional, exit 3; --trust-gold is for those who know better', () => {
    const { path, inputs } = laboratory(TYPICAL);
    const made = lines(path('scores.csv'))
      .slice(1, 2001)
      .map((line) => `${line.split(',')[0]},${Number(line.split(',')[1]) >= 0.5 ? 1 : 0}`);
    writeFileSync(path('made.csv'), `stackId,label\n${made.join('\n')}\n`);
    const how = [...inputs, ...ORDER, '--gold', path('made.csv'), '--gold-chosen', 'stratified', ...PREVALENCE];
    const done = tandem('fit', ...how, '--out', path('p'));
    expect(done.code).toBe(3);
    expect(done.stdout).toMatch(/^Verdict: INSUFFICIENT EVIDENCE\. The rule is provisional/);
    expect(done.stdout).toContain('Votes and scores contradict this gold:');
    expect(done.stdout).toContain('--trust-gold');
    const trusted = tandem('fit', ...how, '--trust-gold', '--out', path('q'), '--json');
    expect(JSON.parse(trusted.stdout).proof.because?._tag).not.toBe('GoldDoubted');
  }, 240_000);

  test('gold enriched to a third and taken for random is contradicted by all other stacks', () => {
    const { path, inputs } = laboratory({ ...TYPICAL, stacks: 8000 });
    const plain = lines(path('gold.csv')).map((line) => line.split(',').slice(0, 2).join(','));
    writeFileSync(path('plain.csv'), plain.join('\n'));
    const done = tandem('fit', ...inputs, ...ORDER, '--gold', path('plain.csv'), '--out', path('p'));
    expect(done.code).toBe(3);
    expect(done.stdout).toContain('Votes and scores contradict this gold:');
  }, 240_000);
});

describe('decisions that people accept', () => {
  test('nothing is called stalled below one half, with or without a certificate, unless a wider list is asked for', () => {
    const { path, inputs, gold } = laboratory(TYPICAL);
    writeFileSync(
      path('few.csv'),
      lines(path('gold.csv'))
        .filter((_, i) => i % 10 === 0)
        .join('\n'),
    );
    const stalledFrom = (out: string): number => {
      const { bounds } = json(path(`${out}/policy.json`)).rule;
      return Math.min(
        ...bounds.map((at: { stalledFrom: number | null }) => at.stalledFrom ?? Number.POSITIVE_INFINITY),
      );
    };
    const run = (out: string, ...how: readonly string[]) =>
      tandem('run', ...inputs, ...ORDER, ...PREVALENCE, '--out', path(out), ...how);
    expect(run('all', ...gold).code).toBe(0);
    expect(run('few', '--gold', path('few.csv')).code).toBe(3);
    expect(run('wide', ...gold, '--stalled-posterior', '0').code).toBe(0);
    expect(stalledFrom('all')).toBeGreaterThanOrEqual(0);
    expect(stalledFrom('few')).toBeGreaterThanOrEqual(0);
    expect(stalledFrom('wide')).toBeLessThan(stalledFrom('all'));
  }, 240_000);

  test('one vote of a stranger closes nothing', () => {
    const { path, gold } = laboratory({ ...TYPICAL, gold: { stalled: 1500, flowing: 1500, chosen: 'stratified' } });
    const votes = ['--votes', path('votes.csv'), ...ORDER];
    tandem('fit', ...votes, ...gold, '--prevalence', '0.3', '--sensitivity', '0.9', '--out', path('p'));
    writeFileSync(path('one.csv'), 'stackId,annotatorId,label\nx1,nobody,1\nx2,nobody,0\n');
    const one = ['--votes', path('one.csv'), ...ORDER, '--policy', path('p/policy.json'), '--out', path('d')];
    tandem('decide', ...one);
    for (const { decision } of rows(path('d/decisions.csv'))) expect(['ask crowd', 'ask expert']).toContain(decision);
  }, 240_000);

  test('a certificate that decides nothing says so in its first line', () => {
    // Neither the model nor anybody in the crowd can see a stall.
    const { path, inputs, gold } = laboratory(TYPICAL);
    const blind = lines(path('scores.csv')).map((line, i) => (i === 0 ? line : `${line.split(',')[0]},0.5`));
    writeFileSync(path('scores.csv'), blind.join('\n'));
    const votes = lines(path('votes.csv')).map((line, i) =>
      i === 0 ? line : `${line.split(',').slice(0, 2).join(',')},${(i * 7919) % 2}`,
    );
    writeFileSync(path('votes.csv'), votes.join('\n'));
    const done = tandem('run', ...inputs, ...ORDER, ...gold, ...PREVALENCE, '--out', path('p'));
    expect(done.stdout.split('\n')[0]).toBe(
      'Verdict: CERTIFIED, but nothing is decided automatically: every stack goes to an expert.',
    );
    const decide = tandem('decide', ...inputs, ...ORDER, '--policy', path('p/policy.json'), '--out', path('d'));
    expect(decide.stdout).toMatch(/^Certified, but nothing is decided automatically|^Not certified for these stacks/);
    expect(rows(path('d/decisions.csv')).every(({ decision }) => decision === 'ask expert')).toBe(true);
  }, 240_000);

  test('the first lines say what a director asks; "certified" and "open" never stand together', () => {
    const { path, inputs, gold } = laboratory(TYPICAL);
    const how = [...inputs, ...ORDER, ...gold, ...PREVALENCE];
    for (const verb of ['run', 'fit']) {
      const { stdout } = tandem(verb, ...how, '--compare', '3 agreeing, at most 7', '--out', path(verb));
      const [verdict, per, automatic, votes, errors, saved] = stdout.split('\n');
      expect(verdict).toMatch(/^Verdict: CERTIFIED\. [\d,]+ of 10,000 stacks are decided automatically\.$/);
      expect(per).toBe('Of 10,000 stacks, 100 of them stalled:');
      expect(automatic).toMatch(/^ {2}[\d,]+ are decided automatically, [\d,]+ go to an expert/);
      expect(votes).toMatch(/^ {2}[\d,]+ votes are asked for, \d\.\d\d per stack$/);
      expect(errors).toMatch(/^ {2}expected to be missed: [\d.]+ of the 100 stalled \([\d.]+–[\d.]+\)/);
      expect(saved).toMatch(/^ {2}saved against 20 votes on every stack: [\d,]+ votes, [\d.]+ %; [\d.]+ % where/);
      expect(stdout).toMatch(
        /Against your rule, 3 agreeing, at most 7, on the same gold \(\d+ stalled, \d+ flowing\)\n {2}yours +[\d.]+ votes a stack.*\n {2}tandem +[\d.]+ votes a stack.*\n {2}on 10,000 stacks tandem saves [\d,]+ votes/,
      );
      expect(stdout).not.toMatch(/\bopen\b/);
    }
    const { againstOwnRule } = json(path('run/evaluation.json'));
    expect(againstOwnRule.figures.own.votes).toBeGreaterThan(3);
    expect(againstOwnRule.figures.own.votes).toBeLessThan(7);
    const wrong = tandem('run', ...how, '--compare', 'until I am sure', '--out', path('x'));
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('"3 agreeing, at most 7"')]);
  }, 240_000);
});
