import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { writeTogether } from '../../output/files.js';
import * as Policy from '../../policy/index.js';
import { atPrevalenceText, evaluationJson, lostText, page, strataText, summaryText } from '../../report/index.js';
import { ofSummary } from '../../report/page/index.js';
import * as Gold from '../../stages/gold.js';
import * as Study from '../../study/index.js';
import { batchNotes, loadLabels, otherStacks, uncovered, underDoubt, unfitLabels, unrelatedFiles } from '../checks.js';
import {
  auditFlags,
  type GoldFlags,
  type InputFlags,
  type OutputFlags,
  type PolicyFlag,
  type StrataFlags,
} from '../flags.js';
import { loadBatch, loadGold, loadPolicy, loadStrata } from '../inputs.js';
import { exitCodeOf, provenance, type Verb } from '../verb.js';
import { comparedRule } from './fit.js';

export interface EvaluateFlags extends StrataFlags, PolicyFlag {
  /** Share of stalled stacks in the population that figures are about; default the policy's own. */
  readonly prevalence?: number;
  /** Labels of a random, blinded audit of automatic decisions. */
  readonly audit?: string;
  /** A stopping rule of the laboratory's own. */
  readonly compare?: string;
}

/** `tandem evaluate`: a policy judged on gold that did not fit it → evaluation.json and report.html. */
export const evaluateVerb = async (
  flags: InputFlags & GoldFlags & OutputFlags & EvaluateFlags,
  argv: readonly string[],
): Verb => {
  const compare = comparedRule(flags.compare);
  if (E.isLeft(compare)) return compare;
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
  const strata = await loadStrata(flags.strata, flags.by ?? [], flags.ids);
  if (E.isLeft(strata)) return strata;
  // The flags about gold say nothing about how an audit was chosen.
  const audit = await loadLabels(auditFlags(flags), 'audit');
  if (E.isLeft(audit)) return audit;

  const { data } = batch.right;
  const doubts = uncovered(policy, data);
  const { decisions } = underDoubt(Study.decide(policy)({ ...data, gold: gold.right.data }), doubts, data);
  const sources = Policy.sources(policy)(data);
  const evaluation = Study.summary(policy, {
    strata: strata.right.data,
    prevalence: flags.prevalence,
    compare: compare.right,
    uncovered: doubts,
    warnings: unrelatedFiles(data),
  })({ ...data, decisions, sources, gold: gold.right.data, audit: audit.right.data });
  const { strata: by = [], atPrevalence, lost } = evaluation;
  const inputs = [batch, gold, strata, audit].flatMap((part) => part.right.inputs);
  const from = provenance({ argv, seed: policy.provenance.seed, inputs });
  const judges = Gold.without(Policy.goldMet(policy))(gold.right.data);
  const report = await page(ofSummary({ gold: judges, votes: data.votes, sources, provenance: from })(evaluation));
  const written = await writeTogether([
    [join(flags.out ?? '.', 'evaluation.json'), [evaluationJson({ ...evaluation, provenance: from })]],
    [join(flags.out ?? '.', 'report.html'), [report.html]],
    [join(flags.out ?? '.', 'report.json'), [report.json]],
  ]);
  if (E.isLeft(written)) return written;
  return E.right({
    text: [
      summaryText(evaluation),
      ...(atPrevalence === undefined ? [] : [atPrevalenceText('Elsewhere')(atPrevalence)]),
      ...by.map(strataText(evaluation.targets)),
      ...(lost === undefined ? [] : [lostText(lost)]),
      `Wrote ${written.right.join(', ')}`,
    ].join('\n\n'),
    json: { ...evaluation, files: written.right },
    notes: [
      ...batchNotes(batch.right.data, gold.right.data, strata.right.data),
      ...Study.directionNotes({ ...batch.right.data, gold: gold.right.data }),
      ...(audit.right.data?.notes ?? []),
    ],
    exitCode: exitCodeOf(evaluation.verdict),
  });
};
