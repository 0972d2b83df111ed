import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as Simulate from '../../src/simulate/index.js';
import { json, scratch, tandem } from './tandem.js';

const WANTED = ['--sensitivity', '0.95', '--specificity', '0.9', '--prevalence', '0.05'];

/** Gold voted on ten times. */
const laboratory = (gold: { readonly stalled: number; readonly flowing: number }) => {
  const dir = scratch();
  const files = Simulate.toCsv(
    Simulate.dataset({
      ...{ stacks: 200, prevalence: 0.3, votes: { perStack: 10 }, model: {} },
      gold: { ...gold, chosen: 'stratified' },
    })(4),
  );
  const path = (name: string): string => join(dir, name);
  for (const kind of ['votes', 'scores', 'gold'] as const)
    writeFileSync(path(`${kind}.csv`), [...files[kind]].join(''));
  const inputs = ['--votes', path('votes.csv'), '--scores', path('scores.csv'), '--gold', path('gold.csv')];
  const call = (verb: 'fit' | 'run', ...flags: readonly string[]) =>
    tandem(verb, ...inputs, ...WANTED, ...flags, '--out', dir);
  return { call, policy: () => json(path('policy.json')) };
};

test('fit spends confidence at each look, on both certificates, and records it', () => {
  const { call, policy } = laboratory({ stalled: 800, flowing: 1000 });
  const done = call('fit', '--ask', '--max-votes', '7', '--look', '2');
  expect([done.stderr, done.code]).toEqual(['', 0]);
  expect(done.stdout).toContain('look 2, so 99.17 % confidence now, and 95 % over all looks together');
  const { targets, asking, certification, provenance } = policy();
  const now = 1 - 0.05 / 6;
  expect(targets.confidence).toBeCloseTo(now, 12);
  expect(asking.targets).toEqual(targets);
  expect(certification.operatingPoint.certificate.targets).toEqual(targets);
  expect(provenance.command).toContain('--look 2');
  call('fit', '--look', '2', '--planned', '4');
  expect(policy().targets.confidence).toBeCloseTo(1 - 0.05 / 4, 12);
  const alone = call('fit');
  expect(policy().targets.confidence).toBe(0.95);
  expect(alone.stdout).not.toContain('look ');
});

test('run takes looks as fit does, and prints them', () => {
  const { call, policy } = laboratory({ stalled: 400, flowing: 400 });
  const done = call('run', '--look', '1');
  expect(done.stderr).toBe('');
  expect(done.stdout).toContain('look 1, so 97.5 % confidence now');
  expect(done.stdout).toContain('97.5 % confidence over the draw of gold');
  expect(policy().targets.confidence).toBeCloseTo(0.975, 12);
});

test('looks beyond the plan, or before the first, are refused in the words of the gate', () => {
  const { call } = laboratory({ stalled: 20, flowing: 20 });
  for (const verb of ['fit', 'run'] as const) {
    for (const flags of [
      ['--look', '0'],
      ['--look', '5', '--planned', '4'],
      ['--planned', '0'],
    ]) {
      const done = call(verb, ...flags);
      expect(done.code).toBe(1);
      expect(done.stderr).toContain('looks counted from 1, no more than were planned');
      expect(done.stderr).toContain('Count every look at this gold, passed or not.');
    }
  }
});

test('whoever is told how much more gold it takes is told that fitting again is another look', () => {
  const { call } = laboratory({ stalled: 60, flowing: 400 });
  const done = call('fit', '--ask', '--max-votes', '7');
  expect(done.code).toBe(3);
  expect(done.stdout).toMatch(/tuning needs \d+ more stalled/);
  expect(done.stdout).toContain('another look');
  expect(done.stdout).toContain('--look 1, --look 2');
});

test('help shows how to look again', () => {
  for (const verb of ['fit', 'run']) expect(tandem(verb, '--help').stdout).toMatch(/tandem .* --look 2/);
});
