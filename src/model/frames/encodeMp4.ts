import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { type StackFailure, stackFailure } from '../../domain/modelFailure.js';
import type { Clip } from './clip.js';
import { findFfmpeg, runFfmpeg } from './ffmpeg.js';
import { webcodecs } from './webcodecs.js';

/** How a clip is compressed. */
export interface EncodeOptions {
  readonly framesPerSecond?: number;
  /** Challenge films have about 43 kB per frame of 512 × 384. */
  readonly bitsPerPixel?: number;
  readonly encoder?: 'webcodecs' | 'ffmpeg';
  readonly ffmpeg?: string;
  readonly signal?: AbortSignal;
}

type Setting = Required<Pick<EncodeOptions, 'framesPerSecond' | 'bitsPerPixel' | 'signal'>>;

/** H.264 main profile at level 3.1: up to 1280 × 720. */
const CODEC = 'avc1.4D401F';
const MICROSECONDS = 1_000_000;

/**
 * Encodes planes of YUV 4:2:0 as H.264 in MP4, with the optional video binding or with ffmpeg.
 *
 * @param options - frame rate, bit rate, encoder
 * @returns the bytes of the file; `Left` when no encoder is installed, or the clip has another pixel format
 */
export const encodeMp4 =
  ({ framesPerSecond = 15, bitsPerPixel = 1.75, encoder, ffmpeg, signal }: EncodeOptions = {}) =>
  async (clip: Clip): Promise<E.Either<StackFailure, Uint8Array>> => {
    const { pixels, stack, width, height } = clip;
    const isI420 = pixels._tag === 'Yuv' && pixels.shiftX === 1 && pixels.shiftY === 1 && !pixels.full;
    if (!isI420 || width % 2 !== 0 || height % 2 !== 0) {
      const fix = 'Give planes of YUV 4:2:0, limited range, with even sides.';
      return E.left(stackFailure('FormatUnknown', stack, 'its pixels cannot be written as H.264 here', { fix }));
    }
    if (clip.frames.length === 0) return E.left(stackFailure('StackEmpty', stack, 'it has no frames'));
    const setting: Setting = { framesPerSecond, bitsPerPixel, signal: signal ?? new AbortController().signal };
    const binding = encoder === 'ffmpeg' ? undefined : await webcodecs();
    if (binding !== undefined) return encodeWithBinding(binding, clip, setting);
    const program = encoder === 'webcodecs' ? undefined : await findFfmpeg(ffmpeg);
    if (program !== undefined) return encodeWithFfmpeg(program, clip, setting);
    return E.left(stackFailure('DecoderMissing', stack, 'nothing installed here writes H.264'));
  };

type Binding = NonNullable<Awaited<ReturnType<typeof webcodecs>>>;

const encodeWithBinding = async (
  { Mp4Muxer, VideoEncoder, VideoFrame }: Binding,
  { stack, width, height, frames }: Clip,
  { framesPerSecond, bitsPerPixel, signal }: Setting,
): Promise<E.Either<StackFailure, Uint8Array>> => {
  const muxer = new Mp4Muxer({ fastStart: true });
  let isOpen = false;
  let problem: Error | undefined;
  const encoder = new VideoEncoder({
    output: (chunk, metadata) => {
      const description = metadata?.decoderConfig?.description;
      if (!isOpen) muxer.addVideoTrack({ codec: CODEC, width, height, ...(description && { description }) });
      isOpen = true;
      muxer.addVideoChunk(chunk);
    },
    error: (error) => {
      problem ??= error;
    },
  });
  try {
    const bitrate = Math.round(bitsPerPixel * width * height * framesPerSecond);
    encoder.configure({ codec: CODEC, width, height, bitrate, framerate: framesPerSecond });
    for (const [f, data] of frames.entries()) {
      if (signal.aborted) return E.left(stackFailure('DecodeAborted', stack, 'encoding was stopped'));
      const timestamp = Math.round((f * MICROSECONDS) / framesPerSecond);
      const frame = new VideoFrame(data, { format: 'I420', codedWidth: width, codedHeight: height, timestamp });
      encoder.encode(frame, { keyFrame: f === 0 });
      frame.close();
    }
    await encoder.flush();
    if (problem !== undefined) throw problem;
    return E.right(muxer.finalize());
  } catch (cause) {
    return E.left(stackFailure('StackDamaged', stack, `the encoder stopped: ${messageOf(problem ?? cause)}`, RETRY));
  } finally {
    // An encoder closes itself when it fails, and a second close throws.
    if (encoder.state !== 'closed') encoder.close();
  }
};

const encodeWithFfmpeg = async (
  program: string,
  { stack, width, height, frames }: Clip,
  { framesPerSecond, bitsPerPixel, signal }: Setting,
): Promise<E.Either<StackFailure, Uint8Array>> => {
  const input = new Uint8Array(frames.reduce((sum, frame) => sum + frame.length, 0));
  for (const [f, frame] of frames.entries()) input.set(frame, f * frame.length);
  const bitrate = Math.round(bitsPerPixel * width * height * framesPerSecond);
  // ffmpeg can put the index first only in a file, because it must seek back to the start.
  const folder = await mkdtemp(join(tmpdir(), 'tandem-mp4-'));
  const path = join(folder, 'stack.mp4');
  try {
    const raw = ['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${width}x${height}`, '-r', String(framesPerSecond)];
    const coded = ['-c:v', 'libx264', '-b:v', String(bitrate), '-threads', '1', '-movflags', '+faststart'];
    const ended = await runFfmpeg(program, [...raw, '-i', 'pipe:0', ...coded, '-y', path], {
      input,
      most: 2 ** 20,
      signal,
    });
    if (E.isRight(ended) && ended.right.status === 0) return E.right(await readFile(path));
    const message = E.isLeft(ended) ? ended.left.message : ended.right.stderr;
    return E.left(stackFailure('StackDamaged', stack, `ffmpeg could not encode it: ${message.split('\n')[0]}`, RETRY));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const RETRY = { fix: 'Try the other encoder: encoder "webcodecs" or "ffmpeg".' };

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
