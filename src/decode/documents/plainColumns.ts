import * as t from 'io-ts';

/** How a column stands in JSON where the document does not say which fields are columns. */
const COLUMN = 'float64';

/** Plain data with its columns written as `{ "float64": [ … ] }`. */
export const columnsToJson = (value: unknown): unknown => {
  if (value instanceof Float64Array) return { [COLUMN]: Array.from(value) };
  if (Array.isArray(value)) return value.map(columnsToJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, columnsToJson(inner)]));
};

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

const columnsFromJson = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(columnsFromJson);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  if (entries.length === 1 && entries[0][0] === COLUMN) {
    const numbers: unknown = entries[0][1];
    return Array.isArray(numbers) && numbers.every(isNumber) ? Float64Array.from(numbers) : value;
  }
  return Object.fromEntries(entries.map(([key, inner]) => [key, columnsFromJson(inner)]));
};

/**
 * Fitted data that this layer need not understand, as long as it has a shape: objects, texts, numbers and columns.
 *
 * @param holds - the least that must be right for it to be used
 */
export const plainColumns = <Data>(
  name: string,
  holds: (data: unknown) => data is Data,
): t.Type<Data, unknown, unknown> =>
  new t.Type<Data, unknown, unknown>(
    name,
    holds,
    (u, context) => {
      const data = columnsFromJson(u);
      return holds(data) ? t.success(data) : t.failure(u, context);
    },
    columnsToJson,
  );
