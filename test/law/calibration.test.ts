import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { EnsembleCodec } from '../../src/decode/json/index.js';
import { getOrThrow } from '../../src/domain/errors.js';
import type { Scores } from '../../src/domain/scores.js';
import * as Calibration from '../../src/stages/calibration/index.js';
import * as Gold from '../../src/stages/gold.js';
import * as Votes from '../../src/stages/votes/index.js';
import * as Arbitrary from '../../src/testing.js';

const METHODS = {
  platt: Calibration.platt,
  beta: Calibration.beta,
  temperature: Calibration.temperature,
  isotonic: Calibration.isotonic,
};

const tableOf = (ids: readonly string[]): Votes.VoteTable => Votes.including(ids)(Votes.EMPTY);
const goldOf = (label: readonly number[]) =>
  Gold.as('fit')(
    Gold.from({ chosen: 'random' })(label.map((value, i) => ({ stackId: `s${i}`, label: value === 1 ? 1 : 0 }))),
  );
const scoresOf = (score: readonly number[]): Scores => ({
  stackIds: score.map((_, i) => `s${i}`),
  score: Float64Array.from(score),
});

describe.each(Object.entries(METHODS))('%s', (_, method) => {
  test('is non-decreasing and stays inside (0, 1)', () => {
    fc.assert(
      fc.property(
        Arbitrary.scores(),
        Arbitrary.gold(),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true })),
        (scores, gold, at) => {
          const fitted = method(Gold.as('fit')(gold))(scores);
          if (E.isLeft(fitted)) return;
          const values = [...at].sort((a, b) => a - b).map(Calibration.probability(fitted.right));
          values.forEach((value, i) => {
            expect(value).toBeGreaterThan(0);
            expect(value).toBeLessThan(1);
            if (i > 0) expect(value).toBeGreaterThanOrEqual(values[i - 1]);
          });
        },
      ),
    );
  });

  test('gives a constant score no evidence', () => {
    for (const score of [0, 0.3, 1]) {
      const scores = scoresOf(new Array<number>(5).fill(score));
      const calibrator = getOrThrow(method(goldOf([1, 0, 0, 0, 0]))(scores));
      for (const nats of Calibration.evidence({ calibrator, scores })(tableOf(scores.stackIds)).nats) {
        expect(Math.abs(nats)).toBeLessThan(1e-6);
      }
    }
  });

  test('gives upside-down scores no say, and separable ones a finite one', () => {
    const label = [0, 0, 0, 0, 1, 1, 1, 1];
    const rising = scoresOf(label.map((_, i) => (i + 1) / 10));
    const falling = scoresOf(label.map((_, i) => 1 - (i + 1) / 10));
    const nats = (scores: Scores): readonly number[] => [
      ...Calibration.evidence({ calibrator: getOrThrow(method(goldOf(label))(scores)), scores })(
        tableOf(scores.stackIds),
      ).nats,
    ];
    for (const value of nats(falling)) expect(Math.abs(value)).toBeLessThan(1e-6);
    expect(Math.max(...nats(rising))).toBeGreaterThan(0.5);
    for (const value of nats(rising)) expect(Number.isFinite(value)).toBe(true);
  });
});

describe('beta', () => {
  test('refuses scores that are no probabilities', () => {
    expect(Calibration.beta(goldOf([1, 0]))(scoresOf([3, -2]))).toEqual(
      E.left({ _tag: 'CalibrationInfeasible', needs: 'scores in [0, 1]', scored: { stalled: 1, flowing: 1 } }),
    );
  });
});

describe('isotonic', () => {
  const sorted = fc
    .uniqueArray(fc.integer({ min: 0, max: 10_000 }), { minLength: 2, maxLength: 40 })
    .map((list) => [...list].sort((a, b) => a - b).map((value) => value / 10_000));

  test('ranks scores within a block as they came, and changes no evidence by a millionth of a nat', () => {
    fc.assert(
      fc.property(sorted, fc.infiniteStream(Arbitrary.label()), (score, stream) => {
        const label = [1, 0, ...stream.take(score.length)].slice(0, score.length);
        const scores = scoresOf(score);
        const calibrator = getOrThrow(Calibration.isotonic(goldOf(label))(scores));
        const { nats } = Calibration.evidence({ calibrator, scores })(tableOf(scores.stackIds));
        const row = new Map(tableOf(scores.stackIds).stackIds.map((id, s) => [id, s]));
        const at = scores.stackIds.map((id) => nats[row.get(id) ?? 0]);
        for (let i = 1; i < at.length; i++) expect(at[i]).toBeGreaterThan(at[i - 1]);
        // The steps alone: the knots of the calibrator are its probabilities.
        if (calibrator._tag !== 'Isotonic') throw Error('not isotonic');
        const steps = calibrator.y.map((p) => Math.log(p / (1 - p)));
        for (const [k, x] of calibrator.x.entries()) {
          const i = score.indexOf(x);
          const prior = Math.log(calibrator.prevalence / (1 - calibrator.prevalence));
          expect(Math.abs(at[i] + prior - steps[k])).toBeLessThan(1e-6);
        }
      }),
    );
  });

  test('takes a crowd score of which nine in ten are exactly 0', () => {
    const label = Array.from({ length: 400 }, (_, i) => (i % 20 === 0 ? 1 : 0));
    const scores = scoresOf(label.map((value, i) => (value === 1 ? (i % 3) / 4 : i % 11 === 0 ? 0.1 : 0)));
    const calibrator = getOrThrow(Calibration.isotonic(goldOf(label))(scores));
    const probability = Calibration.probability(calibrator);
    expect(probability(0)).toBeLessThan(0.05);
    expect(probability(0.5)).toBeGreaterThan(0.8);
  });
});

