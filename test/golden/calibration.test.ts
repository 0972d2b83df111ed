import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { interpolate, isotonicRegression } from '../../src/kernel/optimise/isotonic.js';
import { logisticRegression } from '../../src/kernel/optimise/logisticRegression.js';
import { plattScaling } from '../../src/kernel/optimise/platt.js';
import { logistic } from '../../src/kernel/special/logit.js';
import { priorShift } from '../../src/stages/calibration/calibrator.js';

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
  readonly temperature_on_scores_as_logits?: {
    readonly T: number | null;
    readonly beta?: number;
    readonly fitted?: readonly number[];
    readonly limit?: string;
  };
  readonly beta?: {
    readonly input_probabilities: readonly number[];
    readonly clip_eps?: number;
    readonly a?: number;
    readonly b?: number;
    readonly fitted?: readonly number[];
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
    const { a, b } = plattScaling({ x: Float64Array.from(c.scores), label: Uint8Array.from(c.y) });
    const fitted = c.scores.map((x) => 1 / (1 + Math.exp(a * x + b)));
    expect(worst(fitted, c.platt?.fitted ?? [])).toBeLessThan(1e-7);
  });
});

describe('isotonic regression', () => {
  const cases = golden.cases.filter((c) => c.isotonic !== undefined && !weighted(c));
  test.each(cases.map((c) => [c.name, c] as const))('%s: fitted values within 1e-12', (_, c) => {
    const knots = isotonicRegression({ x: Float64Array.from(c.scores), y: c.y });
    const at = (x: number): number => interpolate(knots, x);
    expect(worst(c.scores.map(at), c.isotonic?.fitted ?? [])).toBeLessThan(1e-12);
    expect(worst(c.isotonic?.query.map(at) ?? [], c.isotonic?.query_fitted ?? [])).toBeLessThan(1e-12);
  });
});

describe('beta calibration', () => {
  const betaOf = (c: Case) => {
    const eps = c.beta?.clip_eps ?? 2 ** -52;
    const p = Float64Array.from(c.beta?.input_probabilities ?? [], (value) => Math.min(Math.max(value, eps), 1 - eps));
    const columns = [p.map(Math.log), p.map((value) => -Math.log1p(-value))];
    const { weights, intercept } = logisticRegression({
      columns,
      target: c.y,
      intercept: true,
      prior: { mean: 0, precision: 0 },
    });
    const fitted = Array.from(p, (_, i) =>
      logistic(intercept + weights[0] * columns[0][i] + weights[1] * columns[1][i]),
    );
    return { weights, fitted };
  };
  const cases = golden.cases.filter((c) => c.beta?.fitted !== undefined && !weighted(c));
  const constrained = cases.filter((c) => Math.min(c.beta?.a ?? 0, c.beta?.b ?? 0) >= 0);
  test.each(constrained.map((c) => [c.name, c] as const))('%s: fitted values within 1e-7', (_, c) => {
    expect(worst(betaOf(c).fitted, c.beta?.fitted ?? [])).toBeLessThan(1e-7);
  });

  test('inverted_n120: the constant mean, where the reference keeps a negative slope', () => {
    const inverted = cases.filter((c) => !constrained.includes(c));
    expect(inverted.map((c) => c.name)).toEqual(['inverted_n120']);
    const { weights, fitted } = betaOf(inverted[0]);
    const mean = inverted[0].y.reduce((sum, value) => sum + value, 0) / inverted[0].y.length;
    expect([...weights]).toEqual([0, 0]);
    for (const value of fitted) expect(Math.abs(value - mean)).toBeLessThan(1e-9);
  });

  const endless = golden.cases.filter((c) => c.beta !== undefined && c.beta.fitted === undefined && !weighted(c));
  test.each(endless.map((c) => [c.name, c] as const))('%s: no finite optimum, and still finite numbers', (_, c) => {
    for (const value of betaOf(c).fitted) expect(Number.isFinite(value)).toBe(true);
  });
});

describe('temperature', () => {
  const temperatureOf = (c: Case): { readonly inverse: number; readonly fitted: readonly number[] } => {
    const unit = Math.max(...c.scores.map(Math.abs)) || 1;
    const { weights } = logisticRegression({
      columns: [Float64Array.from(c.scores, (score) => score / unit)],
      target: c.y,
      intercept: false,
      prior: { mean: 0, precision: 0 },
    });
    return { inverse: weights[0] / unit, fitted: c.scores.map((score) => logistic((weights[0] * score) / unit)) };
  };
  const cases = golden.cases.filter((c) => c.temperature_on_scores_as_logits !== undefined && !weighted(c));
  test.each(cases.map((c) => [c.name, c] as const))('%s: fitted values within 1e-7, or the limit', (_, c) => {
    const expected = c.temperature_on_scores_as_logits;
    const { inverse, fitted } = temperatureOf(c);
    if (expected?.fitted !== undefined) expect(worst(fitted, expected.fitted)).toBeLessThan(1e-7);
    else if (expected?.limit?.startsWith('T->Infinity')) expect(inverse).toBe(0);
    else {
      // Separable by sign: the sharper the better, as far as rounding lets it go. A logit of 0 stays ½.
      fitted.forEach((value, i) => {
        if (c.scores[i] !== 0) expect(Math.abs(value - c.y[i])).toBeLessThan(1e-6);
      });
    }
  });
});

test.each(golden.prior_shift)('priorShift() moves $p from $prior_cal to $prior_target', (row) => {
  const moved = priorShift({ probability: row.p, from: row.prior_cal, to: row.prior_target });
  expect(Math.abs(moved - row.p_adjusted)).toBeLessThan(1e-12);
});
