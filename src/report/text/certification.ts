import type { OperatingPoint, RiskCertificate } from '../../domain/operatingPoint.js';
import type { Targets } from '../../domain/targets.js';
import { logistic } from '../../kernel/special/logit.js';
import { countText, fixed, natsText, percent, some } from '../../output/format.js';
import type { Certification } from '../../policy/index.js';
import { blocks, countOfText, lines, moreGoldText } from './words.js';

/**
 * What was certified, or why nothing was, and the thresholds that follow.
 *
 * @param targets - what was asked for
 * @example
 * const { policy } = Policy.fit()({ votes: Votes.EMPTY, gold: Gold.from({ chosen: 'random' })([]) });
 * Report.certificationText(policy.targets)(policy.certification).includes('cannot be certified with this gold') // => true
 */
export const certificationText =
  (targets: Targets) =>
  (certification: Certification): string =>
    blocks(claimText(targets)(certification), thresholdsText(certification));

export const targetsText = ({ sensitivity, specificity }: Targets): string =>
  `sensitivity ≥ ${sensitivity} and specificity ≥ ${specificity}`;

/** Stands wherever more gold is asked for: another test of grown gold needs its share of the error budget. */
export const anotherLookText = lines(
  '  This gold was missing at this look. A fit on gold that has grown is another look: number looks from the first (--look 1, --look 2, …).',
  '  Each look has less confidence left than the one before and needs more gold. Without --look, the whole error budget is spent now.',
);

/** One or two sentences on the certificate. */
export const claimText =
  (targets: Targets) =>
  (certification: Certification): string => {
    const wanted = targetsText(targets);
    switch (certification._tag) {
      case 'Certified':
        return `  With ${percent(targets.confidence)} confidence over the draw of gold, automatic decisions have ${wanted}.`;
      case 'TargetsInfeasible': {
        const { goldNeeded, best } = certification;
        const more = moreGoldText(goldNeeded) ?? '';
        return lines(
          `  ${wanted} cannot be certified with this gold: tuning needs ${more} gold stacks.`,
          `  The most that this gold could certify, without any error: sensitivity ${fixed(best.sensitivity)}, specificity ${fixed(best.specificity)}.`,
          anotherLookText,
        );
      }
      case 'GoldUnsuitable':
        return lines(`  Refused to certify: ${certification.reason}.`, `  ${certification.fix}`);
    }
  };

/** Where decisions are made, and on what proof. */
export const thresholdsText = (certification: Certification): string => {
  if (certification._tag === 'GoldUnsuitable') return lines('Thresholds', '  none: nothing is retired');
  const point: OperatingPoint =
    certification._tag === 'Certified' ? certification.operatingPoint : certification.partial;
  const { missedStalls, falseAlarms, crossed } = point.certificate;
  return lines(
    `Thresholds (tuning gold: ${countText(missedStalls.gold)} stalled, ${countText(falseAlarms.gold)} flowing)`,
    `  retire as flowing below ${thresholdText(point.flowingBelow, missedStalls, 'stalled missed')}`,
    `  retire as stalled above ${thresholdText(point.stalledAbove, falseAlarms, 'flowing alarmed')}`,
    crossed ? '  The two thresholds meet: every stack with a vote or a score can be decided.' : undefined,
  );
};

const thresholdText = (threshold: number | undefined, risk: RiskCertificate, error: string): string => {
  if (threshold === undefined || risk.atMost === undefined)
    return `– not certifiable: ${some(risk.goldNeeded, 'more gold stack')} of this class needed`;
  const place = `log-odds ${natsText(threshold)} (posterior ${percent(logistic(threshold))})`;
  return `${place}: ${countOfText(risk.observed, risk.gold, error)}, risk ≤ ${percent(risk.atMost)}`;
};
