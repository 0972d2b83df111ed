import type { OperatingPoint, RiskCertificate } from '../../domain/operatingPoint.js';
import type { Targets } from '../../domain/targets.js';
import { logistic } from '../../kernel/special/logit.js';
import { countText, fixed, natsText, percent, some } from '../../output/format.js';
import type { Certification } from '../../policy/index.js';

/** What was certified, or why nothing was, and the thresholds that follow. */
export const certificationText = (certification: Certification, targets: Targets): string =>
  `${claimText(certification, targets)}\n\n${thresholdsText(certification)}`;

export const wantedText = ({ sensitivity, specificity }: Targets): string =>
  `sensitivity ≥ ${sensitivity} and specificity ≥ ${specificity}`;

/** Said wherever more gold is asked for: whoever looks until it passes needs to pay for the looking. */
export const anotherLookText =
  '  That is what lacked now. To fit again on gold that has grown is another look: number looks from the first (--look 1, --look 2, …).\n  Each has less confidence left than the one before and takes more gold; without --look this one has spent it all.';

/** One or two sentences on the certificate. */
export const claimText = (certification: Certification, targets: Targets): string => {
  switch (certification._tag) {
    case 'Certified':
      return `  With ${percent(targets.confidence)} confidence over the draw of gold, automatic decisions have ${wantedText(targets)}.`;
    case 'TargetsInfeasible': {
      const { goldNeeded, best } = certification;
      const more = [
        ...(goldNeeded.stalled > 0 ? [`${countText(goldNeeded.stalled)} more stalled`] : []),
        ...(goldNeeded.flowing > 0 ? [`${countText(goldNeeded.flowing)} more flowing`] : []),
      ];
      return [
        `  ${wantedText(targets)} cannot be certified with this gold: tuning needs ${more.join(' and ')} gold stacks.`,
        `  The most this much could certify, had it shown no error: sensitivity ${fixed(best.sensitivity)}, specificity ${fixed(best.specificity)}.`,
        anotherLookText,
      ].join('\n');
    }
    case 'GoldUnsuitable':
      return `  Refused to certify: ${certification.reason}.\n  ${certification.fix}`;
  }
};

/** Where decisions are made, and on what proof. */
export const thresholdsText = (certification: Certification): string => {
  if (certification._tag === 'GoldUnsuitable') return 'Thresholds\n  none: nothing is retired';
  const point: OperatingPoint =
    certification._tag === 'Certified' ? certification.operatingPoint : certification.partial;
  const { missedStalls, falseAlarms, crossed } = point.certificate;
  return [
    `Thresholds (tuning gold: ${countText(missedStalls.gold)} stalled, ${countText(falseAlarms.gold)} flowing)`,
    `  retire as flowing below ${sideText(point.flowingBelow, missedStalls, 'stalled missed')}`,
    `  retire as stalled above ${sideText(point.stalledAbove, falseAlarms, 'flowing alarmed')}`,
    ...(crossed ? ['  The two bands meet: every stack of which anything was seen can be decided.'] : []),
  ].join('\n');
};

const sideText = (threshold: number | undefined, risk: RiskCertificate, error: string): string =>
  threshold === undefined || risk.atMost === undefined
    ? `– not certifiable: ${some(risk.goldNeeded, 'more gold stack')} of this class needed`
    : `log-odds ${natsText(threshold)} (posterior ${percent(logistic(threshold))}): ${countText(risk.observed)} of ${countText(risk.gold)} ${error}, risk ≤ ${percent(risk.atMost)}`;
