import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Trajectories } from '../../src/asking/replay/index.js';
import * as StopRule from '../../src/asking/stopRule/index.js';
import { maxErrorsAllowed } from '../../src/kernel/special/binomial.js';
import * as Gold from '../../src/stages/gold.js';

const place = (): fc.Arbitrary<number> => fc.integer({ min: -40, max: 24 }).map((quarters) => quarters / 4);

/** Four places in order; each end may be the end of the line. */
const boundsBetween = (mayDecide: boolean): fc.Arbitrary<StopRule.StopBounds> =>
  fc
    .tuple(fc.tuple(place(), place(), place(), place()), fc.boolean(), fc.boolean(), fc.boolean(), fc.boolean())
    .map(([places, noFlowing, fromLeft, toRight, noStalled]) => {
      const [flowingBelow, expertFrom, expertBelow, stalledFrom] = [...places].sort((a, b) => a - b);
      const hasFlowing = mayDecide && !noFlowing;
      const hasStalled = mayDecide && !noStalled;
      return {
        flowingBelow: hasFlowing ? flowingBelow : null,
        expertFrom: !hasFlowing && fromLeft ? null : expertFrom,
        expertBelow: !hasStalled && toRight ? null : expertBelow,
        stalledFrom: hasStalled ? stalledFrom : null,
      };
    });

const lastBounds = (): fc.Arbitrary<StopRule.StopBounds> =>
  boundsBetween(true).map(({ flowingBelow, stalledFrom }) => ({
    flowingBelow,
    expertFrom: flowingBelow,
    expertBelow: stalledFrom,
    stalledFrom,
  }));

const rule = (): fc.Arbitrary<StopRule.StopRule> =>
  fc.nat({ max: 5 }).chain((most) =>
    fc.nat({ max: most }).chain((leastVotes) =>
      fc.record({
        leastVotes: fc.constant(leastVotes),
        bounds: fc
          .tuple(...Array.from({ length: most }, (_, n) => boundsBetween(n >= leastVotes)), lastBounds())
          .map((bounds) => bounds as readonly StopRule.StopBounds[]),
        contradiction: fc.record({
          flowingAbove: fc.option(place(), { nil: null }),
          stalledBelow: fc.option(place(), { nil: null }),
        }),
      }),
    ),
  );

const logOdds = (): fc.Arbitrary<readonly number[]> => fc.array(place(), { minLength: 1, maxLength: 10 });

describe('first stop', () => {
  test('rounds of any size, one vote at a time and all at once stop at the same vote with the same action', () => {
    fc.assert(
      fc.property(
        rule(),
        logOdds(),
        fc.boolean(),
        fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 10 }),
        (one, z, scored, rounds) => {
          const decide = StopRule.firstStop(one);
          const whole = decide({ logOdds: z, scored });
          // Whoever asks in rounds looks when a round is complete, and goes on only while the rule asks.
          let votes = 0;
          let seen = decide({ logOdds: z.slice(0, 1), scored });
          for (const size of [...rounds, ...z.map(() => 1)]) {
            if (seen.first !== 'ask' || votes === z.length - 1) break;
            votes = Math.min(z.length - 1, votes + size);
            seen = decide({ logOdds: z.slice(0, votes + 1), scored });
          }
          expect([seen.first, seen.votes]).toEqual([whole.first, whole.votes]);
        },
      ),
    );
  });

  test('votes behind the stop change nothing, except that a contradiction calls an expert', () => {
    fc.assert(
      fc.property(rule(), logOdds(), fc.boolean(), (one, z, scored) => {
        const decide = StopRule.firstStop(one);
        const { first, votes, action } = decide({ logOdds: z, scored });
        expect([first, 'expert']).toContain(action);
        if (first === 'ask') expect(votes).toBe(z.length - 1);
        else
          expect(decide({ logOdds: z.slice(0, votes + 1), scored })).toEqual({
            first,
            votes,
            action: first,
            seen: votes,
          });
      }),
    );
  });

  test('nothing is decided below the least votes, nor before any vote without a score', () => {
    fc.assert(
      fc.property(rule(), logOdds(), (one, z) => {
        const { first, votes } = StopRule.firstStop(one)({ logOdds: z, scored: false });
        if (first === 'flowing' || first === 'stalled') {
          expect(votes).toBeGreaterThanOrEqual(Math.max(1, one.leastVotes));
        }
      }),
    );
  });

  test('after each number of votes actions follow flowing, ask, expert, ask, stalled along the log-odds', () => {
    fc.assert(
      fc.property(rule(), (one) => {
        one.bounds.forEach((_, n) => {
          const never = { ...one, bounds: one.bounds.map((at, m) => (m < n ? asking : at)) };
          const decide = StopRule.firstStop(never);
          const actions = Array.from({ length: 97 }, (__, i) => -12 + i / 4 + 0.125).map(
            (z) => decide({ logOdds: [...new Array<number>(n).fill(0), z], scored: true }).action,
          );
          const changes = actions.filter((action, i) => action !== actions[i - 1]).join(' ');
          expect('flowing ask expert ask stalled').toMatch(new RegExp(changes.split(' ').join('(.*)')));
          if (n === StopRule.mostVotesOf(one)) expect(changes).not.toContain('ask');
        });
      }),
    );
  });

  test('a rule comes back from JSON as it was', () => {
    fc.assert(
      fc.property(rule(), logOdds(), (one, z) => {
        const back = JSON.parse(JSON.stringify(one)) as StopRule.StopRule;
        expect(back).toEqual(one);
        expect(StopRule.firstStop(back)({ logOdds: z, scored: true })).toEqual(
          StopRule.firstStop(one)({ logOdds: z, scored: true }),
        );
      }),
    );
  });
});

