import type { OperatingPoint, RiskCertificate } from '../../domain/operatingPoint.js';
import type { Targets } from '../../domain/targets.js';
import { logistic } from '../../kernel/special/logit.js';
import { blocks, countText, fixed, lines, natsText, percent, some } from '../../output/format.js';
import type { AskingNotCertified, AskingSummary, Certification } from '../../policy/index.js';
import type { Refusal } from '../../stages/riskControl/index.js';
import type { AgainstCrowd, EndToEnd, NextRound, RanOut } from '../../study/index.js';
import { countOfText, joinedText, moreGoldText, rateText } from './words.js';

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

/** What is certified about asking, or why nothing is. */
export const askingText = (asking: AskingSummary | AskingNotCertified): string =>
  asking._tag === 'AskingCertified' ? certifiedText(asking) : notCertifiedText(asking);

const certifiedText = (asking: AskingSummary): string => {
  const { targets, certificate, rule, votesPerRound, votesPerStack, audit, expertsPerStack } = asking;
  const { missedStalls, falseAlarms } = certificate;
  const wanted = `sensitivity ≥ ${targets.sensitivity}, specificity ≥ ${targets.specificity}`;
  const gold = `${countText(missedStalls.gold)} stalled, ${countText(falseAlarms.gold)} flowing gold`;
  const experts = expertsPerStack > 0 ? ` and ${percent(expertsPerStack)} of stacks for an expert` : '';
  const cost = `${votesPerStack.toFixed(2)} votes per stack expected${experts}`;
  const missed = riskText(missedStalls, 'stalled missed');
  const alarms = riskText(falseAlarms, 'flowing alarmed');
  const fewest = rule.minVotes === 0 ? 'a score alone may decide' : `${some(rule.minVotes, 'vote')} at least`;
  const round = `${votesPerRound > 1 ? 'at most ' : ''}${countText(votesPerRound)} at a time`;
  return lines(
    'Asking by the rule',
    `  Automatic + crowd + expert path certified end to end: ${wanted} at`,
    `  ${percent(targets.confidence)} confidence, on ${gold}; ${cost}.`,
    `  ${missed}, ${alarms}; votes replayed ${joinedText(asking.arrivals)}`,
    `  ${fewest}, ${some(rule.maxVotes, 'vote')} at most, ${round}`,
    audit === undefined
      ? '  no audit: people check no automatic decision, so every stack gets at least one vote'
      : `  audit: people also label ${percent(audit.share)} of the decided stacks; these labels are for the audit and are not votes`,
  );
};

const riskText = ({ observed, gold, allowed }: RiskCertificate, error: string): string => {
  const most = allowed === undefined ? '' : ` (${countText(allowed)} allowed)`;
  return `${countOfText(observed, gold, error)}${most}`;
};

const notCertifiedText = ({ targets, because }: AskingNotCertified): string => {
  const wanted = `sensitivity ≥ ${targets.sensitivity}, specificity ≥ ${targets.specificity}`;
  return lines(
    `Asking by a rule: ${wanted} is not certified end to end`,
    becauseLines(because),
    '  So the two thresholds above decide, and votes are asked for as before.',
  );
};

const becauseLines = (because: AskingNotCertified['because']): readonly string[] => {
  switch (because._tag) {
    case 'PathNotCertified': {
      const missed = riskText(because.missedStalls, 'stalled missed');
      const alarms = riskText(because.falseAlarms, 'flowing alarmed');
      const careful = `  The most careful rule: ${missed}, ${alarms}.`;
      const more = moreGoldText(because.goldNeeded);
      if (more === undefined) return [careful];
      return [careful, `  ${more} tuning gold stacks would prove it, if it errs no more often.`, anotherLookText];
    }
    case 'Refused':
      return because.refusals.flatMap(({ reason, fix }) => [`  Refused: ${reason}.`, `  ${fix}`]);
    case 'VotesTooFew': {
      const there = `All but 1 % of fitting gold has ${some(because.votes, 'vote')}`;
      const needed = `${countText(because.needed)} or more are needed on gold of both classes`;
      return [`  Refused: gold carries too few votes to replay. ${there}, and ${needed}.`, `  ${because.fix}`];
    }
  }
};

