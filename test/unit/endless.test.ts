import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { getOrThrow } from '../../src/domain/errors.js';
import {
  AttributeProto_AttributeType,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType,
  TensorProtoSchema,
} from '../../src/model/inference/onnx/onnx_pb.js';
import {
  decodeStack,
  encodeMp4,
  inspectModel,
  listStacks,
  openPool,
  stackFromBytes,
  stackFromFile,
} from '../../src/model.js';
import { builtWorker } from '../builtWorker.js';
import { failure, greyStack, single, told } from './runnerFixture.js';

/** Files and models that would take for ever, or all memory, are refused in bounded time. */

const worker = await builtWorker();
const folder = mkdtempSync(join(tmpdir(), 'tandem-endless-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

const [FLOAT, INT64, BOOL] = [TensorProto_DataType.FLOAT, TensorProto_DataType.INT64, TensorProto_DataType.BOOL];

const port = (name: string, elemType: number, dims: readonly (number | string)[]) => ({
  name,
  type: {
    value: {
      case: 'tensorType' as const,
      value: {
        elemType,
        shape: {
          dim: dims.map((size) => ({
            value:
              typeof size === 'number'
                ? { case: 'dimValue' as const, value: BigInt(size) }
                : { case: 'dimParam' as const, value: size },
          })),
        },
      },
    },
  },
});
const node = (opType: string, input: readonly string[], output: readonly string[], attribute: object[] = []) => ({
  opType,
  input: [...input],
  output: [...output],
  attribute,
});
const scalar = (name: string, dataType: number, data: object) => ({ name, dataType, dims: [], ...data });

/** As many rounds as the brightest byte of the stack times 10¹²: none for the zeros of a trial run. */
const looping = (): ModelProto =>
  create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [{ domain: '', version: 13n }],
    graph: {
      name: 'endless',
      input: [port('input', FLOAT, [1, 1, 'T', 4, 5])],
      output: [port('probability', FLOAT, [1, 1])],
      initializer: [
        scalar('many', INT64, { int64Data: [1_000_000_000_000n] }),
        scalar('start', FLOAT, { floatData: [0] }),
        { name: 'shape', dataType: INT64, dims: [2n], int64Data: [1n, 1n] },
      ],
      node: [
        node(
          'ReduceMax',
          ['input'],
          ['brightest'],
          [{ name: 'keepdims', type: AttributeProto_AttributeType.INT, i: 0n }],
        ),
        node('Ceil', ['brightest'], ['up']),
        node('Cast', ['up'], ['rounds'], [{ name: 'to', type: AttributeProto_AttributeType.INT, i: BigInt(INT64) }]),
        node('Mul', ['rounds', 'many'], ['trips']),
        node(
          'Loop',
          ['trips', '', 'start'],
          ['end'],
          [
            {
              name: 'body',
              type: AttributeProto_AttributeType.GRAPH,
              g: create(GraphProtoSchema, {
                name: 'body',
                input: [port('i', INT64, []), port('on', BOOL, []), port('value', FLOAT, [])],
                output: [port('go', BOOL, []), port('next', FLOAT, [])],
                node: [node('Identity', ['on'], ['go']), node('Sigmoid', ['value'], ['next'])],
              }),
            },
          ],
        ),
        node('Sigmoid', ['end'], ['p']),
        node('Reshape', ['p', 'shape'], ['probability']),
      ],
    },
  });

const saved = (name: string, model: ModelProto): string => {
  const path = join(folder, name);
  writeFileSync(path, toBinary(ModelProtoSchema, model));
  return path;
};

describe('a model without an end', () => {
  test('is stopped after the time of one pass, and its stacks have no score', async () => {
    const pool = getOrThrow(
      await openPool({ processes: 1, worker, passSeconds: 1.5 })({
        pipeline: single,
        models: [{ path: saved('loop.onnx', looping()) }],
      }),
    );
    const start = performance.now();
    const [dark, bright] = [greyStack(1, 4, 0), greyStack(1, 4)];
    const [lost, again] = await pool.predict([bright, dark]);
    expect(failure(lost)._tag).toBe('ModelTimedOut');
    expect(told(lost)).toMatch(/a model gave no answer for 1\.5 s\. Look at the model: a loop in it may have no end\./);
    // The next stack has a process of its own again.
    expect(E.isRight(again)).toBe(true);
    expect(performance.now() - start).toBeLessThan(30_000);
    await pool.close();
  });
});

