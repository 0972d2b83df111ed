import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { flipInto, type Turn } from '../../src/kernel/image/flips.js';
import { groupMeans, montage } from '../../src/kernel/image/groupMeans.js';
import { resizeBicubic } from '../../src/kernel/image/resize/resizeBicubic.js';
import { resizeArea, resizeLinear } from '../../src/kernel/image/resize/resizeOpenCv.js';
import { zoomTrilinear } from '../../src/kernel/image/resize/zoomTrilinear.js';
import { emptyVolume, type Volume } from '../../src/kernel/image/volume.js';
import { cropOf, everyRow } from '../../src/model/pipeline/crop.js';
import {
  decodePipeline,
  encodePipeline,
  ensembleScore,
  flipped,
  orientations,
  presets,
  stackedTensors,
  type Tensor,
} from '../../src/model.js';

const side = (most = 9): fc.Arbitrary<number> => fc.integer({ min: 1, max: most });

const volume = (): fc.Arbitrary<Volume> =>
  fc.record({ depth: side(6), height: side(), width: side(), channels: fc.constantFrom(1, 2, 3) }).chain((shape) =>
    fc
      .uint8Array({
        minLength: shape.depth * shape.height * shape.width * shape.channels,
        maxLength: shape.depth * shape.height * shape.width * shape.channels,
      })
      .map((data) => ({ ...shape, data })),
  );

const turn = (): fc.Arbitrary<Turn> => fc.record({ depth: fc.boolean(), rows: fc.boolean(), cols: fc.boolean() });

const turned = (v: Volume, by: Turn): Volume => {
  const data = new Uint8Array(v.data.length);
  flipInto(data, v.data, v, by);
  return { ...v, data };
};

const size = (): fc.Arbitrary<{ readonly height: number; readonly width: number }> =>
  fc.record({ height: side(20), width: side(20) });

const tensor = (): fc.Arbitrary<Tensor> =>
  volume().map((v) => ({ data: Float32Array.from(v.data), shape: [v.depth, v.height, v.width, v.channels] }));

const RESIZES = { linear: resizeLinear, area: resizeArea, bicubic: resizeBicubic } as const;

describe('flips', () => {
  test('twice is never', () => {
    fc.assert(
      fc.property(volume(), turn(), (v, by) => {
        expect(turned(turned(v, by), by)).toEqual(v);
      }),
    );
  });

  test('commute, and compose axis by axis', () => {
    fc.assert(
      fc.property(volume(), turn(), turn(), (v, a, b) => {
        const both = { depth: a.depth !== b.depth, rows: a.rows !== b.rows, cols: a.cols !== b.cols };
        expect(turned(turned(v, a), b)).toEqual(turned(v, both));
      }),
    );
  });

  test('a mean over all eight is the same for a turned stack', () => {
    // Any model will do; this one is anything but symmetric. Whole numbers keep its sums exact.
    const model = ({ data }: Tensor): number => data.reduce((sum, x, i) => sum + x * ((i * 7919) % 101), 0);
    const mean = (t: Tensor): number =>
      presets.zfturbo.flips.reduce((sum, flip) => sum + model(flipped(flip, 'DHWC')(t)), 0);
    fc.assert(
      fc.property(tensor(), fc.constantFrom(...presets.zfturbo.flips), (t, flip) => {
        expect(mean(flipped(flip, 'DHWC')(t))).toBe(mean(t));
      }),
    );
  });

  test('are the same whichever way channels lie', () => {
    fc.assert(
      fc.property(volume(), fc.constantFrom(...presets.zfturbo.flips), (v, flip) => {
        const planar = (data: ArrayLike<number>): Float32Array => {
          const voxels = v.data.length / v.channels;
          return Float32Array.from(
            { length: data.length },
            (_, i) => data[(i % voxels) * v.channels + Math.floor(i / voxels)],
          );
        };
        const inner = flipped(
          flip,
          'DHWC',
        )({ data: Float32Array.from(v.data), shape: [v.depth, v.height, v.width, v.channels] });
        const outer = flipped(flip, 'CDHW')({ data: planar(v.data), shape: [v.channels, v.depth, v.height, v.width] });
        expect(outer.data).toEqual(planar(inner.data));
      }),
    );
  });
});

