import type { Rate } from '../../domain/interval.js';
import type { RiskCertificate } from '../../domain/operatingPoint.js';
import type { Targets } from '../../domain/targets.js';
import { countText, lines, percent, some } from '../../output/format.js';
import type { Policy, Proof, RuleCertificate } from '../../policy/index.js';
import type { EndToEnd, NextRound, RanOut, Summary } from '../../study/index.js';
import { countOfText, joinedText, rangeText, rateText } from './words.js';

export const targetsText = ({ sensitivity, specificity }: Targets): string =>
  `sensitivity ≥ ${sensitivity} and specificity ≥ ${specificity}`;

/** Why gold cannot certify anything. */
export const refusedText = ({ reason, fix }: { readonly reason: string; readonly fix: string }): string =>
  lines(`  Refused to certify: ${reason}.`, `  ${fix}`);

/** What may go wrong, in words without a term of statistics. */
export const risksText = ({ sensitivity, specificity }: Targets): string =>
  `at most ${percent(1 - sensitivity)} of stalled stacks are called flowing and at most ${percent(1 - specificity)} of flowing stacks are called stalled`;

/**
 * What is proved about the rule, or what is estimated and what a proof lacks.
 *
 * @param targets - what was asked for
 * @example
 * const { policy } = Policy.fit()({ votes: Votes.EMPTY, gold: Gold.from({ chosen: 'random' })([]) });
 * Report.proofText(policy.targets)(policy.proof).startsWith('Provisional: it is not proved') // => true
 */
export const proofText =
  (targets: Targets, schedule?: Summary['asking']['schedule']) =>
  (proof: Proof): string =>
    proof._tag === 'Certified'
      ? certificateText(proof.certificate, targets, schedule)
      : lines(
          `Provisional: it is not proved that ${risksText(targets)}`,
          lackingLines(proof.because),
          estimateLines(proof),
        );

const certificateText = (
  { unit, missedStalls, falseAlarms, clusters }: RuleCertificate,
  targets: Targets,
  schedule: Summary['asking']['schedule'],
): string => {
  const counts = [
    ...(missedStalls === undefined ? [] : [riskText(missedStalls, 'stalled missed')]),
    ...(falseAlarms === undefined ? [] : [riskText(falseAlarms, 'flowing alarmed')]),
  ];
  return lines(
    `Proved with ${percent(targets.confidence)} confidence over the draw of gold: ${risksText(targets)}`,
    schedule === undefined || schedule === 'any'
      ? '  from the first vote to the last, whether votes come singly, in rounds of any size, or all at once'
      : `  at one look at finished votes, ${some(schedule.oneLook, 'vote')} a stack; not when votes are added later`,
    counts.length === 0 ? undefined : `  on gold that chose nothing: ${joinedText(counts)}`,
    unit === 'cluster' && clusters !== undefined
      ? `  with whole clusters as the unit: ${clusterText('stalled', clusters.stalled)}, ${clusterText('flowing', clusters.flowing)}`
      : undefined,
  );
};

const riskText = ({ observed, gold, allowed, atMost }: RiskCertificate, error: string): string => {
  const most = allowed === undefined ? '' : `${countText(allowed)} allowed`;
  const bound = atMost === undefined ? '' : `risk ≤ ${percent(atMost)}`;
  const known = [most, bound].filter((text) => text !== '').join(', ');
  return `${countOfText(observed, gold, error)}${known === '' ? '' : ` (${known})`}`;
};

const clusterText = (name: string, { seen, needed }: { readonly seen: number; readonly needed: number }): string =>
  `${some(seen, 'cluster')} with ${name} gold (at least ${countText(needed)} needed)`;

type Because = Extract<Proof, { readonly _tag: 'Provisional' }>['because'];

const lackingLines = (because: Because): readonly string[] => {
  switch (because._tag) {
    case 'PathNotCertified': {
      const { missedStalls, falseAlarms } = because;
      const wrong = missedStalls.observed + falseAlarms.observed;
      const gold = `${countText(missedStalls.gold)} stalled and ${countText(falseAlarms.gold)} flowing stacks`;
      return wrong === 0
        ? [`  Too little gold: ${gold} test the rule, and without a single error they would not prove it.`]
        : [
            `  ${gold} test the rule, and the votes of ${some(wrong, 'stack')} ran out even for the most careful one: these count as wrong.`,
          ];
    }
    case 'Refused':
      return because.refusals.flatMap(({ reason, fix }) => [`  Refused: ${reason}.`, `  ${fix}`]);
    case 'TooFewVotes':
      return [
        `  Gold has ${some(because.votes, 'vote')} on all but 1 % of its stacks, and no stack is to be decided on fewer than ${countText(because.needed)}: collect votes on gold.`,
      ];
    case 'ClassMissing':
      return [
        `  Gold for fitting has ${countText(because.stalled)} stalled and ${some(because.flowing, 'flowing stack')}: of a class that is missing nothing is known.`,
      ];
    case 'ClustersNotCertified': {
      const { clusters, sensitivityAnalysis } = because;
      const few = `${clusterText('stalled', clusters.stalled)}, ${clusterText('flowing', clusters.flowing)}`;
      return [
        `  Too few clusters, or errors in too many of them: ${few}.`,
        sensitivityAnalysis === undefined
          ? '  A sensitivity analysis with the estimated correlation does not pass either.'
          : '  A sensitivity analysis with the estimated correlation passes. It is no certificate: a rare bad cluster may not be among these.',
      ];
    }
    case 'GoldDoubted':
      return [
        '  Votes and scores contradict this gold:',
        ...because.checks.map(({ text }) => `  · ${text}`),
        '  If you know why, say --trust-gold.',
      ];
    case 'ErrorSpent':
      return [
        `  This is fit ${countText(because.looks)} on the same gold, and the fits before it have spent all of the error that is allowed.`,
        '  Gold that no fit has met can prove it.',
      ];
    case 'EarlierVersion':
      return [
        `  The policy was written as ${because.schema}, whose certificate was about one look at all votes. Fit it again.`,
      ];
  }
};

