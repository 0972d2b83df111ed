/** Which pairs of annotators answer alike more than chance and shared difficulty allow. */

import { type VoteColumns, votesPerAnnotator } from '../ids/voteColumns.js';
import { FIELDS, type Judgement, visitSharedAnswers } from './sharedAnswers.js';

/** Two annotators whose answers are improbably alike. */
export interface Copying {
  readonly first: number;
  readonly second: number;
  /** Stacks both voted on. */
  readonly shared: number;
  /** Shared stacks with the same answer. */
  readonly identical: number;
  /** P(so much agreement or more), for a pair with the average dependence of all pairs. */
  readonly probability: number;
}

/**
 * Of the disagreement that independent answers would have, a copying pair lacks at least this part: Cohen's kappa, by
 * level.
 */
const LEAST_KAPPA = 0.5;

/**
 * Pairs that are copying, with how many partners each annotator was compared with.
 *
 * Given how often each of two annotators votes stalled at every level of class and difficulty, the stacks both call
 * stalled are hypergeometric if they judge independently, and tilted by ψ^x if their odds ratio is ψ. ψ is the crowd's
 * own (Mantel and Haenszel, over all pairs), so that agreement which difficulty does not explain is not called copying.
 *
 * @param anonymous - the annotator who stands for many people and is left out; −1 for none
 * @returns pairs with kappa ≥ ½ whose probability times the partners of either is at most `falseAlarm`
 */
export const copyingPairs = (
  votes: VoteColumns,
  judgement: Judgement,
  { anonymous, falseAlarm }: { anonymous: number; falseAlarm: number },
): { readonly pairs: readonly Copying[]; readonly partners: Uint32Array } => {
  const nAnnotators = judgement.stalled.length;
  const cast = votesPerAnnotator(votes.annotatorOf, nAnnotators);
  const fewest = fewestShared(falseAlarm);
  const eligible = Array.from(cast, (n, a) => n >= fewest && a !== anonymous);
  const partners = new Uint32Array(nAnnotators);
  const alike: { first: number; second: number; table: Uint32Array }[] = [];
  let concordant = 0;
  let discordant = 0;
  visitSharedAnswers(votes, judgement, eligible, (first, second, table) => {
    let excess = 0;
    let most = 0;
    for (let at = 0; at < table.length; at += FIELDS) {
      const [n, a, b, both] = [table[at], table[at + 1], table[at + 2], table[at + 3]];
      if (n === 0) continue;
      excess += both - (a * b) / n;
      most += (a + b) / 2 - (a * b) / n;
      concordant += (both * (n - a - b + both)) / n;
      discordant += ((a - both) * (b - both)) / n;
    }
    // Both always gave the same answer at every level: nothing to compare.
    if (!(most > 1e-9)) return;
    partners[first] += 1;
    partners[second] += 1;
    // No pair is rarer under ψ ≥ 1 than under independence, so this loses none.
    if (excess >= LEAST_KAPPA * most && upperTail(table, 0) <= falseAlarm) {
      alike.push({ first, second, table: table.slice() });
    }
  });
  const logOddsRatio = discordant > 0 ? Math.max(0, Math.log(concordant / discordant)) : 0;
  const pairs = alike.flatMap(({ first, second, table }) => {
    const probability = upperTail(table, logOddsRatio);
    if (probability * Math.min(partners[first], partners[second]) > falseAlarm) return [];
    return [{ first, second, ...answers(table), probability }];
  });
  return { pairs, partners };
};

/**
 * Fewer shared stacks than this cannot be improbable enough, however alike the answers: C(n, n/2) must exceed 1 / rate.
 */
const fewestShared = (falseAlarm: number): number => {
  let n = 1;
  for (let ways = 1; ways * falseAlarm < 1; n++) ways = (ways * (n + 1)) / Math.ceil((n + 1) / 2);
  return n;
};

const answers = (table: Uint32Array): { shared: number; identical: number } => {
  let shared = 0;
  let identical = 0;
  for (let at = 0; at < table.length; at += FIELDS) {
    shared += table[at];
    identical += table[at] - table[at + 1] - table[at + 2] + 2 * table[at + 3];
  }
  return { shared, identical };
};

/**
 * P(as many stacks called stalled by both, or more), given all margins and the odds ratio: a convolution over levels.
 */
const upperTail = (table: Uint32Array, logOddsRatio: number): number => {
  let mass: Float64Array = Float64Array.of(1);
  let above = 0;
  for (let at = 0; at < table.length; at += FIELDS) {
    const [n, a, b, both] = [table[at], table[at + 1], table[at + 2], table[at + 3]];
    if (n === 0) continue;
    const level = tiltedHypergeometric(n, a, b, logOddsRatio);
    above += both - Math.max(0, a + b - n);
    mass = convolved(mass, level);
  }
  let tail = 0;
  // Smallest terms first.
  for (let x = mass.length - 1; x >= above; x--) tail += mass[x];
  return Math.min(tail, 1);
};

/** P(x) from its least value max(0, a + b − n) up, ∝ C(a, x) C(n − a, b − x) e^(x · tilt). */
const tiltedHypergeometric = (n: number, a: number, b: number, tilt: number): Float64Array => {
  const from = Math.max(0, a + b - n);
  const logMass = new Float64Array(Math.min(a, b) - from + 1);
  let largest = 0;
  for (let i = 1; i < logMass.length; i++) {
    const x = from + i - 1;
    logMass[i] = logMass[i - 1] + Math.log(((a - x) * (b - x)) / ((x + 1) * (n - a - b + x + 1))) + tilt;
    largest = Math.max(largest, logMass[i]);
  }
  let sum = 0;
  const mass = logMass.map((value) => Math.exp(value - largest));
  for (let i = 0; i < mass.length; i++) sum += mass[i];
  return mass.map((value) => value / sum);
};

const convolved = (p: Float64Array, q: Float64Array): Float64Array => {
  const out = new Float64Array(p.length + q.length - 1);
  for (let i = 0; i < p.length; i++) for (let j = 0; j < q.length; j++) out[i + j] += p[i] * q[j];
  return out;
};
