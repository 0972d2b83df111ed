import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { loadRuntime } from '../../src/model/inference/runtime.js';
import { openPool, openPredictor } from '../../src/model.js';
import { builtWorker } from '../builtWorker.js';
import { failure, got, greyStack, model, oriented, runner, told } from './runnerFixture.js';

/** A model of a few hundred bytes whose weights stand in a file beside it. */

const worker = await builtWorker();
const folder = mkdtempSync(join(tmpdir(), 'tandem-weights-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, 'apart.onnx');
const beside = join(folder, 'weightsApart.bin');
beforeEach(() => {
  cpSync(model('weightsApart'), path);
  cpSync(join(model('weightsApart'), '..', 'weightsApart.bin'), beside);
});

const sha256 = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');
const damage = (): void => {
  const bytes = readFileSync(beside);
  bytes[bytes.length - 1] ^= 1;
  writeFileSync(beside, bytes);
};

describe.each(['node', 'web'] as const)('with onnxruntime-%s', (runtime) => {
  test('weights beside the model are read, and named with their hash', async () => {
    const predictor = got(await openPredictor({ runtime })({ pipeline: oriented, models: [{ path }] }));
    expect(predictor.models[0]).toMatchObject({
      sha256: sha256(path),
      weights: [{ file: 'weightsApart.bin', sha256: sha256(beside) }],
    });
    const [score] = await predictor.predict([greyStack(runner.cases[0].seed, 3)]);
    for (const [f, p] of got(score).answers[0].entries()) expect(p).toBeCloseTo(runner.cases[0].answers[0][f], 5);
    await predictor.close();
  });

  test('weights that are missing are asked for by name', async () => {
    rmSync(beside);
    const result = await openPredictor({ runtime })({ pipeline: oriented, models: [{ path }] });
    expect(failure(result)._tag).toBe('WeightsElsewhere');
    expect(told(result)).toMatch(/apart\.onnx: its weights are in weightsApart\.bin, which is not beside it\. Put/);
  });
});

test('a name that leads out of the folder is not followed', async () => {
  const [own, other] = ['weightsApart.bin', '../elsewhere.bin'];
  expect(other.length).toBe(own.length);
  writeFileSync(path, Buffer.from(readFileSync(path, 'latin1').replaceAll(own, other), 'latin1'));
  writeFileSync(join(folder, '..', 'elsewhere.bin'), readFileSync(beside));
  const result = await openPredictor()({ pipeline: oriented, models: [{ path }] });
  rmSync(join(folder, '..', 'elsewhere.bin'));
  expect(told(result)).toContain('its weights are in ../elsewhere.bin, which is no file beside it');
});

test.skipIf(process.platform === 'win32')('what has no end is not read, as weights or as a model', async () => {
  rmSync(beside);
  spawnSync('mkfifo', [beside]);
  expect(told(await openPredictor()({ pipeline: oriented, models: [{ path }] }))).toContain(
    'which is no file beside it',
  );
  expect(told(await openPredictor()({ pipeline: oriented, models: [{ path: beside }] }))).toContain('it is no file');
  rmSync(beside);
});

test('weights that are not those pinned are refused', async () => {
  const weights = [{ file: 'weightsApart.bin', sha256: sha256(beside).toUpperCase() }];
  const predictor = got(await openPredictor()({ pipeline: oriented, models: [{ path, weights }] }));
  await predictor.close();
  damage();
  const result = await openPredictor()({ pipeline: oriented, models: [{ path, weights }] });
  expect(failure(result)._tag).toBe('ModelChanged');
  expect(told(result)).toMatch(/weightsApart\.bin: its SHA-256 is [0-9a-f]{64}; [0-9A-F]{64} is pinned/);
});

test.each(['given', 'named by the pipeline'])(
  'a child that is replaced must find the same weights: %s',
  async (how) => {
    const isGiven = how === 'given';
    const pipeline = isGiven ? oriented : { ...oriented, models: [{ role: 'fold_0', file: path }] };
    const pool = got(await openPool({ processes: 1, worker })({ pipeline, models: isGiven ? [{ path }] : [] }));
    got((await pool.predict([greyStack(1, 3)]))[0]);
    damage();
    for (const pid of pool.pids()) process.kill(pid, 'SIGKILL');
    const [result] = await pool.predict([greyStack(1, 3)]);
    expect(failure(result)._tag).toBe('ModelChanged');
    await pool.close();
  },
);

test('a web runtime that cannot take them is to blame, not the model', async () => {
  const create = () => Promise.reject(new Error('Module.MountedFiles is not available.'));
  const old = { env: { versions: {}, wasm: {} }, InferenceSession: { create } };
  const gone = () => Promise.reject(new Error('absent'));
  const { open } = got(await loadRuntime('web', { node: gone, web: () => Promise.resolve(old) }));
  expect(told(await open({ path }, 1))).toMatch(/install onnxruntime-node, or export the model in one file\.$/);
  expect(told(await open({ path: model('place0') }, 1))).toMatch(/Copy or export the model again/);
});

test('a model that holds its weights itself says nothing of others', async () => {
  const predictor = got(await openPredictor()({ pipeline: oriented, models: [{ path: model('place0') }] }));
  expect(predictor.models[0]).not.toHaveProperty('weights');
  await predictor.close();
});
