import type { Mp4Sample } from './mp4.js';

/**
 * The first frame whose units do not add up, or that holds bytes no H.264 unit may hold, −1 if there is none.
 *
 * The decoder paints over damage and says nothing. Two things are sure signs of it: lengths that do not tile the frame,
 * and 00 00 00..02 inside a unit, which every encoder escapes: holes of zeros, as broken downloads leave them, are found.
 * A flipped bit elsewhere is not.
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

/** Looks at every second byte only: of two zeros side by side it meets one. */
const hasBareZeros = (bytes: Uint8Array, from: number, to: number): boolean => {
  for (let at = from + 1; at < to; at += 2) {
    if (bytes[at] !== 0) continue;
    const first = bytes[at - 1] === 0 ? at - 1 : at;
    if (first + 2 < to && bytes[first + 1] === 0 && bytes[first + 2] <= 2) return true;
  }
  return false;
};
