import type { Look } from '../asking/look.js';

const columnsOf = (look: Look): readonly (readonly [string, Float64Array])[] =>
  Object.entries(look).filter(
    ([, value]) => value instanceof Float64Array && value.length === look.annotatorIds.length,
  );

/** The same look without −0, which JSON does not know. */
export const plainLook = (look: Look): Look => ({
  ...look,
  ...Object.fromEntries(columnsOf(look).map(([name, column]) => [name, column.map((value) => value + 0)])),
});

/**
 * A look that knows a few annotators only, for one stack at a time: its columns are cut, everything else is as it was.
 *
 * @returns on rows of `look.annotatorIds`, each at most once
 */
export const narrowLook = (look: Look): ((rows: readonly number[]) => Look) => {
  const columns = columnsOf(look);
  return (rows) => ({
    ...look,
    ...Object.fromEntries(columns.map(([name, column]) => [name, Float64Array.from(rows, (row) => column[row])])),
    annotatorIds: rows.map((row) => look.annotatorIds[row]),
  });
};
