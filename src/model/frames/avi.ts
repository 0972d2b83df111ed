import * as E from 'fp-ts/lib/Either.js';
import { type StackFailure, stackFailure } from '../../domain/modelFailure.js';

const RIFF = 0x52494646;
const HEAD_BYTES = 8;
// Placeholder lengths: a recorder writes one at the start and replaces it at the end.
const UNFINISHED = [0, 0xffffffff];

/**
 * Checks that an AVI is as long as its header says. A decoder does not notice a file that is cut between two frames.
 *
 * A film above 1 GB consists of several RIFF chunks (OpenDML); each must be complete.
 */
export const wholeAvi = (stack: string, bytes: Uint8Array): E.Either<StackFailure, void> => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + HEAD_BYTES <= bytes.length && view.getUint32(at) === RIFF; ) {
    const size = view.getUint32(at + 4, true);
    if (UNFINISHED.includes(size)) {
      const fix =
        'Where you know it to be whole, give it a length: `ffmpeg -i FILE -c copy NEW.avi`. Else record it again.';
      return E.left(stackFailure('StackTruncated', stack, 'its recorder never wrote how long it is', { fix }));
    }
    if (at + HEAD_BYTES + size > bytes.length) {
      const reason = `it promises ${at + HEAD_BYTES + size} bytes and has ${bytes.length}`;
      return E.left(stackFailure('StackTruncated', stack, reason));
    }
    // Chunks start at even offsets.
    at += HEAD_BYTES + size + (size & 1);
  }
  return E.right(undefined);
};
