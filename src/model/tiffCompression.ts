import { inflateSync } from 'node:zlib';
import * as E from 'fp-ts/lib/Either.js';
import { unpackLzw } from './lzw.js';
import { unpackPackBits } from './packBits.js';

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
