import type { Stats } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { IoFailure, ModelFailure } from '../../domain/errors.js';
import { type StackFailure, stackFailure } from '../../domain/modelFailure.js';
import { present } from '../../domain/present.js';
import { wholeAvi } from './avi.js';
import { type Clip, frameBytes } from './clip.js';
import { decodeWithFfmpeg, type Promised } from './decodeFfmpeg.js';
import { findFfmpeg } from './ffmpeg.js';
import { type Limits, limitsOf, MOST_SECONDS, withinLimits } from './limits.js';
import { readMp4 } from './mp4.js';
import { decodeNpy } from './npy.js';
import type { StackSource } from './source.js';
import { decodeTiff } from './tiff/read.js';
import { decodeH264, isPlainH264, webcodecs } from './webcodecs.js';

/** How to decode an image stack: limits, decoder, and a signal to stop. */
export interface DecodeOptions {
  readonly limits?: Partial<Limits>;
  /** Path of ffmpeg; by default `TANDEM_FFMPEG`, then PATH. */
  readonly ffmpeg?: string;
  /** `webcodecs` and `ffmpeg` force one decoder; by default H.264 goes to the binding, everything else to ffmpeg. */
  readonly decoder?: 'auto' | 'webcodecs' | 'ffmpeg';
  readonly signal?: AbortSignal;
}

/**
 * Decodes all frames of a stack as they are coded: nothing is converted, resampled or dropped.
 *
 * The first bytes determine the file type. The WebCodecs binding, if it is installed, decodes H.264 in MP4; otherwise
 * ffmpeg does. MPEG-4 part 2, MJPEG, AVI and Matroska go to ffmpeg; TIFF, .npy and raw frames need neither.
 *
 * @param options - limits, decoder, abort signal
 * @returns `Left` when the stack is empty, cut off, damaged, too large or of an unknown kind, or no decoder is installed
 * @throws RangeError when a limit is no number, or below 0
 * @example
 * const frames = [new Uint8Array(12), new Uint8Array(12)];
 * const stack = Model.stackFromFrames('dark', { width: 4, height: 3, pixels: { _tag: 'Grey' }, frames });
 * Errors.getOrThrow(await Model.decodeStack()(stack)).frames.length // => 2
 */
export const decodeStack =
  (options: DecodeOptions = {}) =>
  async (source: StackSource): Promise<E.Either<ModelFailure, Clip>> => {
    const limits = limitsOf(options.limits);
    const stop = new AbortController();
    let isLate = false;
    // Both are removed below: a pending timer or listener would keep a decoded stack in memory for minutes.
    const timer = setTimeout(() => {
      isLate = true;
      stop.abort();
    }, Math.min(limits.seconds, MOST_SECONDS) * 1000);
    const onAbort = (): void => stop.abort();
    options.signal?.addEventListener('abort', onAbort, { once: true });
    if (options.signal?.aborted === true) onAbort();
    const decoded = await decoding(source, limits, { ...options, signal: stop.signal });
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', onAbort);
    if (options.signal?.aborted === true) {
      return E.left(stackFailure('DecodeAborted', source.stack, 'decoding was stopped'));
    }
    return isLate && E.isLeft(decoded)
      ? E.left(stackFailure('DecodeTimedOut', source.stack, `decoding took longer than ${limits.seconds} s`))
      : decoded;
  };

type Inner = DecodeOptions & { readonly signal: AbortSignal };

