import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import * as Decode from '../../src/decode/index.js';
import { getOrThrow } from '../../src/domain/errors.js';

import * as Prevalence from '../../src/stages/prevalence/index.js';
import * as Thresholds from '../../src/stages/thresholds/index.js';

const stacks = async (text: string) => getOrThrow(await Decode.stacks(Decode.fromText('strata.csv', text)));

describe('strata()', () => {
  test('finds a column whatever its case, and a known one by its other names', async () => {
    const table = await stacks('filename,Data Set,project_id,recording\n1.mp4,X,G,r1\n2.mp4,Y,M,r2\n');
    expect(getOrThrow(Decode.strata({ by: 'dataset' })(table)).of.get('2.mp4')).toBe('Y');
    expect(getOrThrow(Decode.strata({ by: 'project_id' })(table)).by).toBe('project');
    expect(getOrThrow(Decode.strata({ by: 'Recording' })(table)).of.get('1.mp4')).toBe('r1');
  });

  test('an empty cell is no stratum', async () => {
    const table = await stacks('stackId,mouse\na,m1\nb,\nc, \n');
    expect([...getOrThrow(Decode.strata({ by: 'mouse' })(table)).of]).toEqual([['a', 'm1']]);
  });

  test('a column that is not there is answered with those that are', async () => {
    const table = await stacks('stackId,mouse,group\na,m1,AD\n');
    const missing = Decode.strata({ by: 'line', source: 'strata.csv' })(table);
    expect(E.isLeft(missing) && missing.left.issues[0]?.found).toBe('the columns "mouse", "group"');
  });
});

describe('decisions()', () => {
  const read = (text: string, wanted: 'decisions' | 'values') =>
    Decode.decisions({ wanted })(Decode.fromText('decisions.csv', text));

  test('what nothing was seen of, or failed, is unread and has no value', async () => {
    const text =
      'stackId,logOdds,decision,reason\na,-7,flowing,x\nb,-4.6,ask expert,neither votes nor a score; votes exhausted\nc,,failed,\nd,3,stalled,y\n';
    const table = getOrThrow(await read(text, 'decisions'));
    expect(table.decision).toEqual(['flowing', 'unread', 'unread', 'stalled']);
    expect(table.value.stackIds).toEqual(['a', 'd']);
  });

  test('a file of scores has values and no decisions', async () => {
    const table = getOrThrow(await read('filename,crowd_score\na,0.2\nb,\n', 'values'));
    expect(table.decision).toBeUndefined();
    expect(table.stackIds).toEqual(['a', 'b']);
    expect(table.value.score).toEqual(Float64Array.of(0.2));
  });

  test('an unknown decision and a stack twice are told by line', async () => {
    const bad = await read('stackId,decision\na,maybe\nb,stalled\nb,stalled\n', 'decisions');
    expect(E.isLeft(bad) && bad.left._tag === 'InvalidInput' && bad.left.issues.map(({ line }) => line)).toEqual([
      2, 4,
    ]);
  });
});

describe('planning', () => {
  const targets = { sensitivity: 0.99, specificity: 0.95, confidence: 0.95 };

  test('expected coverage is near what certify gives on average over draws of gold of that size', () => {
    // Ranks of scores are uniform, so the (k + 1)-th worst of n stands at (k + 1)/(n + 1) on average.
    const flowing = Float64Array.from({ length: 5000 }, (_, i) => (i + 0.5) / 5000);
    const stalled = Float64Array.from({ length: 5000 }, (_, i) => 0.5 + (i + 0.5) / 5000);
    const [none, at309] = Thresholds.expectedCoverage({
      targets,
      prevalence: 0.01,
      sizes: [
        { stalled: 100, flowing: 50 },
        { stalled: 309, flowing: 104 },
      ],
    })({ stalled, flowing });
    expect(none?.coverage).toBeUndefined();
    // lo = .5 + 1/310, hi = 1 − 1/105: flowing below lo or above hi; stalled the same.
    const [lo, hi] = [0.5 + 1 / 310, 1 - 1 / 105];
    const expected = 0.99 * (lo + 1 - hi) + 0.01 * (lo - 0.5 + 1.5 - hi);
    expect(at309?.coverage).toBeCloseTo(expected, 3);
  });
});

describe('betweenClusters()', () => {
  test('says nothing of spread from one cluster, and flags few', () => {
    const between = Prevalence.betweenClusters({ confidence: 0.95 });
    expect(between([])).toEqual({ clusters: 0, tooFew: true });
    expect(between([0.01])).toEqual({ clusters: 1, mean: 0.01, tooFew: true });
    expect(between(Array.from({ length: 20 }, (_, i) => i / 1000)).tooFew).toBe(false);
  });

  test("Student's interval as scipy.stats.t 1.10 gives it", () => {
    const { interval } = Prevalence.betweenClusters({ confidence: 0.95 })([0.01, 0.014, 0.006, 0.01]);
    expect(interval?.lower).toBeCloseTo(0.004803086945498651, 12);
    expect(interval?.upper).toBeCloseTo(0.015196913054501349, 12);
  });
});
