import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { getOrThrow } from '../../src/domain/errors.js';
import * as Prevalence from '../../src/stages/prevalence/index.js';

interface Case {
  readonly first: readonly number[];
  readonly second: readonly number[];
  readonly confidence: number;
  readonly lower: number;
  readonly upper: number;
}

const { size, cases }: { readonly size: number; readonly cases: readonly Case[] } = JSON.parse(
  readFileSync(join(import.meta.dirname, 'contrast.json'), 'utf8'),
);

test.each(cases)('contrast() of mice audited whole: $first against $second at $confidence', (one) => {
  const mice = (group: 'first' | 'second'): readonly Prevalence.ClusterCalls[] =>
    one[group].map((stalled, m) => ({ group, cluster: `m${m}`, called: 'any', stacks: size, audited: size, stalled }));
  const calls = [...mice('first'), ...mice('second')];
  const compared = Prevalence.contrast({ groups: ['first', 'second'], confidence: one.confidence })(calls);
  const { interval } = getOrThrow(compared).difference;
  expect(Math.abs(interval.lower - one.lower)).toBeLessThan(1e-9);
  expect(Math.abs(interval.upper - one.upper)).toBeLessThan(1e-9);
});
