import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as E from 'fp-ts/lib/Either.js';
import { afterEach, describe, expect, test } from 'vitest';
import type { ModelFile } from '../../src/model/inference/modelFile.js';
import type { Pipeline } from '../../src/model/pipeline/pipeline.js';
import {
  openPool,
  openPredictor,
  type Pool,
  type PoolOptions,
  type ScoredStack,
  type StackScore,
  type StackSource,
  stackFromBytes,
} from '../../src/model.js';
import { builtWorker } from '../builtWorker.js';
import { failure, files, got, greyStack, model, neighbourly, oriented, single, told } from './runnerFixture.js';

/** Several processes score; they die, are killed and are told to stop. */

const worker = await builtWorker();
const folder = mkdtempSync(join(tmpdir(), 'tandem-pool-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

const pools: Pool[] = [];
afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.close();
});

const opened = async (pipeline: Pipeline, list: readonly ModelFile[], options: PoolOptions = {}): Promise<Pool> => {
  const pool = got(await openPool({ processes: 2, worker, ...options })({ pipeline, models: list }));
  pools.push(pool);
  return pool;
};

const collected = async (results: AsyncIterable<ScoredStack>): Promise<readonly ScoredStack[]> => {
  const list: ScoredStack[] = [];
  for await (const result of results) list.push(result);
  return list;
};

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

const gone = async (pids: readonly number[]): Promise<boolean> => {
  for (let i = 0; i < 100 && pids.some(isAlive); i++) await sleep(50);
  return !pids.some(isAlive);
};

const withoutTimes = ({ seconds: _, ...score }: StackScore) => score;
const stacks = (n: number): readonly StackSource[] =>
  Array.from({ length: n }, (_, i) => greyStack(i + 1, 3 + (i % 4)));
const SLOW = files('slow');
/** Eight runs of a twentieth of a second or so. */
const long: Pipeline = { ...single, flips: oriented.flips };

describe('openPool()', () => {
  test('answers like a predictor in this process', async () => {
    const list = [...stacks(10), stackFromBytes('torn', new Uint8Array(9))];
    for (const [pipeline, names] of [
      [oriented, ['place0', 'place1', 'place2']],
      [neighbourly, ['logit']],
    ] as const) {
      const predictor = got(await openPredictor()({ pipeline, models: files(...names) }));
      const pool = await opened(pipeline, files(...names));
      const here = (await predictor.predict(list)).map(E.map(withoutTimes));
      expect((await pool.predict(list)).map(E.map(withoutTimes))).toEqual(here);
      const streamed = await collected(pool.predictAll(list));
      expect(streamed.map(({ index }) => index).toSorted((a, b) => a - b)).toEqual(list.map((_, i) => i));
      for (const { index, source, result } of streamed) {
        expect(source).toBe(list[index]);
        expect(E.map(withoutTimes)(result)).toEqual(here[index]);
      }
      const { pipelineHash, models, runtime, neighbours } = predictor;
      expect(pool).toMatchObject({ pipelineHash, models, runtime, neighbours });
      await predictor.close();
    }
  });

  test('stops early where it may', async () => {
    const pool = await opened(oriented, files('merged'), { processes: 1, stop: { edges: [0.99] } });
    const score = got((await pool.predict(stacks(1)))[0]);
    expect(score.settled).toBe('exact');
    expect(score.passes).toBeLessThan(24);
  });

  test('leaves the event loop free', async () => {
    const pool = await opened(long, SLOW, { processes: 1 });
    let ticks = 0;
    const timer = setInterval(() => ticks++, 10);
    await pool.predict(stacks(2));
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(3);
  });

  test('says what is wrong with a model, and leaves no process behind', async () => {
    const result = await openPool({ processes: 2, worker })({ pipeline: oriented, models: files('vote0') });
    expect(failure(result)._tag).toBe('ModelMismatch');
    expect(told(result)).toContain('pipeline oriented makes N × 3 × 4 × 5 × 1');
  });

  test('says so when a child cannot even start', async () => {
    const entry = join(folder, 'broken.mjs');
    writeFileSync(entry, "throw new Error('no such library');\n");
    const result = await openPool({ processes: 1, worker: new URL(`file://${entry}`) })({
      pipeline: oriented,
      models: files('merged'),
    });
    expect(failure(result)._tag).toBe('WorkerDied');
    expect(told(result)).toMatch(/ended with code 1 \(Error: no such library\) while it opened the models/);
  });

  test('wants one process or more', async () => {
    await expect(openPool({ processes: 0, worker })({ pipeline: oriented, models: files('merged') })).rejects.toThrow(
      RangeError,
    );
  });
});

