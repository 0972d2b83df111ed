import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { format } from '../../src/domain/errors.js';
import { unpackLzw, unpackPackBits } from '../../src/model/frames/tiff/compression.js';
import { type Clip, decodeStack, type Limits, stackFromBytes } from '../../src/model.js';
import { type Page, rgb, type Written, writeTiff } from './tiffFixture.js';

/** What a TIFF may be, and what is never taken for a picture. */

const [WIDTH, HEIGHT] = [21, 18];
const pixels = (f: number): Uint8Array =>
  Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => i * 7 + (i >> 5) + 31 * f);
const rows = (f: number, from: number, to: number): Uint8Array => pixels(f).subarray(from * WIDTH * 3, to * WIDTH * 3);

/** Strips of seven rows; the last has four. */
const strips = (f: number, pack: (part: Uint8Array) => Uint8Array = (part) => part): readonly Uint8Array[] =>
  [rows(f, 0, 7), rows(f, 7, 14), rows(f, 14, 18)].map(pack);
const striped = (f: number, more: Page['tags'] = {}): Page => ({
  tags: rgb(WIDTH, HEIGHT, { 278: [7], ...more }),
  parts: strips(f),
});

/** Tiles of 16 × 16, and 99 where they reach beyond the picture. */
const tiled = (f: number): Page => {
  const whole = pixels(f);
  const parts = [0, 16].flatMap((row0) =>
    [0, 16].map((col0) =>
      Uint8Array.from({ length: 16 * 16 * 3 }, (_, i) => {
        const [row, col] = [row0 + Math.floor(i / 48), col0 + (Math.floor(i / 3) % 16)];
        return row < HEIGHT && col < WIDTH ? whole[(row * WIDTH + col) * 3 + (i % 3)] : 99;
      }),
    ),
  );
  return { tags: rgb(WIDTH, HEIGHT, { 322: [16], 323: [16] }), parts };
};

const decoded = (bytes: Uint8Array, limits: Partial<Limits> = {}) =>
  decodeStack({ limits })(stackFromBytes('stack.tif', bytes));
const clipOf = async ({ bytes }: Written): Promise<Clip> => {
  const clip = await decoded(bytes);
  if (E.isLeft(clip)) throw new Error(format(clip.left));
  return clip.right;
};
const left = async (bytes: Uint8Array, limits: Partial<Limits> = {}): Promise<string> => {
  const clip = await decoded(bytes, limits);
  if (E.isRight(clip)) throw new Error(`expected a failure, got ${clip.right.frames.length} frames`);
  return `${clip.left._tag}: ${format(clip.left)}`;
};
const patched = ({ bytes }: Written, at: number, value: number): Uint8Array => {
  const copy = bytes.slice();
  new DataView(copy.buffer).setUint32(at, value, true);
  return copy;
};

afterEach(() => vi.restoreAllMocks());

describe.each([true, false])('a sound TIFF, lowest byte first: %s', (little) => {
  test('in strips gives its pixels', async () => {
    const clip = await clipOf(writeTiff([striped(0), striped(1)], { little }));
    expect(clip.frames).toEqual([pixels(0), pixels(1)]);
  });

  test('in tiles gives its pixels, and prints nothing', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const write = vi.spyOn(process.stdout, 'write');
    const clip = await clipOf(writeTiff([tiled(0), tiled(1)], { little }));
    expect(clip.frames).toEqual([pixels(0), pixels(1)]);
    expect(log).not.toHaveBeenCalled();
    expect(write).not.toHaveBeenCalled();
  });
});

describe('a sound TIFF', () => {
  test.each([
    ['ImageJ=1.54\nimages=5\nframes=5\n', 5],
    ['{"shape": [4, 18, 21, 3]}', 4],
  ])('of one page that stands for more frames is refused: %j', async (words, frames) => {
    const described = (text: string): Uint8Array => {
      const padded = Buffer.from(text.padEnd(4 * Math.ceil(text.length / 4), '\0'));
      const longs = Array.from({ length: padded.length / 4 }, (_, i) => padded.readUInt32LE(4 * i));
      const { bytes, tables } = writeTiff([striped(0, { 270: longs })]);
      const view = new DataView(bytes.buffer);
      for (let row = tables[0] + 2; ; row += 12) {
        if (view.getUint16(row, true) !== 270) continue;
        view.setUint16(row + 2, 2, true);
        view.setUint32(row + 4, padded.length, true);
        return bytes;
      }
    };
    expect(await left(described(words))).toMatch(
      new RegExp(`^FormatUnknown: .*its description speaks of ${frames} frames, which have none`),
    );
    for (const harmless of ['ImageJ=1.54\nimages=1\n', '{"shape": [18, 21, 3]}', 'made by hand']) {
      expect(E.isRight(await decoded(described(harmless)))).toBe(true);
    }
  });

  test('may fill its last strip', async () => {
    const full = new Uint8Array(7 * WIDTH * 3);
    full.set(rows(0, 14, 18));
    const parts = [...strips(0).slice(0, 2), full].map((part) => deflateSync(part));
    const page = { ...striped(0, { 259: [8] }), parts };
    expect((await clipOf(writeTiff([page]))).frames).toEqual([pixels(0)]);
  });

  test('may call Deflate by its old number', async () => {
    const page = { ...striped(0, { 259: [32946] }), parts: strips(0, (part) => deflateSync(part)) };
    expect((await clipOf(writeTiff([page]))).frames).toEqual([pixels(0)]);
  });

  test('may have one strip, of as many rows as there could ever be', async () => {
    const page = { tags: rgb(WIDTH, HEIGHT, { 278: [0xffffffff] }), parts: [pixels(0)] };
    expect((await clipOf(writeTiff([page]))).frames).toEqual([pixels(0)]);
  });
});

