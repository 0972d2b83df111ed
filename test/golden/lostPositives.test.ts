import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import * as Prevalence from '../../src/stages/prevalence/index.js';

interface Case {
  readonly stacks: number;
  readonly audited: number;
  readonly stalled: number;
  readonly delta: number;
  readonly lower: number;
  readonly upper: number;
}

const { cases } = JSON.parse(readFileSync(join(import.meta.dirname, 'lostPositives.json'), 'utf8')) as {
  readonly cases: readonly Case[];
};

test.each(cases)('$stalled of $audited audited among $stacks at $delta', (c) => {
  const group = { stacks: c.stacks, audited: c.audited, stalled: c.stalled };
  const oneSided = Prevalence.lostPositives({ confidence: 1 - c.delta })({ retiredFlowing: group, others: [] });
  expect(oneSided.atMost).toBe(c.upper);
  // Each end of the two-sided interval is missed with half of 1 − confidence.
  const twoSided = Prevalence.lostPositives({ confidence: 1 - 2 * c.delta })({ retiredFlowing: group, others: [] });
  expect(twoSided.interval).toEqual({ lower: c.lower, upper: c.upper });
});
