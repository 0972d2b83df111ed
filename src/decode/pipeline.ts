import { createHash } from 'node:crypto';
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import type { InvalidInput, Issue } from '../domain/errors.js';
import type { ColourRange } from '../kernel/image/colourMask.js';
import type { Scaling } from '../kernel/image/normalise.js';
import type { Channel } from '../kernel/image/yuv.js';
import { canonicalJson } from './canonicalJson.js';
import { quoted } from './issues.js';

/** From the frames of a stack to a decision, as data: what one network was trained to see, and how its answers are read. */
export interface Pipeline {
  readonly schema: 'tandem-pipeline/1';
  readonly name: string;
  /** For people: where it comes from and what is odd about it. */
  readonly about: string;
  readonly outline: OutlineRule;
  readonly guard: GuardRule;
  /** Channels of the crop, in the order the network wants them. */
  readonly channels: readonly Channel[];
  /** Keep every n-th row of the crop; absent keeps all. */
  readonly rowStep?: number;
  readonly resize: ResizeRule;
  /** The resized frames are compressed and read back, because the network was trained on that. */
  readonly reencode?: ReencodeRule;
  readonly depth: DepthRule;
  /** `hueOfGrey`: the grey of each pixel becomes a hue. */
  readonly colours: 'kept' | 'hueOfGrey';
  readonly scaling: Scaling;
  /** Order of the tensor's axes, slowest first: Depth, Height, Width, Channels. */
  readonly layout: 'DHWC' | 'CDHW' | 'CHW';
  /** What batch normalisation uses: the training set's moments, or those of the one stack at hand. */
  readonly batchNorm: 'moving' | 'instance';
  /** Orientations every model is asked about, in this order. */
  readonly flips: readonly Flip[];
  readonly models: readonly ModelRole[];
  readonly output: 'probability' | 'logit' | 'softmax';
  readonly ensemble: EnsembleRule;
}

export type OutlineRule =
  | { readonly _tag: 'Whole' }
  | {
      readonly _tag: 'Colour';
      readonly range: ColourRange;
      readonly frames: 'first' | 'every';
      readonly box: BoxRule;
      /** What becomes of pixels in the box but outside the outline. */
      readonly outside: 'kept' | 'black';
    };

export type BoxRule =
  | { readonly _tag: 'Union' }
  | { readonly _tag: 'LongestFromFirst' }
  | { readonly _tag: 'Margin'; readonly before: number; readonly after: number }
  /** Box of the piece with the longest major axis, `after` pixels longer at the far edges. */
  | { readonly _tag: 'LongestBlob'; readonly after: number };

/** What to do with odd stacks: fail, or accept as the pipeline's author did. */
export interface GuardRule {
  readonly leastFrames: number;
  readonly jump: 'fail' | 'accept';
  readonly twoOutlines: 'fail' | 'accept';
}

export interface ResizeRule {
  readonly method: 'zoomTrilinear' | 'linear' | 'area' | 'bicubic';
  readonly height: number;
  readonly width: number;
}

/** MPEG-4 part 2 by ffmpeg; bit rate per second, quantiser no finer than `leastQuantiser`, a key frame every `keyEvery`. */
export interface ReencodeRule {
  readonly codec: 'mpeg4';
  readonly framesPerSecond: number;
  readonly bitsPerSecond: number;
  readonly leastQuantiser: number;
  readonly keyEvery: number;
}

export type DepthRule =
  /** Only with `zoomTrilinear`, which resamples all three axes at once. */
  | { readonly _tag: 'Resample'; readonly planes: number }
  | { readonly _tag: 'Keep' }
  /** Black planes at the end, up to the longest stack of its batch. */
  | { readonly _tag: 'PadToBatch'; readonly batch: number }
  /** Means of equal runs of planes, each resized to a tile, laid out on one plane. */
  | {
      readonly _tag: 'GroupMeans';
      readonly groups: number;
      readonly across: number;
      readonly height: number;
      readonly width: number;
    };

export type Flip = 'none' | 'D' | 'H' | 'W' | 'DH' | 'DW' | 'HW' | 'DHW';

export interface ModelRole {
  readonly role: string;
  /** The model votes "stalled" at this probability and above; only for `Votes`. */
  readonly voteAt?: number;
  /** The ONNX file that plays the role, relative to this document; one file may play several. */
  readonly file?: string;
  /** Of that file, so that no other is used. */
  readonly sha256?: string;
  /** Which of its outputs; absent takes them in order. */
  readonly output?: string;
}

