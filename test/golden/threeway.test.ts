import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { nextDown, orderStatistic } from '../../src/stages/thresholds/orderStatistic.js';

interface Case {
  readonly name: string;
  readonly dataset: string;
  readonly alpha_fnr: number;
  readonly alpha_fpr: number;
  readonly delta_fnr: number;
  readonly delta_fpr: number;
  readonly n_pos: number;
  readonly n_neg: number;
  readonly k_fnr: number;
  readonly k_fpr: number;
  readonly lo: number | '-Infinity';
  readonly hi: number | 'Infinity';
  readonly crossed: boolean;
  readonly empirical: { readonly misses: number; readonly false_alarms: number };
  readonly certified_fnr_upper: number | null;
  readonly certified_fpr_upper: number | null;
  readonly counts?: { readonly auto_flowing: number; readonly auto_stalled: number; readonly human: number };
}

const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'threeway.json'), 'utf8')) as {
  readonly datasets: Readonly<Record<string, { readonly y: readonly number[]; readonly p: readonly number[] }>>;
  readonly threeway: readonly Case[];
};

const near = (actual: number | undefined, expected: number | null): void => {
  if (expected === null) expect(actual).toBeUndefined();
  else expect(Math.abs((actual ?? Number.NaN) / expected - 1)).toBeLessThan(1e-10);
};

describe('three-way rule', () => {
  test.each(golden.threeway.map((c, i) => [`${c.name} ${i}`, c] as const))('%s', (_, c) => {
    const { y, p } = golden.datasets[c.dataset];
    const of = (label: number): Float64Array => Float64Array.from(p.filter((_, i) => y[i] === label)).sort();
    const low = orderStatistic({ ordered: of(1), limit: c.alpha_fnr, delta: c.delta_fnr });
    const high = orderStatistic({ ordered: of(0).reverse(), limit: c.alpha_fpr, delta: c.delta_fpr });
    expect(low.certificate.gold).toBe(c.n_pos);
    expect(high.certificate.gold).toBe(c.n_neg);
    expect(low.certificate.allowed ?? -1).toBe(c.k_fnr);
    expect(high.certificate.allowed ?? -1).toBe(c.k_fpr);
    expect(low.threshold ?? '-Infinity').toBe(c.lo);
    expect(high.threshold ?? 'Infinity').toBe(c.hi);
    expect(low.certificate.observed).toBe(c.empirical.misses);
    expect(high.certificate.observed).toBe(c.empirical.false_alarms);
    near(low.certificate.atMost, c.certified_fnr_upper);
    near(high.certificate.atMost, c.certified_fpr_upper);
    expect((low.threshold ?? -Infinity) > (high.threshold ?? Infinity)).toBe(c.crossed);
    if (c.counts !== undefined) {
      const flowing = p.filter((s) => s < (low.threshold ?? -Infinity)).length;
      const stalled = p.filter((s) => s > (high.threshold ?? Infinity)).length;
      expect({ auto_flowing: flowing, auto_stalled: stalled, human: p.length - flowing - stalled }).toEqual(c.counts);
    }
  });
});

test('nextDown() is the neighbour below', () => {
  for (const value of [1, -1, 0.1, 1e-300, -1e300, Number.MIN_VALUE]) {
    expect(nextDown(value)).toBeLessThan(value);
    expect((nextDown(value) + value) / 2 === value || (nextDown(value) + value) / 2 === nextDown(value)).toBe(true);
  }
  expect(nextDown(0)).toBe(-Number.MIN_VALUE);
  expect(nextDown(Number.MIN_VALUE)).toBe(0);
});
