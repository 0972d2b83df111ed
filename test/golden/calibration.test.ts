import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { priorShift } from '../../src/calibration/priorShift.js';
import { interpolate, isotonic } from '../../src/kernel/isotonic.js';
import { platt } from '../../src/kernel/platt.js';

interface Case {
  readonly name: string;
  readonly scores: readonly number[];
  readonly y: readonly number[];
  readonly platt?: {
    readonly identifiable?: boolean;
    readonly A?: number;
    readonly B?: number;
    readonly fitted?: readonly number[];
    readonly error?: string;
  };
  readonly isotonic?: {
    readonly x_knots?: readonly number[];
    readonly y_knots?: readonly number[];
    readonly fitted: readonly number[];
    readonly query: readonly number[];
    readonly query_fitted: readonly number[];
    readonly blocks: readonly { readonly lo: number; readonly hi: number; readonly value: number }[];
  };
}

const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'calibration.json'), 'utf8')) as {
  readonly cases: readonly Case[];
  readonly prior_shift: readonly {
    readonly p: number;
    readonly prior_cal: number;
    readonly prior_target: number;
    readonly p_adjusted: number;
  }[];
};

const worst = (actual: readonly number[], expected: readonly number[]): number => {
  expect(actual.length).toBe(expected.length);
  return actual.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i])), 0);
};

/** Importance weights have no counterpart here: prevalence is shifted after calibration, not by weighting it. */
const weighted = (c: Case): boolean => c.name === 'weights_n150' || c.name === 'importance_weights_1pct';

describe('Platt scaling', () => {
  const cases = golden.cases.filter((c) => c.platt?.fitted !== undefined && !weighted(c));
  test.each(cases.map((c) => [c.name, c] as const))('%s: fitted values within 1e-7', (_, c) => {
    const { a, b } = platt({ x: Float64Array.from(c.scores), label: Uint8Array.from(c.y) });
    const fitted = c.scores.map((x) => 1 / (1 + Math.exp(a * x + b)));
    expect(worst(fitted, c.platt?.fitted ?? [])).toBeLessThan(1e-7);
  });
});

describe('isotonic regression', () => {
  const cases = golden.cases.filter((c) => c.isotonic !== undefined && !weighted(c));
  test.each(cases.map((c) => [c.name, c] as const))('%s: fitted values within 1e-12', (_, c) => {
    const knots = isotonic({ x: Float64Array.from(c.scores), y: c.y });
    const at = (x: number): number => interpolate(knots, x);
    expect(worst(c.scores.map(at), c.isotonic?.fitted ?? [])).toBeLessThan(1e-12);
    expect(worst(c.isotonic?.query.map(at) ?? [], c.isotonic?.query_fitted ?? [])).toBeLessThan(1e-12);
  });
});

test.each(golden.prior_shift)('priorShift() moves $p from $prior_cal to $prior_target', (row) => {
  const moved = priorShift({ probability: row.p, from: row.prior_cal, to: row.prior_target });
  expect(Math.abs(moved - row.p_adjusted)).toBeLessThan(1e-12);
});
