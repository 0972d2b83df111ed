import * as E from 'fp-ts/lib/Either.js';
import type { StackFailureTag } from '../../../domain/modelFailure.js';
import { present } from '../../../domain/present.js';
import { nameOf, takesPredictor, UNCOMPRESSED, type Unpack, unpackOf } from './compression.js';
import type { TiffPage } from './directory.js';

const TAG = {
  width: 256,
  height: 257,
  bits: 258,
  compression: 259,
  photometric: 262,
  fillOrder: 266,
  description: 270,
  stripOffsets: 273,
  samples: 277,
  rowsPerStrip: 278,
  stripBytes: 279,
  planar: 284,
  predictor: 317,
  tileWidth: 322,
  tileHeight: 323,
  tileOffsets: 324,
  tileBytes: 325,
  sampleFormat: 339,
} as const;

/** The tags that decide what the pixels are. */
export const TAGS: readonly number[] = Object.values(TAG);

/** What is wrong with a page. */
export interface PageProblem {
  readonly _tag: StackFailureTag;
  readonly reason: string;
  readonly fix?: string;
}

export interface PageSize {
  readonly width: number;
  readonly height: number;
  readonly samples: number;
}

export const bytesOfType = (page: TiffPage): PageSize => ({
  width: page.value(TAG.width) ?? 0,
  height: page.value(TAG.height) ?? 0,
  samples: page.value(TAG.samples) ?? 1,
});

/** Number of frames in the description, which ImageJ and tifffile write when frames have no separate pages; else 1. */
export const framesDescribed = (page: TiffPage): number => {
  const text = page.text(TAG.description);
  const images = /^ImageJ=/.test(text) ? /^images=(\d+)/m.exec(text)?.[1] : undefined;
  if (images !== undefined) return Number(images);
  const shape = /"shape": \[([\d, ]+)\]/.exec(text)?.[1];
  if (shape === undefined) return 1;
  const { width, height, samples } = bytesOfType(page);
  return shape.split(',').reduce((product, n) => product * Number(n), 1) / Math.max(1, width * height * samples);
};

/** The stored parts of a page, all of equal size: strips of whole rows, or tiles. */
export interface PageLayout extends PageSize {
  readonly unpack: Unpack;
  /** Whether a part may have padding after its pixels; libtiff ignores it too. */
  readonly isPadded: boolean;
  /** Whether each number is stored as the difference from the one to its left. */
  readonly isDifferences: boolean;
  readonly partName: 'strip' | 'tile';
  readonly partWidth: number;
  readonly partHeight: number;
  readonly parts: number;
  /** Position of a part in the file. A function, because a page may have a million parts. */
  readonly place: (part: number) => { readonly offset: number; readonly length: number };
}

const no = (_tag: StackFailureTag, reason: string, fix?: string): E.Left<PageProblem> => ({
  _tag: 'Left',
  left: present({ _tag, reason, fix }),
});

const RESAVE = 'Save the pages uncompressed, or with LZW, Deflate or PackBits, which lose nothing.';

/**
 * The layout that a page's tags describe.
 *
 * @param most - maximum bytes of one part
 * @returns `Left` for unsupported pixels, and for tags that do not fit the file
 */
export const layoutOfPage = (page: TiffPage, fileBytes: number, most: number): E.Either<PageProblem, PageLayout> => {
  const compression = page.value(TAG.compression) ?? UNCOMPRESSED;
  const unpack = unpackOf(compression);
  if (unpack === undefined) {
    return no('FormatUnknown', `its pages are compressed with ${nameOf(compression)}, which is not read`, RESAVE);
  }
  const pixels = problemOfPixels(page, compression);
  if (pixels !== undefined) return no('FormatUnknown', ...pixels);
  const { width, height, samples } = bytesOfType(page);
  const isTiled = page.count(TAG.tileWidth) > 0;
  const partName = isTiled ? 'tile' : 'strip';
  const partWidth = isTiled ? (page.value(TAG.tileWidth) ?? 0) : width;
  const partHeight = isTiled
    ? (page.value(TAG.tileHeight) ?? 0)
    : Math.min(page.value(TAG.rowsPerStrip) ?? height, height);
  const size = `its ${partName}s are of ${partWidth} × ${partHeight}`;
  if (partWidth === 0 || partHeight === 0) return no('StackDamaged', size);
  if (isTiled && (partWidth % 16 !== 0 || partHeight % 16 !== 0)) {
    return no('StackDamaged', `${size}, and only multiples of 16 are TIFF`);
  }
  if (partWidth * partHeight * samples > most) return no('StackTooLarge', `${size}, beyond the limit`);
  const [offsets, lengths] = isTiled ? [TAG.tileOffsets, TAG.tileBytes] : [TAG.stripOffsets, TAG.stripBytes];
  const needed = Math.ceil(width / partWidth) * Math.ceil(height / partHeight);
  if (page.count(offsets) !== needed || page.count(lengths) !== needed) {
    const has = `${page.count(offsets)} ${partName}s and ${page.count(lengths)} lengths of them`;
    return no('StackDamaged', `it lists ${has}; ${width} × ${height} pixels need ${needed}`);
  }
  const place = (part: number) => ({ offset: page.value(offsets, part) ?? 0, length: page.value(lengths, part) ?? 0 });
  for (let i = 0; i < needed; i++) {
    const { offset, length } = place(i);
    if (offset === 0 || length === 0) return no('StackDamaged', `its ${partName} ${i} was never written`);
    if (offset + length > fileBytes) return no('StackTruncated', 'its pixels lie beyond the end of the file');
  }
  const [isPadded, isDifferences] = [compression === UNCOMPRESSED, page.value(TAG.predictor) === 2];
  const shape = { width, height, samples, partName, partWidth, partHeight, parts: needed } as const;
  return E.right({ ...shape, unpack, isPadded, isDifferences, place });
};