const decoding = async (source: StackSource, limits: Limits, options: Inner): Promise<E.Either<ModelFailure, Clip>> => {
  if (source._tag === 'Frames') return rawFrames(source, limits);
  const read =
    source._tag === 'Bytes'
      ? checkedSize(source.stack, source.bytes.length, limits, source.bytes)
      : await readWhole(source, limits);
  if (E.isLeft(read)) return read;
  const bytes = read.right;
  switch (kindOf(bytes)) {
    case 'npy':
      return decodeNpy(source.stack, bytes, limits);
    case 'tiff':
      return decodeTiff(source.stack, bytes, limits, options.signal);
    case 'bigTiff':
      return E.left(stackFailure('FormatUnknown', source.stack, 'BigTIFF is not read', BIG_TIFF));
    case 'avi': {
      const whole = wholeAvi(source.stack, bytes);
      return E.isLeft(whole) ? whole : withFfmpeg(source, bytes, limits, options);
    }
    case 'mp4':
      return decodeMp4(source, bytes, limits, options);
    case 'film':
      return withFfmpeg(source, bytes, limits, options);
    case 'unknown':
      return E.left(stackFailure('FormatUnknown', source.stack, 'its first bytes are of no known kind of image stack'));
  }
};

const readWhole = async (
  { path, stack }: StackSource & { readonly _tag: 'File' },
  limits: Limits,
): Promise<E.Either<ModelFailure, Uint8Array>> => {
  try {
    const there = await stat(path);
    if (!there.isFile()) return E.left(stackFailure('FormatUnknown', stack, notFile(there), NO_FILE));
    const { size } = there;
    const allowed = checkedSize(stack, size, limits, new Uint8Array(0));
    return E.isLeft(allowed) ? allowed : E.right(await readFile(path));
  } catch (cause) {
    // What Node puts in the place of bytes that are no text.
    if (path.includes('\uFFFD')) return E.left(stackFailure('FormatUnknown', stack, NOT_UTF8, RENAME));
    const failure: IoFailure = { _tag: 'IoFailure', path, doing: 'read', cause };
    return E.left(failure);
  }
};

const notFile = (there: Stats): string =>
  there.isDirectory()
    ? 'it is a folder, which was not to be searched or could not be'
    : 'it is a pipe, a socket or a device, which may have no end';

const NO_FILE = { fix: 'Give a file, or a folder whose files may be read.' };
const NOT_UTF8 = 'its name is not UTF-8, so it cannot be opened';
const RENAME = { fix: 'Rename the file.' };

const checkedSize = (
  stack: string,
  size: number,
  limits: Limits,
  bytes: Uint8Array,
): E.Either<StackFailure, Uint8Array> => {
  if (size === 0) return E.left(stackFailure('StackEmpty', stack, 'it has no bytes'));
  return size > limits.bytes
    ? E.left(stackFailure('StackTooLarge', stack, `it has ${size} bytes; the limit is ${limits.bytes}`))
    : E.right(bytes);
};

const rawFrames = (source: StackSource & { readonly _tag: 'Frames' }, limits: Limits): E.Either<StackFailure, Clip> => {
  const { stack, width, height, pixels, frames } = source;
  const size = frameBytes(width, height, pixels);
  const allowed = withinLimits(stack, { frames: frames.length, width, height, frameBytes: size }, limits);
  if (E.isLeft(allowed)) return allowed;
  const odd = frames.findIndex((frame) => frame.length !== size);
  if (odd < 0) return E.right({ stack, width, height, pixels, frames });
  const reason = `a frame has ${frames[odd].length} bytes; ${width} × ${height} ${pixels._tag} frames have ${size}`;
  return E.left(stackFailure('StackDamaged', stack, reason, { frame: odd, fix: 'Give every frame whole.' }));
};

const startsWith = (bytes: Uint8Array, text: string, at = 0): boolean =>
  Array.from(text, (letter, i) => bytes[at + i] === letter.charCodeAt(0)).every(Boolean);

const MP4_BOXES = ['ftyp', 'moov', 'mdat', 'free', 'skip', 'wide'];

const BIG_TIFF = { fix: 'Write classic TIFF (tifffile: bigtiff=False), or MP4 or .npy.' };

