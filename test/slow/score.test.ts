import { spawn } from 'node:child_process';
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { findFfmpeg } from '../../src/model/frames/ffmpeg.js';
import { faultOf, writePipeline, writeStacks } from '../cli/scoreFixture.js';
import { expectListed, MANIFEST, PRESETS, STACKS, video } from '../cli/scoreManifest.js';
import { CLI, scratch, tandem } from '../cli/tandem.js';
import { testWithShared } from '../shared.js';
import { model, neighbourly, oriented } from '../unit/runnerFixture.js';
import { npy } from '../unit/stackFixture.js';

/**
 * `tandem score` at the size it is made for: ten thousand stacks, one in twelve broken, killed by `kill -9` again and again,
 * end in the file of an undisturbed run; memory does not grow; and every winner's tensor is the listed one.
 */

const REPETITIONS = Number(process.env['TANDEM_SLOW_REPETITIONS'] ?? 2000);
const MANY = 5 * REPETITIONS;
const KILLS = 3;
/** Memory may differ by so much. */
const FLAT = 0.05;
/** The heaps of three processes have found their size after so many stacks. */
const WARM = 1000;
const SPAN = 1000;
const FILES = 20;
const SIDE = 96;

// Taking ten thousand files away again has its time, too.
vi.setConfig({ hookTimeout: 600_000 });

const ffmpeg = await findFfmpeg();

const laboratory = (stacks: number) => {
  const dir = scratch();
  writeStacks(join(dir, 'stacks'), 0, stacks, faultOf);
  const args = (pipeline: typeof oriented, out: string): readonly string[] => [
    ...['score', join(dir, 'stacks'), '--preset', writePipeline(join(dir, `${pipeline.name}.json`), pipeline)],
    ...['--models', ...(pipeline === oriented ? ['place0', 'place1', 'place2'] : ['logit']).map(model)],
    ...['--out', join(dir, out)],
  ];
  return { dir, args };
};

const linesOf = (path: string): number => (existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0);

const killedAt = async (args: readonly string[], journal: string, lines: number): Promise<void> => {
  const child = spawn(process.execPath, [CLI, ...args], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.on('close', resolve));
  while (linesOf(journal) < lines && child.exitCode === null) await sleep(20);
  child.kill('SIGKILL');
  await ended;
};

describe(`${MANY} stacks, one in twelve broken`, () => {
  test.each([oriented, neighbourly])(
    '$name: killed by kill -9, ends in the file of an undisturbed run',
    async (pipeline) => {
      const { dir, args } = laboratory(MANY);
      expect(tandem(...args(pipeline, 'whole.csv')).code).toBe(2);
      const resumed = args(pipeline, 'resumed.csv');
      const journal = join(dir, 'resumed.csv.journal.ndjson');
      for (let kill = 1; kill <= KILLS; kill++) await killedAt(resumed, journal, (MANY * kill) / (KILLS + 1));
      expect(tandem(...resumed).code).toBe(2);
      for (const end of ['.csv', '.failures.csv']) {
        expect(readFileSync(join(dir, `resumed${end}`)).equals(readFileSync(join(dir, `whole${end}`)))).toBe(true);
      }
      const ids = readFileSync(journal, 'utf8').match(/"stackId":"[^"]+"/g) ?? [];
      expect(ids.length).toBe(MANY);
      expect(new Set(ids).size).toBe(MANY);
      expect(linesOf(join(dir, 'whole.csv')) + linesOf(join(dir, 'whole.failures.csv'))).toBe(MANY + 2);
      for (const name of readdirSync(dir)) expect(name).not.toMatch(/partial|lock/);
    },
  );
});

/** Resident megabytes of a process and its children, as Linux tells. */
const residentMb = (pid: number): number => {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  return [String(pid), ...children].reduce((sum, id) => {
    const status = existsSync(`/proc/${id}/status`) ? readFileSync(`/proc/${id}/status`, 'utf8') : '';
    return sum + Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
  }, 0);
};

const memory = process.platform === 'linux' && REPETITIONS >= 2000 ? test : test.skip;

memory('memory is flat over two thousand stacks', async () => {
  const dir = scratch();
  mkdirSync(join(dir, 'stacks'));
  // Stacks of half a megabyte; a few files under many names.
  for (let n = 0; n < WARM + 2 * SPAN; n++) {
    const path = join(dir, 'stacks', `${n}.npy`);
    if (n >= FILES) linkSync(join(dir, 'stacks', `${n % FILES}.npy`), path);
    else {
      const body = Uint8Array.from({ length: (40 + n) * SIDE * SIDE }, (_, i) => (i * 31 + n) & 255);
      writeFileSync(path, npy(body, { shape: [40 + n, SIDE, SIDE] }));
    }
  }
  const preset = writePipeline(join(dir, 'pipeline.json'), oriented);
  const models = ['place0', 'place1', 'place2'].map(model);
  const args = ['score', join(dir, 'stacks'), '--preset', preset, '--models', ...models, '--out', join(dir, 's.csv')];
  // V8 lets its young generation grow for tens of thousands of stacks before it settles. Held small, what is left to grow
  // is what somebody holds on to.
  const env = { ...process.env, NODE_OPTIONS: '--max-semi-space-size=1' };
  const child = spawn(process.execPath, [CLI, ...args], { stdio: 'ignore', env });
  const journal = join(dir, 's.csv.journal.ndjson');
  const samples: { readonly done: number; readonly mb: number }[] = [];
  while (child.exitCode === null && child.pid !== undefined) {
    const done = linesOf(journal);
    // At the very end processes go, one after another.
    if (done > WARM && done < WARM + 2 * SPAN - 50) samples.push({ done, mb: residentMb(child.pid) });
    await sleep(50);
  }
  const mean = (from: number, to: number): number => {
    const part = samples.filter(({ done }) => done >= from && done < to).map(({ mb }) => mb);
    return part.reduce((sum, mb) => sum + mb, 0) / part.length;
  };
  const [early, late] = [mean(WARM, WARM + SPAN / 2), mean(WARM + 1.5 * SPAN, WARM + 2 * SPAN)];
  console.log(`memory: ${early.toFixed(0)} MB after ${WARM} stacks, ${late.toFixed(0)} MB ${1.5 * SPAN} stacks later`);
  expect(Math.abs(late / early - 1)).toBeLessThanOrEqual(FLAT);
});

describe('tensors of the winners', () => {
  for (const preset of PRESETS) {
    const name = `${preset.preset}: all listed stacks`;
    if (preset.preset === 'lauraOnac' && ffmpeg === undefined)
      test.skip(`${name} (skipped: no ffmpeg)`, () => undefined);
    else {
      testWithShared(name, [MANIFEST, ...STACKS.map(video)], () =>
        expectListed(preset, join(scratch(), 'tensors.csv'), STACKS),
      );
    }
  }
});
