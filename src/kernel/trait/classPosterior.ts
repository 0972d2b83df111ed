/**
 * The interpretation half of `Consensus.itemResponse`: flowing and stalled as two normals on the trait θ. Unlabelled
 * votes say almost nothing about where one ends and the other begins, so this half is a posterior, not a point.
 */
import { FREE } from '../crowd/emVotes.js';
import { importanceSample } from '../optimise/importance.js';
import { maximize, type Objective } from '../optimise/maximize.js';
import { logistic } from '../special/logit.js';
import { TRAIT_NODES, TRAIT_WIDTHS } from './traitGrid.js';

/** Prevalence, and the normals of the trait: mean and standard deviation of each class. */
export interface LatentClasses {
  readonly prevalence: number;
  readonly flowing: { readonly c: number; readonly tau: number };
  readonly stalled: { readonly c: number; readonly tau: number };
}

/** Likelihoods of stacks; row r has `TRAIT_NODES.length` nodes from `r * TRAIT_NODES.length`. */
export interface ClassRows {
  /** P(votes | θ), up to a factor of each row. */
  readonly likelihood: Float64Array;
  /** 0 or 1 where gold, `FREE` elsewhere. */
  readonly truth: Uint8Array;
  /** Stacks without gold that the free rows stand for; at least as many as the rows. */
  readonly freeStacks: number;
  /** Gold is a random sample, so that its share of stalled stacks speaks for the population. */
  readonly goldIsRandom: boolean;
  /** P(stalled) where it is known. */
  readonly prevalence?: number | undefined;
}

/** Equally weighted members of the posterior, and moments of all of it. */
export interface ClassPosterior {
  readonly members: readonly LatentClasses[];
  readonly mode: LatentClasses;
  readonly points: readonly LatentClasses[];
  readonly weights: Float64Array;
}

/** The prior; see docs/math.md#item-response for where each number comes from. */
const PRIOR = {
  /** The crowd's criterion, half way between the classes, follows the odds as an ideal observer's would at d′ = 4. */
  criterionPerLogOdds: 0.25,
  criterionSd: 0.5,
  /** Half the distance of the classes. Public Stall Catchers fits lie at 1.6 to 2.9, other crowds at 1 to 2.2. */
  halfDistance: 1.7,
  halfDistanceSd: 0.6,
  /** Spread of a class; public fits lie at 0.84 to 1.77. */
  logTau: Math.log(1.1),
  logTauSd: 0.35,
  /** Classes are about equally wide: unequal ones would make a very flowing stack speak for stalled. */
  logRatioSd: 0.2,
  /** Jeffreys. */
  prevalencePower: 0.5,
  knownPrevalenceSd: 0.02,
} as const;

/**
 * Unlabelled stacks count as n / √(1 + n / `TRUSTED`): the learning rate that stays safe under a wrong model. Two
 * normals are always slightly wrong, and at rate 1 this error alone would decide the prevalence from a thousand stacks on.
 *
 * @see Grünwald & van Ommen (2017), doi:10.1214/17-BA1085
 */
const TRUSTED = 20;
const POINTS = 512;
const ROUNDS = 3;
/** Members kept for judging the stacks. */
const MEMBERS = 32;
const NODES = TRAIT_NODES.length;
/** Keeps the density above 0 between two far-away nodes. */
const DENSITY_FLOOR = 1e-12;
const START_LOG_ODDS = [-4.5, -2, 0];

/** Weight of one free row, standing for its share of the free stacks. */
export const learningRate = ({ truth, freeStacks }: Pick<ClassRows, 'truth' | 'freeStacks'>): number => {
  let free = 0;
  for (const value of truth) if (value === FREE) free++;
  return free === 0 ? 0 : freeStacks / free / Math.sqrt(1 + freeStacks / TRUSTED);
};

/** A normal on the nodes of the trait, summing to 1. */
export const fillTrait = (out: Float64Array, { c, tau }: { readonly c: number; readonly tau: number }): void => {
  let sum = 0;
  for (let g = 0; g < NODES; g++) {
    const z = (TRAIT_NODES[g] - c) / tau;
    out[g] = TRAIT_WIDTHS[g] * (Math.exp((-z * z) / 2) + DENSITY_FLOOR);
    sum += out[g];
  }
  for (let g = 0; g < NODES; g++) out[g] /= sum;
};

/** x = [log-odds of prevalence, criterion less its expectation, half distance, ln τ flowing, ln τ stalled]. */
const unpack = (x: readonly number[]): LatentClasses => {
  const criterion = PRIOR.criterionPerLogOdds * x[0] + x[1];
  return {
    prevalence: logistic(x[0]),
    flowing: { c: criterion - x[2], tau: Math.exp(x[3]) },
    stalled: { c: criterion + x[2], tau: Math.exp(x[4]) },
  };
};

