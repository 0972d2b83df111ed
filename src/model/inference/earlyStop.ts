import * as E from 'fp-ts/lib/Either.js';
import { minimalSize, pBelow } from '../../kernel/special/binomial.js';
import { logit } from '../../kernel/special/logit.js';
import { fixedSequence } from '../../stages/riskControl/index.js';
import type { Pipeline } from '../pipeline/pipeline.js';

/** One forward pass: which model, in which orientation; rows of `pipeline.models` and `pipeline.flips`. */
export interface Pass {
  readonly model: number;
  readonly flip: number;
}

/**
 * Answers are worth more from another model than from the same one turned, so every model is asked once, then again. Models
 * that name one `file` answer together, when the first of them is asked.
 */
export const passOrder = ({ models, flips }: Pick<Pipeline, 'models' | 'flips'>): readonly Pass[] => {
  const files = [...new Set(models.map(({ file }) => file))];
  const asked = files.flatMap((one) => models.flatMap(({ file }, model) => (file === one ? [model] : [])));
  return flips.flatMap((_, flip) => asked.map((model) => ({ model, flip })));
};

/** When passes may stop before all are done, without moving the stack to another routing. */
export interface EarlyStop {
  /** Scores in (0, 1), rising, at which the routing changes. */
  readonly edges: readonly number[];
  /** Absent: stop only when the remaining passes cannot move the stack, whatever they say. */
  readonly risk?: StopAtRisk;
}

/** Stop also when the remaining passes moved next to no calibration stack. */
export interface StopAtRisk {
  /** After k passes: how far, in logits, their mean must lie from every edge; index k − 1. Out of reach between looks. */
  readonly margins: readonly number[];
  readonly certificate: EarlyStopCertificate;
}

/** Of stacks that the full ensemble puts in a band, at most `risk` end in another, with probability `confidence`. */
export interface EarlyStopCertificate {
  readonly risk: number;
  readonly confidence: number;
  /** Calibration stacks that chose the rule, and were not counted. */
  readonly fitted: number;
  /** Bands between edges from the lowest scores up. */
  readonly bands: readonly { readonly stacks: number; readonly moved: number }[];
  /** Mean passes per stack on the stacks counted, of `all`. */
  readonly passes: number;
  readonly all: number;
}

/** Calibration stacks could not show any rule to be safe. */
export interface EarlyStopInfeasible {
  readonly _tag: 'EarlyStopInfeasible';
  readonly bands: readonly { readonly stacks: number; readonly moved: number }[];
  /** Stacks every band needs among those counted, if none of them moves. */
  readonly stacksNeeded: number;
}

/** Where the routing changes, and how many stacks may be moved when passes are left out. */
export interface EarlyStopOptions {
  /** Scores in (0, 1), rising, at which the routing changes: a pipeline's threshold, or `Policy.scoreEdges`. */
  readonly edges: readonly number[];
  /** Share of any band that may be moved; default .01. */
  readonly risk?: number;
  /** Default .95. */
  readonly confidence?: number;
  /** Numbers of passes after which the asking can stop; default each. A merged file answers for all its models at once. */
  readonly looks?: readonly number[];
}

/** Beyond any float32 rounding of a mean of probabilities. */
const ROUNDING = 1e-6;
/** A margin that no score reaches; JSON has no infinity. */
const NEVER = Number.MAX_VALUE;
/** Most cautious first; in units of what the later passes have been seen to change. */
const CAUTION = [24, 16, 12, 8, 6, 5, 4, 3.5, 3, 2.5, 2, 1.5];
/** A float32 sigmoid knows nothing beyond. */
const FLOOR = 1e-6;

const soft = (p: number): number => logit(Math.min(1 - FLOOR, Math.max(FLOOR, p)));

/** Which of the bands between edges a score lies in; 0 is the lowest. A score on an edge belongs below it. */
export const bandOf =
  (edges: readonly number[]) =>
  (score: number): number => {
    let band = 0;
    while (band < edges.length && score > edges[band]) band++;
    return band;
  };

/**
 * Whether a stack's routing is settled after its first passes, and by what.
 *
 * Exact: with k of n answers summing to S the full mean lies in [S/n, (S + n − k)/n]; when no edge lies there, nothing
 * that is still to come can matter. At risk: the mean so far lies further from every edge than later passes have been
 * seen to carry it.
 *
 * @param all - passes of the full ensemble, n
 * @param answers - probabilities so far, in `passOrder`
 * @returns `undefined` while another pass is worth its time
 * @example
 * Model.settledBy({ edges: [0.7] }, 4)([0.01, 0.02]) // => 'exact'
 * Model.settledBy({ edges: [0.7] }, 4)([0.9, 0.95]) // => undefined
 */
export const settledBy =
  ({ edges, risk }: EarlyStop, all: number) =>
  (answers: readonly number[]): 'exact' | 'risk' | undefined => {
    const k = answers.length;
    let sum = 0;
    for (const p of answers) sum += p;
    const low = sum / all - ROUNDING;
    const high = (sum + all - k) / all + ROUNDING;
    if (edges.every((edge) => edge < low || edge > high)) return 'exact';
    if (risk === undefined || k === 0) return undefined;
    return distance(edges, sum / k) > risk.margins[k - 1] ? 'risk' : undefined;
  };

