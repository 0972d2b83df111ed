import type { Posterior } from '../../domain/posterior.js';
import type { Scores } from '../../domain/scores.js';
import type { VoteTable } from '../../domain/voteTable.js';
import { rowOfId, votesPerStack } from '../../kernel/ids/voteColumns.js';
import { logit } from '../../kernel/special/logit.js';

/** What `crowdlab` needs beside the votes. */
export interface CrowdlabOptions {
  /** P(stalled) by one model, in [0, 1]; stacks that are not in the table are passed over. */
  readonly scores: Scores;
}

/** A posterior with the weights it came from. */
export interface Crowdlab extends Posterior {
  readonly annotatorIds: readonly string[];
  /** Weight of each annotator's vote, > 0. */
  readonly annotatorWeight: Float64Array;
  /** Weight of the model's probability, > 0. */
  readonly modelWeight: number;
}

/** CROWDLAB's lower end of weights and of the baseline error. */
const LEAST = 1e-6;

/** Keeps log-odds finite where weight is all on one side. */
const CLIP = Number.EPSILON;

/** Labels a stack may be given; half way where votes and model leave it open. */
type Verdicts = Float64Array;

/**
 * CROWDLAB's rule, **as a baseline for benches**: a weighted mean of the model's probability and of the votes.
 *
 * p[s] = ( w_M · score + Σ w[a] · (P if vote stalled, else 1 − P) ) / ( w_M + Σ w[a] ),   logOdds = logit p
 * w[a] = max(1e-6, 1 − (1 − agreement with others) / E₀),   w_M = max(1e-6, 1 − err_M / E₀) · √(mean votes per stack)
 *
 * P is the mean share of votes for the consensus, err_M the share of stacks where the model is against it and E₀ the
 * share of stacks outside its commonest class, all over stacks with two votes or more. Consensus is the majority, the
 * model deciding ties, then the class with p > ½, once. CROWDLAB reports that class beside the second p; here sign and
 * p agree.
 *
 * Do not use it for rare findings. E₀ is close to the prevalence, so at 1 % stalled everyone with more than 1 %
 * disagreement gets weight 1e-6, and the answer is the model alone (`stallsim`: MCC .860, with 5 votes or with 20) or,
 * where the model is clipped too, a plain average. Two votes that are each 95 % sure never exceed 95 % together.
 *
 * @param options - `scores`: a stack without a score is the weighted mean of its votes
 * @returns log-odds aligned with `votes.stackIds`; 0 where there is neither vote nor score
 * @example
 * const votes = Errors.getOrThrow(Votes.from()(['ann', 'bob', 'cyd'].flatMap((annotatorId) =>
 *   [0, 1, 2, 3].map((s) => ({ stackId: `s${s}`, annotatorId, label: s < 2 || (annotatorId === 'cyd' && s === 2) ? 1 : 0 })))));
 * const scores = { stackIds: ['s0', 's1', 's2', 's3'], score: Float64Array.of(0.9, 0.8, 0.3, 0.1) };
 * Consensus.crowdlab({ scores })(votes).logOdds.map((z) => 1 / (1 + Math.exp(-z))) // => Float64Array [0.908932, 0.862521, 0.295534, 0.0910684]
 * @see docs/math.md#crowdlab · Goh, Tkachenko & Mueller (2022), CROWDLAB, doi:10.48550/arXiv.2210.06812
 */
export const crowdlab =
  ({ scores }: CrowdlabOptions) =>
  (votes: VoteTable): Crowdlab => {
    const model = alignedTo(votes, scores);
    const agreement = agreementWithOthers(votes);
    const first = pool(votes, model, agreement, majority(votes, model));
    const second = pool(votes, model, agreement, first.p.map(verdict));
    return {
      stackIds: votes.stackIds,
      logOdds: second.p.map((p) => logit(Math.min(Math.max(p, CLIP), 1 - CLIP))),
      votes: votesPerStack(votes.offsets),
      scores: model.scored,
      annotatorIds: votes.annotatorIds,
      annotatorWeight: second.annotatorWeight,
      modelWeight: second.modelWeight,
    };
  };

interface Model {
  /** P(stalled); ½ where there is no score. */
  readonly p: Float64Array;
  readonly scored: Uint32Array;
}

