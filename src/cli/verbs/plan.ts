import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { DataFailure } from '../../domain/errors.js';
import type { GoldSet } from '../../domain/gold.js';
import { present } from '../../domain/present.js';
import { rowOfId } from '../../kernel/ids/voteColumns.js';
import * as Policy from '../../policy/index.js';
import { type Forecast, goldFile, planText } from '../../report/index.js';
import * as Gold from '../../stages/gold.js';
import * as RiskControl from '../../stages/riskControl/index.js';
import * as Thresholds from '../../stages/thresholds/index.js';
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
    TE.bind('values', ({ given }) => valuesOf(flags, given)),
    TE.map(({ given, values: known }) => {
      const unsuitable = unsuitableOf(given);
      const [gold, values] = unsuitable === undefined ? [given, known] : [undefined, undefined];
      const targets = { sensitivity: flags.sensitivity, specificity: flags.specificity, confidence: flags.confidence };
      const prevalence = flags.prevalence ?? values?.prevalence ?? DEFAULT_PREVALENCE;
      const common = { targets, power: flags.power, prevalence };
      const planned = Thresholds.plan({
        ...common,
        have:
          gold === undefined
            ? { stalled: 0, flowing: 0 }
            : Gold.count(Gold.split({ seed: values?.seed ?? flags.seed })(gold).tune),
        trueRisk: {
          missedStalls: flags.missed ?? (1 - flags.sensitivity) / 3,
          falseAlarms: flags.falseAlarms ?? (1 - flags.specificity) / 3,
        },
      });
      const ladder = Thresholds.ladder(common);
      const forecast = values === undefined ? undefined : forecastOf(planned, values, { targets, prevalence });
      const enough = planned.stalled.more === 0 && planned.flowing.more === 0;
      const cost = flags.labelCost;
      const file = goldFile(planned, cost);
      return {
        text: planText({
          ...{ plan: planned, file, unsuitable, ladder, prevalence, forecast, cost, targets, power: flags.power },
        }),
        json: present({
          targets,
          prevalence,
          power: flags.power,
          refused: unsuitable === undefined ? undefined : [unsuitable],
          ...planned,
          file,
          ladder,
          forecast,
        }),
        exitCode: enough ? EXIT.certified : EXIT.insufficientEvidence,
      };
    }),
  );

const DEFAULT_PREVALENCE = 0.01;

interface Values extends Thresholds.GoldValues {
  readonly prevalence: number;
  readonly seed: number;
}

const goldOf = (flags: Partial<GoldFlags>): TE.TaskEither<DataFailure, GoldSet | undefined> =>
  flags.gold === undefined
    ? TE.right(undefined)
    : pipe(
        loadGold({ ...flags, gold: flags.gold }),
        TE.map(({ data }) => data),
      );

/** Why this gold certifies nothing, however much there is of it: then it is no part of the plan. */
const unsuitableOf = (gold: GoldSet | undefined): Thresholds.GoldUnsuitable | undefined =>
  gold === undefined ? undefined : RiskControl.refusals(gold, {}).find((refusal) => refusal._tag === 'GoldUnsuitable');

/** Log-odds of gold that did not fit the policy; without a policy there is nothing to forecast from. */
const valuesOf = (flags: PlanFlags, gold: GoldSet | undefined): TE.TaskEither<DataFailure, Values | undefined> => {
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
    TE.map(({ policy, batch }): Values => {
      const { posterior } = Policy.decide(policy)(batch.data);
      const rows = rowOfId(posterior.stackIds);
      const { seed } = policy.provenance;
      const fitted = Gold.split({ seed })(gold).fit;
      const rest = Gold.without(fitted.stackIds)(gold);
      const ofClass = (label: number): Float64Array =>
        Float64Array.from(
          rest.stackIds.flatMap((stackId, g) => {
            const row = rows.get(stackId);
            if (row === undefined || rest.label[g] !== label) return [];
            return posterior.votes[row] + posterior.scores[row] === 0 ? [] : [posterior.logOdds[row]];
          }),
        );
      return { stalled: ofClass(1), flowing: ofClass(0), prevalence: policy.prevalence.value, seed };
    }),
  );
};

/** Sizes worth comparing: what there is, the least that can pass, what passes mostly, and much more. */
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
