import type { GoldSet } from '../domain/gold.js';
import { STALLED } from '../domain/label.js';
import type { Scores } from '../domain/scores.js';
import type { VoteTable } from '../domain/voteTable.js';
import { rowOfId } from '../kernel/ids/voteColumns.js';
import { type DataNote, directionNote } from '../output/dataNotes.js';
import { auc } from '../stages/evaluation/index.js';

/** Standard errors below chance from which a source is called upside down: one in 700 good sources at worst. */
const CLEARLY = 3;

interface Source {
  readonly stackIds: readonly string[];
  /** Of stack s, higher where it looks stalled; `undefined` where the source says nothing. */
  readonly value: (s: number) => number | undefined;
}

/** Means by class, where gold says that the source is upside down. */
const opposite = ({ stackIds, value }: Source, gold: GoldSet) => {
  const rows = rowOfId(stackIds);
  const seen = gold.stackIds.flatMap((stackId, g) => {
    const s = rows.get(stackId);
    const one = s === undefined ? undefined : value(s);
    return one === undefined ? [] : [{ one, label: gold.label[g] }];
  });
  const label = Uint8Array.from(seen, (row) => row.label);
  const area = auc({ score: Float64Array.from(seen, ({ one }) => one), label });
  if (area === undefined) return undefined;
  const mean = (wanted: number): number => {
    const own = seen.filter((row) => row.label === wanted);
    return own.reduce((sum, { one }) => sum + one, 0) / own.length;
  };
  const stalledCount = label.reduce((n, one) => n + (one === STALLED ? 1 : 0), 0);
  const n = seen.length;
  // Of the rank sum where the source knows nothing. Ties make it smaller, so this is on the safe side.
  const deviation = Math.sqrt((n + 1) / (12 * stalledCount * (n - stalledCount)));
  if (area > 0.5 - CLEARLY * deviation) return undefined;
  return { stalled: mean(1), flowing: mean(0), n };
};

/**
 * Votes or scores that say the opposite of gold: 1 may mean flowing there, or a score may be the chance of flowing.
 *
 * A source is told if stalled gold ranks below flowing gold by more than three standard errors of a source that knows nothing.
 *
 * @returns a note for each such source
 * @example
 * const gold = Gold.from({ chosen: 'random' })(Array.from({ length: 40 }, (_, s) => ({ stackId: `s${s}`, label: s < 20 ? 1 : 0 })));
 * const scores = { stackIds: gold.stackIds, score: Float64Array.from(gold.label, (label) => (label === 1 ? 0.1 : 0.9)) };
 * Study.directionNotes({ votes: Votes.EMPTY, scores, gold }).map(({ about }) => about) // => ['direction']
 */
export const directionNotes = ({
  votes,
  scores,
  gold,
}: {
  readonly votes: VoteTable;
  readonly scores?: Scores | undefined;
  readonly gold: GoldSet;
}): readonly DataNote[] => {
  const { stackIds, offsets, label } = votes;
  const share = (s: number): number | undefined => {
    const n = offsets[s + 1] - offsets[s];
    return n === 0 ? undefined : label.subarray(offsets[s], offsets[s + 1]).reduce((sum, one) => sum + one, 0) / n;
  };
  const byVotes = opposite({ stackIds, value: share }, gold);
  const byScores =
    scores === undefined ? undefined : opposite({ stackIds: scores.stackIds, value: (s) => scores.score[s] }, gold);
  return [
    ...(byVotes === undefined ? [] : [directionNote('votes', byVotes)]),
    ...(byScores === undefined ? [] : [directionNote('scores', byScores)]),
  ];
};
