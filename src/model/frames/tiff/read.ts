import * as E from 'fp-ts/lib/Either.js';
import { type StackFailure, stackFailure } from '../../../domain/modelFailure.js';
import { present } from '../../../domain/present.js';
import type { Clip } from '../clip.js';
import { type Limits, withinLimits } from '../limits.js';
import { tiffIndex } from './directory.js';
import {
  bytesOfType,
  framesDescribed,
  layoutOfPage,
  type PageLayout,
  type PageProblem,
  pixelsOfPage,
  TAGS,
} from './page.js';

/**
 * Reads a multi-page TIFF with one frame per page: 8-bit grey, or 8-bit interleaved red, green, blue.
 *
 * Yields to the event loop after each page, so that the time limit and an abort take effect.
 */
export const decodeTiff = async (
  stack: string,
  bytes: Uint8Array,
  limits: Limits,
  signal: AbortSignal,
): Promise<E.Either<StackFailure, Clip>> => {
  const index = tiffIndex(stack, bytes, { wanted: TAGS, most: limits.frames });
  if (E.isLeft(index)) return index;
  const pages = index.right;
  const [first] = pages;
  if (first === undefined) return E.left(stackFailure('StackEmpty', stack, 'it has no pages'));
  const { width, height, samples } = bytesOfType(first);
  const promised = { frames: pages.length, width, height, frameBytes: width * height * samples };
  const allowed = withinLimits(stack, promised, limits);
  if (E.isLeft(allowed)) return allowed;
  const failed = ({ _tag, reason, fix }: PageProblem, frame: number) =>
    E.left(stackFailure(_tag, stack, reason, present({ frame, fix })));
  const described = pages.length === 1 ? framesDescribed(first) : 1;
  if (described > 1) {
    const reason = `it has one page, and its description speaks of ${described} frames, which have none`;
    return failed({ _tag: 'FormatUnknown', reason, fix: 'Write a page for each frame.' }, 0);
  }
  const layouts: PageLayout[] = [];
  for (const [f, page] of pages.entries()) {
    if (await hasStopped(signal)) return E.left(stackFailure('DecodeAborted', stack, 'decoding was stopped'));
    const size = bytesOfType(page);
    if (size.width * size.height === 0) return failed({ _tag: 'StackDamaged', reason: 'a page has no size' }, f);
    if (size.width !== width || size.height !== height || size.samples !== samples) {
      return failed({ _tag: 'FormatUnknown', reason: 'its pages differ in size' }, f);
    }
    const layout = layoutOfPage(page, bytes.length, limits.decodedBytes);
    if (E.isLeft(layout)) return failed(layout.left, f);
    layouts.push(layout.right);
  }
  const frames: Uint8Array[] = [];
  for (const [f, layout] of layouts.entries()) {
    if (await hasStopped(signal)) return E.left(stackFailure('DecodeAborted', stack, 'decoding was stopped'));
    const pixels = pixelsOfPage(bytes, layout);
    if (E.isLeft(pixels)) return failed(pixels.left, f);
    frames.push(pixels.right);
  }
  return E.right({ stack, width, height, pixels: { _tag: samples === 3 ? 'Rgb' : 'Grey' }, frames });
};

/** Yields to the event loop once. */
const hasStopped = async (signal: AbortSignal): Promise<boolean> => {
  await new Promise((resolve) => setImmediate(resolve));
  return signal.aborted;
};
