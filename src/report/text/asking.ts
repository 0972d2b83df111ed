import type { RiskCertificate } from '../../domain/operatingPoint.js';
import { countText, percent, rateText, some } from '../../output/format.js';
import type { AskingNotCertified, AskingSummary } from '../../policy/index.js';
import type { Refusal } from '../../stages/riskControl/index.js';
import type { AgainstCrowd, EndToEnd, NextRound, RanOut } from '../../study/index.js';
import { anotherLookText } from './certification.js';

/** What is promised about asking, or why nothing is. */
export const askingText = (asking: AskingSummary | AskingNotCertified): string =>
  asking._tag === 'AskingCertified' ? promise(asking) : refusal(asking);

const promise = (asking: AskingSummary): string => {
  const { targets, certificate, rule, votesPerRound, votesPerStack, audit } = asking;
  const { missedStalls, falseAlarms } = certificate;
  const expertShare =
    asking.expertsPerStack > 0 ? ` and ${percent(asking.expertsPerStack)} of stacks for an expert` : '';
  return [
    'Asking by the rule',
    `  Automatic + crowd + expert path certified end to end: sensitivity ≥ ${targets.sensitivity}, specificity ≥ ${targets.specificity} at`,
    `  ${percent(targets.confidence)} confidence, on ${countText(missedStalls.gold)} stalled, ${countText(falseAlarms.gold)} flowing gold; ${votesPerStack.toFixed(2)} votes per stack expected${expertShare}.`,
    `  ${shownRisk('stalled missed', missedStalls)}, ${shownRisk('flowing alarmed', falseAlarms)}; votes replayed ${listed(asking.arrivals)}`,
    `  ${rule.minVotes === 0 ? 'a score alone may decide' : `${some(rule.minVotes, 'vote')} at least`}, ${some(rule.maxVotes, 'vote')} at most, ${votesPerRound > 1 ? 'at most ' : ''}${countText(votesPerRound)} at a time`,
    audit === undefined
      ? '  no audit: nobody looks after automatic decisions, so each takes a vote at least'
      : `  audit: ${percent(audit.share)} of decisions taken go to people all the same; what they find is a label for the audit and no vote`,
  ].join('\n');
};

