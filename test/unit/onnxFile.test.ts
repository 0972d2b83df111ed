import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { format } from '../../src/domain/errors.js';
import { modelFit } from '../../src/model/inference/fit/modelFit.js';
import { decodeOnnx, encodeOnnx, joined } from '../../src/model/inference/onnx/codec.js';
import { inspectModel, type ModelDescription } from '../../src/model/inference/onnx/inspect.js';
import type { Pipeline } from '../../src/model/pipeline/pipeline.js';
import { presets } from '../../src/model/pipeline/presets/presets.js';

const FIXTURES = join(import.meta.dirname, '..', 'fixtures', 'onnx');
const path = (name: string): string => join(FIXTURES, `${name}.onnx`);
const files = readdirSync(FIXTURES).filter((name) => name.endsWith('.onnx'));

const described = async (model: string | Uint8Array): Promise<ModelDescription> => {
  const found = await inspectModel(model);
  if (E.isLeft(found)) throw new Error(format(found.left));
  return found.right;
};

/** Decoded and encoded again. */
const again = (bytes: Uint8Array): Uint8Array => {
  const model = decodeOnnx('model', bytes);
  if (E.isLeft(model)) throw new Error(format(model.left));
  return joined(encodeOnnx(model.right));
};

describe('encodeOnnx ∘ decodeOnnx', () => {
  test.each(files)('gives the bytes of %s', (name) => {
    const bytes = readFileSync(join(FIXTURES, name));
    expect(Buffer.compare(again(bytes), bytes)).toBe(0);
  });

  test('keeps fields of versions to come', () => {
    // Field 99, two bytes long.
    const bytes = Buffer.concat([readFileSync(path('fold_0')), Buffer.from([0x9a, 0x06, 2, 7, 7])]);
    expect(Buffer.compare(again(bytes), bytes)).toBe(0);
  });
});

describe('inspectModel()', () => {
  test('describes an exported network', async () => {
    const bytes = readFileSync(path('instance'));
    expect(await described(path('instance'))).toEqual({
      name: path('instance'),
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      irVersion: 7,
      opsets: [{ domain: 'ai.onnx', version: 14 }],
      producer: { name: 'pytorch', version: '1.13.0' },
      inputs: [{ name: 'input', type: 'float32', shape: ['N', 1, 'T', 8, 8] }],
      outputs: [{ name: 'logit', type: 'float32', shape: ['N', 1], madeBy: 'Gemm' }],
      nodes: 6,
      // Convolution 4 × 27 without bias, normalisation 4 + 4, linear 4 + 1.
      parameters: 121,
      operators: ['Conv', 'Flatten', 'Gemm', 'GlobalAveragePool', 'InstanceNormalization', 'Relu'].map((operator) => ({
        operator,
        count: 1,
      })),
      ownMoments: { instance: 1, training: 0 },
      external: [],
    });
  });

  test('tells batch normalisation that was left in training mode', async () => {
    expect((await described(path('training'))).ownMoments).toEqual({ instance: 0, training: 1 });
    expect((await described(path('logit'))).ownMoments).toEqual({ instance: 0, training: 0 });
  });

  test('counts inner graphs, and leaves out inputs that are weights', async () => {
    expect((await described(path('odd_0'))).nodes).toBe(12);
    expect((await described(path('old_0'))).inputs.map(({ name }) => name)).toEqual(['x']);
  });

  test('finds weights in files of their own, or says that they are missing', async () => {
    expect((await described(path('external_0'))).external).toEqual([
      { file: 'external_0.weights', tensors: 1, needs: 1024, bytes: 1024 },
    ]);
    const folder = mkdtempSync(join(tmpdir(), 'tandem-onnx-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    copyFileSync(path('external_0'), join(folder, 'moved.onnx'));
    expect((await described(join(folder, 'moved.onnx'))).external).toEqual([
      { file: 'external_0.weights', tensors: 1, needs: 1024 },
    ]);
  });

  test.each([
    ['nothing', ''],
    ['a text', 'stack,score\n100000.mp4,0.5\n'],
    ['a page', '<!doctype html><html><body>404</body></html>'],
    ['zeros', '\0'.repeat(64)],
  ])('says of %s that it is no model', async (_what, text) => {
    expect(await inspectModel(new TextEncoder().encode(text))).toMatchObject({ left: { _tag: 'ModelUnreadable' } });
  });

  test('never throws, wherever a file is cut or hit', async () => {
    const bytes = readFileSync(path('odd_0'));
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(255), fc.boolean(), async (at, byte, cut) => {
        const broken = Uint8Array.from(cut ? bytes.subarray(0, at) : bytes);
        if (!cut) broken[at] = byte;
        const found = await inspectModel(broken);
        expect(E.isRight(found) || found.left._tag === 'ModelUnreadable').toBe(true);
      }),
      { numRuns: 300, seed: 3 },
    );
  });

  test('refuses a file of more than 2 GB without reading it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tandem-onnx-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const huge = join(folder, 'huge.onnx');
    openSync(huge, 'w');
    // Sparse: it takes no room on the disk.
    truncateSync(huge, 2.5e9);
    expect(await inspectModel(huge)).toMatchObject({
      left: { _tag: 'ModelTooLarge', reason: '2.5 GB, and ONNX files end at 2 GB' },
    });
  });

  test('says that a file is not there', async () => {
    expect(await inspectModel(path('nowhere'))).toMatchObject({ left: { _tag: 'IoFailure', doing: 'read' } });
  });
});