describe('the way from page to page', () => {
  const three = writeTiff([striped(0), striped(1), striped(2)]);

  test('cut at any byte, it is no stack of fewer pages', async () => {
    for (let length = 4; length < three.bytes.length; length += 7) {
      expect(await left(three.bytes.subarray(0, length)), `cut to ${length}`).toMatch(/^StackTruncated: /);
    }
  });
  test('that leads beyond the end', async () =>
    expect(await left(patched(three, three.nexts[1], 1_000_000))).toMatch(/^StackTruncated.*page 3 follows/));
  test('whose table does not fit', async () =>
    expect(await left(patched(three, three.nexts[1], three.bytes.length - 8))).toMatch(/^Stack(Truncated|Damaged)/));
  test('that leads back to the first page', async () =>
    expect(await left(patched(three, three.nexts[2], three.tables[0]))).toMatch(/^StackDamaged.*circle after 3 pages/));
  test('that leads from a page to itself', async () =>
    expect(await left(patched(three, three.nexts[0], three.tables[0]))).toMatch(
      /^StackDamaged.*circle after 1 page\b/,
    ));
  test('of more pages than allowed', async () =>
    expect(await left(three.bytes, { frames: 2 })).toMatch(/^StackTooLarge.*more than 2 pages/));
  test('into zeros, as broken downloads leave them', async () => {
    const holed = three.bytes.slice().fill(0, three.tables[1], three.tables[1] + 40);
    expect(await left(holed)).toMatch(/^StackDamaged.*empty \(frame 1\)/);
  });
  test('is left at once when decoding is stopped', async () => {
    const stop = new AbortController();
    setImmediate(() => stop.abort());
    const clip = await decodeStack({ signal: stop.signal })(stackFromBytes('stack.tif', three.bytes));
    expect(clip).toMatchObject({ left: { _tag: 'DecodeAborted' } });
  });
});

describe('parts that are not what they must be', () => {
  const cutTo = (page: Page, i: number, length: number): Uint8Array =>
    writeTiff([
      striped(0),
      { ...page, parts: page.parts.map((part, p) => (p === i ? part.subarray(0, length) : part)) },
    ]).bytes;

  test('a strip without compression that is too short', async () =>
    expect(await left(cutTo(striped(1), 1, 100))).toMatch(
      /^StackDamaged.*strip 1 holds 100 bytes of pixels instead of 441 \(frame 1\)/,
    ));
  test('a last strip that is too short', async () =>
    expect(await left(cutTo(striped(1), 2, 251))).toMatch(/^StackDamaged.*251 bytes .* instead of 252/));
  test('a tile that is too short', async () =>
    expect(await left(writeTiff([{ ...tiled(0), parts: tiled(0).parts.map((t) => t.subarray(1)) }]).bytes)).toMatch(
      /^StackDamaged.*tile 0 holds 767/,
    ));
  test('a strip that was never written', async () =>
    expect(await left(cutTo(striped(1), 1, 0))).toMatch(/^StackDamaged.*strip 1 was never written/));
  test('too few strips for the picture', async () => {
    const page = striped(0);
    const few = writeTiff([{ ...page, parts: page.parts.slice(0, 2) }]);
    expect(await left(few.bytes)).toMatch(/^StackDamaged.*2 strips.*21 × 18 pixels need 3/);
  });
  test('Deflate with one bit turned', async () => {
    const parts = strips(0, (part) => deflateSync(part));
    const at = parts[1].length - 6;
    parts[1][at] ^= 4;
    const page = { ...striped(0, { 259: [8] }), parts };
    expect(await left(writeTiff([page]).bytes)).toMatch(/^StackDamaged.*strip 1 /);
  });
  test('Deflate of a picture that is larger', async () => {
    const parts = strips(0, (part) => deflateSync(Buffer.concat([part, part])));
    const page = { ...striped(0, { 259: [8] }), parts };
    expect(await left(writeTiff([page]).bytes)).toMatch(/^StackDamaged.*strip 0 inflates to more than the 441 bytes/);
  });
  test('no LZW at all', async () => {
    const page = { ...striped(0, { 259: [5] }), parts: strips(0, (part) => part.map(() => 255)) };
    expect(await left(writeTiff([page]).bytes)).toMatch(/^StackDamaged.*strip 0 is no LZW/);
  });
  test('tiles of an odd size', async () => {
    const page = { ...tiled(0), tags: rgb(WIDTH, HEIGHT, { 322: [15], 323: [16] }) };
    expect(await left(writeTiff([page]).bytes)).toMatch(/^StackDamaged.*15 × 16/);
  });
});