describe('weights beside a model', () => {
  const withWeights = (length: string | undefined, hidden = false): ModelProto => {
    const model = looping();
    model.graph?.initializer.push(
      create(TensorProtoSchema, {
        name: 'weights',
        dataType: FLOAT,
        dims: [4n],
        dataLocation: TensorProto_DataLocation.EXTERNAL,
        externalData: [
          // A long entry before the key moves the bytes to which a search in the file might look.
          ...(hidden ? [{ key: 'note', value: 'x'.repeat(300) }] : []),
          { key: 'location', value: 'weights.bin' },
          ...(length === undefined ? [] : [{ key: 'length', value: length }]),
        ],
      }),
    );
    return model;
  };

  test.each([
    ['stated', '16'],
    ['of its shape', undefined],
  ])('must be as long as the model says, %s, before they are read', async (_, length) => {
    const path = saved('beside.onnx', withWeights(length));
    const weights = join(folder, 'weights.bin');
    writeFileSync(weights, '');
    // A hole of ten gigabytes takes no room, and half a minute to hash.
    truncateSync(weights, 10_000_000_000);
    const start = performance.now();
    const refused = await openPool({ processes: 1, worker })({ pipeline: single, models: [{ path }] });
    expect(told(refused)).toContain('its tensors take 16 bytes of weights.bin, which has 10000000000');
    expect(performance.now() - start).toBeLessThan(10_000);
    truncateSync(weights, 12);
    const short = await openPool({ processes: 1, worker })({ pipeline: single, models: [{ path }] });
    expect(told(short)).toContain('its tensors take 16 bytes of weights.bin, which has 12');
  });

  test('are found in the message, wherever they stand in the file', async () => {
    const path = saved('hidden.onnx', withWeights('16', true));
    expect(getOrThrow(await inspectModel(path)).external).toMatchObject([{ file: 'weights.bin', needs: 16 }]);
    rmSync(join(folder, 'weights.bin'), { force: true });
    const refused = await openPool({ processes: 1, worker })({ pipeline: single, models: [{ path }] });
    expect(told(refused)).toContain('its weights are in weights.bin, which is');
  });
});

test('inspectModel() takes time in proportion to the nodes', async () => {
  const chain = (n: number): ModelProto => {
    const names = Array.from({ length: n + 1 }, (_, i) => (i === 0 ? 'input' : i === n ? 'probability' : `v${i}`));
    return create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: [{ domain: '', version: 13n }],
      graph: {
        name: 'chain',
        input: [port('input', FLOAT, [1, 1])],
        output: [port('probability', FLOAT, [1, 1])],
        node: names.slice(1).map((name, i) => node('Identity', [names[i]], [name])),
      },
    });
  };
  const cpu = async (n: number): Promise<number> => {
    const bytes = toBinary(ModelProtoSchema, chain(n));
    const before = process.cpuUsage();
    const described = getOrThrow(await inspectModel(bytes));
    expect(described.nodes).toBe(n);
    const { user } = process.cpuUsage(before);
    return user;
  };
  await cpu(1000);
  const [few, many] = [await cpu(5_000), await cpu(80_000)];
  // Sixteen times the nodes; searched one by one it was 256 times the time.
  expect(many / few).toBeLessThan(100);
});

describe('a film', () => {
  test('whose frames are not of the size in its header is refused', async () => {
    const frame = new Uint8Array((64 * 48 * 3) / 2).fill(90);
    const coded = await encodeMp4()({
      stack: 'film',
      width: 64,
      height: 48,
      pixels: { _tag: 'Yuv', shiftX: 1, shiftY: 1, full: false },
      frames: Array.from({ length: 5 }, () => frame),
    });
    if (E.isLeft(coded)) return expect(coded.left._tag).toBe('DecoderMissing');
    const bytes = Buffer.from(coded.right);
    const at = bytes.indexOf('avc1', bytes.indexOf('stsd'));
    // Width and height of the sample entry.
    bytes.writeUInt16BE(32, at + 28);
    bytes.writeUInt16BE(24, at + 30);
    for (const decoder of ['webcodecs', 'ffmpeg'] as const) {
      const refused = await decodeStack({ decoder })(stackFromBytes('film', bytes));
      if (E.isLeft(refused) && refused.left._tag === 'DecoderMissing') continue;
      expect(told(refused)).toMatch(/its header says 32 × 24, and (frame 0 is|its frames are) 64 × 48/);
    }
  });

  test('that is a pipe, or has a name that is no UTF-8, is listed and named', async () => {
    const films = join(folder, 'films');
    mkdirSync(films);
    spawnSync('mkfifo', [join(films, 'pipe.mp4')]);
    writeFileSync(Buffer.concat([Buffer.from(`${films}/bad`), Buffer.from([0xff]), Buffer.from('.mp4')]), 'x');
    writeFileSync(join(films, 'film.webm'), 'x');
    const listed = getOrThrow(await listStacks()([films])).map(({ stackId }) => stackId);
    expect(listed.toSorted()).toEqual(['bad\uFFFD.mp4', 'film.webm', 'pipe.mp4'].toSorted());
    const refused = async (name: string) => told(await decodeStack()(stackFromFile(join(films, name))));
    expect(await refused('pipe.mp4')).toContain('it is a pipe, a socket or a device, which may have no end');
    expect(await refused('bad\uFFFD.mp4')).toContain('its name is not UTF-8, so it cannot be opened. Rename the file.');
  });

  test.skipIf(process.getuid?.() === 0)('in a folder that may not be read is told by that folder', async () => {
    const films = join(folder, 'closed');
    mkdirSync(join(films, 'inner'), { recursive: true });
    writeFileSync(join(films, 'a.mp4'), 'x');
    chmodSync(join(films, 'inner'), 0);
    const listed = getOrThrow(await listStacks()([films]));
    expect(listed.map(({ stackId }) => stackId).toSorted()).toEqual(['a.mp4', 'inner']);
    chmodSync(join(films, 'inner'), 0o755);
  });
});
