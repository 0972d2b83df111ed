import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import * as Decode from '../../src/decode/index.js';
import * as Errors from '../../src/domain/errors.js';
import { model, neighbourly, oriented, runner, voting } from '../unit/runnerFixture.js';
import { faultOf, stackBytes, writePipeline, writeStacks } from './scoreFixture.js';
import { CLI, type Ended, json, rows, scratch, tandem } from './tandem.js';

const PLACES = [model('place0'), model('place1'), model('place2')];

/** A folder with stacks and a pipeline, and how to score them; without models, how to make their tensors. */
const laboratory = (stacks: number, fault: typeof faultOf = () => 'sound', pipeline = oriented) => {
  const dir = scratch();
  writeStacks(join(dir, 'stacks'), 0, stacks, fault);
  const preset = writePipeline(join(dir, 'pipeline.json'), pipeline);
  const out = join(dir, 'scores.csv');
  const args = (models: readonly string[], ...more: readonly string[]): readonly string[] => [
    ...['score', join(dir, 'stacks'), '--preset', preset, '--out', out],
    ...(more.includes('--processes') ? [] : ['--processes', '1']),
    ...(models.length > 0 ? ['--models', ...models] : []),
    ...more,
  ];
  return {
    dir,
    out,
    args,
    score: (...of: Parameters<typeof args>): Ended => tandem(...args(...of)),
    tensors: (...more: readonly string[]): Ended => tandem(...args([], '--tensors-only', ...more)),
  };
};

const idsOf = (path: string): readonly string[] => [...new Set(rows(path).map((row) => row['stackId']))];

describe('tandem score', () => {
  test('scores a folder in natural order; --scores of the other verbs reads the result', async () => {
    const { out, score } = laboratory(12);
    const { code, stdout, stderr } = score(PLACES);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('12 of 12 stacks scored with oriented');
    expect(idsOf(out)).toEqual(Array.from({ length: 12 }, (_, n) => `stack_${n}.npy`));
    const [first] = rows(out);
    expect(Object.keys(first)).toEqual([
      'stackId',
      'score',
      'label',
      'p_fold_0',
      'p_fold_1',
      'p_fold_2',
      'frames',
      'passes',
    ]);
    expect(first).toMatchObject({
      frames: '3',
      passes: '24',
      label: Number(first['score']) > 0.5 ? 'stalled' : 'flowing',
    });
    const { score: scores, stackIds } = Errors.getOrThrow(await Decode.scores()(Decode.fromFile(out)));
    expect(stackIds).toHaveLength(12);
    expect(scores[0]).toBe(Number(first['score']));
    expect(json(`${out}.json`)).toMatchObject({
      schema: 'tandem-scores/1',
      pipeline: { name: 'oriented' },
      sessions: [{ runtime: expect.stringMatching(/^onnxruntime/), models: [{ role: 'fold_0' }, {}, {}] }],
      stacks: { listed: 12, scored: 12, failed: 0 },
    });
    expect(JSON.parse(score(PLACES, '--json').stdout)).toMatchObject({ kind: 'scores', status: 'finished', total: 12 });
  });

  test('gives what numpy worked out', () => {
    const { dir, out, score } = laboratory(0);
    for (const { seed } of runner.cases)
      writeFileSync(join(dir, 'stacks', `s${seed}.npy`), stackBytes(seed, 'sound', 3));
    score(PLACES);
    for (const { seed, score: expected } of runner.cases) {
      const row = rows(out).find(({ stackId }) => stackId === `s${seed}.npy`);
      expect(Number(row?.['score'])).toBeCloseTo(expected, 6);
    }
  });

  test('keeps failed stacks out of the scores, tells each with its remedy, and ends with 2', () => {
    const { dir, out, tensors } = laboratory(60, faultOf);
    const { code, stdout } = tensors();
    expect(code).toBe(2);
    expect(idsOf(out)).toHaveLength(55);
    const failures = readFileSync(join(dir, 'scores.failures.csv'), 'utf8');
    expect(failures.split('\n')[0]).toBe('stackId,path,tag,reason,fix');
    for (const tag of ['StackEmpty', 'StackTruncated', 'FormatUnknown', 'StackTooShort'])
      expect(failures).toContain(tag);
    expect(idsOf(out)).not.toContain('stack_5.npy');
    expect(failures).toContain('stack_5.npy');
    expect(stdout).toContain('5 stacks have failed and stay without a tensor: FormatUnknown 2');
    expect(stdout).toContain('--retry-failed');
  });

  test('has nothing to do the second time, and ends as the first time', () => {
    const { out, tensors } = laboratory(14, faultOf);
    tensors();
    const before = readFileSync(out);
    const { code, stdout } = tensors();
    expect([code, stdout.split('\n')[0]]).toEqual([
      2,
      'Nothing to do: 13 of 14 stacks turned into tensors with oriented already.',
    ]);
    expect(readFileSync(out)).toEqual(before);
  });

  test('looks again at mended stacks with --retry-failed, and at new ones by itself', () => {
    const { dir, out, tensors } = laboratory(14, faultOf);
    tensors();
    writeStacks(join(dir, 'stacks'), 14, 16);
    writeFileSync(join(dir, 'stacks', 'stack_5.npy'), stackBytes(5));
    const { code, stdout } = tensors('--retry-failed');
    expect(code).toBe(0);
    expect(stdout).toContain('16 of 16 stacks turned into tensors with oriented (13 in earlier runs, 3 stacks now');
    expect(existsSync(join(dir, 'scores.failures.csv'))).toBe(false);
    expect(idsOf(out)).toHaveLength(16);
  });

  test('refuses to mix scores of different models, and starts over with --fresh', () => {
    const { out, score } = laboratory(3);
    score(PLACES);
    const before = readFileSync(out);
    const other = score([model('place1'), model('place0'), model('place2')]);
    expect([other.code, other.stdout]).toEqual([1, '']);
    expect(other.stderr).toContain('field "models"');
    expect(other.stderr).toContain('--fresh');
    expect(readFileSync(out)).toEqual(before);
    expect(score([model('place1'), model('place0'), model('place2')], '--fresh').code).toBe(0);
    expect(readFileSync(out)).not.toEqual(before);
  });

  test('says which models a preset wants, what a name may be, and that a model does not fit', () => {
    const { dir, score } = laboratory(1);
    expect(score([]).stderr).toContain(
      'expected the ONNX files that play fold_0, fold_1, fold_2, in this order, found no model',
    );
    const stacks = join(dir, 'stacks');
    expect(tandem('score', stacks, '--preset', 'zfturbi').stderr).toContain(
      'expected one of zfturbo, zfturboBot, kbrodt',
    );
    const wrong = score([model('twoInputs')]);
    expect([wrong.code, existsSync(join(dir, 'scores.csv'))]).toEqual([1, false]);
    expect(wrong.stderr).toContain('twoInputs.onnx');
    expect(score([join(dir, 'none.onnx')]).stderr).toContain('there is no such file');
  });

  test('ends with 1 when nothing could be scored, and writes no scores', () => {
    const { dir, out, tensors } = laboratory(2, () => 'empty');
    expect(tensors().code).toBe(1);
    expect(existsSync(out)).toBe(false);
    expect(readFileSync(join(dir, 'scores.failures.csv'), 'utf8').split('\n')).toHaveLength(4);
  });

  test('writes the same bytes, however many processes', () => {
    const [one, three] = ['1', '2'].map((processes) => {
      const { out, score } = laboratory(24, faultOf, neighbourly);
      score([model('logit')], '--processes', processes);
      return readFileSync(out, 'utf8');
    });
    expect(one).toBe(three);
  });

  test('votes: the score is the share of models that vote', () => {
    const { out, score } = laboratory(6, undefined, voting);
    score(['vote0', 'vote1', 'vote2'].map(model));
    for (const row of rows(out)) expect([0, 1 / 3, 2 / 3, 1]).toContain(Number(row['score']));
  });

  test('takes the models that a pipeline file names', () => {
    const { dir, out } = laboratory(2);
    for (const name of ['place0', 'place1', 'place2']) copyFileSync(model(name), join(dir, `${name}.onnx`));
    const models = [0, 1, 2].map((k) => ({ role: `fold_${k}`, file: `place${k}.onnx` }));
    const preset = writePipeline(join(dir, 'named.json'), { ...oriented, models });
    expect(tandem('score', join(dir, 'stacks'), '--preset', preset, '--out', out).code).toBe(0);
    expect(idsOf(out)).toHaveLength(2);
  });
});

