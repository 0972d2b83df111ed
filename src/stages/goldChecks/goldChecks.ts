import type { GoldChosen } from '../../domain/gold.js';
import { present } from '../../domain/present.js';
import { countText, percent } from '../../output/format.js';
import { otherShares } from './classShare.js';
import { type GoldData, type GoldRows, goldRows, type MarkCount, type SeenGold } from './goldRows.js';
import { labelOfScore } from './labelOfScore.js';
import { labelOfVotes } from './labelOfVotes.js';
import { flowingContrast, stalledTruncation } from './sampling.js';

/** One suspicion about gold, held against votes and scores. */
export interface GoldCheck {
  readonly check: 'label is the score' | 'label is the votes' | 'candidates only' | 'class share';
  /** `refused`: this gold proves nothing, or not what it is taken for. `doubtful`: it may, but a person must say so. */
  readonly verdict: 'fine' | 'doubtful' | 'refused';
  /** The numbers in the text, by name. */
  readonly evidence: Readonly<Record<string, number>>;
  readonly text: string;
}

/** What is known about gold beside its labels. */
export interface GoldCheckOptions {
  /** P(stalled) that was stated, in (0, 1). Absent: that of random gold. */
  readonly prevalence?: number | undefined;
  /** How gold is said to have been chosen; as the gold says when absent. */
  readonly sampling?: GoldChosen | undefined;
}

/** Probability of each false alarm on honest gold. The four together stay below 1 %. */
export const GOLD_CHECK_LEVEL = 0.002;

/** Largest p-value of a refusal by the score. Its p-value is so careful that honest gold is refused in .3 % of the worst settings. */
const SCORE_LEVEL = 0.01;

/** Flowing gold that looks more stalled than this, in shares of stacks, is no random part of flowing stacks. */
const FAR = 0.1;
/** A class share is contradicted when it is so many times too large or too small. */
const FACTOR = 1.5;
/** ln of a likelihood ratio that speaks for a cut: 1/level and what free densities gain by chance. */
const RATIO = 10;

/**
 * Finds gold that proves nothing: labels made from the score or from the votes, candidates taken for a random sample, and enriched gold taken for
 * a random sample.
 *
 * Honest gold raises a false alarm of any check with probability ≤ .01. Honest gold may be small, its votes few, its scores
 * absent, its model or its crowd perfect: what cannot be told is `fine`, and the text says that it could not be told.
 *
 * @param options - the prevalence and the sampling design that were stated
 * @param data - all votes, all scores, and gold; stacks that are not gold are what gold is compared with
 * @returns four checks, always in the same order
 * @throws RangeError when `prevalence` is outside (0, 1)
 * @example
 * const { votes, scores, gold } = Simulate.inputs(Simulate.dataset({ stacks: 3000, prevalence: 0.01, votes: { perStack: 7 }, model: {}, gold: { stalled: 200, flowing: 400, chosen: 'stratified' } })(1));
 * Policy.goldChecks({ prevalence: 0.01 })({ votes, scores, gold }).map(({ verdict }) => verdict) // => ['fine', 'fine', 'fine', 'fine']
 * const enriched = { ...gold, chosen: 'random' };
 * Policy.goldChecks()({ votes, scores, gold: enriched })[3].verdict // => 'refused'
 * @see docs/math.md#gold-that-proves-nothing
 */
export const goldChecks =
  ({ prevalence, sampling }: GoldCheckOptions = {}) =>
  (data: GoldData): readonly GoldCheck[] => {
    if (prevalence !== undefined && !(prevalence > 0 && prevalence < 1)) {
      throw RangeError(`prevalence: expected a number in (0, 1), got ${prevalence}`);
    }
    const rows = goldRows(data);
    return [
      scoreCheck(rows.gold),
      votesCheck(rows.gold),
      candidatesCheck(rows),
      classShareCheck(rows, { prevalence, sampling: sampling ?? data.gold.chosen }),
    ];
  };

