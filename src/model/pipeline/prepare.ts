import * as E from 'fp-ts/lib/Either.js';
import type { ModelFailure } from '../../domain/errors.js';
import { type StackFailure, stackFailure } from '../../domain/modelFailure.js';
import { present } from '../../domain/present.js';
import { groupMeans, montage } from '../../kernel/image/groupMeans.js';
import { resizeBicubic } from '../../kernel/image/resize/resizeBicubic.js';
import { resizeArea, resizeLinear } from '../../kernel/image/resize/resizeOpenCv.js';
import { zoomTrilinear } from '../../kernel/image/resize/zoomTrilinear.js';
import type { Box, Size, Volume } from '../../kernel/image/volume.js';
import { greyOf, hueOfGrey } from '../../kernel/image/yuv.js';
import type { Clip } from '../frames/clip.js';
import { type DecodeOptions, decodeStack } from '../frames/decodeStack.js';
import type { StackSource } from '../frames/source.js';
import { cropOf, everyRow } from './crop.js';
import { findOutline } from './outline.js';
import type { Pipeline } from './pipeline.js';
import { reencode } from './reencode.js';
import { type Tensor, tensorOf } from './tensor.js';

/** One stack as its models are fed it. */
export interface Prepared {
  readonly stack: string;
  readonly frames: number;
  readonly box: Box;
  /** The pixels before scaling. */
  readonly volume: Volume;
  /** Without the batch axis. */
  readonly tensor: Tensor;
}

/** The pipeline, and how to decode the stack. */
export interface PrepareOptions extends DecodeOptions {
  readonly pipeline: Pipeline;
}

/**
 * Decodes a stack and makes the tensor that the pipeline's models are fed.
 *
 * @param options - the pipeline, and the options of `decodeStack`
 * @returns `Left` when the stack cannot be decoded or shows no usable outline; there is no tensor then
 * @example
 * const frames = Array.from({ length: 4 }, () => new Uint8Array(12));
 * const stack = Model.stackFromFrames('dark', { width: 4, height: 3, pixels: { _tag: 'Grey' }, frames });
 * const pipeline = { ...Model.presets.kbrodtAlone, outline: { _tag: 'Whole' }, resize: { method: 'linear', height: 8, width: 8 } };
 * Errors.getOrThrow(await Model.prepareStack({ pipeline })(stack)).tensor.shape // => [1, 4, 8, 8]
 */
export const prepareStack =
  (options: PrepareOptions) =>
  async (source: StackSource): Promise<E.Either<ModelFailure, Prepared>> => {
    const clip = await decodeStack(options)(source);
    return E.isLeft(clip) ? clip : prepareClip(options)(clip.right);
  };

/** Makes the tensor from frames that are already decoded. */
export const prepareClip =
  ({ pipeline, ffmpeg, signal }: Pick<PrepareOptions, 'pipeline' | 'ffmpeg' | 'signal'>) =>
  async (clip: Clip): Promise<E.Either<StackFailure, Prepared>> => {
    const frames = clip.frames.length;
    const { leastFrames } = pipeline.guard;
    if (frames === 0) return E.left(stackFailure('StackEmpty', clip.stack, 'it has no frames'));
    if (frames < leastFrames) {
      const reason = `it has ${frames} frame${frames === 1 ? '' : 's'}; this pipeline needs ${leastFrames} or more`;
      return E.left(stackFailure('StackTooShort', clip.stack, reason));
    }
    const outline = findOutline(pipeline)(clip);
    if (E.isLeft(outline)) return outline;
    const crop = cropOf(clip, outline.right, pipeline.channels);
    const rows = pipeline.rowStep === undefined ? crop : everyRow(crop, pipeline.rowStep);
    const resized = resize(rows, pipeline);
    const stored = await (pipeline.reencode === undefined
      ? E.right(resized)
      : reencode(
          resized,
          pipeline.reencode,
          pipeline.channels,
          present({ stack: clip.stack, signal: signal ?? new AbortController().signal, ffmpeg }),
        ));
    if (E.isLeft(stored)) return stored;
    const volume = coloured(deepened(stored.right, pipeline), pipeline);
    return E.right({ stack: clip.stack, frames, box: outline.right.box, volume, tensor: tensorOf(volume, pipeline) });
  };

const planar = { linear: resizeLinear, area: resizeArea, bicubic: resizeBicubic } as const;

const resize = (volume: Volume, { resize: rule, depth }: Pipeline): Volume => {
  const size: Size = { height: rule.height, width: rule.width };
  if (rule.method !== 'zoomTrilinear') return planar[rule.method](volume, size);
  const planes = depth._tag === 'Resample' ? depth.planes : volume.depth;
  return zoomTrilinear(volume, { ...size, depth: planes });
};

const deepened = (volume: Volume, { depth }: Pipeline): Volume => {
  if (depth._tag !== 'GroupMeans') return volume;
  const tiles = resizeBicubic(groupMeans(volume, depth.groups), { height: depth.height, width: depth.width });
  return montage(tiles, depth.across);
};

const coloured = (volume: Volume, { colours, channels }: Pipeline): Volume =>
  colours === 'hueOfGrey' ? hueOfGrey(greyOf(volume, channels)) : volume;