/** `a`, `a and b`, `a, b and c`. */
const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`;

const shownRisk = (error: string, { observed, gold, allowed }: RiskCertificate): string =>
  `${countText(observed)} of ${countText(gold)} ${error}${allowed === undefined ? '' : ` (${countText(allowed)} allowed)`}`;

const refusal = ({ targets, because }: AskingNotCertified): string => {
  const head = `Asking by a rule: sensitivity ≥ ${targets.sensitivity}, specificity ≥ ${targets.specificity} is not certified end to end`;
  const tail = '  So the two thresholds above decide, and votes are asked for as before.';
  switch (because._tag) {
    case 'PathNotCertified': {
      const { missedStalls, falseAlarms, goldNeeded } = because;
      const more = [
        ...(goldNeeded.stalled > 0 ? [`${countText(goldNeeded.stalled)} more stalled`] : []),
        ...(goldNeeded.flowing > 0 ? [`${countText(goldNeeded.flowing)} more flowing`] : []),
      ];
      return [
        head,
        `  The most careful rule: ${shownRisk('stalled missed', missedStalls)}, ${shownRisk('flowing alarmed', falseAlarms)}.`,
        ...(more.length === 0
          ? []
          : [`  ${more.join(' and ')} tuning gold stacks would prove it, if it erred no more often.`, anotherLookText]),
        tail,
      ].join('\n');
    }
    case 'Refused':
      return [head, ...because.refusals.flatMap(({ reason, fix }) => [`  Refused: ${reason}.`, `  ${fix}`]), tail].join(
        '\n',
      );
    case 'VotesTooFew':
      return [
        head,
        `  Refused: gold carries too few votes to replay. All but 1 % of fitting gold has ${some(because.votes, 'vote')}, and ${countText(because.needed)} or more are needed on gold of both classes.`,
        `  ${because.fix}`,
        tail,
      ].join('\n');
  }
};

/** The next round of questions, and what may be expected of the answers. */
export const roundText = (
  round: NextRound,
  budget: number | undefined,
  promise: { readonly asking?: AskingSummary | AskingNotCertified; readonly refused: readonly Refusal[] },
): string =>
  [
    'Next round',
    `  ${some(round.rows.length, 'stack')} to ask about, ${some(round.votesWanted, 'vote')}${budget === undefined ? '' : ` of a budget of ${countText(budget)}`}`,
    ...(round.waiting.stacks > 0
      ? [
          `  ${some(round.waiting.stacks, 'open stack')} wait${round.waiting.stacks === 1 ? 's' : ''} for the next budget: ${some(round.waiting.votes, 'vote')}`,
        ]
      : []),
    `  ${countText(round.retired)} decided, ${countText(round.expert)} for an expert`,
    '  The list is in random order and does not say what is thought of a stack.',
    '',
    ...(promise.refused.length > 0
      ? promise.refused.flatMap(({ reason, fix }) => [
          `Asked like this the certificate does not hold: ${reason}.`,
          `  ${fix}`,
        ])
      : [
          promise.asking === undefined
            ? 'No rule for asking was certified end to end: stacks are asked about until they pass the thresholds.\n  `tandem fit --ask` certifies one.'
            : askingText(promise.asking),
        ]),
  ].join('\n');

/** What the rule came to on gold nobody had seen. */
export const endToEndText = (
  { sensitivity, specificity, stalled, flowing, votesPerStack, lostUnasked, ranOut }: EndToEnd,
  zeroVotes: boolean,
): string =>
  [
    `The rule on held-out gold, one vote at a time (${countText(stalled)} stalled, ${countText(flowing)} flowing)`,
    `  sensitivity ${rateText(sensitivity)}`,
    `  specificity ${rateText(specificity)}`,
    `  votes ${votesPerStack.toFixed(2)} per stack`,
    ...(zeroVotes
      ? [
          `  stalls lost without one vote: ${countText(lostUnasked.hits)} of ${countText(lostUnasked.n)}, at most ${percent(lostUnasked.atMost)} of all stalls; only the audit can find them`,
        ]
      : []),
    ...(ranOut.stalled + ranOut.flowing > 0
      ? [
          `  ${ranOutText(ranOut)}: nobody knows how they would have ended, so they count as wrong`,
          '  have that gold voted on until the rule is done; other gold does not replace its votes',
        ]
      : []),
  ].join('\n');

/** "Without compromising data quality" is a comparison; here it is. */
export const againstCrowdText = ({ tandem, votesPerStack, ranOut = 0, compared }: AgainstCrowd): string => {
  const head = `Against the crowd alone, all its votes cut where its MCC was best, on the same held-out gold\n  ${tandem}: ${votesPerStack.tandem.toFixed(2)} votes per stack; crowd alone: ${votesPerStack.crowd.toFixed(2)}`;
  if ('refusals' in compared) {
    return [head, ...compared.refusals.map(({ reason }) => `  not comparable: ${reason}`)].join('\n');
  }
  const { verdict, missedStalls, falseAlarms, confidence } = compared;
  if (missedStalls.n + falseAlarms.n === 0) {
    return 'Against the crowd alone\n  not compared: no held-out gold stack was voted on';
  }
  const side = (name: string, of: typeof missedStalls): string =>
    of.n === 0
      ? `  ${name}: no such gold`
      : `  ${name}: ${countText(of.harmed)} of ${countText(of.n)} by tandem only, ${countText(of.helped)} by the crowd only; ${boundText(of.atMost)}, margin ${percent(of.margin)}${of.pSuperior <= 1 - confidence ? '; fewer, by the sign test' : ''}`;
  const more = [
    ...(missedStalls.goldNeeded > 0 ? [`${countText(missedStalls.goldNeeded)} more stalled`] : []),
    ...(falseAlarms.goldNeeded > 0 ? [`${countText(falseAlarms.goldNeeded)} more flowing`] : []),
  ];
  return [
    head,
    `  ${VERDICT[verdict]} at ${percent(confidence)} confidence${verdict === 'undetermined' && more.length > 0 && ranOut === 0 ? `: ${more.join(' and ')} gold stacks on which the two agree would show it as good` : ''}`,
    side('stalls missed', missedStalls),
    side('false alarms', falseAlarms),
    ...(tandem === 'decisions so far' ? ['  stacks still asked about count as right'] : []),
    ...(ranOut > 0
      ? [
          `  ${some(ranOut, 'stack')} whose votes ran out before the rule was done ${ranOut === 1 ? 'counts' : 'count'} as wrong by tandem`,
        ]
      : []),
  ].join('\n');
};

/** The bound takes disagreement to be rarer than not; above one half it says nothing that was not plain before. */
const boundText = (atMost: number): string =>
  atMost > 0.5 ? 'too few such stacks to bound how many more' : `at most ${percent(Math.max(0, atMost))} more`;

const VERDICT = {
  'non-inferior': 'no worse than the crowd alone',
  inferior: 'WORSE than the crowd alone',
  undetermined: 'cannot be told from the crowd alone, nor shown to be as good,',
} as const;

/** `the votes of 3 stalled and 1 flowing gold stack ran out before the rule was done`. */
export const ranOutText = ({ stalled, flowing }: RanOut): string =>
  `the votes of ${countText(stalled)} stalled and ${some(flowing, 'flowing gold stack')} ran out before the rule was done`;
