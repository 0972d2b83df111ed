import type { Evidence } from '../../domain/evidence.js';
import type { Posterior } from '../../domain/posterior.js';
import type { VoteTable } from '../../domain/voteTable.js';
import { fuseInto, modelNats, voteEvidence } from '../../kernel/crowd/fuse.js';
import { recalibrated } from '../../kernel/crowd/recalibrated.js';
import { votesPerStack } from '../../kernel/ids/voteColumns.js';
import { logit } from '../../kernel/special/logit.js';

/**
 * Fuses crowd votes and model evidence into one posterior per stack.
 *
 * logOdds[s] = logit(prevalence) + model[s] + Σ over votes of llr(annotator, label)      (nats)
 *
 * The terms add up, so a posterior can be explained (`Consensus.explain`). Fusion assumes that sources err independently
 * given the truth. But votes on one stack share its difficulty, so extreme posteriors are too sure; a `recalibration`
 * corrects this. Certify thresholds on the posteriors returned here (`Thresholds.certify`): then a wrong assumption costs
 * coverage, never validity.
 *
 * @param evidence - prevalence in (0, 1); `skills` and `model` aligned with the votes; `recalibration` from gold
 * @returns log-odds aligned with `votes.stackIds`
 * @throws RangeError when `skills` or `model` was estimated on another table (a bug, not bad data)
 * @example
 * const votes = Errors.getOrThrow(Votes.from()([{ stackId: 's1', annotatorId: 'ann', label: 1 }]));
 * const skills = { annotatorIds: ['ann'], sensitivity: Float64Array.of(0.8), specificity: Float64Array.of(0.9), support: Uint32Array.of(20), newcomer: { sensitivity: 0.7, specificity: 0.7 } };
 * Consensus.fuse({ prevalence: 0.01, skills })(votes).logOdds // => Float64Array [-2.51568]
 * @see docs/math.md#fusion · Dawid & Skene (1979), doi:10.2307/2346806
 */
export const fuse =
  ({ prevalence, skills, model, recalibration }: Evidence) =>
  (table: VoteTable): Posterior => {
    const n = table.stackIds.length;
    if (!(prevalence > 0 && prevalence < 1))
      throw RangeError(`prevalence: expected a number in (0, 1), got ${prevalence}`);
    const prior = logit(prevalence);
    const fromModel = modelNats(model, n);
    const votes = votesPerStack(table.offsets);
    const logOdds = new Float64Array(n);
    if (recalibration === undefined) for (let s = 0; s < n; s++) logOdds[s] = prior + fromModel[s];
    fuseInto(table, voteEvidence(skills, table), { logOdds });
    if (recalibration !== undefined) {
      const honest = recalibrated(recalibration);
      for (let s = 0; s < n; s++) {
        logOdds[s] = honest({ prior, model: fromModel[s], votes: logOdds[s], n: votes[s] });
      }
    }
    return { stackIds: table.stackIds, logOdds, votes, scores: model?.scores ?? new Uint32Array(n) };
  };
