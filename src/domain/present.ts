/** An object whose keys with an undefined value are absent: `{ a?: T | undefined }` becomes `{ a?: T }`. */
export type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/**
 * Drops the keys whose value is undefined, because what is missing is an absent key: in JSON, in hashes and in tests.
 *
 * @returns a new object; keys keep their order
 */
export const present = <const T extends object>(fields: T): Present<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>;
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
