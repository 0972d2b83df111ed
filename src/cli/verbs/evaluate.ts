import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import * as Decode from '../../decode/index.js';
import { present } from '../../domain/present.js';
import { writeAtomically } from '../../output/files.js';
import * as Policy from '../../policy/index.js';
import { atPrevalenceText, evaluationJson, lostText, strataText, summaryText, usedText } from '../../report/index.js';
import * as Evaluation from '../../stages/evaluation/index.js';
import * as Gold from '../../stages/gold.js';
import { lostAmong } from '../../study/prevalence/outcomes.js';
import { strataEvaluation } from '../../study/strata.js';
import { summary } from '../../study/summary.js';
import { loadLabels, otherStacks, uncovered, unfitLabels, unrelatedFiles } from '../checks.js';
import type { GoldFlags, InputFlags, OutputFlags, PolicyFlag, StrataFlags } from '../flags.js';
import { loadBatch, loadGold, loadPolicy, loadStrata } from '../inputs.js';
import { exitCodeOf, provenance, type Verb } from '../verb.js';

export interface EvaluateFlags extends StrataFlags, PolicyFlag {
  /** Share of stalled stacks in the population that figures are about; default the policy's own. */
  readonly prevalence?: number;
  /** Labels of a random, blinded audit of automatic decisions. */
  readonly audit?: string;
}

/** `tandem evaluate`: a policy judged on gold that did not fit it → evaluation.json. */
export const evaluateVerb = async (
  flags: InputFlags & GoldFlags & OutputFlags & EvaluateFlags,
  argv: readonly string[],
): Verb => {
  const loaded = await loadPolicy(flags.policy);
  if (E.isLeft(loaded)) return loaded;
  const policy = loaded.right;
  const batch = await loadBatch(flags, policy);
  if (E.isLeft(batch)) return batch;
  const gold = await loadGold(flags);
  if (E.isLeft(gold)) return gold;
  const unfit =
    unfitLabels(flags.gold, 'gold', gold.right.data) ?? otherStacks(flags.gold, gold.right.data, batch.right.data);
  if (unfit !== undefined) return E.left(unfit);
  const strata = await loadStrata(flags.strata, flags.by ?? []);
  if (E.isLeft(strata)) return strata;
  // The flags about gold say nothing about how an audit was chosen.
  const audit = await loadLabels(flags.audit === undefined ? {} : { gold: flags.audit }, 'audit');
  if (E.isLeft(audit)) return audit;

  const decisions = Policy.decide(policy)(batch.right.data);
  const { chosen, stackIds } = gold.right.data;
  const fresh = Gold.without(policy.goldUsed)(gold.right.data);
  const used = stackIds.length - fresh.stackIds.length;
  const test = Gold.as('test')(fresh);
  const judged = summary({
    policy,
    policyHash: Decode.policyHash(policy),
    batch: batch.right.data,
    decisions,
    gold: test,
    uncovered: uncovered(policy, batch.right.data),
    warnings: [...(used > 0 ? [usedText(used)] : []), ...unrelatedFiles(batch.right.data)],
  });
  // Those of the certified procedure: an asking rule may have targets of its own.
  const { targets } = judged;
  const prevalence = flags.prevalence ?? policy.prevalence.value;
  const by = strata.right.data.map((one) =>
    strataEvaluation({ decisions, gold: test, strata: one, targets, prevalence }),
  );
  const elsewhere =
    flags.prevalence === undefined
      ? undefined
      : Evaluation.evaluate({ gold: test, prevalence, confidence: targets.confidence })(decisions);
  // Gold chosen by its class would add stalled stacks to those retired as flowing.
  const enriched = chosen === 'random' ? [] : [...stackIds, ...policy.goldUsed];
  const lost =
    audit.right.data === undefined
      ? undefined
      : lostAmong(decisions, {
          audit: audit.right.data,
          leftOut: new Set(enriched),
          confidence: targets.confidence,
        });
  const evaluation = present({ ...judged, strata: by.length === 0 ? undefined : by, atPrevalence: elsewhere, lost });
  const path = join(flags.out ?? '.', 'evaluation.json');
  const inputs = [batch, gold, strata, audit].flatMap((part) => part.right.inputs);
  const from = provenance({ argv, seed: policy.provenance.seed, inputs });
  const written = await writeAtomically(path, [evaluationJson({ ...evaluation, provenance: from })]);
  if (E.isLeft(written)) return written;
  return E.right({
    text: [
      summaryText(judged),
      ...(elsewhere === undefined ? [] : [atPrevalenceText('Elsewhere')(elsewhere)]),
      ...by.map(strataText(targets)),
      ...(lost === undefined ? [] : [lostText(lost)]),
      `Wrote ${path}`,
    ].join('\n\n'),
    json: { ...evaluation, files: [path] },
    exitCode: exitCodeOf(judged.verdict),
  });
};
