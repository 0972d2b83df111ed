import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { getOrThrow } from '../../src/domain/errors.js';
import { fitSlopes, mixedLogOdds, slopeDraws } from '../../src/kernel/optimise/slopes.js';
import { logit } from '../../src/kernel/special/logit.js';
import * as Simulate from '../../src/simulate/index.js';
import * as Calibration from '../../src/stages/calibration/index.js';
import * as Consensus from '../../src/stages/consensus/index.js';
import * as Gold from '../../src/stages/gold.js';
import * as Skills from '../../src/stages/skills/index.js';
import * as Votes from '../../src/stages/votes/index.js';
import * as Arbitrary from '../../src/testing.js';

const slope = (): fc.Arbitrary<number> => fc.double({ min: 0, max: 2, noNaN: true });

const recalibration = (): fc.Arbitrary<Consensus.Recalibration> =>
  fc
    .record({
      voteCorrelation: fc.double({ min: 0, max: 0.95, noNaN: true }),
      model: slope(),
      votes: slope(),
      sdModel: slope(),
      sdVotes: slope(),
      correlation: fc.double({ min: -0.99, max: 0.99, noNaN: true }),
    })
    .map((of) => ({
      voteCorrelation: of.voteCorrelation,
      slopes: { model: of.model, votes: of.votes },
      variance: { model: of.sdModel ** 2, votes: of.sdVotes ** 2, both: of.correlation * of.sdModel * of.sdVotes },
      dependence: {},
      gold: { stalled: 1, flowing: 1 },
    }));

const crowd = () =>
  fc
    .record({
      rows: Arbitrary.distinctVotes(),
      gold: Arbitrary.gold(),
      scores: Arbitrary.scores(),
      prevalence: Arbitrary.probability(),
      recalibration: recalibration(),
    })
    .map(({ rows, gold, scores, ...rest }) => {
      const votes = Votes.including(scores.stackIds)(getOrThrow(Votes.from()(rows)));
      const fit = Gold.as('fit')(gold);
      const calibrator = { _tag: 'Platt', on: 'logit', a: -1, b: 0, prevalence: 0.5 } as const;
      return {
        ...rest,
        votes,
        fit,
        skills: Skills.fromGold({ gold: fit })(votes),
        model: Calibration.evidence({ calibrator, scores })(votes),
      };
    });