const asking: StopRule.StopBounds = { flowingBelow: null, expertFrom: 0, expertBelow: 0, stalledFrom: null };

/** Trajectories of equal length. */
const trajectories = (stacks: number, votes: number): fc.Arbitrary<Trajectories> =>
  fc
    .array(fc.double({ min: -9, max: 6, noNaN: true }), {
      minLength: stacks * (votes + 1),
      maxLength: stacks * (votes + 1),
    })
    .map((z) => ({
      stackIds: Array.from({ length: stacks }, (_, s) => `s${s}`),
      first: Uint32Array.from({ length: stacks + 1 }, (_, s) => s * (votes + 1)),
      logOdds: Float64Array.from(z),
      scores: new Uint32Array(stacks).fill(1),
    }));

const prices = (): fc.Arbitrary<StopRule.Prices> =>
  fc
    .tuple(
      fc.integer({ min: 5, max: 50 }),
      fc.double({ min: 3, max: 10, noNaN: true }),
      fc.double({ min: 0, max: 0.9, noNaN: true }),
    )
    .map(([expert, logMiss, stalledPosterior]) => ({
      expert,
      miss: Math.exp(logMiss),
      alarm: StopRule.alarmPrice({ expert, stalledPosterior }),
    }));

/** What all stacks cost under a rule from `from` votes on, by the posterior. */
const costFrom = (
  one: StopRule.StopRule,
  { expert, miss, alarm }: StopRule.Prices,
  paths: Trajectories,
  from: number,
) => {
  const decide = StopRule.firstStop({ ...one, leastVotes: 0, bounds: one.bounds.slice(from) });
  let total = 0;
  for (let s = 0; s < paths.stackIds.length; s++) {
    const z = paths.logOdds.subarray(paths.first[s] + from, paths.first[s + 1]);
    const { first, votes } = decide({ logOdds: z, scored: true });
    const p = 1 / (1 + Math.exp(-z[votes]));
    total += votes + (first === 'expert' ? expert : first === 'flowing' ? miss * p : alarm * (1 - p));
  }
  return total;
};

