import * as E from 'fp-ts/lib/Either.js';
import * as Decode from '../decode/index.js';
import type { DataFailure, InvalidInput } from '../domain/errors.js';
import type { GoldSet } from '../domain/gold.js';
import { ANONYMOUS } from '../domain/vote.js';
import type { DataNote, Noted } from '../output/dataNotes.js';
import type { BatchMismatch, Decisions, Inputs, Policy } from '../policy/index.js';
import type * as Calibration from '../stages/calibration/index.js';
import * as RiskControl from '../stages/riskControl/index.js';
import type { GoldFlags } from './flags.js';
import { type GivenBatch, type Loaded, loadGold, otherIds } from './inputs.js';
import { madeOtherwise } from './scoreProvenance.js';
import { invalid } from './verb.js';

/** Checks between files: whether labels can judge, whether ids agree, and whether a certificate covers the batch. */

/**
 * Why these labels cannot judge decisions, if they cannot: gold must be random within each class, an audit within each decision.
 *
 * @param path - of the labels
 */
export const unfitLabels = (
  path: string,
  what: 'audit' | 'gold',
  { chosen, stackIds }: GoldSet,
): InvalidInput | undefined => {
  const unfit = (expected: string, fix: string): InvalidInput =>
    invalid(path, { field: 'chosen', found: `labels chosen as ${chosen}`, expected, fix });
  if (what === 'audit' && chosen === 'stratified') {
    return unfit(
      'a random part of each kind of decision',
      'These were chosen by their class: give them as --gold, and audit a random part of the decisions.',
    );
  }
  const [refusal] = RiskControl.refusals()({ chosen, stackIds });
  return refusal === undefined ? undefined : unfit(`labels that can judge decisions (${refusal.reason})`, refusal.fix);
};

/** Labels that may judge decisions, where the flags name any. */
export const loadLabels = async (
  flags: Partial<GoldFlags>,
  what: 'audit' | 'gold',
): Promise<E.Either<DataFailure, Loaded<Noted<GoldSet> | undefined>>> => {
  const { gold } = flags;
  if (gold === undefined) return E.right({ data: undefined, inputs: [] });
  const labels = await loadGold({ ...flags, gold });
  if (E.isLeft(labels)) return labels;
  const unfit = unfitLabels(gold, what, labels.right.data);
  return unfit === undefined ? labels : E.left(unfit);
};

/**
 * Gold without any stack of the batch: the ids are written in two ways. Without this check the result would be a lack of evidence.
 *
 * @param path - of the gold
 */
export const otherStacks = (path: string, gold: GoldSet, { votes, scores }: Inputs): InvalidInput | undefined => {
  const known = new Set([...votes.stackIds, ...(scores?.stackIds ?? [])]);
  const differing = otherIds(path, { name: 'votes and scores', stackIds: [...known] }, { name: 'gold', ...gold });
  if (differing !== undefined) return differing;
  if (known.size === 0 || gold.stackIds.length === 0 || gold.stackIds.some((stackId) => known.has(stackId))) {
    return undefined;
  }
  const [first] = known;
  return invalid(path, {
    field: 'stackId',
    found: `${JSON.stringify(gold.stackIds[0])} and others, none of them in the batch`,
    expected: `stacks of the votes or the scores, such as ${JSON.stringify(first)}`,
    fix: 'Write the ids alike in all files, with or without the ending of the file name.',
  });
};

/** What is to be known of the files of a batch, each by itself and together. */
export const batchNotes = (
  { votes, scores }: GivenBatch,
  gold?: Noted<GoldSet>,
  strata: readonly Decode.Strata[] = [],
): readonly DataNote[] => [
  ...(votes.notes ?? []),
  ...(scores?.notes ?? []),
  ...(gold?.notes ?? []),
  ...Decode.joinNotes({ votes, scores, gold, strata }),
];

