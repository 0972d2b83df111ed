import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { getOrThrow } from '../../src/domain/errors.js';
import type { Vote } from '../../src/domain/vote.js';
import { logit } from '../../src/kernel/special/logit.js';
import * as Calibration from '../../src/stages/calibration/index.js';
import * as Consensus from '../../src/stages/consensus/index.js';
import * as Gold from '../../src/stages/gold.js';
import * as Routing from '../../src/stages/routing.js';
import * as Skills from '../../src/stages/skills/index.js';
import * as Votes from '../../src/stages/votes/index.js';
import * as Arbitrary from '../../src/testing.js';

const tableOf = (votes: readonly Vote[]): Votes.VoteTable => getOrThrow(Votes.from()(votes));

/** Skills for every annotator of a table, drawn at random. */
const skilled = (votes: Votes.VoteTable): fc.Arbitrary<Skills.Skills> => {
  const n = votes.annotatorIds.length;
  const column = fc.array(Arbitrary.probability(), { minLength: n, maxLength: n });
  return fc.tuple(column, column).map(([sensitivity, specificity]) => ({
    annotatorIds: votes.annotatorIds,
    sensitivity: Float64Array.from(sensitivity),
    specificity: Float64Array.from(specificity),
    support: new Uint32Array(n),
    newcomer: { sensitivity: 0.5, specificity: 0.5 },
  }));
};

const crowd = (): fc.Arbitrary<{ votes: Votes.VoteTable; skills: Skills.Skills; prevalence: number }> =>
  Arbitrary.distinctVotes().chain((rows) => {
    const votes = tableOf(rows);
    return fc.record({ votes: fc.constant(votes), skills: skilled(votes), prevalence: Arbitrary.probability() });
  });

describe('fusion', () => {
  test('fuse() folds: votes taken one at a time come to the batch within 1e-12', () => {
    fc.assert(
      fc.property(crowd(), ({ votes, skills, prevalence }) => {
        const batch = Consensus.fuse({ prevalence, skills })(votes);
        for (let s = 0; s < votes.stackIds.length; s++) {
          let z = logit(prevalence);
          for (let v = votes.offsets[s + 1] - 1; v >= votes.offsets[s]; v--) {
            const a = votes.annotatorOf[v];
            const [sens, spec] = [skills.sensitivity[a], skills.specificity[a]];
            z += votes.label[v] === 1 ? Math.log(sens / (1 - spec)) : Math.log((1 - sens) / spec);
          }
          expect(Math.abs(z - batch.logOdds[s])).toBeLessThan(1e-12 * Math.max(1, Math.abs(z)) * 10);
        }
      }),
    );
  });

  test('fuse() negates when the classes are swapped', () => {
    fc.assert(
      fc.property(crowd(), ({ votes, skills, prevalence }) => {
        const swapped = Consensus.fuse({
          prevalence: 1 - prevalence,
          skills: { ...skills, sensitivity: skills.specificity, specificity: skills.sensitivity },
        })({ ...votes, label: votes.label.map((label) => 1 - label) });
        const straight = Consensus.fuse({ prevalence, skills })(votes);
        for (let s = 0; s < straight.logOdds.length; s++) {
          expect(Math.abs(straight.logOdds[s] + swapped.logOdds[s])).toBeLessThan(1e-9);
        }
      }),
    );
  });

  test('a stalled vote raises the odds if the annotator beats chance, lowers them below, and leaves them at chance', () => {
    fc.assert(
      fc.property(
        Arbitrary.probability(),
        Arbitrary.probability(),
        Arbitrary.probability(),
        (sens, spec, prevalence) => {
          const votes = tableOf([{ stackId: 's', annotatorId: 'a', label: 1 }]);
          const skills = {
            annotatorIds: votes.annotatorIds,
            sensitivity: Float64Array.of(sens),
            specificity: Float64Array.of(spec),
            support: Uint32Array.of(0),
            newcomer: { sensitivity: 0.5, specificity: 0.5 },
          };
          const gain = Consensus.fuse({ prevalence, skills })(votes).logOdds[0] - logit(prevalence);
          if (sens > 1 - spec + 1e-9) expect(gain).toBeGreaterThan(0);
          if (sens < 1 - spec - 1e-9) expect(gain).toBeLessThan(0);
          const random = { ...skills, specificity: Float64Array.of(1 - sens) };
          expect(
            Math.abs(Consensus.fuse({ prevalence, skills: random })(votes).logOdds[0] - logit(prevalence)),
          ).toBeLessThan(1e-12);
        },
      ),
    );
  });

  test('a missing score is evidence 0, and the stack says that it has none', () => {
    fc.assert(
      fc.property(crowd(), Arbitrary.scores(), ({ votes, skills, prevalence }, scores) => {
        const all = Votes.including(scores.stackIds)(votes);
        const aligned = Skills.alignedTo(all)(skills);
        const calibrator = { _tag: 'Platt', on: 'logit', a: -1, b: 0, prevalence: 0.5 } as const;
        const model = Calibration.evidence({ calibrator, scores })(all);
        const withModel = Consensus.fuse({ prevalence, skills: aligned, model })(all);
        const without = Consensus.fuse({ prevalence, skills: aligned })(all);
        const scored = new Set(scores.stackIds);
        all.stackIds.forEach((stackId, s) => {
          if (scored.has(stackId)) expect(withModel.scores[s]).toBe(1);
          else expect([withModel.logOdds[s], withModel.scores[s]]).toEqual([without.logOdds[s], 0]);
        });
      }),
    );
  });

  test('explain() gives the very log-odds of fuse(), term by term', () => {
    fc.assert(
      fc.property(crowd(), ({ votes, skills, prevalence }) => {
        const fused = Consensus.fuse({ prevalence, skills })(votes);
        votes.stackIds.forEach((stackId, s) => {
          expect(Consensus.explain({ prevalence, skills, stackId })(votes)?.logOdds).toBe(fused.logOdds[s]);
        });
      }),
    );
  });

  test('majority() is exactly 0 on a tie and never elsewhere', () => {
    fc.assert(
      fc.property(Arbitrary.distinctVotes(), (rows) => {
        const votes = tableOf(rows);
        const { logOdds } = Consensus.majority()(votes);
        votes.stackIds.forEach((stackId, s) => {
          const mine = rows.filter((vote) => vote.stackId === stackId);
          const stalled = mine.filter((vote) => vote.label === 1).length;
          expect(Math.sign(logOdds[s])).toBe(Math.sign(2 * stalled - mine.length));
        });
      }),
    );
  });

  test('a stack without votes is not a stack of flowing votes', () => {
    const votes = Votes.including(['empty'])(tableOf([{ stackId: 'seen', annotatorId: 'a', label: 0 }]));
    const skills = Skills.fromGold({
      gold: Gold.as('fit')(Gold.from({ chosen: 'random' })([{ stackId: 'seen', label: 0 }])),
    })(votes);
    const posterior = Consensus.fuse({ prevalence: 0.01, skills })(votes);
    const row = posterior.stackIds.indexOf('empty');
    expect(posterior.logOdds[row]).toBe(logit(0.01));
    expect(Routing.route({ flowingBelow: 100 })(posterior)[row]._tag).toBe('AskCrowd');
  });
});

