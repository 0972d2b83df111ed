import * as E from 'fp-ts/lib/Either.js';
import { type StackFailure, stackFailure } from '../../domain/modelFailure.js';
import type { Clip, Pixels } from './clip.js';
import type { Mp4Sample, Mp4Track } from './mp4.js';

/**
 * Index of the first frame with wrong unit lengths or with bytes that H.264 forbids; −1 if there is none.
 *
 * The decoder conceals damage and reports no error. Two signs prove damage: unit lengths do not add up to the frame,
 * or a unit contains 00 00 00..02, which every encoder escapes. This finds the blocks of zeros that a broken download
 * leaves. It does not find a flipped bit elsewhere.
 *
 * @param lengthBytes - size of the length in front of every unit
 * @see ITU-T H.264, 7.4.1 (emulation prevention)
 */
export const firstDamaged = (bytes: Uint8Array, samples: readonly Mp4Sample[], lengthBytes: number): number =>
  samples.findIndex(({ offset, size }) => !isSound(bytes, offset, offset + size, lengthBytes));

const isSound = (bytes: Uint8Array, from: number, to: number, lengthBytes: number): boolean => {
  let at = from;
  while (at < to) {
    let length = 0;
    for (let i = 0; i < lengthBytes; i++) length = length * 256 + (bytes[at + i] ?? 0);
    at += lengthBytes;
    if (length === 0 || at + length > to) return false;
    if (hasBareZeros(bytes, at, at + length)) return false;
    at += length;
  }
  return at === to;
};

/** Reads every second byte only: this always finds one of two adjacent zeros. */
const hasBareZeros = (bytes: Uint8Array, from: number, to: number): boolean => {
  for (let at = from + 1; at < to; at += 2) {
    if (bytes[at] !== 0) continue;
    const first = bytes[at - 1] === 0 ? at - 1 : at;
    if (first + 2 < to && bytes[first + 1] === 0 && bytes[first + 2] <= 2) return true;
  }
  return false;
};

/** The optional native decoder; loaded when first needed. */
type Binding = typeof import('@napi-rs/webcodecs');

let loading: Promise<Binding | undefined> | undefined;

/** The decoder, or undefined where it is not installed. */
export const webcodecs = (): Promise<Binding | undefined> => {
  loading ??= import('@napi-rs/webcodecs').catch(() => undefined);
  return loading;
};

const CHROMA: Readonly<Record<string, { readonly shiftX: 0 | 1; readonly shiftY: 0 | 1 }>> = {
  I420: { shiftX: 1, shiftY: 1 },
  I422: { shiftX: 1, shiftY: 0 },
  I444: { shiftX: 0, shiftY: 0 },
};

const hex = (byte: number): string => byte.toString(16).padStart(2, '0');

/** Level 1.0. Encoders write tiny frames as level 1b (number 9), which the binding (1.3.1) does not accept. */
const LEAST_LEVEL = 10;

/** `avc1.PPCCLL` from the decoder configuration record. */
const codecOf = (description: Uint8Array): string =>
  `avc1.${hex(description[1])}${hex(description[2])}${hex(Math.max(LEAST_LEVEL, description[3]))}`;

// Baseline, Main, Extended and High have 4:2:0 only; the profiles above may have more.
const HIGH = 100;

/** Whether this decoder configuration guarantees 8-bit 4:2:0. */
export const isPlainH264 = (description: Uint8Array): boolean => description[1] <= HIGH;

