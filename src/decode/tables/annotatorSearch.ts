import { type Interner, interner } from '../../kernel/ids/interner.js';

/** Rows that are looked at: enough to see who votes on what, also where a file is sorted by annotator. */
const MOST_ROWS = 200_000;
const MOST_COLUMNS = 8;

/** A column that seems to name annotators, although its name is not known. */
export interface UnnamedAnnotators {
  readonly column: string;
  /** Whether its values have letters. Numbers may also be durations. */
  readonly isText: boolean;
}

interface Candidate {
  readonly at: number;
  readonly name: string;
  readonly values: Interner;
  readonly pairs: Set<number>;
  empty: number;
  lettered: number;
}

/** Looks for annotators in the columns that no field claims. */
export interface AnnotatorSearch {
  /** The columns that it wants to see: their place, as `columns` gave it. */
  readonly wanted: readonly number[];
  readonly isFull: () => boolean;
  /** The next row, by the number of its stack; then each wanted column of it as bytes `from` .. `to - 1`. */
  readonly row: (stack: number) => void;
  readonly value: (column: number, bytes: Uint8Array, from: number, to: number) => void;
  readonly found: () => UnnamedAnnotators | undefined;
}

const isLetter = (byte: number): boolean => (byte | 32) >= 97 && (byte | 32) <= 122;

/**
 * A column names annotators if its values repeat over the table and do not repeat on a stack: a person votes on many stacks, and
 * once on each. A property of stacks, such as a mouse, repeats on the stack; a time does not repeat at all.
 *
 * @param columns - those that no field claims
 */
export const annotatorSearch = (
  columns: readonly { readonly at: number; readonly name: string }[],
): AnnotatorSearch => {
  const candidates: readonly Candidate[] = columns
    .slice(0, MOST_COLUMNS)
    .map((one) => ({ ...one, values: interner(), pairs: new Set<number>(), empty: 0, lettered: 0 }));
  const stacks = new Set<number>();
  let rows = 0;
  let stack = 0;

  /** Votes per stack and per value, and votes that are the only one of their value on their stack. */
  const fits = ({ values, pairs, empty }: Candidate): boolean => {
    const named = rows - empty;
    return (
      rows >= 10 &&
      named >= rows / 2 &&
      rows >= 1.5 * stacks.size &&
      values.size() >= 2 &&
      named >= 2 * values.size() &&
      pairs.size >= 0.98 * named
    );
  };

  return {
    wanted: candidates.map(({ at }) => at),
    isFull: () => rows >= MOST_ROWS || candidates.length === 0,
    row: (number) => {
      stack = number;
      stacks.add(number);
      rows++;
    },
    value: (column, bytes, from, to) => {
      const candidate = candidates[column];
      if (from === to) {
        candidate.empty++;
        return;
      }
      if (isLetter(bytes[from]) || isLetter(bytes[to - 1])) candidate.lettered++;
      candidate.pairs.add(stack * 2 ** 26 + candidate.values.intern(bytes, from, to));
    },
    found: () => {
      const fitting = candidates.filter(fits).map(({ name, lettered, empty }) => ({
        column: name,
        isText: lettered >= (rows - empty) / 2,
      }));
      return fitting.find(({ isText }) => isText) ?? fitting[0];
    },
  };
};
