import * as E from 'fp-ts/lib/Either.js';
import type { InvalidInput } from '../domain/errors.js';
import type { GoldSet } from '../domain/gold.js';
import * as Thresholds from '../thresholds.js';
import { invalid } from './invalid.js';

/**
 * Labels that can judge decisions, or why these cannot: gold must be random within each class, an audit within each decision.
 *
 * @param path - of the labels
 */
export const fitToJudge =
  (path: string, what: 'audit' | 'gold') =>
  ({ chosen, stackIds }: GoldSet): E.Either<InvalidInput, void> => {
    const unfit = (expected: string, fix: string): E.Either<InvalidInput, void> =>
      E.left(invalid(path, { field: 'chosen', found: `labels chosen as ${chosen}`, expected, fix }));
    if (what === 'audit' && chosen === 'stratified') {
      return unfit(
        'a random part of each kind of decision',
        'These were chosen by their class: give them as --gold, and audit a random part of the decisions.',
      );
    }
    const [refusal] = Thresholds.refusals({ chosen, stackIds }, {});
    return refusal === undefined
      ? E.right(undefined)
      : unfit(`labels that can judge decisions (${refusal.reason})`, refusal.fix);
  };
