import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as Asking from '../../src/asking/index.js';
import * as Replay from '../../src/asking/replay/index.js';
import * as StopRule from '../../src/asking/stopRule/index.js';
import { getOrThrow } from '../../src/domain/errors.js';
import type { Recalibration } from '../../src/domain/evidence.js';
import type { Vote } from '../../src/domain/vote.js';
import * as Policy from '../../src/policy/index.js';
import * as Simulate from '../../src/simulate/index.js';
import * as Calibration from '../../src/stages/calibration/index.js';
import * as Fusion from '../../src/stages/fusion/index.js';
import * as Gold from '../../src/stages/gold.js';
import * as RiskControl from '../../src/stages/riskControl/index.js';
import type * as Skills from '../../src/stages/skills/index.js';
import * as Votes from '../../src/stages/votes/index.js';
import * as Arbitrary from '../../src/testing.js';

/** Votes as a stream, in the order of the rows. */
const streamOf = (rows: readonly Vote[]): Replay.VoteStream => {
  // The canonical order of ids is that of their UTF-8 bytes, which is not that of JavaScript strings.
  const { stackIds } = getOrThrow(Votes.from()(rows));
  const annotatorIds = [...new Set(rows.map((row) => row.annotatorId))].sort();
  return {
    stackIds,
    annotatorIds,
    stackOf: Uint32Array.from(rows, (row) => stackIds.indexOf(row.stackId)),
    annotatorOf: Uint32Array.from(rows, (row) => annotatorIds.indexOf(row.annotatorId)),
    label: Uint8Array.from(rows, (row) => row.label),
  };
};

/** Skills that belong to names, so that every table of the same people has the same ones. */
const skillsOf = (annotatorIds: readonly string[]): Skills.Skills => {
  const rate = (id: string, salt: number): number => 0.55 + ((id.length * 7 + id.charCodeAt(0) * salt) % 40) / 100;
  return {
    annotatorIds,
    sensitivity: Float64Array.from(annotatorIds, (id) => rate(`a${id}`, 3)),
    specificity: Float64Array.from(annotatorIds, (id) => rate(`b${id}`, 5)),
    support: new Uint32Array(annotatorIds.length),
    newcomer: { sensitivity: 0.7, specificity: 0.7 },
  };
};

const recalibration: Recalibration = {
  voteCorrelation: 0.3,
  slopes: { model: 0.9, votes: 1.1 },
  variance: { model: 0.01, votes: 0.02, both: 0 },
  dependence: {},
  gold: { stalled: 10, flowing: 20 },
};

const pathsOf = (rows: readonly Vote[]): { readonly votes: Replay.Arrivals; readonly paths: Replay.Trajectories } => {
  const votes = Replay.arrivals(streamOf(rows));
  const skills = skillsOf(votes.annotatorIds);
  return { votes, paths: Replay.trajectories({ prevalence: 0.1, skills, recalibration })(votes) };
};

const place = (): fc.Arbitrary<number> => fc.double({ min: -6, max: 4, noNaN: true });

/** A rule that asks between two places, and an expert after the most votes. */
const rule = (): fc.Arbitrary<StopRule.StopRule> =>
  fc
    .record({
      places: fc.array(fc.tuple(place(), place()), { minLength: 1, maxLength: 7 }),
      leastVotes: fc.nat({ max: 2 }),
    })
    .map(({ places, leastVotes: least }) => {
      const leastVotes = Math.min(least, places.length - 1);
      const bounds = places.map(([a, b], n): StopRule.StopBounds => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        if (n < leastVotes) return { flowingBelow: null, expertFrom: 0, expertBelow: 0, stalledFrom: null };
        const expertFrom = n === places.length - 1 ? low : high;
        return { flowingBelow: low, expertFrom, expertBelow: high, stalledFrom: high };
      });
      return { leastVotes, bounds, contradiction: { flowingAbove: null, stalledBelow: null } };
    });

/** How the stacks of these trajectories end. */
const replayed = (asked: StopRule.StopRule, paths: Replay.Trajectories): StopRule.RuleReplay =>
  StopRule.replayOn(paths)(paths)(asked);

