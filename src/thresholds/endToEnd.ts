import type { GoldSet } from '../domain/gold.js';
import { FLOWING, STALLED } from '../domain/label.js';
import type { DecisionCounts } from './exactTest.js';

/** In a replay: neither machine nor crowd decided, so an expert is asked, who is taken to be right. */
export const UNDECIDED = 2;

/** In a replay: nothing is known of the stack, so it takes no part; it is neither an error nor evidence. */
export const UNSEEN = 3;

/** How end-to-end decisions stand against gold. */
export interface EndToEndCounts extends DecisionCounts {
  /** Gold of each class left to an expert; inside `stalled` and `flowing`, never an error. */
  readonly undecided: { readonly stalled: number; readonly flowing: number };
}

/**
 * Counts the errors of end-to-end decisions.
 *
 * @param decisions - aligned with `gold.stackIds`: FLOWING, STALLED, UNDECIDED or UNSEEN
 * @throws RangeError when they are not aligned, or not such values
 */
export const endToEndCounts = (gold: GoldSet, decisions: Uint8Array): EndToEndCounts => {
  if (decisions.length !== gold.label.length) {
    throw RangeError(`decisions: expected ${gold.label.length} rows, got ${decisions.length}`);
  }
  // Rows are the class, columns the decision.
  const cells = new Uint32Array(8);
  for (let g = 0; g < decisions.length; g++) {
    if (decisions[g] > UNSEEN) throw RangeError(`decisions: expected 0 to ${UNSEEN}, got ${decisions[g]}`);
    cells[4 * gold.label[g] + decisions[g]]++;
  }
  const cell = (label: number, decision: number): number => cells[4 * label + decision];
  const seen = (label: number): number => cell(label, FLOWING) + cell(label, STALLED) + cell(label, UNDECIDED);
  return {
    stalled: seen(STALLED),
    missed: cell(STALLED, FLOWING),
    flowing: seen(FLOWING),
    alarmed: cell(FLOWING, STALLED),
    undecided: { stalled: cell(STALLED, UNDECIDED), flowing: cell(FLOWING, UNDECIDED) },
  };
};
