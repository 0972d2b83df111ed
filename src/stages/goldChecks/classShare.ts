import { present } from '../../domain/present.js';
import * as Evaluation from '../evaluation/index.js';
import * as Prevalence from '../prevalence/index.js';
import {
  countMark,
  DRAWN_VOTE,
  fisher,
  type GoldRows,
  type MarkCount,
  type StackMark,
  scoreAbove,
  scorePlaces,
} from './goldRows.js';

/** The share of stalled stacks that votes or scores of all other stacks speak for. */
export interface OtherShare {
  readonly mark: StackMark;
  readonly gold: MarkCount;
  readonly others: MarkCount;
  /** Of gold being a random part of all stacks: their marks are then alike. */
  readonly pValue: number;
  /** Rogan–Gladen by this mark, with the rates of gold. Absent: the mark does not tell the classes apart. */
  readonly estimate?: number | undefined;
  /** Exact, at the level of this check. Absent: no share explains the marks of the others. */
  readonly lower?: number | undefined;
  readonly upper?: number | undefined;
}

const SHARES: readonly number[] = [0.5, 0.9, 0.99];

/** Every mark by which gold and all other stacks can be compared, the one that differs most first. */
export const otherShares = ({ gold, others }: GoldRows, level: number): readonly OtherShare[] => {
  const marks = [DRAWN_VOTE, ...scorePlaces([...gold, ...others], SHARES).map(scoreAbove)];
  const stalled = gold.filter(({ label }) => label === 1);
  const flowing = gold.filter(({ label }) => label === 0);
  const confidence = 1 - level / marks.length;
  return marks
    .map((mark): OtherShare => {
      const count = countMark(mark);
      const counts = { gold: count(gold), others: count(others) };
      const hits = count(stalled);
      const alarms = count(flowing);
      const pValue = Math.min(1, marks.length * fisher(counts.gold, counts.others).twoSided);
      if (hits.n === 0 || alarms.n === 0 || counts.others.n === 0) return { mark, ...counts, pValue };
      const { overall } = Prevalence.corrected({
        sensitivity: Evaluation.rate({ hits: hits.marked, n: hits.n, confidence }),
        specificity: Evaluation.rate({ hits: alarms.n - alarms.marked, n: alarms.n, confidence }),
        confidence,
      })([{ stratum: '', stacks: counts.others.n, calledStalled: counts.others.marked }]);
      const { estimate, interval } = overall;
      return present({ mark, ...counts, pValue, estimate, lower: interval?.lower, upper: interval?.upper });
    })
    .sort((a, b) => a.pValue - b.pValue);
};
