import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { DataFailure } from '../../domain/errors.js';
import type { GoldSet } from '../../domain/gold.js';
import { present } from '../../domain/present.js';
import { writeAtomically } from '../../output/files.js';
import { frontierCsv, frontierText, planText } from '../../report/index.js';
import * as Study from '../../study/index.js';
import { otherStacks } from '../checks.js';
import type { GoldFlags, InputFlags, OutputFlags, TargetFlags } from '../flags.js';
import { loadBatch, loadGoldIfAny, loadPolicyIfAny } from '../inputs.js';
import { badFlags, EXIT, type Verb } from '../verb.js';

export interface PlanFlags extends InputFlags, Partial<GoldFlags>, TargetFlags {
  readonly policy?: string;
  readonly missed?: number;
  readonly falseAlarms?: number;
  readonly power?: number;
  readonly labelCost?: number;
  readonly frontier?: true;
}

/** `tandem plan`: how much gold certification needs, with what chance, and what a higher target costs. */
export const planVerb = async (flags: PlanFlags & OutputFlags): Verb => {
  const gold = await loadGoldIfAny(flags);
  if (E.isLeft(gold)) return gold;
  const policy = await loadPolicyIfAny(flags.policy);
  if (E.isLeft(policy)) return policy;
  const frontier = await frontierIfWanted(flags, gold.right.data);
  if (E.isLeft(frontier)) return frontier;
  const { sensitivity, specificity, confidence } = flags;
  const planned = Study.plan({
    targets: { sensitivity, specificity, confidence },
    ledger: policy.right?.ledger,
    prevalence: flags.prevalence ?? policy.right?.prevalence.value,
    power: flags.power,
    trueRisk: { missedStalls: flags.missed, falseAlarms: flags.falseAlarms },
    labelCost: flags.labelCost,
  })({ gold: gold.right.data });
  const { have, minimum } = planned;
  const isEnough = have.stalled >= minimum.stalled && have.flowing >= minimum.flowing;
  const { found, files } = frontier.right;
  const table = found === undefined ? '' : `\n\n${frontierText(found)}\n\nWrote ${files.join(' and ')}`;
  return E.right({
    text: `${planText(planned, flags.labelCost)}${table}`,
    json: present({ ...planned, frontier: found, files: found === undefined ? undefined : files }),
    exitCode: isEnough ? EXIT.certified : EXIT.insufficientEvidence,
  });
};

/** The frontier and the file it was written to, where the flags ask for it. */
const frontierIfWanted = async (
  flags: PlanFlags & OutputFlags,
  gold: GoldSet | undefined,
): Promise<E.Either<DataFailure, { readonly found?: Study.Frontier; readonly files: readonly string[] }>> => {
  if (flags.frontier === undefined) return E.right({ files: [] });
  if (gold === undefined || (flags.votes === undefined && flags.scores === undefined)) {
    return E.left(
      badFlags({
        found: '--frontier without gold, or without votes and scores',
        expected: 'what a policy would be fitted on',
        fix: 'Give --votes, --scores and --gold, as for `tandem fit`.',
      }),
    );
  }
  const batch = await loadBatch(flags);
  if (E.isLeft(batch)) return batch;
  const other = otherStacks(flags.gold ?? '', gold, batch.right.data);
  if (other !== undefined) return E.left(other);
  const { sensitivity, specificity, confidence, prevalence } = flags;
  const found = Study.frontier({ fit: { targets: { sensitivity, specificity, confidence }, prevalence } })({
    ...batch.right.data,
    gold,
  });
  const path = join(flags.out ?? '.', 'frontier.csv');
  const written = await writeAtomically(path, frontierCsv(found));
  return E.isLeft(written) ? written : E.right({ found, files: [path] });
};
