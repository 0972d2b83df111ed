import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import type { InvalidInput } from '../domain/errors.js';
import { quoted } from './issues.js';

/** When the models of a pipeline may be asked no further, and for which pipeline and models that was shown. */
export interface EarlyStopDocument {
  readonly schema: 'tandem-early-stop/1';
  /** `pipelineHash`. */
  readonly pipeline: string;
  /** SHA-256 of the model files, in order. */
  readonly models: readonly string[];
  /** Scores in (0, 1), rising, at which the routing changes. */
  readonly edges: readonly number[];
  readonly risk?: {
    readonly margins: readonly number[];
    readonly certificate: {
      readonly risk: number;
      readonly confidence: number;
      readonly fitted: number;
      readonly bands: readonly { readonly stacks: number; readonly moved: number }[];
      readonly passes: number;
      readonly all: number;
    };
  };
}

const Share = new t.Type<number, number, unknown>(
  'a number between 0 and 1, both excluded',
  (u): u is number => typeof u === 'number' && u > 0 && u < 1,
  (u, context) => (typeof u === 'number' && u > 0 && u < 1 ? t.success(u) : t.failure(u, context)),
  t.identity,
);
const Amount = new t.Type<number, number, unknown>(
  'a number, 0 or more',
  (u): u is number => typeof u === 'number' && u >= 0,
  (u, context) => (typeof u === 'number' && u >= 0 ? t.success(u) : t.failure(u, context)),
  t.identity,
);
const Band = t.strict({ stacks: Amount, moved: Amount }, 'counts of a band');
const Certificate = t.strict(
  {
    risk: Share,
    confidence: Share,
    fitted: Amount,
    bands: t.array(Band, 'a list of counts'),
    passes: Amount,
    all: Amount,
  },
  'a certificate',
);
const Document = t.intersection([
  t.strict({
    schema: t.literal('tandem-early-stop/1'),
    pipeline: t.string,
    models: t.array(t.string, 'a list of SHA-256 sums'),
    edges: t.array(Share, 'a list of numbers between 0 and 1'),
  }),
  t.partial({
    risk: t.strict(
      { margins: t.array(Amount, 'a list of numbers, 0 or more'), certificate: Certificate },
      'margins and their certificate',
    ),
  }),
]);

/**
 * Reads what `tandem model early-stop` wrote.
 *
 * @param source - what to call the document in errors
 * @param text - JSON
 * @returns `Left` names the field that is wrong
 */
export const decodeEarlyStop = (source: string, text: string): E.Either<InvalidInput, EarlyStopDocument> => {
  const fix = 'Write the file with `tandem model early-stop`.';
  const invalid = (issues: InvalidInput['issues']): E.Either<InvalidInput, never> =>
    E.left({ _tag: 'InvalidInput', source, issues: issues.slice(0, 5), total: issues.length });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    return invalid([{ found, expected: 'one JSON document', fix }]);
  }
  const decoded = Document.decode(json);
  if (E.isLeft(decoded)) {
    return invalid(
      decoded.left.map(({ value, context }) => ({
        field: context.flatMap(({ key }) => (/^\D/.test(key) ? [key] : [])).join('.') || 'document',
        found: quoted(value),
        expected: context[context.length - 1].type.name,
        fix,
      })),
    );
  }
  const { edges } = decoded.right;
  const isRising = edges.length > 0 && edges.every((edge, i) => i === 0 || edge > edges[i - 1]);
  if (!isRising)
    return invalid([{ field: 'edges', found: quoted(edges), expected: 'rising scores, one or more', fix }]);
  // io-ts types an absent key as possibly undefined; the codec never makes one.
  return E.right(decoded.right as EarlyStopDocument);
};

/** The text of the document; `decodeEarlyStop` reads it back. */
export const encodeEarlyStop = (document: EarlyStopDocument): string => `${JSON.stringify(document, null, 2)}\n`;