const problemOfPixels = (page: TiffPage, compression: number): readonly [reason: string, fix?: string] | undefined => {
  const samples = page.value(TAG.samples) ?? 1;
  const kind = page.value(TAG.photometric) ?? 1;
  const isKnown = (samples === 1 && kind === 1) || (samples === 3 && kind === 2);
  if (!isKnown) return ['its pixels are neither grey nor red, green, blue'];
  for (let i = 0; i < samples; i++) {
    const depth = page.value(TAG.bits, i) ?? page.value(TAG.bits) ?? 1;
    if (depth !== 8) return [`its pixels have ${depth} bit${depth === 1 ? '' : 's'}, not 8`];
    // 4 means "unknown"; such pixels are read as unsigned bytes, the usual format.
    if (![1, 4].includes(page.value(TAG.sampleFormat, i) ?? 1)) return ['its pixels are no plain bytes'];
  }
  if (samples > 1 && (page.value(TAG.planar) ?? 1) !== 1) {
    return [
      'its red, green and blue are stored apart',
      'Save the pages with the colours side by side (planar configuration 1).',
    ];
  }
  if ((page.value(TAG.fillOrder) ?? 1) !== 1) return ['its bits are stored in reverse order', RESAVE];
  const predictor = page.value(TAG.predictor) ?? 1;
  const isRead = predictor === 1 || (predictor === 2 && takesPredictor(compression));
  return isRead ? undefined : [`its numbers are stored with predictor ${predictor}, which is not read here`, RESAVE];
};

/** The pixels of a page. Checks that each part has the expected number of bytes. */
export const pixelsOfPage = (bytes: Uint8Array, page: PageLayout): E.Either<PageProblem, Uint8Array> => {
  const { width, height, samples, partWidth, partHeight, partName } = page;
  const out = new Uint8Array(width * height * samples);
  const across = Math.ceil(width / partWidth);
  const line = partWidth * samples;
  const whole = line * partHeight;
  for (let i = 0; i < page.parts; i++) {
    const { offset, length } = page.place(i);
    const row0 = Math.floor(i / across) * partHeight;
    const col0 = (i % across) * partWidth;
    const rows = Math.min(partHeight, height - row0);
    // The last strip may be shorter, because the picture ends; a tile always has its full size.
    const least = partName === 'tile' ? whole : line * rows;
    const unpacked = page.unpack(bytes.subarray(offset, offset + length), whole);
    if (E.isLeft(unpacked)) return no('StackDamaged', `its ${partName} ${i} ${unpacked.left}`);
    const data = unpacked.right;
    const isWhole = data.length === least || data.length === whole;
    if (!isWhole && !(page.isPadded && data.length > least)) {
      return no('StackDamaged', `its ${partName} ${i} holds ${data.length} bytes of pixels instead of ${least}`);
    }
    if (page.isDifferences) sumUp(data, line, samples);
    const used = Math.min(line, (width - col0) * samples);
    for (let row = 0; row < rows; row++) {
      out.set(data.subarray(row * line, row * line + used), ((row0 + row) * width + col0) * samples);
    }
  }
  return E.right(out);
};

/** Undoes predictor 2, which stores each number of a row as the difference from the one to its left. */
const sumUp = (data: Uint8Array, line: number, samples: number): void => {
  for (let start = 0; start + line <= data.length; start += line) {
    for (let i = start + samples; i < start + line; i++) data[i] += data[i - samples];
  }
};
