import * as E from 'fp-ts/lib/Either.js';
import { type StackFailure, stackFailure } from '../../domain/modelFailure.js';
import { type Clip, frameBytes, type Pixels } from './clip.js';

/** The header that ffmpeg writes before the frames. It gives size, chroma and range, so ffprobe is not needed. */
export interface Y4mHead {
  readonly width: number;
  readonly height: number;
  readonly pixels: Pixels;
  /** Where the first frame begins. */
  readonly length: number;
}

const CHROMA: Readonly<Record<string, readonly [0 | 1, 0 | 1]>> = { '420': [1, 1], '422': [1, 0], '444': [0, 0] };
const FRAME = 'FRAME\n'.length;
const NEWLINE = 0x0a;
const LONGEST_HEAD = 256;

/** The header of a YUV4MPEG2 stream; undefined until enough bytes have arrived. */
const readY4mHead = (stack: string, bytes: Uint8Array): E.Either<StackFailure, Y4mHead | undefined> => {
  const end = bytes.subarray(0, LONGEST_HEAD).indexOf(NEWLINE);
  if (end < 0) return E.right(undefined);
  const words = new TextDecoder('latin1').decode(bytes.subarray(0, end)).split(' ');
  const word = (letter: string): string => words.find((w, i) => i > 0 && w.startsWith(letter))?.slice(1) ?? '';
  const colour = word('C');
  const shifts = CHROMA[colour.slice(0, 3)];
  const isDeep = /^\d{3}p\d/.test(colour);
  const full = words.includes('XCOLORRANGE=FULL');
  const pixels: Pixels | undefined =
    colour === 'mono'
      ? { _tag: 'Grey' }
      : shifts === undefined || isDeep
        ? undefined
        : { _tag: 'Yuv', shiftX: shifts[0], shiftY: shifts[1], full };
  if (words[0] !== 'YUV4MPEG2' || pixels === undefined) {
    return E.left(stackFailure('FormatUnknown', stack, `its pixel format is ${colour === '' ? 'not known' : colour}`));
  }
  return E.right({ width: Number(word('W')), height: Number(word('H')), pixels, length: end + 1 });
};

/** All frames of a complete stream. */
export const readY4m = (stack: string, bytes: Uint8Array): E.Either<StackFailure, Clip> => {
  const head = readY4mHead(stack, bytes);
  if (E.isLeft(head)) return head;
  if (head.right === undefined) return E.left(stackFailure('StackDamaged', stack, 'not one frame could be decoded'));
  const { width, height, pixels, length } = head.right;
  const size = frameBytes(width, height, pixels);
  const n = Math.floor((bytes.length - length) / (FRAME + size));
  const frames = Array.from({ length: n }, (_, i) => {
    const at = length + i * (FRAME + size) + FRAME;
    return bytes.subarray(at, at + size);
  });
  return E.right({ stack, width, height, pixels, frames });
};
