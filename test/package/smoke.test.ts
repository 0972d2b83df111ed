import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PACKAGE, VERSION } from '../../src/version.js';

/** The package as a stranger gets it: packed, unpacked beside its dependencies, and used from three kinds of file. */

const ROOT = join(import.meta.dirname, '..', '..');
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const home = mkdtempSync(join(tmpdir(), 'tandem-package-'));
const installed = join(home, 'node_modules', 'tandem-consensus');
let tarball = '';

const node = (...args: string[]): string => execFileSync(process.execPath, args, { cwd: home, encoding: 'utf8' });
const tool = (name: string): string => join(ROOT, 'node_modules', '.bin', name);

beforeAll(() => {
  expect(existsSync(join(ROOT, 'dist', 'index.js')), 'run `npm run build` first').toBe(true);
  const packed = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', home], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  tarball = join(home, /"filename": "([^"]+)"/.exec(packed)?.[1] ?? '');
  execFileSync('tar', ['-xzf', tarball, '-C', home]);
  mkdirSync(join(home, 'node_modules'));
  cpSync(join(home, 'package'), installed, { recursive: true });
  for (const dependency of Object.keys(manifest.dependencies)) {
    const link = join(home, 'node_modules', dependency);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', dependency), link, 'dir');
  }
});

afterAll(() => rmSync(home, { recursive: true, force: true }));

const USE = `
const votes = T.Errors.getOrThrow(T.Votes.from()([{ stackId: 's1', annotatorId: 'ann', label: 1 }]));
console.log(T.Consensus.majority()(votes).logOdds[0] > 0, Object.keys(T).length > 10);
`;

test('an ES module imports it', () => {
  writeFileSync(join(home, 'use.mjs'), `import * as T from 'tandem-consensus';${USE}`);
  expect(node('use.mjs')).toBe('true true\n');
});

test('a CommonJS module requires it', () => {
  writeFileSync(join(home, 'use.cjs'), `const T = require('tandem-consensus');${USE}`);
  expect(node('--no-warnings', 'use.cjs')).toBe('true true\n');
});

test('a plain JavaScript caller tests _tag without fp-ts', () => {
  writeFileSync(
    join(home, 'plain.mjs'),
    `import { Votes } from 'tandem-consensus';
const twice = [{ stackId: 's1', annotatorId: 'ann', label: 1 }, { stackId: 's1', annotatorId: 'ann', label: 0 }];
const result = Votes.from({ duplicates: 'reject' })(twice);
console.log(result._tag, result.left._tag, result.left.total);`,
  );
  expect(node('plain.mjs')).toBe('Left DuplicateVotes 1\n');
});

test('the command answers', () => {
  expect(node(join(installed, 'dist', 'cli.js'), '--version')).toBe(`${VERSION}\n`);
  expect(node(join(installed, 'dist', 'cli.js'), 'run', '--help')).toContain('Examples:');
});

test('the root entry is quick to import: little text, three small libraries, no native code', () => {
  // About 100 ms; the clock of a shared machine proves nothing, so what makes it quick is counted instead.
  const files = new Set<string>();
  const libraries = new Set<string>();
  const walk = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    for (const [, , from] of readFileSync(file, 'utf8').matchAll(/^(import|export) [^'"]*?['"]([^'"]+)['"]/gm)) {
      if (from.startsWith('.')) walk(join(dirname(file), from));
      else if (!isBuiltin(from)) libraries.add(from);
    }
  };
  walk(join(installed, 'dist', 'index.js'));
  expect([...libraries].sort()).toEqual(['csv-parse', 'fp-ts/lib/Either.js', 'io-ts']);
  expect([...files].reduce((sum, file) => sum + statSync(file).size, 0)).toBeLessThan(700_000);
  writeFileSync(
    join(home, 'native.mjs'),
    `await import('tandem-consensus');
console.log(process.report.getReport().sharedObjects.filter((name) => name.endsWith('.node')).join());`,
  );
  expect(node('native.mjs')).toBe('\n');
});

test('the packaged model is found, and says what it lacks to run', () => {
  writeFileSync(
    join(home, 'model.mjs'),
    `import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { embeddedModel, openPool } from 'tandem-consensus/model';
const { pipeline, models } = embeddedModel();
const sha256 = createHash('sha256').update(readFileSync(models[0].path)).digest('hex');
const opened = await openPool({ processes: 1 })({ pipeline, models });
console.log(sha256 === models[0].sha256, opened._tag, opened.left?._tag);`,
  );
  expect(node('model.mjs')).toBe('true Left RuntimeMissing\n');
});

test('its types mean what they say, down to the last declaration file', () => {
  writeFileSync(
    join(home, 'use.ts'),
    `import { Errors, Gold, Online, Policy, Votes } from 'tandem-consensus';
import type { Pipeline } from 'tandem-consensus/model';
import * as Testing from 'tandem-consensus/testing';
const gold: Gold.GoldSet = Gold.from({ chosen: 'random' })([{ stackId: 's1', label: 1 }]);
const part: Gold.Gold<'tune'> = Gold.as('tune')(gold);
const chosen: Gold.GoldChosen = gold.chosen;
const settings: Online.Settings = { duplicates: 'last' };
export const all = [Votes.EMPTY, part, chosen, settings, Testing, (p: Pipeline, q: Policy.Policy) => [p, q], Errors.format] as const;`,
  );
  // What declarations speak of must be there: the peers that types come from, beside the dependencies.
  for (const peer of ['fast-check', '@types/node']) {
    const link = join(home, 'node_modules', peer);
    mkdirSync(dirname(link), { recursive: true });
    if (!existsSync(link)) symlinkSync(join(ROOT, 'node_modules', peer), link, 'dir');
  }
  const options = '--strict --noEmit --target es2022 --module nodenext --moduleResolution nodenext --types node'.split(
    ' ',
  );
  const checked = spawnSync(tool('tsc'), [...options, '--skipLibCheck', 'false', 'use.ts'], {
    cwd: home,
    encoding: 'utf8',
  });
  expect(checked.stdout).toBe('');
});

test('publint finds nothing', () => {
  expect(execFileSync(tool('publint'), ['--strict', installed], { encoding: 'utf8' })).toContain('All good');
});

test('are-the-types-wrong finds nothing', () => {
  const report = execFileSync(tool('attw'), [tarball, '--profile', 'esm-only', '--format', 'json'], {
    encoding: 'utf8',
  });
  const { analysis } = JSON.parse(report) as { analysis: { problems: { kind: string; resolutionKind?: string }[] } };
  // An ES module seen from CommonJS types is by design (docs/decisions/0001); node10 cannot read `exports` at all.
  const ours = analysis.problems.filter(
    ({ kind, resolutionKind }) => kind !== 'CJSResolvesToESM' && resolutionKind !== 'node10',
  );
  expect(ours).toEqual([]);
});

test('name and version stand in one place', () => {
  expect([PACKAGE, VERSION]).toEqual([manifest.name, manifest.version]);
});
