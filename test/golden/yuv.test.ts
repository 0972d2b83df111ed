import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pixelMask, yuvMask } from '../../src/kernel/image/outline/colourMask.js';
import { chromaPlanes, type YuvLayout, yuvToPixelsInto } from '../../src/kernel/image/yuv.js';

interface Case extends YuvLayout {
  readonly format: string;
  readonly seed: number;
  readonly sha256: string;
}

const { cases } = JSON.parse(readFileSync(join(import.meta.dirname, 'yuv.json'), 'utf8')) as {
  readonly cases: readonly Case[];
};

/** The generator of yuv.py. */
const frameOf = (c: Case): Uint8Array => {
  let x = c.seed;
  const whitest = c.shiftX === 0 && !c.full ? 235 : 255;
  return Uint8Array.from({ length: chromaPlanes(c).bytes }, (_, i) => {
    x = (Math.imul(1664525, x) + 1013904223) >>> 0;
    return i < c.width * c.height ? Math.min(x >>> 24, whitest) : x >>> 24;
  });
};

const pixelsOf = (c: Case, wanted: readonly ('red' | 'green' | 'blue')[]): Uint8Array => {
  const out = new Uint8Array(c.width * c.height * 3);
  const box = { row0: 0, row1: c.height, col0: 0, col1: c.width };
  yuvToPixelsInto(out, 0, { frame: frameOf(c), layout: c, box }, wanted);
  return out;
};

const named = cases.map((c) => [`${c.format} ${c.width}×${c.height}`, c] as const);

test.each(named)('%s becomes the pixels ffmpeg and OpenCV make of it', (_, c) => {
  const bgr = pixelsOf(c, ['blue', 'green', 'red']);
  expect(createHash('sha256').update(bgr).digest('hex')).toBe(c.sha256);
});

const RANGES = [
  { red: [104, 255], green: [13, 143], blue: [9, 98] },
  { red: [200, 255], green: [0, 150], blue: [0, 150] },
  { red: [0, 255], green: [0, 255], blue: [0, 255] },
  { red: [1, 254], green: [1, 254], blue: [1, 254] },
  { red: [255, 255], green: [0, 0], blue: [0, 255] },
] as const;

test.each(named)('%s: a mask without converting is the mask of the converted frame', (_, c) => {
  const scratch = (): Uint32Array => new Uint32Array(c.width * c.height);
  for (const range of RANGES) {
    const quick = yuvMask({ frame: frameOf(c), layout: c }, range, scratch());
    const slow = pixelMask(pixelsOf(c, ['red', 'green', 'blue']), 3, range, scratch());
    expect(quick.at.slice(0, quick.count).sort()).toEqual(slow.at.slice(0, slow.count));
  }
});