describe('a child that is killed', () => {
  test('is replaced, and its stack is scored all the same', async () => {
    const pool = await opened(long, SLOW, { processes: 1 });
    const before = pool.pids();
    const scoring = pool.predict([greyStack(1, 4)]);
    await sleep(50);
    process.kill(before[0], 'SIGKILL');
    got((await scoring)[0]);
    expect(pool.pids()).toHaveLength(1);
    expect(pool.pids()).not.toEqual(before);
  });

  test('loses nothing and doubles nothing in a stream', async () => {
    const pool = await opened(long, SLOW);
    const list = stacks(6);
    const seen: ScoredStack[] = [];
    for await (const result of pool.predictAll(list)) {
      seen.push(result);
      if (seen.length <= 2) process.kill(pool.pids()[0], 'SIGKILL');
    }
    expect(seen.map(({ index }) => index).toSorted((a, b) => a - b)).toEqual(list.map((_, i) => i));
    for (const { result } of seen) got(result);
  });

  test('twice over the same stack fails that stack, and the next is scored', async () => {
    const pool = await opened(long, SLOW, { processes: 1 });
    const killer = setInterval(() => {
      for (const pid of pool.pids()) process.kill(pid, 'SIGKILL');
    }, 50);
    const [result] = await pool.predict([greyStack(1, 4)]);
    clearInterval(killer);
    expect(failure(result)._tag).toBe('WorkerDied');
    expect(told(result)).toMatch(/^stack 1: the process at work on it was killed by SIGKILL, twice\. /);
    got((await pool.predict([greyStack(2, 4)]))[0]);
  });

  test('while idle costs no try', async () => {
    const pool = await opened(single, files('vote0'), { processes: 1 });
    process.kill(pool.pids()[0], 'SIGKILL');
    await sleep(300);
    expect(pool.pids()).toEqual([]);
    got((await pool.predict([greyStack(1, 4)]))[0]);
  });

  test('is not replaced by one with other models', async () => {
    const path = join(folder, 'swapped.onnx');
    cpSync(model('vote0'), path);
    const pool = await opened(single, [{ path }], { processes: 1 });
    cpSync(model('vote1'), path);
    process.kill(pool.pids()[0], 'SIGKILL');
    await sleep(300);
    expect(failure((await pool.predict([greyStack(1, 4)]))[0])._tag).toBe('ModelChanged');
  });
});

