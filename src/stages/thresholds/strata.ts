import * as E from 'fp-ts/lib/Either.js';
import type { Gold } from '../../domain/gold.js';
import type { GoldUnsuitable, OperatingPoint } from '../../domain/operatingPoint.js';
import type { Posterior } from '../../domain/posterior.js';
import type { Targets } from '../../domain/targets.js';
import { certify } from './certify.js';

/** Targets, the stratum of each gold stack, and whether the certificates hold one by one or all together. */
export interface StrataOptions {
  /** For tuning; within each stratum a random sample of each class. */
  readonly gold: Gold<'tune'>;
  readonly targets: Targets;
  /** The stratum (project, mouse line, …) of every gold stack, aligned with `gold.stackIds`. */
  readonly stratumOf: readonly string[];
  /** `all`: one claim, "every certificate below holds", so 1 − confidence is divided. `each`: every one on its own. */
  readonly claim: 'all' | 'each';
}

/** What a stratum's operating point was proved about. */
export type StratumClaim =
  /** The risks in this stratum. */
  | 'this stratum'
  /** The mean risks over all strata without a certificate of their own, mixed as in gold. Not those of this stratum. */
  | 'strata without their own, together'
  /** The mean risks over all strata if this operating point decided everywhere. Not those of this stratum. */
  | 'all strata, together';

/** Where to decide in one stratum, and what is claimed there. */
export interface StratumPoint {
  readonly stratum: string;
  /** `claim` and `point` are absent together: nothing can be certified, so people decide. */
  readonly claim?: StratumClaim;
  readonly point?: OperatingPoint;
  /** More gold of this stratum until it has a certificate of its own; 0 when it has. */
  readonly goldNeeded: { readonly stalled: number; readonly flowing: number };
}

/** One certificate for each stratum. */
export interface StrataCertificate {
  readonly claim: StrataOptions['claim'];
  /** Of each certificate; of all of them together it is that of the targets when `claim` is `all`. */
  readonly confidenceOfEach: number;
  /** In the order of first appearance in gold. */
  readonly strata: readonly StratumPoint[];
}

/**
 * Certifies each stratum by its own gold, or counts the gold that is missing for that.
 *
 * claim `all`: δ_g = δ/G when all G strata have gold enough, else δ/(G + 1), one part for the pooled fallback
 *
 * A stratum with too little gold uses an operating point of all strata with too little gold, pooled; if their gold is still
 * too little, it uses one of all gold. The claim is then about the mixture and is named so. Counts of gold alone decide which
 * strata are pooled, never scores, so this costs no confidence.
 *
 * @param options - gold for tuning; targets; strata; what is claimed
 * @returns an operating point for each stratum; `Left` when gold chosen like this proves nothing
 * @throws RangeError when strata are not aligned with gold
 * @example
 * const stackIds = Array.from({ length: 1400 }, (_, i) => `s${i}`);
 * const gold = Gold.as('tune')(Gold.from({ chosen: 'stratified' })(stackIds.map((stackId, i) => ({ stackId, label: i % 2 === 0 ? 1 : 0 }))));
 * const posterior = { stackIds, logOdds: Float64Array.from(stackIds, (_, i) => (i % 2 === 0 ? 2 : -2)), votes: new Uint32Array(1400).fill(7), scores: new Uint32Array(1400) };
 * const stratumOf = stackIds.map((_, i) => (i < 1200 ? 'A' : 'B'));
 * const certified = Errors.getOrThrow(Thresholds.certifyStrata({ gold, targets: { sensitivity: 0.99, specificity: 0.95, confidence: 0.95 }, stratumOf, claim: 'all' })(posterior));
 * certified.strata.map(({ stratum, claim, goldNeeded }) => [stratum, claim, goldNeeded.stalled]) // => [['A', 'this stratum', 0], ['B', 'all strata, together', 318]]
 * @see docs/math.md#strata
 */
export const certifyStrata =
  ({ gold, targets, stratumOf, claim }: StrataOptions) =>
  (posterior: Posterior): E.Either<GoldUnsuitable, StrataCertificate> => {
    if (stratumOf.length !== gold.stackIds.length) {
      throw RangeError(`stratumOf: expected ${gold.stackIds.length} rows, got ${stratumOf.length}`);
    }
    const strata = [...new Set(stratumOf)];
    const attempt = (parts: number, wanted: readonly string[]) =>
      certify({
        gold: among(gold, { stratumOf, wanted }),
        targets: {
          ...targets,
          confidence: claim === 'all' ? 1 - (1 - targets.confidence) / parts : targets.confidence,
        },
      })(posterior);
    const alone = (parts: number) => strata.map((stratum) => attempt(parts, [stratum]));
    const undivided = alone(strata.length);
    const complete = undivided.every(E.isRight);
    const parts = complete ? strata.length : strata.length + 1;
    const own = complete ? undivided : alone(parts);
    const refusal = own.find((one) => E.isLeft(one) && one.left._tag === 'GoldUnsuitable');
    if (refusal !== undefined && E.isLeft(refusal) && refusal.left._tag === 'GoldUnsuitable') {
      return E.left(refusal.left);
    }
    const leftOver = strata.filter((_, g) => E.isLeft(own[g]));
    const fallback = pooled(attempt, { parts, leftOver, strata });
    return E.right({
      claim,
      confidenceOfEach: claim === 'all' ? 1 - (1 - targets.confidence) / parts : targets.confidence,
      strata: strata.map((stratum, g) => {
        const one = own[g];
        if (E.isRight(one)) {
          return { stratum, claim: 'this stratum', point: one.right, goldNeeded: { stalled: 0, flowing: 0 } };
        }
        const needed = one.left._tag === 'TargetsInfeasible' ? one.left.goldNeeded : { stalled: 0, flowing: 0 };
        return { stratum, ...fallback, goldNeeded: needed };
      }),
    });
  };

/** The narrowest mixture with gold enough. */
const pooled = (
  attempt: (parts: number, wanted: readonly string[]) => ReturnType<ReturnType<typeof certify>>,
  {
    parts,
    leftOver,
    strata,
  }: { readonly parts: number; readonly leftOver: readonly string[]; readonly strata: readonly string[] },
): Pick<StratumPoint, 'claim' | 'point'> => {
  if (leftOver.length === 0) return {};
  const mixtures = [
    ...(leftOver.length > 1 ? [['strata without their own, together', leftOver] as const] : []),
    ['all strata, together', strata] as const,
  ];
  for (const [claim, wanted] of mixtures) {
    const certified = attempt(parts, wanted);
    if (E.isRight(certified)) return { claim, point: certified.right };
  }
  return {};
};

const among = (
  gold: Gold<'tune'>,
  { stratumOf, wanted }: { readonly stratumOf: readonly string[]; readonly wanted: readonly string[] },
): Gold<'tune'> => {
  const rows = stratumOf.flatMap((stratum, row) => (wanted.includes(stratum) ? [row] : []));
  return {
    role: gold.role,
    chosen: gold.chosen,
    stackIds: rows.map((row) => gold.stackIds[row]),
    label: Uint8Array.from(rows, (row) => gold.label[row]),
  };
};
