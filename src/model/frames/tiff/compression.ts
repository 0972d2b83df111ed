import { inflateSync } from 'node:zlib';
import * as E from 'fp-ts/lib/Either.js';

/**
 * Unpacks PackBits: a count followed by that many bytes, or a count followed by one byte to repeat.
 *
 * @param most - maximum number of unpacked bytes
 * @returns undefined when there are more bytes than `most`; PackBits has no checksum, so other damage is not found
 * @see TIFF 6.0, section 9
 */
export const unpackPackBits = (data: Uint8Array, most: number): Uint8Array | undefined => {
  const out = new Uint8Array(most);
  let [at, filled] = [0, 0];
  while (at + 1 < data.length) {
    const head = data[at];
    // 128 is padding.
    if (head === 128) {
      at++;
      continue;
    }
    const [count, isRun] = head < 128 ? [head + 1, false] : [257 - head, true];
    if (filled + count > most) return undefined;
    const left = isRun ? 1 : Math.min(count, data.length - at - 1);
    if (isRun) out.fill(data[at + 1], filled, filled + count);
    else out.set(data.subarray(at + 1, at + 1 + left), filled);
    filled += isRun ? count : left;
    at += 1 + left;
  }
  return out.subarray(0, filled);
};

const CLEAR = 256;
const END = 257;
const FIRST_BITS = 9;
const MOST_BITS = 12;

// Some writers make the end code one bit too wide or too narrow. This is harmless after the last byte, but no more than
// these bits may remain.
const LEFT_BITS = 8;

/**
 * Unpacks the LZW of TIFF: codes of 9 to 12 bits, highest bit first. The width grows one code early.
 *
 * @param most - maximum number of unpacked bytes
 * @returns undefined for an impossible code or more bytes than `most`; without a checksum, other damage is not found
 * @see TIFF 6.0, section 13
 */
export const unpackLzw = (data: Uint8Array, most: number): Uint8Array | undefined => {
  const out = new Uint8Array(most);
  // The string of a code is already in `out`, so the table stores only its place and its length.
  const place = new Uint32Array(1 << MOST_BITS);
  const length = new Uint16Array(1 << MOST_BITS);
  let [bits, next, filled] = [FIRST_BITS, END + 1, 0];
  let previousLength = 0;
  const total = data.length * 8;
  for (let bit = 0; bit + bits <= total; ) {
    const byte = bit >>> 3;
    const three = (data[byte] << 16) | (data[byte + 1] << 8) | data[byte + 2];
    const code = (three >>> (24 - (bit & 7) - bits)) & ((1 << bits) - 1);
    bit += bits;
    if (code === END) return out.subarray(0, filled);
    if (code === CLEAR) {
      [bits, next, previousLength] = [FIRST_BITS, END + 1, 0];
      continue;
    }
    if (filled === most) return total - bit > LEFT_BITS ? undefined : out;
    // New entry: the previous string and the first byte of this one. They are adjacent in `out`; that byte comes below.
    if (previousLength > 0 && next < place.length) {
      place[next] = filled - previousLength;
      length[next] = previousLength + 1;
      next++;
    }
    if (code > END && code >= next) return undefined;
    const copied = code < CLEAR ? 1 : length[code];
    if (filled + copied > most) return undefined;
    if (code < CLEAR) out[filled] = code;
    else for (let i = 0; i < copied; i++) out[filled + i] = out[place[code] + i];
    filled += copied;
    previousLength = copied;
    if (next === (1 << bits) - 1 && bits < MOST_BITS) bits++;
  }
  return out.subarray(0, filled);
};

/** Unpacks one strip or tile to at most the given number of bytes; `Left` describes the damage. */
export type Unpack = (data: Uint8Array, most: number) => E.Either<string, Uint8Array>;

const impossible = (name: string) => E.fromNullable(`is no ${name} of its pixels`);

const inflate: Unpack = (data, most) =>
  E.tryCatch(
    // zlib verifies the checksum, which finds most damage.
    () => inflateSync(data, { maxOutputLength: most }),
    (cause) => {
      if (!(cause instanceof Error)) return `cannot be inflated: ${String(cause)}`;
      const isMore = 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE';
      return isMore ? `inflates to more than the ${most} bytes it must have` : `cannot be inflated: ${cause.message}`;
    },
  );

export const UNCOMPRESSED = 1;

/** The supported compressions. All are lossless: they return exactly the saved pixels. */
const READ: Readonly<Record<number, Unpack>> = {
  [UNCOMPRESSED]: (data) => E.right(data),
  5: (data, most) => impossible('LZW')(unpackLzw(data, most)),
  8: inflate,
  32773: (data, most) => impossible('PackBits')(unpackPackBits(data, most)),
  32946: inflate,
};

/** Compressions that may be combined with a predictor (differences between adjacent numbers). */
export const takesPredictor = (compression: number): boolean => [5, 8, 32946].includes(compression);

export const unpackOf = (compression: number): Unpack | undefined => READ[compression];

// JPEG decoders differ by a grey level or two, so pixels could differ from those in the training data.
const NAMES: Readonly<Record<number, string>> = {
  2: 'CCITT',
  3: 'CCITT fax 3',
  4: 'CCITT fax 4',
  6: 'old JPEG',
  7: 'JPEG',
  33003: 'JPEG 2000',
  33005: 'JPEG 2000',
  34712: 'JPEG 2000',
  34887: 'LERC',
  34925: 'LZMA',
  34926: 'Zstandard',
  34927: 'WebP',
  34933: 'PNG',
  34934: 'JPEG XR',
  50000: 'Zstandard',
  50001: 'WebP',
  50002: 'JPEG XL',
  52546: 'JPEG XL',
};

/** Name of an unsupported compression. */
export const nameOf = (compression: number): string =>
  NAMES[compression] === undefined ? `number ${compression}` : `${NAMES[compression]} (${compression})`;