describe('replay', () => {
  test('a trajectory ends at the batch posterior', () => {
    fc.assert(
      fc.property(Arbitrary.distinctVotes(), (rows) => {
        fc.pre(rows.length > 0);
        const { paths } = pathsOf(rows);
        const table = getOrThrow(Votes.from()(rows));
        const batch = Fusion.fuse({ prevalence: 0.1, skills: skillsOf(table.annotatorIds), recalibration })(table);
        const ends = Replay.ends(paths);
        expect(ends.stackIds).toEqual(batch.stackIds);
        expect(ends.votes).toEqual(batch.votes);
        for (let s = 0; s < ends.logOdds.length; s++) {
          expect(Math.abs(ends.logOdds[s] - batch.logOdds[s])).toBeLessThan(1e-11);
        }
      }),
    );
  });

  test('a replay takes the decision of firstStop() on each stack', () => {
    fc.assert(
      fc.property(Arbitrary.distinctVotes(), rule(), (rows, asked) => {
        fc.pre(rows.length > 0);
        const { paths } = pathsOf(rows);
        const { decisions, votes } = replayed(asked, paths);
        const codes = { flowing: 0, stalled: 1, expert: RiskControl.UNDECIDED, ask: RiskControl.RAN_OUT };
        paths.stackIds.forEach((_, s) => {
          const logOdds = paths.logOdds.subarray(paths.first[s], paths.first[s + 1]);
          const { first, votes: stoppedAt } = StopRule.firstStop(asked)({ logOdds, scored: false });
          expect(votes[s]).toBe(logOdds.length === 1 ? 0 : stoppedAt);
          expect(decisions[s]).toBe(logOdds.length === 1 ? RiskControl.UNSEEN : codes[first]);
        });
      }),
    );
  });

  test("a stack's decision depends on its own votes alone, and only on those that were taken", () => {
    fc.assert(
      fc.property(Arbitrary.distinctVotes(), rule(), fc.nat(), (rows, asked, pick) => {
        fc.pre(rows.length > 0);
        const { paths } = pathsOf(rows);
        const all = replayed(asked, paths);
        const s = pick % paths.stackIds.length;
        const own = rows.filter((row) => row.stackId === paths.stackIds[s]);
        const used = Math.max(1, all.votes[s]);
        const alone = replayed(asked, pathsOf(own).paths);
        expect([alone.decisions[0], alone.votes[0]]).toEqual([all.decisions[s], all.votes[s]]);
        if (all.decisions[s] > 1) return;
        const cut = replayed(asked, pathsOf(own.slice(0, used)).paths);
        expect([cut.decisions[0], cut.votes[0]]).toEqual([all.decisions[s], all.votes[s]]);
      }),
    );
  });

  test('nothing is retired unseen, nor on one vote without a score', () => {
    fc.assert(
      fc.property(rule(), fc.array(place(), { minLength: 1, maxLength: 2 }), (asked, logOdds) => {
        const { first } = StopRule.firstStop(asked)({ logOdds, scored: false });
        expect(['ask', 'expert']).toContain(first);
        const unseen = {
          stackIds: ['s'],
          first: Uint32Array.of(0, 1),
          logOdds: Float64Array.of(logOdds[0]),
          scores: new Uint32Array(1),
        };
        expect(replayed(asked, unseen).decisions[0]).toBe(RiskControl.UNSEEN);
      }),
    );
  });
});

