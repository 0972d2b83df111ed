import type { Rate } from '../../domain/interval.js';
import type { Targets } from '../../domain/targets.js';
import { countText, fixed, percent, some, stratumName } from '../../output/format.js';
import type { Evaluation, Prevalent } from '../../stages/evaluation/index.js';
import type { StrataEvaluation, Worst } from '../../study/index.js';

/** Below this a stratum is called different from the others. */
const NOTABLE = 0.05;

/** One column's strata as a table, the worst of them by name, and what holds in all of them. */
export const strataText = (of: StrataEvaluation, targets: Targets): string => {
  const width = Math.max(of.by.length, ...of.strata.map(({ stratum }) => stratum.length)) + 2;
  const rateOf = ({ estimate, hits, n, interval }: Rate): string =>
    estimate === undefined
      ? 'no such gold'
      : `${fixed(estimate)} (${fixed(interval.lower)}–${fixed(interval.upper)}) ${countText(hits)}/${countText(n)}`;
  return [
    `By ${of.by} (held-out gold; ${percent(targets.confidence)} intervals, each by itself)`,
    `  ${of.by.padEnd(width)}${'sensitivity'.padEnd(31)}${'specificity'.padEnd(33)}against ${targets.sensitivity} / ${targets.specificity}`,
    ...of.strata.map(
      ({ stratum, evaluation, against }) =>
        `  ${stratum.padEnd(width)}${rateOf(evaluation.sensitivity).padEnd(31)}${rateOf(evaluation.specificity).padEnd(33)}${against.sensitivity} / ${against.specificity}`,
    ),
    ...(of.strata.length === 0 ? [`  no gold has a ${of.by}`] : []),
    ...(of.withoutGold.length > 0 ? [`  ${withoutGoldText(of)}`] : []),
    ...(['sensitivity', 'specificity'] as const).map((rate) => `  ${worstText(rate, of)}`),
    ...(of.without > 0 ? [`  ${some(of.without, 'gold stack')} without ${of.by} take no part`] : []),
    ...of.strata.map(({ stratum, evaluation }) => `  ${atPrevalenceText(stratumName(of.by, stratum), evaluation)}`),
  ].join('\n');
};

/** So many names are shown; the others are in the JSON. */
const NAMES = 5;

const withoutGoldText = ({ strata, withoutGold }: StrataEvaluation): string =>
  `no gold in ${countText(withoutGold.length)} of ${countText(strata.length + withoutGold.length)}, so nothing is known there: ${withoutGold.slice(0, NAMES).join(', ')}${withoutGold.length > NAMES ? ', …' : ''}`;

const worstText = (rate: 'sensitivity' | 'specificity', of: StrataEvaluation): string => {
  const worst: Worst | undefined = of.worst[rate];
  const floor = of.everywhere[rate];
  const { strata, atLeast } = of.whereGold[rate];
  const all = of.strata.length + of.withoutGold.length;
  if (all === 0) return `${rate}: nothing is known`;
  const everywhere =
    strata === all && all > 0
      ? `in every ${of.by} at least ${fixed(floor)}, all at once`
      : `nothing holds in every ${of.by}, for ${countText(all - strata)} of ${countText(all)} have no such gold${atLeast === undefined ? '' : `; in the ${strata === 1 ? 'one' : countText(strata)} with it at least ${fixed(atLeast)}${strata === 1 ? '' : ', all at once'}`}`;
  if (worst === undefined) return `${rate}: no ${of.by} erred more than another; ${everywhere}`;
  const notable =
    worst.pValue <= NOTABLE
      ? `more than chance, p = ${worst.pValue.toPrecision(2)}`
      : `which chance explains, p = ${worst.pValue.toPrecision(2)}`;
  return `worst ${rate}: ${stratumName(of.by, worst.stratum)}, ${fixed(worst.estimate)} (${notable}); ${everywhere}`;
};

/** What the retired stacks are worth where stalls are as rare as stated. */
export const atPrevalenceText = (name: string, { prevalence, ppv, npv, coverage }: Evaluation): string => {
  const value = (retired: string, { estimate, interval }: Prevalent): readonly string[] =>
    estimate === undefined
      ? []
      : [
          `of those retired as ${retired} ${percent(estimate)} (${percent(interval.lower)} – ${percent(interval.upper)}) are`,
        ];
  const known = [
    ...value('stalled', ppv),
    ...value('flowing', npv),
    ...(coverage.estimate === undefined ? [] : [`${percent(coverage.estimate)} retired`]),
  ];
  return `${name}, where ${percent(prevalence)} are stalled: ${known.length === 0 ? 'no figure without gold of both classes' : known.join('; ')}`;
};
