import type { Rate } from '../../domain/interval.js';
import type { Targets } from '../../domain/targets.js';
import { countText, fixed, percent, some, stratumName } from '../../output/format.js';
import type { Evaluation, Prevalent } from '../../stages/evaluation/index.js';
import type { StrataEvaluation } from '../../study/index.js';
import { estimateText, lines, rangeText } from './words.js';

/** Below this p-value a stratum is called different from the others. */
const NOTABLE = 0.05;

/**
 * One column's strata as a table, the worst of them by name, and what holds in all of them.
 *
 * @param targets - those the policy is certified for
 */
export const strataText =
  (targets: Targets) =>
  (evaluated: StrataEvaluation): string => {
    const { by, strata, withoutGold, without } = evaluated;
    const width = Math.max(by.length, ...strata.map(({ stratum }) => stratum.length)) + 2;
    const row = (name: string, cells: readonly [string, string], verdicts: string): string =>
      `  ${name.padEnd(width)}${cells[0].padEnd(31)}${cells[1].padEnd(33)}${verdicts}`;
    return lines(
      `By ${by} (held-out gold; ${percent(targets.confidence)} intervals, each by itself)`,
      row(by, ['sensitivity', 'specificity'], `against ${targets.sensitivity} / ${targets.specificity}`),
      strata.map(({ stratum, evaluation, against }) =>
        row(
          stratum,
          [cellText(evaluation.sensitivity), cellText(evaluation.specificity)],
          `${against.sensitivity} / ${against.specificity}`,
        ),
      ),
      strata.length === 0 ? `  no gold has a ${by}` : undefined,
      withoutGold.length > 0 ? `  ${withoutGoldText(evaluated)}` : undefined,
      `  ${worstText('sensitivity', evaluated)}`,
      `  ${worstText('specificity', evaluated)}`,
      without > 0 ? `  ${some(without, 'gold stack')} without ${by} take no part` : undefined,
      strata.map(({ stratum, evaluation }) => `  ${atPrevalenceText(stratumName(by, stratum))(evaluation)}`),
    );
  };

const cellText = (rate: Rate): string =>
  rate.estimate === undefined
    ? 'no such gold'
    : `${estimateText(rate, fixed)} ${countText(rate.hits)}/${countText(rate.n)}`;

/** So many names are shown; the others are in the JSON. */
const NAMES = 5;

const withoutGoldText = ({ strata, withoutGold }: StrataEvaluation): string => {
  const count = `${countText(withoutGold.length)} of ${countText(strata.length + withoutGold.length)}`;
  const names = withoutGold.slice(0, NAMES).join(', ');
  const more = withoutGold.length > NAMES ? ', …' : '';
  return `no gold in ${count}, so nothing is known there: ${names}${more}`;
};

const worstText = (rate: 'sensitivity' | 'specificity', evaluated: StrataEvaluation): string => {
  const { by, strata, withoutGold, worst: worstOf } = evaluated;
  if (strata.length + withoutGold.length === 0) return `${rate}: nothing is known`;
  const everywhere = everywhereText(rate, evaluated);
  const worst = worstOf[rate];
  if (worst === undefined) return `${rate}: no ${by} erred more than another; ${everywhere}`;
  const cause = worst.pValue <= NOTABLE ? 'more than chance' : 'which chance explains';
  const found = `${fixed(worst.estimate)} (${cause}, p = ${worst.pValue.toPrecision(2)})`;
  return `worst ${rate}: ${stratumName(by, worst.stratum)}, ${found}; ${everywhere}`;
};

/** The bound that holds in all strata at once, or why there is none. */
const everywhereText = (rate: 'sensitivity' | 'specificity', evaluated: StrataEvaluation): string => {
  const { by, whereGold, everywhere } = evaluated;
  const { strata, atLeast } = whereGold[rate];
  const all = evaluated.strata.length + evaluated.withoutGold.length;
  if (strata === all) return `in every ${by} at least ${fixed(everywhere[rate])}, all at once`;
  const lacking = `nothing holds in every ${by}, for ${countText(all - strata)} of ${countText(all)} have no such gold`;
  if (atLeast === undefined) return lacking;
  const those = strata === 1 ? 'one' : countText(strata);
  const atOnce = strata === 1 ? '' : ', all at once';
  return `${lacking}; in the ${those} with it at least ${fixed(atLeast)}${atOnce}`;
};

/**
 * How many of the retired stacks are right where stalls are as rare as stated.
 *
 * @param name - of the stratum or the population
 */
export const atPrevalenceText =
  (name: string) =>
  ({ prevalence, ppv, npv, coverage }: Evaluation): string => {
    const known = [
      ...predictiveTexts('stalled', ppv),
      ...predictiveTexts('flowing', npv),
      ...(coverage.estimate === undefined ? [] : [`${percent(coverage.estimate)} retired`]),
    ];
    const figures = known.length === 0 ? 'no figure without gold of both classes' : known.join('; ');
    return `${name}, where ${percent(prevalence)} are stalled: ${figures}`;
  };

const predictiveTexts = (retired: string, { estimate, interval }: Prevalent): readonly string[] =>
  estimate === undefined ? [] : [`of those retired as ${retired} ${percent(estimate)} (${rangeText(interval)}) are`];
