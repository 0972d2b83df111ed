import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { manifest, packed } from './packed.js';

/** Other runtimes and test runners. They are large, so `.ci/run` installs them; elsewhere those on PATH are taken. */

const { home } = packed();
afterAll(() => rmSync(home, { recursive: true, force: true }));

const onPath = (name: string): string | undefined =>
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file));

const testWith = (tool: string, name: string, body: (program: string) => void): void => {
  const program = onPath(tool);
  if (program === undefined) test.skip(`${name} (skipped: ${tool} is not on PATH)`, () => undefined);
  else test(name, () => body(program), 180_000);
};

const run = (program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): string => {
  const { stdout, stderr, status } = spawnSync(program, args, {
    cwd: home,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return status === 0 ? `${stdout}${stderr}` : `exit code ${status}: ${stdout}${stderr}`;
};

writeFileSync(
  join(home, 'package.json'),
  JSON.stringify({
    dependencies: { [manifest.name]: manifest.version },
    jest: { testMatch: ['**/*.test.?js'], moduleFileExtensions: ['mjs', 'cjs', 'js', 'json'], transform: {} },
  }),
);

// A gzipped CSV with quotes, a fitted policy, and a hash. The last bits of a fit differ between engines, so its hash does too.
writeFileSync(
  join(home, 'job.mjs'),
  `import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { Decode, Errors, Policy, Simulate, Votes } from 'tandem-consensus';
import { sha256 } from './node_modules/tandem-consensus/dist/kernel/ids/sha256.js';
writeFileSync('votes.csv.gz', gzipSync('stackId,annotatorId,label\\n"s,1",ann,1\\ns2,"bob",0\\n'));
const votes = Errors.getOrThrow(await Decode.votes()(Decode.fromFile('votes.csv.gz')));
const world = { stacks: 300, prevalence: 0.1, model: {}, gold: { stalled: 100, flowing: 200, chosen: 'stratified' } };
const { policy } = Policy.fit({ seed: 1, prevalence: 0.1 })(Simulate.inputs(Simulate.dataset(world)(1)));
console.log(votes.stackIds.join(' '), Votes.count(votes), Policy.isCertified(policy), sha256('abc').slice(0, 8));
`,
);
const ANSWER = /s,1 s2 2 (true|false) ba7816bf/;

testWith('bun', 'Bun reads a file and fits a policy', (bun) => {
  expect(run(bun, ['job.mjs'])).toMatch(ANSWER);
});

testWith('deno', 'Deno reads a file and fits a policy', (deno) => {
  expect(run(deno, ['run', '--allow-all', '--node-modules-dir=manual', 'job.mjs'])).toMatch(ANSWER);
});

const SPEC = `test('votes of one', () => {
  expect(Votes.count(Errors.getOrThrow(Votes.from()([{ stackId: 's1', annotatorId: 'ann', label: 1 }])))).toBe(1);
});`;
const VM_MODULES = { NODE_OPTIONS: '--experimental-vm-modules' };

testWith('jest', 'Jest runs a test that is an ES module', (jest) => {
  writeFileSync(join(home, 'esm.test.mjs'), `import { Errors, Votes } from 'tandem-consensus';\n${SPEC}`);
  expect(run(jest, ['esm'], VM_MODULES)).toContain('1 passed');
});

testWith(
  'jest',
  'Jest runs a CommonJS test where its Node lets it require ES modules, and says what to do elsewhere',
  (jest) => {
    writeFileSync(join(home, 'cjs.test.cjs'), `const { Errors, Votes } = require('tandem-consensus');\n${SPEC}`);
    const [major, minor] = process.versions.node.split('.').map(Number);
    const canRequire = major > 24 || (major === 24 && minor >= 9);
    expect(run(jest, ['cjs'], VM_MODULES)).toContain(canRequire ? '1 passed' : 'Must use import to load ES Module');
  },
);
