import type { Rate } from '../../domain/interval.js';
import type { Targets } from '../../domain/targets.js';
import { blocks, countText, fixed, lines, percent, some, stratumName } from '../../output/format.js';
import type { AskingSummary, Work } from '../../policy/index.js';
import type { Calls, Evaluation, Prevalent } from '../../stages/evaluation/index.js';
import type { StrataEvaluation, Summary } from '../../study/index.js';
import { againstCrowdText, askingText, claimText, endToEndText, targetsText, thresholdsText } from './certification.js';
import { bullets, estimateText, rangeText, rateText } from './words.js';

/**
 * A summary as a page of text: verdict, certificate, held-out gold, sources side by side, work, warnings.
 *
 * @param summary - from `Study.summary`
 */
export const summaryText = (summary: Summary): string =>
  blocks(
    verdictText(summary),
    ruleBlocks(summary),
    heldOutText(summary),
    endToEndBlock(summary),
    againstCrowdText(summary.againstCrowd),
    sourcesText(summary),
    workText(summary.work),
    prevalenceLine(summary),
    summary.warnings.length === 0 ? undefined : noteText(summary.warnings),
  );

/** What a reader should know besides. */
export const noteText = (notes: readonly string[]): string => lines('Note', bullets(notes));

/** Where decisions are made: by the asking rule, or at two thresholds. */
const ruleBlocks = (summary: Summary): readonly string[] => {
  const { asking, certification } = summary;
  if (asking === undefined) return [thresholdsText(certification)];
  if (isCertifiedAsking(summary)) return [askingText(asking)];
  return [thresholdsText(certification), askingText(asking)];
};

const isCertifiedAsking = (summary: Summary): summary is Summary & { readonly asking: AskingSummary } =>
  summary.asking?._tag === 'AskingCertified';

const endToEndBlock = (summary: Summary): string | undefined => {
  if (summary.endToEnd === undefined) return undefined;
  const scoreAlone = isCertifiedAsking(summary) && summary.asking.rule.minVotes === 0;
  return endToEndText({ scoreAlone })(summary.endToEnd);
};

const verdictText = (summary: Summary): string => {
  const { verdict, targets, certification, heldOut, evaluation, endToEnd, uncovered } = summary;
  const head = `Verdict: ${verdict.toUpperCase()}`;
  if (verdict === 'targets not met') {
    const atOnce = refuted(heldOut, evaluation, '');
    const byRule = endToEnd === undefined ? [] : refuted(endToEnd.heldOut, endToEnd, ', asked by the rule,');
    const failed = [...atOnce, ...byRule].join(' and ');
    const claim = `with ${percent(targets.confidence)} confidence ${failed}`;
    return lines(head, `  Held-out gold refutes ${targetsText(targets)}: ${claim}.`);
  }
  if (uncovered !== undefined) return lines(head, uncoveredText(uncovered));
  return isCertifiedAsking(summary) ? head : lines(head, claimText(targets)(certification));
};

/** Why a certificate is not about the batch at hand. */
export const uncoveredText = (uncovered: readonly string[]): string =>
  lines(uncovered.map((why) => `  ${why[0].toUpperCase()}${why.slice(1)}.`));

const refuted = (
  against: Summary['heldOut'],
  rates: Pick<Summary['evaluation'], 'sensitivity' | 'specificity'>,
  how: string,
): readonly string[] =>
  (['sensitivity', 'specificity'] as const)
    .filter((name) => against[name] === 'not met')
    .map((name) => `${name}${how} is at most ${fixed(rates[name].atMost)}`);

/** What held-out gold shows of a target by itself. The certificate rests on tuning gold, so few held-out stacks contradict nothing. */
const HELD_OUT = {
  met: 'met',
  'not met': 'not met',
  open: 'not contradicted (too few stacks to show it again)',
} as const;

