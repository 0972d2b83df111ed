import * as E from 'fp-ts/lib/Either.js';
import { planText } from '../../report/index.js';
import * as Study from '../../study/index.js';
import type { GoldFlags, OutputFlags, TargetFlags } from '../flags.js';
import { loadGoldIfAny, loadPolicyIfAny } from '../inputs.js';
import { EXIT, type Verb } from '../verb.js';

export interface PlanFlags extends Partial<GoldFlags>, TargetFlags {
  readonly policy?: string;
  readonly missed?: number;
  readonly falseAlarms?: number;
  readonly power?: number;
  readonly labelCost?: number;
}

/** `tandem plan`: how much gold certification needs, with what chance, and what a higher target costs. */
export const planVerb = async (flags: PlanFlags & OutputFlags): Verb => {
  const gold = await loadGoldIfAny(flags);
  if (E.isLeft(gold)) return gold;
  const policy = await loadPolicyIfAny(flags.policy);
  if (E.isLeft(policy)) return policy;
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
  return E.right({
    text: planText(planned, flags.labelCost),
    json: planned,
    exitCode: isEnough ? EXIT.certified : EXIT.insufficientEvidence,
  });
};
