import { incompleteBeta } from '../kernel/special/beta.js';
import { normalCdf } from '../kernel/special/normal.js';
import { countText, percent } from '../output/format.js';
import {
  type BatchProfile,
  type ClusterProfile,
  type GoldProfile,
  type GroupProfile,
  NATS_EDGES,
  type StackMean,
} from './profile.js';

/** One way in which stacks are not what gold was. The certificate is then not about them. */
export interface BatchMismatch {
  readonly _tag: 'Order' | 'VotesPerStack' | 'Newcomers' | 'StalledVotes' | 'Unscored' | 'Scores' | 'Clusters';
  /** The number that differs, of these stacks and of gold. */
  readonly here: number;
  readonly gold: number;
  /** `level` is the largest p-value that counts. */
  readonly test?: { readonly name: string; readonly pValue: number; readonly level: number };
  readonly text: string;
}

/** Largest p-value that counts; six tests stay below 1 % together. */
export const MISMATCH_LEVEL = 0.001;

/** A prevalence so many times higher or lower is no mismatch: certified rates do not move with it. */
const PREVALENCE_FACTOR = 3;
/** Differences too small to matter. */
const LEAST = { votes: 0.1, known: 0.1, stalledVotes: 0.01, stalledVotesFactor: 1.5, scored: 0.05, scores: 0.02 };
const LEAST_DESIGN_EFFECT = 1.5;

/**
 * What differs between the gold of a certificate and the stacks it is to be used on.
 *
 * Stacks are a mixture of the two classes of gold at some prevalence. Any prevalence from a third to three times the stated one is allowed, and
 * the closest mixture is compared. Small differences are no mismatch, however certain.
 *
 * @param gold - from `Policy.goldProfile`, kept with the certificate
 * @returns each mismatch with both numbers and its test; empty when the certificate is about these stacks, as far as can be seen
 * @example
 * const votes = (perStack) => {
 *   const n = 400;
 *   const rows = Array.from({ length: n * perStack }, (_, v) => v);
 *   return Replay.arrivals({ stackIds: Array.from({ length: n }, (_, s) => `s${s}`), annotatorIds: ['ann'], stackOf: Uint32Array.from(rows, (v) => v % n), annotatorOf: new Uint32Array(n * perStack), label: new Uint8Array(n * perStack) });
 * };
 * const gold = Gold.from({ chosen: 'random' })(votes(15).stackIds.map((stackId) => ({ stackId, label: 0 })));
 * const known = { annotatorIds: ['ann'], mostVotes: 15 };
 * const profile = Policy.goldProfile({ ...known, prevalence: 0.01, schedule: { oneLook: 15 } })({ votes: votes(15), gold });
 * Policy.mismatches(profile)(Policy.batchProfile(known)({ votes: votes(3), isOrdered: false }))[0].text // => 'The certificate is about one look at 15 votes. Gold had 15 votes a stack at the median, these stacks have 3.'
 * @see docs/math.md#is-the-certificate-about-these-stacks
 */
export const mismatches =
  (gold: GoldProfile) =>
  (batch: BatchProfile): readonly BatchMismatch[] =>
    [order, votesPerStack, newcomers, stalledVotes, unscored, scores, clusters].flatMap(
      (test) => test(gold, batch) ?? [],
    );

type Test = (gold: GoldProfile, batch: BatchProfile) => BatchMismatch | undefined;

/** A certificate is about votes in the order in which they come, or about finished histories in an order of their own. */
const order: Test = ({ schedule }, { isOrdered }) => {
  const wasOrdered = schedule === 'any';
  if (isOrdered === undefined || isOrdered === wasOrdered) return undefined;
  const text = wasOrdered
    ? 'Nobody knows in which order these votes came, and the certificate is about votes in their order. Give their times, or say that rows stand in their order.'
    : 'These votes come in an order, and the certificate is about one look at finished histories. Fit again on votes whose order is known.';
  return { _tag: 'Order', here: Number(isOrdered), gold: Number(wasOrdered), text };
};

const votesPerStack: Test = (gold, { stacks }) => {
  if (gold.schedule === 'any') return undefined;
  const middle = quantile(mixedVotes(gold), 0.5);
  const here = quantile(stacks.votes, 0.5);
  const marks: readonly ((votes: number) => boolean)[] = [(votes) => votes < middle, (votes) => votes > middle];
  const found = marks
    .map((mark) => compare(gold, (group) => votesMean(group, mark), votesMean(stacks, mark)))
    .filter(({ pValue, difference }) => pValue <= MISMATCH_LEVEL && Math.abs(difference) > LEAST.votes)
    .sort((a, b) => a.pValue - b.pValue);
  if (found.length === 0) return undefined;
  const text =
    `The certificate is about one look at ${countText(gold.schedule.oneLook)} votes. ` +
    (here === middle
      ? `Fewer than ${percent(1 - Math.abs(found[0].difference))} of these stacks have the ${countText(middle)} votes of gold.`
      : `Gold had ${countText(middle)} votes a stack at the median, these stacks have ${countText(here)}.`);
  return { _tag: 'VotesPerStack', here, gold: middle, test: zTest(found[0].pValue), text };
};

