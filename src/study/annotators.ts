import type { GoldSet } from '../domain/gold.js';
import { present } from '../domain/present.js';
import { ANONYMOUS } from '../domain/vote.js';
import type { VoteTable } from '../domain/voteTable.js';
import { rowOfId } from '../kernel/ids/voteColumns.js';
import type { Provenance } from '../policy/index.js';
import * as Gold from '../stages/gold.js';
import * as Skills from '../stages/skills/index.js';
import * as Votes from '../stages/votes/index.js';

/** Gold, and which intervals and flags to compute. */
export interface AnnotatorsStudyOptions {
  /** Stacks with known truth. Without gold, skills are estimated from the votes alone, and are then less reliable. */
  readonly gold?: GoldSet | undefined;
  /** Estimate skills from all votes and not from those on gold alone; always so without gold. */
  readonly allVotes?: boolean | undefined;
  /** P(stalled) where votes are worth something, in (0, 1); default that of random gold, else as the votes have it. */
  readonly prevalence?: number | undefined;
  /** Of the intervals, in (0, 1); default .95. */
  readonly confidence?: number | undefined;
  /** Probability that an honest annotator gets a flag, for each flag, in (0, 1); default .001. */
  readonly falseAlarm?: number | undefined;
}

/** One annotator, with what a vote of theirs is worth. */
export interface AnnotatorRow extends Skills.Annotator {
  /** `newcomer`: the crowd's pooled rates, for annotators seen for the first time. `anonymous`: all votes without a name. */
  readonly kind: 'annotator' | 'anonymous' | 'newcomer';
  /** Votes on gold. */
  readonly goldVotes: number;
  /** Expected information of one vote about the class, in nats, at the prevalence of the summary. */
  readonly information: number;
}

/** What all annotators did, and each of them. */
export interface AnnotatorsSummary {
  readonly schema: 'tandem-annotators/1';
  /** What the skills rest on. */
  readonly basis: 'gold' | 'all votes' | 'gold and all votes';
  readonly confidence: number;
  readonly falseAlarm: number;
  /** P(stalled) at which `information` is stated. */
  readonly prevalence: number;
  readonly crowd: {
    readonly annotators: number;
    readonly votes: number;
    readonly stacks: number;
    /** Krippendorff's alpha. Absent where no stack has two votes, or all votes say the same. */
    readonly alpha?: number;
    readonly agreement: Votes.PairwiseAgreement;
  };
  /** Flagged annotators, and how many flags honest annotators would get. */
  readonly flagged: {
    readonly annotators: number;
    readonly byFlag: Readonly<Record<Skills.AnnotatorFlag, number>>;
    /** falseAlarm × annotators × flags that were looked for. */
    readonly expectedByChance: number;
  };
  /** In the order of `votes.annotatorIds`. */
  readonly annotators: readonly AnnotatorRow[];
  readonly newcomer: Omit<AnnotatorRow, 'stalledShare'>;
  readonly provenance?: Provenance;
}

/** Votes per class that the prior of each kind of skill is worth. */
const STRENGTH = { gold: 10, allVotes: 5 } as const;

/** always-flowing and always-stalled exclude each other; so three kinds without an order of votes, and two more with one. */
const KINDS = { withoutOrder: 3, withOrder: 5 } as const;

/**
 * One row for each annotator: sensitivity and specificity with intervals, votes, worth, change, and flags; and the crowd as
 * a whole: how far it agrees, and what a newcomer is worth.
 *
 * @param options - gold; how skills are estimated
 * @returns a flag names a pattern to check, not a person to exclude
 * @example
 * const lab = Simulate.inputs(Simulate.dataset({ stacks: 0, prevalence: 0.05, gold: { stalled: 200, flowing: 200, chosen: 'stratified' } })(7));
 * const { annotators, crowd, newcomer } = Study.annotators({ gold: lab.gold })(lab.votes);
 * annotators.length === crowd.annotators // => true
 * annotators.every(({ sensitivity: { estimate, interval } }) => interval.lower <= estimate && estimate <= interval.upper) // => true
 * newcomer.information > 0 // => true
 * @see docs/math.md#annotators
 */
