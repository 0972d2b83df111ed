import { labelName } from '../../domain/label.js';
import type { Band } from '../../domain/operatingPoint.js';
import { decisionOf, type Routing } from '../../domain/routing.js';
import { ANONYMOUS } from '../../domain/vote.js';
import { natsText, percent, some } from '../../output/format.js';
import type { Contribution, Explanation } from '../../stages/consensus/index.js';

/** Why one stack was decided as it was: each term of its posterior, then the thresholds. */
export const explanationText = (of: {
  readonly explanation: Explanation;
  readonly routing: Routing;
  readonly band: Band;
  readonly reason: string;
  readonly isAudited: boolean;
  /** Votes share the look of their stack, so that each is shown as what it adds to those before it. */
  readonly isShared: boolean;
}): string => {
  const { explanation, routing, band, reason, isAudited, isShared } = of;
  const terms = explanation.contributions.map((term) => [natsText(term.nats), termName(term)] as const);
  return [
    `Stack ${explanation.stackId}: ${decisionOf(routing)}${routing._tag === 'AskCrowd' ? `, ${some(routing.votesWanted, 'vote')}` : ''}`,
    '',
    ...[
      ...terms,
      [natsText(explanation.logOdds), `log-odds of stalled, a posterior of ${percent(explanation.posterior)}`],
    ].map(([worth, name]) => `  ${worth.padStart(8)}  ${name}`),
    ...(isShared ? ['', '  A vote counts for what it adds to those above it: they all looked at the same stack.'] : []),
    '',
    `  ${reason}`,
    `  retired as flowing below ${band.flowingBelow === undefined ? '– (not certified)' : natsText(band.flowingBelow)}, as stalled above ${band.stalledAbove === undefined ? '– (not certified)' : natsText(band.stalledAbove)}`,
    ...(isAudited ? ['  in the audit: people are to look at it all the same, and must not be told'] : []),
  ].join('\n');
};

const termName = (term: Contribution): string => {
  switch (term.source) {
    case 'prevalence':
      return 'prevalence';
    case 'model':
      return 'model score';
    case 'parameterUncertainty':
      return 'doubt: so much gold fixes these weights and no more';
    case 'vote':
      return `${term.annotatorId === ANONYMOUS ? 'an anonymous annotator' : term.annotatorId} said ${labelName(term.label)}`;
  }
};
