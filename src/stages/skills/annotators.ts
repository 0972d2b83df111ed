import type { Gold } from '../../domain/gold.js';
import type { Interval } from '../../domain/interval.js';
import { STALLED } from '../../domain/label.js';
import { present } from '../../domain/present.js';
import type { Newcomer, Skills } from '../../domain/skills.js';
import { ANONYMOUS } from '../../domain/vote.js';
import type { VoteTable } from '../../domain/voteTable.js';
import { type Copying, copyingPairs } from '../../kernel/crowd/copying.js';
import { fuseInto } from '../../kernel/crowd/fuse.js';
import type { Judgement } from '../../kernel/crowd/sharedAnswers.js';
import { rowOfId } from '../../kernel/ids/voteColumns.js';
import { betaQuantile } from '../../kernel/special/beta.js';
import { clopperPearson } from '../../kernel/special/clopperPearson.js';
import { logistic, logit } from '../../kernel/special/logit.js';
import { changeOf, isRhythmic, type SkillChange } from './sequence.js';

/** What `annotators` needs beside the votes. */
export interface AnnotatorsOptions {
  /** Estimated on this very table; see `Skills.alignedTo`. */
  readonly skills: Skills;
  /** Stacks whose truth is known. */
  readonly gold?: Gold<'fit'>;
  /** P(stalled) in (0, 1), when the skills rest on all votes; absent, they are taken to rest on gold alone. */
  readonly prevalence?: number;
  /**
   * Weight of the prior of the skills, in votes per class, > 0: 5 for `dawidSkene`, the default, and 10 for `fromGold`.
   */
  readonly strength?: number;
  /** Of the intervals, in (0, 1); default .95. */
  readonly confidence?: number;
  /** The chance that an honest annotator gets a flag, for each flag, in (0, 1); default .001. */
  readonly falseAlarm?: number;
}

/**
 * Why an annotator deserves a second look: one answer for everything, answers no better than chance, answers of another,
 * chance answers in an even rhythm, or answers that became better or worse.
 */
export type AnnotatorFlag = 'always-flowing' | 'always-stalled' | 'random' | 'copying' | 'bot-like' | 'drift';

/** A number with its two-sided interval. */
export interface RateEstimate {
  readonly estimate: number;
  readonly interval: Interval;
}

/** What one annotator did, and how far to trust them. */
export interface Annotator {
  readonly annotatorId: string;
  readonly votes: number;
  /** Share of all votes, in (0, 1]. */
  readonly activity: number;
  /** Share of their votes that say stalled; exact interval. */
  readonly stalledShare: RateEstimate;
  /** P(vote stalled | stalled); credible interval. */
  readonly sensitivity: RateEstimate;
  /** P(vote flowing | flowing); credible interval. */
  readonly specificity: RateEstimate;
  /** ½ (logit sensitivity − logit specificity) in nats: above 0 says stalled too readily, below 0 flowing. */
  readonly bias: number;
  /** From the first half of their votes to the second. Absent where nobody knows when votes came, or with too few votes. */
  readonly change?: SkillChange;
  readonly flags: readonly AnnotatorFlag[];
  /** Annotators with improbably identical answers. */
  readonly sameAs: readonly { readonly annotatorId: string; readonly shared: number; readonly identical: number }[];
}

/** Rates are kept this far from 0 and 1, where evidence and bias are infinite; only skills without smoothing get there. */
const EDGE = 1e-10;

