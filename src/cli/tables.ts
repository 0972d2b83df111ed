import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import * as Decode from '../decode.js';
import type { DataFailure } from '../domain/errors.js';
import { type Loaded, read } from './inputs.js';
import { badFlags } from './invalid.js';

/** Decisions or scores that are there already. */
export const loadDecisions = (
  path: string,
  options: { readonly wanted: 'decisions' | 'values'; readonly column?: string | undefined },
): TE.TaskEither<DataFailure, Loaded<Decode.DecisionTable>> =>
  read(path, options.wanted, (source) =>
    Decode.decisions(source, {
      wanted: options.wanted,
      ...(options.column === undefined ? {} : { columns: { logOdds: options.column } }),
    }),
  );

/** The wanted columns of a table of stacks, one division each. */
export const loadStrata = (
  path: string | undefined,
  by: readonly string[],
): TE.TaskEither<DataFailure, Loaded<readonly Decode.Strata[]>> => {
  if (path === undefined) {
    return by.length === 0
      ? TE.right({ data: [], inputs: [] })
      : TE.left(
          badFlags({
            found: `--by or --cluster ${by.join(',')} without --strata`,
            expected: 'a table of stacks with these columns',
            fix: 'Name it: --strata strata.csv. It may be any CSV with one row per stack.',
          }),
        );
  }
  return pipe(
    read(path, 'strata', (source) => Decode.stacks(source)),
    TE.chain(({ data, inputs }): TE.TaskEither<DataFailure, Loaded<readonly Decode.Strata[]>> => {
      const found: Decode.Strata[] = [];
      for (const name of by) {
        const one = Decode.strata(data, name, path);
        if (E.isLeft(one)) return TE.left(one.left);
        found.push(one.right);
      }
      return TE.right({ data: found, inputs });
    }),
  );
};