export const studyAnnotators =
  (options: AnnotatorsStudyOptions = {}) =>
  (votes: VoteTable): AnnotatorsSummary => {
    const { gold, allVotes, confidence = 0.95, falseAlarm = 0.001 } = options;
    const known = gold === undefined ? undefined : Gold.as('fit')(gold);
    const onGoldAlone = known !== undefined && allVotes !== true;
    const fitted = onGoldAlone ? undefined : Skills.dawidSkene(present({ gold: known }))(votes);
    const skills = fitted ?? Skills.fromGold({ gold: known ?? Gold.as('fit')(NO_GOLD) })(votes);
    const strength = onGoldAlone ? STRENGTH.gold : STRENGTH.allVotes;
    const rows = Skills.annotators(
      present({ skills, gold: known, prevalence: fitted?.prevalence, strength, confidence, falseAlarm }),
    )(votes);
    const prevalence = options.prevalence ?? shareOf(gold) ?? (fitted ?? Skills.dawidSkene()(votes)).prevalence;
    const informationOf = (sensitivity: number, specificity: number): number =>
      Skills.information({ sensitivity, specificity, prevalence });
    const goldVotes = goldVotesOf(votes, gold);
    const annotators = rows.map(
      (row, a): AnnotatorRow => ({
        ...row,
        kind: row.annotatorId === ANONYMOUS ? 'anonymous' : 'annotator',
        goldVotes: goldVotes[a],
        information: informationOf(row.sensitivity.estimate, row.specificity.estimate),
      }),
    );
    const newcomer = Skills.newcomerRates({ skills, strength, confidence });
    return {
      schema: 'tandem-annotators/1',
      basis: onGoldAlone ? 'gold' : known === undefined ? 'all votes' : 'gold and all votes',
      confidence,
      falseAlarm,
      prevalence,
      crowd: present({
        annotators: annotators.length,
        votes: votes.label.length,
        stacks: votes.stackIds.length,
        alpha: Votes.alpha(votes),
        agreement: Votes.pairwiseAgreement(votes),
      }),
      flagged: flaggedOf(
        annotators,
        falseAlarm * annotators.length * (votes.arrival === undefined ? KINDS.withoutOrder : KINDS.withOrder),
      ),
      annotators,
      newcomer: {
        kind: 'newcomer',
        annotatorId: '',
        votes: 0,
        goldVotes: 0,
        activity: 0,
        ...newcomer,
        information: informationOf(newcomer.sensitivity.estimate, newcomer.specificity.estimate),
        flags: [],
        sameAs: [],
      },
    };
  };

const NO_GOLD: GoldSet = { stackIds: [], label: new Uint8Array(0), chosen: 'random' };

/** P(stalled) of random gold; other gold does not know it. */
const shareOf = (gold: GoldSet | undefined): number | undefined => {
  if (gold === undefined || gold.chosen !== 'random' || gold.label.length === 0) return undefined;
  const stalled = gold.label.reduce((sum, value) => sum + value, 0);
  return (stalled + 1) / (gold.label.length + 2);
};

const goldVotesOf = (votes: VoteTable, gold: GoldSet | undefined): Uint32Array => {
  const count = new Uint32Array(votes.annotatorIds.length);
  const rows = rowOfId(votes.stackIds);
  for (const id of gold?.stackIds ?? []) {
    const s = rows.get(id);
    if (s === undefined) continue;
    for (let v = votes.offsets[s]; v < votes.offsets[s + 1]; v++) count[votes.annotatorOf[v]]++;
  }
  return count;
};

const flaggedOf = (rows: readonly AnnotatorRow[], expectedByChance: number): AnnotatorsSummary['flagged'] => {
  const byFlag = { 'always-flowing': 0, 'always-stalled': 0, random: 0, copying: 0, 'bot-like': 0, drift: 0 };
  for (const { flags } of rows) for (const flag of flags) byFlag[flag]++;
  return { annotators: rows.filter(({ flags }) => flags.length > 0).length, byFlag, expectedByChance };
};
