import fc from 'fast-check';
import { expect, test } from 'vitest';
import { atPrevalence } from '../../src/stages/evaluation/atPrevalence.js';
import { brier, ece } from '../../src/stages/evaluation/calibrationError.js';
import { type Confusion, confusion } from '../../src/stages/evaluation/confusion.js';
import { auc } from '../../src/stages/evaluation/curves.js';
import { rate } from '../../src/stages/evaluation/intervals.js';
import { bestMcc, mcc, mccAt } from '../../src/stages/evaluation/mcc.js';

const label = (): fc.Arbitrary<number> => fc.integer({ min: 0, max: 1 });

const counts = (max = 1_000_000_000): fc.Arbitrary<Confusion> => {
  const cell = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max }));
  return fc.record({ tp: cell, fp: cell, fn: cell, tn: cell });
};

/** Few score levels, so that ties are common. */
const scored = (): fc.Arbitrary<{ score: Float64Array; label: Uint8Array }> =>
  fc.array(fc.tuple(fc.integer({ min: 0, max: 12 }), label()), { minLength: 1, maxLength: 40 }).map((rows) => ({
    score: Float64Array.from(rows, ([level]) => level / 12),
    label: Uint8Array.from(rows, ([, truth]) => truth),
  }));

const counted = (): fc.Arbitrary<{ hits: number; n: number }> =>
  fc
    .integer({ min: 0, max: 5000 })
    .chain((n) => fc.record({ hits: fc.integer({ min: 0, max: n }), n: fc.constant(n) }));

const open = (): fc.Arbitrary<number> => fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true });
/** A rate some count could have, 0 and 1 included; not 5e-324. */
const unit = (): fc.Arbitrary<number> => fc.integer({ min: 0, max: 1_000_000 }).map((hits) => hits / 1_000_000);
const confidence = (): fc.Arbitrary<number> => fc.double({ min: 0.5, max: 0.999999, noNaN: true });

test('confusion() puts every stack into exactly one cell', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(label(), label()), { maxLength: 60 }), (rows) => {
      const truth = Uint8Array.from(rows, ([t]) => t);
      const predicted = Uint8Array.from(rows, ([, p]) => p);
      const { tp, fp, fn, tn } = confusion({ truth, predicted });
      expect(tp + fp + fn + tn).toBe(rows.length);
      expect(tp + fn).toBe(rows.filter(([t]) => t === 1).length);
      expect(tp + fp).toBe(rows.filter(([, p]) => p === 1).length);
    }),
  );
});

test('mcc() stays inside [-1, 1]', () => {
  fc.assert(
    fc.property(counts(), (c) => {
      expect(Math.abs(mcc(c).value)).toBeLessThanOrEqual(1);
    }),
  );
});

test('mcc() changes its sign, and no bit more, when every prediction is flipped', () => {
  fc.assert(
    fc.property(counts(), ({ tp, fp, fn, tn }) => {
      const straight = mcc({ tp, fp, fn, tn });
      const flipped = mcc({ tp: fn, fp: tn, fn: tp, tn: fp });
      expect(flipped.value + straight.value).toBe(0);
      expect(flipped.undefined).toBe(straight.undefined);
    }),
  );
});

test('mcc() does not change when the classes are exchanged', () => {
  fc.assert(
    fc.property(counts(), ({ tp, fp, fn, tn }) => {
      expect(mcc({ tp: tn, fp: fn, fn: fp, tn: tp })).toEqual(mcc({ tp, fp, fn, tn }));
    }),
  );
});

test('mcc() is 0 and flagged exactly when a margin is empty', () => {
  fc.assert(
    fc.property(counts(), (c) => {
      const empty = c.tp + c.fp === 0 || c.tp + c.fn === 0 || c.tn + c.fp === 0 || c.tn + c.fn === 0;
      const got = mcc(c);
      expect(got.undefined).toBe(empty);
      if (empty) expect(got.value).toBe(0);
    }),
  );
});

test('mccAt() at the prevalence of the counts is their mcc()', () => {
  fc.assert(
    fc.property(counts(10_000), (c) => {
      const stalled = c.tp + c.fn;
      const flowing = c.fp + c.tn;
      fc.pre(stalled > 0 && flowing > 0);
      const rates = { sensitivity: c.tp / stalled, specificity: c.tn / flowing };
      const got = mccAt({ ...rates, prevalence: stalled / (stalled + flowing) });
      expect(got.value).toBeCloseTo(mcc(c).value, 10);
    }),
  );
});

test('mccAt() never falls when sensitivity or specificity rises', () => {
  fc.assert(
    fc.property(unit(), unit(), unit(), open(), (one, two, other, prevalence) => {
      const [low, high] = [Math.min(one, two), Math.max(one, two)];
      const bySensitivity = (sensitivity: number) => mccAt({ sensitivity, specificity: other, prevalence });
      const bySpecificity = (specificity: number) => mccAt({ sensitivity: other, specificity, prevalence });
      for (const at of [bySensitivity, bySpecificity]) {
        if (at(low).undefined || at(high).undefined) continue;
        expect(at(high).value).toBeGreaterThanOrEqual(at(low).value - 1e-12);
      }
    }),
    { numRuns: 1000 },
  );
});

