import * as E from 'fp-ts/lib/Either.js';
import type * as t from 'io-ts';
import type { InvalidInput, Issue } from '../../domain/errors.js';
import { present } from '../../domain/present.js';

/** A kind of JSON document, with the words for messages about a broken one. */
export interface DocumentKind<A> {
  /** With its article: "a policy". */
  readonly name: string;
  /** Name and version: "tandem-policy/1". */
  readonly schema: string;
  readonly codec: t.Decoder<unknown, A>;
  /** Where to get a document of this kind, for a file that is none. */
  readonly origin: string;
  /** What to do about a field that is wrong. */
  readonly fix: string;
}

const MOST_ISSUES = 5;

/** A document that cannot be used, with what is wrong in it. */
export const invalidDocument = (source: string, issues: readonly Issue[]): E.Either<InvalidInput, never> =>
  E.left({ _tag: 'InvalidInput', source, issues: issues.slice(0, MOST_ISSUES), total: issues.length });

/**
 * Reads a document through its codec, and returns the parsed JSON beside it.
 *
 * @returns `Left` names the field that is wrong; of a document of another kind or version, it says so and nothing else
 */
export const readDocument =
  <A>(kind: DocumentKind<A>) =>
  (source: string, text: string): E.Either<InvalidInput, { readonly document: A; readonly json: unknown }> => {
    const json = parsedJson(kind)(source, text);
    if (E.isLeft(json)) return json;
    const checked = checkDocument(kind)(source, json.right);
    return E.isLeft(checked) ? checked : E.right({ document: checked.right, json: json.right });
  };

/** The JSON of a text, not yet checked. */
export const parsedJson =
  ({ name, origin }: Pick<DocumentKind<unknown>, 'name' | 'origin'>) =>
  (source: string, text: string): E.Either<InvalidInput, unknown> => {
    try {
      return E.right(JSON.parse(text));
    } catch (cause) {
      const found = `text that is no JSON (${cause instanceof Error ? cause.message : String(cause)})`;
      return invalidDocument(source, [{ found, expected: `the JSON document of ${name}`, fix: origin }]);
    }
  };

/** A parsed document as its codec has it. */
export const checkDocument =
  <A>(kind: DocumentKind<A>) =>
  (source: string, json: unknown): E.Either<InvalidInput, A> => {
    const other = otherKind(kind, json);
    if (other !== undefined) return invalidDocument(source, [other]);
    const decoded = kind.codec.decode(json);
    if (E.isRight(decoded)) return decoded;
    return invalidDocument(
      source,
      decoded.left.map((error) => issueOf(error, kind.fix)),
    );
  };

/** A document with another schema is not damaged: one message says so, and no field is listed as missing. */
export const otherKind = ({ schema, origin }: DocumentKind<unknown>, json: unknown): Issue | undefined => {
  const own = typeof json === 'object' && json !== null && 'schema' in json ? json.schema : undefined;
  if (typeof own !== 'string' || own === schema) return undefined;
  const isVersion = own.startsWith(schema.slice(0, schema.indexOf('/') + 1));
  return {
    field: 'schema',
    found: shown(own),
    expected: shown(schema),
    fix: isVersion
      ? 'It was written by another version of tandem-consensus. Use that version, or write it again.'
      : `This is another document. ${origin}`,
  };
};

const issueOf = ({ value, context }: t.ValidationError, fix: string): Issue => {
  // An intersection adds its members' indices to the path; they are no part of the document.
  const field = context
    .filter(({ key }, i) => i > 0 && key !== '' && !isIntersection(context[i - 1].type))
    .map(({ key }) => key)
    .join('.');
  return present({
    field: field === '' ? undefined : field,
    found: shown(value),
    expected: context[context.length - 1].type.name,
    fix,
  });
};

const isIntersection = (type: t.Decoder<unknown, unknown>): boolean =>
  '_tag' in type &&
  (type._tag === 'IntersectionType' ||
    (type._tag === 'ExactType' && 'type' in type && isIntersection(type.type as t.Mixed)));

const LONGEST = 40;

/** A value of a document for a message: as JSON, at most 40 characters. */
export const shown = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
};

/** JSON with sorted keys and no spaces: equal values have equal texts, whatever order they were built in. */
export const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