const newcomers: Test = (gold, { stacks }) => {
  const { pValue, difference, expected } = compare(gold, ({ known }) => known, stacks.known);
  if (pValue > MISMATCH_LEVEL || difference > -LEAST.known) return undefined;
  const here = stacks.known.mean;
  const text = `${percent(expected)} of the votes on gold came from annotators this policy has measured, of the votes on these stacks ${percent(here)}.`;
  return { _tag: 'Newcomers', here, gold: expected, test: zTest(pValue), text };
};

const stalledVotes: Test = (gold, { stacks }) => {
  // Where votes were given as needed, only first votes on stacks that the rule asks about are the same of gold and here.
  const isWhole = stacks.stalledVotes.stacks > 0;
  const mean = isWhole ? stacks.stalledVotes : (stacks.firstAsked ?? NO_STACKS);
  const { pValue, difference, expected } = isWhole
    ? compare(gold, (group) => group.stalledVotes, mean)
    : compare(
        gold,
        ({ firstAsked = NO_STACKS }) => firstAsked,
        mean,
        ({ stacks: all, firstAsked = NO_STACKS }) => firstAsked.stacks / Math.max(1, all),
      );
  const here = mean.mean;
  const isFar =
    Math.abs(difference) > LEAST.stalledVotes &&
    Math.max(here, expected) > LEAST.stalledVotesFactor * Math.min(here, expected);
  if (pValue > MISMATCH_LEVEL || !isFar) return undefined;
  const text =
    `People call these stacks stalled in ${percent(here)} of ${isWhole ? '' : 'first '}votes. By gold it would be ${percent(expected)}, even at ${PREVALENCE_FACTOR} times another prevalence. ` +
    'So people judge gold by another criterion, or gold looks different.';
  return { _tag: 'StalledVotes', here, gold: expected, test: zTest(pValue), text };
};

const unscored: Test = (gold, { stacks }) => {
  const { pValue, difference, expected } = compare(gold, scoredMean, scoredMean(stacks));
  if (pValue > MISMATCH_LEVEL || Math.abs(difference) <= LEAST.scored) return undefined;
  const here = scoredMean(stacks).mean;
  const text = `${percent(expected)} of gold has a score, of these stacks ${percent(here)}.`;
  return { _tag: 'Unscored', here, gold: expected, test: zTest(pValue), text };
};

const scores: Test = (gold, { stacks }) => {
  const [n1, n0, n] = [gold.stalled.scored, gold.flowing.scored, stacks.scored];
  if (n === 0 || n0 === 0) return undefined;
  const below = [gold.stalled, gold.flowing, stacks].map(({ nats }) => cumulated(nats));
  let worst = 0;
  let place = 0;
  NATS_EDGES.forEach((_, b) => {
    const here = below[2][b] / n;
    const [p1, p0] = [n1 === 0 ? below[1][b] / n0 : below[0][b] / n1, below[1][b] / n0];
    const ends = prevalences(gold.prevalence).map((share) => share * p1 + (1 - share) * p0);
    const beyond = Math.max(Math.min(...ends) - here, here - Math.max(...ends), 0);
    if (beyond > worst) [worst, place] = [beyond, b];
  });
  const most = Math.min(1, gold.prevalence * PREVALENCE_FACTOR);
  // Dvoretzky–Kiefer–Wolfowitz for each sample: P(sup > ε) ≤ 2 exp(−2 n ε²); stalled gold counts by its share of the mixture.
  const scale = 1 / Math.sqrt(n0) + 1 / Math.sqrt(n) + (n1 === 0 ? 0 : most / Math.sqrt(n1));
  const pValue = Math.min(1, 6 * Math.exp(-2 * (Math.max(0, worst - LEAST.scores) / scale) ** 2));
  if (pValue > MISMATCH_LEVEL) return undefined;
  const [here, goldMedian] = [natsAt(stacks.nats), natsAt(gold.flowing.nats)];
  const text =
    `Scores are distributed otherwise: up to ${NATS_EDGES[place]} nats of evidence lie ${percent(below[2][place] / n)} of these stacks and ${percent(below[1][place] / n0)} of flowing gold. ` +
    `The medians are ${here} and ${goldMedian} nats.`;
  return {
    _tag: 'Scores',
    here,
    gold: goldMedian,
    test: { name: 'Dvoretzky–Kiefer–Wolfowitz', pValue, level: MISMATCH_LEVEL },
    text,
  };
};

