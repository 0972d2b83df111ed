import { labelName } from '../../domain/label.js';
import type { Band } from '../../domain/operatingPoint.js';
import { decisionOf, type Routing } from '../../domain/routing.js';
import { ANONYMOUS } from '../../domain/vote.js';
import { lines, natsText, percent, some } from '../../output/format.js';
import type { Contribution, Explanation } from '../../stages/fusion/index.js';

/** One decision with everything it rests on. */
export interface ExplainedDecision {
  readonly explanation: Explanation;
  readonly routing: Routing;
  readonly band: Band;
  readonly reason: string;
  readonly isAudited: boolean;
  /** Votes share the difficulty of their stack, so that each is shown as what it adds to those before it. */
  readonly isShared: boolean;
}

/** Why one stack was decided as it was: each term of its posterior, then the thresholds. */
export const explanationText = (decision: ExplainedDecision): string => {
  const { explanation, routing, band, reason, isAudited, isShared } = decision;
  const wanted = routing._tag === 'AskCrowd' ? `, ${some(routing.votesWanted, 'vote')}` : '';
  const total = `log-odds of stalled, a posterior of ${percent(explanation.posterior)}`;
  return lines(
    `Stack ${explanation.stackId}: ${decisionOf(routing)}${wanted}`,
    '',
    explanation.contributions.map((term) => termLine(term.nats, termName(term))),
    termLine(explanation.logOdds, total),
    isShared
      ? ['', '  Each vote shows what it adds to those above it: all votes share the difficulty of this stack.']
      : [],
    '',
    `  ${reason}`,
    `  retired as flowing below ${thresholdText(band.flowingBelow)}, as stalled above ${thresholdText(band.stalledAbove)}`,
    isAudited ? '  in the audit: people label it too, and must not see this decision' : undefined,
  );
};

const termLine = (nats: number, name: string): string => `  ${natsText(nats).padStart(8)}  ${name}`;

const thresholdText = (threshold: number | undefined): string =>
  threshold === undefined ? '– (not certified)' : natsText(threshold);

const termName = (term: Contribution): string => {
  switch (term.source) {
    case 'prevalence':
      return 'prevalence';
    case 'model':
      return 'model score';
    case 'parameterUncertainty':
      return 'parameter uncertainty: the weights above come from a limited amount of gold';
    case 'vote': {
      const who = term.annotatorId === ANONYMOUS ? 'an anonymous annotator' : term.annotatorId;
      return `${who} voted ${labelName(term.label)}`;
    }
  }
};
