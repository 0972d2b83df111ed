import { FLOWING, STALLED } from '../../domain/label.js';
import type { Scores } from '../../domain/scores.js';
import { rowOfId } from '../../kernel/ids/voteColumns.js';
import { type Seed, shuffleInPlace, splitSeed } from '../../kernel/random/prng.js';
import type { SimulatedVotes, Stacks } from '../settings.js';

/** Measured pace of a playing bot, in seconds per stack. */
const SECONDS_PER_STACK = 27;

/**
 * Lets models play: each answers every stack once, stalled where its score is `cut` or more.
 *
 * A bot that cannot read a stack answers flowing and marks an error, as the bots of the platform did. Only the mark
 * distinguishes "flowing" from "not read".
 *
 * @returns the votes of people, then of bots; in time order where votes have times. Bots are the last annotators
 */
export const withBots = (
  world: {
    readonly votes: SimulatedVotes;
    readonly stacks: Stacks;
    readonly models: readonly Scores[];
    readonly cut: number;
  },
  seed: Seed,
): SimulatedVotes => {
  const { votes, stacks, models, cut } = world;
  const { stackIds, annotatorIds } = votes;
  const people = votes.label.length;
  const total = people + models.length * stackIds.length;
  const columns = {
    stackOf: new Uint32Array(total),
    annotatorOf: new Uint32Array(total),
    label: new Uint8Array(total),
    movieError: new Uint8Array(total),
    seconds: new Float64Array(total),
    known: new Uint8Array(total),
  };
  columns.stackOf.set(votes.stackOf);
  columns.annotatorOf.set(votes.annotatorOf);
  columns.label.set(votes.label);
  if (votes.seconds !== undefined) columns.seconds.set(votes.seconds);
  if (votes.known !== undefined) columns.known.set(votes.known);
  let v = people;
  models.forEach((scores, bot) => {
    const rows = rowOfId(scores.stackIds);
    const order = Uint32Array.from(stackIds.keys());
    shuffleInPlace(order, splitSeed(seed, `bot ${bot + 1}`));
    order.forEach((s, k) => {
      const row = rows.get(stackIds[s]);
      columns.stackOf[v] = s;
      columns.annotatorOf[v] = annotatorIds.length + bot;
      columns.label[v] = row !== undefined && scores.score[row] >= cut ? STALLED : FLOWING;
      columns.movieError[v] = Number(row === undefined);
      columns.seconds[v] = SECONDS_PER_STACK * k;
      columns.known[v] = stacks.isKnown?.[s] ?? 0;
      v++;
    });
  });
  const both = { stackIds, annotatorIds: [...annotatorIds, ...models.map((_, bot) => `bot-${bot + 1}`)] };
  const { stackOf, annotatorOf, label, movieError } = columns;
  if (votes.seconds === undefined) return { ...both, stackOf, annotatorOf, label, movieError };
  // Rows stay below 2^25 and seconds below 2^28, so that one double holds both.
  const byTime = columns.seconds.map((second, row) => second * 0x2000000 + row).sort();
  const order = Uint32Array.from(byTime, (key) => key % 0x2000000);
  return {
    ...both,
    stackOf: order.map((row) => stackOf[row]),
    annotatorOf: order.map((row) => annotatorOf[row]),
    label: Uint8Array.from(order, (row) => label[row]),
    movieError: Uint8Array.from(order, (row) => movieError[row]),
    seconds: Float64Array.from(order, (row) => columns.seconds[row]),
    known: Uint8Array.from(order, (row) => columns.known[row]),
  };
};
