import type { Rate } from '../../domain/interval.js';
import type { Targets } from '../../domain/targets.js';
import { blocks, countText, fixed, lines, percent, some, stratumName } from '../../output/format.js';
import type { Work } from '../../policy/index.js';
import type { Calls, Evaluation, Prevalent } from '../../stages/evaluation/index.js';
import type { StrataEvaluation, Summary } from '../../study/index.js';
import { askingText, endToEndText, proofText, targetsText } from './certification.js';
import { againstCrowdText, againstOwnRuleText } from './compared.js';
import { headingText } from './heading.js';
import { bullets, estimateText, rangeText } from './words.js';

/**
 * A summary as a page of text: verdict and what it comes to, certificate, gold, sources side by side, work, warnings.
 *
 * @param summary - from `Study.summary`
 */
export const summaryText = (summary: Summary): string =>
  blocks(
    firstLines(summary),
    summary.againstOwnRule === undefined ? undefined : againstOwnRuleText(summary.againstOwnRule),
    proofText(summary.targets, summary.asking.schedule)(summary.proof),
    askingText(summary.asking),
    endToEndText({ ...summary, scoreAlone: summary.asking.leastVotes === 0 })(summary.endToEnd),
    goldText(summary),
    againstCrowdText(summary.againstCrowd),
    sourcesText(summary),
    frontierBlock(summary),
    workText(summary.work),
    prevalenceLine(summary),
    summary.warnings.length === 0 ? undefined : noteText(summary.warnings),
  );

/** The verdict, and what the policy comes to. */
export const firstLines = (summary: Summary): string =>
  headingText({ ...summary, doubts: doubtsOf(summary), refuted: refutedText(summary) });

/** What a reader should know besides. */
export const noteText = (notes: readonly string[]): string => lines('Note', bullets(notes));

/** Why a certificate is not about the batch at hand. */
const doubtsOf = ({ uncovered = [], mismatches }: Pick<Summary, 'uncovered' | 'mismatches'>): readonly string[] => [
  ...uncovered,
  ...mismatches.map(({ text }) => text),
];

const refutedText = ({ endToEnd, targets }: Summary): string | undefined => {
  const { against } = endToEnd;
  const failed = (['sensitivity', 'specificity'] as const)
    .filter((name) => against[name] === 'not met')
    .map((name) => `${name} is at most ${fixed(endToEnd[name].atMost)}`);
  if (failed.length === 0) return undefined;
  return `Held-out gold refutes ${targetsText(targets)}: with ${percent(targets.confidence)} confidence ${failed.join(' and ')}.`;
};

/** The frontier at the price of the policy and with the gold there is. */
const frontierBlock = ({ frontier, headline }: Summary): string | undefined => {
  const { expertPrice } = headline.saved;
  const rows = frontier?.rows.filter((row) => row.times === 1 && row.expertPrice === expertPrice) ?? [];
  if (rows.length === 0) return undefined;
  return lines(
    'What another certified sensitivity costs on this gold; `tandem plan --frontier` has other prices and more gold',
    rows.map(({ sensitivity, found }) =>
      found === undefined
        ? `  ≥ ${sensitivity}  not with so little gold`
        : `  ≥ ${sensitivity}  ${found.votes.toFixed(2)} votes per stack, ${percent(found.experts)} to an expert, ${percent(found.automatic)} automatic`,
    ),
  );
};

const goldText = ({ evaluation, judgedBy }: Summary): string => {
  const { gold, retired, asked, prevalence } = evaluation;
  const unseen = gold.unseen > 0 ? `; ${countText(gold.unseen)} more were never voted on or scored` : '';
  const row = (name: string, cells: readonly string[]): string =>
    `  ${name.padEnd(10)}${cells.map((cell) => cell.padStart(18)).join('')}`;
  const name = judgedBy === 'cross-fitting' ? 'Gold, by cross-fitting' : 'Held-out gold, with the votes it has';
  return lines(
    `${name} (${countText(gold.stalled)} stalled, ${countText(gold.flowing)} flowing${unseen})`,
    row('', ['called stalled', 'called flowing', 'left to people']),
    row('stalled', [retired.tp, retired.fn, asked.stalled].map(countText)),
    row('flowing', [retired.fp, retired.tn, asked.flowing].map(countText)),
    `  Where ${percent(prevalence)} are stalled, of those called`,
    `    stalled, ${predictiveText(evaluation.ppv)}`,
    `    flowing, ${predictiveText(evaluation.npv)}`,
  );
};

/** A predictive value in words. */
const predictiveText = (value: Prevalent): string =>
  value.estimate === undefined ? 'no estimate' : `${estimateText(value, percent)} are`;

const sourcesText = ({ sources, evaluation, judgedBy }: Summary): string => {
  const row = (name: string, calls: Calls): string => {
    const mcc = estimateText(calls.atPrevalence.mcc, fixed);
    const rates = [calls.sensitivity, calls.specificity].map(({ estimate }) => numberCell(estimate).padEnd(13));
    return `  ${name.padEnd(13)}${mcc.padEnd(24)}${rates.join('')}${numberCell(calls.auc)}`;
  };
  const { fused, crowd, model } = sources;
  return lines(
    `One cut, no abstention, where ${percent(evaluation.prevalence)} are stalled (cuts chosen on ${judgedBy === 'cross-fitting' ? 'this gold, so a little too good' : 'tuning gold'})`,
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
  const decided = `${countText(retired)} decided automatically${share}, of them ${countText(work.retiredStalled)} as stalled`;
  const wanted = work.askCrowd === 0 ? '' : ` (${countText(work.votesWanted)} votes wanted next)`;
  const perStack = work.stacks === 0 ? 0 : work.votes / work.stacks;
  const audit =
    work.audited === undefined
      ? undefined
      : `  audit: people also label ${countText(work.audited)} of these, without seeing the decision: audit.csv`;
  return lines(
    'Work',
    `  ${countText(work.stacks)} stacks, ${countText(work.scored)} with a score: ${decided}`,
    `  left to people: ${countText(work.askExpert)} for an expert, ${countText(work.askCrowd)} for the crowd${wanted}`,
    audit,
    `  votes so far: ${countText(work.votes)}, ${perStack.toFixed(2)} per stack; the rule needed ${countText(work.votesCounted)} of them`,
  );
};

const PREVALENCE_FROM = { stated: 'as stated', 'random gold': 'as in random gold', assumed: 'assumed' } as const;

const prevalenceLine = ({ prevalence }: Summary): string =>
  `Prevalence ${percent(prevalence.value)}, ${PREVALENCE_FROM[prevalence.from]}`;

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
