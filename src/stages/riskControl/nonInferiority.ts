import * as E from 'fp-ts/lib/Either.js';
import type { Gold } from '../../domain/gold.js';
import { FLOWING, STALLED } from '../../domain/label.js';
import { present } from '../../domain/present.js';
import { UNSEEN } from './endToEnd.js';
import { type PairedCounts, pairedBound, pairedPValue, signTest } from './pairedBound.js';
import { type Circumstances, type Refused, refusals } from './refusals.js';

/** What may be lost against the crowd alone before it counts as worse: differences of rates, in (0, 1). */
export interface Margins {
  readonly sensitivity: number;
  readonly specificity: number;
}

/** Margins and confidence of a comparison with the crowd alone. */
export interface NonInferiorityOptions {
  /** For tuning; both procedures were fixed without it. */
  readonly gold: Gold<'tune'>;
  /** Fixed before gold was seen. */
  readonly margins: Margins;
  /** Default .95. */
  readonly confidence?: number;
  readonly circumstances?: Circumstances;
}

/** Final decisions of both procedures, aligned with `gold.stackIds`, values as in `Replay.decisions`. */
export interface PairedDecisions {
  /** Machine and crowd together. */
  readonly tandem: Uint8Array;
  /** The crowd without the machine. */
  readonly crowd: Uint8Array;
}

/** One class, both procedures. Differences are tandem − crowd, of the error rate: positive is harm. */
export interface PairedComparison extends PairedCounts {
  readonly margin: number;
  /** (harmed − helped)/n. Absent when n is 0. */
  readonly difference?: number;
  /** Lower bound of the true difference, missed with probability ≤ 1 − confidence. */
  readonly atLeast: number;
  /** Upper bound of the true difference, missed with probability ≤ 1 − confidence. */
  readonly atMost: number;
  /** Against "worse by the margin or more". */
  readonly pNonInferior: number;
  /** Against "no better", by the exact sign test. */
  readonly pSuperior: number;
  /** More gold with which non-inferiority would be shown if the two disagreed no more. 0 when it is. */
  readonly goldNeeded: number;
}

/** `non-inferior`: shown for both classes. `inferior`: one is shown to be worse by more than its margin. */
export interface NonInferiority {
  readonly method: 'exact-unconditional-paired';
  readonly verdict: 'non-inferior' | 'inferior' | 'undetermined';
  readonly confidence: number;
  /** Risk of missing a stall. */
  readonly missedStalls: PairedComparison;
  /** Risk of a false alarm. */
  readonly falseAlarms: PairedComparison;
}

const DEFAULT_CONFIDENCE = 0.95;

/**
 * Compares machine and crowd together with the crowd alone, on the same gold: "without compromising data quality".
 *
 * difference = P(tandem errs, crowd does not) − P(crowd errs, tandem does not), for each class
 *
 * Only pairs on which the two disagree count, so a shared difficulty of stacks cancels. Non-inferiority is shown when
 * both differences are shown to be below their margins, each at the full 1 − confidence (intersection–union), by an exact
 * unconditional test; `inferior` takes half of it for each class. Superiority is the exact sign test of each class.
 *
 * @param options - gold for tuning; margins; confidence
 * @returns verdict and both comparisons; `Left` why nothing can be shown
 * @throws RangeError when decisions are not aligned with gold, or a margin is not in (0, 1)
 * @example
 * const stackIds = Array.from({ length: 900 }, (_, i) => `s${i}`);
 * const gold = Gold.as('tune')(Gold.from({ chosen: 'stratified' })(stackIds.map((stackId, i) => ({ stackId, label: i < 450 ? 1 : 0 }))));
 * const crowd = Uint8Array.from(stackIds, (_, i) => (i < 440 ? 1 : 0));
 * const tandem = Uint8Array.from(stackIds, (_, i) => (i > 1 && i < 446 ? 1 : 0));
 * const compared = Errors.getOrThrow(RiskControl.nonInferiority({ gold, margins: { sensitivity: 0.01, specificity: 0.01 } })({ tandem, crowd }));
 * [compared.verdict, compared.missedStalls.harmed, compared.missedStalls.helped, compared.missedStalls.atMost] // => ['non-inferior', 2, 6, 0.00818688]
 * @see docs/math.md#non-inferiority · Berger & Boos (1994), doi:10.1080/01621459.1994.10476836
 */