/**
 * One row per annotator: skill with intervals, bias, activity, share of stalled votes, and flags for suspicious annotators.
 *
 * Skill has the interval of Beta( rate · (n + m), (1 − rate) · (n + m) ): n votes on stacks of the class, expected ones
 * where truth is not known, and m = `strength`. Flags, each wrong about an honest annotator with probability
 * `falseAlarm`:
 *
 * - `always-flowing`: all votes say flowing, though Π (1 − P(stalled) · s) over them is at most `falseAlarm`. s is the
 *   crowd's pooled sensitivity, P(stalled) leaves their own vote out, and false alarms are not expected of them.
 * - `always-stalled`: the same with the classes exchanged.
 * - `random`: sensitivity + specificity − 1 is below half the crowd's at the upper end of its one-sided interval, and 0
 *   or less at the lower end; not given to the two above.
 * - `copying`: half or more of the disagreement that independent answers would have with another annotator is missing,
 *   and so little is improbable: at most `falseAlarm` over the number of partners, by an exact test that is given how
 *   often each of the two says stalled at every level of class and of the others' votes, and grants every pair the
 *   crowd's own odds ratio.
 *
 * Where votes know when they came (`VoteTable.arrival`) two more:
 *
 * - `bot-like`: no better than chance, as above, and the rarer answer comes at distances more even than in random orders.
 * - `drift`: right answers of the first and second half differ by Welch's t, beyond what the stacks explain.
 *
 * With gold the rates hold; from votes alone they are as good as the posterior they are judged by. Which of two
 * annotators copies cannot be told, nor can two accounts of one person or a shared misunderstanding. The anonymous
 * annotator is many people and gets no flags.
 *
 * @param options - see `AnnotatorsOptions`
 * @returns rows in the order of `votes.annotatorIds`
 * @throws RangeError when `skills` was estimated on another table
 * @example
 * const votes = Errors.getOrThrow(Votes.from()(['ann', 'bob'].flatMap((annotatorId) =>
 *   [0, 1, 2, 3].map((s) => ({ stackId: `s${s}`, annotatorId, label: s === 0 && annotatorId === 'ann' ? 1 : 0 })))));
 * const gold = Gold.as('fit')(Gold.from({ chosen: 'random' })([0, 1, 2, 3].map((s) => ({ stackId: `s${s}`, label: s === 0 ? 1 : 0 }))));
 * const rows = Skills.annotators({ skills: Skills.fromGold({ gold, strength: 2 })(votes), gold, strength: 2 })(votes);
 * const ann = rows.find((row) => row.annotatorId === 'ann');
 * [ann.votes, ann.activity, ann.stalledShare.estimate] // => [4, 0.5, 0.25]
 * ann.sensitivity // => { estimate: 0.666667, interval: { lower: 0.158114, upper: 0.987421 } }
 * @see docs/math.md#annotators · Zou & Donner (2008), doi:10.1002/sim.3095 ·
 * Gart (1970), doi:10.1093/biomet/57.3.471 · Mantel & Haenszel (1959), doi:10.1093/jnci/22.4.719
 */
export const annotators =
  (options: AnnotatorsOptions) =>
  (votes: VoteTable): readonly Annotator[] => {
    const { skills, strength = 5, confidence = 0.95, falseAlarm = 0.001 } = options;
    requireSameAnnotators(skills, votes);
    const sensitivity = skills.sensitivity.map(inside);
    const specificity = skills.specificity.map(inside);
    const judged = judge(votes, { sensitivity, specificity }, options);
    const record = recordsOf(votes, judged, skills.newcomer);
    const anonymous = votes.annotatorIds.indexOf(ANONYMOUS);
    const copying = copyingPairs(votes, judged, { anonymous, falseAlarm });
    const sameAs = partnersOf(copying, votes.annotatorIds, falseAlarm);
    const tail = (1 - confidence) / 2;
    const half = (skills.newcomer.sensitivity + skills.newcomer.specificity - 1) / 2;
    const inOrder = votes.arrival === undefined ? undefined : sequencesOf(votes, judged, votes.arrival);
    return votes.annotatorIds.map((annotatorId, a): Annotator => {
      const sequence = a === anonymous ? undefined : inOrder?.(a);
      const own = sequence && { ...sequence, sensitivity: sensitivity[a], specificity: specificity[a] };
      const change = own && changeOf(own, { confidence, falseAlarm });
      const caught = { rate: sensitivity[a], size: record.onStalled[a] + strength };
      const cleared = { rate: specificity[a], size: record.onFlowing[a] + strength };
      const flags: AnnotatorFlag[] = [];
      if (a !== anonymous) {
        const n = record.votes[a];
        if (record.stalled[a] === 0 && record.logNoStalled[a] <= Math.log(falseAlarm)) flags.push('always-flowing');
        if (record.stalled[a] === n && record.logNoFlowing[a] <= Math.log(falseAlarm)) flags.push('always-stalled');
        if (flags.length === 0 && isRandom(caught, cleared, falseAlarm, half)) flags.push('random');
        if (sameAs[a].length > 0) flags.push('copying');
        if (sequence !== undefined && isChance(caught, cleared, falseAlarm) && isRhythmic(sequence.label, falseAlarm)) {
          flags.push('bot-like');
        }
        if (change?.isDrift === true) flags.push('drift');
      }
      return present({
        annotatorId,
        votes: record.votes[a],
        activity: record.votes[a] / votes.label.length,
        stalledShare: {
          estimate: record.stalled[a] / record.votes[a],
          interval: clopperPearson({ hits: record.stalled[a], n: record.votes[a], delta: tail }),
        },
        sensitivity: { estimate: skills.sensitivity[a], interval: interval(caught, tail) },
        specificity: { estimate: skills.specificity[a], interval: interval(cleared, tail) },
        bias: (logit(sensitivity[a]) - logit(specificity[a])) / 2,
        change,
        flags,
        sameAs: sameAs[a],
      });
    });
  };

