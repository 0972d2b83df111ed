import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, onTestFinished, test } from 'vitest';
import { decodeOnnx, encodeOnnx, joined } from '../../src/model/inference/onnx/codec.js';
import { inspectModel } from '../../src/model/inference/onnx/inspect.js';
import { mergeFiles } from '../../src/model/inference/onnx/mergeFiles.js';
import { type MergeOptions, mergeEnsemble } from '../../src/model/inference/onnx/mergeGraphs.js';
import { type ModelProto, TensorProto_DataType } from '../../src/model/inference/onnx/onnx_pb.js';
import { graphsOf } from '../../src/model/inference/onnx/walk.js';

const FIXTURES = join(import.meta.dirname, '..', 'fixtures', 'onnx');
const fixture = (name: string): Uint8Array => readFileSync(join(FIXTURES, `${name}.onnx`));

const right = <Value>(either: E.Either<unknown, Value>): Value => {
  if (E.isLeft(either)) throw new Error(`expected a value, got ${JSON.stringify(either.left)}`);
  return either.right;
};
const merged = (names: readonly string[], options: MergeOptions = {}): Uint8Array =>
  right(mergeEnsemble(options)(names.map(fixture)));
const changed = (name: string, change: (model: ModelProto) => void): Uint8Array => {
  const model = right(decodeOnnx(name, fixture(name)));
  change(model);
  return joined(encodeOnnx(model));
};

/** Runs a model; the bytes of every output, in the model's order. */
const answers = async (
  session: InferenceSession,
  shape: readonly number[],
  values: Float32Array,
): Promise<readonly (readonly [string, Buffer])[]> => {
  const found = await session.run({ [session.inputNames[0]]: new Tensor('float32', values, shape) });
  return session.outputNames.map((name) => {
    const data = found[name].data as Float32Array;
    return [name, Buffer.from(data.buffer, data.byteOffset, data.byteLength)];
  });
};

const opened = async (model: Uint8Array | string): Promise<InferenceSession> => {
  const session = await (typeof model === 'string' ? InferenceSession.create(model) : InferenceSession.create(model));
  onTestFinished(() => session.release());
  return session;
};

/** The merged model answers as its members do, bit for bit, on random inputs. */
const answersAlike = async (
  members: readonly (Uint8Array | string)[],
  ensemble: Uint8Array | string,
  shapes: fc.Arbitrary<readonly number[]>,
): Promise<void> => {
  const alone = await Promise.all(members.map(opened));
  const together = await opened(ensemble);
  const inputs = shapes.chain((shape) => {
    const size = shape.reduce((product, n) => product * n, 1);
    return fc.tuple(
      fc.constant(shape),
      fc.float32Array({ minLength: size, maxLength: size, min: -10, max: 10, noNaN: true }),
    );
  });
  await fc.assert(
    fc.asyncProperty(inputs, async ([shape, values]) => {
      const expected: Buffer[] = [];
      for (const session of alone) for (const [, bytes] of await answers(session, shape, values)) expected.push(bytes);
      const found = (await answers(together, shape, values)).map(([, bytes]) => bytes);
      expect(found).toEqual(expected);
    }),
    { numRuns: 25, seed: 5 },
  );
};

const stacks = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 2, max: 7 }))
  .map(([n, t]) => [n, 1, t, 8, 8]);
const rows = fc.integer({ min: 1, max: 4 }).map((n) => [n, 3]);