describe('skills', () => {
  test('the objective of dawidSkene() never decreases', () => {
    fc.assert(
      fc.property(Arbitrary.distinctVotes(), Arbitrary.gold(), fc.boolean(), (rows, gold, smoothed) => {
        const { trace } = Skills.dawidSkene({
          gold: Gold.as('fit')(gold),
          maxIterations: 40,
          tolerance: Number.NEGATIVE_INFINITY,
          ...(smoothed ? {} : { pseudo: null }),
        })(tableOf(rows));
        for (let i = 1; i < trace.length; i++) {
          // The floor under unsmoothed cells moves the objective by less than this.
          expect(trace[i] - trace[i - 1]).toBeGreaterThan(-1e-7);
        }
      }),
    );
  });

  test('fromGold() and dawidSkene() stay inside (0, 1)', () => {
    fc.assert(
      fc.property(Arbitrary.distinctVotes(), Arbitrary.gold(), (rows, gold) => {
        const votes = tableOf(rows);
        for (const skills of [
          Skills.fromGold({ gold: Gold.as('fit')(gold) })(votes),
          Skills.dawidSkene({ gold: Gold.as('fit')(gold) })(votes),
        ]) {
          for (const rate of [...skills.sensitivity, ...skills.specificity]) {
            expect(rate).toBeGreaterThan(0);
            expect(rate).toBeLessThan(1);
          }
        }
      }),
    );
  });

  test('renaming annotators changes no bit of a posterior', () => {
    fc.assert(
      fc.property(Arbitrary.distinctVotes(), Arbitrary.gold(), (rows, gold) => {
        const renamed = rows.map((vote) => ({
          ...vote,
          annotatorId: `zz${[...vote.annotatorId].reverse().join('')}\u0001${vote.annotatorId}`,
        }));
        const posterior = (votes: readonly Vote[]): Float64Array => {
          const table = tableOf(votes);
          const skills = Skills.dawidSkene({ gold: Gold.as('fit')(gold), maxIterations: 20 })(table);
          return Consensus.fuse({ prevalence: skills.prevalence, skills })(table).logOdds;
        };
        expect(posterior(renamed)).toEqual(posterior(rows));
      }),
    );
  });
});

