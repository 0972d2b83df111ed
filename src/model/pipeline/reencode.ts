import * as E from 'fp-ts/lib/Either.js';
import { type StackFailure, stackFailure } from '../../domain/modelFailure.js';
import { emptyVolume, type Volume } from '../../kernel/image/volume.js';
import { type Channel, yuvToPixelsInto } from '../../kernel/image/yuv.js';
import { layoutOf } from '../frames/clip.js';
import { findFfmpeg, runFfmpeg } from '../frames/ffmpeg.js';
import { readY4m } from '../frames/y4m.js';
import type { ReencodeRule } from './pipeline.js';

/**
 * Compresses frames and decodes them again, because the network's training data were written by `cv2.VideoWriter`. With one
 * thread the result is the same bit for bit, at least from ffmpeg 4.1 to 5.1; several threads would change the key frames.
 */
export const reencode = async (
  volume: Volume,
  rule: ReencodeRule,
  channels: readonly Channel[],
  { stack, ffmpeg, signal }: { readonly stack: string; readonly ffmpeg?: string; readonly signal: AbortSignal },
): Promise<E.Either<StackFailure, Volume>> => {
  const program = await findFfmpeg(ffmpeg);
  if (program === undefined) {
    const reason = 'this pipeline re-encodes its frames as MPEG-4 part 2, which needs ffmpeg';
    const fix = 'Put `ffmpeg` on PATH, or use a pipeline without `reencode`, such as lauraOnacBot.';
    return E.left(stackFailure('DecoderMissing', stack, reason, { fix }));
  }
  const { height, width, depth } = volume;
  const run = async (args: readonly string[], input: Uint8Array): Promise<E.Either<StackFailure, Uint8Array>> => {
    const ended = await runFfmpeg(program, args, { input, most: 4 * volume.data.length + 2 ** 20, signal });
    if (E.isRight(ended) && ended.right.status === 0) return E.right(ended.right.stdout);
    if (E.isRight(ended) && ended.right.status === 'aborted') {
      return E.left(stackFailure('DecodeAborted', stack, 're-encoding was stopped'));
    }
    const message = E.isLeft(ended) ? ended.left.message : ended.right.stderr;
    const reason = `ffmpeg could not re-encode its frames: ${message.split('\n')[0]}`;
    return E.left(stackFailure('DecoderMissing', stack, reason));
  };
  const rate = String(rule.bitsPerSecond);
  const coded = await run(
    [
      ['-f', 'rawvideo', '-pix_fmt', channels[0] === 'red' ? 'rgb24' : 'bgr24', '-s', `${width}x${height}`],
      ['-r', String(rule.framesPerSecond), '-i', 'pipe:0', '-c:v', 'mpeg4', '-pix_fmt', 'yuv420p'],
      ['-b:v', rate, '-bt', rate, '-qmin', String(rule.leastQuantiser), '-g', String(rule.keyEvery), '-threads', '1'],
      // NUT keeps packets whole. A bare .m4v stream is split again when read, and AVI changes the timing; both change bits.
      ['-f', 'nut', 'pipe:1'],
    ].flat(),
    volume.data,
  );
  if (E.isLeft(coded)) return coded;
  const raw = await run(['-f', 'nut', '-i', 'pipe:0', '-f', 'yuv4mpegpipe', 'pipe:1'], coded.right);
  if (E.isLeft(raw)) return raw;
  const clip = readY4m(stack, raw.right);
  if (E.isLeft(clip)) return clip;
  const { pixels, frames } = clip.right;
  if (pixels._tag !== 'Yuv' || frames.length !== depth) {
    return E.left(stackFailure('StackDamaged', stack, `re-encoding gave ${frames.length} frames for ${depth}`));
  }
  const out = emptyVolume(volume);
  const layout = layoutOf(clip.right, pixels);
  const box = { row0: 0, row1: height, col0: 0, col1: width };
  for (const [d, frame] of frames.entries()) {
    yuvToPixelsInto(out.data, d * height * width * channels.length, { frame, layout, box }, channels);
  }
  return E.right(out);
};
