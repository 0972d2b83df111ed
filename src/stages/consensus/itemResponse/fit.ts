import type { Gold } from '../../../domain/gold.js';
import type { Posterior } from '../../../domain/posterior.js';
import { present } from '../../../domain/present.js';
import type { Scores } from '../../../domain/scores.js';
import { ANONYMOUS } from '../../../domain/vote.js';
import type { VoteTable } from '../../../domain/voteTable.js';
import { FREE } from '../../../kernel/crowd/emVotes.js';
import { rowOfId } from '../../../kernel/ids/voteColumns.js';
import { type ClassPosterior, classPosterior, learningRate } from '../../../kernel/trait/classPosterior.js';
import { type TraitFit, traitEm } from '../../../kernel/trait/itemResponse.js';
import { improveScoreModel, type ScoreModel, startScoreModel } from '../../../kernel/trait/latentScore.js';
import {
  ANY_TRAIT,
  fillVoteTable,
  stackLikelihoodInto,
  TRAIT_NODES,
  type TraitVotes,
} from '../../../kernel/trait/traitGrid.js';
import { expectedMccCut, judgeInto, scoreScale } from './judge.js';
import { type AnnotatorSummary, type ClassTrait, estimateOf, type ParameterEstimate, summarise } from './summary.js';

export type { AnnotatorSummary };

/** Settings of `itemResponse`. */
export interface ItemResponseOptions {
  /** Stacks whose truth is known. Where stalled is rare, twenty stalled gold stacks are needed to fix the classes. */
  readonly gold?: Gold<'fit'>;
  /** One model's scores; like the votes, they depend on the latent trait of the stack. Stacks that are not in the table are ignored. */
  readonly scores?: Scores;
  /** P(stalled) in (0, 1) where it is known; estimated when absent. */
  readonly prevalence?: number;
  /** Default 300. */
  readonly maxIterations?: number;
  /** Stop when the objective gains less than this per vote (nats); default 1e-6. */
  readonly tolerance?: number;
}

/** What the fit cannot decide, and what would help. */
export type ItemResponseWarning =
  | {
      /** Stalled is rare, and too little gold says which of the rare stacks are the stalled ones. */
      readonly _tag: 'LittleGoldAtLowPrevalence';
      readonly stalledGold: number;
      readonly wanted: number;
      readonly prevalence: ParameterEstimate;
    }
  | { readonly _tag: 'CrowdReadsBackwards'; readonly flowing: number; readonly stalled: number }
  | { readonly _tag: 'NotConverged'; readonly iterations: number };

/** A posterior with everything that was fitted on the way, as plain data. */
export interface ItemResponse extends Posterior {
  /** Call a stack stalled above this: the cut with the largest expected MCC. Certified thresholds are `Thresholds.certify`. */
  readonly decisionLogOdds: number;
  /** P(stalled) among stacks without gold. */
  readonly prevalence: ParameterEstimate;
  readonly flowing: ClassTrait;
  readonly stalled: ClassTrait;
  readonly annotators: AnnotatorSummary;
  /** Fitted lines of the score on the trait, one for each class; absent without scores. On the log-odds scale when all scores lie in [0, 1]. */
  readonly scoreModel?: ScoreModel;
  /** Penalised log-likelihood of the votes after each iteration; never decreases. */
  readonly trace: Float64Array;
  readonly converged: boolean;
  readonly warnings: readonly ItemResponseWarning[];
}

/** Rows the class parameters are fitted on: more would not count, see the learning rate in `latentClasses`. */
const MAX_ROWS = 10_000;
/** EM steps for the score lines; they converge within a few. */
const SCORE_STEPS = 10;
const WANTED_STALLED_GOLD = 20;
const RARE = 0.1;
const NODES = TRAIT_NODES.length;

