/** Answers of pairs of annotators on the stacks they share, by levels of what all others voted there. */

import { offsetsOf } from '../ids/csr.js';
import { type VoteColumns, votesPerAnnotator } from '../ids/voteColumns.js';

/** Per level: stacks shared, stalled votes of the first, stalled votes of the second, stacks both called stalled. */
export const FIELDS = 4;

/** Half the number of levels: others' votes are at most e^LEVELS to one. */
const LEVELS = 12;
const WIDTH = FIELDS * 3 * (2 * LEVELS + 1);

/** The log-odds of each stack, and what each annotator's votes contributed to them, in nats. */
export interface Judgement {
  /** ±Infinity where truth is known. */
  readonly logOdds: Float64Array;
  readonly stalled: Float64Array;
  readonly flowing: Float64Array;
}

/**
 * Visits every pair of `eligible` annotators who share a stack, in a fixed order, with their answers by level.
 *
 * A level is the class of a stack, known or as judged without these two, together with ln( (stalled + ½) / (flowing + ½) )
 * of all other votes in whole nats. So within a level class and difficulty are about the same.
 * Time is the sum over stacks of eligible votes squared.
 *
 * @param visit - gets `table`, valid during the call only, with `FIELDS` numbers per level
 */
export const visitSharedAnswers = (
  votes: VoteColumns,
  judgement: Judgement,
  eligible: readonly boolean[],
  visit: (first: number, second: number, table: Uint32Array) => void,
): void => {
  const { offsets, annotatorOf, label } = votes;
  const lists = byAnnotator(votes, eligible.length);
  const stalledIn = stalledPerStack(votes);
  const place = new Int32Array(eligible.length);
  let nEligible = 0;
  for (let a = 0; a < eligible.length; a++) place[a] = eligible[a] ? nEligible++ : -1;
  const tables = new Uint32Array(nEligible * WIDTH);
  const met: number[] = [];
  const seen = new Uint8Array(nEligible);

  for (let a = 0; a < eligible.length; a++) {
    if (!eligible[a]) continue;
    for (let i = lists.offsets[a]; i < lists.offsets[a + 1]; i++) {
      const s = lists.stack[i];
      const mine = lists.label[i];
      for (let v = offsets[s]; v < offsets[s + 1]; v++) {
        const b = annotatorOf[v];
        const at = place[b];
        if (b <= a || at < 0) continue;
        if (seen[at] === 0) {
          seen[at] = 1;
          met.push(b);
        }
        const others = offsets[s + 1] - offsets[s] - 2;
        const own = mine === 1 ? judgement.stalled[a] : judgement.flowing[a];
        const theirs = label[v] === 1 ? judgement.stalled[b] : judgement.flowing[b];
        const side = 1 + Math.sign(judgement.logOdds[s] - own - theirs);
        const level = 3 * levelOf(stalledIn[s] - mine - label[v], others) + side;
        const cell = at * WIDTH + FIELDS * level;
        tables[cell] += 1;
        tables[cell + 1] += mine;
        tables[cell + 2] += label[v];
        tables[cell + 3] += mine & label[v];
      }
    }
    for (const b of met) {
      const table = tables.subarray(place[b] * WIDTH, (place[b] + 1) * WIDTH);
      visit(a, b, table);
      table.fill(0);
      seen[place[b]] = 0;
    }
    met.length = 0;
  }
};

const levelOf = (stalled: number, n: number): number => {
  const nats = Math.round(Math.log((stalled + 0.5) / (n - stalled + 0.5)));
  return LEVELS + Math.min(Math.max(nats, -LEVELS), LEVELS);
};

const stalledPerStack = ({ offsets, label }: VoteColumns): Uint32Array => {
  const stalled = new Uint32Array(offsets.length - 1);
  for (let s = 0; s < stalled.length; s++) for (let v = offsets[s]; v < offsets[s + 1]; v++) stalled[s] += label[v];
  return stalled;
};

/** Each annotator's stacks and labels, in stack order. */
const byAnnotator = ({ offsets, annotatorOf, label }: VoteColumns, nAnnotators: number) => {
  const starts = offsetsOf(votesPerAnnotator(annotatorOf, nAnnotators));
  const next = starts.slice();
  const stack = new Uint32Array(annotatorOf.length);
  const labels = new Uint8Array(annotatorOf.length);
  for (let s = 0; s + 1 < offsets.length; s++) {
    for (let v = offsets[s]; v < offsets[s + 1]; v++) {
      const at = next[annotatorOf[v]]++;
      stack[at] = s;
      labels[at] = label[v];
    }
  }
  return { offsets: starts, stack, label: labels };
};