/** What is known of a round besides its rows. */
export interface RoundText {
  /** Votes that can be had; absent without a limit. */
  readonly budget?: number | undefined;
  /** What the policy certifies about asking. */
  readonly asking?: AskingSummary | AskingNotCertified | undefined;
  /** Why the certificate does not hold for this way of asking. */
  readonly refused: readonly Refusal[];
}

/** The next round of questions, and what is certified about the answers. */
export const roundText =
  (known: RoundText) =>
  (round: NextRound): string => {
    const { rows, votesWanted, waiting, retired, expert } = round;
    const { budget } = known;
    const limit = budget === undefined ? '' : ` of a budget of ${countText(budget)}`;
    const wait = `${waiting.stacks === 1 ? 'waits' : 'wait'} for the next budget: ${some(waiting.votes, 'vote')}`;
    return lines(
      'Next round',
      `  ${some(rows.length, 'stack')} to ask about, ${some(votesWanted, 'vote')}${limit}`,
      waiting.stacks > 0 ? `  ${some(waiting.stacks, 'open stack')} ${wait}` : undefined,
      `  ${countText(retired)} decided, ${countText(expert)} for an expert`,
      '  The list is in random order and shows neither posterior nor decision, so people stay blind.',
      '',
      certifiedRoundLines(known),
    );
  };

const certifiedRoundLines = ({ asking, refused }: RoundText): readonly string[] => {
  if (refused.length > 0) {
    return refused.flatMap(({ reason, fix }) => [
      `Asked like this the certificate does not hold: ${reason}.`,
      `  ${fix}`,
    ]);
  }
  if (asking !== undefined) return [askingText(asking)];
  return [
    'No rule for asking was certified end to end: stacks are asked about until they pass the thresholds.',
    '  `tandem fit --ask` certifies one.',
  ];
};

/**
 * What the asking rule came to on held-out gold.
 *
 * @param options - `scoreAlone`: the rule may decide without a vote, and then no person sees a stall that it loses
 */
export const endToEndText =
  ({ scoreAlone }: { readonly scoreAlone: boolean }) =>
  (endToEnd: EndToEnd): string => {
    const { sensitivity, specificity, stalled, flowing, votesPerStack, lostUnasked, ranOut } = endToEnd;
    const gold = `${countText(stalled)} stalled, ${countText(flowing)} flowing`;
    const lost = `${countText(lostUnasked.hits)} of ${countText(lostUnasked.n)}, at most ${percent(lostUnasked.atMost)} of all stalls`;
    return lines(
      `The rule on held-out gold, one vote at a time (${gold})`,
      `  sensitivity ${rateText(sensitivity)}`,
      `  specificity ${rateText(specificity)}`,
      `  votes ${votesPerStack.toFixed(2)} per stack`,
      scoreAlone ? `  stalls lost without one vote: ${lost}; only the audit can find them` : undefined,
      ranOut.stalled + ranOut.flowing === 0
        ? undefined
        : [
            `  ${ranOutText(ranOut)}: nobody knows how they would have ended, so they count as wrong`,
            '  collect more votes on that gold until the rule is done; other gold does not replace its votes',
          ],
    );
  };

/** Human and machine together against the crowd alone, on the same gold. */
export const againstCrowdText = ({ tandem, votesPerStack, ranOut = 0, compared }: AgainstCrowd): string => {
  const head = lines(
    'Against the crowd alone, all its votes cut where its MCC was best, on the same held-out gold',
    `  ${tandem}: ${votesPerStack.tandem.toFixed(2)} votes per stack; crowd alone: ${votesPerStack.crowd.toFixed(2)}`,
  );
  if ('refusals' in compared) {
    return lines(
      head,
      compared.refusals.map(({ reason }) => `  not comparable: ${reason}`),
    );
  }
  const { verdict, missedStalls, falseAlarms, confidence } = compared;
  if (missedStalls.n + falseAlarms.n === 0) {
    return lines('Against the crowd alone', '  not compared: no held-out gold stack was voted on');
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
    tandem === 'decisions so far' ? '  stacks still asked about count as right' : undefined,
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

/** `the votes of 3 stalled and 1 flowing gold stack ran out before the rule was done`. */
export const ranOutText = ({ stalled, flowing }: RanOut): string =>
  `the votes of ${countText(stalled)} stalled and ${some(flowing, 'flowing gold stack')} ran out before the rule was done`;