/** What the crowd's pooled rates say of an annotator seen for the first time. */
export interface NewcomerRates {
  readonly sensitivity: RateEstimate;
  readonly specificity: RateEstimate;
  readonly bias: number;
}

/**
 * The pooled rates of a crowd, with intervals for one new annotator: the prior that every skill begins with.
 *
 * @param options - skills of the crowd; `strength` of the prior in votes per class, > 0; confidence in (0, 1)
 * @example
 * const skills = { annotatorIds: [], sensitivity: new Float64Array(0), specificity: new Float64Array(0), support: new Uint32Array(0), newcomer: { sensitivity: 0.8, specificity: 0.8 } };
 * const { sensitivity, bias } = Skills.newcomerRates({ skills, strength: 10, confidence: 0.9 });
 * [sensitivity.estimate, bias] // => [0.8, 0]
 * sensitivity.interval // => { lower: 0.570864, upper: 0.958977 }
 */
export const newcomerRates = ({
  skills: { newcomer },
  strength,
  confidence,
}: {
  readonly skills: Skills;
  readonly strength: number;
  readonly confidence: number;
}): NewcomerRates => {
  const rateOf = (rate: number): RateEstimate => ({
    estimate: rate,
    interval: interval({ rate, size: strength }, (1 - confidence) / 2),
  });
  return {
    sensitivity: rateOf(newcomer.sensitivity),
    specificity: rateOf(newcomer.specificity),
    bias: (logit(inside(newcomer.sensitivity)) - logit(inside(newcomer.specificity))) / 2,
  };
};

/** A rate and the number of votes behind it, those of the prior included. */
interface Skill {
  readonly rate: number;
  readonly size: number;
}

const inside = (rate: number): number => Math.min(Math.max(rate, EDGE), 1 - EDGE);

/** The Beta interval around a skill, which contains it; half a vote on either side at least, as Jeffreys has it. */
const interval = ({ rate, size }: Skill, tail: number): Interval => {
  const a = Math.max(rate * size, 0.5);
  const b = Math.max((1 - rate) * size, 0.5);
  return {
    lower: Math.min(rate, betaQuantile({ a, b, p: tail, tail: 'lower' }).x),
    upper: Math.max(rate, betaQuantile({ a, b, p: tail, tail: 'upper' }).x),
  };
};

/**
 * Sensitivity + specificity − 1 between its one-sided ends, combined as Zou and Donner do, against `half` the crowd's.
 */
const isRandom = (caught: Skill, cleared: Skill, falseAlarm: number, half: number): boolean => {
  const index = caught.rate + cleared.rate - 1;
  // The ends lie beyond the index, so most annotators are settled without them.
  if (!(half > 0 && index < half)) return false;
  const { lower, upper } = indexEnds(caught, cleared, falseAlarm);
  return upper < half && lower <= 0;
};

/** Whether sensitivity + specificity − 1 may be 0 or less. */
const isChance = (caught: Skill, cleared: Skill, falseAlarm: number): boolean =>
  indexEnds(caught, cleared, falseAlarm).lower <= 0;

const indexEnds = (caught: Skill, cleared: Skill, tail: number): Interval => {
  const index = caught.rate + cleared.rate - 1;
  const first = interval(caught, tail);
  const second = interval(cleared, tail);
  return {
    lower: index - Math.hypot(caught.rate - first.lower, cleared.rate - second.lower),
    upper: index + Math.hypot(first.upper - caught.rate, second.upper - cleared.rate),
  };
};

interface Judged extends Judgement {
  /** Whether the skills rest on this stack: all with `prevalence`, else those with known truth. */
  readonly counts: (s: number) => boolean;
}