describe('asking', () => {
  test('more votes allowed never undo a decision: what was decided stays, and only experts and open stacks change', () => {
    fc.assert(
      fc.property(Arbitrary.distinctVotes(), rule(), fc.nat({ max: 4 }), (rows, asked, more) => {
        fc.pre(rows.length > 0);
        const { paths } = pathsOf(rows);
        const last = asked.bounds[asked.bounds.length - 1];
        const open = { ...last, expertFrom: last.stalledFrom, expertBelow: last.stalledFrom };
        const longer = {
          ...asked,
          bounds: [...asked.bounds.slice(0, -1), ...Array.from({ length: more }, () => open), last],
        };
        const few = replayed(asked, paths);
        const many = replayed(longer, paths);
        few.decisions.forEach((decision, s) => {
          if (decision < RiskControl.UNDECIDED) expect(many.decisions[s]).toBe(decision);
          expect(many.votes[s]).toBeGreaterThanOrEqual(few.votes[s]);
        });
      }),
    );
  });

  test('a budget changes who waits and nothing else; it is never exceeded, and a larger one serves more', () => {
    const asked = fc.array(fc.record({ logOdds: place(), votes: fc.nat({ max: 6 }), wanted: fc.nat({ max: 3 }) }), {
      maxLength: 30,
    });
    const prices = fc.constantFrom(undefined, { miss: 1000, expert: 20, alarm: 40 });
    fc.assert(
      fc.property(asked, prices, fc.nat({ max: 30 }), (stacks, priced, budget) => {
        const columns = {
          logOdds: stacks.map(({ logOdds }) => logOdds),
          votes: stacks.map(({ votes }) => votes),
          wanted: stacks.map(({ wanted }) => wanted),
        };
        const vote = { stalled: 2, flowing: -1, correlation: 0.4 };
        const served = Asking.serve({ budget, mostVotes: 7, vote, prices: priced })(columns);
        expect(served.votesWanted).toBeLessThanOrEqual(budget);
        const all = columns.wanted.reduce((sum, n) => sum + n, 0);
        const waiting = columns.wanted.reduce((sum, n, s) => sum + (served.waiting[s] === 1 ? n : 0), 0);
        expect(served.votesWanted + waiting).toBe(all);
        served.waiting.forEach((waits, s) => {
          if (waits === 1) expect(columns.wanted[s]).toBeGreaterThan(0);
        });
        const more = Asking.serve({ budget: budget + 5, mostVotes: 7, vote, prices: priced })(columns);
        expect(more.votesWanted).toBeGreaterThanOrEqual(served.votesWanted);
      }),
    );
  });

  test('the audit is drawn from ids alone: a stack is in it or not whatever is decided of it', () => {
    const { policy } = Policy.fit()({ votes: Votes.EMPTY, gold: Gold.from({ chosen: 'random' })([]) });
    const { traitModel: _, ...bare } = policy;
    const stackIds = Array.from({ length: 40 }, (__, s) => `s${s}`);
    // One of the two rules calls everything flowing that the other calls stalled.
    const audited = (audit: Asking.Audit, place: 'flowingBelow' | 'stalledFrom' | 'neither') =>
      Policy.decide({
        ...bare,
        audit,
        calibrator: { _tag: 'Platt', on: 'logit', a: -1, b: 0, prevalence: 0.5 },
        rule: StopRule.oneLook({
          votes: 0,
          ...(place === 'neither' ? {} : { [place]: place === 'flowingBelow' ? 99 : -99 }),
        }),
      })({ votes: Votes.EMPTY, scores: { stackIds, score: new Float64Array(40).fill(0.5) } });
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 0, max: 1, noNaN: true }), (seed, share) => {
        const flowing = audited({ share, seed }, 'flowingBelow');
        const stalled = audited({ share, seed }, 'stalledFrom');
        expect(flowing.audited).toEqual(stalled.audited);
        // The decision stands: an audit asks people, it does not reopen.
        expect(flowing.routing.every((row) => row._tag === 'Retire' && row.label === 0)).toBe(true);
        expect(stalled.routing.every((row) => row._tag === 'Retire' && row.label === 1)).toBe(true);
        expect(audited({ share, seed }, 'neither').audited?.every((value) => value === 0)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test('a larger audit keeps all of a smaller one', () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 0, max: 1, noNaN: true }), fc.string(), (seed, share, id) => {
        if (Asking.isAudited({ share: share / 2, seed })(id)) {
          expect(Asking.isAudited({ share, seed })(id)).toBe(true);
        }
      }),
    );
  });

  test('a vote is never worth less than nothing, and worth less after others have said the same', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -12, max: 6, noNaN: true }),
        fc.double({ min: 0.05, max: 0.9, noNaN: true }),
        fc.nat({ max: 10 }),
        (logOdds, correlation, votes) => {
          const value = Asking.valueOfAsking(
            { miss: 2000, expert: 20, alarm: 40 },
            { stalled: 2, flowing: -1, correlation },
            20,
          );
          const now = value({ logOdds, votes: Math.max(1, votes) });
          expect(now).toBeGreaterThanOrEqual(0);
          expect(value({ logOdds, votes: Math.max(1, votes) + 1 })).toBeLessThanOrEqual(now * (1 + 1e-9) + 1e-9);
        },
      ),
    );
  });
});