describe('ensemble()', () => {
  const label = Array.from({ length: 60 }, (_, i) => (i % 3 === 0 ? 1 : 0));
  const noisy = (seed: number): readonly number[] =>
    label.map((value, i) => {
      const wave = Math.sin(7 * seed + 12.9898 * i * (seed + 1));
      return 1 / (1 + Math.exp(-(3 * value - 1.5 + 2 * wave)));
    });
  const gold = goldOf(label);

  const named = (name: string, score: readonly number[], keep: (i: number) => boolean = () => true) => {
    const rows = score.flatMap((_, i) => (keep(i) ? [i] : []));
    return { name, stackIds: rows.map((i) => `s${i}`), score: Float64Array.from(rows, (i) => score[i]) };
  };
  const table = tableOf(label.map((_, i) => `s${i}`));
  const fittedOn = (...models: readonly Calibration.NamedScores[]) => getOrThrow(Calibration.ensemble(gold)(models));
  const judged = (calibrator: Calibration.EnsembleCalibrator, ...models: readonly Calibration.NamedScores[]) =>
    Calibration.ensembleEvidence({ calibrator, models })(table);
  const one = named('one', noisy(1));
  const two = named('two', noisy(2));

  test('a copy of a member adds next to nothing: correlated evidence is not counted twice', () => {
    const copy = { ...one, name: 'copy' };
    const alone = judged(fittedOn(one), one).nats;
    const twice = judged(fittedOn(one, copy), one, copy);
    alone.forEach((nats, s) => {
      expect(Math.abs(twice.nats[s] - nats)).toBeLessThan(0.1 * Math.max(1, Math.abs(nats)));
    });
    expect([...twice.scores].every((count) => count === 2)).toBe(true);
  });

  test('an absent member is not an opinion: the others speak as if it had never been', () => {
    const fitted = fittedOn(one, two);
    expect(judged(fitted, one).nats).toEqual(judged(fittedOn(one), one).nats);
    expect(judged(fitted, named('two', []), one).nats).toEqual(judged(fittedOn(one), one).nats);
    expect(judged(fitted)).toEqual({ nats: new Float64Array(60), scores: new Uint32Array(60) });
  });

  test('judges each stack by the models that scored it, whatever order they come in', () => {
    const gaps = named('two', noisy(2), (i) => i % 4 !== 0);
    const fitted = fittedOn(one, gaps);
    const both = judged(fitted, one, gaps);
    expect(judged(fitted, gaps, one)).toEqual(both);
    const alone = judged(fitted, one);
    table.stackIds.forEach((id, s) => {
      const has = Number(id.slice(1)) % 4 !== 0;
      expect(both.scores[s]).toBe(has ? 2 : 1);
      if (!has) expect(both.nats[s]).toBe(alone.nats[s]);
    });
  });

  test('is deaf to the scale of a member: it is calibrated first', () => {
    const stretched = { ...two, score: two.score.map((p) => 100 * Math.log(p / (1 - p)) + 7) };
    const plain = judged(fittedOn(one, two), one, two).nats;
    judged(fittedOn(one, stretched), one, stretched).nats.forEach((nats, s) => {
      expect(Math.abs(nats - plain[s])).toBeLessThan(1e-6);
    });
  });

  test('of ten models with gaps, a set that gold never had is judged by its largest fitted part', () => {
    const many = Array.from({ length: 10 }, (_, k) => named(`m${k}`, noisy(k + 1)));
    const fitted = fittedOn(...many);
    expect(fitted.fits.length).toBe(1 + 10 + 45 + 10);
    expect([...judged(fitted, ...many.slice(0, 9)).scores].every((n) => n === 9)).toBe(true);
    expect([...judged(fitted, ...many.slice(0, 4)).scores].every((n) => n === 2)).toBe(true);
    const sparse = many.map((model, k) => named(model.name, noisy(k + 1), (i) => i < 30 || k < 4));
    expect([...judged(fittedOn(...sparse), ...many.slice(0, 4)).scores].every((n) => n === 4)).toBe(true);
  });

  test('never hears a member against itself, and is refused without both classes', () => {
    const upsideDown = named(
      'down',
      noisy(1).map((p) => 1 - p),
    );
    const fitted = fittedOn(upsideDown, two);
    for (const { weights } of fitted.fits) for (const weight of weights) expect(weight).toBeGreaterThanOrEqual(0);
    for (const nats of judged(fitted, upsideDown).nats) expect(Math.abs(nats)).toBeLessThan(0.05);
    expect(E.isLeft(Calibration.ensemble(goldOf([1, 1]))([named('one', [0.2, 0.4])]))).toBe(true);
  });

  test('a model without gold is named and no evidence; an unknown one is refused; a name stands once', () => {
    const late = named('late', noisy(3), (i) => i % 3 === 0);
    const fitted = fittedOn(one, late);
    expect(fitted.withoutGold).toEqual(['late']);
    expect(judged(fitted, one, late)).toEqual(judged(fittedOn(one), one));
    expect(() => judged(fitted, two)).toThrow('expected scores of one, got two; a new model needs a new fit');
    expect(() => judged(fitted, one, one)).toThrow('each model once');
    expect(() => fittedOn(one, one)).toThrow('different names');
  });

  test('its JSON form comes back as it was, and a broken one is refused', () => {
    const fitted = fittedOn(
      one,
      named('two', noisy(2), (i) => i % 4 !== 0),
    );
    const json = JSON.parse(JSON.stringify(EnsembleCodec.encode(fitted)));
    expect(EnsembleCodec.decode(json)).toEqual(E.right(fitted));
    const [first, ...rest] = fitted.fits;
    for (const broken of [
      { ...fitted, members: [] },
      { ...fitted, fits: [...rest, first] },
      { ...fitted, fits: [{ ...first, members: [0, 2] }] },
      { ...fitted, fits: [{ ...first, members: [1, 0] }] },
      { ...fitted, fits: [{ ...first, weights: [1] }] },
      { ...fitted, fits: [{ ...first, weights: [1, -1] }] },
      { ...fitted, withoutGold: ['one'] },
    ]) {
      expect(E.isLeft(EnsembleCodec.decode(broken))).toBe(true);
    }
  });

  test('heldOutEnsembleEvidence() judges gold by others, and leaves everything else alone', () => {
    const part = Gold.as('fit')({ ...gold, stackIds: gold.stackIds.slice(0, 40), label: gold.label.slice(0, 40) });
    const calibrator = getOrThrow(Calibration.ensemble(part)([one, two]));
    const all = judged(calibrator, one, two);
    const held = Calibration.heldOutEnsembleEvidence({ gold: part, calibrator, models: [one, two] })(table);
    const isGold = new Set(part.stackIds);
    table.stackIds.forEach((id, s) => {
      if (isGold.has(id)) expect(held.nats[s]).not.toBe(all.nats[s]);
      else expect(held.nats[s]).toBe(all.nats[s]);
    });
    expect(held.scores).toEqual(all.scores);
  });

  test('leaveOneOut() says what each model is worth: shares add up to 1, and noise is worth nothing', () => {
    const noise = named(
      'noise',
      label.map((_, i) => (((i * 37) % 60) + 0.5) / 60),
    );
    const { models, logLoss } = getOrThrow(Calibration.leaveOneOut(gold)([one, two, noise]));
    expect(models.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
    for (const { cost, withoutLogLoss, scored } of models) {
      expect(withoutLogLoss).toBeCloseTo(logLoss + (cost ?? Number.NaN), 12);
      expect(scored).toBe(60);
    }
    expect(models[2].share).toBeLessThan(0.1);
    expect(models[2].cost).toBeLessThan(0.02);
    expect(models[0].cost).toBeGreaterThan(models[2].cost ?? 0);
    const single = getOrThrow(Calibration.leaveOneOut(gold)([one])).models[0];
    expect([single.share, single.cost]).toEqual([1, undefined]);
  });
});

test('heldOutEvidence() judges gold by others, and leaves everything else alone', () => {
  const label = Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? 1 : 0));
  const scores = scoresOf(Array.from({ length: 50 }, (_, i) => ((i * 37) % 50) / 50));
  const gold = goldOf(label);
  const calibrator = getOrThrow(Calibration.isotonic(gold)(scores));
  const table = tableOf(scores.stackIds);
  const all = Calibration.evidence({ calibrator, scores })(table);
  const held = Calibration.heldOutEvidence({ gold, method: Calibration.isotonic, calibrator, scores })(table);
  const isGold = new Set(gold.stackIds);
  table.stackIds.forEach((id, s) => {
    if (!isGold.has(id)) expect(held.nats[s]).toBe(all.nats[s]);
  });
  // A random score that looked informative to its own gold looks no better than chance to the rest.
  const praise = (nats: Float64Array): number =>
    table.stackIds.reduce((sum, id, s) => {
      const row = gold.stackIds.indexOf(id);
      return row < 0 ? sum : sum + (label[row] === 1 ? nats[s] : -nats[s]);
    }, 0);
  expect(praise(held.nats)).toBeLessThan(praise(all.nats));
});
