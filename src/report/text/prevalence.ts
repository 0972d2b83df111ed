import type { Rate } from '../../domain/interval.js';
import { blocks, countText, fixed, lines, percent, some, stratumName } from '../../output/format.js';
import type { LostPositives } from '../../stages/prevalence/index.js';
import type { OutcomeCounts, PrevalenceRow, PrevalenceSummary } from '../../study/index.js';
import { bullets, rangeText } from './words.js';

/**
 * Prevalence as a page of text: the rows, the figures by method, what may be lost, what it rests on.
 *
 * @param summary - from `Study.prevalence`
 */
export const prevalenceText = (summary: PrevalenceSummary): string =>
  blocks(
    countsText(summary.counts),
    figuresText('prediction-powered', summary),
    figuresText('rogan-gladen', summary),
    summary.between.length === 0 ? undefined : betweenText(summary),
    summary.lost === undefined ? undefined : lostText(summary.lost),
    summary.warnings.length === 0 ? undefined : lines('Note', bullets(summary.warnings)),
  );

const countsText = (counts: OutcomeCounts): string => {
  const { rows, calledStalled, calledFlowing, askCrowd, askExpert, unread, leftOut } = counts;
  return lines(
    `${some(rows, 'stack')} in decisions.csv`,
    `  called stalled ${countText(calledStalled)}, called flowing ${countText(calledFlowing)}`,
    `  no answer yet: ${countText(askCrowd)} with the crowd, ${countText(askExpert)} with an expert`,
    `  unread or failed: ${countText(unread)}; in no figure below, and never flowing`,
    leftOut > 0 ? `  left out: ${some(leftOut, 'gold stack')}, known to the policy or chosen by class` : undefined,
  );
};

const HEADS = {
  'prediction-powered':
    'Prevalence of stalls by the audit (calls on all stacks, corrected by expert labels on a random part)',
  'rogan-gladen': 'Prevalence of stalls by gold (Rogan–Gladen: calls corrected for their error rates on gold)',
} as const;

const figuresText = (method: PrevalenceRow['method'], summary: PrevalenceSummary): string | undefined => {
  const { confidence, claim, calls } = summary;
  const rows = summary.rows.filter((row) => row.method === method);
  if (rows.length === 0) return undefined;
  const width = Math.max(...rows.map((row) => nameOf(row).length)) + 2;
  const hasStrata = rows.some(({ by }) => by !== undefined);
  const holding = claim === 'each' ? ', each by itself' : ', all strata of one column together';
  return lines(
    HEADS[method],
    rows.map((row) => `  ${nameOf(row).padEnd(width)}${figureText(row)}`),
    `  ${percent(confidence)} intervals${hasStrata ? holding : ''}`,
    method === 'rogan-gladen' && calls !== undefined ? callsText(calls) : undefined,
  );
};

const callsText = ({ sensitivity, specificity }: NonNullable<PrevalenceSummary['calls']>): string =>
  `  on gold, ${shareText(sensitivity)} of stalled are called stalled, ${shareText(specificity)} of flowing are not`;

const shareText = ({ estimate, hits, n }: Rate): string =>
  estimate === undefined ? 'an unknown share' : `${fixed(estimate)} (${countText(hits)} of ${countText(n)})`;

const nameOf = ({ by, stratum, about }: PrevalenceRow): string =>
  `${stratumName(by, stratum)}${about === 'decided' ? ', decided only' : ''}`;

const figureText = (row: PrevalenceRow): string => {
  const { estimate, interval, stacks, audited, auditedStalled } = row;
  const point = estimate === undefined ? 'no point estimate' : percent(estimate);
  const range = interval === undefined ? 'no interval' : rangeText(interval);
  const audit =
    audited === undefined ? '' : `, ${countText(audited)} audited (${countText(auditedStalled ?? 0)} stalled)`;
  return `${point} (${range}) of ${some(stacks, 'stack')}${audit}${caveat(row)}`;
};

/** Why a figure is missing, or what is odd about it. */
const caveat = ({ estimate, interval, stacks, audited, unclamped }: PrevalenceRow): string => {
  if (interval === undefined && stacks > 0) {
    return '; no prevalence agrees with these error rates, so they are not those of these calls';
  }
  if (estimate === undefined && stacks > 0 && audited !== undefined) {
    return '; some kind of decision was not audited at all';
  }
  if (unclamped !== undefined && unclamped < 0) return '; fewer called stalled than false alarms alone explain';
  return '';
};

type BetweenRow = PrevalenceSummary['between'][number];

const betweenText = ({ between, confidence }: PrevalenceSummary): string => {
  const nameOfRow = (row: BetweenRow): string => stratumName(row.by, row.stratum);
  const width = Math.max(...between.map((row) => nameOfRow(row).length)) + 2;
  const { cluster } = between[0];
  return lines(
    `By the audit, every ${cluster} counting the same (about each such ${cluster}, not only these stacks)`,
    between.map((row) => `  ${nameOfRow(row).padEnd(width)}${betweenFigureText(row)}`),
    `  Student's ${percent(confidence)} intervals: they describe, and certify nothing`,
  );
};

const betweenFigureText = ({ mean, interval, clusters, cluster, without, tooFew, deviation }: BetweenRow): string => {
  const range = interval === undefined ? '' : ` (${rangeText(interval)})`;
  const figure = mean === undefined ? 'no figure' : `${percent(mean)}${range}`;
  const spread = deviation === undefined ? '' : `, standard deviation ${percent(deviation)}`;
  const lacking = without > 0 ? `; ${countText(without)} with too little audited are not in it` : '';
  const few = tooFew ? '; rough, because there are fewer than 20' : '';
  return `${figure}, ${cluster} × ${countText(clusters)}${spread}${lacking}${few}`;
};

/** What may have been lost among stacks retired as flowing. */
export const lostText = (lost: LostPositives): string => {
  const { retired, audited, found, atMost, shareAtMost, confidence, estimate } = lost;
  const head = 'Lost stalls, by the audit of stacks retired as flowing';
  if (retired === 0) return lines(head, '  nothing was retired as flowing, so nothing is lost');
  if (audited === 0) {
    const none = `none of ${countText(retired)} was audited`;
    return lines(head, `  ${none}: nothing is known of what was lost. Audit a random 1–5 % of them`);
  }
  const sample = `${countText(found)} stalled among ${countText(audited)} audited of ${countText(retired)}`;
  const about = `about ${countText(Math.round(estimate ?? 0))} in all`;
  const share = shareAtMost === undefined ? '' : ` (${percent(shareAtMost)} of those retired)`;
  const bound = `with ${percent(confidence)} confidence at most ${countText(atMost)}${share}`;
  return lines(head, `  ${sample} ⇒ ${about}; ${bound}`, sensitivityText(lost));
};

const sensitivityText = ({ sensitivity }: LostPositives): string | undefined => {
  if (sensitivity === undefined) return undefined;
  if (sensitivity.atLeast === 0) {
    return '  sensitivity: no bound, because no stall was verified among the stacks called stalled; audit those too';
  }
  const estimate = sensitivity.estimate === undefined ? '' : ` (estimate ${percent(sensitivity.estimate)})`;
  return `  so at least ${percent(sensitivity.atLeast)} of all stalls here were kept${estimate}`;
};
