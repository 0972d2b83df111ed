/**
 * Arbitraries for property tests, ours and yours. Needs `fast-check`.
 *
 * @packageDocumentation
 */
import fc from 'fast-check';
import type { GoldSet } from './domain/gold.js';
import type { Label } from './domain/label.js';
import type { Scores } from './domain/scores.js';
import type { Vote } from './domain/vote.js';

/** An opaque id: short and plain mostly, and now and then one that trips careless code. */
export const id = (): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0, max: 12 }).map((n) => `s${n}`) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        '__proto__',
        'constructor',
        'toString',
        '🧠',
        ' spaced ',
        'a,b',
        'say "hi"',
        'two\nlines',
      ),
    },
    { weight: 1, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }) },
  );

/** A label: stalled or flowing. */
export const label = (): fc.Arbitrary<Label> => fc.constantFrom(0, 1);

/** Votes of a small crowd; annotators may repeat themselves. */
export const votes = (): fc.Arbitrary<Vote[]> =>
  fc.array(fc.record({ stackId: id(), annotatorId: id(), label: label() }), { maxLength: 60 });

/** Votes of a small crowd, at most one of each annotator on each stack. */
export const distinctVotes = (): fc.Arbitrary<Vote[]> =>
  fc.uniqueArray(fc.record({ stackId: id(), annotatorId: id(), label: label() }), {
    maxLength: 60,
    selector: (vote) => `${vote.stackId}\u0000${vote.annotatorId}`,
  });

/** A probability away from 0 and 1. */
export const probability = (): fc.Arbitrary<number> => fc.double({ min: 0.01, max: 0.99, noNaN: true });

/** Scores of distinct stacks. */
export const scores = (): fc.Arbitrary<Scores> =>
  fc
    .uniqueArray(fc.record({ stackId: id(), score: fc.double({ min: 0, max: 1, noNaN: true }) }), {
      maxLength: 40,
      selector: (row) => row.stackId,
    })
    .map((rows) => ({ stackIds: rows.map((row) => row.stackId), score: Float64Array.from(rows, (row) => row.score) }));

/** Gold of distinct stacks. */
export const gold = (): fc.Arbitrary<GoldSet> =>
  fc
    .uniqueArray(fc.record({ stackId: id(), label: label() }), { maxLength: 40, selector: (row) => row.stackId })
    .map((rows) => ({
      stackIds: rows.map((row) => row.stackId),
      label: Uint8Array.from(rows, (row) => row.label),
      chosen: 'random' as const,
    }));
