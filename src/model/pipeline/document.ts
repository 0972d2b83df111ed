import { createHash } from 'node:crypto';
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import {
  canonicalJson,
  Finite,
  invalidDocument,
  listOf,
  number,
  Open,
  oneOf,
  readDocument,
  tagged,
  text,
  wholeFrom,
  withOptional,
} from '../../decode/json/index.js';
import type { InvalidInput } from '../../domain/errors.js';
import type { Channel } from '../../kernel/image/yuv.js';
import { contradictions, unheard } from './contradictions.js';
import type { Flip, Pipeline } from './pipeline.js';

// A larger plane is no crop of a vessel, and would not fit in memory.
const Side = wholeFrom(1, 1024);
const Byte = wholeFrom(0, 255);
const NonZero = number('a number other than 0', (n) => Number.isFinite(n) && n !== 0);
const Word = text('a word or more', /\S/);
const Sha256 = text('a SHA-256: 64 digits and letters a to f', /^[0-9a-f]{64}$/i);
const Bounds = t.tuple([Byte, Byte], 'two bytes, lowest and highest');

/** Shapes by their tags, each with its keys beside the tag. */
const shapes = (propsByTag: Readonly<Record<string, t.Props>>, optional: t.Props = {}) =>
  tagged(
    Object.fromEntries(
      Object.entries(propsByTag).map(([tag, props]) => [
        tag,
        withOptional({ _tag: t.literal(tag), ...props }, optional, tag),
      ]),
    ),
  );

const Size = { height: Side, width: Side };

const Document = withOptional(
  {
    schema: t.literal('tandem-pipeline/1'),
    name: t.string,
    about: t.string,
    outline: shapes({
      Whole: {},
      Colour: {
        range: t.strict({ red: Bounds, green: Bounds, blue: Bounds }, 'bounds of red, green and blue'),
        frames: oneOf('first', 'every'),
        box: shapes({
          Union: {},
          LongestFromFirst: {},
          Margin: { before: wholeFrom(0, 512), after: wholeFrom(0, 512) },
          LongestBlob: { after: wholeFrom(0, 512) },
        }),
        outside: oneOf('kept', 'black'),
      },
    }),
    guard: t.strict(
      { leastFrames: wholeFrom(1, 10_000), jump: oneOf('fail', 'accept'), twoOutlines: oneOf('fail', 'accept') },
      'a guard',
    ),
    channels: listOf(oneOf<Channel>('red', 'green', 'blue'), 1),
    resize: t.strict({ method: oneOf('zoomTrilinear', 'linear', 'area', 'bicubic'), ...Size }, 'a resize rule'),
    depth: shapes({
      Resample: { planes: Side },
      Keep: {},
      PadToBatch: { batch: wholeFrom(1, 256) },
      GroupMeans: { groups: wholeFrom(1, 64), across: wholeFrom(1, 64), ...Size },
    }),
    colours: oneOf('kept', 'hueOfGrey'),
    scaling: withOptional(
      { divisor: NonZero },
      { mean: listOf(Finite, 1), deviation: listOf(NonZero, 1) },
      'a scaling',
    ),
    layout: oneOf('DHWC', 'CDHW', 'CHW'),
    batchNorm: oneOf('moving', 'instance'),
    flips: listOf(oneOf<Flip>('none', 'D', 'H', 'W', 'DH', 'DW', 'HW', 'DHW'), 1),
    models: listOf(
      withOptional({ role: t.string }, { voteAt: Open, file: Word, sha256: Sha256, output: Word }, 'a model role'),
      1,
    ),
    output: oneOf('probability', 'logit', 'softmax'),
    ensemble: shapes(
      { Mean: { over: oneOf('models', 'all'), stalledAbove: Open }, Votes: { atLeast: wholeFrom(1, 1000) } },
      { digits: wholeFrom(0, 15) },
    ),
  },
  {
    rowStep: wholeFrom(1, 16),
    reencode: t.strict(
      {
        codec: oneOf('mpeg4'),
        framesPerSecond: wholeFrom(1, 240),
        bitsPerSecond: wholeFrom(1, 1_000_000_000),
        leastQuantiser: wholeFrom(1, 31),
        keyEvery: wholeFrom(1, 600),
      },
      'a re-encoding',
    ),
  },
  'a pipeline',
);

const KIND = {
  name: 'a pipeline',
  schema: 'tandem-pipeline/1',
  codec: Document,
  origin: 'Start from one of the presets.',
  fix: 'Correct the field; docs/guides/bring-your-model.md lists what each may hold.',
};

/**
 * Reads a pipeline document and checks its shape, its ranges, and that its parts agree with one another.
 *
 * @param source - what to call the document in errors
 * @param text - JSON
 * @returns `Left` names the field that is wrong
 */
export const decodePipeline = (source: string, text: string): E.Either<InvalidInput, Pipeline> => {
  const read = readDocument(KIND)(source, text);
  if (E.isLeft(read)) return read;
  // io-ts types an absent key as possibly undefined; the codec never makes an undefined key.
  const pipeline = lowerCased(read.right.document as unknown as Pipeline);
  const issues = [...unheard(read.right.json, pipeline), ...contradictions(pipeline)];
  return issues.length === 0 ? E.right(pipeline) : invalidDocument(source, issues);
};

/** Some tools write hashes in capitals; one hash has one spelling here. */
const lowerCased = (pipeline: Pipeline): Pipeline => ({
  ...pipeline,
  models: pipeline.models.map((role) =>
    role.sha256 === undefined ? role : { ...role, sha256: role.sha256.toLowerCase() },
  ),
});

/**
 * The JSON text of a pipeline; `decodePipeline` reads it back. Paths are written as they are. A pipeline from `readPipeline`
 * has absolute paths, which name other files, or none, on another machine.
 */
export const encodePipeline = (pipeline: Pipeline): string => `${JSON.stringify(pipeline, null, 2)}\n`;

/**
 * The content hash of a pipeline, for provenance: SHA-256 of its canonical JSON without its texts for people, and without the
 * files that play its roles: models have hashes of their own.
 */
export const pipelineHash = ({ name: _name, about: _about, models, ...rest }: Pipeline): string => {
  const roles = models.map(({ file: _file, sha256: _sha256, output: _output, ...role }) => role);
  return createHash('sha256')
    .update(canonicalJson({ ...rest, models: roles }))
    .digest('hex');
};