const clusters: Test = (gold, batch) => {
  if (gold.unit === 'cluster') return undefined;
  const found = [batch.clusters, gold.clusters].find(
    (one) => one !== undefined && one.designEffect > LEAST_DESIGN_EFFECT && fTail(one) <= MISMATCH_LEVEL,
  );
  if (found === undefined) return undefined;
  const text =
    `Stacks of one cluster are alike: ${countText(found.clusters)} clusters, design effect ${found.designEffect.toFixed(1)}. ` +
    'Gold was tested as if each stack was independent, design effect 1.';
  return {
    _tag: 'Clusters',
    here: found.designEffect,
    gold: 1,
    test: { name: 'F test between clusters', pValue: fTail(found), level: MISMATCH_LEVEL },
    text,
  };
};

/** P(F ≥ f) with the degrees of freedom of the analysis. */
const fTail = ({ f, between, within }: ClusterProfile): number =>
  incompleteBeta({ a: within / 2, b: between / 2, x: within / (within + between * f) }).lower;

const zTest = (pValue: number): NonNullable<BatchMismatch['test']> => ({
  name: 'difference of means',
  pValue,
  level: MISMATCH_LEVEL,
});

const prevalences = (stated: number): readonly number[] => [
  stated / PREVALENCE_FACTOR,
  Math.min(1, stated * PREVALENCE_FACTOR),
];

interface Comparison {
  readonly pValue: number;
  /** Of the batch to the closest mixture of gold; 0 where a mixture fits. */
  readonly difference: number;
  readonly expected: number;
}

const NO_STACKS: StackMean = { stacks: 0, mean: 0, variance: 0 };

/** A mean of the batch against the mixtures of the classes of gold: the closest one, two-sided. `counted`: the share of a class that it is about. */
const compare = (
  gold: GoldProfile,
  meanIn: (group: GroupProfile) => StackMean,
  here: StackMean,
  counted: (group: GroupProfile) => number = () => 1,
): Comparison => {
  const [stalled, flowing] = [meanIn(gold.stalled), meanIn(gold.flowing)];
  if (here.stacks === 0 || flowing.stacks === 0) return { pValue: 1, difference: 0, expected: flowing.mean };
  const mixtures = prevalences(gold.prevalence).map((share) => {
    const rare = share * counted(gold.stalled);
    const own = stalled.stacks === 0 ? 0 : rare / (rare + (1 - share) * counted(gold.flowing));
    const expected = own * stalled.mean + (1 - own) * flowing.mean;
    const variance =
      (1 - own) ** 2 * varianceOfMean(flowing) + own ** 2 * varianceOfMean(stalled) + varianceOfMean(here);
    return { expected, variance, difference: here.mean - expected };
  });
  const [low, high] = mixtures;
  // Between the two ends some allowed prevalence fits exactly.
  if (low.difference * high.difference <= 0) return { pValue: 1, difference: 0, expected: here.mean };
  const closest = Math.abs(low.difference) < Math.abs(high.difference) ? low : high;
  const pValue = 2 * normalCdf(-Math.abs(closest.difference) / Math.sqrt(closest.variance));
  return { pValue, difference: closest.difference, expected: closest.expected };
};

/** With one more stack in each direction, so that a share of 0 or 1 is not certain. */
const varianceOfMean = ({ stacks, mean, variance }: StackMean): number =>
  stacks === 0 ? 0 : (stacks * variance + mean ** 2 + (1 - mean) ** 2) / (stacks + 2) / stacks;

const shareMean = (hits: number, stacks: number): StackMean => {
  const mean = stacks === 0 ? 0 : hits / stacks;
  return { stacks, mean, variance: mean * (1 - mean) };
};

const scoredMean = ({ scored, stacks }: GroupProfile): StackMean => shareMean(scored, stacks);

const votesMean = ({ votes, stacks }: GroupProfile, mark: (votes: number) => boolean): StackMean =>
  shareMean(
    votes.reduce((sum, count, n) => sum + (mark(n) ? count : 0), 0),
    stacks,
  );

/** Votes of gold with each class weighted to the prevalence. */
const mixedVotes = ({ stalled, flowing, prevalence }: GoldProfile): readonly number[] =>
  Array.from({ length: Math.max(stalled.votes.length, flowing.votes.length) }, (_, n) => {
    const share = ({ votes, stacks }: GroupProfile): number => (stacks === 0 ? 0 : (votes[n] ?? 0) / stacks);
    return prevalence * share(stalled) + (1 - prevalence) * share(flowing);
  });

const cumulated = (counts: readonly number[]): readonly number[] => {
  let sum = 0;
  return counts.map((count) => {
    sum += count;
    return sum;
  });
};

/** Smallest n that a share `at` of the stacks does not exceed. */
const quantile = (counts: readonly number[], at: number): number => {
  const sums = cumulated(counts);
  const total = sums[sums.length - 1] ?? 0;
  return Math.max(
    0,
    sums.findIndex((sum) => sum >= at * total - 1e-12),
  );
};

/** Median of binned evidence: the lower edge of its bin. */
const natsAt = (nats: readonly number[]): number => NATS_EDGES[Math.max(0, quantile(nats, 0.5) - 1)];