describe('solve()', () => {
  test('no other division after any one number of votes would cost less, tried one by one', () => {
    fc.assert(
      fc.property(trajectories(4, 2), prices(), (paths, price) => {
        const solved = StopRule.solve({ prices: price, mostVotes: 2 })(paths);
        for (let n = 0; n <= 2; n++) {
          const edges = [null, ...edgesOf(paths, n)];
          const least = costFrom(solved, price, paths, n);
          for (const other of divisions(edges, n === 2)) {
            // Below the posterior at which an expert is cheaper nothing may be called stalled.
            const floor = Math.log(price.alarm / price.expert - 1);
            if (other.stalledFrom !== null && other.stalledFrom < floor) continue;
            const bounds = solved.bounds.map((at, m) => (m === n ? other : at));
            expect(costFrom({ ...solved, bounds }, price, paths, n)).toBeGreaterThan(least - 1e-3);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  test('nothing is called stalled below the posterior at which an expert is cheaper', () => {
    fc.assert(
      fc.property(trajectories(12, 3), prices(), (paths, price) => {
        const least = Math.log(price.alarm / price.expert - 1);
        for (const { stalledFrom } of StopRule.solve({ prices: price, mostVotes: 3 })(paths).bounds) {
          if (stalledFrom !== null) expect(stalledFrom).toBeGreaterThanOrEqual(least);
        }
      }),
    );
  });

  test('below the least votes a solved rule decides nothing', () => {
    fc.assert(
      fc.property(trajectories(12, 3), prices(), fc.nat({ max: 3 }), (paths, price, leastVotes) => {
        const { bounds } = StopRule.solve({ prices: price, mostVotes: 3, leastVotes })(paths);
        for (const at of bounds.slice(0, leastVotes)) expect([at.flowingBelow, at.stalledFrom]).toEqual([null, null]);
      }),
    );
  });

  test('the order of stacks does not matter', () => {
    fc.assert(
      fc.property(trajectories(8, 2), prices(), (paths, price) => {
        const back = Array.from({ length: 8 }, (_, s) => 7 - s);
        const turned: Trajectories = {
          ...paths,
          stackIds: back.map((s) => paths.stackIds[s]),
          logOdds: Float64Array.from(back.flatMap((s) => [...paths.logOdds.subarray(3 * s, 3 * s + 3)])),
        };
        expect(StopRule.solve({ prices: price, mostVotes: 2 })(turned)).toEqual(
          StopRule.solve({ prices: price, mostVotes: 2 })(paths),
        );
      }),
    );
  });
});

/** Edges of the quarter-nat bins on both sides of each stack after n votes. */
const edgesOf = (paths: Trajectories, n: number): readonly number[] => [
  ...new Set(
    paths.stackIds.flatMap((_, s) => {
      const low = Math.floor(paths.logOdds[paths.first[s] + n] * 4) / 4;
      return [low, low + 0.25];
    }),
  ),
];

/** Every rule after one number of votes whose places are among the edges. */
const divisions = (edges: readonly (number | null)[], isLast: boolean): readonly StopRule.StopBounds[] => {
  const low = (x: number | null): number => x ?? Number.NEGATIVE_INFINITY;
  const high = (x: number | null): number => x ?? Number.POSITIVE_INFINITY;
  return edges.flatMap((flowingBelow) =>
    edges.flatMap((stalledFrom) => {
      if (low(flowingBelow) > high(stalledFrom)) return [];
      if (isLast) return [{ flowingBelow, expertFrom: flowingBelow, expertBelow: stalledFrom, stalledFrom }];
      return edges.flatMap((expertFrom) =>
        edges.flatMap((expertBelow) =>
          low(flowingBelow) <= low(expertFrom) &&
          low(expertFrom) <= high(expertBelow) &&
          high(expertBelow) <= high(stalledFrom)
            ? [{ flowingBelow, expertFrom, expertBelow, stalledFrom }]
            : [],
        ),
      );
    }),
  );
};

describe('division of gold', () => {
  const goldOf = (ids: readonly string[]): Gold.GoldSet =>
    Gold.from({ chosen: 'stratified' })(ids.map((stackId, i) => ({ stackId, label: i % 2 === 0 ? 1 : 0 })));
  const ids = (): fc.Arbitrary<readonly string[]> => fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 90 });

  const targets = { sensitivity: 0.9, specificity: 0.8, confidence: 0.9 };

  test('the parts are disjoint and whole, and the order of rows does not matter', () => {
    fc.assert(
      fc.property(ids(), (all) => {
        const gold = goldOf(all);
        const { fit, tune } = StopRule.divideGold({ targets })(gold);
        expect([...fit.stackIds, ...tune.stackIds].sort()).toEqual([...all].sort());
        const back = [...gold.stackIds.keys()].reverse();
        const turned = {
          ...gold,
          stackIds: back.map((g) => gold.stackIds[g]),
          label: Uint8Array.from(back, (g) => gold.label[g]),
        };
        expect(new Set(StopRule.divideGold({ targets })(turned).fit.stackIds)).toEqual(new Set(fit.stackIds));
      }),
    );
  });

  test('one tuning stack less of a class would allow an error less, where any error is allowed', () => {
    const allowed = (n: number, limit: number) => maxErrorsAllowed({ n, rate: limit, delta: 0.1 }) ?? -1;
    fc.assert(
      fc.property(ids(), (all) => {
        const { tune } = StopRule.divideGold({ targets })(goldOf(all));
        const { stalled, flowing } = Gold.count(tune);
        for (const [n, limit] of [
          [stalled, 0.1],
          [flowing, 0.2],
        ]) {
          if (allowed(n, limit) >= 0) expect(allowed(n - 1, limit)).toBe(allowed(n, limit) - 1);
        }
      }),
    );
  });

  test('a cluster is wholly on one side', () => {
    fc.assert(
      fc.property(ids(), (all) => {
        const cluster = all.map((_, i) => `mouse ${i % 5}`);
        const { fit, tune } = StopRule.divideGold({ targets, cluster })(goldOf(all));
        const mice = (part: readonly string[]) => new Set(part.map((id) => cluster[all.indexOf(id)]));
        for (const mouse of mice(fit.stackIds)) expect(mice(tune.stackIds)).not.toContain(mouse);
        expect(fit.stackIds.length + tune.stackIds.length).toBe(all.length);
      }),
    );
  });
});

describe('betting test', () => {
  test('append() in portions is append() at once', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 1 }), { maxLength: 60 }),
        fc.nat({ max: 60 }),
        fc.constantFrom('below' as const, 'above' as const),
        (errors, cut, side) => {
          const bet = { limit: 0.1, side };
          const add = (part: readonly number[]) => StopRule.append({ bet, errors: part });
          const portions = add(errors.slice(cut))(add(errors.slice(0, cut))(StopRule.NO_GOLD_YET));
          expect(portions).toEqual(add(errors)(StopRule.NO_GOLD_YET));
        },
      ),
    );
  });
});