export type EnsembleRule =
  /** Over flips, then over models; or over all at once, which rounds differently. Stalled strictly above. */
  | { readonly _tag: 'Mean'; readonly over: 'models' | 'all'; readonly stalledAbove: number }
  /** Stalled when at least so many models vote; probabilities rounded to `digits` first, where given. */
  | { readonly _tag: 'Votes'; readonly atLeast: number; readonly digits?: number };

const number = (name: string, holds: (n: number) => boolean): t.Type<number, unknown, unknown> =>
  new t.Type<number, unknown, unknown>(
    name,
    (u): u is number => typeof u === 'number' && holds(u),
    (u, context) => (typeof u === 'number' && holds(u) ? t.success(u) : t.failure(u, context)),
    t.identity,
  );

const from = (least: number, most: number) =>
  number(`a whole number from ${least} to ${most}`, (n) => Number.isInteger(n) && n >= least && n <= most);
// A plane larger than this is no crop of a vessel, and would not fit in memory.
const Side = from(1, 1024);
const Byte = from(0, 255);
const Open = number('a number between 0 and 1, both excluded', (n) => n > 0 && n < 1);
const Finite = number('a finite number', Number.isFinite);
const NonZero = number('a number other than 0', (n) => Number.isFinite(n) && n !== 0);
const text = (name: string, form: RegExp): t.Type<string, unknown, unknown> =>
  new t.Type<string, unknown, unknown>(
    name,
    (u): u is string => typeof u === 'string' && form.test(u),
    (u, context) => (typeof u === 'string' && form.test(u) ? t.success(u) : t.failure(u, context)),
    t.identity,
  );
const Word = text('a word or more', /\S/);
const Sha256 = text('a SHA-256: 64 digits and letters a to f', /^[0-9a-f]{64}$/);
const Bounds = t.tuple([Byte, Byte], 'two bytes, lowest and highest');

const oneOf = <K extends string>(...keys: readonly K[]): t.Type<K, unknown, unknown> =>
  new t.Type<K, unknown, unknown>(
    `one of ${keys.join(', ')}`,
    (u): u is K => keys.some((key) => key === u),
    (u, context) => {
      const key = keys.find((name) => name === u);
      return key === undefined ? t.failure(u, context) : t.success(key);
    },
    t.identity,
  );

const listOf = <A>(of: t.Type<A, unknown, unknown>, least: number): t.Type<readonly A[], unknown, unknown> => {
  const list = t.readonlyArray(of);
  const name = `${least} or more of: ${of.name}`;
  return new t.Type<readonly A[], unknown, unknown>(
    name,
    (u): u is readonly A[] => list.is(u) && u.length >= least,
    (u, context) => (Array.isArray(u) && u.length < least ? t.failure(u, context) : list.validate(u, context)),
    t.identity,
  );
};

const strict = <R extends t.Props, O extends t.Props>(name: string, required: R, optional: O) =>
  t.exact(t.intersection([t.type(required), t.partial(optional)]), name);

/** One of several tagged shapes. The tag picks the shape, so a mistake inside is reported once, where it is. */
const tagged = (
  shapes: Readonly<Record<string, t.Props>>,
  optional: t.Props = {},
): t.Type<unknown, unknown, unknown> => {
  const codecs = new Map(Object.entries(shapes).map(([tag, props]) => [tag, strict(tag, props, optional)]));
  return new t.Type<unknown, unknown, unknown>(
    `a _tag of ${[...codecs.keys()].join(', ')}`,
    (u): u is unknown => [...codecs.values()].some((codec) => codec.is(u)),
    (u, context) => {
      const tag = typeof u === 'object' && u !== null && '_tag' in u ? u._tag : undefined;
      const codec = codecs.get(String(tag));
      if (codec === undefined) return t.failure(tag, context);
      const inside = codec.validate(u, context);
      return E.isLeft(inside) ? inside : t.success({ _tag: tag, ...inside.right });
    },
    t.identity,
  );
};

const Size = { height: Side, width: Side };

