import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as Asking from '../../src/asking/index.js';
import * as Replay from '../../src/asking/replay/index.js';
import { getOrThrow } from '../../src/domain/errors.js';
import type { Vote } from '../../src/domain/vote.js';
import * as Simulate from '../../src/simulate/index.js';
import * as Calibration from '../../src/stages/calibration/index.js';
import * as Consensus from '../../src/stages/consensus/index.js';
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

const recalibration: Consensus.Recalibration = {
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

const bound = (): fc.Arbitrary<number | null> => fc.option(fc.double({ min: -6, max: 4, noNaN: true }), { nil: null });

const rule = (): fc.Arbitrary<Asking.Rule> =>
  fc
    .record({
      pairs: fc.array(fc.tuple(bound(), bound()), { minLength: 1, maxLength: 5 }),
      minVotes: fc.nat({ max: 2 }),
      more: fc.nat({ max: 6 }),
    })
    .map(({ pairs, minVotes, more }) => ({
      flowingBelow: pairs.map(([a, b]) => (a === null || b === null ? a : Math.min(a, b))),
      stalledAbove: pairs.map(([a, b]) => (a === null || b === null ? b : Math.max(a, b))),
      minVotes,
      maxVotes: minVotes + more,
    }));

describe('replay', () => {
  test('run() with bounds that never stop and room for all votes ends at the batch posterior', () => {
    fc.assert(
      fc.property(Arbitrary.distinctVotes(), fc.double({ min: -4, max: 3, noNaN: true }), (rows, lastCall) => {
        fc.pre(rows.length > 0);
        const { paths } = pathsOf(rows);
        const table = getOrThrow(Votes.from()(rows));
        const batch = Consensus.fuse({ prevalence: 0.1, skills: skillsOf(table.annotatorIds), recalibration })(table);
        const ends = Replay.ends(paths);
        expect(ends.stackIds).toEqual(batch.stackIds);
        expect(ends.votes).toEqual(batch.votes);
        for (let s = 0; s < ends.logOdds.length; s++) {
          expect(Math.abs(ends.logOdds[s] - batch.logOdds[s])).toBeLessThan(1e-11);
        }
        const never = Asking.constant({}, { maxVotes: rows.length, lastCall });
        const { decisions, votes } = Replay.run(never)(paths);
        expect(votes).toEqual(batch.votes);
        expect([...decisions]).toEqual([...ends.logOdds].map((z) => Number(z > lastCall)));
      }),
    );
  });

  test('run() takes the decision that stop() takes after each vote', () => {
    fc.assert(
      fc.property(Arbitrary.distinctVotes(), rule(), (rows, asked) => {
        fc.pre(rows.length > 0);
        const { paths } = pathsOf(rows);
        const { decisions, votes } = Replay.run(asked)(paths);
        paths.stackIds.forEach((_, s) => {
          const there = paths.first[s + 1] - paths.first[s] - 1;
          for (let n = 0; n <= there; n++) {
            const what = Asking.stop(asked)({ logOdds: paths.logOdds[paths.first[s] + n], votes: n, scores: 0 });
            if (what === 'ask' && n < there) continue;
            expect(votes[s]).toBe(n);
            const open = what === 'ask' || what === 'expert';
            expect(decisions[s]).toBe(!open ? what : n === 0 ? RiskControl.UNSEEN : RiskControl.UNDECIDED);
            break;
          }
        });
      }),
    );
  });

  test("a stack's decision depends on its own votes alone, and only on those that were taken", () => {
    fc.assert(
      fc.property(Arbitrary.distinctVotes(), rule(), fc.nat(), (rows, asked, pick) => {
        fc.pre(rows.length > 0);
        const { paths } = pathsOf(rows);
        const all = Replay.run(asked)(paths);
        const s = pick % paths.stackIds.length;
        const own = rows.filter((row) => row.stackId === paths.stackIds[s]);
        const used = Math.max(1, all.votes[s]);
        const alone = Replay.run({ ...asked, maxVotes: asked.maxVotes })(pathsOf(own).paths);
        expect([alone.decisions[0], alone.votes[0]]).toEqual([all.decisions[s], all.votes[s]]);
        if (all.decisions[s] > 1) return;
        const cut = Replay.run(asked)(pathsOf(own.slice(0, used)).paths);
        expect([cut.decisions[0], cut.votes[0]]).toEqual([all.decisions[s], all.votes[s]]);
      }),
    );
  });

  test('nothing is retired unseen', () => {
    fc.assert(
      fc.property(rule(), fc.double({ min: -9, max: 9, noNaN: true }), (asked, logOdds) => {
        expect(['ask', 'expert']).toContain(Asking.stop(asked)({ logOdds, votes: 0, scores: 0 }));
        const unseen = {
          stackIds: ['s'],
          first: Uint32Array.of(0, 1),
          logOdds: Float64Array.of(logOdds),
          scores: new Uint32Array(1),
        };
        expect(Replay.run(asked)(unseen).decisions[0]).toBe(RiskControl.UNSEEN);
      }),
    );
  });
});

describe('asking', () => {
  test('more votes allowed never decide less safely: what was decided stays, and only the undecided change', () => {
    fc.assert(
      fc.property(Arbitrary.distinctVotes(), rule(), fc.nat({ max: 4 }), (rows, asked, more) => {
        fc.pre(rows.length > 0);
        const { paths } = pathsOf(rows);
        const few = Replay.run(asked)(paths);
        const many = Replay.run({ ...asked, maxVotes: asked.maxVotes + more })(paths);
        few.decisions.forEach((decision, s) => {
          if (decision < RiskControl.UNDECIDED) expect(many.decisions[s]).toBe(decision);
          expect(many.votes[s]).toBeGreaterThanOrEqual(few.votes[s]);
        });
      }),
    );
  });

  test('a budget changes who waits and never what is retired; it is never exceeded', () => {
    fc.assert(
      fc.property(Arbitrary.distinctVotes(), rule(), fc.nat({ max: 30 }), (rows, asked, budget) => {
        fc.pre(rows.length > 0);
        const posterior = Replay.ends(pathsOf(rows).paths);
        const plan = { rule: asked, votesPerRound: 3 };
        const free = Asking.next(plan)(posterior);
        const tight = Asking.next(plan, budget)(posterior);
        expect(tight.routing).toEqual(free.routing);
        expect(tight.votesWanted).toBeLessThanOrEqual(budget);
        expect(Asking.next(plan, budget + 5)(posterior).votesWanted).toBeGreaterThanOrEqual(tight.votesWanted);
        tight.waiting.forEach((waits, s) => {
          if (waits === 1) expect(tight.routing[s]._tag).toBe('AskCrowd');
        });
      }),
    );
  });

  test('the audit is drawn from ids alone: a stack is in it or not whatever is decided of it', () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 0, max: 1, noNaN: true }), (seed, share) => {
        const stackIds = Array.from({ length: 40 }, (_, s) => `s${s}`);
        const of = (sign: number): Consensus.Posterior => ({
          stackIds,
          logOdds: new Float64Array(40).fill(9 * sign),
          votes: new Uint32Array(40).fill(3),
          scores: new Uint32Array(40),
        });
        const plan = {
          rule: Asking.constant({ flowingBelow: -5, stalledAbove: 5 }, { maxVotes: 9 }),
          votesPerRound: 1,
          audit: { share, seed },
        };
        const flowing = Asking.next(plan)(of(-1));
        const stalled = Asking.next(plan)(of(1));
        expect(flowing.audited).toEqual(stalled.audited);
        // The decision stands: an audit asks people, it does not reopen.
        expect(flowing.routing.every((row) => row._tag === 'Retire' && row.label === 0)).toBe(true);
        expect(Asking.next(plan)(of(0)).audited.every((value) => value === 0)).toBe(true);
      }),
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
          const value = Asking.valueOfAsking({ miss: 2000, alarm: 20 }, { stalled: 2, flowing: -1, correlation }, 20);
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

  test('bounds() ends with one cut for all, and narrows to it', () => {
    const asked = Asking.bounds({ miss: 1000, alarm: 20 }, { maxVotes: 8 })(paths);
    expect(asked.flowingBelow[8]).toBe(asked.lastCall);
    expect(asked.stalledAbove[8]).toBe(asked.lastCall);
    for (let n = 0; n <= 8; n++) {
      const [low, high] = [asked.flowingBelow[n], asked.stalledAbove[n]];
      if (low !== null && high !== null) expect(low).toBeLessThanOrEqual(high);
    }
  });

  test('dearer errors never lead to fewer votes', () => {
    const used = [1, 4, 16, 64].map((k) => {
      const asked = Asking.bounds({ miss: 50 * k, alarm: 2 * k }, { maxVotes: 8 })(paths);
      return Replay.run(asked)(paths).votes.reduce((sum, n) => sum + n, 0);
    });
    expect(used).toEqual(used.slice().sort((a, b) => a - b));
  });

  test('bounds() costs no more, by the posterior, than asking nobody or everybody', () => {
    /** Mean over stacks of votes and of what errors cost by the posterior. */
    const costOf = ({ miss, alarm }: Asking.Costs, rule: Asking.Rule): number => {
      const { decisions, votes: used } = Replay.run(rule)(paths);
      const total = decisions.reduce((sum, decision, s) => {
        const p = 1 / (1 + Math.exp(-paths.logOdds[paths.first[s] + used[s]]));
        return sum + used[s] + (decision === 1 ? alarm * (1 - p) : miss * p);
      }, 0);
      return total / decisions.length;
    };
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 6, noNaN: true }),
        fc.double({ min: -3, max: 6, noNaN: true }),
        (alarm, ratio) => {
          const costs = { alarm: Math.exp(alarm), miss: Math.exp(alarm + ratio) };
          const cut = Math.log(costs.alarm / costs.miss);
          const constant = (minVotes: number) =>
            Asking.constant({ flowingBelow: cut, stalledAbove: cut }, { minVotes, maxVotes: 8, lastCall: cut });
          const best = Math.min(costOf(costs, constant(0)), costOf(costs, constant(8)));
          // Bins are .1 nats wide.
          expect(costOf(costs, Asking.bounds(costs, { maxVotes: 8 })(paths))).toBeLessThanOrEqual(1.05 * best + 0.05);
        },
      ),
      { numRuns: 40 },
    );
  });
});