describe('resizes', () => {
  test.each(Object.entries(RESIZES))('%s of a constant is that constant', (_, resize) => {
    fc.assert(
      fc.property(volume(), size(), fc.integer({ min: 0, max: 255 }), (v, to, byte) => {
        const out = resize({ ...v, data: new Uint8Array(v.data.length).fill(byte) }, to);
        expect(new Set(out.data)).toEqual(new Set([byte]));
      }),
    );
  });

  test('zoomTrilinear of a constant is that constant, but for places beyond the last by a rounding', () => {
    fc.assert(
      fc.property(volume(), size(), side(20), fc.integer({ min: 1, max: 255 }), (v, to, depth, byte) => {
        const out = zoomTrilinear({ ...v, data: new Uint8Array(v.data.length).fill(byte) }, { ...to, depth });
        const isOutside = (nIn: number, nOut: number): boolean => (nOut - 1) * ((nIn - 1) / (nOut - 1)) > nIn - 1;
        const hasBlack = isOutside(v.depth, depth) || isOutside(v.height, to.height) || isOutside(v.width, to.width);
        expect(new Set(out.data)).toEqual(new Set(hasBlack ? [byte, 0] : [byte]));
      }),
    );
  });

  test.each([...Object.entries(RESIZES), ['zoomTrilinear', (v: Volume): Volume => zoomTrilinear(v, v)] as const])(
    '%s to the same size changes nothing',
    (_, resize) => {
      fc.assert(
        fc.property(volume(), (v) => {
          expect(resize(v, v).data).toEqual(v.data);
        }),
      );
    },
  );

  test.each([50, 60, 99, 106, 112])('%i planes make a black 96th, the neighbours do not', (planes) => {
    const white = (depth: number): Volume => ({
      data: new Uint8Array(depth * 4).fill(255),
      depth,
      height: 2,
      width: 2,
      channels: 1,
    });
    const last = (depth: number): number =>
      zoomTrilinear(white(depth), { depth: 96, height: 2, width: 2 }).data[95 * 4];
    expect([last(planes - 1), last(planes), last(planes + 1)]).toEqual([255, 0, 255]);
  });

  test('planes do not know of one another', () => {
    fc.assert(
      fc.property(volume(), size(), fc.constantFrom(...Object.values(RESIZES)), (v, to, resize) => {
        const plane = v.data.length / v.depth;
        const last = { ...v, depth: 1, data: v.data.slice(-plane) };
        expect(resize(v, to).data.slice(-resize(last, to).data.length)).toEqual(resize(last, to).data);
      }),
    );
  });
});

describe('crops', () => {
  test('crop ∘ pad = id', () => {
    fc.assert(
      fc.property(
        fc.record({ height: side(), width: side(), top: side(5), left: side(5), frames: side(4), seed: side(255) }),
        ({ height, width, top, left, frames, seed }) => {
          const inner = emptyVolume({ depth: frames, height, width, channels: 3 });
          for (let i = 0; i < inner.data.length; i++) inner.data[i] = (i * seed) & 255;
          const [h, w] = [height + 2 * top, width + left];
          const padded = Array.from({ length: frames }, (_, d) => {
            const frame = new Uint8Array(h * w * 3);
            for (let row = 0; row < height; row++) {
              const at = (d * height + row) * width * 3;
              frame.set(inner.data.subarray(at, at + width * 3), ((row + top) * w + left) * 3);
            }
            return frame;
          });
          const clip = { stack: 's', width: w, height: h, pixels: { _tag: 'Rgb' }, frames: padded } as const;
          const box = { row0: top, row1: top + height, col0: left, col1: left + width };
          expect(cropOf(clip, { box }, ['red', 'green', 'blue'])).toEqual(inner);
        },
      ),
    );
  });

  test('every first row is every row', () => {
    fc.assert(
      fc.property(volume(), (v) => {
        expect(everyRow(v, 1)).toEqual(v);
      }),
    );
  });
});

