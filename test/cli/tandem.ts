import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** How one call of the command ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built command; `TANDEM_DIST` names another build. */
export const CLI = join(process.env['TANDEM_DIST'] ?? join(import.meta.dirname, '..', '..', 'dist'), 'cli.js');

/** Calls the built command. */
export const tandem = (...args: readonly string[]): Ended => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return { code: status, stdout, stderr };
};

/** A folder that goes away with the test. */
export const scratch = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'tandem-test-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
};

export const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

/** Rows of a CSV without quoted fields. */
export const rows = (path: string): readonly Readonly<Record<string, string>>[] => {
  const [head, ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n');
  const names = head.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((value, i) => [names[i], value])));
};