const alignedTo = ({ stackIds }: VoteTable, scores: Scores): Model => {
  const p = new Float64Array(stackIds.length).fill(0.5);
  const scored = new Uint32Array(stackIds.length);
  const rows = rowOfId(stackIds);
  for (let i = 0; i < scores.stackIds.length; i++) {
    const s = rows.get(scores.stackIds[i]);
    if (s === undefined) continue;
    if (!(scores.score[i] >= 0 && scores.score[i] <= 1)) {
      throw new RangeError(`scores: expected probabilities in [0, 1], got ${scores.score[i]}`);
    }
    p[s] = scores.score[i];
    scored[s] = 1;
  }
  return { p, scored };
};

const verdict = (p: number): number => (p === 0.5 ? 0.5 : Number(p > 0.5));

const majority = ({ offsets, label }: VoteTable, model: Model): Verdicts => {
  const verdicts = new Float64Array(offsets.length - 1);
  for (let s = 0; s < verdicts.length; s++) {
    let lead = 0;
    for (let v = offsets[s]; v < offsets[s + 1]; v++) lead += 2 * label[v] - 1;
    verdicts[s] = lead === 0 ? verdict(model.p[s]) : Number(lead > 0);
  }
  return verdicts;
};

/**
 * Share of other votes on the same stacks that say the same; the mean of the others for those who never met another.
 */
const agreementWithOthers = ({ offsets, annotatorOf, label, annotatorIds }: VoteTable): Float64Array => {
  const same = new Float64Array(annotatorIds.length);
  const met = new Float64Array(annotatorIds.length);
  for (let s = 0; s + 1 < offsets.length; s++) {
    const n = offsets[s + 1] - offsets[s];
    let stalled = 0;
    for (let v = offsets[s]; v < offsets[s + 1]; v++) stalled += label[v];
    for (let v = offsets[s]; v < offsets[s + 1]; v++) {
      same[annotatorOf[v]] += (label[v] === 1 ? stalled : n - stalled) - 1;
      met[annotatorOf[v]] += n - 1;
    }
  }
  let sum = 0;
  let known = 0;
  for (let a = 0; a < same.length; a++) {
    if (met[a] === 0) continue;
    sum += same[a] / met[a];
    known += 1;
  }
  return same.map((count, a) => (met[a] > 0 ? count / met[a] : known > 0 ? sum / known : 0.5));
};

/** One round of weights and posteriors for a given consensus. */
const pool = (votes: VoteTable, model: Model, agreement: Float64Array, consensus: Verdicts) => {
  const { offsets, annotatorOf, label } = votes;
  const n = offsets.length - 1;
  let multi = 0;
  let voted = 0;
  let withConsensus = 0;
  let stalledStacks = 0;
  let judged = 0;
  let modelWrong = 0;
  for (let s = 0; s < n; s++) {
    const cast = offsets[s + 1] - offsets[s];
    if (cast > 0) voted += 1;
    if (cast < 2) continue;
    let stalled = 0;
    for (let v = offsets[s]; v < offsets[s + 1]; v++) stalled += label[v];
    multi += 1;
    withConsensus += (consensus[s] * stalled + (1 - consensus[s]) * (cast - stalled)) / cast;
    stalledStacks += consensus[s];
    judged += model.scored[s];
    if (model.scored[s] > 0) modelWrong += Math.abs(verdict(model.p[s]) - consensus[s]);
  }
  // Without two votes on any stack nothing is known of agreement: votes then say nothing.
  const likelihood = multi === 0 ? 0.5 : withConsensus / multi;
  const baseline = Math.max(LEAST, multi === 0 ? 0 : Math.min(stalledStacks, multi - stalledStacks) / multi);
  const modelError = judged === 0 ? 1 : modelWrong / judged;
  const modelWeight = Math.max(LEAST, 1 - modelError / baseline) * Math.sqrt(voted === 0 ? 1 : label.length / voted);
  const annotatorWeight = agreement.map((rate) => Math.max(LEAST, 1 - (1 - rate) / baseline));
  const p = new Float64Array(n);
  for (let s = 0; s < n; s++) {
    let weight = model.scored[s] * modelWeight;
    let sum = weight * model.p[s];
    for (let v = offsets[s]; v < offsets[s + 1]; v++) {
      const w = annotatorWeight[annotatorOf[v]];
      weight += w;
      sum += w * (label[v] === 1 ? likelihood : 1 - likelihood);
    }
    p[s] = weight === 0 ? 0.5 : sum / weight;
  }
  return { p, annotatorWeight, modelWeight };
};