const Document = strict(
  'a pipeline',
  {
    schema: oneOf('tandem-pipeline/1'),
    name: t.string,
    about: t.string,
    outline: tagged({
      Whole: {},
      Colour: {
        range: t.strict({ red: Bounds, green: Bounds, blue: Bounds }, 'bounds of red, green and blue'),
        frames: oneOf('first', 'every'),
        box: tagged({
          Union: {},
          LongestFromFirst: {},
          Margin: { before: from(0, 512), after: from(0, 512) },
          LongestBlob: { after: from(0, 512) },
        }),
        outside: oneOf('kept', 'black'),
      },
    }),
    guard: t.strict(
      { leastFrames: from(1, 10_000), jump: oneOf('fail', 'accept'), twoOutlines: oneOf('fail', 'accept') },
      'a guard',
    ),
    channels: listOf(oneOf<Channel>('red', 'green', 'blue'), 1),
    resize: t.strict({ method: oneOf('zoomTrilinear', 'linear', 'area', 'bicubic'), ...Size }, 'a resize rule'),
    depth: tagged({
      Resample: { planes: Side },
      Keep: {},
      PadToBatch: { batch: from(1, 256) },
      GroupMeans: { groups: from(1, 64), across: from(1, 64), ...Size },
    }),
    colours: oneOf('kept', 'hueOfGrey'),
    scaling: strict('a scaling', { divisor: NonZero }, { mean: listOf(Finite, 1), deviation: listOf(NonZero, 1) }),
    layout: oneOf('DHWC', 'CDHW', 'CHW'),
    batchNorm: oneOf('moving', 'instance'),
    flips: listOf(oneOf<Flip>('none', 'D', 'H', 'W', 'DH', 'DW', 'HW', 'DHW'), 1),
    models: listOf(
      strict('a model role', { role: t.string }, { voteAt: Open, file: Word, sha256: Sha256, output: Word }),
      1,
    ),
    output: oneOf('probability', 'logit', 'softmax'),
    ensemble: tagged(
      { Mean: { over: oneOf('models', 'all'), stalledAbove: Open }, Votes: { atLeast: from(1, 1000) } },
      { digits: from(0, 15) },
    ),
  },
  {
    rowStep: from(1, 16),
    reencode: t.strict(
      {
        codec: oneOf('mpeg4'),
        framesPerSecond: from(1, 240),
        bitsPerSecond: from(1, 1_000_000_000),
        leastQuantiser: from(1, 31),
        keyEvery: from(1, 600),
      },
      'a re-encoding',
    ),
  },
);

/** Fields nobody reads: a slip in the name of an optional one would otherwise change the tensors and say nothing. */
const unheard = (given: unknown, read: unknown, path: readonly string[] = []): readonly Issue[] => {
  if (typeof given !== 'object' || given === null || typeof read !== 'object' || read === null) return [];
  const taken = new Map<string, unknown>(Object.entries(read));
  return Object.entries(given).flatMap(([key, value]): readonly Issue[] =>
    taken.has(key)
      ? unheard(value, taken.get(key), [...path, key])
      : [
          {
            field: [...path, key].join('.'),
            found: 'a field of this name',
            expected: 'only fields that a pipeline has',
            fix: 'Correct its name or take it out; docs/guides/bring-your-model.md lists them all.',
          },
        ],
  );
};

/** What each part allows alone and not together. */
const contradictions = (p: Pipeline): readonly Issue[] => {
  const issues: Issue[] = [];
  const wrong = (field: string, found: string, expected: string, fix: string): void => {
    issues.push({ field, found, expected, fix });
  };
  const channels = p.colours === 'hueOfGrey' ? 3 : p.channels.length;
  if ((p.depth._tag === 'Resample') !== (p.resize.method === 'zoomTrilinear')) {
    wrong('depth', p.depth._tag, 'Resample with zoomTrilinear, and only there', 'Change depth or resize.method.');
  }
  if ((p.depth._tag === 'GroupMeans') !== (p.layout === 'CHW')) {
    wrong('layout', p.layout, 'CHW with GroupMeans, and only there', 'Change layout or depth.');
  }
  if (p.layout === 'CHW' && p.flips.some((flip) => flip.includes('D'))) {
    wrong('flips', p.flips.join(', '), 'no flip along depth, of which there is none', 'Take out the flips with a D.');
  }
  if ((p.colours === 'hueOfGrey' || p.reencode !== undefined) && p.channels.length !== 3) {
    wrong('channels', p.channels.join(', '), 'all three channels', 'Give red, green and blue.');
  }
  for (const key of ['mean', 'deviation'] as const) {
    const list = p.scaling[key];
    if (list !== undefined && list.length !== channels) {
      wrong(`scaling.${key}`, `${list.length} numbers`, `${channels}, one for each channel`, 'Correct the list.');
    }
  }
  for (const channel of ['red', 'green', 'blue'] as const) {
    if (p.outline._tag === 'Colour' && p.outline.range[channel][0] > p.outline.range[channel][1]) {
      wrong(`outline.range.${channel}`, 'lowest above highest', 'lowest, then highest', 'Swap the two.');
    }
  }
  if (p.ensemble._tag === 'Votes') {
    if (p.ensemble.atLeast > p.models.length) {
      wrong(
        'ensemble.atLeast',
        String(p.ensemble.atLeast),
        `at most ${p.models.length}, the number of models`,
        'Lower it.',
      );
    }
    if (p.models.some((model) => model.voteAt === undefined)) {
      wrong('models', 'a model without voteAt', 'voteAt for every model when models vote', 'Add voteAt.');
    }
  }
  return [...issues, ...fileContradictions(p.models)];
};

