import type { Look } from '../asking/look.js';
import { rowOf } from '../kernel/rowOf.js';
import { narrowLook } from '../policy/narrowLook.js';
import { lookTrajectories } from '../replay/lookTrajectories.js';
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
  const narrow = narrowLook(look);
  const numbers = (label: number) => Float64Array.from({ length: newcomer + 1 }, (_, row) => 2 * row + label);
  let stranger = 'newcomer';
  while (rows.has(stranger)) stranger += '+';
  return {
    worth: { stalled: numbers(1), flowing: numbers(0) },
    rowOf: (annotatorId) => rows.get(annotatorId) ?? newcomer,
    add: (votes, n, model) => {
      const known: number[] = [];
      const annotatorOf = new Uint32Array(n);
      const label = new Uint8Array(n);
      let last = -1;
      let at = -1;
      for (let v = 0; v < n; v++) {
        const row = votes[v] >>> 1;
        if (row !== last) {
          last = row;
          at++;
          if (row < newcomer) known.push(row);
        }
        annotatorOf[v] = at;
        label[v] = votes[v] & 1;
      }
      const small = narrow(known);
      const { logOdds } = lookTrajectories(
        small,
        model === undefined ? undefined : { nats: Float64Array.of(model), scores: Uint32Array.of(1) },
      )({
        stackIds: [''],
        // Newcomers sort last, so that they stand after all who are known.
        annotatorIds: [...small.annotatorIds, stranger],
        offsets: Uint32Array.of(0, n),
        annotatorOf,
        label,
        order: 'arrival',
      });
      return logOdds[n];
    },
  };
};