const heldOutText = ({ evaluation, targets, heldOut }: Summary): string => {
  const { gold, retired, asked, prevalence } = evaluation;
  const unseen = gold.unseen > 0 ? `; ${countText(gold.unseen)} more were never voted on or scored` : '';
  const row = (name: string, cells: readonly string[]): string =>
    `  ${name.padEnd(10)}${cells.map((cell) => cell.padStart(17)).join('')}`;
  return lines(
    `Held-out gold (${countText(gold.stalled)} stalled, ${countText(gold.flowing)} flowing${unseen})`,
    row('', ['retired stalled', 'retired flowing', 'still asked']),
    row('stalled', [retired.tp, retired.fn, asked.stalled].map(countText)),
    row('flowing', [retired.fp, retired.tn, asked.flowing].map(countText)),
    `  sensitivity ${rateText(evaluation.sensitivity)}; target ≥ ${targets.sensitivity}: ${HELD_OUT[heldOut.sensitivity]}`,
    `  specificity ${rateText(evaluation.specificity)}; target ≥ ${targets.specificity}: ${HELD_OUT[heldOut.specificity]}`,
    asked.stalled + asked.flowing > 0 ? '  stacks still asked about count as not wrong' : undefined,
    `  Where ${percent(prevalence)} are stalled, of those retired`,
    `    as stalled, ${predictiveText(evaluation.ppv)}`,
    `    as flowing, ${predictiveText(evaluation.npv)}`,
  );
};

/** A predictive value in words. */
const predictiveText = (value: Prevalent): string =>
  value.estimate === undefined ? 'no estimate' : `${estimateText(value, percent)} are`;

const sourcesText = ({ sources, evaluation }: Summary): string => {
  const row = (name: string, calls: Calls): string => {
    const mcc = estimateText(calls.atPrevalence.mcc, fixed);
    const rates = [calls.sensitivity, calls.specificity].map(({ estimate }) => numberCell(estimate).padEnd(13));
    return `  ${name.padEnd(13)}${mcc.padEnd(24)}${rates.join('')}${numberCell(calls.auc)}`;
  };
  const { fused, crowd, model } = sources;
  return lines(
    `One cut, no abstention, where ${percent(evaluation.prevalence)} are stalled (cuts chosen on tuning gold)`,
    `  ${''.padEnd(13)}${'MCC'.padEnd(24)}${'sensitivity'.padEnd(13)}${'specificity'.padEnd(13)}AUROC`,
    model === undefined
      ? row('crowd', crowd)
      : [row('fused', fused), row('crowd alone', crowd), row('model alone', model)],
  );
};

const numberCell = (value: number | undefined): string => (value === undefined ? '–' : fixed(value));

/**
 * What happened to the stacks of a batch, and what it cost.
 *
 * @param work - from `Study.work`
 */
export const workText = (work: Work): string => {
  const retired = work.retiredStalled + work.retiredFlowing;
  const share = work.stacks === 0 ? '' : ` (${percent(retired / work.stacks)})`;
  const decided = `${countText(retired)} retired${share}, of them ${countText(work.retiredStalled)} as stalled`;
  const crowd = `${countText(work.askCrowd)} the crowd (${countText(work.votesWanted)} votes wanted next)`;
  const perStack = work.stacks === 0 ? 0 : work.votes / work.stacks;
  const saved = VALIDATED_VOTES * work.stacks - work.votes;
  const more = saved > 0 ? `; ${VALIDATED_VOTES} for every stack would have been ${countText(saved)} more` : '';
  const audit =
    work.audited === undefined
      ? undefined
      : `  audit: people also label ${countText(work.audited)} of the retired stacks, without seeing the decision: audit.csv`;
  return lines(
    'Work',
    `  ${countText(work.stacks)} stacks, ${countText(work.scored)} with a score: ${decided}`,
    `  still to ask: ${crowd}, ${countText(work.askExpert)} an expert`,
    audit,
    `  votes so far: ${countText(work.votes)}, ${perStack.toFixed(2)} per stack${more}`,
  );
};

/** Answers per stack of the project's first validated rule, with which votes saved are compared. */
const VALIDATED_VOTES = 20;

const PREVALENCE_FROM = { stated: 'as stated', 'random gold': 'as in random gold', assumed: 'assumed' } as const;

const prevalenceLine = ({ evaluation, prevalence }: Summary): string => {
  const known = `Prevalence ${percent(prevalence.value)}, ${PREVALENCE_FROM[prevalence.from]}`;
  const { estimate } = evaluation.coverage;
  if (estimate === undefined) return known;
  return `${known}: there ${percent(estimate)} of stacks are retired without another vote`;
};

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