/** What roles that name model files ask of one another. */
const fileContradictions = (models: Pipeline['models']): readonly Issue[] => {
  const issue = (found: string, expected: string, fix: string): Issue => ({ field: 'models', found, expected, fix });
  const filed = models.filter((model) => model.file !== undefined);
  const isPartly = filed.length > 0 && filed.length < models.length;
  const places = filed.flatMap(({ file, output }) => (output === undefined ? [] : [`${output} of ${file}`]));
  const twice = new Set(places.filter((place, i) => places.indexOf(place) !== i));
  const pins = new Map<string | undefined, Set<string>>();
  for (const { file, sha256 } of filed) {
    if (sha256 !== undefined) pins.set(file, (pins.get(file) ?? new Set()).add(sha256));
  }
  return [
    ...(isPartly
      ? [issue('a model without file', 'file for every model, or for none', 'Add file, or take it out.')]
      : []),
    ...[...twice].map((place) => issue(`output ${place} twice`, 'an output for each model', 'Correct output.')),
    ...[...pins].flatMap(([file, all]) =>
      all.size > 1 ? [issue(`${all.size} SHA-256 of ${file}`, 'one for each file', 'Take out the wrong one.')] : [],
    ),
  ];
};

const issueOf = (error: t.ValidationError): Issue => {
  const field = error.context
    .filter(({ key, type }) => key !== '' && !isMember(type))
    .map(({ key }) => key)
    .join('.');
  return {
    ...(field === '' ? {} : { field }),
    found: quoted(error.value),
    expected: error.context[error.context.length - 1].type.name,
    fix: 'Correct the field; docs/guides/bring-your-model.md lists what each may hold.',
  };
};

/** Whether a step of the path is one half of required and optional keys, which is no part of the document. */
const isMember = (type: t.Decoder<unknown, unknown>): boolean =>
  '_tag' in type && (type._tag === 'InterfaceType' || type._tag === 'PartialType');

/**
 * Reads a pipeline document: shape, ranges, and what its parts ask of one another.
 *
 * @param source - what to call the document in errors
 * @param text - JSON
 * @returns `Left` names the field that is wrong
 */
export const decodePipeline = (source: string, text: string): E.Either<InvalidInput, Pipeline> => {
  const invalid = (issues: readonly Issue[]): E.Either<InvalidInput, never> =>
    E.left({ _tag: 'InvalidInput', source, issues: issues.slice(0, 5), total: issues.length });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    return invalid([
      {
        found: `text that is no JSON (${found})`,
        expected: 'the JSON document of a pipeline',
        fix: 'Start from one of the presets.',
      },
    ]);
  }
  const decoded = Document.decode(json);
  if (E.isLeft(decoded)) return invalid(decoded.left.map(issueOf));
  // io-ts types an absent key as possibly undefined; the codec never makes one, so the types say the same thing.
  const pipeline = decoded.right as unknown as Pipeline;
  const issues = [...unheard(json, pipeline), ...contradictions(pipeline)];
  return issues.length === 0 ? E.right(pipeline) : invalid(issues);
};

/** A pipeline as the text of one JSON document; `decodePipeline` reads it back. */
export const encodePipeline = (pipeline: Pipeline): string => `${JSON.stringify(pipeline, null, 2)}\n`;

/**
 * The content hash of a pipeline, for provenance: SHA-256 of its canonical JSON without what is written for people, and
 * without which files play the roles: models have hashes of their own.
 */
export const pipelineHash = ({ name: _name, about: _about, models, ...rest }: Pipeline): string => {
  const roles = models.map(({ file: _file, sha256: _sha256, output: _output, ...role }) => role);
  return createHash('sha256')
    .update(canonicalJson({ ...rest, models: roles }))
    .digest('hex');
};
