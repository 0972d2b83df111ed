import type { Interval, Rate } from '../../domain/interval.js';
import { countText, fixed, percent, some, stratumName } from '../../output/format.js';
import type { LostPositives } from '../../stages/prevalence/index.js';
import type { OutcomeCounts, PrevalenceRow, PrevalenceSummary } from '../../study/index.js';

/** Prevalence as a page of text: the rows, the figures by method, what may be lost, what it rests on. */
export const prevalenceText = (summary: PrevalenceSummary): string =>
  [
    rowsText(summary.counts),
    ...(['prediction-powered', 'rogan-gladen'] as const).flatMap((method) => {
      const rows = summary.rows.filter((row) => row.method === method);
      return rows.length === 0 ? [] : [figuresText(method, rows, summary)];
    }),
    ...(summary.between.length === 0 ? [] : [betweenText(summary)]),
    ...(summary.lost === undefined ? [] : [lostText(summary.lost)]),
    ...(summary.warnings.length === 0 ? [] : [['Note', ...summary.warnings.map((w) => `  · ${w}`)].join('\n')]),
  ].join('\n\n');

const rowsText = (of: OutcomeCounts): string =>
  [
    `${some(of.rows, 'stack')} in decisions.csv`,
    `  called stalled ${countText(of.calledStalled)}, called flowing ${countText(of.calledFlowing)}`,
    `  no answer yet: ${countText(of.askCrowd)} with the crowd, ${countText(of.askExpert)} with an expert`,
    `  unread or failed: ${countText(of.unread)}; in no figure below, and never flowing`,
    ...(of.leftOut > 0
      ? [`  left out: ${some(of.leftOut, 'gold stack')}, known to the policy or chosen by class`]
      : []),
  ].join('\n');

const HEADS = {
  'prediction-powered':
    'Prevalence of stalls by the audit (calls on all stacks, corrected by expert labels on a random part)',
  'rogan-gladen': 'Prevalence of stalls by gold (Rogan–Gladen: calls corrected for their error rates on gold)',
} as const;

const figuresText = (
  method: PrevalenceRow['method'],
  rows: readonly PrevalenceRow[],
  { confidence, claim, calls }: PrevalenceSummary,
): string => {
  const width = Math.max(...rows.map((row) => nameOf(row).length)) + 2;
  const strata = rows.some(({ by }) => by !== undefined);
  return [
    HEADS[method],
    ...rows.map((row) => `  ${nameOf(row).padEnd(width)}${figureText(row)}`),
    `  ${percent(confidence)} intervals${strata ? `, ${claim === 'each' ? 'each by itself' : 'all strata of one column together'}` : ''}`,
    ...(method === 'rogan-gladen' && calls !== undefined
      ? [
          `  on gold, ${rateText(calls.sensitivity)} of stalled are called stalled, ${rateText(calls.specificity)} of flowing are not`,
        ]
      : []),
  ].join('\n');
};

const nameOf = ({ by, stratum, about }: PrevalenceRow): string =>
  `${stratumName(by, stratum)}${about === 'decided' ? ', decided only' : ''}`;

const figureText = ({ estimate, interval, stacks, audited, auditedStalled, unclamped }: PrevalenceRow): string => {
  const point = estimate === undefined ? 'no point estimate' : percent(estimate);
  const range = interval === undefined ? 'no interval' : rangeText(interval);
  const audit =
    audited === undefined ? '' : `, ${countText(audited)} audited (${countText(auditedStalled ?? 0)} stalled)`;
  const why =
    interval === undefined && stacks > 0
      ? '; no prevalence agrees with these error rates, so they are not those of these calls'
      : estimate === undefined && stacks > 0 && audited !== undefined
        ? '; some kind of decision was not audited at all'
        : unclamped !== undefined && unclamped < 0
          ? '; fewer called stalled than false alarms alone explain'
          : '';
  return `${point} (${range}) of ${some(stacks, 'stack')}${audit}${why}`;
};

const rangeText = ({ lower, upper }: Interval): string => `${percent(lower)} – ${percent(upper)}`;

const rateText = ({ estimate, hits, n }: Rate): string =>
  estimate === undefined ? 'nobody knows how many' : `${fixed(estimate)} (${countText(hits)} of ${countText(n)})`;

const betweenText = ({ between, confidence }: PrevalenceSummary): string => {
  const name = (row: PrevalenceSummary['between'][number]): string => stratumName(row.by, row.stratum);
  const width = Math.max(...between.map((row) => name(row).length)) + 2;
  return [
    `By the audit, every ${between[0].cluster} counting the same (about each such ${between[0].cluster}, not only these stacks)`,
    ...between.map((row) => {
      const { mean, interval, clusters, without, tooFew, deviation } = row;
      const figure =
        mean === undefined
          ? 'no figure'
          : `${percent(mean)}${interval === undefined ? '' : ` (${rangeText(interval)})`}`;
      const spread = deviation === undefined ? '' : `, standard deviation ${percent(deviation)}`;
      const lacking = without > 0 ? `; ${countText(without)} with too little audited are not in it` : '';
      return `  ${name(row).padEnd(width)}${figure}, ${row.cluster} × ${countText(clusters)}${spread}${lacking}${tooFew ? '; under 20, so a guess' : ''}`;
    }),
    `  Student's ${percent(confidence)} intervals: they describe, and certify nothing`,
  ].join('\n');
};

/** What may have been lost among stacks retired as flowing. */
export const lostText = (lost: LostPositives): string => {
  const { retired, audited, found, atMost, shareAtMost, sensitivity, confidence, estimate } = lost;
  const head = 'Lost stalls, by the audit of stacks retired as flowing';
  if (retired === 0) return `${head}\n  nothing was retired as flowing, so nothing is lost`;
  if (audited === 0) {
    return `${head}\n  none of ${countText(retired)} was audited: nothing is known of what was lost. Audit a random 1–5 % of them`;
  }
  return [
    head,
    `  ${countText(found)} stalled among ${countText(audited)} audited of ${countText(retired)} ⇒ about ${countText(Math.round(estimate ?? 0))} in all; with ${percent(confidence)} confidence at most ${countText(atMost)}${shareAtMost === undefined ? '' : ` (${percent(shareAtMost)} of those retired)`}`,
    ...(sensitivity === undefined
      ? []
      : [
          sensitivity.atLeast === 0
            ? '  sensitivity: no bound, because no stall was verified among the stacks called stalled; audit those too'
            : `  so at least ${percent(sensitivity.atLeast)} of all stalls here were kept${sensitivity.estimate === undefined ? '' : ` (estimate ${percent(sensitivity.estimate)})`}`,
        ]),
  ].join('\n');
};
