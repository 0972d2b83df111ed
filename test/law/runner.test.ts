import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { modelFit } from '../../src/model/inference/fit/modelFit.js';
import { scoreAll } from '../../src/model/inference/pool/lanes.js';
import { inputShape, padded, stackedTensors, type Tensor } from '../../src/model/pipeline/tensor.js';
import { type StackSource, stackFromFrames } from '../../src/model.js';
import { oriented } from '../unit/runnerFixture.js';

const stack = (i: number): StackSource =>
  stackFromFrames(`${i}`, { width: 1, height: 1, pixels: { _tag: 'Grey' }, frames: [] });
const later = (steps: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, steps));

describe('scoreAll()', () => {
  const streams = fc.record({
    delays: fc.array(fc.nat(3), { maxLength: 24 }),
    pauses: fc.array(fc.nat(3), { minLength: 1, maxLength: 4 }),
    lanes: fc.integer({ min: 1, max: 4 }),
    batch: fc.integer({ min: 1, max: 4 }),
  });

  test('gives every stack of a stream once, in batches of neighbours, and pulls no more than it can hold', async () => {
    await fc.assert(
      fc.asyncProperty(streams, async ({ delays, pauses, lanes, batch: size }) => {
        let pulled = 0;
        let read = 0;
        let most = 0;
        const batches: string[][] = [];
        async function* sources(): AsyncGenerator<StackSource> {
          for (const [i] of delays.entries()) {
            pulled++;
            most = Math.max(most, pulled - read);
            yield stack(i);
          }
        }
        const score = async (list: readonly StackSource[]) => {
          batches.push(list.map(({ stack: name }) => name));
          await later(delays[Number(list[0].stack)]);
          return list.map(({ stack: name }) => ({
            _tag: 'Left' as const,
            left: { _tag: 'Aborted' as const, stack: name, reason: '', fix: '' },
          }));
        };
        const seen: number[] = [];
        const work = { lanes, neighbours: size, score, isStopped: () => false, onStop: new Set<() => void>() };
        for await (const { index, source, result } of scoreAll(work, sources())) {
          read++;
          expect(source.stack).toBe(`${index}`);
          expect(result).toMatchObject({ left: { stack: `${index}` } });
          seen.push(index);
          await later(pauses[read % pauses.length]);
        }
        const all = delays.map((_, i) => i);
        expect(seen.toSorted((a, b) => a - b)).toEqual(all);
        const neighbours = batches.toSorted((a, b) => Number(a[0]) - Number(b[0]));
        expect(neighbours.flat()).toEqual(all.map(String));
        expect(neighbours.slice(0, -1).every((list) => list.length === size)).toBe(true);
        expect(most).toBeLessThanOrEqual(2 * lanes * size);
        expect(work.onStop.size).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});

describe('padded()', () => {
  const layouts = fc.constantFrom('DHWC' as const, 'CDHW' as const);
  test('is a row of stackedTensors()', () => {
    fc.assert(
      fc.property(
        layouts,
        fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 5 }),
        (layout, depths) => {
          const tensors = depths.map((depth): Tensor => {
            const shape = layout === 'DHWC' ? [depth, 2, 3, 2] : [2, depth, 2, 3];
            return { shape, data: Float32Array.from({ length: depth * 12 }, (_, i) => i + 1) };
          });
          const whole = stackedTensors(layout)(tensors);
          const size = whole.data.length / tensors.length;
          for (const [n, tensor] of tensors.entries()) {
            const one = padded(Math.max(...depths), layout)(tensor);
            expect(one.shape).toEqual(whole.shape.slice(1));
            expect(one.data).toEqual(whole.data.slice(n * size, (n + 1) * size));
          }
        },
      ),
    );
  });
});

describe('modelFit()', () => {
  test('gives roles to outputs in order, however they are spread over files', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }), (counts) => {
        const shape = inputShape(oriented);
        const files = counts.map((n, f) => ({
          name: `${f}`,
          inputs: [{ name: 'x', type: 'float32', shape }],
          outputs: Array.from({ length: n }, (_, o) => ({ name: `${f}.${o}`, type: 'float32', shape: ['N', 1] })),
        }));
        const names = files.flatMap(({ outputs }) => outputs.map(({ name }) => name));
        const models = names.map((role) => ({ role }));
        const { wiring } = modelFit({ ...oriented, models })(files);
        expect(wiring?.wires.map(({ role, output }) => [role.role, output])).toEqual(names.map((name) => [name, name]));
        expect(modelFit({ ...oriented, models: models.slice(1) })(files).wiring).toBeUndefined();
      }),
    );
  });
});