test('whatever bytes are wrong, frames are whole or there are none', async () => {
  const packed = { ...striped(1, { 259: [8] }), parts: strips(1, (part) => deflateSync(part)) };
  const { bytes, tables } = writeTiff([tiled(0), packed, striped(2)]);
  const wrong = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(wrong, fc.boolean(), async (places, isTables) => {
      const copy = bytes.slice();
      // Pixels may be anything; the tables are where it matters.
      for (const [i, [at, byte]] of places.entries()) {
        copy[isTables ? Math.min(tables[i % 3] + (at % 200), copy.length - 1) : at] = byte;
      }
      const clip = await decoded(copy);
      if (E.isLeft(clip)) return format(clip.left).length > 0;
      const size = clip.right.width * clip.right.height * (clip.right.pixels._tag === 'Rgb' ? 3 : 1);
      return clip.right.frames.length > 0 && clip.right.frames.every((frame) => frame.length === size);
    }),
    { numRuns: 500 },
  );
});

describe('pixels that are not read', () => {
  test.each([
    [7, 'JPEG \\(7\\)'],
    [6, 'old JPEG \\(6\\)'],
    [4, 'CCITT fax 4 \\(4\\)'],
    [34925, 'LZMA \\(34925\\)'],
    [50000, 'Zstandard \\(50000\\)'],
    [50001, 'WebP \\(50001\\)'],
    [12345, 'number 12345'],
  ])('compression %i, by its name and with what to do', async (number, name) =>
    expect(await left(writeTiff([striped(0, { 259: [number] })]).bytes)).toMatch(
      new RegExp(`^FormatUnknown.*compressed with ${name}.*Save the pages uncompressed`),
    ),
  );
  test.each([
    ['signed bytes', { 339: [2, 2, 2] }, /no plain bytes/],
    ['bits in reverse order', { 266: [2] }, /reverse order/],
    ['differences without compression', { 317: [2] }, /predictor 2/],
    ['differences of floating-point numbers', { 259: [5], 317: [3] }, /predictor 3/],
    ['colours apart', { 284: [2] }, /stored apart/],
    ['a palette', { 262: [3] }, /neither grey nor red/],
  ] as const)('%s', async (_, tags, says) => {
    const text = await left(writeTiff([striped(0, tags)]).bytes);
    expect(text).toMatch(/^FormatUnknown/);
    expect(text).toMatch(says);
  });
  test.each([
    ['II', [0x49, 0x49, 43, 0, 8, 0, 0, 0]],
    ['MM', [0x4d, 0x4d, 0, 43, 0, 8, 0, 0]],
  ])('BigTIFF (%s), by its name', async (_, head) =>
    expect(await left(Uint8Array.from([...head, ...Array(64).fill(0)]))).toMatch(
      /^FormatUnknown.*BigTIFF is not read\. Write classic TIFF/,
    ),
  );
});

describe('unpackPackBits()', () => {
  test('reads the example of the specification', () => {
    const packed = [0xfe, 0xaa, 0x02, 0x80, 0x00, 0x2a, 0xfd, 0xaa, 0x03, 0x80, 0x00, 0x2a, 0x22, 0xf7, 0xaa];
    const plain = 'aaaaaa80002aaaaaaaaa80002a22aaaaaaaaaaaaaaaaaaaa';
    expect(Buffer.from(unpackPackBits(Uint8Array.from(packed), 24) ?? []).toString('hex')).toBe(plain);
  });
  test('passes over padding', () => expect(unpackPackBits(Uint8Array.of(128, 0, 5, 128), 1)).toEqual(Uint8Array.of(5)));
  test('never gives more than it may', () => expect(unpackPackBits(Uint8Array.of(0x81, 1), 127)).toBeUndefined());
});

describe('unpackLzw()', () => {
  test('reads the example of the specification', () => {
    // Codes 256 7 258 8 8 258 6 6 257 of 9 bits each, section 13.
    const codes = [256, 7, 258, 8, 8, 258, 6, 6, 257].map((code) => code.toString(2).padStart(9, '0')).join('');
    const packed = Uint8Array.from({ length: Math.ceil(codes.length / 8) }, (_, i) =>
      Number.parseInt(codes.slice(8 * i, 8 * i + 8).padEnd(8, '0'), 2),
    );
    expect(unpackLzw(packed, 10)).toEqual(Uint8Array.of(7, 7, 7, 8, 8, 7, 7, 6, 6));
    expect(unpackLzw(packed, 8)).toBeUndefined();
  });
});
