import { inflateSync } from 'node:zlib';
import * as E from 'fp-ts/lib/Either.js';

/**
 * Unpacks PackBits: a count and as many bytes as they are, or a count and one byte to repeat.
 *
 * @param most - bytes that are expected at most
 * @returns undefined when there is more than `most`; it has no checksum that could tell more
 * @see TIFF 6.0, section 9
 */
export const unpackPackBits = (data: Uint8Array, most: number): Uint8Array | undefined => {
  const out = new Uint8Array(most);
  let [at, filled] = [0, 0];
  while (at + 1 < data.length) {
    const head = data[at];
    // 128 says nothing; it pads.
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

// The end mark of some writers is a bit too wide or too narrow: of no matter once all bytes are there, and all that may
// be left then.
const LEFT_BITS = 8;

/**
 * Unpacks the LZW of TIFF: codes of 9 to 12 bits, highest bit first, widened one code early.
 *
 * @param most - bytes that are expected at most
 * @returns undefined when a code is impossible, or there is more than `most`; it has no checksum that could tell more
 * @see TIFF 6.0, section 13
 */
export const unpackLzw = (data: Uint8Array, most: number): Uint8Array | undefined => {
  const out = new Uint8Array(most);
  // A code's string stands in `out` where it was first written, so its place and its length are all the table needs.
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
    // The previous string and the first byte of this one: side by side in `out`, the last byte still to be written.
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

/** From the bytes of one strip or tile to its pixels, at most so many bytes; `Left` says what is wrong with them. */
export type Unpack = (data: Uint8Array, most: number) => E.Either<string, Uint8Array>;

const impossible = (name: string) => E.fromNullable(`is no ${name} of its pixels`);

const inflate: Unpack = (data, most) =>
  E.tryCatch(
    // Its checksum is looked at: most damage inside is found.
    () => inflateSync(data, { maxOutputLength: most }),
    (cause) => {
      if (!(cause instanceof Error)) return `cannot be inflated: ${String(cause)}`;
      const isMore = 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE';
      return isMore ? `inflates to more than the ${most} bytes it must have` : `cannot be inflated: ${cause.message}`;
    },
  );

export const UNCOMPRESSED = 1;

/** The lossless ones in use; whatever stands here gives exactly the pixels that were saved. */
const READ: Readonly<Record<number, Unpack>> = {
  [UNCOMPRESSED]: (data) => E.right(data),
  5: (data, most) => impossible('LZW')(unpackLzw(data, most)),
  8: inflate,
  32773: (data, most) => impossible('PackBits')(unpackPackBits(data, most)),
  32946: inflate,
};

/** Under which the numbers of neighbours may be stored as differences. */
export const takesPredictor = (compression: number): boolean => [5, 8, 32946].includes(compression);

export const unpackOf = (compression: number): Unpack | undefined => READ[compression];

// Decoders of JPEG differ by a level or two, and so would the pixels from those the model was trained on.
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

/** What a compression that is not read is called. */
export const nameOf = (compression: number): string =>
  NAMES[compression] === undefined ? `number ${compression}` : `${NAMES[compression]} (${compression})`;
