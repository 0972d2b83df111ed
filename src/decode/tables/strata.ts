import * as E from 'fp-ts/lib/Either.js';
import type { InvalidInput } from '../../domain/errors.js';
import { METADATA, plain } from '../text/header.js';
import { quotedNames } from '../text/issues.js';
import type { StackTable } from './stacks.js';

/** Which stratum of one column each stack belongs to. */
export interface Strata {
  /** The column as its file calls it: `dataset`, `mouse`. */
  readonly by: string;
  /** By stack id. A stack that is absent, or whose cell is empty, belongs to no stratum. */
  readonly of: ReadonlyMap<string, string>;
}

/**
 * Divides stacks by one column of a table of stacks, whatever the column is called.
 *
 * @param options - `by`: name of the column, without regard to case, spaces and punctuation; `project_id` finds `project`.
 *   `source`: what messages call the table; default `strata`
 * @returns the stratum of every stack that has one
 * @left InvalidInput that names the columns there are
 * @example
 * const text = 'stackId,Dataset,mouse\ns1,A,m1\ns2,B,\n';
 * const table = Errors.getOrThrow(await Decode.stacks(Decode.fromText('strata.csv', text)));
 * Errors.getOrThrow(Decode.strata({ by: 'dataset' })(table)).of.get('s2') // => 'B'
 * Errors.getOrThrow(Decode.strata({ by: 'mouse' })(table)).of.has('s2') // => false
 */
export const strata =
  ({ by, source = 'strata' }: { readonly by: string; readonly source?: string }) =>
  (table: StackTable): E.Either<InvalidInput, Strata> => {
    const wanted = plain(by);
    const canonical = METADATA.find(({ aliases }) => aliases.includes(wanted))?.name;
    const names = [...table.columns.keys()];
    const name = names.find((one) => one === by.trim()) ?? names.find((one) => plain(one) === wanted) ?? canonical;
    const column = name === undefined ? undefined : table.columns.get(name);
    if (name === undefined || column === undefined) {
      return E.left({
        _tag: 'InvalidInput',
        source,
        total: 1,
        issues: [
          {
            found: names.length === 0 ? 'no column besides the stack' : `the columns ${quotedNames(names)}`,
            expected: `a column ${JSON.stringify(by)}`,
            fix: 'Check the spelling, or name one of the columns there are.',
          },
        ],
      });
    }
    const of = new Map<string, string>();
    for (const [row, stackId] of table.stackIds.entries()) {
      const stratum = column[row].trim();
      if (stratum !== '') of.set(stackId, stratum);
    }
    return E.right({ by: name, of });
  };
