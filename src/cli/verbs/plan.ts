import * as E from 'fp-ts/lib/Either.js';
import type { DataFailure } from '../../domain/errors.js';
import type { GoldSet } from '../../domain/gold.js';
import type { Inputs, Policy } from '../../policy/index.js';
import { planText } from '../../report/index.js';
import * as Study from '../../study/index.js';
import { otherStacks } from '../checks.js';
import type { GoldFlags, InputFlags, OutputFlags, TargetFlags } from '../flags.js';
import { loadBatch, loadGoldIfAny, loadPolicy } from '../inputs.js';
import { badFlags, EXIT, type Verb } from '../verb.js';

export interface PlanFlags extends InputFlags, Partial<GoldFlags>, TargetFlags {
  readonly policy?: string;
  readonly missed?: number;
  readonly falseAlarms?: number;
  readonly power: number;
  readonly seed: number;
  readonly labelCost?: number;
}

/** `tandem plan`: how much gold certification needs, what a higher target costs, and how many stacks would be decided. */
export const planVerb = async (flags: PlanFlags & OutputFlags): Verb => {
  const given = await loadGoldIfAny(flags);
  if (E.isLeft(given)) return given;
  const known = await policyAndBatch(flags, given.right.data);
  if (E.isLeft(known)) return known;
  const { sensitivity, specificity, confidence, power, labelCost: cost } = flags;
  const targets = { sensitivity, specificity, confidence };
  const planned = Study.plan({
    targets,
    policy: known.right?.policy,
    prevalence: flags.prevalence,
    power,
    seed: flags.seed,
    trueRisk: { missedStalls: flags.missed, falseAlarms: flags.falseAlarms },
    labelCost: cost,
  })({ ...known.right?.batch, gold: given.right.data });
  const { prevalence, file, ladder, forecast, refused } = planned;
  const enough = planned.stalled.more === 0 && planned.flowing.more === 0;
  return E.right({
    text: planText({
      ...{ plan: planned, file, unsuitable: refused?.[0], ladder, prevalence, forecast, cost, targets, power },
    }),
    json: planned,
    exitCode: enough ? EXIT.certified : EXIT.insufficientEvidence,
  });
};

/** The policy to forecast with, and its votes and scores. */
const policyAndBatch = async (
  flags: PlanFlags,
  gold: GoldSet | undefined,
): Promise<E.Either<DataFailure, { readonly policy: Policy; readonly batch: Inputs } | undefined>> => {
  if (flags.policy === undefined) return E.right(undefined);
  if (gold === undefined) {
    return E.left(
      badFlags({
        found: '--policy without --gold',
        expected: 'gold, whose posteriors show what would be decided',
        fix: 'Give the gold the policy was fitted with, and its --votes and --scores.',
      }),
    );
  }
  const loaded = await loadPolicy(flags.policy);
  if (E.isLeft(loaded)) return loaded;
  const policy = loaded.right;
  const batch = await loadBatch(flags, policy);
  if (E.isLeft(batch)) return batch;
  const other = otherStacks(flags.gold ?? '', gold, batch.right.data);
  if (other !== undefined) return E.left(other);
  return E.right({ policy, batch: batch.right.data });
};