/**
 * People and model in one posterior that stays honest when votes on a stack share its difficulty.
 *
 * P(vote stalled | θ, annotator) = Φ(α θ − β),   θ | class y ~ N(c_y, τ_y²),   score | y, θ ~ N(a_y + b_y θ, σ_y²)
 *
 * The trait θ of a stack is how stalled it looks. The fit has two halves. The first measures: it fits the annotators and
 * the trait of each stack by EM, without any classes. The second interprets: it finds which traits are stalled, as a
 * posterior over prevalence and class parameters, from the prior, gold, and unlabelled stacks at a safe learning rate.
 * Every posterior is averaged over that uncertainty and over the uncertainty of each annotator, so seven votes that agree
 * count less than seven independent votes.
 *
 * @param options - see `ItemResponseOptions`; all may be left out
 * @returns log-odds aligned with `votes.stackIds`; gold stacks are judged like all others. No gold and a rare class is
 *   a warning, not an error
 * @throws RangeError when `prevalence` is outside (0, 1)
 * @example
 * const votes = Errors.getOrThrow(Votes.from()(['ann', 'bob', 'cyd'].flatMap((annotatorId) =>
 *   [0, 1, 2, 3].map((s) => ({ stackId: `s${s}`, annotatorId, label: s === 0 || (annotatorId === 'cyd' && s === 1) ? 1 : 0 })))));
 * const posterior = Consensus.itemResponse()(votes);
 * posterior.logOdds[0] > posterior.logOdds[1] && posterior.logOdds[1] > posterior.logOdds[2] // => true
 * posterior.warnings.map((warning) => warning._tag) // => []
 * @see docs/math.md#item-response · Lord & Novick (1968), Statistical Theories of Mental Test Scores, ch. 16
 */
export const itemResponse =
  (options: ItemResponseOptions = {}) =>
  (votes: VoteTable): ItemResponse => {
    const known = options.prevalence;
    if (known !== undefined && !(known > 0 && known < 1)) {
      throw RangeError(`prevalence: expected a number in (0, 1), got ${known}`);
    }
    const nStacks = votes.stackIds.length;
    const { truth, score, scoreCount, stalledGold } = alongStacks(votes, options);
    const traitVotes: TraitVotes = { ...votes, weight: repeatWeights(votes) };
    const fit = traitEm({
      ...traitVotes,
      nAnnotators: votes.annotatorIds.length,
      maxIterations: options.maxIterations ?? 300,
      tolerance: options.tolerance ?? 1e-6,
    });
    const table = new Float64Array(2 * votes.annotatorIds.length * NODES);
    fillVoteTable(table, fit, true);
    const { classes, scoreModel } = interpret({ votes, traitVotes, table, truth, score, scoreCount, options });
    const logOdds = new Float64Array(nStacks);
    judgeInto(logOdds, { traitVotes, table, members: classes.members, score, scoreCount, scoreModel });

    const counts = Uint32Array.from({ length: nStacks }, (_, s) => votes.offsets[s + 1] - votes.offsets[s]);
    const estimate = (pick: (member: (typeof classes.points)[number]) => number): ParameterEstimate =>
      estimateOf(classes.points.map(pick), classes.weights);
    const prevalence = estimate((point) => point.prevalence);
    const flowing = { c: estimate((point) => point.flowing.c), tau: estimate((point) => point.flowing.tau) };
    const stalled = { c: estimate((point) => point.stalled.c), tau: estimate((point) => point.stalled.tau) };
    return present({
      stackIds: votes.stackIds,
      logOdds,
      votes: counts,
      scores: scoreCount,
      decisionLogOdds: expectedMccCut(logOdds.filter((_, s) => counts[s] + scoreCount[s] > 0)),
      prevalence,
      flowing,
      stalled,
      annotators: summarise(votes, fit, { flowing, stalled }),
      scoreModel,
      trace: fit.trace,
      converged: fit.converged,
      warnings: warningsOf({ fit, prevalence, stalledGold, flowing: flowing.c.estimate, stalled: stalled.c.estimate }),
    });
  };

/** Gold and scores, moved to the rows of the table. */
const alongStacks = (votes: VoteTable, { gold, scores }: ItemResponseOptions) => {
  const n = votes.stackIds.length;
  const truth = new Uint8Array(n).fill(FREE);
  const score = new Float64Array(n);
  const scoreCount = new Uint32Array(n);
  let stalledGold = 0;
  const rows = gold === undefined && scores === undefined ? undefined : rowOfId(votes.stackIds);
  for (let i = 0; gold !== undefined && i < gold.stackIds.length; i++) {
    const s = rows?.get(gold.stackIds[i]);
    if (s === undefined) continue;
    truth[s] = gold.label[i];
    stalledGold += gold.label[i];
  }
  if (scores !== undefined) {
    const scaled = scoreScale(scores.score);
    for (let i = 0; i < scores.stackIds.length; i++) {
      const s = rows?.get(scores.stackIds[i]);
      if (s === undefined) continue;
      score[s] = scaled[i];
      scoreCount[s] = 1;
    }
  }
  return { truth, score, scoreCount, stalledGold };
};