describe('depth', () => {
  test('means over as many groups as planes are the planes', () => {
    fc.assert(
      fc.property(volume(), (v) => {
        expect(groupMeans(v, v.depth)).toEqual(v);
      }),
    );
  });

  test('a montage holds every pixel once', () => {
    fc.assert(
      fc.property(volume(), (v) => {
        const sum = (data: Uint8Array): number => data.reduce((a, b) => a + b, 0);
        expect(sum(montage(v, 2).data)).toBe(sum(v.data));
      }),
    );
  });

  test('a batch gives back what went in, and zeros', () => {
    fc.assert(
      fc.property(volume(), side(5), (v, more) => {
        const a: Tensor = { data: Float32Array.from(v.data), shape: [v.depth, v.height, v.width, v.channels] };
        const longer = new Float32Array(a.data.length + more * v.height * v.width * v.channels).fill(1);
        const b: Tensor = { data: longer, shape: [v.depth + more, v.height, v.width, v.channels] };
        const { data, shape } = stackedTensors('DHWC')([a, b]);
        expect(shape).toEqual([2, ...b.shape]);
        expect(data.slice(0, a.data.length)).toEqual(a.data);
        expect(data.slice(a.data.length, longer.length).every((x) => x === 0)).toBe(true);
        expect(data.slice(longer.length)).toEqual(longer);
      }),
    );
  });

  test('orientations come in the order of the pipeline', () => {
    fc.assert(
      fc.property(tensor(), (t) => {
        const all = orientations(presets.zfturbo)(t);
        for (const [i, flip] of presets.zfturbo.flips.entries()) {
          const own = all.data.slice(i * t.data.length, (i + 1) * t.data.length);
          expect(own).toEqual(flipped(flip, 'DHWC')(t).data);
        }
      }),
    );
  });
});

describe('verdicts', () => {
  const answers = (models: number, flips: number): fc.Arbitrary<number[][]> => {
    const p = fc.double({ min: 0, max: 1, noNaN: true });
    const row = fc.array(p, { minLength: flips, maxLength: flips });
    return fc.array(row, { minLength: models, maxLength: models });
  };

  test('a higher answer never turns stalled into flowing', () => {
    for (const pipeline of Object.values(presets)) {
      const { models, flips } = pipeline;
      fc.assert(
        fc.property(answers(models.length, flips.length), fc.nat(), fc.nat(), (given, m, f) => {
          const raised = given.map((row, i) =>
            i === m % models.length ? row.map((p, k) => (k === f % flips.length ? 1 : p)) : row,
          );
          expect(ensembleScore(pipeline)(raised).label).toBeGreaterThanOrEqual(ensembleScore(pipeline)(given).label);
        }),
      );
    }
  });

  test('the order of models does not matter to votes', () => {
    const { models } = presets.lauraOnac;
    fc.assert(
      fc.property(answers(3, 1), (given) => {
        const reversed = { ...presets.lauraOnac, models: models.toReversed() };
        expect(ensembleScore(reversed)(given.toReversed()).label).toBe(ensembleScore(presets.lauraOnac)(given).label);
      }),
    );
  });

  test('no number stands for a missing answer', () => {
    expect(() => ensembleScore(presets.kbrodt)([[0.5], [0.5], [0.5], [0.5]])).toThrow('5 models');
    expect(() => ensembleScore(presets.azKa)([[Number.NaN]])).toThrow('ResNet18');
  });
});

describe('pipelines', () => {
  test.each(Object.entries(presets))('%s survives JSON', (name, preset) => {
    expect(decodePipeline(name, encodePipeline(preset))).toEqual(E.right(preset));
  });
});