/** Logits between a score and the nearest edge. */
const distance = (edges: readonly number[], score: number): number => {
  let least = Number.POSITIVE_INFINITY;
  for (const edge of edges) least = Math.min(least, Math.abs(soft(score) - soft(edge)));
  return least;
};

/**
 * Learns from fully scored stacks how many passes are enough, and proves it on stacks set aside.
 *
 * The first half of the stacks tells how far the mean after k passes is from the full one (root mean square, in
 * logits). On the second half rules are tried from the most cautious on: stop when every edge is further away than so
 * many times that distance. Each is tested exactly, band by band of the full score, until one fails: a fixed sequence,
 * so nothing is spent on the search. Bands are tested apart, because one stalled stack in a hundred moved to flowing
 * would hide in an overall share.
 *
 * The certificate speaks of stacks like these. Scores from a pipeline that stops early differ from full ones, so a
 * policy is fitted and certified on scores made the same way it is deployed.
 *
 * @param stacks - one row per stack, all passes in `passOrder`, in an order that does not depend on them
 * @returns `Left` when a band has too few stacks, or the most cautious rule moves too many
 * @example
 * const stacks = Array.from({ length: 1200 }, (_, s) => Array.from({ length: 8 }, (__, k) => (s % 2 === 0 ? 0.02 : 0.97) + 0.001 * ((s + k) % 3)));
 * const fitted = Model.fitEarlyStop({ edges: [0.7] })(stacks);
 * fitted._tag === 'Right' && fitted.right.risk?.certificate.passes // => 1
 * @see docs/math.md#early-stop · Angelopoulos et al. (2021), arXiv:2110.01052 (learn then test)
 */
export const fitEarlyStop =
  ({ edges, risk = 0.01, confidence = 0.95, looks }: EarlyStopOptions) =>
  (stacks: readonly (readonly number[])[]): E.Either<EarlyStopInfeasible, EarlyStop> => {
    requireInput(edges, stacks);
    const half = Math.floor(stacks.length / 2);
    const spread = spreadOfRest(stacks.slice(0, half));
    const counted = stacks.slice(half);
    const trials = CAUTION.map((times) => {
      // The rule that is tested is the one that will be used: who cannot stop after a pass must not be judged by it.
      const margins = spread.map((s, k) => (looks === undefined || looks.includes(k + 1) ? times * s : NEVER));
      return { margins, ...replay({ edges, margins }, counted) };
    });
    const delta = 1 - confidence;
    const pValues = trials.map(({ bands }) =>
      Math.max(...bands.map(({ stacks: n, moved }) => pBelow({ errors: moved, n }, risk))),
    );
    const chosen = fixedSequence({ pValues, delta }).at(-1);
    if (chosen === undefined) {
      const stacksNeeded = minimalSize({ errors: 0, rate: risk, delta });
      return E.left({ _tag: 'EarlyStopInfeasible', bands: trials[0].bands, stacksNeeded });
    }
    const { margins, bands, passes } = trials[chosen];
    const all = spread.length;
    return E.right({
      edges,
      risk: { margins, certificate: { risk, confidence, fitted: half, bands, passes, all } },
    });
  };

const requireInput = (edges: readonly number[], stacks: readonly (readonly number[])[]): void => {
  const rising = edges.every((edge, i) => edge > 0 && edge < 1 && (i === 0 || edge > edges[i - 1]));
  if (edges.length === 0 || !rising) {
    throw new RangeError(`earlyStop: expected rising edges between 0 and 1, got [${edges.join(', ')}]`);
  }
  const all = stacks[0]?.length ?? 0;
  for (const [s, row] of stacks.entries()) {
    if (row.length !== all || row.some((p) => !(p >= 0 && p <= 1))) {
      throw new RangeError(`earlyStop: expected ${all} probabilities of stack ${s}, got [${row.join(', ')}]`);
    }
  }
};

/** Root mean square of what the passes after the k-th changed, in logits; index k − 1, 0 at the last. */
const spreadOfRest = (stacks: readonly (readonly number[])[]): readonly number[] => {
  const all = stacks[0]?.length ?? 0;
  const squares = new Float64Array(all);
  for (const row of stacks) {
    const means = runningMeans(row);
    const full = soft(means[all - 1]);
    for (let k = 0; k < all; k++) squares[k] += (soft(means[k]) - full) ** 2;
  }
  return Array.from(squares, (sum) => Math.sqrt(sum / stacks.length));
};

const runningMeans = (row: readonly number[]): Float64Array => {
  const means = new Float64Array(row.length);
  let sum = 0;
  for (let k = 0; k < row.length; k++) {
    sum += row[k];
    means[k] = sum / (k + 1);
  }
  return means;
};

/** What a rule would have done with stacks whose every pass is known. */
const replay = (
  { edges, margins }: { readonly edges: readonly number[]; readonly margins: readonly number[] },
  stacks: readonly (readonly number[])[],
) => {
  const band = bandOf(edges);
  const bands = Array.from({ length: edges.length + 1 }, () => ({ stacks: 0, moved: 0 }));
  let passes = 0;
  for (const row of stacks) {
    const means = runningMeans(row);
    let k = 1;
    while (k < row.length && !(distance(edges, means[k - 1]) > margins[k - 1])) k++;
    passes += k;
    const full = band(means[row.length - 1]);
    bands[full].stacks++;
    if (band(means[k - 1]) !== full) bands[full].moved++;
  }
  return { bands, passes: passes / stacks.length };
};