/** Why the file beside the scores does not describe them. */
export const unknownOrigin = ({ scoresFrom }: GivenBatch): readonly string[] =>
  scoresFrom?.doubt === undefined ? [] : [scoresFrom.doubt];

/** Signs that the files do not belong to each other. */
export const unrelatedFiles = (batch: GivenBatch): readonly string[] => [
  ...unknownOrigin(batch),
  ...noCommonStack(batch),
];

/** Votes and scores without a common stack. That may be right; more often the ids are written in two ways. */
const noCommonStack = ({ votes, scores }: Inputs): readonly string[] => {
  if (scores === undefined || votes.stackIds.length === 0 || scores.stackIds.length === 0) return [];
  const voted = new Set(votes.stackIds);
  if (scores.stackIds.some((stackId) => voted.has(stackId))) return [];
  const [vote, score] = [votes.stackIds[0], scores.stackIds[0]].map((stackId) => JSON.stringify(stackId));
  return [
    `no stack has both votes and a score: votes have ids like ${vote}, scores like ${score}; if these are the same stacks, write the ids alike`,
  ];
};

/** Warnings about a batch that is readable, but may not be what the user meant. */
export const batchWarnings = (batch: GivenBatch): readonly string[] => [
  ...unrelatedFiles(batch),
  ...(batch.votes.annotatorIds.length === 1 && batch.votes.annotatorIds[0] === ANONYMOUS
    ? ['votes name no annotators: all of them count as votes of one anonymous annotator']
    : []),
  ...percentages(batch),
];

const percentages = ({ scores }: Inputs): readonly string[] => {
  const most = scores?.score.reduce((a, b) => Math.max(a, b), 0) ?? 0;
  const least = scores?.score.reduce((a, b) => Math.min(a, b), 0) ?? 0;
  if (most <= 1 || most > 100 || least < 0) return [];
  return [
    `scores go up to ${most}, so they are used as plain numbers; if they are percentages, write shares (0.97, not 97), which resolve more near 0 and 1`,
  ];
};

/**
 * Why the certificate of a policy does not cover this batch, as its files tell. What its stacks tell, `Policy.decide` finds out.
 */
export const uncovered = (
  { calibrator, provenance }: Policy,
  { scores, scoresFrom }: GivenBatch,
): readonly string[] => {
  if (calibrator === undefined) return [];
  if (scores === undefined) {
    return ['the policy was certified with scores, and there are none here; give --scores, or fit a policy without'];
  }
  const beyond = scores.score.find((score) => score < 0 || score > 1);
  return [
    ...madeOtherwise(provenance.inputs, scoresFrom?.inputs ?? []),
    ...(beyond === undefined || !isOfShares(calibrator)
      ? []
      : [`the policy was fitted on scores from 0 to 1, and here is ${beyond}; give scores on the same scale`]),
  ];
};

/**
 * Decisions under what their files tell beside their stacks: none of them is certified where a doubt remains.
 *
 * @returns the doubts of both kinds as sentences; a batch without scores is told so once
 */
export const underDoubt = (
  decisions: Decisions,
  doubts: readonly string[],
  { scores }: Inputs,
): { readonly decisions: Decisions; readonly doubts: readonly string[] } => {
  const isToldAlready = ({ _tag }: BatchMismatch): boolean =>
    doubts.length > 0 && scores === undefined && (_tag === 'Unscored' || _tag === 'Scores');
  const mismatches = decisions.mismatches.filter((mismatch) => !isToldAlready(mismatch));
  const all = [...doubts.map(sentence), ...mismatches.map(mismatchText)];
  const status = decisions.status === 'certified' && all.length > 0 ? 'not certified' : decisions.status;
  return { decisions: { ...decisions, mismatches, status }, doubts: all };
};

/** With the flags that mend it. */
const mismatchText = ({ _tag, here, text }: BatchMismatch): string =>
  _tag === 'Order' && here === 0 ? `${text} The flags are --time-column and --order rows.` : text;

const sentence = (text: string): string => `${text[0].toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;

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
