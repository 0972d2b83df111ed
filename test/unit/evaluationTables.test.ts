import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { curvesCsv, evaluationCsv } from '../../src/report/index.js';
import * as Evaluation from '../../src/stages/evaluation/index.js';
import * as Gold from '../../src/stages/gold.js';
import { route } from '../../src/stages/routing.js';

const worlds = fc.array(
  fc.record({ z: fc.integer({ min: -6, max: 6 }), label: fc.constantFrom(0 as const, 1 as const) }),
  { minLength: 1, maxLength: 60 },
);

const worldOf = (
  rows: readonly { readonly z: number; readonly label: 0 | 1 }[],
  chosen: 'random' | 'stratified' = 'random',
) => {
  const stackIds = rows.map((_, i) => `s${i}`);
  return {
    posterior: {
      stackIds,
      logOdds: Float64Array.from(rows, ({ z }) => z),
      votes: new Uint32Array(rows.length).fill(3),
      scores: new Uint32Array(rows.length),
    },
    gold: Gold.as('test')(Gold.from({ chosen })(rows.map(({ label }, i) => ({ stackId: `s${i}`, label })))),
  };
};

const cells = (lines: Iterable<string>): readonly (readonly string[])[] =>
  [...lines].map((line) => line.trimEnd().split(','));

describe('curvePoints()', () => {
  test('the area under its ROC is the AUC, and each point is what its threshold calls', () => {
    fc.assert(
      fc.property(worlds, (rows) => {
        const { posterior, gold } = worldOf(rows);
        const points = Evaluation.curvePoints({ gold })(posterior);
        const roc = points.filter(({ curve }) => curve === 'roc');
        const area = Evaluation.auc({ score: posterior.logOdds, label: gold.label });
        if (area === undefined) {
          expect(roc).toEqual([]);
          return;
        }
        const sum = roc.slice(1).reduce((total, { x, y }, i) => total + ((x - roc[i].x) * (y + roc[i].y)) / 2, 0);
        expect(sum).toBeCloseTo(area, 12);
        for (const { curve, threshold, x, y, lower, upper } of points) {
          expect((lower ?? y) <= y && y <= (upper ?? y)).toBe(true);
          if (threshold === undefined) continue;
          const { sensitivity, specificity, ppv } = Evaluation.calls({ gold, prevalence: 0.1, cut: threshold })(
            posterior,
          );
          expect(curve === 'roc' ? [1 - x, y] : [x, y]).toEqual(
            (curve === 'roc' ? [specificity.estimate, sensitivity.estimate] : [sensitivity.estimate, ppv.estimate]).map(
              (value) => expect.closeTo(value ?? Number.NaN, 12),
            ),
          );
        }
      }),
    );
  });

  test('states precision at another prevalence, and reliability for random gold alone', () => {
    const rows = Array.from({ length: 40 }, (_, i) => ({
      z: (i % 13) - 6,
      label: i % 13 > 8 || i % 7 === 0 ? (1 as const) : (0 as const),
    }));
    const { posterior, gold } = worldOf(rows, 'stratified');
    const rare = Evaluation.curvePoints({ gold, prevalence: 0.01 })(posterior);
    const cut = rare.find(({ curve, threshold }) => curve === 'precision-recall' && threshold === 3);
    const { atPrevalence } = Evaluation.calls({ gold, prevalence: 0.01, cut: 3 })(posterior);
    expect(cut?.y).toBeCloseTo(atPrevalence.ppv.estimate ?? Number.NaN, 12);
    expect(rare.some(({ curve }) => curve === 'reliability')).toBe(false);
    const random = Evaluation.curvePoints({ gold: { ...gold, chosen: 'random' }, bins: 4 })(posterior);
    const bins = random.filter(({ curve }) => curve === 'reliability');
    expect(bins.map(({ n }) => n)).toEqual([10, 10, 10, 10]);
  });

  test('gold that nobody voted on or scored is on no curve', () => {
    const { posterior, gold } = worldOf([
      { z: 1, label: 1 },
      { z: -1, label: 0 },
    ]);
    expect(Evaluation.curvePoints({ gold })({ ...posterior, votes: new Uint32Array(2) })).toEqual([]);
  });
});

test('evaluation.csv has every source and metric with its interval, and curves.csv every point', () => {
  const rows = Array.from({ length: 60 }, (_, i) => ({
    z: (i % 11) - 5,
    label: i % 11 > 7 ? (1 as const) : (0 as const),
  }));
  const { posterior, gold } = worldOf(rows);
  const crowd = Evaluation.calls({ gold, prevalence: 0.01, cut: 0 })(posterior);
  const routing = route({ flowingBelow: -2, stalledAbove: 2 })(posterior);
  const evaluation = Evaluation.evaluate({ gold, prevalence: 0.01 })({ posterior, routing });
  const [head, ...table] = cells(evaluationCsv({ sources: { fused: crowd, crowd, model: undefined }, evaluation }));
  for (const row of table) expect(row.length).toBe(head.length);
  const keys = table.map(([source, metric, prevalence]) => `${source} ${metric} ${prevalence}`);
  expect(new Set(keys).size).toBe(keys.length);
  expect(new Set(table.map(([source]) => source))).toEqual(new Set(['fused', 'crowd', 'decisions']));
  expect(keys).toContain('crowd mcc 0.01');
  const sensitivity = table.find(([source, metric]) => source === 'crowd' && metric === 'sensitivity');
  expect(sensitivity?.slice(-2)).toEqual([String(crowd.sensitivity.hits), String(crowd.sensitivity.n)]);
  const points = Evaluation.curvePoints({ gold })(posterior);
  const curves = cells(curvesCsv({ fused: points, crowd: points }));
  expect(curves.length).toBe(1 + 2 * points.length);
  for (const row of curves) expect(row.length).toBe(8);
});
