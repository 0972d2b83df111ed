import * as E from 'fp-ts/lib/Either.js';
import type { FusionTerms, Recalibration } from '../../domain/evidence.js';
import type { Gold } from '../../domain/gold.js';
import type { Posterior } from '../../domain/posterior.js';
import { present } from '../../domain/present.js';
import { effectiveVotes, recalibrated } from '../../kernel/crowd/recalibrated.js';
import { rowOfId } from '../../kernel/ids/voteColumns.js';
import { fitSlopes } from '../../kernel/optimise/slopes.js';

/** Recalibration needs gold of both classes with votes or scores, and there was not. */
export interface RecalibrationInfeasible {
  readonly _tag: 'RecalibrationInfeasible';
  readonly seen: { readonly stalled: number; readonly flowing: number };
}

/** The prior of a recalibration; its influence falls as gold grows. */
export interface RecalibrationPrior {
  /** Standard deviation of each slope around 1; > 0, default 0.5. */
  readonly slopeSd?: number;
  /** ρ of a crowd nobody has measured, in [0, 1); default 0.35. */
  readonly voteCorrelation?: number;
  /** Weight of that ρ, in gold stacks of the rarer class; > 0, default 10. */
  readonly stacks?: number;
}

const DEFAULTS = { slopeSd: 0.5, voteCorrelation: 0.35, stacks: 10 };

/** With ρ = 1 a hundred votes would count as one; below it every vote counts for something. */
const MOST_CORRELATED = 0.95;

/**
 * Fits weights for the evidence of model and votes: both share the difficulty of a stack, so their nats must not simply be
 * added.
 *
 * logOdds = logit(π) + a · model + g · votes / (1 + (n − 1)ρ),   a, g ≥ 0, averaged over the uncertainty of (a, g)
 *
 * ρ is the within-class correlation of two votes on a stack. (a, g) come from a logistic regression of gold on both terms,
 * with a prior around (1, 1). Its offset is the class shares of gold, so gold may be enriched.
 *
 * @param options - gold for fitting, whose class shares need not be those of the population; the prior, which matters where gold is scarce
 * @returns plain data for `fuse`; `Left` when gold stacks with votes or a score lack a class
 * @example
 * const { votes, gold } = Simulate.inputs(Simulate.dataset({ stacks: 10, prevalence: 0.01, votes: { perStack: 7 }, gold: { stalled: 200, flowing: 400, chosen: 'stratified' } })(1));
 * const fit = Gold.as('fit')(gold);
 * const evidence = { prevalence: 0.01, skills: Skills.fromGold({ gold: fit })(votes) };
 * const recalibration = Errors.getOrThrow(Consensus.recalibrate({ gold: fit })(Consensus.heldOutTerms({ ...evidence, gold: fit })(votes)));
 * recalibration.voteCorrelation > 0.2 && recalibration.slopes.votes < 1.2 // => true
 * @see docs/math.md#recalibration · Kish (1965) for n / (1 + (n − 1)ρ); Steyvers et al. (2022), doi:10.1073/pnas.2111547119
 */
export const recalibrate =
  ({ gold, prior = {} }: { readonly gold: Gold<'fit'>; readonly prior?: RecalibrationPrior | undefined }) =>
  (terms: FusionTerms): E.Either<RecalibrationInfeasible, Recalibration> => {
    const { slopeSd, voteCorrelation: priorRho, stacks } = { ...DEFAULTS, ...prior };
    const { rows, label } = goldRows(gold, terms);
    const stalled = label.reduce((sum, value) => sum + value, 0);
    const seen = { stalled, flowing: label.length - stalled };
    if (seen.stalled === 0 || seen.flowing === 0) return E.left({ _tag: 'RecalibrationInfeasible', seen });
    const measured = correlationOfVotes(terms, rows, label);
    const rho = (measured.stacks * Math.max(0, measured.rho ?? 0) + stacks * priorRho) / (measured.stacks + stacks);
    const voteCorrelation = Math.min(rho, MOST_CORRELATED);
    const model = Float64Array.from(rows, (s) => terms.model[s]);
    const votes = Float64Array.from(rows, (s) => terms.votes[s] * effectiveVotes(voteCorrelation, terms.voteCount[s]));
    const fitted = fitSlopes({
      x: model,
      y: votes,
      label,
      offset: Math.log(seen.stalled / seen.flowing),
      prior: { mean: 1, sd: slopeSd },
    });
    const modelVotes = correlationOfSources(
      rows.flatMap((s, i) => (terms.scores[s] > 0 && terms.voteCount[s] > 0 ? [[model[i], votes[i], label[i]]] : [])),
    );
    return E.right({
      voteCorrelation,
      slopes: { model: fitted.first, votes: fitted.second },
      variance: { model: fitted.variance.first, votes: fitted.variance.second, both: fitted.variance.both },
      dependence: present({ votes: measured.rho, modelVotes }),
      gold: seen,
    });
  };

