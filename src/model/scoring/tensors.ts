import { createHash } from 'node:crypto';
import * as E from 'fp-ts/lib/Either.js';
import type { ModelFailure } from '../../domain/errors.js';
import type { StackSource } from '../frames/source.js';
import type { Flip, Pipeline } from '../pipeline/pipeline.js';
import { type Prepared, type PrepareOptions, prepareStack } from '../pipeline/prepare.js';
import { flipped, neighboursOf, stackedTensors, type Tensor } from '../pipeline/tensor.js';
import type { Scorer } from './run.js';

/** The name, shape and hash of one tensor that a model would be fed. */
export interface TensorDigest {
  /** `input`; `input:D`, flipped along depth, and so on; `batch`, the whole input of the model. */
  readonly input: string;
  readonly shape: readonly number[];
  /** SHA-256 of the numbers as float32, little-endian, in C order. */
  readonly sha256: string;
}

/** The tensors of one stack. */
export interface TensorDigests {
  readonly frames: number;
  readonly tensors: readonly TensorDigest[];
}

/** Makes tensors and computes their hashes, to compare them with those of another program. Needs no model. */
export const tensorScorer = (options: PrepareOptions): Scorer<TensorDigests> => {
  const { pipeline } = options;
  const neighbours = neighboursOf(pipeline);
  const prepare = prepareStack(options);
  return {
    score: async function* (sources) {
      let from = 0;
      for (const group of inGroups(sources, neighbours)) {
        const prepared: E.Either<ModelFailure, Prepared>[] = [];
        for (const source of group) prepared.push(await prepare(source));
        const padded = neighbours === 1 ? undefined : digestPadded(pipeline, prepared);
        for (const [k, one] of prepared.entries()) {
          yield { index: from + k, result: E.isLeft(one) ? one : E.right(digestsOf(pipeline, one.right, padded)) };
        }
        from += group.length;
      }
    },
    session: { runtime: 'none; tensors only' },
    close: () => Promise.resolve(),
  };
};

function* inGroups(sources: Iterable<StackSource>, size: number): Generator<readonly StackSource[]> {
  let group: StackSource[] = [];
  for (const source of sources) {
    group.push(source);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

const inputName = (flip: Flip): string => (flip === 'none' ? 'input' : `input:${flip}`);

const digestsOf = (
  { flips, layout }: Pipeline,
  { frames, tensor }: Prepared,
  padded: TensorDigest | undefined,
): TensorDigests => {
  const all = createHash('sha256');
  const tensors = flips.map((flip): TensorDigest => {
    const turned = flipped(flip, layout)(tensor);
    all.update(bytesOf(turned));
    return { input: inputName(flip), shape: turned.shape, sha256: sha256Of(turned) };
  });
  const whole = { input: 'batch', shape: [flips.length, ...tensor.shape], sha256: all.digest('hex') };
  return { frames, tensors: [...tensors, padded ?? whole] };
};

/** All orientations of all neighbours, padded to the longest; undefined when no neighbour is usable. */
const digestPadded = (
  { flips, layout }: Pipeline,
  prepared: readonly E.Either<ModelFailure, Prepared>[],
): TensorDigest | undefined => {
  const tensors = prepared.flatMap((one) => (E.isRight(one) ? [one.right.tensor] : []));
  if (tensors.length === 0) return undefined;
  const whole = stackedTensors(layout)(tensors.flatMap((tensor) => flips.map((flip) => flipped(flip, layout)(tensor))));
  return { input: 'batch', shape: whole.shape, sha256: sha256Of(whole) };
};

const bytesOf = ({ data }: Tensor): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** SHA-256 of the numbers as float32, little-endian, in C order. */
export const sha256Of = (tensor: Tensor): string => createHash('sha256').update(bytesOf(tensor)).digest('hex');
