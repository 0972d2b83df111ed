import type { Rate } from '../../domain/interval.js';
import { countText, fixed, percent, rateText } from '../../output/format.js';
import type { AskingSummary, Work } from '../../policy/index.js';
import type { Calls, Prevalent } from '../../stages/evaluation/index.js';
import type { Summary } from '../../study/index.js';
import { againstCrowdText, askingText, endToEndText } from './asking.js';
import { claimText, thresholdsText, wantedText } from './certification.js';

const prevalentText = (of: Prevalent, show: (x: number) => string): string =>
  of.estimate === undefined ? '–' : `${show(of.estimate)} (${show(of.interval.lower)}–${show(of.interval.upper)})`;

/**
 * A summary as a page of text: verdict, certificate, held-out gold, sources side by side, work, warnings.
 */
export const summaryText = (summary: Summary): string =>
  [
    verdictText(summary),
    ...ruleText(summary),
    heldOutText(summary),
    ...(summary.endToEnd === undefined
      ? []
      : [endToEndText(summary.endToEnd, isCertifiedAsking(summary) && summary.asking.rule.minVotes === 0)]),
    againstCrowdText(summary.againstCrowd),
    sourcesText(summary),
    workText(summary.work),
    coverageText(summary),
    ...(summary.warnings.length === 0 ? [] : [noteText(summary.warnings)]),
  ].join('\n\n');

/** What a reader should know besides. */
export const noteText = (notes: readonly string[]): string => ['Note', ...notes.map((n) => `  · ${n}`)].join('\n');

/** Where decisions are made: by the asking rule, or at two thresholds. */
const ruleText = (summary: Summary): readonly string[] => {
  const { asking, certification } = summary;
  if (asking?._tag === 'AskingCertified') return [askingText(asking)];
  return [thresholdsText(certification), ...(asking === undefined ? [] : [askingText(asking)])];
};

const isCertifiedAsking = (summary: Summary): summary is Summary & { readonly asking: AskingSummary } =>
  summary.asking?._tag === 'AskingCertified';

const verdictText = (summary: Summary): string => {
  const { verdict, targets, certification, heldOut, evaluation, endToEnd, uncovered } = summary;
  const head = `Verdict: ${verdict.toUpperCase()}`;
  if (verdict === 'targets not met') {
    const failed = [
      ...refuted(heldOut, evaluation, ''),
      ...(endToEnd === undefined ? [] : refuted(endToEnd.heldOut, endToEnd, ', asked by the rule,')),
    ];
    return `${head}\n  Held-out gold refutes ${wantedText(targets)}: with ${percent(targets.confidence)} confidence ${failed.join(' and ')}.`;
  }
  if (uncovered !== undefined) return [head, uncoveredText(uncovered)].join('\n');
  return isCertifiedAsking(summary) ? head : `${head}\n${claimText(certification, targets)}`;
};

/** Why a certificate is not about the batch at hand. */
export const uncoveredText = (uncovered: readonly string[]): string =>
  uncovered.map((why) => `  ${why[0].toUpperCase()}${why.slice(1)}.`).join('\n');

const refuted = (
  against: Summary['heldOut'],
  rates: Pick<Summary['evaluation'], 'sensitivity' | 'specificity'>,
  how: string,
): readonly string[] =>
  (['sensitivity', 'specificity'] as const).flatMap((name) =>
    against[name] === 'not met' ? [`${name}${how} is at most ${fixed(rates[name].atMost)}`] : [],
  );

/** A predictive value in words. */
const valueText = (of: Prevalent): string =>
  of.estimate === undefined ? 'none to judge' : `${prevalentText(of, percent)} are`;