/** What is known of every stack: truth, or the posterior of the skills. */
const judge = (
  votes: VoteTable,
  { sensitivity, specificity }: { sensitivity: Float64Array; specificity: Float64Array },
  { gold, prevalence }: AnnotatorsOptions,
): Judged => {
  const stalled = sensitivity.map((rate, a) => Math.log(rate) - Math.log1p(-specificity[a]));
  const flowing = sensitivity.map((rate, a) => Math.log1p(-rate) - Math.log(specificity[a]));
  const logOdds = new Float64Array(votes.stackIds.length).fill(logit(prevalence ?? 0.5));
  fuseInto(votes, { stalled, flowing }, { logOdds });
  const rows = rowOfId(votes.stackIds);
  for (let g = 0; gold !== undefined && g < gold.stackIds.length; g++) {
    const s = rows.get(gold.stackIds[g]);
    if (s !== undefined) logOdds[s] = gold.label[g] === STALLED ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  }
  return { logOdds, stalled, flowing, counts: (s) => prevalence !== undefined || !Number.isFinite(logOdds[s]) };
};

/** What each annotator's votes met with: sums over their votes, in stack order. */
const recordsOf = (votes: VoteTable, judged: Judged, pooled: Newcomer) => {
  const { offsets, annotatorOf, label } = votes;
  const nAnnotators = votes.annotatorIds.length;
  const record = {
    votes: new Uint32Array(nAnnotators),
    stalled: new Uint32Array(nAnnotators),
    onStalled: new Float64Array(nAnnotators),
    onFlowing: new Float64Array(nAnnotators),
    logNoStalled: new Float64Array(nAnnotators),
    logNoFlowing: new Float64Array(nAnnotators),
  };
  for (let s = 0; s + 1 < offsets.length; s++) {
    const z = judged.logOdds[s];
    const counts = judged.counts(s);
    for (let v = offsets[s]; v < offsets[s + 1]; v++) {
      const a = annotatorOf[v];
      record.votes[a] += 1;
      record.stalled[a] += label[v];
      if (!counts) continue;
      const own = label[v] === 1 ? judged.stalled[a] : judged.flowing[a];
      record.onStalled[a] += logistic(z);
      record.onFlowing[a] += logistic(-z);
      record.logNoStalled[a] += Math.log1p(-logistic(z - own) * inside(pooled.sensitivity));
      record.logNoFlowing[a] += Math.log1p(-logistic(own - z) * inside(pooled.specificity));
    }
  }
  return record;
};

/** Votes of each annotator in order of arrival, on stacks the skills rest on. */
const sequencesOf = (votes: VoteTable, judged: Judged, arrival: Uint32Array) => {
  const { offsets, annotatorOf, label } = votes;
  const rows = votes.annotatorIds.map((): number[] => []);
  const stackOf = new Uint32Array(label.length);
  for (let s = 0; s + 1 < offsets.length; s++) {
    for (let v = offsets[s]; v < offsets[s + 1]; v++) {
      stackOf[v] = s;
      if (judged.counts(s)) rows[annotatorOf[v]].push(v);
    }
  }
  return (a: number) => {
    const own = rows[a].sort((v, w) => arrival[v] - arrival[w]);
    const others = Float64Array.from(own, (v) => {
      const nats = label[v] === 1 ? judged.stalled[a] : judged.flowing[a];
      return judged.logOdds[stackOf[v]] - nats;
    });
    return { others, label: Uint8Array.from(own, (v) => label[v]) };
  };
};

const partnersOf = (
  { pairs, partners }: { readonly pairs: readonly Copying[]; readonly partners: Uint32Array },
  annotatorIds: readonly string[],
  falseAlarm: number,
): Annotator['sameAs'][] => {
  const sameAs = annotatorIds.map((): { annotatorId: string; shared: number; identical: number }[] => []);
  for (const { first, second, shared, identical, probability } of pairs) {
    const isImprobable = (a: number): boolean => probability * partners[a] <= falseAlarm;
    if (isImprobable(first)) sameAs[first].push({ annotatorId: annotatorIds[second], shared, identical });
    if (isImprobable(second)) sameAs[second].push({ annotatorId: annotatorIds[first], shared, identical });
  }
  return sameAs;
};

const requireSameAnnotators = (skills: Skills, votes: VoteTable): void => {
  const n = votes.annotatorIds.length;
  const isSame =
    skills.annotatorIds === votes.annotatorIds ||
    (skills.annotatorIds.length === n && votes.annotatorIds.every((id, a) => id === skills.annotatorIds[a]));
  if (!isSame) {
    throw new RangeError(
      `skills: expected the ${n} annotators of this table, got ${skills.annotatorIds.length}; use Skills.alignedTo(votes)`,
    );
  }
};
