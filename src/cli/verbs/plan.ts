import * as E from 'fp-ts/lib/Either.js';
import type { DataFailure } from '../../domain/errors.js';
import type { GoldSet } from '../../domain/gold.js';
import { FLOWING, type Label, STALLED } from '../../domain/label.js';
import { present } from '../../domain/present.js';
import { rowOfId } from '../../kernel/ids/voteColumns.js';
import * as Policy from '../../policy/index.js';
import { type Forecast, goldFile, planText } from '../../report/index.js';
import * as Gold from '../../stages/gold.js';
import * as RiskControl from '../../stages/riskControl/index.js';
import * as Thresholds from '../../stages/thresholds/index.js';
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
  const known = await valuesOf(flags, given.right.data);
  if (E.isLeft(known)) return known;
  const unsuitable = unsuitableOf(given.right.data);
  const [gold, values] = unsuitable === undefined ? [given.right.data, known.right] : [undefined, undefined];
  const { sensitivity, specificity, confidence, power, labelCost: cost } = flags;
  const targets = { sensitivity, specificity, confidence };
  const prevalence = flags.prevalence ?? values?.prevalence ?? DEFAULT_PREVALENCE;
  const common = { targets, power, prevalence };
  const planned = Thresholds.plan({
    ...common,
    have:
      gold === undefined
        ? { stalled: 0, flowing: 0 }
        : Gold.count(Gold.split({ seed: values?.seed ?? flags.seed })(gold).tune),
    trueRisk: {
      missedStalls: flags.missed ?? (1 - sensitivity) / 3,
      falseAlarms: flags.falseAlarms ?? (1 - specificity) / 3,
    },
  });
  const ladder = Thresholds.ladder(common);
  const forecast = values === undefined ? undefined : forecastOf(planned, values, { targets, prevalence });
  const enough = planned.stalled.more === 0 && planned.flowing.more === 0;
  const file = goldFile(planned, cost);
  return E.right({
    text: planText({ plan: planned, file, unsuitable, ladder, prevalence, forecast, cost, targets, power }),
    json: present({
      targets,
      prevalence,
      power,
      refused: unsuitable === undefined ? undefined : [unsuitable],
      ...planned,
      file,
      ladder,
      forecast,
    }),
    exitCode: enough ? EXIT.certified : EXIT.insufficientEvidence,
  });
};

const DEFAULT_PREVALENCE = 0.01;

interface Values extends Thresholds.GoldValues {
  readonly prevalence: number;
  readonly seed: number;
}

/** Why this gold certifies nothing, whatever its size. Such gold is not counted in the plan. */
const unsuitableOf = (gold: GoldSet | undefined): Thresholds.GoldUnsuitable | undefined =>
  gold === undefined ? undefined : RiskControl.refusals()(gold).find((refusal) => refusal._tag === 'GoldUnsuitable');

/** Log-odds of gold that did not fit the policy. Without a policy there is nothing to forecast from. */
const valuesOf = async (
  flags: PlanFlags,
  gold: GoldSet | undefined,
): Promise<E.Either<DataFailure, Values | undefined>> => {
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
  const { posterior } = Policy.decide(policy)(batch.right.data);
  const rows = rowOfId(posterior.stackIds);
  const { seed } = policy.provenance;
  const fitted = Gold.split({ seed })(gold).fit;
  const rest = Gold.without(fitted.stackIds)(gold);
  const logOddsOf = (label: Label): Float64Array =>
    Float64Array.from(
      rest.stackIds.flatMap((stackId, g) => {
        const row = rows.get(stackId);
        if (row === undefined || rest.label[g] !== label) return [];
        return posterior.votes[row] + posterior.scores[row] === 0 ? [] : [posterior.logOdds[row]];
      }),
    );
  return E.right({
    stalled: logOddsOf(STALLED),
    flowing: logOddsOf(FLOWING),
    prevalence: policy.prevalence.value,
    seed,
  });
};

/** Sizes worth comparing: the gold there is, the least that can pass, what passes mostly, and much more. */
const forecastOf = (
  { stalled, flowing }: Thresholds.Plan,
  values: Values,
  at: { readonly targets: PlanTargets; readonly prevalence: number },
): Forecast => {
  const likely = stalled.withPower ?? stalled.minimum;
  const enough = Math.max(flowing.have, flowing.withPower ?? flowing.minimum);
  const sizes = [
    { stalled: stalled.have, flowing: flowing.have },
    { stalled: stalled.minimum, flowing: enough },
    { stalled: likely, flowing: enough },
    { stalled: 2 * likely, flowing: 2 * enough },
    { stalled: 5 * likely, flowing: 5 * enough },
  ];
  return {
    from: { stalled: values.stalled.length, flowing: values.flowing.length },
    sizes: Thresholds.expectedCoverage({ ...at, sizes })(values),
  };
};

type PlanTargets = Parameters<typeof Thresholds.expectedCoverage>[0]['targets'];