const scoreCheck = (gold: readonly SeenGold[]): GoldCheck => {
  const { divides, below, above, stalled, flowing, pValue } = labelOfScore(gold);
  const check = 'label is the score';
  const scored = stalled.n + flowing.n;
  if (!divides) {
    const text =
      scored === 0
        ? 'No gold stack has a score, so labels cannot be a function of it.'
        : 'Labels are not a function of the score: some flowing gold is scored as high as some stalled gold.';
    return { check, verdict: 'fine', evidence: { scored }, text };
  }
  const near = stalled.near + flowing.near;
  const evidence = { scored, exceptions: 0, highestFlowing: below, lowestStalled: above, near, pValue };
  const cut = `A cut between ${place(below)} and ${place(above)} divides all ${countText(scored)} scored gold labels without an exception.`;
  if (near === 0 || stalled.near === 0 || flowing.near === 0) {
    return { check, verdict: 'fine', evidence, text: `${cut} With so little gold that may be chance.` };
  }
  if (pValue > SCORE_LEVEL) {
    return {
      check,
      verdict: 'fine',
      evidence,
      text: `${cut} The scores thin out towards the cut, as those of a very good model do.`,
    };
  }
  const text =
    `${cut} The ${countText(near)} scores next to the cut do not thin out towards it (p = ${p(pValue)}), as they would if an expert had found the classes. ` +
    'These labels look as if they were made from the score. Then they say nothing about truth.';
  return { check, verdict: 'refused', evidence, text };
};

const votesCheck = (gold: readonly SeenGold[]): GoldCheck => {
  const { cut, stacks, exceptions, expected, pValue } = labelOfVotes(gold);
  const check = 'label is the votes';
  if (stacks === 0) {
    return {
      check,
      verdict: 'fine',
      evidence: { stacks },
      text: 'No gold stack has votes, so labels cannot be their majority.',
    };
  }
  const evidence = { stacks, cut, exceptions, expected, pValue };
  const agree = `${countText(exceptions)} of ${countText(stacks)} gold labels contradict a cut at ${percent(cut)} stalled votes`;
  const least = `Votes on these stacks disagree so much that at least ${expected.toFixed(1)} would be expected of labels that do not come from these votes`;
  if (pValue > GOLD_CHECK_LEVEL) {
    return { check, verdict: 'fine', evidence, text: `${agree}. ${least}, which is no contradiction.` };
  }
  const text = `${agree}. ${least} (p = ${p(pValue)}). These labels look as if they were made from the votes. Then they say nothing about truth.`;
  return { check, verdict: 'refused', evidence, text };
};

const candidatesCheck = (rows: GoldRows): GoldCheck => {
  const check = 'candidates only';
  const { mark, gold, others, pValue } = flowingContrast(rows);
  const cut = stalledTruncation(rows.gold);
  const excess = share(gold) - share(others);
  const evidence = present({
    flowingGold: gold.n,
    flowingGoldShare: share(gold),
    otherStacks: others.n,
    otherShare: share(others),
    pValue,
    stalledGold: cut.stalled,
    stalledCut: cut.cut,
    nextToCut: cut.nextToCut,
    logRatio: cut.logRatio,
  });
  const verification = 'A stall that the crowd missed cannot be in such gold, so it proves no sensitivity.';
  // Half of the level for each of the two questions.
  if (pValue <= GOLD_CHECK_LEVEL / 2) {
    const text =
      `${countOf(gold)} flowing gold stacks ${mark.words}, of the stacks that are not gold ${countOf(others)} (p = ${p(pValue)}). ` +
      `So flowing gold is no random part of flowing stacks: it looks like candidates that somebody took for stalled. ${verification}`;
    return { check, verdict: excess > FAR ? 'refused' : 'doubtful', evidence, text };
  }
  if (cut.logRatio >= RATIO) {
    const text =
      `No stalled gold has less than ${percent(cut.cut)} stalled votes, and ${countText(cut.nextToCut)} of ${countText(cut.stalled)} have just enough (likelihood ratio e^${cut.logRatio.toFixed(1)}). ` +
      `Stalls like these fall below the cut by chance, too. So it looks as if nobody looked there. ${verification}`;
    return { check, verdict: 'refused', evidence, text };
  }
  const text =
    others.n === 0
      ? 'There are no other stacks to compare flowing gold with, and stalled gold shows no cut at a share of votes.'
      : 'Flowing gold looks no more stalled than all other stacks do, and stalled gold shows no cut at a share of votes.';
  return { check, verdict: 'fine', evidence, text };
};

