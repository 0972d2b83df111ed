import * as E from 'fp-ts/lib/Either.js';
import type { InvalidInput } from '../domain/errors.js';
import type { GoldSet } from '../domain/gold.js';
import { ANONYMOUS } from '../domain/vote.js';
import { certifiedAsking, type Inputs, type Policy } from '../policy/index.js';
import type * as Calibration from '../stages/calibration/index.js';
import * as RiskControl from '../stages/riskControl/index.js';
import type { GivenBatch } from './inputs.js';
import { madeOtherwise } from './scoreProvenance.js';
import { invalid } from './verb.js';

/**
 * Labels that can judge decisions, or why these cannot: gold must be random within each class, an audit within each decision.
 *
 * @param path - of the labels
 */
export const fitToJudge =
  (path: string, what: 'audit' | 'gold') =>
  ({ chosen, stackIds }: GoldSet): E.Either<InvalidInput, void> => {
    const unfit = (expected: string, fix: string): E.Either<InvalidInput, void> =>
      E.left(invalid(path, { field: 'chosen', found: `labels chosen as ${chosen}`, expected, fix }));
    if (what === 'audit' && chosen === 'stratified') {
      return unfit(
        'a random part of each kind of decision',
        'These were chosen by their class: give them as --gold, and audit a random part of the decisions.',
      );
    }
    const [refusal] = RiskControl.refusals()({ chosen, stackIds });
    return refusal === undefined
      ? E.right(undefined)
      : unfit(`labels that can judge decisions (${refusal.reason})`, refusal.fix);
  };

/** What files say of one another: the same stacks under the same ids, and the sources a policy was certified with. */

/**
 * Gold that knows no stack of the batch is a slip in the ids. Taken as it stands it would look like a want of evidence.
 *
 * @param path - of the gold
 */
export const sameStacks = (path: string, gold: GoldSet, { votes, scores }: Inputs): E.Either<InvalidInput, void> => {
  const known = new Set([...votes.stackIds, ...(scores?.stackIds ?? [])]);
  if (known.size === 0 || gold.stackIds.length === 0 || gold.stackIds.some((stackId) => known.has(stackId))) {
    return E.right(undefined);
  }
  const [first] = known;
  return E.left(
    invalid(path, {
      field: 'stackId',
      found: `${JSON.stringify(gold.stackIds[0])} and the like, not one of them there`,
      expected: `stacks of the votes or the scores, which have ${JSON.stringify(first)} and the like`,
      fix: 'Write the ids alike in all files, with or without the ending of the file name.',
    }),
  );
};

/** A file beside the scores that speaks of other scores. */
export const unknownOrigin = ({ scoresFrom }: GivenBatch): readonly string[] =>
  scoresFrom?.doubt === undefined ? [] : [scoresFrom.doubt];

/** Files that do not know one another, as they perhaps should. */
export const strangers = (batch: GivenBatch): readonly string[] => [...unknownOrigin(batch), ...apart(batch)];

/** Votes and scores that share no stack: perhaps as it should be, more often two ways to write one id. */
const apart = ({ votes, scores }: Inputs): readonly string[] => {
  if (scores === undefined || votes.stackIds.length === 0 || scores.stackIds.length === 0) return [];
  const voted = new Set(votes.stackIds);
  if (scores.stackIds.some((stackId) => voted.has(stackId))) return [];
  const [vote, score] = [votes.stackIds[0], scores.stackIds[0]].map((stackId) => JSON.stringify(stackId));
  return [
    `no stack has both votes and a score: votes know ${vote} and the like, scores ${score}; if these are the same stacks, write the ids alike`,
  ];
};

/** What fitting should be told of a batch that reads well and may be meant otherwise. */
export const doubtful = (batch: GivenBatch): readonly string[] => [
  ...strangers(batch),
  ...(batch.votes.annotatorIds.length === 1 && batch.votes.annotatorIds[0] === ANONYMOUS
    ? ['votes name no annotators: all count alike, as those of one anonymous annotator']
    : []),
  ...percentages(batch),
];

const percentages = ({ scores }: Inputs): readonly string[] => {
  const most = scores?.score.reduce((a, b) => Math.max(a, b), 0) ?? 0;
  const least = scores?.score.reduce((a, b) => Math.min(a, b), 0) ?? 0;
  return most > 1 && most <= 100 && least >= 0
    ? [
        `scores go up to ${most}, so they are taken as plain numbers; if they are percentages, write shares (0.97, not 97), which tell more apart near 0 and 1`,
      ]
    : [];
};

/**
 * Why the certificate of a policy is not about this batch, if so: gold was judged with votes and scores, and what is decided
 * on one of them alone errs at other rates. A rule for asking was replayed from the first vote on, so votes may be none yet.
 */
export const uncovered = (policy: Policy, batch: GivenBatch): readonly string[] => {
  const voted = policy.skills.annotatorIds.length > 0 && certifiedAsking(policy) === undefined;
  return [...uncoveredScores(policy, batch), ...(voted && batch.votes.stackIds.length === 0 ? [without('votes')] : [])];
};

/** The part of it that holds before the first vote, too. */
export const uncoveredScores = (
  { calibrator, provenance }: Policy,
  { scores, scoresFrom }: GivenBatch,
): readonly string[] => {
  if (calibrator === undefined) return [];
  if (scores === undefined) return [without('scores')];
  const beyond = scores.score.find((score) => score < 0 || score > 1);
  return [
    ...madeOtherwise(provenance.inputs, scoresFrom?.inputs ?? []).map((why) => `${NOT_ABOUT}: ${why}`),
    ...(beyond === undefined || !isOfShares(calibrator)
      ? []
      : [
          `${NOT_ABOUT}: the policy was fitted on scores from 0 to 1, and here is ${beyond}; give scores on the same scale`,
        ]),
  ];
};

const isOfShares = (calibrator: Calibration.Calibrator): boolean => {
  switch (calibrator._tag) {
    case 'Platt':
    case 'Temperature':
      return calibrator.on === 'logit';
    case 'Beta':
      return true;
    case 'Isotonic':
      return calibrator.x.every((x) => x >= 0 && x <= 1);
  }
};

const NOT_ABOUT = 'the certificate is not about these decisions';

const without = (source: 'scores' | 'votes'): string =>
  `${NOT_ABOUT}: the policy was certified with ${source}, and there are none here; give --${source}, or fit a policy without`;
