import type { GoldSet } from '../../domain/gold.js';
import { FLOWING, STALLED } from '../../domain/label.js';
import type { DecisionCounts } from './exactTest.js';

/** In a replay: neither machine nor crowd decides, so an expert is asked, who is taken to be right. */
export const UNDECIDED = 2;

/** In a replay: the stack has neither votes nor scores, so it is left out. */
export const UNSEEN = 3;

/** In a replay: votes ran out while the rule asked for more. The outcome is unknown. */
export const RAN_OUT = 4;

/** How end-to-end decisions stand against gold. */
export interface EndToEndCounts extends DecisionCounts {
  /** Gold of each class left to an expert; inside `stalled` and `flowing`, never an error. */
  readonly undecided: { readonly stalled: number; readonly flowing: number };
  /** Gold of each class whose votes ran out; inside `stalled` and `flowing`, not in `missed` or `alarmed`. See `heldWrong`. */
  readonly ranOut: { readonly stalled: number; readonly flowing: number };
}

/**
 * Counts the errors of end-to-end decisions.
 *
 * @returns takes decisions aligned with `gold.stackIds`: FLOWING, STALLED, UNDECIDED, UNSEEN or RAN_OUT
 * @throws RangeError when they are not aligned, or not such values
 * @example
 * const gold = Gold.from({ chosen: 'random' })([{ stackId: 's1', label: 1 }, { stackId: 's2', label: 0 }]);
 * RiskControl.endToEndCounts(gold)(Uint8Array.of(0, RiskControl.UNDECIDED)).missed // => 1
 */
export const endToEndCounts =
  (gold: GoldSet) =>
  (decisions: Uint8Array): EndToEndCounts => {
    if (decisions.length !== gold.label.length) {
      throw RangeError(`decisions: expected ${gold.label.length} rows, got ${decisions.length}`);
    }
    // Rows are the class, columns the decision.
    const cells = new Uint32Array(2 * DECISIONS);
    for (let g = 0; g < decisions.length; g++) {
      if (decisions[g] > RAN_OUT) throw RangeError(`decisions: expected 0 to ${RAN_OUT}, got ${decisions[g]}`);
      cells[DECISIONS * gold.label[g] + decisions[g]]++;
    }
    const cell = (label: number, decision: number): number => cells[DECISIONS * label + decision];
    const seen = (label: number): number =>
      [FLOWING, STALLED, UNDECIDED, RAN_OUT].reduce((n, decision) => n + cell(label, decision), 0);
    return {
      stalled: seen(STALLED),
      missed: cell(STALLED, FLOWING),
      flowing: seen(FLOWING),
      alarmed: cell(FLOWING, STALLED),
      undecided: { stalled: cell(STALLED, UNDECIDED), flowing: cell(FLOWING, UNDECIDED) },
      ranOut: { stalled: cell(STALLED, RAN_OUT), flowing: cell(FLOWING, RAN_OUT) },
    };
  };

/** Values a decision may have. */
const DECISIONS = RAN_OUT + 1;

/**
 * The same counts with gold whose votes ran out held to be wrong: what a claim that targets are met must withstand.
 *
 * @example
 * const gold = Gold.from({ chosen: 'random' })([{ stackId: 's1', label: 1 }]);
 * RiskControl.heldWrong(RiskControl.endToEndCounts(gold)(Uint8Array.of(RiskControl.RAN_OUT))).missed // => 1
 */
export const heldWrong = <Counts extends EndToEndCounts>(counts: Counts): Counts => ({
  ...counts,
  missed: counts.missed + counts.ranOut.stalled,
  alarmed: counts.alarmed + counts.ranOut.flowing,
});
