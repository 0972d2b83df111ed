import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { format } from '../../src/domain/errors.js';
import { decodeStack, stackFromBytes } from '../../src/model.js';

const { width, height, cases } = JSON.parse(readFileSync(join(import.meta.dirname, 'tiff.json'), 'utf8')) as {
  readonly width: number;
  readonly height: number;
  readonly cases: readonly {
    readonly name: string;
    readonly stored: readonly (readonly [compression: number, predictor: number, strips: number])[];
    readonly base64: string;
  }[];
};
const SIZE = width * height * 3;

/** The pages of tiff.py. */
let x = 7;
const noise = Uint8Array.from({ length: SIZE }, () => {
  x = (Math.imul(1664525, x) + 1013904223) >>> 0;
  return x >>> 24;
});
const smooth = Uint8Array.from({ length: SIZE }, (_, i) => Math.floor(i / 9) + Math.floor(i / 120));

const decoded = (bytes: Uint8Array) => decodeStack()(stackFromBytes('golden.tif', bytes));

describe.each(cases)('$name, as libtiff packs it', ({ stored, base64 }) => {
  const file = Uint8Array.from(Buffer.from(base64, 'base64'));

  test('gives the pixels that were saved', async () => {
    const clip = await decoded(file);
    if (E.isLeft(clip)) throw new Error(format(clip.left));
    expect(clip.right).toMatchObject({ width, height, pixels: { _tag: 'Rgb' } });
    expect(clip.right.frames.map((frame) => Buffer.from(frame).toString('base64'))).toEqual(
      [noise, smooth].map((frame) => Buffer.from(frame).toString('base64')),
    );
  });

  test('cut anywhere, is no stack of fewer pages', async () => {
    for (let length = 4; length < file.length; length += 53) {
      const clip = await decoded(file.subarray(0, length));
      expect(clip, `cut to ${length} bytes`).toMatchObject({ left: { _tag: 'StackTruncated' } });
    }
  });

  test('with its pages’ lengths halved, is damaged', async () => {
    const half = file.slice();
    const view = new DataView(half.buffer);
    // Tag 279 with one LONG, of either page.
    const head = Uint8Array.of(0x17, 1, 4, 0, 1, 0, 0, 0);
    for (let at = Buffer.from(half).indexOf(head); at >= 0; at = Buffer.from(half).indexOf(head, at + 1)) {
      view.setUint32(at + 8, view.getUint32(at + 8, true) >>> 1, true);
    }
    expect(half).not.toEqual(file);
    expect(await decoded(half)).toMatchObject({ left: { _tag: 'StackDamaged', frame: 0 } });
  });

  test('was written as its name says', () => {
    expect(stored).toHaveLength(2);
    expect(stored[0]).toEqual(stored[1]);
  });
});