/** Starts a run and ends it with a signal once so many lines are in its journal. */
const interrupted = async (
  of: ReturnType<typeof laboratory>,
  models: readonly string[],
  signal: NodeJS.Signals,
  lines: number,
) => {
  const child = spawn(process.execPath, [CLI, ...of.args(models)], { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const journal = `${of.out}.journal.ndjson`;
  const written = (): number => (existsSync(journal) ? readFileSync(journal, 'utf8').split('\n').length - 1 : 0);
  while (written() < lines && child.exitCode === null) await sleep(5);
  child.kill(signal);
  return { code: await ended, stderr, written: written() };
};

const STACKS = 200;

test.each([
  { signal: 'SIGKILL', pipeline: neighbourly, models: [model('logit')] },
  { signal: 'SIGINT', pipeline: oriented, models: PLACES },
] as const)('$signal: started again, every stack is scored once, and the file is the same', async (how) => {
  const { signal, pipeline, models } = how;
  const whole = laboratory(STACKS, faultOf, pipeline);
  expect(whole.score(models).code).toBe(2);
  const of = laboratory(STACKS, faultOf, pipeline);
  const { code, stderr, written } = await interrupted(of, models, signal, 20);
  expect(existsSync(of.out)).toBe(false);
  expect(written).toBeLessThan(STACKS);
  if (signal === 'SIGINT') {
    expect(code).toBe(130);
    expect(stderr).toMatch(
      /Stopped: \d+ of 200 stacks are done and safe in .*\.ndjson\.\nStart the same command again/,
    );
    expect(existsSync(`${of.out}.lock`)).toBe(false);
  }
  expect(of.score(models).code).toBe(2);
  expect(readFileSync(of.out, 'utf8')).toBe(readFileSync(whole.out, 'utf8'));
  const ids = readFileSync(`${of.out}.journal.ndjson`, 'utf8').match(/"stackId":"[^"]+"/g) ?? [];
  expect([ids.length, new Set(ids).size]).toEqual([STACKS, STACKS]);
  expect(readdirSync(of.dir).filter((file) => file.startsWith('.'))).toEqual([]);
});

test('a second run on the same --out is refused while the first is at work', async () => {
  const of = laboratory(2000);
  const child = spawn(process.execPath, [CLI, ...of.args([], '--tensors-only')], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.on('close', resolve));
  while (!existsSync(`${of.out}.lock`)) await sleep(5);
  const second = of.score(PLACES);
  expect([second.code, second.stderr]).toEqual([1, expect.stringContaining('which writes the same results')]);
  child.kill('SIGKILL');
  await ended;
});
