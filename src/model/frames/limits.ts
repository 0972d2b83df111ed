import * as E from 'fp-ts/lib/Either.js';
import { type StackFailure, stackFailure } from '../../domain/modelFailure.js';

/** The limits for one stack. Files can come from anybody, and the sizes in a header can be false. */
export interface Limits {
  /** Size of the file. */
  readonly bytes: number;
  readonly frames: number;
  /** Size of all decoded frames together. */
  readonly decodedBytes: number;
  /** Time to decode one stack. */
  readonly seconds: number;
}

/** The longest of 587,208 known stacks has 434 frames of 512 × 384; ten such would fit. */
export const DEFAULT_LIMITS: Limits = { bytes: 2 ** 28, frames: 2000, decodedBytes: 2 ** 30, seconds: 120 };

/** A timer accepts at most 2^31 − 1 milliseconds (nearly 25 days). A longer timer fires immediately. */
export const MOST_SECONDS = 2_147_483;

/**
 * The given limits; a limit that is not given has its default value.
 *
 * @throws RangeError for a limit below 0 or not a number: no size exceeds NaN, so NaN would allow everything
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

/** Checks that the frames announced in the header are within the limits. */
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