const kindOf = (bytes: Uint8Array): 'npy' | 'tiff' | 'bigTiff' | 'mp4' | 'avi' | 'film' | 'unknown' => {
  if (startsWith(bytes, '\x93NUMPY')) return 'npy';
  if (startsWith(bytes, 'II*\0') || startsWith(bytes, 'MM\0*')) return 'tiff';
  if (startsWith(bytes, 'II+\0') || startsWith(bytes, 'MM\0+')) return 'bigTiff';
  if (MP4_BOXES.some((box) => startsWith(bytes, box, 4))) return 'mp4';
  if (startsWith(bytes, 'RIFF') && startsWith(bytes, 'AVI ', 8)) return 'avi';
  return startsWith(bytes, '\x1a\x45\xdf\xa3') ? 'film' : 'unknown';
};

const decodeMp4 = async (
  source: StackSource & { readonly _tag: 'File' | 'Bytes' },
  bytes: Uint8Array,
  limits: Limits,
  options: Inner,
): Promise<E.Either<StackFailure, Clip>> => {
  const { stack } = source;
  const index = readMp4(stack, bytes);
  if (E.isLeft(index)) return index;
  const { right: track } = index;
  // A fragmented file has an empty index; the decoder counts the frames.
  if (track.isFragmented) return withFfmpeg(source, bytes, limits, options);
  const { width, height, samples, description } = track;
  const luma = width * height;
  const allowed = withinLimits(stack, { frames: samples.length, width, height, frameBytes: (luma * 3) / 2 }, limits);
  if (E.isLeft(allowed)) return allowed;
  // Only ffmpeg applies an edit list, so only ffmpeg can count the frames that remain.
  if (track.isCut) return withFfmpeg(source, bytes, limits, { ...options, missing: CUT });
  const isH264 = /^avc[13]$/.test(track.codec) && description !== undefined;
  const isPlain = isH264 && isPlainH264(description);
  // For rare chroma formats ffmpeg is safer, if it is installed.
  const wantsFfmpeg = options.decoder !== 'webcodecs' && !isPlain && (await findFfmpeg(options.ffmpeg)) !== undefined;
  const binding = isH264 && !wantsFfmpeg && options.decoder !== 'ffmpeg' ? await webcodecs() : undefined;
  if (binding !== undefined && description !== undefined) {
    return decodeH264(binding, stack, bytes, { ...track, description }, options.signal);
  }
  return withFfmpeg(source, bytes, limits, {
    ...options,
    codec: track.codec,
    promised: { frames: samples.length, width, height },
  });
};

const CUT = {
  reason: 'its index leaves out some of its frames, which only ffmpeg follows',
  fix: 'Put `ffmpeg` on PATH, or encode the film anew with the frames it shows.',
};

const withFfmpeg = async (
  source: StackSource & { readonly _tag: 'File' | 'Bytes' },
  bytes: Uint8Array,
  limits: Limits,
  options: Inner & { readonly codec?: string; readonly promised?: Promised; readonly missing?: typeof CUT },
): Promise<E.Either<StackFailure, Clip>> => {
  const program = options.decoder === 'webcodecs' ? undefined : await findFfmpeg(options.ffmpeg);
  if (program === undefined && options.missing !== undefined) {
    const { reason, fix } = options.missing;
    return E.left(stackFailure('DecoderMissing', source.stack, reason, { fix }));
  }
  if (program === undefined) {
    const what = options.codec === undefined ? 'this kind of file' : `codec ${options.codec}`;
    const h264 = options.codec?.startsWith('avc') === true;
    const fix = h264 ? undefined : 'Put `ffmpeg` on PATH, or convert the stack to H.264.';
    const reason = `nothing installed here decodes ${what}`;
    return E.left(stackFailure('DecoderMissing', source.stack, reason, present({ fix })));
  }
  const run = (path: string): Promise<E.Either<StackFailure, Clip>> =>
    decodeWithFfmpeg(
      program,
      source.stack,
      path,
      present({ limits, signal: options.signal, promised: options.promised }),
    );
  if (source._tag === 'File') return run(source.path);
  // ffmpeg must seek in this file, and it cannot seek in a pipe.
  const folder = await mkdtemp(join(tmpdir(), 'tandem-stack-'));
  try {
    const path = join(folder, 'stack');
    await writeFile(path, bytes);
    return await run(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
