import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { clopperPearson } from '../../src/kernel/special/clopperPearson.js';
import { atPrevalence } from '../../src/stages/evaluation/atPrevalence.js';
import { brier, ece, logLoss } from '../../src/stages/evaluation/calibrationError.js';
import { confusion } from '../../src/stages/evaluation/confusion.js';
import { auc, averagePrecision } from '../../src/stages/evaluation/curves.js';
import { rate } from '../../src/stages/evaluation/intervals.js';
import { bestMcc, mcc, mccAt } from '../../src/stages/evaluation/mcc.js';

interface Bounds {
  readonly cp95: readonly [number, number];
  readonly cp99: readonly [number, number];
  readonly cp_lower_1s95: number;
  readonly cp_upper_1s95: number;
}
interface ConfusionCase {
  readonly name: string;
  readonly tp: number;
  readonly fp: number;
  readonly fn: number;
  readonly tn: number;
  readonly n: number;
  readonly metrics: Readonly<
    Record<'sensitivity' | 'specificity' | 'ppv' | 'npv' | 'accuracy' | 'prevalence' | 'mcc', number | null>
  >;
  readonly intervals?: Readonly<Record<'sensitivity' | 'specificity' | 'ppv' | 'npv' | 'accuracy', Bounds | null>>;
  readonly prevalence_adjusted?: readonly ({
    readonly prevalence: number;
    readonly ppv: number | null;
    readonly npv: number | null;
    readonly mcc: number | null;
    readonly predicted_positive_rate: number;
  } | null)[];
}
interface ScoreCase {
  readonly name: string;
  readonly y: readonly number[];
  readonly scores: readonly number[];
  readonly sample_weight?: readonly number[];
  readonly roc_auc: number | null;
  readonly average_precision: number | null;
  readonly brier?: number;
  readonly 'log_loss_eps2.2e-16'?: number;
  readonly best_mcc?: {
    readonly mcc: number;
    readonly thresholds: readonly {
      readonly threshold: number | string;
      readonly tp: number;
      readonly fp: number;
      readonly fn: number;
      readonly tn: number;
    }[];
  } | null;
  readonly ece?: {
    readonly mass10_rank: {
      readonly ece: number;
      readonly bins: readonly { readonly count: number; readonly mean_pred: number; readonly mean_obs: number }[];
    };
  };
}

const golden: { readonly confusion: readonly ConfusionCase[]; readonly scores: readonly ScoreCase[] } = JSON.parse(
  readFileSync(new URL('metrics.json', import.meta.url), 'utf8'),
);

/** Both are closed forms in double precision; only the order of rounding differs. */
const FORMULA = 1e-12;
/** The reference's intervals come from scipy 1.10.1, itself right to about 1e-11. */
const INTERVAL = 1e-10;

const expectClose = (got: number | undefined, want: number | null, tolerance: number, what: string): void => {
  if (want === null) {
    expect(got, what).toBeUndefined();
    return;
  }
  // Where the truth is 0 there is no relative error: rounding may leave 1e-15.
  const error = Math.abs((got ?? Number.NaN) - want) / (want === 0 ? 1e-15 / tolerance : Math.abs(want));
  expect(error, `${what}: got ${got}, want ${want}`).toBeLessThanOrEqual(tolerance);
};

