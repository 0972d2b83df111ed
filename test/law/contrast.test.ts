import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { getOrThrow } from '../../src/domain/errors.js';
import * as Prevalence from '../../src/stages/prevalence/index.js';

const { contrast } = Prevalence;

const counts = fc
  .tuple(
    fc.integer({ min: 0, max: 40 }),
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.double({ min: 0, max: 1, noNaN: true }),
  )
  .map(([stacks, share, hits]) => {
    const audited = Math.round(share * stacks);
    return { stacks, audited, stalled: Math.round(hits * audited) };
  });

/** Two groups of 2–5 mice with two kinds of call each, some of them audited in part, whole, or not at all. */
const studies = fc
  .tuple(
    fc.integer({ min: 2, max: 5 }),
    fc.integer({ min: 2, max: 5 }),
    fc.array(counts, { minLength: 20, maxLength: 20 }),
  )
  .map(([first, second, table]) =>
    [
      ...Array.from({ length: first }, (_, m) => ['A', m] as const),
      ...Array.from({ length: second }, (_, m) => ['B', m] as const),
    ].flatMap(([group, m], i): Prevalence.ClusterCalls[] =>
      ['stalled', 'flowing'].map((called, c) => ({ group, cluster: `m${m}`, called, ...table[2 * i + c] })),
    ),
  );

const compared = (
  calls: readonly Prevalence.ClusterCalls[],
  groups: readonly [string, string] = ['A', 'B'],
  confidence = 0.95,
) => contrast({ groups, confidence })(calls);