test('rate() holds its estimate inside its interval and inside both one-sided bounds', () => {
  fc.assert(
    fc.property(counted(), confidence(), ({ hits, n }, level) => {
      const got = rate({ hits, n, confidence: level });
      const point = got.estimate ?? 0.5;
      expect(got.interval.lower).toBeLessThanOrEqual(point);
      expect(got.interval.upper).toBeGreaterThanOrEqual(point);
      expect(got.atLeast).toBeLessThanOrEqual(point);
      expect(got.atMost).toBeGreaterThanOrEqual(point);
      // A one-sided claim at the same confidence is always the stronger one.
      expect(got.atLeast).toBeGreaterThanOrEqual(got.interval.lower);
      expect(got.atMost).toBeLessThanOrEqual(got.interval.upper);
    }),
  );
});

test('rate() of the misses is the mirror image of rate() of the hits', () => {
  fc.assert(
    fc.property(counted(), confidence(), ({ hits, n }, level) => {
      const straight = rate({ hits, n, confidence: level });
      const mirrored = rate({ hits: n - hits, n, confidence: level });
      expect(mirrored.atMost).toBeCloseTo(1 - straight.atLeast, 12);
      expect(mirrored.interval.lower).toBeCloseTo(1 - straight.interval.upper, 12);
    }),
  );
});

const projections = ['ppv', 'npv', 'mcc', 'predictedPositiveRate'] as const;

test('atPrevalence() holds every estimate inside its interval', () => {
  fc.assert(
    fc.property(counted(), counted(), open(), confidence(), (stalled, flowing, prevalence, level) => {
      const sensitivity = rate({ ...stalled, confidence: level });
      const specificity = rate({ ...flowing, confidence: level });
      const got = atPrevalence({ sensitivity, specificity, prevalence, confidence: level });
      for (const name of projections) {
        const { estimate, interval } = got[name];
        expect(interval.lower).toBeLessThanOrEqual(interval.upper);
        if (estimate === undefined) continue;
        expect(interval.lower).toBeLessThanOrEqual(estimate);
        expect(interval.upper).toBeGreaterThanOrEqual(estimate);
      }
    }),
  );
});

test('atPrevalence() never lowers PPV, NPV or MCC for one more hit in either class', () => {
  fc.assert(
    fc.property(counted(), counted(), open(), (stalled, flowing, prevalence) => {
      const of = (moreStalled: number, moreFlowing: number) =>
        atPrevalence({
          sensitivity: rate({ hits: stalled.hits + moreStalled, n: stalled.n, confidence: 0.95 }),
          specificity: rate({ hits: flowing.hits + moreFlowing, n: flowing.n, confidence: 0.95 }),
          prevalence,
          confidence: 0.95,
        });
      const before = of(0, 0);
      const better = [...(stalled.hits < stalled.n ? [of(1, 0)] : []), ...(flowing.hits < flowing.n ? [of(0, 1)] : [])];
      for (const after of better) {
        for (const name of ['ppv', 'npv', 'mcc'] as const) {
          expect(after[name].interval.lower).toBeGreaterThanOrEqual(before[name].interval.lower - 1e-12);
          expect(after[name].interval.upper).toBeGreaterThanOrEqual(before[name].interval.upper - 1e-12);
          const [from, to] = [before[name], after[name]];
          if (from.undefined || to.undefined || from.estimate === undefined || to.estimate === undefined) continue;
          expect(to.estimate).toBeGreaterThanOrEqual(from.estimate - 1e-12);
        }
      }
    }),
  );
});

test('bestMcc() finds what trying every threshold finds', () => {
  fc.assert(
    fc.property(scored(), ({ score, label: truth }) => {
      const tried = [Number.POSITIVE_INFINITY, ...new Set([...score].sort((a, b) => b - a))].map((threshold) => {
        const predicted = Uint8Array.from(score, (s) => (s >= threshold ? 1 : 0));
        return { threshold, ...confusion({ truth, predicted }) };
      });
      const most = Math.max(...tried.map((cut) => mcc(cut).value));
      const got = bestMcc({ score, label: truth });
      expect(got.mcc).toBeCloseTo(most, 14);
      expect(got.thresholds).toEqual(tried.filter((cut) => mcc(cut).value > most - 1e-9));
    }),
  );
});

test('auc() is 1 minus itself when the scores are negated', () => {
  fc.assert(
    fc.property(scored(), ({ score, label: truth }) => {
      const straight = auc({ score, label: truth });
      const negated = auc({ score: score.map((s) => -s), label: truth });
      if (straight === undefined) expect(negated).toBeUndefined();
      else expect(negated).toBeCloseTo(1 - straight, 14);
    }),
  );
});

test('ece() fills every bin, counts every stack once, and is at most the root of the Brier score', () => {
  fc.assert(
    fc.property(scored(), fc.integer({ min: 1, max: 50 }), ({ score, label: truth }, bins) => {
      const got = ece({ probability: score, label: truth, bins });
      expect(got.bins).toHaveLength(Math.min(bins, score.length));
      expect(got.bins.reduce((sum, bin) => sum + bin.count, 0)).toBe(score.length);
      // Jensen: the mean absolute distance of bin means is at most the root mean square distance of single stacks.
      expect(got.ece).toBeLessThanOrEqual(Math.sqrt(brier({ probability: score, label: truth })!) + 1e-12);
    }),
  );
});