/** Decodes H.264 with the WebCodecs binding, off the main thread. Returns the coded planes, not converted colours. */
export const decodeH264 = async (
  { VideoDecoder, EncodedVideoChunk }: Binding,
  stack: string,
  bytes: Uint8Array,
  track: Mp4Track & { readonly description: Uint8Array },
  signal: AbortSignal,
): Promise<E.Either<StackFailure, Clip>> => {
  const damaged = firstDamaged(bytes, track.samples, (track.description[4] & 3) + 1);
  if (damaged >= 0) {
    return E.left(
      stackFailure('StackDamaged', stack, 'a frame holds bytes that no encoder writes', { frame: damaged }),
    );
  }
  const frames: Promise<Shown>[] = [];
  let problem: Error | undefined;
  let unlike: string | undefined;
  let stop = (): void => undefined;
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const decoder = new VideoDecoder({
    output: (frame) => {
      const { width, height } = frame.visibleRect;
      // The memory that was allowed is that of the header, whatever the frames turn out to be.
      if (unlike === undefined && (width !== track.width || height !== track.height)) {
        unlike = `its header says ${track.width} × ${track.height}, and frame ${frames.length} is ${width} × ${height}`;
        stop();
      }
      if (unlike === undefined) frames.push(planesOf(frame).finally(() => frame.close()));
      else frame.close();
    },
    error: (error) => {
      problem ??= error;
    },
  });
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    decoder.configure({
      codec: codecOf(track.description),
      codedWidth: track.width,
      codedHeight: track.height,
      description: track.description,
      hardwareAcceleration: 'prefer-software',
    });
    for (const { offset, size, isKey, shownAt } of track.samples) {
      const data = bytes.subarray(offset, offset + size);
      decoder.decode(new EncodedVideoChunk({ type: isKey ? 'key' : 'delta', timestamp: shownAt, data }));
    }
    await Promise.race([decoder.flush(), stopped]);
    if (unlike !== undefined) return E.left(stackFailure('StackDamaged', stack, unlike));
    const shown = signal.aborted ? [] : await Promise.all(frames);
    if (problem !== undefined) throw problem;
    const [first] = shown;
    // The binding (1.3.1) also labels full-range 4:2:2 and 4:4:4 as "I420", and then returns wrong planes.
    const isFull420 = first?.format === 'I420' && first.pixels?._tag === 'Yuv' && first.pixels.full;
    if (isFull420 && !isPlainH264(track.description)) {
      const fix = 'Put `ffmpeg` on PATH, or convert the stack to H.264 of profile High, 4:2:0.';
      return E.left(stackFailure('FormatUnknown', stack, 'its chroma format cannot be told', { fix }));
    }
    return clipOf(stack, track.samples.length, shown);
  } catch (cause) {
    const first = problem ?? cause;
    const detail = first instanceof Error ? first.message : String(first);
    return E.left(stackFailure('StackDamaged', stack, `the decoder stopped: ${detail}`));
  } finally {
    signal.removeEventListener('abort', stop);
    // A decoder closes itself when it fails, and a second close throws.
    if (decoder.state !== 'closed') decoder.close();
    await Promise.allSettled(frames);
  }
};

interface Shown {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly pixels: Pixels | undefined;
  readonly format: string;
}

type Frame = InstanceType<Binding['VideoFrame']>;

const planesOf = async (frame: Frame): Promise<Shown> => {
  const rect = frame.visibleRect;
  const [width, height] = [rect.width, rect.height];
  const format = String(frame.format);
  const chroma = CHROMA[format];
  if (chroma === undefined) return { data: new Uint8Array(0), width, height, pixels: undefined, format };
  const pixels: Pixels = { _tag: 'Yuv', ...chroma, full: frame.colorSpace.fullRange === true };
  const raw = new Uint8Array(frame.allocationSize());
  const layout = await frame.copyTo(raw);
  const chromaWidth = (width + chroma.shiftX) >> chroma.shiftX;
  const chromaHeight = (height + chroma.shiftY) >> chroma.shiftY;
  const size = width * height + 2 * chromaWidth * chromaHeight;
  const isTight = layout.every(({ stride }, p) => stride === (p === 0 ? width : chromaWidth));
  if (isTight && raw.length === size) return { data: raw, width, height, pixels, format };
  const data = new Uint8Array(size);
  let to = 0;
  for (const [p, { offset, stride }] of layout.entries()) {
    const [w, h] = p === 0 ? [width, height] : [chromaWidth, chromaHeight];
    for (let row = 0; row < h; row++, to += w)
      data.set(raw.subarray(offset + row * stride, offset + row * stride + w), to);
  }
  return { data, width, height, pixels, format };
};

const clipOf = (stack: string, promised: number, shown: readonly Shown[]): E.Either<StackFailure, Clip> => {
  const [first] = shown;
  if (first === undefined) return E.left(stackFailure('StackDamaged', stack, 'not one frame could be decoded'));
  const { width, height, pixels, format } = first;
  if (pixels === undefined) return E.left(stackFailure('FormatUnknown', stack, `its pixel format is ${format}`));
  if (shown.length !== promised) {
    const reason = `it promises ${promised} frames, and ${shown.length} could be decoded`;
    return E.left(stackFailure('StackDamaged', stack, reason));
  }
  const odd = shown.findIndex((frame) => frame.width !== width || frame.height !== height || frame.format !== format);
  if (odd >= 0) {
    return E.left(stackFailure('FormatUnknown', stack, 'its frames change their size or format', { frame: odd }));
  }
  return E.right({ stack, width, height, pixels, frames: shown.map((frame) => frame.data) });
};
