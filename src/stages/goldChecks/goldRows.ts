import type { GoldSet } from '../../domain/gold.js';
import type { Scores } from '../../domain/scores.js';
import type { VoteTable } from '../../domain/voteTable.js';
import type { VoteCell } from '../../kernel/crowd/latentShare.js';
import { hashText } from '../../kernel/ids/hash.js';
import { rowOfId } from '../../kernel/ids/voteColumns.js';
import { hypergeometricTails } from '../../kernel/special/hypergeometric.js';

/** What is seen of one stack. */
export interface SeenStack {
  /** Votes, and how many of them say stalled. */
  readonly n: number;
  readonly k: number;
  /** One of its votes, drawn by hash: so stacks with few and with many votes compare. Absent without votes. */
  readonly drawn?: number | undefined;
  /** Absent where the model said nothing. */
  readonly score?: number | undefined;
}

/** A gold stack with its label. */
export interface SeenGold extends SeenStack {
  readonly label: number;
}

/** Gold, and all stacks that are not gold. */
export interface GoldRows {
  readonly gold: readonly SeenGold[];
  readonly others: readonly SeenStack[];
}

/** The data of a laboratory whose gold is to be checked. */
export interface GoldData {
  readonly votes: VoteTable;
  readonly scores?: Scores | undefined;
  readonly gold: GoldSet;
}

/** Any fixed number; the draw must not depend on what was voted. */
const DRAW_SEED = 11;

/** Gold and other stacks with their votes and scores. */
export const goldRows = ({ votes, scores, gold }: GoldData): GoldRows => {
  const scoreOf = new Map(scores?.stackIds.map((stackId, row) => [stackId, scores.score[row]]));
  const place = rowOfId(votes.stackIds);
  const isGold = new Set(gold.stackIds);
  const seen = (stackId: string): SeenStack => {
    const s = place.get(stackId);
    const from = s === undefined ? 0 : votes.offsets[s];
    const n = s === undefined ? 0 : votes.offsets[s + 1] - from;
    let k = 0;
    for (let v = from; v < from + n; v++) k += votes.label[v];
    // Exchangeable among the votes of the stack: a share k/n of hashes lies below k/n.
    const drawn = n === 0 ? undefined : Number(hashText(`drawn vote\n${stackId}`, DRAW_SEED) < (k / n) * 2 ** 53);
    return { n, k, drawn, score: scoreOf.get(stackId) };
  };
  const strangers = new Set([...votes.stackIds, ...scoreOf.keys()].filter((stackId) => !isGold.has(stackId)));
  return {
    gold: gold.stackIds.map((stackId, row) => ({ ...seen(stackId), label: gold.label[row] })),
    others: [...strangers].map(seen),
  };
};

/** Stacks counted by their votes; those without votes are left out. */
export const voteCells = (stacks: readonly SeenStack[]): readonly VoteCell[] => {
  const cells = new Map<string, { n: number; k: number; stacks: number }>();
  for (const { n, k } of stacks) {
    if (n === 0) continue;
    const cell = cells.get(`${n} ${k}`) ?? { n, k, stacks: 0 };
    cell.stacks++;
    cells.set(`${n} ${k}`, cell);
  }
  return [...cells.values()].sort((a, b) => a.n - b.n || a.k - b.k);
};

/** A yes-or-no question about a stack; `undefined` where it has no answer. */
export interface StackMark {
  /** In words that follow "are": `above a score of .31`. */
  readonly words: string;
  readonly answer: (stack: SeenStack) => number | undefined;
}

/** How many of two groups of stacks bear a mark. */
export interface MarkCount {
  readonly marked: number;
  readonly n: number;
}

/** Counts a mark where it has an answer. */
export const countMark =
  ({ answer }: StackMark) =>
  (stacks: readonly SeenStack[]): MarkCount => {
    const answers = stacks.flatMap((stack) => answer(stack) ?? []);
    return { marked: answers.reduce((sum, one) => sum + one, 0), n: answers.length };
  };

/** Fisher's exact test of two groups. */
export const fisher = (one: MarkCount, other: MarkCount): { readonly atLeast: number; readonly twoSided: number } => {
  if (one.n === 0 || other.n === 0) return { atLeast: 1, twoSided: 1 };
  const { atLeast, atMost } = hypergeometricTails({
    k: one.marked,
    drawn: one.n,
    marked: one.marked + other.marked,
    population: one.n + other.n,
  });
  return { atLeast, twoSided: Math.min(1, 2 * Math.min(atLeast, atMost)) };
};

/** The vote drawn by hash says stalled. */
export const DRAWN_VOTE: StackMark = {
  words: 'are called stalled by one vote drawn at random',
  answer: ({ drawn }) => drawn,
};

/** The score lies above a place. */
export const scoreAbove = (place: number): StackMark => ({
  words: `have a score above ${Number(place.toPrecision(3))}`,
  answer: ({ score }) => (score === undefined ? undefined : Number(score > place)),
});

/** Scores that shares of the stacks do not exceed; each place once. */
export const scorePlaces = (stacks: readonly SeenStack[], shares: readonly number[]): readonly number[] => {
  const sorted = Float64Array.from(stacks.flatMap(({ score }) => score ?? [])).sort();
  if (sorted.length === 0) return [];
  return [...new Set(shares.map((share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]))];
};
