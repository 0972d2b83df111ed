import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { AtLeast0, invalidDocument, Open, readDocument, shown, withOptional } from '../../decode/json/index.js';
import type { InvalidInput } from '../../domain/errors.js';
import type { EarlyStop } from './earlyStop.js';

/** An early stop, with the pipeline and the models that it was fitted for. */
export interface EarlyStopDocument extends EarlyStop {
  readonly schema: 'tandem-early-stop/1';
  /** `pipelineHash`. */
  readonly pipeline: string;
  /** SHA-256 of the model files, in order, each followed by those of the files beside it that hold its weights. */
  readonly models: readonly string[];
}

const Band = t.strict({ stacks: AtLeast0, moved: AtLeast0 }, 'counts of a band');
const Certificate = t.strict(
  {
    risk: Open,
    confidence: Open,
    fitted: AtLeast0,
    bands: t.array(Band, 'a list of counts'),
    passes: AtLeast0,
    all: AtLeast0,
  },
  'a certificate',
);
const Document = withOptional(
  {
    schema: t.literal('tandem-early-stop/1'),
    pipeline: t.string,
    models: t.array(t.string, 'a list of SHA-256 sums'),
    edges: t.array(Open, 'a list of numbers between 0 and 1'),
  },
  {
    risk: t.strict(
      { margins: t.array(AtLeast0, 'a list of numbers, 0 or more'), certificate: Certificate },
      'margins and their certificate',
    ),
  },
  'an early stop',
);

const FIX = 'Write the file with `tandem model early-stop`.';
const KIND = { name: 'an early stop', schema: 'tandem-early-stop/1', codec: Document, origin: FIX, fix: FIX };

/**
 * Reads a document that `tandem model early-stop` wrote.
 *
 * @param source - what to call the document in errors
 * @param text - JSON
 * @returns `Left` names the field that is wrong
 */
export const decodeEarlyStop = (source: string, text: string): E.Either<InvalidInput, EarlyStopDocument> => {
  const read = readDocument(KIND)(source, text);
  if (E.isLeft(read)) return read;
  // io-ts types an absent key as possibly undefined; the codec never makes one.
  const document = read.right.document as EarlyStopDocument;
  const { edges } = document;
  const isRising = edges.length > 0 && edges.every((edge, i) => i === 0 || edge > edges[i - 1]);
  if (isRising) return E.right(document);
  return invalidDocument(source, [
    { field: 'edges', found: shown(edges), expected: 'rising scores, one or more', fix: FIX },
  ]);
};

/** The text of the document; `decodeEarlyStop` reads it back. */
export const encodeEarlyStop = (document: EarlyStopDocument): string => `${JSON.stringify(document, null, 2)}\n`;
