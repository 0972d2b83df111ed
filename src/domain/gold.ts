/**
 * How the gold stacks came to be expert-labelled. It decides what they can prove.
 *
 * - `random`: a random sample of the population; also estimates prevalence.
 * - `stratified`: random within each class (an enriched set); proves class-conditional rates, not prevalence.
 * - `candidates-only`: experts looked only at stacks the crowd had called stalled. Missed stalls are invisible there,
 *   so sensitivity is not identifiable and no certificate is given.
 * - `crowd`: labels are the thresholded crowd itself; judging the crowd by them is circular.
 */
export type GoldChosen = 'random' | 'stratified' | 'candidates-only' | 'crowd';

/** Expert truth before it is divided among its uses; columns in row order. */
export interface GoldSet {
  /** Distinct stack ids. */
  readonly stackIds: readonly string[];
  /** 1 stalled, 0 flowing; row i belongs to `stackIds[i]`. */
  readonly label: Uint8Array;
  readonly chosen: GoldChosen;
}

/** The uses of gold. A stack has exactly one: what fitted a number must not certify or evaluate it. */
export type GoldRole = 'fit' | 'tune' | 'test';

/**
 * Expert truth with one allowed use, kept apart by the type: `Thresholds.certify` takes `Gold<'tune'>` and no other.
 *
 * `fit` estimates skills and calibrators, `tune` certifies thresholds, `test` evaluates the result.
 */
export interface Gold<Role extends GoldRole> extends GoldSet {
  readonly role: Role;
}
