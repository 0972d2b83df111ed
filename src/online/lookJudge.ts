import type { Look } from '../asking/look.js';
import { rowOf } from '../kernel/rowOf.js';
import { stackLook } from '../replay/lookTrajectories.js';
import type { Adder } from './judge.js';

/**
 * Adds up what was seen on one stack as an asking rule does: people and model share its look, so a vote has no worth of its own.
 *
 * A vote is a number, 2 · row + label, the row being that of its annotator in the look; all newcomers share one. Numbers
 * sort, so the product over votes depends on which votes count and on nothing else.
 */
export const lookJudge = (look: Look): Adder => {
  const rows = rowOf(look.annotatorIds);
  const newcomer = look.annotatorIds.length;
  const numbers = (label: number) => Float64Array.from({ length: newcomer + 1 }, (_, row) => 2 * row + label);
  return {
    worth: { stalled: numbers(1), flowing: numbers(0) },
    rowOf: (annotatorId) => rows.get(annotatorId) ?? newcomer,
    add: stackLook(look),
  };
};
