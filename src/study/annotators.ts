import type { GoldSet } from '../domain/gold.js';
import { present } from '../domain/present.js';
import type { VoteTable } from '../domain/voteTable.js';
import * as Gold from '../stages/gold.js';
import * as Skills from '../stages/skills/index.js';

/** Gold, and which intervals and flags to compute. */
export interface AnnotatorsStudyOptions {
  /** Stacks with known truth. Without gold, skills are estimated from the votes alone, and are then less reliable. */
  readonly gold?: GoldSet | undefined;
  /** Estimate skills from all votes and not from those on gold alone; always so without gold. */
  readonly allVotes?: boolean | undefined;
  /** Of the intervals, in (0, 1); default .95. */
  readonly confidence?: number | undefined;
  /** Probability that an honest annotator gets a flag, for each flag, in (0, 1); default .001. */
  readonly falseAlarm?: number | undefined;
}

/** Votes per class that the prior of each kind of skill is worth. */
const STRENGTH = { gold: 10, allVotes: 5 } as const;

/**
 * One row for each annotator: sensitivity and specificity with intervals, votes, share of all votes, and flags.
 *
 * @param options - gold; how skills are estimated
 * @returns rows in the order of `votes.annotatorIds`; a flag names a pattern to check, not a person to exclude
 * @example
 * const lab = Simulate.inputs(Simulate.dataset({ stacks: 0, prevalence: 0.05, gold: { stalled: 200, flowing: 200, chosen: 'stratified' } })(7));
 * const rows = Study.annotators({ gold: lab.gold })(lab.votes);
 * rows.length === lab.votes.annotatorIds.length // => true
 * rows.every(({ sensitivity: { estimate, interval } }) => interval.lower <= estimate && estimate <= interval.upper) // => true
 * @see docs/math.md#annotators
 */
export const studyAnnotators =
  ({ gold, allVotes, confidence, falseAlarm }: AnnotatorsStudyOptions = {}) =>
  (votes: VoteTable): readonly Skills.Annotator[] => {
    const known = gold === undefined ? undefined : Gold.as('fit')(gold);
    const common = { gold: known, confidence, falseAlarm };
    if (known !== undefined && allVotes !== true) {
      const skills = Skills.fromGold({ gold: known })(votes);
      return Skills.annotators(present({ ...common, skills, strength: STRENGTH.gold }))(votes);
    }
    const skills = Skills.dawidSkene(present({ gold: known }))(votes);
    const { prevalence } = skills;
    return Skills.annotators(present({ ...common, skills, prevalence, strength: STRENGTH.allVotes }))(votes);
  };
