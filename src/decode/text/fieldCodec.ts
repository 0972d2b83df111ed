import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import type { Issue } from '../../domain/errors.js';
import { type IssueLog, quoted } from './issues.js';

/** The second half of a message about a bad value: what was expected, and how to correct it. */
export type Expectation = Pick<Issue, 'expected' | 'fix'> & { readonly found?: string };

interface Explains {
  readonly explain: (value: unknown) => Expectation;
}

/** A codec for one field, with the words for a value that it refuses. */
export interface FieldCodec<A> extends t.Type<A, unknown, unknown>, Explains {}

/**
 * Makes a codec from `read`, which returns undefined for a bad value.
 *
 * A good value comes wrapped in an object, because for some fields a missing value is good, too.
 */
export const fieldCodec = <A>(
  name: string,
  read: (value: unknown) => { readonly value: A } | undefined,
  explain: (value: unknown) => Expectation,
): FieldCodec<A> => {
  const codec = new t.Type<A, unknown, unknown>(
    name,
    (value): value is A => read(value) !== undefined,
    (value, context) => {
      const good = read(value);
      return good === undefined ? t.failure(value, context) : t.success(good.value);
    },
    (value) => value,
  );
  return Object.assign(codec, { explain });
};

/** The line of a row, and the position of each of its fields. */
export interface Place {
  readonly line: number;
  /** 1-based, by canonical name; absent where columns have no order, as in JSON. */
  readonly columns?: ReadonlyMap<string, number>;
}

const at = (place: Place, field: string): Pick<Issue, 'line' | 'column' | 'field'> => {
  const column = place.columns?.get(field);
  return column === undefined ? { line: place.line, field } : { line: place.line, column, field };
};

const isFieldCodec = (codec: t.Decoder<unknown, unknown>): codec is t.Decoder<unknown, unknown> & Explains =>
  'explain' in codec;

/** The message for one bad field. */
export const fieldIssue = (codec: Explains, value: unknown, place: Place, field: string): Issue => ({
  ...at(place, field),
  found: quoted(value),
  ...codec.explain(value),
});

/** Decodes one row, or logs an issue for every bad field of it. */
export const decodeRow = <A>(
  codec: t.Type<A, unknown, unknown>,
  row: unknown,
  place: Place,
  log: IssueLog,
): A | undefined => {
  const decoded = codec.decode(row);
  if (E.isRight(decoded)) return decoded.right;
  for (const error of decoded.left) {
    const last = error.context[error.context.length - 1];
    log.add(() =>
      isFieldCodec(last.type)
        ? fieldIssue(last.type, error.value, place, last.key)
        : { line: place.line, found: quoted(error.value), expected: last.type.name, fix: 'Correct the row.' },
    );
  }
  return undefined;
};
