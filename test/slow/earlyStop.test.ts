import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { bandOf, type EarlyStop, fitEarlyStop, passOrder, settledBy } from '../../src/model/inference/earlyStop.js';
import { presets } from '../../src/model/pipeline/presets/presets.js';

/**
 * What the embedded model said of 4,000 simulated stacks, half of them stalled: all forty passes each, in `passOrder`. A
 * rule learnt on every other stack is tried on the rest. Made by `bench/speed/earlyStop.mjs --fixture`.
 */

const ALL = passOrder(presets.embedded).length;
const bytes = brotliDecompressSync(readFileSync(join(import.meta.dirname, '..', 'fixtures', 'stackAnswers.br')));
const stacks = Array.from({ length: bytes.length / ALL }, (_, s) =>
  Array.from(bytes.subarray(s * ALL, (s + 1) * ALL), (byte) => 1 / (1 + Math.exp((128 - byte) / 4))),
);
const calibration = stacks.filter((_, s) => s % 2 === 0);
const unseen = stacks.filter((_, s) => s % 2 === 1);

const mean = (answers: readonly number[]): number => answers.reduce((a, b) => a + b, 0) / answers.length;

/** Unseen stacks by the band of their full score: how many, how many of them moved, and the passes of all together. */
const tried = (stop: EarlyStop, every: number) => {
  const settled = settledBy(stop, ALL);
  const band = bandOf(stop.edges);
  const bands = Array.from({ length: stop.edges.length + 1 }, () => ({ stacks: 0, moved: 0 }));
  let passes = 0;
  for (const answers of unseen) {
    let k = every;
    while (k < ALL && settled(answers.slice(0, k)) === undefined) k += every;
    passes += k;
    const full = band(mean(answers));
    bands[full].stacks++;
    if (band(mean(answers.slice(0, k))) !== full) bands[full].moved++;
  }
  return { timesFewer: (ALL * unseen.length) / passes, moved: bands.map((b) => b.moved / b.stacks) };
};

const fitted = (edges: readonly number[], risk: number, every: number): EarlyStop => {
  const looks = Array.from({ length: ALL / every }, (_, i) => (i + 1) * every);
  const stop = fitEarlyStop({ edges, risk, looks })(calibration);
  if (stop._tag === 'Left') throw new RangeError(`early stop: ${JSON.stringify(stop.left)}`);
  return stop.right;
};

/** Scores at which a policy changes the routing, certified on 2,000 such stacks with eight votes each, and on 3,000. */
const TWO_EDGES = [0.133, 0.249];
const ONE_EDGE = [0.168];

describe(`early stop on ${unseen.length} unseen stacks`, () => {
  const { ensemble } = presets.embedded;
  if (ensemble._tag !== 'Mean') throw new RangeError(`expected a mean of answers, got ${ensemble._tag}`);
  const { stalledAbove } = ensemble;

  test.each([
    ['the threshold, five files', [stalledAbove], 0.01, 1],
    ['the threshold, a merged file', [stalledAbove], 0.01, 5],
    ['a policy of one edge, five files', ONE_EDGE, 0.02, 1],
    ['a policy of one edge, a merged file', ONE_EDGE, 0.02, 5],
  ])('%s: four times fewer passes, and no band loses more than its share', (_, edges, risk, every) => {
    const { timesFewer, moved } = tried(fitted(edges, risk, every), every);
    expect(timesFewer).toBeGreaterThan(4);
    expect(Math.max(...moved)).toBeLessThan(risk);
  });

  test.each([
    ['the threshold', [stalledAbove], 1.6],
    ['a policy', TWO_EDGES, 1.4],
  ])('the exact rule at the edges of %s moves none, and saves little', (_, edges, atLeast) => {
    const { timesFewer, moved } = tried({ edges }, 1);
    expect(moved.every((share) => share === 0)).toBe(true);
    expect(timesFewer).toBeGreaterThan(atLeast);
  });

  test('a narrow band between two edges of a policy has too few stacks for 2 %, and says so', () => {
    const stop = fitEarlyStop({ edges: TWO_EDGES, risk: 0.02 })(calibration);
    expect(stop).toMatchObject({ _tag: 'Left', left: { _tag: 'EarlyStopInfeasible', stacksNeeded: 149 } });
  });

  test('at 5 % it is enough for half the passes, and no band loses more', () => {
    const { timesFewer, moved } = tried(fitted(TWO_EDGES, 0.05, 1), 1);
    expect(timesFewer).toBeGreaterThan(1.9);
    expect(Math.max(...moved)).toBeLessThan(0.05);
  });
});
