import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { scratch, tandem } from './tandem.js';

const CLI = join(import.meta.dirname, '..', '..', 'dist', 'cli.js');

/** Starts the demo and ends it with a signal after some milliseconds. */
const interrupted = async (dir: string, signal: NodeJS.Signals, afterMs: number): Promise<void> => {
  const child = spawn(process.execPath, [CLI, 'demo', '--no-films', '--out', dir], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  await sleep(afterMs);
  child.kill(signal);
  await ended;
};

/** Every file that bears its final name is whole. */
const expectWhole = (dir: string, finished: string): void => {
  for (const name of existsSync(dir) ? readdirSync(dir).filter((file) => !file.startsWith('.')) : []) {
    const [text, whole] = [dir, finished].map((folder) =>
      readFileSync(join(folder, name), 'utf8').replaceAll(folder, 'DIR'),
    );
    // A policy names the folder it was made from, and so its hash differs; everything else is the same to the byte.
    if (name.endsWith('.json')) expect(JSON.parse(text).schema).toBe(JSON.parse(whole).schema);
    else expect(text).toBe(whole);
  }
};

test.each(['SIGKILL', 'SIGINT'] as const)('%s at any moment leaves whole files or none', async (signal) => {
  const finished = scratch();
  expect(tandem('demo', '--no-films', '--out', finished).code).toBe(0);
  for (const afterMs of [150, 300, 400, 500, 600, 700, 800, 900]) {
    const dir = scratch();
    await interrupted(dir, signal, afterMs);
    expectWhole(dir, finished);
    if (signal === 'SIGINT' && existsSync(dir))
      expect(readdirSync(dir).filter((file) => file.startsWith('.'))).toEqual([]);
  }
});
