import type { Rate } from '../../domain/interval.js';
import { countText, lines, percent, some } from '../../output/format.js';
import type { AgainstCrowd, AgainstOwnRule, OwnRule, RuleFigures } from '../../study/index.js';
import { moreGoldText, rangeText } from './words.js';

/** Human and machine together against the crowd alone, on the same gold. */
export const againstCrowdText = ({ votesPerStack, ranOut = 0, compared }: AgainstCrowd): string => {
  const head = lines(
    'Against the crowd alone, all its votes cut where its MCC was best, on the same gold',
    `  the rule: ${votesPerStack.tandem.toFixed(2)} votes per stack; crowd alone: ${votesPerStack.crowd.toFixed(2)}`,
  );
  if ('refusals' in compared) {
    return lines(
      head,
      compared.refusals.map(({ reason }) => `  not comparable: ${reason}`),
    );
  }
  const { verdict, missedStalls, falseAlarms, confidence } = compared;
  if (missedStalls.n + falseAlarms.n === 0) {
    return lines('Against the crowd alone', '  not compared: no gold stack was voted on');
  }
  const more = moreGoldText({ stalled: missedStalls.goldNeeded, flowing: falseAlarms.goldNeeded });
  const wouldShow =
    verdict === 'undetermined' && more !== undefined && ranOut === 0
      ? `: ${more} gold stacks on which the two agree would show it as good`
      : '';
  const wrong = `whose votes ran out before the rule was done ${ranOut === 1 ? 'counts' : 'count'} as wrong by tandem`;
  return lines(
    head,
    `  ${VERDICT[verdict]} at ${percent(confidence)} confidence${wouldShow}`,
    pairedText('stalls missed', missedStalls, confidence),
    pairedText('false alarms', falseAlarms, confidence),
    ranOut > 0 ? `  ${some(ranOut, 'stack')} ${wrong}` : undefined,
  );
};

type Paired = Extract<AgainstCrowd['compared'], { readonly missedStalls: unknown }>['missedStalls'];

const pairedText = (name: string, paired: Paired, confidence: number): string => {
  const { n, harmed, helped, atMost, margin, pSuperior } = paired;
  if (n === 0) return `  ${name}: no such gold`;
  const counts = `${countText(harmed)} of ${countText(n)} by tandem only, ${countText(helped)} by the crowd only`;
  const fewer = pSuperior <= 1 - confidence ? '; fewer, by the sign test' : '';
  return `  ${name}: ${counts}; ${boundText(atMost)}, margin ${percent(margin)}${fewer}`;
};

/** The bound assumes that disagreement is rare; above one half it has no meaning. */
const boundText = (atMost: number): string =>
  atMost > 0.5 ? 'too few such stacks to bound how many more' : `at most ${percent(Math.max(0, atMost))} more`;

const VERDICT = {
  'non-inferior': 'no worse than the crowd alone',
  inferior: 'WORSE than the crowd alone',
  undetermined: 'shown neither to be as good as the crowd alone nor to be worse',
} as const;

/** A stopping rule in words. */
const ownRuleName = (rule: OwnRule): string =>
  rule._tag === 'Mean' ? `mean of ${rule.votes}` : `${rule.agreeing} agreeing, at most ${rule.most}`;

/** The rule of a policy beside the laboratory's own, on the same gold. */
export const againstOwnRuleText = ({ rule, expertPrice, gold, figures }: AgainstOwnRule): string => {
  const name = ownRuleName(rule);
  const few =
    gold.tooFewVotes === 0
      ? undefined
      : `  ${some(gold.tooFewVotes, 'gold stack')} ${gold.tooFewVotes === 1 ? 'has' : 'have'} too few votes for one of the rules and ${gold.tooFewVotes === 1 ? 'takes' : 'take'} no part`;
  if (figures === undefined) return lines(`Against your rule, ${name}`, few, '  so nothing can be compared');
  const { own, tandem } = figures;
  const stacks = `${countText(gold.stalled)} stalled, ${countText(gold.flowing)} flowing`;
  return lines(
    `Against your rule, ${name}, on the same gold (${stacks})`,
    figuresLine('yours', own),
    figuresLine('tandem', tandem),
    `  on 10,000 stacks ${savedText('votes', own.votes, tandem.votes)}; ${savedText(`votes where an expert's look costs as much as ${some(expertPrice, 'vote')}`, own.cost, tandem.cost)}`,
    few,
  );
};

/** What is saved of a cost per stack, on 10,000 stacks. */
const savedText = (what: string, own: number, tandem: number): string => {
  const saved = Math.round(SAVED_ON * (own - tandem));
  const share = own === 0 ? '' : `, ${percent(Math.min(1, Math.abs(1 - tandem / own)))}`;
  return saved >= 0
    ? `tandem saves ${countText(saved)} ${what}${share}`
    : `tandem spends ${countText(-saved)} MORE ${what}`;
};

const SAVED_ON = 10_000;

const figuresLine = (name: string, { votes, experts, missedStalls, falseAlarms }: RuleFigures): string =>
  `  ${name.padEnd(7)} ${votes.toFixed(2)} votes a stack, ${percent(experts)} to an expert; ${wrongText('stalls missed', missedStalls)}, ${wrongText('false alarms', falseAlarms)}`;

const wrongText = (name: string, { estimate, interval }: Rate): string =>
  estimate === undefined ? `${name} unknown` : `${name} ${percent(estimate)} (${rangeText(interval)})`;