describe('calibration', () => {
  test('calibrators are non-decreasing and stay inside (0, 1)', () => {
    fc.assert(
      fc.property(
        Arbitrary.scores(),
        Arbitrary.gold(),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true })),
        (scores, gold, at) => {
          for (const method of [Calibration.platt, Calibration.isotonic]) {
            const fitted = method(Gold.as('fit')(gold))(scores);
            if (E.isLeft(fitted)) continue;
            const values = [...at].sort((a, b) => a - b).map(Calibration.probability(fitted.right));
            values.forEach((value, i) => {
              expect(value).toBeGreaterThan(0);
              expect(value).toBeLessThan(1);
              if (i > 0) expect(value).toBeGreaterThanOrEqual(values[i - 1]);
            });
          }
        },
      ),
    );
  });

  test('a constant score carries no evidence', () => {
    const gold = Gold.as('fit')(
      Gold.from({ chosen: 'random' })([0, 1, 2, 3, 4].map((i) => ({ stackId: `s${i}`, label: i === 0 ? 1 : 0 }))),
    );
    const scores = { stackIds: gold.stackIds, score: new Float64Array(5).fill(0.3) };
    const votes = Votes.including(gold.stackIds)(tableOf([]));
    for (const method of [Calibration.platt, Calibration.isotonic]) {
      const nats = Calibration.evidence({ calibrator: getOrThrow(method(gold)(scores)), scores })(votes).nats;
      for (const value of nats) expect(Math.abs(value)).toBeLessThan(1e-9);
    }
  });
});

describe('routing', () => {
  const band = fc.record({
    low: fc.double({ min: -5, max: 5, noNaN: true }),
    width: fc.double({ min: 0, max: 5, noNaN: true }),
    wider: fc.double({ min: 0, max: 3, noNaN: true }),
  });
  const rows = fc.array(
    fc.record({
      z: fc.double({ min: -10, max: 10, noNaN: true }),
      votes: fc.integer({ min: 0, max: 30 }),
      scores: fc.integer({ min: 0, max: 1 }),
    }),
    { maxLength: 30 },
  );

  test('widening the ask band never raises coverage', () => {
    fc.assert(
      fc.property(rows, band, (list, { low, width, wider }) => {
        const posterior = {
          stackIds: list.map((_, i) => `s${i}`),
          logOdds: Float64Array.from(list, (row) => row.z),
          votes: Uint32Array.from(list, (row) => row.votes),
          scores: Uint32Array.from(list, (row) => row.scores),
        };
        const retired = (flowingBelow: number, stalledAbove: number): number =>
          Routing.route({ flowingBelow, stalledAbove })(posterior).filter((next) => next._tag === 'Retire').length;
        expect(retired(low - wider, low + width + wider)).toBeLessThanOrEqual(retired(low, low + width));
      }),
    );
  });

  test('a stack of which nothing was seen is never retired, and asking stops at the budget', () => {
    fc.assert(
      fc.property(rows, (list) => {
        const posterior = {
          stackIds: list.map((_, i) => `s${i}`),
          logOdds: Float64Array.from(list, (row) => row.z),
          votes: Uint32Array.from(list, (row) => row.votes),
          scores: Uint32Array.from(list, (row) => row.scores),
        };
        Routing.route({ flowingBelow: 0, stalledAbove: 0, budget: { maxVotes: 12, votesPerRound: 5 } })(
          posterior,
        ).forEach((next, s) => {
          if (posterior.votes[s] + posterior.scores[s] === 0) expect(next._tag).not.toBe('Retire');
          if (next._tag === 'AskCrowd') {
            expect(next.votesWanted).toBeGreaterThan(0);
            expect(next.votesWanted + posterior.votes[s]).toBeLessThanOrEqual(12);
          }
        });
      }),
    );
  });
});

describe('gold', () => {
  test('split() is a partition, stratified, and the same whatever the order of rows', () => {
    fc.assert(
      fc.property(Arbitrary.gold(), fc.integer({ min: 0, max: 1000 }), (gold, seed) => {
        const { fit, tune, test: held } = Gold.split({ seed })(gold);
        expect([...fit.stackIds, ...tune.stackIds, ...held.stackIds].sort()).toEqual([...gold.stackIds].sort());
        const whole = Gold.count(gold);
        const half = Gold.count(tune);
        expect(Math.abs(half.stalled - whole.stalled / 2)).toBeLessThanOrEqual(1);
        expect(Math.abs(half.flowing - whole.flowing / 2)).toBeLessThanOrEqual(1);
        const backwards = { ...gold, stackIds: [...gold.stackIds].reverse(), label: gold.label.slice().reverse() };
        expect(new Set(Gold.split({ seed })(backwards).tune.stackIds)).toEqual(new Set(tune.stackIds));
      }),
    );
  });
});