/**
 * Adds up terms under a recalibration; the result is that of `fuse` with the same recalibration.
 *
 * @example
 * const recalibration = { voteCorrelation: 0.5, slopes: { model: 1, votes: 1 }, variance: { model: 0, votes: 0, both: 0 }, dependence: {}, gold: { stalled: 1, flowing: 1 } };
 * const terms = { stackIds: ['s1'], prior: -2, model: Float64Array.of(1), votes: Float64Array.of(6), voteSquares: Float64Array.of(12), voteCount: Uint32Array.of(3), scores: Uint32Array.of(1) };
 * Consensus.applyRecalibration(recalibration)(terms).logOdds // => Float64Array [2]
 */
export const applyRecalibration =
  (recalibration: Recalibration) =>
  ({ stackIds, prior, model, votes, voteCount, scores }: FusionTerms): Posterior => {
    const honest = recalibrated(recalibration);
    return {
      stackIds,
      logOdds: votes.map((nats, s) => honest({ prior, model: model[s], votes: nats, n: voteCount[s] })),
      votes: voteCount,
      scores,
    };
  };

/** Gold stacks with votes or a score, in the order of the terms, so that sums do not depend on the order of gold. */
const goldRows = (
  gold: Gold<'fit'>,
  { stackIds, voteCount, scores }: FusionTerms,
): { readonly rows: readonly number[]; readonly label: Uint8Array } => {
  const goldRow = rowOfId(gold.stackIds);
  const rows: number[] = [];
  const label: number[] = [];
  for (let s = 0; s < stackIds.length; s++) {
    const g = goldRow.get(stackIds[s]);
    if (g === undefined || voteCount[s] + scores[s] === 0) continue;
    rows.push(s);
    label.push(gold.label[g]);
  }
  return { rows, label: Uint8Array.from(label) };
};

/**
 * Within-class correlation of two votes on one stack, by moments. With e = a vote's nats less their class mean:
 *
 *   ρ = Σ_class mean( ((Σe)² − Σe²)/(n − 1) ) / Σ_class mean( Σe² ),   means per vote, over stacks of two votes or more
 *
 * Both classes have the same weight, however many gold stacks each has. `stacks` is the number behind the rarer class.
 */
const correlationOfVotes = (
  { votes, voteSquares, voteCount }: FusionTerms,
  rows: readonly number[],
  label: Uint8Array,
): { readonly rho?: number; readonly stacks: number } => {
  let covariance = 0;
  let variance = 0;
  let fewest = Number.POSITIVE_INFINITY;
  for (const cls of [0, 1]) {
    const paired = rows.filter((s, i) => label[i] === cls && voteCount[s] > 1);
    const n = paired.reduce((sum, s) => sum + voteCount[s], 0);
    fewest = Math.min(fewest, paired.length);
    if (n === 0) continue;
    const mean = paired.reduce((sum, s) => sum + votes[s], 0) / n;
    let shared = 0;
    let own = 0;
    for (const s of paired) {
      const sum = votes[s] - voteCount[s] * mean;
      const squares = voteSquares[s] - 2 * mean * votes[s] + voteCount[s] * mean * mean;
      shared += (sum * sum - squares) / (voteCount[s] - 1);
      own += squares;
    }
    covariance += shared / n;
    variance += own / n;
  }
  return variance > 0 ? { rho: covariance / variance, stacks: fewest } : { stacks: 0 };
};

/** Within-class Pearson correlation of the two sources: rows of [model, votes, label]. */
const correlationOfSources = (points: readonly (readonly number[])[]): number | undefined => {
  let xx = 0;
  let xy = 0;
  let yy = 0;
  for (const cls of [0, 1]) {
    const mine = points.filter((point) => point[2] === cls);
    const mean = (column: number): number => mine.reduce((sum, point) => sum + point[column], 0) / mine.length;
    const [mx, my] = [mean(0), mean(1)];
    for (const [x, y] of mine) {
      xx += (x - mx) ** 2;
      xy += (x - mx) * (y - my);
      yy += (y - my) ** 2;
    }
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : undefined;
};
