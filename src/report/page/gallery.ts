import type { GalleryFilm, GalleryPart } from './data.js';

/** A film as one picture: its frames side by side, for CSS to step through. */
export interface Thumbnail {
  readonly film: GalleryFilm;
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  /** `data:image/png;base64,…` */
  readonly source: string;
}

const DEFAULT_BUDGET = 1_200_000;

/** Longest side in pixels and frames, from the best to what still shows something. */
const SIZES = [
  { side: 72, frames: 12 },
  { side: 64, frames: 10 },
  { side: 56, frames: 8 },
  { side: 48, frames: 6 },
  { side: 40, frames: 4 },
  { side: 32, frames: 3 },
] as const;

/**
 * Films as pictures within a budget: all of them at the best size that fits, or else as many as fit at the smallest.
 *
 * @returns in the order given; fewer than given where the budget is small
 */
export const thumbnails = async ({ films, budget = DEFAULT_BUDGET }: GalleryPart): Promise<readonly Thumbnail[]> => {
  let last: readonly Thumbnail[] = [];
  for (const size of SIZES) {
    last = await Promise.all(films.filter(({ frames }) => frames.length > 0).map((film) => thumbnail(film, size)));
    if (last.reduce((sum, { source }) => sum + source.length, 0) <= budget) return last;
  }
  let bytes = 0;
  return last.filter(({ source }) => {
    bytes += source.length;
    return bytes <= budget;
  });
};

const thumbnail = async (
  film: GalleryFilm,
  { side, frames: most }: { readonly side: number; readonly frames: number },
): Promise<Thumbnail> => {
  const scale = Math.min(1, side / Math.max(film.width, film.height));
  const width = Math.max(1, Math.round(film.width * scale));
  const height = Math.max(1, Math.round(film.height * scale));
  const count = Math.min(most, film.frames.length);
  const chosen = Array.from({ length: count }, (_, i) => film.frames[Math.floor((i * film.frames.length) / count)]);
  const strip = stripOf(film, chosen, { width, height });
  const source = `data:image/png;base64,${base64(await png(strip, width * count, height))}`;
  return { film, width, height, frames: count, source };
};

/** Frames side by side, each the mean of the pixels it covers, stretched together from dark to bright. */
const stripOf = (
  film: GalleryFilm,
  frames: readonly Uint8Array[],
  { width, height }: { readonly width: number; readonly height: number },
): Float64Array => {
  const strip = new Float64Array(width * frames.length * height);
  for (const [k, frame] of frames.entries()) {
    for (let y = 0; y < height; y++) {
      const [top, bottom] = [Math.floor((y * film.height) / height), Math.ceil(((y + 1) * film.height) / height)];
      for (let x = 0; x < width; x++) {
        const [left, right] = [Math.floor((x * film.width) / width), Math.ceil(((x + 1) * film.width) / width)];
        let sum = 0;
        for (let row = top; row < bottom; row++) {
          for (let column = left; column < right; column++) sum += frame[row * film.width + column];
        }
        strip[(y * frames.length + k) * width + x] = sum / ((bottom - top) * (right - left));
      }
    }
  }
  const darkest = strip.reduce((a, b) => Math.min(a, b), 255);
  const brightest = strip.reduce((a, b) => Math.max(a, b), 0);
  const range = Math.max(1, brightest - darkest);
  return strip.map((value) => (value - darkest) / range);
};

/** Sixteen shades: with noise in every film, more cost twice the bytes and show no more. */
const DEPTH = 4;
const SHADES = 2 ** DEPTH - 1;

/** A grey PNG (ISO/IEC 15948) of brightness in [0, 1], row by row. */
const png = async (brightness: Float64Array, width: number, height: number): Promise<Uint8Array> => {
  const stride = 1 + Math.ceil(width / 2);
  const rows = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const shade = Math.round(SHADES * brightness[y * width + x]);
      rows[y * stride + 1 + (x >> 1)] |= x % 2 === 0 ? shade << DEPTH : shade;
    }
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header[8] = DEPTH;
  return joined([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk('IHDR', header),
    chunk('IDAT', await deflated(rows)),
    chunk('IEND', new Uint8Array(0)),
  ]);
};

const chunk = (name: string, data: Uint8Array): Uint8Array => {
  const body = joined([Uint8Array.from(name, (letter) => letter.charCodeAt(0)), data]);
  const ends = new DataView(new ArrayBuffer(8));
  ends.setUint32(0, data.length);
  ends.setUint32(4, crc(body));
  return joined([new Uint8Array(ends.buffer, 0, 4), body, new Uint8Array(ends.buffer, 4, 4)]);
};

/** CRC-32 as PNG has it, bit by bit: thumbnails are small. */
const crc = (bytes: Uint8Array): number => {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return (sum ^ 0xffffffff) >>> 0;
};

/** zlib, by the stream that Node and browsers share. */
const deflated = async (bytes: Uint8Array): Promise<Uint8Array> => {
  const stream = new CompressionStream('deflate');
  const writer = stream.writable.getWriter();
  const written = writer.write(bytes).then(() => writer.close());
  const parts: Uint8Array[] = [];
  for await (const part of stream.readable) parts.push(part);
  await written;
  return joined(parts);
};

const joined = (parts: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};

/** Bytes per call of `fromCharCode`, whose arguments must fit on the stack. */
const PIECE = 8192;

const base64 = (bytes: Uint8Array): string => {
  let binary = '';
  for (let i = 0; i < bytes.length; i += PIECE) binary += String.fromCharCode(...bytes.subarray(i, i + PIECE));
  return btoa(binary);
};
