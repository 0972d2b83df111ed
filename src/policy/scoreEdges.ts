import { decisionOf } from '../domain/routing.js';
import type { Scores } from '../domain/scores.js';
import { EMPTY } from '../domain/voteTable.js';
import { decide } from './decide.js';
import type { Policy } from './policy.js';

/** A gap is divided into this many places, and a gap with a change is divided again, this many times in all. */
const PLACES = 1000;
const ROUNDS = 4;

/**
 * Scores at which the routing of a stack without votes changes. An early stop of the model must not cross one of them.
 *
 * Another number of wanted votes is not another routing.
 *
 * @param policy - with a calibrator; without one no score changes anything
 * @returns rising, inside (0, 1), each to about 1e-12; empty where a score alone decides nothing
 * @example
 * const { policy } = Policy.fit()({ votes: Votes.EMPTY, gold: Gold.from({ chosen: 'random' })([]) });
 * Policy.scoreEdges(policy) // => []
 */
export const scoreEdges = (policy: Policy): readonly number[] => {
  if (policy.calibrator === undefined) return [];
  const routed = routedBy(policy);
  let gaps: readonly (readonly [number, number])[] = [[0, 1]];
  for (let round = 0; round < ROUNDS; round++) {
    gaps = gaps.flatMap(([low, high]) => {
      const scores = Float64Array.from({ length: PLACES + 1 }, (_, i) => low + ((high - low) * i) / PLACES);
      const names = routed(scores);
      return names.flatMap((name, i) => (i > 0 && name !== names[i - 1] ? [[scores[i - 1], scores[i]] as const] : []));
    });
  }
  return gaps.map(([low, high]) => (low + high) / 2).filter((edge) => edge > 0 && edge < 1);
};

/** The routing of stacks with these scores and no votes, by name. */
const routedBy =
  (policy: Policy) =>
  (score: Float64Array): readonly string[] => {
    // Ids sort like their rows, so decisions come back in this order.
    const scores: Scores = { stackIds: Array.from(score, (_, i) => String(i).padStart(8, '0')), score };
    return decide(policy)({ votes: EMPTY, scores }).routing.map(decisionOf);
  };
