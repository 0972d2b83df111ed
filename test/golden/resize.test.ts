import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { resizeArea, resizeLinear } from '../../src/kernel/image/resize/resizeOpenCv.js';
import { zoomTrilinear } from '../../src/kernel/image/resize/zoomTrilinear.js';
import type { Volume } from '../../src/kernel/image/volume.js';

interface Case {
  readonly method: 'linear' | 'area' | 'zoomTrilinear';
  readonly why: string;
  readonly seed: number;
  readonly shape: readonly [number, number, number, number];
  readonly to: readonly number[];
  readonly sha256: string;
}

const { cases } = JSON.parse(readFileSync(join(import.meta.dirname, 'resize.json'), 'utf8')) as {
  readonly cases: readonly Case[];
};

/** The generator of resize.py. */
const pixels = ({ seed, shape: [depth, height, width, channels] }: Case): Volume => {
  const data = new Uint8Array(depth * height * width * channels);
  let x = seed;
  for (let i = 0; i < data.length; i++) {
    x = (Math.imul(1664525, x) + 1013904223) >>> 0;
    data[i] = x >>> 24;
  }
  return { data, depth, height, width, channels };
};

const resized = (c: Case): Volume => {
  if (c.method !== 'zoomTrilinear') {
    const [height, width] = c.to;
    return (c.method === 'linear' ? resizeLinear : resizeArea)(pixels(c), { height, width });
  }
  const [depth, height, width] = c.to;
  return zoomTrilinear(pixels(c), { depth, height, width });
};

describe.each(['linear', 'area', 'zoomTrilinear'] as const)('%s', (method) => {
  const own = cases.filter((c) => c.method === method);
  test.each(own.map((c) => [`${c.why}: ${c.shape.join('×')} → ${c.to.join('×')}`, c] as const))('%s', (_, c) => {
    expect(createHash('sha256').update(resized(c).data).digest('hex')).toBe(c.sha256);
  });
});
