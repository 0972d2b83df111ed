import * as E from 'fp-ts/lib/Either.js';
import { type StackFailure, stackFailure } from '../../domain/modelFailure.js';

/** What a stack may cost. Files come from strangers, and a header can promise anything. */
export interface Limits {
  /** Of the file. */
  readonly bytes: number;
  readonly frames: number;
  /** Of all decoded frames together. */
  readonly decodedBytes: number;
  /** For decoding one stack. */
  readonly seconds: number;
}

/** The longest of 587,208 known stacks has 434 frames of 512 × 384; ten such would fit. */
export const DEFAULT_LIMITS: Limits = { bytes: 2 ** 28, frames: 2000, decodedBytes: 2 ** 30, seconds: 120 };

/** A timer takes no more than 2^31 − 1 milliseconds, nearly 25 days; beyond, it would ring at once. */
export const MOST_SECONDS = 2_147_483;

/**
 * The limits asked for, and the usual ones where nothing was asked.
 *
 * @throws RangeError for a limit that is no number or below 0: nothing is above NaN, so it would allow everything
 */
export const limitsOf = (asked: Partial<Limits> = {}): Limits => {
  const limits: Limits = { ...DEFAULT_LIMITS, ...asked };
  for (const name of ['bytes', 'frames', 'decodedBytes', 'seconds'] as const) {
    const value: unknown = limits[name];
    if (typeof value !== 'number' || !(value >= 0)) {
      throw new RangeError(`limits.${name}: expected a number, 0 or more, got ${String(value)}`);
    }
  }
  return limits;
};

/** Whether the promised frames may be decoded. */
export const withinLimits = (
  stack: string,
  promised: { readonly frames: number; readonly width: number; readonly height: number; readonly frameBytes: number },
  limits: Limits,
): E.Either<StackFailure, void> => {
  const { frames, width, height, frameBytes } = promised;
  if (frames === 0) return E.left(stackFailure('StackEmpty', stack, 'it has no frames'));
  if (width === 0 || height === 0)
    return E.left(stackFailure('StackEmpty', stack, `its frames are ${width} × ${height}`));
  if (frames > limits.frames) {
    return E.left(stackFailure('StackTooLarge', stack, `it has ${frames} frames; the limit is ${limits.frames}`));
  }
  if (frames * frameBytes > limits.decodedBytes) {
    const reason = `${frames} frames of ${width} × ${height} need ${Math.ceil((frames * frameBytes) / 2 ** 20)} MiB; the limit is ${Math.floor(limits.decodedBytes / 2 ** 20)} MiB`;
    return E.left(stackFailure('StackTooLarge', stack, reason));
  }
  return E.right(undefined);
};