/** r votes of one annotator on one stack count as one vote, because the same person sees the same picture again. */
const repeatWeights = ({ offsets, annotatorOf, annotatorIds }: VoteTable): Float32Array | undefined => {
  let weight: Float32Array | undefined;
  for (let s = 0; s + 1 < offsets.length; s++) {
    for (let v = offsets[s]; v < offsets[s + 1]; ) {
      const from = v;
      while (v < offsets[s + 1] && annotatorOf[v] === annotatorOf[from]) v++;
      if (v - from < 2 || annotatorIds[annotatorOf[from]] === ANONYMOUS) continue;
      weight ??= new Float32Array(annotatorOf.length).fill(1);
      weight.fill(1 / (v - from), from, v);
    }
  }
  return weight;
};

/** The posterior of the classes, from gold and up to `MAX_ROWS` other stacks that have a vote or a score. */
const interpret = (given: {
  readonly votes: VoteTable;
  readonly traitVotes: TraitVotes;
  readonly table: Float64Array;
  readonly truth: Uint8Array;
  readonly score: Float64Array;
  readonly scoreCount: Uint32Array;
  readonly options: ItemResponseOptions;
}): { readonly classes: ClassPosterior; readonly scoreModel: ScoreModel | undefined } => {
  const { votes, traitVotes, table, truth, score, scoreCount, options } = given;
  const { offsets } = votes;
  const isSeen = (s: number): boolean => offsets[s] < offsets[s + 1] || scoreCount[s] > 0;
  let freeStacks = 0;
  for (let s = 0; s < truth.length; s++) if (truth[s] === FREE && isSeen(s)) freeStacks++;
  const every = Math.max(1, Math.ceil(freeStacks / MAX_ROWS));
  const chosen: number[] = [];
  for (let s = 0, free = 0; s < truth.length; s++) {
    if (isSeen(s) && (truth[s] !== FREE || free++ % every === 0)) chosen.push(s);
  }
  const likelihood = new Float64Array(chosen.length * NODES);
  for (let r = 0; r < chosen.length; r++) {
    stackLikelihoodInto(likelihood.subarray(r * NODES, (r + 1) * NODES), table, traitVotes, {
      s: chosen[r],
      start: ANY_TRAIT,
    });
  }
  const shared = {
    truth: Uint8Array.from(chosen, (s) => truth[s]),
    freeStacks,
    goldIsRandom: options.gold?.chosen === 'random',
    prevalence: options.prevalence,
  };
  const row = Uint32Array.from(chosen.keys()).filter((r) => scoreCount[chosen[r]] > 0);
  const classes = classPosterior({ ...shared, likelihood });
  if (row.length === 0) return { classes, scoreModel: undefined };
  // Votes and gold define the classes and calibrate the model; scores never move the classes. Where they were allowed to,
  // "stalled" became whatever group the scores separate best (MCC .13 instead of .83 on cifar10h without gold).
  const scored = {
    likelihood,
    row,
    score: Float64Array.from(row, (r) => score[chosen[r]]),
    truth: shared.truth,
    rate: learningRate(shared),
  };
  let model = startScoreModel(scored.score);
  for (let step = 0; step < SCORE_STEPS; step++) model = improveScoreModel(model, scored, classes.mode);
  return { classes, scoreModel: model };
};

const warningsOf = (given: {
  readonly fit: TraitFit;
  readonly prevalence: ParameterEstimate;
  readonly stalledGold: number;
  readonly flowing: number;
  readonly stalled: number;
}): readonly ItemResponseWarning[] => {
  const { fit, prevalence, stalledGold, flowing, stalled } = given;
  const isRare = prevalence.interval.lower < RARE && prevalence.estimate < 2 * RARE;
  return [
    ...(isRare && stalledGold < WANTED_STALLED_GOLD
      ? [{ _tag: 'LittleGoldAtLowPrevalence', stalledGold, wanted: WANTED_STALLED_GOLD, prevalence } as const]
      : []),
    ...(stalled < flowing ? [{ _tag: 'CrowdReadsBackwards', flowing, stalled } as const] : []),
    ...(fit.converged ? [] : [{ _tag: 'NotConverged', iterations: fit.iterations } as const]),
  ];
};
