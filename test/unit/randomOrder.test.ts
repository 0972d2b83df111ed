import { describe, expect, test } from 'vitest';
import * as Replay from '../../src/asking/replay/index.js';
import type { VoteTable } from '../../src/domain/voteTable.js';

/** A table in which everybody votes on every stack. */
const everybody = (
  stacks: number,
  annotatorIds: readonly string[],
  labels = (v: number): number => v % 2,
): VoteTable => {
  const k = annotatorIds.length;
  const rows = Array.from({ length: stacks * k }, (_, v) => v);
  return {
    stackIds: Array.from({ length: stacks }, (_, s) => `stack-${s}.mp4`),
    annotatorIds,
    offsets: Uint32Array.from({ length: stacks + 1 }, (_, s) => k * s),
    annotatorOf: Uint32Array.from(rows, (v) => v % k),
    label: Uint8Array.from(rows, labels),
  };
};

/** How often each order of three annotators occurs. */
const orders = (seed: number, stacks: number, annotatorIds: readonly string[]): readonly number[] => {
  const { annotatorOf } = Replay.inRandomOrder(seed)(everybody(stacks, annotatorIds));
  const counts = new Map<string, number>();
  for (let s = 0; s < stacks; s++) {
    const order = annotatorOf.subarray(3 * s, 3 * s + 3).join();
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  return [...counts.values()];
};

/** Pearson's statistic against equal shares. */
const unevenness = (counts: readonly number[], cells: number): number => {
  const expected = counts.reduce((sum, count) => sum + count, 0) / cells;
  const empty = (cells - counts.length) * expected;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, empty);
};

/** Above these, one sample in 100,000 would lie. */
const FIVE_DEGREES = 30.9;
const NINETEEN_DEGREES = 57;

describe('inRandomOrder()', () => {
  test.each([
    [1, ['ann', 'bob', 'cem']],
    [0, ['p1', 'p2', 'p3']],
    [7, ['', 'a', 'aa']],
    [0, ['player1000', 'player1001', 'player1002']],
  ])('with seed %i all six orders of %j are as likely', (seed, annotatorIds) => {
    expect(unevenness(orders(seed, 60_000, annotatorIds), 6)).toBeLessThan(FIVE_DEGREES);
  });

  test('every annotator of twenty comes first as often', () => {
    const names = Array.from({ length: 20 }, (_, a) => `u${a}`);
    const { annotatorOf } = Replay.inRandomOrder(0)(everybody(40_000, names));
    const first = new Array<number>(20).fill(0);
    for (let s = 0; s < 40_000; s++) first[annotatorOf[20 * s]]++;
    expect(unevenness(first, 20)).toBeLessThan(NINETEEN_DEGREES);
  });

  test('the order on one stack says nothing of that on the next, nor one pair of another', () => {
    const stacks = 60_000;
    const { annotatorOf } = Replay.inRandomOrder(3)(everybody(stacks, ['a', 'b', 'c', 'd']));
    const isBefore = (s: number, x: number, y: number): number => {
      const own = annotatorOf.subarray(4 * s, 4 * s + 4);
      return Number(own.indexOf(x) < own.indexOf(y));
    };
    const cells = [0, 0, 0, 0];
    const pairs = [0, 0, 0, 0];
    for (let s = 1; s < stacks; s++) {
      cells[2 * isBefore(s - 1, 0, 1) + isBefore(s, 0, 1)]++;
      pairs[2 * isBefore(s, 0, 1) + isBefore(s, 2, 3)]++;
    }
    expect(unevenness(cells, 4)).toBeLessThan(FIVE_DEGREES);
    expect(unevenness(pairs, 4)).toBeLessThan(FIVE_DEGREES);
  });

  test('labels, other stacks and other annotators play no part in the order; the seed does', () => {
    const names = ['ann', 'bob', 'cem', 'dan'];
    const order = (table: VoteTable, seed = 0): readonly string[][] => {
      const { stackIds, offsets, annotatorIds, annotatorOf } = Replay.inRandomOrder(seed)(table);
      return stackIds.map((_, s) => [...annotatorOf.subarray(offsets[s], offsets[s + 1])].map((a) => annotatorIds[a]));
    };
    const plain = order(everybody(200, names));
    expect(order(everybody(200, names, () => 1))).toEqual(plain);
    expect(order(everybody(100, names))).toEqual(plain.slice(0, 100));
    const more = order(everybody(200, [...names, 'eve'])).map((own) => own.filter((id) => id !== 'eve'));
    expect(more).toEqual(plain);
    expect(order(everybody(200, names), 1)).not.toEqual(plain);
  });

  test('repeated votes of one annotator have places of their own, and each vote is there once', () => {
    const table: VoteTable = {
      ...everybody(1000, ['ann']),
      annotatorIds: ['', 'bob'],
      offsets: Uint32Array.from({ length: 201 }, (_, s) => 5 * s),
      stackIds: Array.from({ length: 200 }, (_, s) => `s${s}`),
      annotatorOf: Uint32Array.from({ length: 1000 }, (_, v) => (v % 5 < 4 ? 0 : 1)),
    };
    const { annotatorOf, label } = Replay.inRandomOrder(0)(table);
    const places = new Set<number>();
    for (let s = 0; s < 200; s++) {
      const own = annotatorOf.subarray(5 * s, 5 * s + 5);
      places.add(own.indexOf(1));
      expect([...own].sort()).toEqual([0, 0, 0, 0, 1]);
      const sum = (column: Uint8Array): number => column.subarray(5 * s, 5 * s + 5).reduce((a, b) => a + b, 0);
      expect(sum(label)).toBe(sum(table.label));
    }
    expect(places.size).toBe(5);
  });

  test('hundreds of votes on a stack are sorted like a few', () => {
    const names = Array.from({ length: 100 }, (_, a) => `u${a}`);
    const many = Replay.inRandomOrder(0)(everybody(3, names));
    const few = Replay.inRandomOrder(0)(everybody(3, names.slice(0, 20)));
    for (let s = 0; s < 3; s++) {
      const own = [...many.annotatorOf.subarray(100 * s, 100 * s + 100)].filter((a) => a < 20);
      expect(own).toEqual([...few.annotatorOf.subarray(20 * s, 20 * s + 20)]);
    }
  });
});