const estimateLines = ({ estimate }: Extract<Proof, { readonly _tag: 'Provisional' }>): readonly string[] => {
  if (estimate === undefined) return [];
  const { missedStalls, falseAlarms } = estimate;
  return [
    `  By estimate: ${percent(missedStalls.estimate)} of stalled stacks are missed (${errorText(missedStalls.counted)}), ${percent(falseAlarms.estimate)} of flowing stacks are called stalled (${errorText(falseAlarms.counted)}).`,
  ];
};

/** Errors counted on gold, with their interval. */
const errorText = ({ hits, n, interval }: Rate): string =>
  n === 0 ? 'no such gold' : `${countText(hits)} of ${countText(n)} on gold, ${rangeText(interval)}`;

/** How votes are asked for under a rule. */
export const askingText = ({ leastVotes, mostVotes, votesPerRound, auditShare }: Summary['asking']): string =>
  lines(
    'The rule',
    `  ${leastVotes === 0 ? 'a score alone may decide, two votes where there is none' : `${some(leastVotes, 'vote')} at least`}, ${some(mostVotes, 'vote')} at most, asked for ${countText(votesPerRound)} at a time`,
    auditShare === 0
      ? '  no audit: people check no automatic decision'
      : `  audit: people also label ${percent(auditShare)} of the automatic decisions, without seeing them`,
  );

/** The same of a policy, where there is no summary. */
export const ruleText = ({ rule, votesPerRound, audit }: Pick<Policy, 'rule' | 'votesPerRound' | 'audit'>): string =>
  askingText({
    leastVotes: rule.leastVotes,
    mostVotes: rule.bounds.length - 1,
    votesPerRound,
    auditShare: audit?.share ?? 0,
  });

/** The next round of questions. */
export const roundText =
  ({ budget }: { readonly budget?: number | undefined }) =>
  ({ rows, votesWanted, waiting, retired, expert }: NextRound): string => {
    const limit = budget === undefined ? '' : ` of a budget of ${countText(budget)}`;
    const wait = `${waiting.stacks === 1 ? 'waits' : 'wait'} for the next budget: ${some(waiting.votes, 'vote')}`;
    return lines(
      'Next round',
      `  ${some(rows.length, 'stack')} to ask about, ${some(votesWanted, 'vote')}${limit}`,
      waiting.stacks > 0 ? `  ${some(waiting.stacks, 'open stack')} ${wait}` : undefined,
      `  ${countText(retired)} decided, ${countText(expert)} for an expert`,
      '  The list is in random order and shows neither posterior nor decision, so people stay blind.',
    );
  };

const JUDGED_BY = {
  'cross-fitting': 'on gold, each fifth of it decided by a rule that the other fifths chose',
  'held-out gold': 'on held-out gold',
} as const;

/**
 * What the rule comes to on gold.
 *
 * @param options - `scoreAlone`: the rule may decide without a vote, and then no person sees a stall that it loses
 */
export const endToEndText =
  ({
    scoreAlone,
    judgedBy,
    targets,
    proof,
  }: { readonly scoreAlone: boolean } & Pick<Summary, 'judgedBy' | 'targets' | 'proof'>) =>
  (endToEnd: EndToEnd & Partial<Pick<Summary['endToEnd'], 'against'>>): string => {
    const { sensitivity, specificity, stalled, flowing, votesPerStack, lostUnasked, ranOut, against } = endToEnd;
    const gold = `${countText(stalled)} stalled, ${countText(flowing)} flowing`;
    const lost = `${countText(lostUnasked.hits)} of ${countText(lostUnasked.n)}, at most ${percent(lostUnasked.atMost)} of all stalls`;
    const held = (name: 'sensitivity' | 'specificity'): string =>
      against === undefined || judgedBy === 'cross-fitting'
        ? ''
        : `; target ≥ ${targets[name]}: ${HELD_OUT[against[name]]}`;
    return lines(
      `The rule ${JUDGED_BY[judgedBy]}, one vote at a time (${gold})`,
      `  sensitivity ${rateText(sensitivity)}${held('sensitivity')}`,
      `  specificity ${rateText(specificity)}${held('specificity')}`,
      `  votes ${votesPerStack.toFixed(2)} per stack`,
      judgedBy === 'cross-fitting' && proof._tag === 'Certified'
        ? '  each of these rules had a fifth less gold for its proof, so it is usually more careful than that of the policy and asks more'
        : undefined,
      scoreAlone ? `  stalls lost without one vote: ${lost}; only the audit can find them` : undefined,
      ranOut.stalled + ranOut.flowing === 0
        ? undefined
        : [
            `  ${ranOutText(ranOut)}: nobody knows how they would have ended, so they count as wrong`,
            '  collect more votes on that gold until the rule is done; other gold does not replace its votes',
          ],
    );
  };

/** What held-out gold shows of a target by itself. The certificate rests on other gold, so few held-out stacks contradict nothing. */
const HELD_OUT = {
  met: 'met',
  'not met': 'not met',
  open: 'not contradicted (too few stacks to show it again)',
} as const;

/** `the votes of 3 stalled and 1 flowing gold stack ran out before the rule was done`. */
export const ranOutText = ({ stalled, flowing }: RanOut): string =>
  `the votes of ${countText(stalled)} stalled and ${some(flowing, 'flowing gold stack')} ran out before the rule was done`;
