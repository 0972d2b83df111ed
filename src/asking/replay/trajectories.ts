import type { Evidence } from '../../domain/evidence.js';
import type { Posterior } from '../../domain/posterior.js';
import { modelNats, voteEvidence } from '../../kernel/crowd/fuse.js';
import { recalibrated } from '../../kernel/crowd/recalibrated.js';
import { rowOfId } from '../../kernel/ids/voteColumns.js';
import { logit } from '../../kernel/special/logit.js';
import type { Arrivals } from './arrivals.js';

/** The posterior of each stack after none, one, two … of its votes. */
export interface Trajectories {
  readonly stackIds: readonly string[];
  /** After n votes, stack s is at `logOdds[first[s] + n]`, n from 0 to `first[s + 1] - first[s] - 1`. */
  readonly first: Uint32Array;
  readonly logOdds: Float64Array;
  /** Model scores behind each stack. */
  readonly scores: Uint32Array;
}

/** `first` of the trajectories of these votes. */
export const startOf = ({ offsets }: Arrivals): Uint32Array => offsets.map((row, s) => row + s);

/**
 * The posterior of `Consensus.fuse` after each vote.
 *
 * logOdds[s, n] = logit(π) + model[s] + Σ over the first n votes of llr, recalibrated for n votes
 *
 * @param evidence - as for `Consensus.fuse`, rows following these arrivals
 * @returns the last entry of each stack is what `fuse` gives, within rounding
 * @example
 * const votes = Replay.arrivals({ stackIds: ['s1'], annotatorIds: ['ann', 'bob'], stackOf: Uint32Array.of(0, 0), annotatorOf: Uint32Array.of(1, 0), label: Uint8Array.of(1, 0) });
 * const skills = { annotatorIds: ['ann', 'bob'], sensitivity: Float64Array.of(0.75, 0.8), specificity: Float64Array.of(0.75, 0.8), support: Uint32Array.of(9, 9), newcomer: { sensitivity: 0.7, specificity: 0.7 } };
 * Replay.trajectories({ prevalence: 0.5, skills })(votes).logOdds // => Float64Array [0, 1.38629, 0.287682]
 */
export const trajectories =
  ({ prevalence, skills, model, recalibration }: Evidence) =>
  (votes: Arrivals): Trajectories => {
    const n = votes.stackIds.length;
    const prior = logit(prevalence);
    const fromModel = modelNats(model, n);
    const voteValues = voteEvidence(skills, votes);
    const honest = recalibration === undefined ? undefined : recalibrated(recalibration);
    const first = startOf(votes);
    const logOdds = new Float64Array(votes.label.length + n);
    for (let s = 0; s < n; s++) {
      const from = votes.offsets[s];
      let sum = 0;
      for (let v = from; v <= votes.offsets[s + 1]; v++) {
        logOdds[v + s] =
          honest === undefined
            ? prior + fromModel[s] + sum
            : honest({ prior, model: fromModel[s], votes: sum, n: v - from });
        if (v < votes.offsets[s + 1]) {
          const a = votes.annotatorOf[v];
          sum += votes.label[v] === 1 ? voteValues.stalled[a] : voteValues.flowing[a];
        }
      }
    }
    return { stackIds: votes.stackIds, first, logOdds, scores: model?.scores ?? new Uint32Array(n) };
  };

/** The posterior after all votes of each stack. */
export const ends = ({ stackIds, first, logOdds, scores }: Trajectories): Posterior => ({
  stackIds,
  logOdds: Float64Array.from(stackIds, (_, s) => logOdds[first[s + 1] - 1]),
  votes: Uint32Array.from(stackIds, (_, s) => first[s + 1] - first[s] - 1),
  scores,
});

/**
 * The stacks named, in that order; those without a trajectory are left out.
 *
 * @example
 * const paths = { stackIds: ['s1', 's2'], first: Uint32Array.of(0, 2, 3), logOdds: Float64Array.of(-4, -5, -3), scores: Uint32Array.of(1, 1) };
 * Replay.part(['s2', 's3'])(paths) // => { stackIds: ['s2'], first: Uint32Array [0, 1], logOdds: Float64Array [-3], scores: Uint32Array [1] }
 */
export const part =
  (stackIds: readonly string[]) =>
  ({ stackIds: all, first, logOdds, scores }: Trajectories): Trajectories => {
    const place = rowOfId(all);
    const rows = stackIds.flatMap((id) => place.get(id) ?? []);
    const start = new Uint32Array(rows.length + 1);
    rows.forEach((s, i) => {
      start[i + 1] = start[i] + first[s + 1] - first[s];
    });
    const picked = new Float64Array(start[rows.length]);
    rows.forEach((s, i) => {
      picked.set(logOdds.subarray(first[s], first[s + 1]), start[i]);
    });
    return {
      stackIds: rows.map((s) => all[s]),
      first: start,
      logOdds: picked,
      scores: Uint32Array.from(rows, (s) => scores[s]),
    };
  };
