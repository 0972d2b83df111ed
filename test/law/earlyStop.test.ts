import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { seeded } from '../../src/kernel/random/prng.js';
import { bandOf, type EarlyStop, fitEarlyStop, passOrder, settledBy } from '../../src/model/inference/earlyStop.js';
import { presets } from '../../src/model/pipeline/presets/presets.js';

const probability = () => fc.double({ min: 0, max: 1, noNaN: true });
const edge = () => fc.double({ min: 0.01, max: 0.99, noNaN: true });

describe('early stop', () => {
  test('passOrder asks every model once before any is asked again', () => {
    const order = passOrder(presets.zfturbo);
    expect(order).toHaveLength(40);
    expect(order.slice(0, 6).map(({ model, flip }) => `${model}${flip}`)).toEqual(['00', '10', '20', '30', '40', '01']);
    expect(new Set(order.map(({ model, flip }) => `${model}${flip}`)).size).toBe(40);
  });

  test('an exact stop is never regretted, whatever the remaining passes say', () => {
    fc.assert(
      fc.property(
        fc.array(probability(), { minLength: 1, maxLength: 40 }),
        fc.uniqueArray(edge(), { minLength: 1, maxLength: 3 }),
        fc.nat(40),
        (answers, cuts, at) => {
          const edges = [...cuts].sort((a, b) => a - b);
          const k = Math.min(at, answers.length);
          if (settledBy({ edges }, answers.length)(answers.slice(0, k)) !== 'exact') return;
          const band = bandOf(edges);
          const rest = answers.length - k;
          const sum = answers.slice(0, k).reduce((a, b) => a + b, 0);
          // The full mean, and both extremes the rest could have brought.
          const full = answers.reduce((a, b) => a + b, 0) / answers.length;
          expect(band(full)).toBe(band(sum / answers.length));
          expect(band(full)).toBe(band((sum + rest) / answers.length));
        },
      ),
    );
  });

  test('after all passes a stack is settled, but for a score on an edge', () => {
    const { edges } = { edges: [0.5] };
    expect(settledBy({ edges }, 2)([0.2, 0.3])).toBe('exact');
    expect(settledBy({ edges }, 2)([0.5, 0.5])).toBeUndefined();
  });

  test('a wider margin never stops earlier', () => {
    fc.assert(
      fc.property(
        fc.array(probability(), { minLength: 1, maxLength: 8 }),
        edge(),
        fc.double({ min: 0, max: 6, noNaN: true }),
        (answers, cut, margin) => {
          const at = (m: number): EarlyStop => ({ edges: [cut], risk: { ...ANY, margins: new Array(8).fill(m) } });
          const bold = settledBy(at(margin), 8)(answers);
          const shy = settledBy(at(margin + 1), 8)(answers);
          if (shy !== undefined) expect(bold).toBeDefined();
        },
      ),
    );
  });

  test('few stacks in a band: no certificate, and how many are needed', () => {
    const rows = crowdOfStacks(400, 0.05, 3);
    const fitted = fitEarlyStop({ edges: [0.7] })(rows);
    if (E.isRight(fitted)) throw new Error('expected too few stacks in the upper band');
    expect(fitted.left.stacksNeeded).toBe(299);
    expect(fitted.left.bands[1].stacks).toBeLessThan(299);
  });

  test('the fitted rule asks fewer than a quarter of the passes and keeps its risk on new stacks', () => {
    const fitted = fitEarlyStop({ edges: [0.7], risk: 0.02 })(crowdOfStacks(6000, 0.4, 1));
    if (E.isLeft(fitted)) throw new Error('infeasible');
    const rule = settledBy(fitted.right, 40);
    const band = bandOf([0.7]);
    const seen = [0, 0];
    const moved = [0, 0];
    let passes = 0;
    for (const row of crowdOfStacks(6000, 0.4, 2)) {
      let k = 1;
      while (k < row.length && rule(row.slice(0, k)) === undefined) k++;
      passes += k / 6000;
      const full = band(row.reduce((a, b) => a + b, 0) / row.length);
      seen[full]++;
      if (band(row.slice(0, k).reduce((a, b) => a + b, 0) / k) !== full) moved[full]++;
    }
    expect(passes).toBeLessThan(10);
    expect(moved[0] / seen[0]).toBeLessThan(0.02);
    expect(moved[1] / seen[1]).toBeLessThan(0.02);
  });
});

const ANY = { certificate: { risk: 0.01, confidence: 0.95, fitted: 0, bands: [], passes: 1, all: 8 } };

/** Stacks scored by 5 models in 8 orientations: a stack's own logit, a model's and a pass's deviation from it. */
const crowdOfStacks = (n: number, stalled: number, seed: number): readonly (readonly number[])[] => {
  const random = seeded(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Array.from({ length: n }, () => {
    const centre = (random() < stalled ? 3.5 : -4.5) + 2 * normal();
    const models = Array.from({ length: 5 }, () => 0.7 * normal());
    return Array.from({ length: 40 }, (_, k) => 1 / (1 + Math.exp(-(centre + models[k % 5] + 0.5 * normal()))));
  });
};
