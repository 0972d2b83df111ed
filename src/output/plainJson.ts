/**
 * Gives a fitted thing its JSON form: `JSON.stringify` writes what `formOf` makes of it, instead of a typed column as an
 * object with the keys "0", "1", ….
 *
 * The form is not enumerable. So a spread, a comparison or `structuredClone` of the thing sees its data alone.
 *
 * @param formOf - default `plainColumns`
 * @returns the same object
 */
export const withJson = <Fitted extends object>(
  fitted: Fitted,
  formOf: (fitted: Fitted) => unknown = plainColumns,
): Fitted => Object.defineProperty(fitted, 'toJSON', { value: () => formOf(fitted), configurable: true });

/** Plain data whose typed columns are arrays. */
export const plainColumns = (value: unknown): unknown => mapColumns(value, (column) => column);

/**
 * Plain data with every typed column replaced by what `shown` makes of its numbers.
 *
 * @returns a copy; absent keys stay absent
 */
export const mapColumns = (value: unknown, shown: (column: readonly number[]) => unknown): unknown => {
  if (ArrayBuffer.isView(value)) return shown(Array.from(value as Float64Array));
  if (Array.isArray(value)) return value.map((inner) => mapColumns(inner, shown));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mapColumns(inner, shown)]));
};