describe('stopping', () => {
  test('a signal ends children at once, and stacks in hand fail as aborted', async () => {
    const stop = new AbortController();
    const pool = await opened(long, SLOW, { signal: stop.signal });
    const pids = pool.pids();
    setTimeout(() => stop.abort(), 150);
    const results = await collected(pool.predictAll(stacks(50)));
    expect(results.length).toBeLessThan(10);
    expect(results.some(({ result }) => E.isLeft(result) && result.left._tag === 'Aborted')).toBe(true);
    expect(results.every(({ result }) => E.isRight(result) || result.left._tag === 'Aborted')).toBe(true);
    expect(await gone(pids)).toBe(true);
    expect(failure((await pool.predict(stacks(1)))[0])._tag).toBe('Aborted');
  });

  test('a signal is heard while the source has nothing to give', async () => {
    const stop = new AbortController();
    const pool = await opened(single, files('vote0'), { processes: 1, signal: stop.signal });
    async function* silent(): AsyncGenerator<StackSource> {
      yield greyStack(1, 4);
      await new Promise(() => undefined);
    }
    setTimeout(() => stop.abort(), 200);
    expect(await collected(pool.predictAll(silent()))).toHaveLength(1);
  });

  test('a signal given before, and one given while opening', async () => {
    const before = AbortSignal.abort();
    expect(failure(await openPool({ worker, signal: before })({ pipeline: long, models: SLOW }))._tag).toBe('Aborted');
    const stop = new AbortController();
    const opening = openPool({ worker, signal: stop.signal })({ pipeline: long, models: SLOW });
    setTimeout(() => stop.abort(), 50);
    expect(failure(await opening)._tag).toBe('Aborted');
  });

  test('closing ends the children, busy or idle', async () => {
    const pool = await opened(long, SLOW);
    const pids = pool.pids();
    const scoring = pool.predict([greyStack(1, 4)]);
    await sleep(50);
    await Promise.all([pool.close(), pool.close()]);
    expect(pids.some(isAlive)).toBe(false);
    expect(failure((await scoring)[0])._tag).toBe('Aborted');
  });

  test('no child outlives this process, however it ends', async () => {
    const parent = join(worker.pathname, '..', 'parent.mjs');
    const pidsOf = `
      import { fork } from 'node:child_process';
      const child = fork(${JSON.stringify(worker.pathname)}, [], { serialization: 'advanced', execArgv: [] });
      child.once('message', () => { child.send(${JSON.stringify({ _tag: 'Score', sources: [] })}); console.log(child.pid); });
      child.send(${JSON.stringify({ _tag: 'Open', models: { pipeline: long, models: SLOW }, options: {} })});`;
    writeFileSync(parent, pidsOf);
    const running = spawn(process.execPath, [parent], { stdio: ['ignore', 'pipe', 'inherit'] });
    const pid = Number(await new Promise((resolve) => running.stdout.once('data', resolve)));
    expect(isAlive(pid)).toBe(true);
    running.kill('SIGKILL');
    expect(await gone([pid])).toBe(true);
  });
});

describe('back-pressure', () => {
  test('no more stacks are pulled than the processes can hold', async () => {
    const pool = await opened(neighbourly, files('logit'));
    let pulled = 0;
    function* many(): Generator<StackSource> {
      for (; pulled < 100; ) {
        pulled++;
        yield greyStack(pulled, 4);
      }
    }
    const inHand = 2 * 2 * pool.neighbours;
    const results = pool.predictAll(many());
    let read = 0;
    let most = 0;
    for await (const _ of results) {
      read++;
      if (read % 20 === 1) await sleep(100);
      most = Math.max(most, pulled - read);
    }
    expect(read).toBe(100);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(inHand);
  });

  test('a reader who leaves ends the source', async () => {
    const pool = await opened(single, files('vote0'), { processes: 1 });
    let isClosed = false;
    async function* source(): AsyncGenerator<StackSource> {
      try {
        for (let i = 1; ; i++) yield greyStack(i, 4);
      } finally {
        isClosed = true;
      }
    }
    for await (const _ of pool.predictAll(source())) break;
    await sleep(100);
    expect(isClosed).toBe(true);
    got((await pool.predict(stacks(1)))[0]);
  });

  test('a source that fails fails the reader, after what was in hand', async () => {
    const pool = await opened(single, files('vote0'), { processes: 1 });
    function* source(): Generator<StackSource> {
      yield greyStack(1, 4);
      yield greyStack(2, 4);
      throw new Error('disk gone');
    }
    const seen: number[] = [];
    const reading = async (): Promise<void> => {
      for await (const { index } of pool.predictAll(source())) seen.push(index);
    };
    await expect(reading()).rejects.toThrow('disk gone');
    expect(seen.toSorted()).toEqual([0, 1]);
  });

  test('an empty stream ends', async () => {
    expect(await collected((await opened(single, files('vote0'), { processes: 1 })).predictAll([]))).toEqual([]);
  });
});
