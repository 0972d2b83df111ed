import * as E from 'fp-ts/lib/Either.js';
import type { IFD } from 'utif2';
import type { Clip, Pixels } from './clip.js';
import { type StackFailure, stackFailure } from './failure.js';
import { type Limits, withinLimits } from './limits.js';

// TIFF tags.
const WIDTH = 't256';
const HEIGHT = 't257';
const BITS = 't258';
const PHOTOMETRIC = 't262';
const STRIP_OFFSETS = 't273';
const SAMPLES = 't277';
const STRIP_BYTES = 't279';
const PLANAR = 't284';
const TILE_OFFSETS = 't324';
const TILE_BYTES = 't325';

const numbers = (page: IFD, tag: string): readonly number[] => {
  const value = page[tag];
  return Array.isArray(value) ? value.map(Number) : [];
};

const one = (page: IFD, tag: string, otherwise: number): number => numbers(page, tag)[0] ?? otherwise;

/** A multi-page TIFF, one page a frame: 8 bits of grey, or of red, green, blue side by side. */
export const decodeTiff = async (
  stack: string,
  bytes: Uint8Array,
  limits: Limits,
): Promise<E.Either<StackFailure, Clip>> => {
  const utif = await import('utif2').catch(() => undefined);
  if (utif === undefined) {
    const fix = 'Run `npm install utif2@4.1.0`.';
    return E.left(stackFailure('DecoderMissing', stack, 'the TIFF reader is not installed', { fix }));
  }
  // CommonJS: its functions may sit on the default export.
  const { decode, decodeImage } = 'default' in utif ? (utif.default as typeof utif) : utif;
  try {
    // The reader wants a buffer of its own.
    const buffer = bytes.slice().buffer;
    const pages = decode(buffer).filter((page) => numbers(page, WIDTH).length > 0);
    const [first] = pages;
    if (first === undefined) return E.left(stackFailure('StackEmpty', stack, 'it has no pages'));
    const [width, height, samples] = [one(first, WIDTH, 0), one(first, HEIGHT, 0), one(first, SAMPLES, 1)];
    const allowed = withinLimits(
      stack,
      { frames: pages.length, width, height, frameBytes: width * height * samples },
      limits,
    );
    if (E.isLeft(allowed)) return allowed;
    for (const [i, page] of pages.entries()) {
      const wrong = problemOf(page, first, bytes.length);
      if (wrong !== undefined) return E.left(stackFailure(wrong._tag, stack, wrong.reason, { frame: i }));
    }
    const pixels: Pixels = samples === 3 ? { _tag: 'Rgb' } : { _tag: 'Grey' };
    const frames: Uint8Array[] = [];
    for (const [i, page] of pages.entries()) {
      decodeImage(buffer, page);
      const size = width * height * samples;
      if (page.data === undefined || page.data.length < size) {
        return E.left(stackFailure('StackDamaged', stack, 'a page holds too few pixels', { frame: i }));
      }
      frames.push(page.data.subarray(0, size));
    }
    return E.right({ stack, width, height, pixels, frames });
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    return E.left(stackFailure('StackDamaged', stack, `it cannot be read: ${detail}`));
  }
};

const problemOf = (
  page: IFD,
  first: IFD,
  length: number,
): { readonly _tag: 'FormatUnknown' | 'StackTruncated'; readonly reason: string } | undefined => {
  for (const tag of [WIDTH, HEIGHT, SAMPLES]) {
    if (one(page, tag, 1) !== one(first, tag, 1)) return { _tag: 'FormatUnknown', reason: 'its pages differ in size' };
  }
  const bits = numbers(page, BITS);
  if (bits.some((depth) => depth !== 8) || bits.length === 0) {
    return { _tag: 'FormatUnknown', reason: `its pixels have ${bits[0] ?? 1} bits, not 8` };
  }
  const samples = one(page, SAMPLES, 1);
  const kind = one(page, PHOTOMETRIC, 1);
  const isKnown = (samples === 1 && kind === 1) || (samples === 3 && kind === 2 && one(page, PLANAR, 1) === 1);
  if (!isKnown) return { _tag: 'FormatUnknown', reason: 'its pixels are neither grey nor red, green, blue' };
  const offsets = [...numbers(page, STRIP_OFFSETS), ...numbers(page, TILE_OFFSETS)];
  const sizes = [...numbers(page, STRIP_BYTES), ...numbers(page, TILE_BYTES)];
  // The reader would take what lies beyond the end for black.
  const isCut = offsets.some((offset, i) => offset + (sizes[i] ?? 0) > length);
  return isCut ? { _tag: 'StackTruncated', reason: 'its pixels lie beyond the end of the file' } : undefined;
};
