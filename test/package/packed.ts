import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';

export const ROOT = join(import.meta.dirname, '..', '..');

export const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

/** A program of the development dependencies. */
export const tool = (name: string): string => join(ROOT, 'node_modules', '.bin', name);

/** The package as a stranger gets it. */
export interface Packed {
  /** A folder of the stranger's, with `node_modules`. */
  readonly home: string;
  readonly installed: string;
  readonly tarball: string;
  /** Puts a package of ours into the stranger's `node_modules`. */
  readonly link: (name: string) => void;
  /** Runs Node there. */
  readonly node: (...args: string[]) => string;
}

/** Packs the package, and unpacks it beside its dependencies in a new folder. */
export const packed = (): Packed => {
  expect(existsSync(join(ROOT, 'dist', 'index.js')), 'run `npm run build` first').toBe(true);
  const home = mkdtempSync(join(tmpdir(), 'tandem-package-'));
  const installed = join(home, 'node_modules', 'tandem-consensus');
  const answer = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', home], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const tarball = join(home, /"filename": "([^"]+)"/.exec(answer)?.[1] ?? '');
  execFileSync('tar', ['-xzf', tarball, '-C', home]);
  mkdirSync(join(home, 'node_modules'));
  cpSync(join(home, 'package'), installed, { recursive: true });
  const link = (name: string): void => {
    const place = join(home, 'node_modules', name);
    mkdirSync(dirname(place), { recursive: true });
    if (!existsSync(place)) symlinkSync(join(ROOT, 'node_modules', name), place, 'dir');
  };
  for (const dependency of Object.keys(manifest.dependencies)) link(dependency);
  const node = (...args: string[]): string => execFileSync(process.execPath, args, { cwd: home, encoding: 'utf8' });
  return { home, installed, tarball, link, node };
};