describe('contrast()', () => {
  test('swapping the groups negates the difference and inverts the ratio', () => {
    fc.assert(
      fc.property(studies, (calls) => {
        const [there, back] = [compared(calls), compared(calls, ['B', 'A'])];
        expect(E.isLeft(there)).toBe(E.isLeft(back));
        if (E.isLeft(there) || E.isLeft(back)) return;
        const [one, other] = [there.right, back.right];
        expect(other.difference.estimate).toBeCloseTo(-one.difference.estimate, 12);
        expect(other.difference.interval.lower).toBeCloseTo(-one.difference.interval.upper, 12);
        expect(other.difference.interval.upper).toBeCloseTo(-one.difference.interval.lower, 12);
        if (one.ratio.upper !== undefined) expect(other.ratio.lower * one.ratio.upper).toBeCloseTo(1, 9);
        else expect(other.ratio.lower).toBe(0);
        expect(other.groups).toEqual([...one.groups].reverse());
      }),
    );
  });

  test('intervals hold their estimate, lie in range, and grow with confidence', () => {
    fc.assert(
      fc.property(studies, (calls) => {
        const narrow = compared(calls, ['A', 'B'], 0.8);
        const wide = compared(calls, ['A', 'B'], 0.99);
        if (E.isLeft(narrow) || E.isLeft(wide)) return;
        const { difference, ratio, groups } = narrow.right;
        for (const [low, estimate, high, least, most] of [
          [difference.interval.lower, difference.estimate, difference.interval.upper, -1, 1],
          ...groups.map(({ estimate, interval }) => [interval.lower, estimate, interval.upper, 0, 1]),
        ]) {
          expect(low).toBeGreaterThanOrEqual(least);
          expect(low).toBeLessThanOrEqual(estimate + 1e-12);
          expect(high).toBeGreaterThanOrEqual(estimate - 1e-12);
          expect(high).toBeLessThanOrEqual(most);
        }
        if (ratio.estimate !== undefined) {
          expect(ratio.lower).toBeLessThanOrEqual(ratio.estimate * (1 + 1e-9));
          expect(ratio.upper ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(ratio.estimate * (1 - 1e-9));
        }
        expect(wide.right.difference.interval.lower).toBeLessThanOrEqual(difference.interval.lower);
        expect(wide.right.difference.interval.upper).toBeGreaterThanOrEqual(difference.interval.upper);
        expect(wide.right.ratio.lower).toBeLessThanOrEqual(ratio.lower * (1 + 1e-9));
      }),
    );
  });

  test('the ratio leaves out 1 exactly where the difference leaves out 0', () => {
    fc.assert(
      fc.property(studies, (calls) => {
        const found = compared(calls);
        if (E.isLeft(found)) return;
        const { difference, ratio } = found.right;
        if (Math.abs(difference.interval.lower) < 1e-9 || Math.abs(difference.interval.upper) < 1e-9) return;
        expect(ratio.lower > 1).toBe(difference.interval.lower > 0);
        expect((ratio.upper ?? Number.POSITIVE_INFINITY) < 1).toBe(difference.interval.upper < 0);
      }),
    );
  });

  test('neither the order of rows nor how a mouse’s stacks are divided among them matters', () => {
    fc.assert(
      fc.property(studies, (calls) => {
        const divided = calls.flatMap((row) => {
          const half = {
            stacks: row.stacks >> 1,
            audited: row.audited >> 1,
            stalled: Math.min(row.stalled, row.audited >> 1),
          };
          const rest = {
            stacks: row.stacks - half.stacks,
            audited: row.audited - half.audited,
            stalled: row.stalled - half.stalled,
          };
          return rest.stalled <= rest.audited && rest.audited <= rest.stacks
            ? [
                { ...row, ...rest },
                { ...row, ...half },
              ]
            : [row];
        });
        expect(compared([...divided].reverse())).toEqual(compared(calls));
      }),
    );
  });

  test('an audit that finds nothing says how much it may have overlooked, and one of 20 labels less than one of 2000', () => {
    const study = (audited: number) =>
      ['A', 'B'].flatMap((group) =>
        Array.from({ length: 4 }, (_, m) => ({
          group,
          cluster: `m${m}`,
          called: 'flowing',
          stacks: 5000,
          audited,
          stalled: 0,
        })),
      );
    const ends = [5, 500].map((audited) => getOrThrow(compared(study(audited))).difference);
    // 1 − .025^(1/n) of 20 and of 2000 labels, with 10 % of the population drawn in the second.
    const expected = [1 - 0.025 ** (1 / (20 / (1 - 0.001))), 1 - 0.025 ** (1 / (2000 / 0.9))];
    ends.forEach(({ estimate, interval }, i) => {
      expect(estimate).toBe(0);
      expect(interval.upper).toBeCloseTo(expected[i], 9);
      expect(interval.lower).toBeCloseTo(-expected[i], 9);
    });
  });

  test('refuses one mouse a group and a group without an audit, and says which', () => {
    const row = (group: string, cluster: string, audited = 10) => ({
      group,
      cluster,
      called: 'flowing',
      stacks: 100,
      audited,
      stalled: 0,
    });
    expect(compared([row('A', 'a'), row('B', 'b'), row('B', 'c')])).toEqual(
      E.left({ _tag: 'ContrastInfeasible', group: 'A', clusters: 1, audited: 10, needs: 'two clusters' }),
    );
    expect(compared([row('A', 'a'), row('A', 'd'), row('B', 'b', 0), row('B', 'c', 0)])).toEqual(
      E.left({ _tag: 'ContrastInfeasible', group: 'B', clusters: 2, audited: 0, needs: 'an audit' }),
    );
    expect(() => compared([{ ...row('A', 'a'), stalled: 11 }])).toThrow(/stalled <= audited <= stacks/);
    expect(() => compared([], ['A', 'B'], 1)).toThrow(/confidence/);
  });

  test('a call that nobody audited is named, and may be anything', () => {
    const rows = ['A', 'B'].flatMap((group) =>
      ['1', '2', '3'].flatMap((cluster) => [
        { group, cluster, called: 'flowing', stacks: 900, audited: 300, stalled: 0 },
        {
          group,
          cluster,
          called: 'ask expert',
          stacks: 100,
          audited: group === 'A' ? 0 : 50,
          stalled: group === 'A' ? 0 : 5,
        },
      ]),
    );
    const { unaudited, difference } = getOrThrow(compared(rows));
    expect(unaudited).toEqual([{ group: 'A', called: 'ask expert', stacks: 300 }]);
    expect(difference.interval.upper).toBeGreaterThan(0.08);
  });
});
