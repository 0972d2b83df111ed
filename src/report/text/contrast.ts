import type { Interval } from '../../domain/interval.js';
import { blocks, countText, lines, percent, some } from '../../output/format.js';
import type { Contrast, GroupShare } from '../../stages/prevalence/index.js';
import type { ContrastSummary } from '../../study/index.js';
import { bullets, rangeText } from './words.js';

/**
 * Groups compared as a page of text; each pair begins with a sentence that can be read aloud.
 *
 * @param summary - from `Study.contrast`
 */
export const contrastText = (summary: ContrastSummary): string =>
  blocks(
    summary.contrasts.map((contrast) => pairText(contrast, summary)),
    summary.refused.map(refusalText),
    summary.contrasts.length + summary.refused.length === 0
      ? `There is nothing to compare: column ${summary.by.group} has fewer than two groups.`
      : undefined,
    summary.contrasts.length > 0 ? basisText(summary) : undefined,
    summary.warnings.length === 0 ? undefined : lines('Note', bullets(summary.warnings)),
  );

const pairText = (contrast: Contrast, { by }: ContrastSummary): string => {
  const { groups, difference, ratio, unaudited } = contrast;
  const times = ratio.estimate === undefined ? 'not known' : factor(ratio.estimate);
  const most = ratio.upper === undefined ? 'no upper end' : factor(ratio.upper);
  return lines(
    sentenceOf(contrast),
    groups.map((group) => `  ${group.group}: ${groupText(group, by.cluster)}`),
    `  difference: ${pointsText(difference.estimate)} (${pointsText(difference.interval.lower)} to ${pointsText(difference.interval.upper)})`,
    `  ratio: ${times} (${factor(ratio.lower)} to ${most})`,
    unaudited.map(
      ({ group, called, stacks }) =>
        `  none of the ${some(stacks, 'stack')} of ${group} with the decision “${called}” was audited: all or none of them may be stalled, which widens every interval. Audit some`,
    ),
  );
};

/** One sentence that can be read aloud. */
const sentenceOf = ({ groups: [first, second], difference, confidence }: Contrast): string => {
  const { lower, upper } = difference.interval;
  const shares = `${percent(first.estimate)} of the stacks of ${first.group} and ${percent(second.estimate)} of those of ${second.group} are stalled`;
  const sure = `with ${percent(confidence)} confidence`;
  if (lower > 0) return `${shares}: ${first.group} has more stalls, by ${between({ lower, upper })}, ${sure}.`;
  if (upper < 0) {
    return `${shares}: ${first.group} has fewer stalls, by ${between({ lower: -upper, upper: -lower })}, ${sure}.`;
  }
  return `${shares}: no difference is shown; ${first.group} may have from ${points(-lower)} fewer to ${points(upper)} more, ${sure}.`;
};

const between = ({ lower, upper }: Interval): string => `${number(lower)} to ${points(upper)}`;

/** Percentage points with enough digits for rare stalls. */
const number = (share: number): string => String(Number((100 * share).toPrecision(2)));
const points = (share: number): string => `${number(share)} percentage points`;
const pointsText = (share: number): string => `${share < 0 ? '−' : '+'}${points(Math.abs(share))}`;
const factor = (ratio: number): string => `× ${Number(ratio.toPrecision(2))}`;

const groupText = (
  { estimate, interval, clusters, stacks, audited, auditedStalled }: GroupShare,
  cluster: string,
): string =>
  `${percent(estimate)} (${rangeText(interval)}), ${cluster} × ${countText(clusters)}, ${some(stacks, 'stack')}, ${countText(audited)} audited (${countText(auditedStalled)} stalled)`;

const refusalText = ({ pair, group, clusters, needs }: ContrastSummary['refused'][number]): string => {
  const head = `${pair[0]} and ${pair[1]} cannot be compared:`;
  if (needs === 'an audit') {
    return `${head} no stack of ${group} was audited, so nothing is known of the errors of its decisions. Have experts label a random 2–5 % of its stacks.`;
  }
  return clusters === 0
    ? `${head} there is no stack of ${group} with a decision. Check the spelling of the group.`
    : `${head} all stacks of ${group} are from one animal or recording, which says nothing of how others differ. Two are the least, five or more are useful.`;
};

const basisText = ({ by, confidence, claim }: ContrastSummary): string =>
  lines(
    `The unit is the ${by.cluster}: intervals are about any such ${by.cluster}, each counting the same, not only about these.`,
    `They hold whatever errors the decisions make, because the audit measured them in each group. Confidence ${percent(confidence)}, ${claim === 'each' ? 'each pair by itself' : 'all pairs together'}.`,
  );
