import { countText, lines, percent, some } from '../../output/format.js';
import type { Proof, Verdict } from '../../policy/index.js';
import type { ExpectedErrors, Headline } from '../../study/index.js';
import { joinedText } from './words.js';

/** What the first lines of a report are about. */
export interface Heading {
  readonly verdict: Verdict;
  readonly headline: Headline;
  /** Why the certificate is not about these stacks. */
  readonly doubts: readonly string[];
  /** What held-out gold refutes. */
  readonly refuted?: string | undefined;
  /** Of the policy: a provisional rule says which gold it lacks. */
  readonly proof: Proof;
}

/** Less than this share decided automatically is said in the first line. */
const FEW = 0.5;

/**
 * The first lines of a report: the verdict, and what the policy comes to on 10,000 stacks.
 *
 * @example
 * const lab = Simulate.inputs(Simulate.dataset({ stacks: 0, prevalence: 0.05, gold: { stalled: 20, flowing: 20, chosen: 'stratified' } })(7));
 * const { policy, gold, crossFitted } = Policy.fit({ prevalence: 0.05 })(lab);
 * const headline = Study.headline(policy)({ gold: gold.tune, replay: crossFitted });
 * Report.headingText({ verdict: 'insufficient evidence', headline, doubts: [], proof: policy.proof }).split('.')[0] // => 'Verdict: INSUFFICIENT EVIDENCE'
 */
export const headingText = (heading: Heading): string =>
  lines(
    verdictLines(heading),
    workLines(heading.headline),
    errorLines(heading.headline),
    savedLine(heading.headline),
    neededLines(heading.proof),
  );

const verdictLines = ({ verdict, headline, doubts, refuted }: Heading): readonly string[] => {
  const head = `Verdict: ${verdict.toUpperCase()}`;
  const decided = automaticText(headline);
  switch (verdict) {
    case 'certified':
      return [`${head}${decided}`];
    case 'insufficient evidence':
      return [
        `${head}. The rule is provisional: nothing is proved. Expected${decided.replace(/^(, but|\.)/, ':')}`,
        ...doubts.map((doubt) => `  Besides: ${doubt}`),
      ];
    case 'not certified':
      return [notCertifiedText(doubts), `Verdict: NOT CERTIFIED for these stacks${decided}`];
    case 'targets not met':
      return [`${head}. ${refuted ?? ''}`.trimEnd(), ...doubts.map((doubt) => `  Besides: ${doubt}`)];
  }
};

const automaticText = ({ automatic, stacks }: Headline): string => {
  const of = `of ${countText(stacks)} stacks`;
  if (Math.round(automatic) === 0) return ', but nothing is decided automatically: every stack goes to an expert.';
  const count = `${countText(Math.round(automatic))} ${of}`;
  return automatic < FEW * stacks
    ? `, but only ${count} are decided automatically.`
    : `. ${count} are decided automatically.`;
};

/**
 * Why a certificate is not about some stacks, loud enough to stand above everything.
 *
 * @example
 * Report.notCertifiedText(['Gold had 15 votes a stack, these stacks have 3.']) // => 'Not certified for these stacks: Gold had 15 votes a stack, these stacks have 3.'
 */
export const notCertifiedText = ([first, ...more]: readonly string[]): string =>
  lines(
    `Not certified for these stacks: ${first}`,
    more.map((doubt) => `  and: ${doubt}`),
  );

const workLines = (headline: Headline): readonly string[] => {
  const { stacks, automatic, votes, experts, expertsAtOnce, missedStalls } = headline;
  const unknown = stacks - automatic - experts;
  const atOnce =
    Math.round(expertsAtOnce) > 0 ? `, ${countText(Math.round(expertsAtOnce))} of them before any vote` : '';
  return [
    `Of ${countText(stacks)} stacks, ${roughly(missedStalls.among)} of them stalled:`,
    `  ${countText(Math.round(automatic))} are decided automatically, ${countText(Math.round(experts))} go to an expert${atOnce}`,
    `  ${countText(Math.round(votes))} votes are asked for, ${(votes / stacks).toFixed(2)} per stack`,
    ...(Math.round(unknown) > 0
      ? [
          `  ${countText(Math.round(unknown))} cannot be told, because the votes of such gold ran out before the rule was done`,
        ]
      : []),
  ];
};

const errorLines = ({ missedStalls, falseAlarms }: Headline): readonly string[] => [
  `  expected to be missed: ${expectedText('stalled', missedStalls)}; to be called stalled: ${expectedText('flowing', falseAlarms)}`,
];

const expectedText = (name: string, { among, estimate, lower, upper }: ExpectedErrors): string =>
  estimate === undefined
    ? `nobody knows how many of the ${roughly(among)} ${name}`
    : `${roughly(estimate)} of the ${roughly(among)} ${name} (${roughly(lower)}–${roughly(upper)})`;

/** A number of stacks that is an expectation: one decimal where it is small. */
const roughly = (count: number): string =>
  count < 10 ? String(Number(count.toFixed(1))) : countText(Math.round(count));

const savedLine = ({ stacks, saved }: Headline): string => {
  const { votes, votesAndExperts, expertPrice } = saved;
  const withExperts = `${signedShare(votesAndExperts)} where an expert's look costs as much as ${some(expertPrice, 'vote')}`;
  return `  saved against 20 votes on every stack: ${countText(Math.round(20 * stacks * votes))} votes, ${signedShare(votes)}; ${withExperts}`;
};

const signedShare = (share: number): string =>
  share < 0 ? `${percent(Math.min(1, -share))}${share < -1 ? ' and more' : ''} MORE spent` : percent(share);

/** Labels to collect for a certificate, and the chance that they suffice. */
const neededLines = (proof: Proof): readonly string[] => {
  if (proof._tag === 'Certified' || proof.goldNeeded === undefined) return [];
  const { stalled, flowing, chance } = proof.goldNeeded;
  const plan = '`tandem plan` says what other targets need';
  if (stalled + flowing === 0) {
    return [
      `  gold still to collect: so much suffices with probability ${percent(chance)}, and this time it did not; ${plan}`,
    ];
  }
  const labels = joinedText([
    ...(stalled > 0 ? [`${countText(stalled)} stalled`] : []),
    ...(flowing > 0 ? [`${countText(flowing)} flowing`] : []),
  ]);
  return [
    `  gold still to collect: ${labels} labels, which suffice with probability ${percent(chance)} if the rule errs a third as often as it may; ${plan}`,
  ];
};