const heldOutText = ({ evaluation, targets, heldOut }: Summary): string => {
  const { gold, retired, asked, prevalence } = evaluation;
  const row = (name: string, cells: readonly string[]): string =>
    `  ${name.padEnd(10)}${cells.map((cell) => cell.padStart(17)).join('')}`;
  return [
    `Held-out gold (${countText(gold.stalled)} stalled, ${countText(gold.flowing)} flowing${gold.unseen > 0 ? `; ${countText(gold.unseen)} more were never voted on or scored` : ''})`,
    row('', ['retired stalled', 'retired flowing', 'still asked']),
    row('stalled', [retired.tp, retired.fn, asked.stalled].map(countText)),
    row('flowing', [retired.fp, retired.tn, asked.flowing].map(countText)),
    `  sensitivity ${rateText(evaluation.sensitivity)}; target ≥ ${targets.sensitivity}: ${heldOut.sensitivity}`,
    `  specificity ${rateText(evaluation.specificity)}; target ≥ ${targets.specificity}: ${heldOut.specificity}`,
    ...(asked.stalled + asked.flowing > 0 ? ['  stacks still asked about count as not wrong'] : []),
    `  Where ${percent(prevalence)} are stalled, of those retired`,
    `    as stalled, ${valueText(evaluation.ppv)}`,
    `    as flowing, ${valueText(evaluation.npv)}`,
  ].join('\n');
};

const sourcesText = ({ sources, evaluation }: Summary): string => {
  const row = (name: string, calls: Calls): string =>
    `  ${name.padEnd(13)}${prevalentText(calls.atPrevalence.mcc, fixed).padEnd(24)}${cell(calls.sensitivity)}${cell(calls.specificity)}${calls.auc === undefined ? '–' : fixed(calls.auc)}`;
  return [
    `One cut, no abstention, where ${percent(evaluation.prevalence)} are stalled (cuts chosen on tuning gold)`,
    `  ${''.padEnd(13)}${'MCC'.padEnd(24)}${'sensitivity'.padEnd(13)}${'specificity'.padEnd(13)}AUROC`,
    ...(sources.model === undefined
      ? [row('crowd', sources.crowd)]
      : [row('fused', sources.fused), row('crowd alone', sources.crowd), row('model alone', sources.model)]),
  ].join('\n');
};

const cell = ({ estimate }: Rate): string => (estimate === undefined ? '–' : fixed(estimate)).padEnd(13);

/** What happened to the stacks of a batch, and what it cost. */
export const workText = (work: Work): string => {
  const retired = work.retiredStalled + work.retiredFlowing;
  const share = work.stacks === 0 ? '' : ` (${percent(retired / work.stacks)})`;
  const perStack = work.stacks === 0 ? 0 : work.votes / work.stacks;
  const saved = VALIDATED_VOTES * work.stacks - work.votes;
  return [
    'Work',
    `  ${countText(work.stacks)} stacks, ${countText(work.scored)} with a score: ${countText(retired)} retired${share}, of them ${countText(work.retiredStalled)} as stalled`,
    `  still to ask: ${countText(work.askCrowd)} the crowd (${countText(work.votesWanted)} votes wanted next), ${countText(work.askExpert)} an expert`,
    ...(work.audited === undefined
      ? []
      : [
          `  audit: ${countText(work.audited)} of the retired go to people all the same, who are not told what was decided: audit.csv`,
        ]),
    `  votes so far: ${countText(work.votes)}, ${perStack.toFixed(2)} per stack${saved > 0 ? `; ${VALIDATED_VOTES} for every stack would have been ${countText(saved)} more` : ''}`,
  ].join('\n');
};

/** Answers per stack of the project's first validated rule, the yardstick of votes saved. */
const VALIDATED_VOTES = 20;

const coverageText = ({ evaluation, prevalence }: Summary): string => {
  const source = { stated: 'as stated', 'random gold': 'as in random gold', assumed: 'assumed' }[prevalence.from];
  return evaluation.coverage.estimate === undefined
    ? `Prevalence ${percent(prevalence.value)}, ${source}`
    : `Prevalence ${percent(prevalence.value)}, ${source}: there ${percent(evaluation.coverage.estimate)} of stacks are retired without another vote`;
};