describe('mergeEnsemble()', () => {
  test('gives one input and the outputs of all, and each answers as it did alone, bit for bit', async () => {
    const folds = ['fold_0', 'fold_1', 'fold_2'];
    const ensemble = merged(folds);
    await answersAlike(folds.map(fixture), ensemble, stacks);
    const { inputs, outputs } = right(await inspectModel(ensemble));
    expect(inputs.map(({ name }) => name)).toEqual(['input']);
    expect(outputs.map(({ name }) => name)).toEqual(['probability_0', 'probability_1', 'probability_2']);
  });

  test('keeps inner graphs, functions, sparse weights, left-out inputs and outputs that show an input', async () => {
    await answersAlike(['odd_0', 'odd_1'].map(fixture), merged(['odd_0', 'odd_1']), rows);
  });

  test('keeps initializers that are listed as inputs, as files before IR version 4 do', async () => {
    await answersAlike(['old_0', 'old_1'].map(fixture), merged(['old_0', 'old_1']), rows);
  });

  test('keeps instance normalisation', async () => {
    await answersAlike(['instance', 'instance'].map(fixture), merged(['instance', 'instance']), stacks);
  });

  test('merges what is merged already', async () => {
    const pair = merged(['fold_0', 'fold_1']);
    const all = right(mergeEnsemble()([pair, fixture('fold_2')]));
    await answersAlike(['fold_0', 'fold_1', 'fold_2'].map(fixture), all, stacks);
  });

  test('leaves no name of one member for another to meet', () => {
    const { graph, functions } = right(decodeOnnx('merged', merged(['odd_0', 'odd_1'])));
    const graphs = graph === undefined ? [] : graphsOf(graph);
    const made = graphs.flatMap(({ node, initializer }) => [
      ...node.flatMap(({ output }) => output),
      ...initializer.map(({ name }) => name),
    ]);
    expect(new Set(made).size).toBe(made.length);
    expect(new Set(functions.map(({ name }) => name)).size).toBe(4);
    const nodes = graphs.flatMap(({ node }) => node.map(({ name }) => name).filter((name) => name !== ''));
    expect(new Set(nodes).size).toBe(nodes.length);
    expect(graph?.quantizationAnnotation.map(({ tensorName }) => tensorName)).toEqual([
      'member_0/shifted',
      'member_1/shifted',
    ]);
    expect(graph?.quantizationAnnotation.map((a) => a.quantParameterTensorNames[0].value)).toEqual([
      'member_0/top',
      'member_1/top',
    ]);
    expect(graph?.valueInfo.map(({ name }) => name)).toContain('member_1/shifted');
  });

  test('takes an input that is called like its own inner names', async () => {
    const called = (name: string) =>
      changed('fold_0', ({ graph }) => {
        for (const input of graph?.input ?? []) input.name = name;
        for (const node of graph?.node ?? []) node.input = node.input.map((it) => (it === 'input' ? name : it));
      });
    const members = [called('member_0/x'), called('member_0/x')];
    await answersAlike(members, right(mergeEnsemble()(members)), stacks);
  });

  test('gives the same bytes for the same models, and the names asked for', async () => {
    const names = ['one', 'two'];
    const ensemble = merged(['fold_0', 'fold_1'], { names });
    expect(Buffer.compare(ensemble, merged(['fold_0', 'fold_1'], { names }))).toBe(0);
    expect(right(await inspectModel(ensemble)).outputs.map(({ name }) => name)).toEqual(names);
    expect(() => merged(['fold_0', 'fold_1'], { names: ['one'] })).toThrow('names: expected 2, one per output, got 1');
    expect(() => merged(['fold_0', 'fold_1'], { names: ['a', 'a'] })).toThrow('distinct');
    expect(() => mergeEnsemble()([])).toThrow(RangeError);
  });

  test.each([
    ['IR version', ['fold_0', 'old_0'], 'IR version 3 instead of the 7'],
    ['rank', ['fold_0', 'softmax'], 'input float32 [free, 3, 16, 16] instead of the float32 [free, 1, free, 8, 8]'],
  ])('says when the %s differs', (_what, names, words) => {
    const failure = mergeEnsemble()(names.map(fixture));
    expect(failure).toMatchObject({ left: { _tag: 'ModelsDiffer', model: 'model 2 of 2' } });
    expect(JSON.stringify(failure)).toContain(words);
  });

  test('says when opset, element type or number of inputs differ', () => {
    const of = (change: (model: ModelProto) => void): unknown =>
      mergeEnsemble()([fixture('fold_0'), changed('fold_0', change)]);
    expect(
      of((model) => {
        model.opsetImport[0].version = 13n;
      }),
    ).toMatchObject({ left: { _tag: 'ModelsDiffer', reason: 'opset ai.onnx 13 instead of the 14 of model 1 of 2' } });
    expect(
      of(({ graph }) => {
        const type = graph?.input[0].type?.value;
        if (type?.case === 'tensorType') type.value.elemType = TensorProto_DataType.DOUBLE;
      }),
    ).toMatchObject({ left: { _tag: 'ModelsDiffer', reason: expect.stringContaining('input float64') } });
    expect(of(({ graph }) => graph?.input.push({ ...graph.input[0], name: 'second' }))).toMatchObject({
      left: { _tag: 'ModelsDiffer', reason: expect.stringContaining('2 input(s) instead of the 1') },
    });
  });

  test('says which model is none', () => {
    expect(mergeEnsemble()([fixture('fold_0'), new Uint8Array([1, 2, 3])])).toMatchObject({
      left: { _tag: 'ModelUnreadable', model: 'model 2 of 2' },
    });
  });

  test('refuses more than protobuf can hold, before it reads a byte', () => {
    // Never filled, so the pages are never there.
    const half = new Uint8Array(1.1e9);
    expect(mergeEnsemble()([half, half])).toMatchObject({
      left: { _tag: 'ModelTooLarge', reason: '2.2 GB, and ONNX files end at 2 GB' },
    });
  });
});

describe('mergeFiles()', () => {
  const folder = (): string => {
    const dir = mkdtempSync(join(tmpdir(), 'tandem-merge-'));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    return dir;
  };

  test('leaves weights in files of their own where they are', async () => {
    const dir = folder();
    const names = ['external_0.onnx', 'external_1.onnx', 'external_0.weights', 'external_1.weights'];
    for (const name of names) copyFileSync(join(FIXTURES, name), join(dir, name));
    const paths = names.slice(0, 2).map((name) => join(dir, name));
    const out = join(dir, 'both.onnx');
    expect(right(await mergeFiles(out, paths)).external).toEqual([
      { file: 'external_0.weights', tensors: 1, needs: 1024, bytes: 1024 },
      { file: 'external_1.weights', tensors: 1, needs: 1024, bytes: 1024 },
    ]);
    await answersAlike(paths, out, fc.constant([2, 64]));
    expect(readdirSync(dir).sort()).toEqual([...names, 'both.onnx'].sort());
  });

  test('refuses to write where the weights would not be found', async () => {
    const dir = folder();
    const failure = await mergeFiles(join(dir, 'both.onnx'), [join(FIXTURES, 'external_0.onnx')]);
    expect(failure).toMatchObject({ left: { _tag: 'WeightsElsewhere', model: join(FIXTURES, 'external_0.onnx') } });
    expect(readdirSync(dir)).toEqual([]);
  });
});