describe('confusion cases', () => {
  const parts = ({ tp, fp, fn, tn, n }: ConfusionCase) =>
    ({
      sensitivity: { hits: tp, n: tp + fn },
      specificity: { hits: tn, n: tn + fp },
      ppv: { hits: tp, n: tp + fp },
      npv: { hits: tn, n: tn + fn },
      accuracy: { hits: tp + tn, n },
    }) as const;

  test('mcc() agrees to 1e-12, and is 0 and flagged exactly where the reference is undefined', () => {
    for (const row of golden.confusion) {
      const got = mcc(row);
      expect(got.undefined, row.name).toBe(row.metrics.mcc === null);
      expectClose(got.value, row.metrics.mcc ?? 0, FORMULA, row.name);
    }
  });

  test('mccAt() at the sample prevalence is the mcc() of the counts', () => {
    for (const { name, metrics } of golden.confusion) {
      const { sensitivity, specificity, prevalence } = metrics;
      if (sensitivity === null || specificity === null || prevalence === null) continue;
      const got = mccAt({ sensitivity, specificity, prevalence });
      expect(got.undefined, name).toBe(metrics.mcc === null);
      expectClose(got.value, metrics.mcc ?? 0, FORMULA, name);
    }
  });

  test('rate() agrees with every rate and its 95 % and 99 % intervals, two-sided and one-sided', () => {
    let intervals = 0;
    for (const row of golden.confusion) {
      for (const [name, counts] of Object.entries(parts(row)) as [
        keyof NonNullable<ConfusionCase['intervals']>,
        { hits: number; n: number },
      ][]) {
        const what = `${row.name} ${name}`;
        const got = rate({ ...counts, confidence: 0.95 });
        expectClose(got.estimate, row.metrics[name], FORMULA, what);
        const want = row.intervals?.[name];
        if (want === null || want === undefined) continue;
        intervals++;
        const wide = rate({ ...counts, confidence: 0.99 }).interval;
        expectClose(got.interval.lower, want.cp95[0], INTERVAL, `${what} cp95 lower`);
        expectClose(got.interval.upper, want.cp95[1], INTERVAL, `${what} cp95 upper`);
        expectClose(wide.lower, want.cp99[0], INTERVAL, `${what} cp99 lower`);
        expectClose(wide.upper, want.cp99[1], INTERVAL, `${what} cp99 upper`);
        expectClose(got.atLeast, want.cp_lower_1s95, INTERVAL, `${what} at least`);
        expectClose(got.atMost, want.cp_upper_1s95, INTERVAL, `${what} at most`);
        expect(clopperPearson({ ...counts, delta: 1 - 0.95 })).toEqual({ lower: got.atLeast, upper: got.atMost });
      }
    }
    expect(intervals).toBeGreaterThan(250);
  });

  test('atPrevalence() agrees on PPV, NPV, MCC and the share called stalled, undefined where the reference is', () => {
    let projected = 0;
    for (const row of golden.confusion) {
      for (const want of row.prevalence_adjusted ?? []) {
        if (want === null) continue;
        projected++;
        const { prevalence } = want;
        const { sensitivity, specificity } = parts(row);
        const got = atPrevalence({
          sensitivity: rate({ ...sensitivity, confidence: 0.95 }),
          specificity: rate({ ...specificity, confidence: 0.95 }),
          prevalence,
          confidence: 0.95,
        });
        const what = `${row.name} at ${prevalence}`;
        expectClose(got.ppv.estimate, want.ppv, FORMULA, `${what} ppv`);
        expectClose(got.npv.estimate, want.npv, FORMULA, `${what} npv`);
        expectClose(got.mcc.estimate, want.mcc ?? 0, FORMULA, `${what} mcc`);
        expectClose(got.predictedPositiveRate.estimate, want.predicted_positive_rate, FORMULA, `${what} share`);
        expect(got.ppv.undefined === true, what).toBe(want.ppv === null);
        expect(got.npv.undefined === true, what).toBe(want.npv === null);
        expect(got.mcc.undefined === true, what).toBe(want.mcc === null);
      }
    }
    expect(projected).toBeGreaterThan(100);
  });
});

describe('score cases', () => {
  // The library has no sample weights: prevalence is moved by atPrevalence().
  const unweighted = golden.scores.filter((row) => row.sample_weight === undefined);

  test('all but the two weighted cases are used', () => {
    expect(golden.scores.length - unweighted.length).toBe(2);
  });

  test.each(unweighted)('$name', (row) => {
    const score = Float64Array.from(row.scores);
    const label = Uint8Array.from(row.y);
    expectClose(auc({ score, label }), row.roc_auc, FORMULA, 'auc');
    expectClose(averagePrecision({ score, label }), row.average_precision, FORMULA, 'average precision');
    if (row.brier !== undefined) expectClose(brier({ probability: score, label }), row.brier, FORMULA, 'brier');
    const wantLogLoss = row['log_loss_eps2.2e-16'];
    if (wantLogLoss !== undefined) {
      expectClose(logLoss({ probability: score, label }), wantLogLoss, FORMULA, 'log loss');
    }
    if (row.ece !== undefined) {
      const got = ece({ probability: score, label, bins: 10 });
      expectClose(got.ece, row.ece.mass10_rank.ece, FORMULA, 'ece');
      expect(got.bins.map((bin) => bin.count)).toEqual(row.ece.mass10_rank.bins.map((bin) => bin.count));
      for (const [b, want] of row.ece.mass10_rank.bins.entries()) {
        expectClose(got.bins[b]!.meanProbability, want.mean_pred, FORMULA, `bin ${b}`);
        expectClose(got.bins[b]!.stalledRate, want.mean_obs, FORMULA, `bin ${b}`);
      }
    }
    if (row.best_mcc !== undefined && row.best_mcc !== null) {
      const got = bestMcc({ score, label });
      expectClose(got.mcc, row.best_mcc.mcc, FORMULA, 'best mcc');
      // Thresholds and counts are exact, ties included.
      expect(got.thresholds).toEqual(row.best_mcc.thresholds.map((t) => ({ ...t, threshold: Number(t.threshold) })));
      const cut = got.thresholds[0]!;
      const predicted = Uint8Array.from(score, (s) => (s >= cut.threshold ? 1 : 0));
      expect({ threshold: cut.threshold, ...confusion({ truth: label, predicted }) }).toEqual(cut);
    }
  });
});