describe('joint posterior', () => {
  const lab = Simulate.dataset({
    stacks: 200,
    prevalence: 0.05,
    votes: { perStack: 8 },
    model: {},
    gold: { stalled: 100, flowing: 200, chosen: 'stratified' },
  })(3);
  const fit = Gold.as('fit')(lab.gold);
  const votes = Replay.arrivals(lab.votes);
  const model = Calibration.evidence({
    calibrator: getOrThrow(Calibration.platt(fit)(lab.scores)),
    scores: lab.scores,
  })(votes);
  const look = Asking.fitTraitModel(fit, { prevalence: 0.05, model })(votes);
  const paths = Replay.traitTrajectories(look, model)(votes);

  test('without votes it is prior and model alone', () => {
    for (let s = 0; s < votes.stackIds.length; s++) {
      const seen = (1 - look.blind) * Math.exp(model.nats[s]) + look.blind;
      expect(paths.logOdds[paths.first[s]]).toBeCloseTo(Math.log(0.05 / 0.95) + Math.log(seen), 10);
    }
  });

  test('the order of votes does not matter to where a stack ends', () => {
    const reversed = {
      ...votes,
      annotatorOf: votes.annotatorOf.slice(),
      label: votes.label.slice(),
    };
    for (let s = 0; s < votes.stackIds.length; s++) {
      reversed.annotatorOf.subarray(votes.offsets[s], votes.offsets[s + 1]).reverse();
      reversed.label.subarray(votes.offsets[s], votes.offsets[s + 1]).reverse();
    }
    const back = Replay.ends(Replay.traitTrajectories(look, model)(reversed));
    Replay.ends(paths).logOdds.forEach((z, s) => {
      expect(Math.abs(back.logOdds[s] - z)).toBeLessThan(1e-9);
    });
  });

  test('one stack by itself has the trajectory that it has among others, to the last bit', () => {
    const walk = Replay.stackTrait(look);
    const path = new Float64Array(9);
    const row = new Map(look.annotatorIds.map((id, a) => [id, a]));
    for (let s = 0; s < votes.stackIds.length; s++) {
      const [from, to] = [votes.offsets[s], votes.offsets[s + 1]];
      const numbers = Array.from(
        { length: to - from },
        (_, k) => 2 * (row.get(votes.annotatorIds[votes.annotatorOf[from + k]]) ?? row.size) + votes.label[from + k],
      );
      walk(path, numbers, numbers.length, model.scores[s] > 0 ? model.nats[s] : undefined);
      expect([...path.subarray(0, to - from + 1)]).toEqual([
        ...paths.logOdds.subarray(paths.first[s], paths.first[s + 1]),
      ]);
    }
  });

  test('solve(): dearer errors never lead to fewer votes and experts, and cost no more than asking nobody, everybody or an expert', () => {
    const weight = new Float64Array(paths.stackIds.length).fill(1);
    const fitting = StopRule.fittingRows({ mostVotes: 8, weight })(paths);
    /** Mean over stacks of votes, experts and what errors cost by the posterior. */
    const costOf = ({ miss, alarm, expert }: StopRule.Prices, asked: StopRule.StopRule) => {
      const { decisions, votes: used } = replayed(asked, paths);
      const costs = Array.from(decisions, (decision, s) => {
        const p = 1 / (1 + Math.exp(-paths.logOdds[paths.first[s] + used[s]]));
        if (decision === RiskControl.UNDECIDED) return { spent: used[s] + expert, all: used[s] + expert };
        return { spent: used[s], all: used[s] + (decision === 1 ? alarm * (1 - p) : miss * p) };
      });
      const mean = (key: 'spent' | 'all'): number => costs.reduce((sum, one) => sum + one[key], 0) / costs.length;
      return { spent: mean('spent'), all: mean('all') };
    };
    const spent = [1, 4, 16, 64, 256].map((k) => {
      const prices = { miss: 20 * k, alarm: 2 * k, expert: 20 };
      return costOf(prices, StopRule.solveOn({ prices })(fitting)).spent;
    });
    expect(spent).toEqual(spent.slice().sort((a, b) => a - b));
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 6, noNaN: true }),
        fc.double({ min: -3, max: 6, noNaN: true }),
        fc.double({ min: 1, max: 60, noNaN: true }),
        (alarm, ratio, expert) => {
          const prices = { alarm: Math.exp(alarm), miss: Math.exp(alarm + ratio), expert };
          const cut = Math.log(prices.alarm / prices.miss);
          const at = (n: number) => StopRule.oneLook({ votes: n, flowingBelow: cut, stalledFrom: cut });
          const best = Math.min(
            costOf(prices, at(0)).all,
            costOf(prices, at(8)).all,
            costOf(prices, StopRule.EXPERT_AT_ONCE).all,
          );
          // Bins are .25 nats wide.
          expect(costOf(prices, StopRule.solveOn({ prices })(fitting)).all).toBeLessThanOrEqual(1.05 * best + 0.05);
        },
      ),
      { numRuns: 40 },
    );
  });
});