const logPrior = (x: readonly number[], known: number | undefined): number => {
  const square = (value: number, sd: number): number => -((value / sd) ** 2) / 2;
  const prevalence =
    known === undefined
      ? PRIOR.prevalencePower * (Math.log(logistic(x[0])) + Math.log(logistic(-x[0])))
      : square(x[0] - Math.log(known / (1 - known)), PRIOR.knownPrevalenceSd);
  return (
    prevalence +
    square(x[1], PRIOR.criterionSd) +
    square(x[2] - PRIOR.halfDistance, PRIOR.halfDistanceSd) +
    square(x[3] - PRIOR.logTau, PRIOR.logTauSd) +
    square(x[4] - PRIOR.logTau, PRIOR.logTauSd) +
    square(x[3] - x[4], PRIOR.logRatioSd)
  );
};

/** Σ likelihood · density over the nodes of the row that begins at `at`. */
const mean = (likelihood: Float64Array, at: number, density: Float64Array): number => {
  let sum = 0;
  for (let g = 0; g < NODES; g++) sum += likelihood[at + g] * density[g];
  return sum;
};

/** The log posterior density of the class parameters, up to a constant. */
const logPosterior = (rows: ClassRows): Objective => {
  const { truth, goldIsRandom } = rows;
  const n = truth.length;
  const rate = learningRate(rows);
  const hasGold = truth.some((value) => value !== FREE);
  const flowing = new Float64Array(NODES);
  const stalled = new Float64Array(NODES);
  const both = new Float64Array(NODES);
  return (x) => {
    // Without gold the crowd's own words define the classes: the trait of stalled lies above that of flowing.
    const isOutside = Math.abs(x[0]) > 14 || Math.abs(x[3]) > 2 || Math.abs(x[4]) > 2 || (!hasGold && x[2] <= 0.02);
    if (isOutside) return Number.NEGATIVE_INFINITY;
    const classes = unpack(x);
    fillTrait(flowing, classes.flowing);
    fillTrait(stalled, classes.stalled);
    for (let g = 0; g < NODES; g++) both[g] = flowing[g] * (1 - classes.prevalence) + stalled[g] * classes.prevalence;
    let unlabelled = 0;
    let labelled = 0;
    let product = 1;
    for (let r = 0, at = 0; r < n; r++, at += NODES) {
      if (truth[r] === FREE) {
        product *= mean(rows.likelihood, at, both);
        if (product < 1e-150 || product > 1e150) {
          unlabelled += Math.log(product);
          product = 1;
        }
      } else {
        const prior = goldIsRandom ? (truth[r] === 1 ? classes.prevalence : 1 - classes.prevalence) : 1;
        const likelihood = mean(rows.likelihood, at, truth[r] === 1 ? stalled : flowing);
        labelled += Math.log(prior * likelihood + Number.MIN_VALUE);
      }
    }
    unlabelled += Math.log(product + Number.MIN_VALUE);
    return rate * unlabelled + labelled + logPrior(x, rows.prevalence);
  };
};

const findMode = (objective: Objective, rows: ClassRows): { readonly x: readonly number[]; readonly value: number } => {
  const known = rows.prevalence;
  const starts = known === undefined ? START_LOG_ODDS : [Math.log(known / (1 - known))];
  // Gold may show that the crowd calls stalled what is flowing.
  const distances = rows.truth.every((value) => value === FREE)
    ? [PRIOR.halfDistance]
    : [PRIOR.halfDistance, -PRIOR.halfDistance];
  let best: { readonly x: readonly number[]; readonly value: number } | undefined;
  for (const logOdds of starts) {
    for (const distance of distances) {
      const candidate = maximize(objective, [logOdds, 0, distance, PRIOR.logTau, PRIOR.logTau], {
        tolerance: 1e-4,
        maxSteps: 40,
      });
      if (best === undefined || candidate.value > best.value) best = candidate;
    }
  }
  return best ?? { x: [], value: Number.NEGATIVE_INFINITY };
};

/**
 * The posterior of the class parameters: prevalence, criterion, distance and widths.
 *
 * log posterior = log prior + Σ_gold ln p(votes | truth) + rate · Σ_free ln( (1 − π) p(votes | flowing) + π p(votes | stalled) )
 */
export const classPosterior = (rows: ClassRows): ClassPosterior => {
  const objective = logPosterior(rows);
  const mode = findMode(objective, rows);
  const sample = importanceSample(objective, mode.x, { points: POINTS, rounds: ROUNDS });
  const points = sample.points.map(unpack);
  // Systematic resampling along the prevalence: evenly spaced quantiles of the most uncertain direction.
  const order = points.map((_, k) => k).sort((i, j) => points[i].prevalence - points[j].prevalence || i - j);
  const members: LatentClasses[] = [];
  let reached = 0;
  for (const k of order) {
    reached += sample.weights[k];
    while (members.length < MEMBERS && (members.length + 0.5) / MEMBERS < reached) members.push(points[k]);
  }
  return { members, mode: unpack(mode.x), points, weights: sample.weights };
};
