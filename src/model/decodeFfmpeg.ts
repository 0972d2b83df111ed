import * as E from 'fp-ts/lib/Either.js';
import type { Clip } from './clip.js';
import { type StackFailure, stackFailure } from './failure.js';
import { type FfmpegRun, runFfmpeg } from './ffmpeg.js';
import type { Limits } from './limits.js';
import { readY4m } from './y4m.js';

// Every frame once, in order: otherwise ffmpeg doubles and drops frames to keep a steady rate. The old name is for
// versions before 5.1, the new one for versions that have dropped the old.
const AS_CODED = [
  ['-fps_mode', 'passthrough'],
  ['-vsync', '0'],
] as const;

/** Decodes whatever ffmpeg knows: MPEG-4 part 2, MJPEG, AVI, Matroska, and H.264 where there is no other decoder. */
export const decodeWithFfmpeg = async (
  program: string,
  stack: string,
  path: string,
  { limits, signal, promised }: { readonly limits: Limits; readonly signal: AbortSignal; readonly promised?: number },
): Promise<E.Either<StackFailure, Clip>> => {
  let run: E.Either<Error, FfmpegRun> = E.left(new Error('not run'));
  for (const asCoded of AS_CODED) {
    run = await runFfmpeg(
      program,
      // Only the file itself: a playlist may not make ffmpeg open anything else, nor a colon in its name.
      [
        ['-threads', '1', '-protocol_whitelist', 'file,pipe', '-i', `file:${path}`, '-map', '0:v:0', '-frames:v'],
        [String(limits.frames + 1), ...asCoded, '-strict', '-1', '-f', 'yuv4mpegpipe', 'pipe:1'],
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
  const said = stderr.split('\n')[0];
  if (stdout.length === 0) {
    return E.left(stackFailure('StackDamaged', stack, `ffmpeg found no frame in it${said === '' ? '' : `: ${said}`}`));
  }
  const clip = readY4m(stack, stdout);
  if (E.isLeft(clip)) return clip;
  const n = clip.right.frames.length;
  if (n > limits.frames) {
    return E.left(stackFailure('StackTooLarge', stack, `it has more than ${limits.frames} frames, the limit`));
  }
  if (promised !== undefined && n !== promised) {
    return E.left(stackFailure('StackDamaged', stack, `it promises ${promised} frames, and ${n} could be decoded`));
  }
  // ffmpeg paints over what it cannot decode and goes on; a guess is no evidence.
  if (status !== 0 || said !== '')
    return E.left(stackFailure('StackDamaged', stack, `ffmpeg found errors in it: ${said}`));
  return clip;
};