describe('recalibration', () => {
  test('explain() gives the very log-odds of a recalibrated fuse(), and its terms add up to them', () => {
    fc.assert(
      fc.property(crowd(), ({ votes, fit, ...evidence }) => {
        const fused = Consensus.fuse(evidence)(votes);
        votes.stackIds.forEach((stackId, s) => {
          const explained = Consensus.explain({ ...evidence, stackId })(votes);
          expect(explained?.logOdds).toBe(fused.logOdds[s]);
          const sum = explained?.contributions.reduce((total, term) => total + term.nats, 0) ?? Number.NaN;
          expect(Math.abs(sum - fused.logOdds[s])).toBeLessThan(1e-12 * Math.max(1, Math.abs(sum)));
        });
      }),
    );
  });

  test('applyRecalibration() of the terms is fuse() with the recalibration', () => {
    fc.assert(
      fc.property(crowd(), ({ votes, fit, ...evidence }) => {
        const terms = Consensus.terms(evidence)(votes);
        expect(Consensus.applyRecalibration(evidence.recalibration)(terms)).toEqual(Consensus.fuse(evidence)(votes));
      }),
    );
  });

  test('with sure slopes of 1 and no correlation it changes nothing', () => {
    const nothing = {
      voteCorrelation: 0,
      slopes: { model: 1, votes: 1 },
      variance: { model: 0, votes: 0, both: 0 },
      dependence: {},
      gold: { stalled: 1, flowing: 1 },
    };
    fc.assert(
      fc.property(crowd(), ({ votes, fit, ...evidence }) => {
        const { recalibration: _, ...added } = evidence;
        const plain = Consensus.fuse(added)(votes).logOdds;
        const same = Consensus.fuse({ ...added, recalibration: nothing })(votes).logOdds;
        plain.forEach((z, s) => {
          expect(Math.abs(z - same[s])).toBeLessThan(1e-9 * Math.max(1, Math.abs(z)));
        });
      }),
    );
  });

  test('the posterior never falls when model or votes speak more for a stall', () => {
    fc.assert(
      fc.property(
        recalibration(),
        fc.double({ min: -40, max: 40, noNaN: true }),
        fc.double({ min: -40, max: 40, noNaN: true }),
        fc.double({ min: 0, max: 10, noNaN: true }),
        Arbitrary.probability(),
        ({ slopes, variance }, x, y, more, prevalence) => {
          const draws = slopeDraws({
            first: slopes.model,
            second: slopes.votes,
            variance: { first: variance.model, second: variance.votes, both: variance.both },
          });
          const at = (dx: number, dy: number): number => mixedLogOdds(draws, logit(prevalence), x + dx, y + dy);
          const rounding = 1e-12 * Math.max(1, Math.abs(at(0, 0)));
          expect(at(more, 0)).toBeGreaterThanOrEqual(at(0, 0) - rounding);
          expect(at(0, more)).toBeGreaterThanOrEqual(at(0, 0) - rounding);
        },
      ),
    );
  });

  test('a stack of which nothing was seen keeps its prior', () => {
    fc.assert(
      fc.property(recalibration(), Arbitrary.probability(), (of, prevalence) => {
        const votes = Votes.including(['empty'])(getOrThrow(Votes.from()([])));
        const skills = Skills.fromGold({ gold: Gold.as('fit')(Gold.from({ chosen: 'random' })([])) })(votes);
        expect(Consensus.fuse({ prevalence, skills, recalibration: of })(votes).logOdds[0]).toBe(logit(prevalence));
      }),
    );
  });

  test('recalibrate() is finite, within bounds, and blind to the order of gold, or says which class is missing', () => {
    fc.assert(
      fc.property(crowd(), ({ votes, fit, recalibration: _, ...evidence }) => {
        const terms = Consensus.heldOutTerms({ ...evidence, gold: fit })(votes);
        const fitted = Consensus.recalibrate({ gold: fit })(terms);
        if (E.isLeft(fitted)) {
          expect(Math.min(fitted.left.seen.stalled, fitted.left.seen.flowing)).toBe(0);
          return;
        }
        const { voteCorrelation, slopes, variance } = fitted.right;
        expect(voteCorrelation).toBeGreaterThanOrEqual(0);
        expect(voteCorrelation).toBeLessThan(1);
        for (const value of [slopes.model, slopes.votes, variance.model, variance.votes]) {
          expect(Number.isFinite(value)).toBe(true);
          expect(value).toBeGreaterThanOrEqual(0);
        }
        const backwards = { ...fit, stackIds: [...fit.stackIds].reverse(), label: fit.label.slice().reverse() };
        expect(getOrThrow(Consensus.recalibrate({ gold: backwards })(terms))).toStrictEqual(fitted.right);
      }),
    );
  });

  test('heldOutTerms() leaves stacks without gold alone and stays finite everywhere', () => {
    fc.assert(
      fc.property(crowd(), ({ votes, fit, recalibration: _, ...evidence }) => {
        const all = Consensus.terms(evidence)(votes);
        const held = Consensus.heldOutTerms({ ...evidence, gold: fit })(votes);
        const gold = new Set(fit.stackIds);
        votes.stackIds.forEach((stackId, s) => {
          if (!gold.has(stackId)) expect(held.votes[s]).toBe(all.votes[s]);
          expect(Number.isFinite(held.votes[s])).toBe(true);
        });
      }),
    );
  });

  test('fitSlopes() finds the constrained optimum: no small move that stays at or above 0 is better', () => {
    const column = fc.array(fc.double({ min: -20, max: 20, noNaN: true }), { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(column, column, fc.array(Arbitrary.label(), { minLength: 12, maxLength: 12 }), (x, y, label) => {
        const of = {
          x: Float64Array.from(x),
          y: Float64Array.from(y),
          label: Uint8Array.from(label),
          offset: 0.3,
          prior: { mean: 1, sd: 0.5 },
        };
        const loss = (a: number, g: number): number =>
          x.reduce(
            (sum, value, i) => {
              const z = (0.3 + a * value + g * y[i]) * (label[i] === 1 ? -1 : 1);
              return sum + Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
            },
            ((a - 1) ** 2 + (g - 1) ** 2) * 2,
          );
        const { first, second } = fitSlopes(of);
        const best = loss(first, second);
        for (const [dx, dy] of [
          [1, 0],
          [-1, 0],
          [0, 1],
          [0, -1],
          [1, 1],
          [-1, 1],
        ]) {
          const [a, g] = [first + 1e-3 * dx, second + 1e-3 * dy];
          if (a >= 0 && g >= 0) expect(loss(a, g)).toBeGreaterThan(best - 1e-9);
        }
      }),
    );
  });

  test('seven votes that agree are no longer believed as if they had not met: claims of .999 are right', () => {
    let claimed = 0;
    let right = 0;
    let naiveClaimed = 0;
    let naiveRight = 0;
    for (const seed of [1, 2, 3]) {
      const world = Simulate.dataset({
        stacks: 20_000,
        prevalence: 0.01,
        votes: { perStack: 7 },
        model: {},
        gold: { stalled: 20, flowing: 180, chosen: 'stratified' },
      })(seed);
      const { votes, scores, gold } = Simulate.inputs(world);
      const fit = Gold.as('fit')(gold);
      const skills = Skills.fromGold({ gold: fit })(votes);
      const model = Calibration.evidence({ calibrator: getOrThrow(Calibration.platt(fit)(scores)), scores })(votes);
      const added = { prevalence: 0.01, skills, model };
      const fitted = getOrThrow(
        Consensus.recalibrate({ gold: fit })(Consensus.heldOutTerms({ ...added, gold: fit })(votes)),
      );
      const honest = Consensus.fuse({ ...added, recalibration: fitted })(votes).logOdds;
      const naive = Consensus.fuse(added)(votes).logOdds;
      const isGold = new Set(gold.stackIds);
      const truth = new Map(world.votes.stackIds.map((id, s) => [id, world.truth[s]]));
      votes.stackIds.forEach((id, s) => {
        if (isGold.has(id)) return;
        if (honest[s] > Math.log(999)) {
          claimed++;
          right += truth.get(id) ?? 0;
        }
        if (naive[s] > Math.log(999)) {
          naiveClaimed++;
          naiveRight += truth.get(id) ?? 0;
        }
      });
    }
    expect(naiveRight / naiveClaimed).toBeLessThan(0.85);
    expect(right).toBeGreaterThanOrEqual(0.99 * claimed);
  });
});
