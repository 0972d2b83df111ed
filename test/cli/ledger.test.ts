import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as Simulate from '../../src/simulate/index.js';
import { json, scratch, tandem } from './tandem.js';

const WANTED = ['--sensitivity', '0.95', '--specificity', '0.9', '--prevalence', '0.05', '--order', 'rows'];

/** Gold voted on ten times, and the first half of it. */
const laboratory = (gold: { readonly stalled: number; readonly flowing: number }) => {
  const dir = scratch();
  const files = Simulate.toCsv(
    Simulate.dataset({
      ...{ stacks: 200, prevalence: 0.05, votes: { perStack: 10 }, model: {} },
      gold: { ...gold, chosen: 'stratified' },
    })(4),
  );
  const path = (name: string): string => join(dir, name);
  for (const kind of ['votes', 'scores', 'gold'] as const)
    writeFileSync(path(`${kind}.csv`), [...files[kind]].join(''));
  const [head, ...rows] = readFileSync(path('gold.csv'), 'utf8').trimEnd().split('\n');
  writeFileSync(path('half.csv'), [head, ...rows.filter((_, i) => i % 2 === 0)].join('\n'));
  writeFileSync(path('other.csv'), [head, ...rows.filter((_, i) => i % 2 === 1)].join('\n'));
  const inputs = ['--votes', path('votes.csv'), '--scores', path('scores.csv')];
  const call = (verb: 'fit' | 'run', file: string, out: string, ...flags: readonly string[]) =>
    tandem(verb, ...inputs, '--gold', path(`${file}.csv`), ...WANTED, ...flags, '--out', path(out), '--json');
  const look = (done: ReturnType<typeof call>) => JSON.parse(done.stdout).look;
  return { call, look, path };
};

test('fits on the same gold are counted by themselves: whatever is fitted, all of them together spend the error once', () => {
  const { call, look, path } = laboratory({ stalled: 800, flowing: 1000 });
  expect(look(call('fit', 'half', 'out'))).toEqual({ number: 1, spent: 0.045 });
  // The same again is no new look; another gold, another target or another method is.
  expect(look(call('fit', 'half', 'out'))).toEqual({ number: 1, spent: 0.045 });
  expect(look(call('fit', 'gold', 'out'))).toEqual({ number: 2, spent: 0.0045 });
  const third = call('fit', 'gold', 'out', '--max-votes', '5');
  expect(look(third)).toEqual({ number: 3, spent: 0.00045 });
  expect(JSON.parse(third.stdout).warnings.join()).toContain('this is fit 3 on the same gold');
  const { ledger } = json(path('out/policy.json'));
  expect(json(path('out/ledger.json')).ledger).toEqual(ledger);
  expect(ledger[0].looks.reduce((sum: number, { spent }: { spent: number }) => sum + spent, 0)).toBeLessThan(0.05);
}, 240_000);

test('the ledger is found in the policy of the folder, or where --ledger says, and gold of its own starts afresh', () => {
  const { call, look, path } = laboratory({ stalled: 800, flowing: 1000 });
  call('run', 'half', 'out');
  expect(json(path('out/ledger.json')).ledger).toHaveLength(1);
  // Another folder, the same gold: whoever names the policy before is told how often gold was looked at.
  const shared = ['--ledger', path('out/policy.json')];
  expect(look(call('fit', 'gold', 'next', ...shared)).number).toBe(2);
  expect(look(call('fit', 'other', 'third', ...shared))).toEqual({ number: 1, spent: 0.045 });
  // A ledger with a name of its own is read and written there.
  const own = ['--ledger', path('laboratory.json')];
  expect(look(call('fit', 'half', 'a', ...own)).number).toBe(1);
  expect(look(call('fit', 'gold', 'b', ...own)).number).toBe(2);
  expect(json(path('laboratory.json')).ledger[0].looks).toHaveLength(2);
  writeFileSync(path('laboratory.json'), '{"schema":"tandem-ledger/1","ledger":[{"looks":1}]}');
  const damaged = call('fit', 'gold', 'b', ...own);
  expect(damaged.code).toBe(1);
  expect(damaged.stderr).toContain('nobody knows what earlier fits on this gold have spent');
}, 240_000);

test('where all of the error is spent, a fit is provisional and says so', () => {
  const { call, look } = laboratory({ stalled: 400, flowing: 400 });
  expect(look(call('fit', 'half', 'out', '--spend', '1'))).toEqual({ number: 1, spent: 0.05 });
  const done = call('fit', 'gold', 'out');
  expect([done.stderr, done.code]).toEqual(['', 3]);
  expect(JSON.parse(done.stdout).proof.because).toEqual({ _tag: 'ErrorSpent', looks: 2 });
}, 240_000);

test('flags that numbered looks, and the flag for a rule that asks, say what has taken their place', () => {
  const { call } = laboratory({ stalled: 20, flowing: 20 });
  for (const verb of ['fit', 'run'] as const) {
    for (const flags of [['--look', '2'], ['--planned', '4'], ['--ask']]) {
      const done = call(verb, 'gold', 'out', ...flags);
      expect(done.code).toBe(1);
      expect(done.stderr).toMatch(/ledger\.json|every policy has a rule for asking/);
    }
  }
}, 240_000);
