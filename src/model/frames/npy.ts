import * as E from 'fp-ts/lib/Either.js';
import { type StackFailure, stackFailure } from '../../domain/modelFailure.js';
import type { Clip, Pixels } from './clip.js';
import { type Limits, withinLimits } from './limits.js';

const MAGIC_LENGTH = 6;

/** A numpy array of bytes in C order: (frames, height, width) grey, or (frames, height, width, 3) red, green, blue. */
export const decodeNpy = (stack: string, bytes: Uint8Array, limits: Limits): E.Either<StackFailure, Clip> => {
  const unknown = (reason: string): E.Either<StackFailure, never> =>
    E.left(
      stackFailure('FormatUnknown', stack, reason, {
        fix: 'Save it as np.save(path, np.ascontiguousarray(frames.astype(np.uint8))), frames × height × width × 3, red first.',
      }),
    );
  const isLong = bytes[MAGIC_LENGTH] >= 2;
  const from = isLong ? 12 : 10;
  const cut = E.left(stackFailure('StackTruncated', stack, 'its header ends too early'));
  if (bytes.length < from) return cut;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const to = from + (isLong ? view.getUint32(8, true) : view.getUint16(8, true));
  if (to > bytes.length) return cut;
  const head = new TextDecoder('latin1').decode(bytes.subarray(from, to));
  const type = /'descr':\s*'([^']*)'/.exec(head)?.[1];
  const isFortran = /'fortran_order':\s*True/.test(head);
  const shape = /'shape':\s*\(([\d,\s]*)\)/
    .exec(head)?.[1]
    .split(',')
    .flatMap((part) => (part.trim() === '' ? [] : [Number(part)]));
  if (type === undefined || shape === undefined) return unknown('its header cannot be read');
  if (!/^[|<>=]?u1$/.test(type)) return unknown(`its numbers are of type ${type}, not bytes`);
  if (isFortran) return unknown('its axes are in Fortran order');
  if (shape.length < 3 || shape.length > 4 || (shape.length === 4 && shape[3] !== 3)) {
    return unknown(`its shape is (${shape.join(', ')})`);
  }
  const [n, height, width] = shape;
  const pixels: Pixels = shape.length === 4 ? { _tag: 'Rgb' } : { _tag: 'Grey' };
  const frameBytes = height * width * (shape.length === 4 ? 3 : 1);
  const allowed = withinLimits(stack, { frames: n, width, height, frameBytes }, limits);
  if (E.isLeft(allowed)) return allowed;
  if (bytes.length - to < n * frameBytes) {
    const reason = `it promises ${n} frames and ends inside frame ${Math.floor((bytes.length - to) / frameBytes)}`;
    return E.left(stackFailure('StackTruncated', stack, reason));
  }
  const frames = Array.from({ length: n }, (_, i) => bytes.subarray(to + i * frameBytes, to + (i + 1) * frameBytes));
  return E.right({ stack, width, height, pixels, frames });
};