const classShareCheck = (
  rows: GoldRows,
  { prevalence, sampling }: { readonly prevalence: number | undefined; readonly sampling: GoldChosen },
): GoldCheck => {
  const check = 'class share';
  const isRandom = sampling === 'random';
  const stalled = rows.gold.reduce((sum, { label }) => sum + label, 0);
  const claimed = prevalence ?? (isRandom ? stalled / rows.gold.length : undefined);
  const shares = otherShares(rows, GOLD_CHECK_LEVEL / 2);
  if (claimed === undefined || rows.others.length === 0 || rows.gold.length === 0 || shares.length === 0) {
    const text =
      rows.others.length === 0
        ? 'There are no other stacks whose votes or scores could contradict the class share.'
        : 'No class share was stated, and gold is not a random sample, so there is nothing to contradict.';
    return { check, verdict: 'fine', evidence: { stalledGold: stalled }, text };
  }
  const far = (one: (typeof shares)[number], value: number): boolean =>
    one.lower === undefined || one.upper === undefined || value < one.lower / FACTOR || value > one.upper * FACTOR;
  const [most] = shares;
  const goldShare = stalled / rows.gold.length;
  const evidenceOf = (one: (typeof shares)[number]) =>
    present({
      claimed,
      goldShare,
      goldMarked: share(one.gold),
      otherMarked: share(one.others),
      otherStacks: one.others.n,
      pValue: one.pValue,
      otherShare: one.estimate,
      otherShareAtLeast: one.lower,
      otherShareAtMost: one.upper,
    });
  const compared = (one: (typeof shares)[number]): string =>
    `${countOf(one.gold)} gold stacks ${one.mark.words}, of the stacks that are not gold ${countOf(one.others)} (p = ${p(one.pValue)}).`;
  if (isRandom && most.pValue <= GOLD_CHECK_LEVEL / 2 && far(most, goldShare)) {
    const text =
      `${percent(goldShare)} of this gold is stalled, and it is said to be a random sample. But ${compared(most)} ${speakFor(most)} ` +
      'State the prevalence, and say that gold was chosen by class or among candidates.';
    return { check, verdict: prevalence === undefined ? 'refused' : 'doubtful', evidence: evidenceOf(most), text };
  }
  const against =
    prevalence === undefined
      ? undefined
      : shares.find((one) => one.estimate !== undefined && one.lower !== undefined && far(one, prevalence));
  if (against !== undefined) {
    const text = `The prevalence is stated as ${percent(claimed)}. ${speakFor(against)} Certified error rates stay as they are; the spending and the predictive values do not.`;
    return { check, verdict: 'doubtful', evidence: evidenceOf(against), text };
  }
  const text = `Votes and scores of the ${countText(rows.others.length)} stacks that are not gold do not contradict a share of ${percent(claimed)} stalled.`;
  return { check, verdict: 'fine', evidence: evidenceOf(most), text };
};

const speakFor = (one: ReturnType<typeof otherShares>[number]): string =>
  one.estimate === undefined || one.lower === undefined || one.upper === undefined
    ? 'No mixture of the two classes of gold explains the stacks that are not gold.'
    : `The stacks that are not gold speak for ${percent(one.estimate)} stalled (${percent(one.lower)} to ${percent(one.upper)}).`;

const share = ({ marked, n }: MarkCount): number => (n === 0 ? 0 : marked / n);
const countOf = ({ marked, n }: MarkCount): string => `${countText(marked)} of ${countText(n)}`;
const place = (score: number): string => `${Number(score.toPrecision(3))}`;
const p = (value: number): string => (value < 1e-6 ? '< 1e-6' : value.toPrecision(1));