describe('modelFit()', () => {
  /** What the small networks of the fixtures were made for. */
  const small: Pipeline = {
    ...presets.kbrodtAlone,
    name: 'small',
    resize: { method: 'linear', height: 8, width: 8 },
    models: [{ role: 'one' }],
    output: 'probability',
  };
  const differences = async (pipeline: Pipeline, ...names: readonly string[]): Promise<readonly string[]> =>
    modelFit(pipeline)(await Promise.all(names.map((name) => described(path(name))))).mismatches.map(
      ({ found, fix }) => `${found}. ${fix}`,
    );

  test('is nothing for a model that fits', async () => {
    expect(await differences(small, 'fold_0')).toEqual([]);
    expect(await differences({ ...small, output: 'logit' }, 'logit')).toEqual([]);
    expect(await differences({ ...small, output: 'logit', batchNorm: 'instance' }, 'instance')).toEqual([]);
  });

  test.each<[string, Partial<Pipeline>, string, string]>([
    ['rank', {}, 'softmax', '4 axes, not 5'],
    ['sizes', { resize: { method: 'linear', height: 9, width: 9 } }, 'fold_0', 'write them in `resize`'],
    ['channels', { channels: ['red', 'green', 'blue'] }, 'fold_0', 'write them in `channels`'],
    ['a sigmoid that is missing', {}, 'logit', 'comes from Gemm, so it is a logit'],
    ['a sigmoid too many', { output: 'logit' }, 'fold_0', 'comes from Sigmoid, so it is a probability'],
    ['fixed moments', { batchNorm: 'instance' }, 'fold_0', 'the export fixed the training set'],
    ['own moments', { output: 'logit' }, 'instance', 'says batchNorm "moving"'],
    ['training mode', { output: 'logit', batchNorm: 'instance' }, 'training', 'in training mode'],
    ['another file', { models: [{ role: 'one', sha256: 'a'.repeat(64) }] }, 'fold_0', 'none of those pinned'],
    [
      'missing votes',
      { ensemble: { _tag: 'Votes', atLeast: 2 }, models: [{ role: 'a' }, { role: 'b' }, { role: 'c' }] },
      'fold_0',
      'the files have 1 output, and pipeline small names 3 models (a, b, c)',
    ],
  ])('names %s', async (_what, change, name, words) => {
    expect((await differences({ ...small, ...change }, name)).join('\n')).toContain(words);
  });

  test('tells channels last from channels second, and a depth that is fixed', async () => {
    const model = await described(path('fold_0'));
    const shaped = (...shape: (number | string)[]): string =>
      modelFit(small)([{ ...model, inputs: [{ ...model.inputs[0], shape }] }])
        .mismatches.map(({ found, fix }) => `${found}. ${fix}`)
        .join('\n');
    expect(shaped('N', 'T', 8, 8, 1)).toContain('the channels stand last, not second');
    expect(shaped('N', 1, 64, 8, 8)).toContain('it takes 64 frames and no other number');
    expect(shaped('N', 1, 'T', 'H', 'W')).toBe('');
  });

  test('minds only the outputs that the pipeline names, where it names them', async () => {
    const model = await described(path('fold_0'));
    const more = { ...model, outputs: [{ name: 'features', type: 'float16', shape: ['N', 512] }, ...model.outputs] };
    const naming = (output: string): Pipeline => ({ ...small, models: [{ role: 'one', output }] });
    expect(modelFit(naming('probability'))([more]).mismatches).toEqual([]);
    expect(modelFit(naming('chance'))([model]).mismatches).toMatchObject([
      { found: 'there is no output called chance, as pipeline small has it' },
    ]);
  });

  test('names other element types, several inputs, several answers, missing weights', async () => {
    const model = await described(path('fold_0'));
    const [[input], [output]] = [model.inputs, model.outputs];
    const found = modelFit(small)([
      {
        ...model,
        inputs: [{ ...input, type: 'float16' }],
        outputs: [{ ...output, shape: ['N', 3] }],
        external: [{ file: 'w.bin', tensors: 2, needs: 8 }],
      },
      { ...model, inputs: [input, { ...input, name: 'mask' }] },
    ]).mismatches;
    expect(found.map((difference) => difference.found)).toEqual([
      'the files have 2 outputs, and pipeline small names 1 model (one)',
      'input "input" is of float16, and pipelines make float32',
      'output "probability" gives 3 numbers for a stack, and pipeline small reads 1 (probability)',
      'the weights of 2 tensors are in w.bin, which is not beside the model',
      'it has 2 inputs (input, mask), and a pipeline fills one',
    ]);
  });
});
