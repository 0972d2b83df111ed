import * as E from 'fp-ts/lib/Either.js';
import { type StackFailure, stackFailure } from '../../domain/modelFailure.js';
import { type Clip, frameBytes } from './clip.js';
import { type FfmpegRun, runFfmpeg } from './ffmpeg.js';
import type { Limits } from './limits.js';
import { readY4m } from './y4m.js';

// Every frame once, in order; by default ffmpeg doubles and drops frames to keep a steady rate. The option has two
// names: versions before 5.1 know only the second, the newest versions only the first.
const AS_CODED = [
  ['-fps_mode', 'passthrough'],
  ['-vsync', '0'],
] as const;

const AS_PLANES = ['-strict', '-1', '-f', 'yuv4mpegpipe'];
// Always BT.601 and blue first, as in OpenCV. With red first, swscale rounds differently.
const AS_PIXELS = ['-vf', 'scale=in_color_matrix=bt601', '-pix_fmt', 'bgr24', '-f', 'rawvideo'];

// Larger than any limit in use, and small enough for ffmpeg to read.
const MOST_FRAMES = 2 ** 30;

/** What the index of a film says of it. */
export interface Promised {
  readonly frames: number;
  readonly width: number;
  readonly height: number;
}

interface Reading {
  readonly limits: Limits;
  readonly signal: AbortSignal;
  readonly promised?: Promised;
}

/** Decodes all that ffmpeg knows: MPEG-4 part 2, MJPEG, AVI, Matroska, and H.264 without another decoder. */
export const decodeWithFfmpeg = async (
  program: string,
  stack: string,
  path: string,
  { limits, signal, promised }: Reading,
): Promise<E.Either<StackFailure, Clip>> => {
  const film = await outputOf(program, stack, path, AS_PLANES, { limits, signal });
  if (E.isLeft(film)) return film;
  const clip = readY4m(stack, film.right.stdout);
  if (E.isLeft(clip)) return clip;
  const n = clip.right.frames.length;
  if (n > limits.frames) {
    return E.left(stackFailure('StackTooLarge', stack, `it has more than ${limits.frames} frames, the limit`));
  }
  if (promised !== undefined && n !== promised.frames) {
    const reason = `it promises ${promised.frames} frames, and ${n} could be decoded`;
    return E.left(stackFailure('StackDamaged', stack, reason));
  }
  if (promised !== undefined && (promised.width !== clip.right.width || promised.height !== clip.right.height)) {
    const [says, is] = [promised, clip.right];
    const reason = `its header says ${says.width} × ${says.height}, and its frames are ${is.width} × ${is.height}`;
    return E.left(stackFailure('StackDamaged', stack, reason));
  }
  // ffmpeg invents pixels for parts that it cannot decode. A stack with such pixels must not be scored.
  if (film.right.message !== '')
    return E.left(stackFailure('StackDamaged', stack, `ffmpeg found errors in it: ${film.right.message}`));
  const { pixels, width, height } = clip.right;
  if (!(pixels._tag === 'Yuv' && pixels.shiftX === 1 && height % 2 === 1)) return clip;
  // At odd heights swscale (and so OpenCV) mixes the colours of adjacent rows; here ffmpeg converts such frames.
  const coloured = await outputOf(program, stack, path, AS_PIXELS, { limits, signal });
  if (E.isLeft(coloured)) return coloured;
  const size = frameBytes(width, height, { _tag: 'Rgb' });
  const rgb = coloured.right.stdout;
  if (rgb.length !== n * size) return E.left(stackFailure('StackDamaged', stack, 'its colours could not be converted'));
  for (let at = 0; at + 2 < rgb.length; at += 3) [rgb[at], rgb[at + 2]] = [rgb[at + 2], rgb[at]];
  const frames = clip.right.frames.map((_, f) => rgb.subarray(f * size, (f + 1) * size));
  return E.right({ stack, width, height, pixels: { _tag: 'Rgb' }, frames });
};

const outputOf = async (
  program: string,
  stack: string,
  path: string,
  form: readonly string[],
  { limits, signal }: Reading,
): Promise<E.Either<StackFailure, { readonly stdout: Uint8Array; readonly message: string }>> => {
  let run: E.Either<Error, FfmpegRun> = E.left(new Error('not run'));
  for (const asCoded of AS_CODED) {
    run = await runFfmpeg(
      program,
      // ffmpeg may open only this file: a playlist, or a colon in the name, must not make it open another. A tag may
      // tell players to rotate the film; the other decoder ignores this tag, so ffmpeg must ignore it too.
      [
        ['-threads', '1', '-protocol_whitelist', 'file,pipe', '-noautorotate', '-i', `file:${path}`, '-map', '0:v:0'],
        ['-frames:v', String(Math.min(Math.floor(limits.frames), MOST_FRAMES) + 1), ...asCoded, ...form, 'pipe:1'],
      ].flat(),
      { most: limits.decodedBytes, signal },
    );
    if (E.isLeft(run) || !/Unrecognized option|Option not found/i.test(run.right.stderr)) break;
  }
  if (E.isLeft(run)) {
    return E.left(stackFailure('DecoderMissing', stack, `${program} could not be started: ${run.left.message}`));
  }
  const { status, stderr, stdout } = run.right;
  if (status === 'aborted') return E.left(stackFailure('DecodeAborted', stack, 'decoding was stopped'));
  if (status === 'too much output') {
    const reason = `its frames need more than ${Math.floor(limits.decodedBytes / 2 ** 20)} MiB, the limit`;
    return E.left(stackFailure('StackTooLarge', stack, reason));
  }
  // Removes memory addresses, which differ from run to run.
  const message = stderr.split('\n')[0].replaceAll(/ @ 0x[0-9a-f]+/g, '');
  if (stdout.length === 0 && message.includes('can only handle')) {
    return E.left(stackFailure('FormatUnknown', stack, 'its pixels are coded neither as YUV nor as grey'));
  }
  if (stdout.length === 0) {
    return E.left(
      stackFailure('StackDamaged', stack, `ffmpeg found no frame in it${message === '' ? '' : `: ${message}`}`),
    );
  }
  return E.right({ stdout, message: status === 0 || message !== '' ? message : `it ended with code ${status}` });
};
