import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { PACKAGE, VERSION } from '../../src/version.js';
import { manifest, packed, ROOT, tool } from './packed.js';

/** The package as a stranger gets it: packed, unpacked beside its dependencies, and used from three kinds of file. */

const { home, installed, tarball, link, node } = packed();
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** Files that the root entry loads: a guard against a new arrow to a far room, not a goal. */
const MOST_FILES = 340;

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

test('the root entry is quick to import: few files, three small libraries, no native code', () => {
  // The clock of a shared machine proves nothing, so what is loaded is counted instead.
  const files = new Set<string>();
  const libraries = new Set<string>();
  const walk = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    for (const [, from] of readFileSync(file, 'utf8').matchAll(/^(?:import|export) (?:[^'"=;]*? from )?'([^']+)'/gm)) {
      if (from.startsWith('.')) walk(join(dirname(file), from));
      else if (!isBuiltin(from)) libraries.add(from);
    }
  };
  walk(join(installed, 'dist', 'index.js'));
  expect([...libraries].sort()).toEqual(['#csv-parse', 'fp-ts/lib/Either.js', 'io-ts']);
  expect(files.size).toBeLessThan(MOST_FILES);
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

const TYPED = `import { Errors, Gold, Online, Policy, Votes } from 'tandem-consensus';
import type { Pipeline } from 'tandem-consensus/model';
import * as Testing from 'tandem-consensus/testing';
const gold: Gold.GoldSet = Gold.from({ chosen: 'random' })([{ stackId: 's1', label: 1 }]);
const part: Gold.Gold<'tune'> = Gold.as('tune')(gold);
const chosen: Gold.GoldChosen = gold.chosen;
const settings: Online.Settings = { duplicates: 'last' };
export const all = [Votes.EMPTY, part, chosen, settings, Testing, (p: Pipeline, q: Policy.Policy) => [p, q], Errors.format] as const;`;

test.each([
  // The one that checks every declaration file; the others resolve them differently.
  ['nodenext', 'nodenext', 'ts', 'false'],
  // TypeScript's node16 takes `require` of an ES module for an error, so its consumers write ES modules.
  ['node16', 'node16', 'mts', 'true'],
  ['esnext', 'bundler', 'ts', 'true'],
])(
  'its types mean what they say to a consumer with `module: %s`',
  (module, resolution, ending, skipLibCheck) => {
    const file = `use-${module}.${ending}`;
    writeFileSync(join(home, file), TYPED);
    // What declarations speak of must be there: the peers that types come from, beside the dependencies.
    for (const peer of ['fast-check', '@types/node']) link(peer);
    const options = ['--module', module, '--moduleResolution', resolution, '--target', 'es2022', '--types', 'node'];
    const checked = spawnSync(tool('tsc'), ['--strict', '--noEmit', '--skipLibCheck', skipLibCheck, ...options, file], {
      cwd: home,
      encoding: 'utf8',
    });
    expect(checked.stdout).toBe('');
  },
  180_000,
);

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

test('npm knows every key of .npmrc, so that no command begins with a warning', () => {
  const known = execFileSync('npm', ['config', 'list', '--long', '--json'], { cwd: home, encoding: 'utf8' });
  const keys = readFileSync(join(ROOT, '.npmrc'), 'utf8')
    .split('\n')
    .filter((line) => /^[^#;\s]/.test(line))
    .map((line) => line.split('=')[0].trim());
  expect(keys.filter((key) => !(key in JSON.parse(known)))).toEqual([]);
  // Install scripts reach for the network: onnxruntime-node's downloads what its package leaves out.
  expect(keys).toContain('ignore-scripts');
});