export const nonInferiority =
  ({ gold, margins, confidence = DEFAULT_CONFIDENCE, circumstances = {} }: NonInferiorityOptions) =>
  (decisions: PairedDecisions): E.Either<Refused, NonInferiority> => {
    for (const [name, margin] of Object.entries(margins)) {
      if (!(margin > 0 && margin < 1)) throw RangeError(`margins: expected ${name} in (0, 1), got ${margin}`);
    }
    const refused = refusals(circumstances)(gold);
    if (refused.length > 0) return E.left({ _tag: 'Refused', refusals: refused });
    const delta = 1 - confidence;
    const missedStalls = compare(paired(gold, decisions, STALLED), margins.sensitivity, delta);
    const falseAlarms = compare(paired(gold, decisions, FLOWING), margins.specificity, delta);
    const both = [missedStalls, falseAlarms];
    return E.right({
      method: 'exact-unconditional-paired',
      verdict: both.every((c) => c.pNonInferior <= delta)
        ? 'non-inferior'
        : both.some((c) => pInferior(c, delta / 2) <= delta / 2)
          ? 'inferior'
          : 'undetermined',
      confidence,
      missedStalls,
      falseAlarms,
    });
  };

/** Against "worse by the margin at most": the roles exchanged. */
const pInferior = ({ n, harmed, helped, margin }: PairedComparison, delta: number): number =>
  pairedPValue({ n, harmed: helped, helped: harmed }, { margin: -margin, delta });

const compare = (counts: PairedCounts, margin: number, delta: number): PairedComparison => {
  const { n, harmed, helped } = counts;
  return present({
    ...counts,
    margin,
    difference: n === 0 ? undefined : (harmed - helped) / n,
    atLeast: 0 - pairedBound({ n, harmed: helped, helped: harmed }, delta),
    atMost: pairedBound(counts, delta),
    pNonInferior: pairedPValue(counts, { margin, delta }),
    pSuperior: signTest(counts),
    goldNeeded: moreAgreement(counts, { margin, delta }),
  });
};

/** How many more stacks on which both agree would show non-inferiority. */
const moreAgreement = (counts: PairedCounts, query: { readonly margin: number; readonly delta: number }): number => {
  const shown = (more: number): boolean => pairedPValue({ ...counts, n: counts.n + more }, query) <= query.delta;
  if (shown(0)) return 0;
  let few = 0;
  let enough = 1;
  while (!shown(enough)) {
    few = enough;
    enough *= 2;
  }
  while (enough - few > 1) {
    const middle = few + Math.floor((enough - few) / 2);
    if (shown(middle)) enough = middle;
    else few = middle;
  }
  return enough;
};

const paired = (gold: Gold<'tune'>, { tandem, crowd }: PairedDecisions, label: number): PairedCounts => {
  for (const [name, rows] of Object.entries({ tandem, crowd })) {
    if (rows.length !== gold.label.length) {
      throw RangeError(`${name}: expected ${gold.label.length} rows, got ${rows.length}`);
    }
  }
  // The other class's label is the error; left to an expert is not one.
  const wrong = 1 - label;
  let n = 0;
  let harmed = 0;
  let helped = 0;
  for (let g = 0; g < tandem.length; g++) {
    // A comparison needs both: a stack one of them never saw says nothing about the other.
    if (gold.label[g] !== label || tandem[g] === UNSEEN || crowd[g] === UNSEEN) continue;
    n++;
    if (tandem[g] === wrong && crowd[g] !== wrong) harmed++;
    if (tandem[g] !== wrong && crowd[g] === wrong) helped++;
  }
  return { n, harmed, helped };
};
