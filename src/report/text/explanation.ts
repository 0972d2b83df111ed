import { labelName } from '../../domain/label.js';
import { decisionOf, type Routing } from '../../domain/routing.js';
import { ANONYMOUS } from '../../domain/vote.js';
import { lines, natsText, percent, some } from '../../output/format.js';
import type { Policy, Status } from '../../policy/index.js';
import type { Contribution, Explanation } from '../../stages/fusion/index.js';

/** One decision with everything it rests on. */
export interface ExplainedDecision {
  readonly explanation: Explanation;
  readonly routing: Routing;
  /** Where the rule stopped: votes that the decision rests on, and the log-odds after them. */
  readonly stop: { readonly votes: number; readonly logOdds: number };
  /** What the rule does after so many votes. */
  readonly bounds: StopBounds;
  readonly reason: string;
  readonly status: Status;
  /** Why the certificate is not about this batch. */
  readonly doubts: readonly string[];
  readonly isAudited: boolean;
}

type StopBounds = Policy['rule']['bounds'][number];

/** Why one stack was decided as it was: each term of its posterior, then the rule. */
export const explanationText = (decision: ExplainedDecision): string => {
  const { explanation, routing, stop, bounds, reason, status, doubts, isAudited } = decision;
  const wanted = routing._tag === 'AskCrowd' ? `, ${some(routing.votesWanted, 'vote')}` : '';
  const total = `log-odds of stalled, a posterior of ${percent(explanation.posterior)}`;
  const terms = explanation.contributions;
  const cast = terms.filter(({ source }) => source === 'vote').length;
  // Votes come last, in the order in which the rule reads them.
  const counted = terms.slice(0, terms.length - cast + stop.votes);
  const later = terms.slice(counted.length);
  const shown = (list: readonly Contribution[]): readonly string[] =>
    list.map((term) => termLine(term.nats, termName(term)));
  return lines(
    `Stack ${explanation.stackId}: ${decisionOf(routing)}${wanted} (${status})`,
    doubts.map((doubt) => `  Not certified for these stacks: ${doubt}`),
    '',
    shown(counted),
    later.length === 0
      ? []
      : [
          termLine(stop.logOdds, `log-odds where the rule stopped, after ${some(stop.votes, 'vote')}`),
          '  later votes, which change no label:',
          ...shown(later),
        ],
    termLine(explanation.logOdds, total),
    cast > 1 ? ['', '  Each vote shows what it adds to those above it: votes on one stack depend on each other.'] : [],
    '',
    `  ${reason}`,
    `  after ${some(stop.votes, 'vote')}: ${boundsText(bounds)}`,
    isAudited ? '  in the audit: people label it too, and must not see this decision' : undefined,
  );
};

/** What is done along the line of log-odds. */
const boundsText = ({ flowingBelow, expertFrom, expertBelow, stalledFrom }: StopBounds): string => {
  const from = expertFrom === null ? '' : ` from ${natsText(expertFrom)}`;
  const below = expertBelow === null ? '' : ` to ${natsText(expertBelow)}`;
  const hasExpert = expertFrom === null || expertBelow === null || expertFrom < expertBelow;
  const parts = [
    flowingBelow === null ? 'nothing is flowing' : `flowing below ${natsText(flowingBelow)}`,
    ...(hasExpert ? [`an expert${from}${below}${from + below === '' ? ' for everything' : ''}`] : []),
    stalledFrom === null ? 'nothing is stalled' : `stalled from ${natsText(stalledFrom)}`,
    ...(flowingBelow === expertFrom && expertBelow === stalledFrom ? [] : ['else another vote']),
  ];
  return parts.join('; ');
};

const termLine = (nats: number, name: string): string => `  ${natsText(nats).padStart(8)}  ${name}`;

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
