import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { DataFailure } from '../../domain/errors.js';
import type { GoldSet } from '../../domain/gold.js';
import type * as Policy from '../../policy/index.js';
import { planText } from '../../report/text/plan.js';
import * as Study from '../../study/index.js';
import { sameStacks } from '../checks.js';
import type { GoldFlags, InputFlags, OutputFlags, TargetFlags } from '../flags.js';
import { loadBatch, loadGold, loadPolicy } from '../inputs.js';
import { badFlags, EXIT, type Verb } from '../verb.js';

export interface PlanFlags extends InputFlags, Partial<GoldFlags>, TargetFlags {
  readonly policy?: string;
  readonly missed?: number;
  readonly falseAlarms?: number;
  readonly power: number;
  readonly seed: number;
  readonly labelCost?: number;
}

/** `tandem plan`: how much gold certification needs, what a point costs, and what it would decide. */
export const planVerb = (flags: PlanFlags & OutputFlags): Verb =>
  pipe(
    TE.Do,
    TE.bind('given', () => goldOf(flags)),
    TE.bind('with', ({ given }) => policyOf(flags, given)),
    TE.map(({ given, with: known }) => {
      const targets = { sensitivity: flags.sensitivity, specificity: flags.specificity, confidence: flags.confidence };
      const planned = Study.plan({
        targets,
        policy: known?.policy,
        prevalence: flags.prevalence,
        power: flags.power,
        seed: flags.seed,
        trueRisk: { missedStalls: flags.missed, falseAlarms: flags.falseAlarms },
        labelCost: flags.labelCost,
      })({ ...known?.batch, gold: given });
      const { prevalence, file, ladder, forecast } = planned;
      const enough = planned.stalled.more === 0 && planned.flowing.more === 0;
      const cost = flags.labelCost;
      return {
        text: planText({
          ...{ plan: planned, file, ladder, prevalence, forecast, cost, targets, power: flags.power },
          unsuitable: planned.refused?.[0],
        }),
        json: planned,
        exitCode: enough ? EXIT.certified : EXIT.insufficientEvidence,
      };
    }),
  );

const goldOf = (flags: Partial<GoldFlags>): TE.TaskEither<DataFailure, GoldSet | undefined> =>
  flags.gold === undefined
    ? TE.right(undefined)
    : pipe(
        loadGold({ ...flags, gold: flags.gold }),
        TE.map(({ data }) => data),
      );

/** The policy to forecast with, and what it decides about. */
const policyOf = (
  flags: PlanFlags,
  gold: GoldSet | undefined,
): TE.TaskEither<DataFailure, { readonly policy: Policy.Policy; readonly batch: Policy.Inputs } | undefined> => {
  if (flags.policy === undefined) return TE.right(undefined);
  if (gold === undefined) {
    return TE.left(
      badFlags({
        found: '--policy without --gold',
        expected: 'gold, whose posteriors show what would be decided',
        fix: 'Give the gold the policy was fitted with, and its --votes and --scores.',
      }),
    );
  }
  return pipe(
    TE.Do,
    TE.bind('policy', () => loadPolicy(flags.policy ?? '')),
    TE.bindW('batch', ({ policy }) => loadBatch(flags, policy)),
    TE.chainFirstEitherKW(({ batch }) => sameStacks(flags.gold ?? '', gold, batch.data)),
    TE.map(({ policy, batch }) => ({ policy, batch: batch.data })),
  );
};
