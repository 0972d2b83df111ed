import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { format } from '../../src/domain/errors.js';
import type { Pipeline } from '../../src/model/pipeline/pipeline.js';
import { type ModelFailure, type StackSource, stackFromFrames } from '../../src/model.js';

/** Models of a few hundred bytes, the pipelines they fit, and stacks whose answers numpy worked out. */

export const model = (name: string): string => join(import.meta.dirname, '..', 'fixtures', 'models', `${name}.onnx`);
export const files = (...names: readonly string[]) => names.map((name) => ({ path: model(name) }));

export interface Runner {
  readonly cases: readonly {
    readonly seed: number;
    readonly answers: readonly (readonly number[])[];
    readonly perModel: readonly number[];
    readonly score: number;
  }[];
  readonly padded: readonly {
    readonly seed: number;
    readonly frames: number;
    readonly dim: number;
    readonly alone: number;
    readonly together: number;
  }[];
  readonly votes: readonly {
    readonly seed: number;
    readonly frames: number;
    readonly dim: number;
    readonly perModel: readonly number[];
  }[];
}

export const runner: Runner = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', 'golden', 'runner.json'), 'utf8'),
) as Runner;

const [HEIGHT, WIDTH] = [4, 5];

/** Grey frames of pseudo-random bytes, as the generator makes them. */
export const greyStack = (seed: number, frames: number, dim = 256): StackSource => {
  let x = seed;
  const next = (): number => {
    x = (Math.imul(1664525, x) + 1013904223) >>> 0;
    return ((x >>> 24) * dim) >> 8;
  };
  return stackFromFrames(`stack ${seed}`, {
    width: WIDTH,
    height: HEIGHT,
    pixels: { _tag: 'Grey' },
    frames: Array.from({ length: frames }, () => Uint8Array.from({ length: WIDTH * HEIGHT }, next)),
  });
};

/** First-place fashion: three models that see where a pixel is, eight orientations, a mean. */
export const oriented: Pipeline = {
  schema: 'tandem-pipeline/1',
  name: 'oriented',
  about: 'A first place in miniature.',
  outline: { _tag: 'Whole' },
  guard: { leastFrames: 2, jump: 'fail', twoOutlines: 'fail' },
  channels: ['red'],
  resize: { method: 'zoomTrilinear', height: HEIGHT, width: WIDTH },
  depth: { _tag: 'Resample', planes: 3 },
  colours: 'kept',
  scaling: { divisor: 255 },
  layout: 'DHWC',
  batchNorm: 'moving',
  flips: ['none', 'D', 'H', 'W', 'DH', 'HW', 'DW', 'DHW'],
  models: [{ role: 'fold_0' }, { role: 'fold_1' }, { role: 'fold_2' }],
  output: 'probability',
  ensemble: { _tag: 'Mean', over: 'models', stalledAbove: 0.5 },
};

/** Second-place fashion: neighbours are padded to the longest of three. */
export const neighbourly: Pipeline = {
  ...oriented,
  name: 'neighbourly',
  resize: { method: 'linear', height: HEIGHT, width: WIDTH },
  depth: { _tag: 'PadToBatch', batch: 3 },
  layout: 'CDHW',
  flips: ['none'],
  models: [{ role: 'snapshot' }],
  output: 'logit',
};

/** Third-place fashion: any depth, one stack at a time, votes. */
export const voting: Pipeline = {
  ...neighbourly,
  name: 'voting',
  depth: { _tag: 'Keep' },
  models: [
    { role: 'first', voteAt: 0.6 },
    { role: 'second', voteAt: 0.5 },
    { role: 'third', voteAt: 0.4 },
  ],
  output: 'probability',
  ensemble: { _tag: 'Votes', atLeast: 2 },
};

/** One model of any depth that should answer with a probability. */
export const single: Pipeline = {
  ...voting,
  name: 'single',
  models: [{ role: 'only' }],
  ensemble: { _tag: 'Mean', over: 'models', stalledAbove: 0.5 },
};

/** MATLAB fashion: a montage and two classes. */
export const tiled: Pipeline = {
  ...single,
  name: 'tiled',
  channels: ['red', 'green', 'blue'],
  resize: { method: 'bicubic', height: HEIGHT, width: HEIGHT },
  depth: { _tag: 'GroupMeans', groups: 4, across: 2, height: 2, width: 2 },
  guard: { ...single.guard, leastFrames: 4 },
  colours: 'hueOfGrey',
  scaling: { divisor: 1 },
  layout: 'CHW',
  output: 'softmax',
};

export const got = <A>(either: E.Either<ModelFailure, A>): A => {
  if (E.isRight(either)) return either.right;
  throw new Error(format(either.left));
};

export const failure = <A>(either: E.Either<ModelFailure, A>): ModelFailure => {
  if (E.isLeft(either)) return either.left;
  throw new Error('expected a failure');
};

/** What a person is told. */
export const told = <A>(either: E.Either<ModelFailure, A>): string => format(failure(either));
