import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import type { Issue } from '../../domain/errors.js';
import { type IssueLog, quoted } from './issues.js';

/** What to tell the owner of a bad value. */
export type Expectation = Pick<Issue, 'expected' | 'fix'> & { readonly found?: string };

interface Explains {
  readonly explain: (value: unknown) => Expectation;
}

/** A codec for one field that can say what it wanted. */
export interface Door<A> extends t.Type<A, unknown, unknown>, Explains {}

/**
 * A codec from `read`, which answers undefined for a bad value.
 *
 * The value is wrapped, because for some fields undefined is a good answer: missing is missing.
 */
export const door = <A>(
  name: string,
  read: (value: unknown) => { readonly value: A } | undefined,
  explain: (value: unknown) => Expectation,
): Door<A> => {
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

/** Where a row stands, and at which position each of its fields. */
export interface Place {
  readonly line: number;
  /** 1-based, by canonical name; absent where columns have no order, as in JSON. */
  readonly columns?: ReadonlyMap<string, number>;
}

const at = (place: Place, field: string): Pick<Issue, 'line' | 'column' | 'field'> => {
  const column = place.columns?.get(field);
  return column === undefined ? { line: place.line, field } : { line: place.line, column, field };
};

const isDoor = (codec: t.Decoder<unknown, unknown>): codec is t.Decoder<unknown, unknown> & Explains =>
  'explain' in codec;

/** The message for one bad field. */
export const fieldIssue = (door: Explains, value: unknown, place: Place, field: string): Issue => ({
  ...at(place, field),
  found: quoted(value),
  ...door.explain(value),
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
      isDoor(last.type)
        ? fieldIssue(last.type, error.value, place, last.key)
        : { line: place.line, found: quoted(error.value), expected: last.type.name, fix: 'Correct the row.' },
    );
  }
  return undefined;
};
