import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { afterAll, expect, test } from 'vitest';
import { packed } from './packed.js';

/** What a bundler makes of the installed package. */

const { home, node } = packed();
afterAll(() => rmSync(home, { recursive: true, force: true }));

const bundle = async (contents: string, options: BuildOptions): Promise<string> => {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: home },
    bundle: true,
    minify: true,
    format: 'esm',
    logLevel: 'silent',
    write: false,
    ...options,
  });
  return outputFiles?.[0].text ?? '';
};

test.each([
  ['STALLED', 2_000],
  ['Evaluation', 60_000],
])('import { %s } costs less than %i bytes', async (name, most) => {
  const text = await bundle(`import { ${name} } from 'tandem-consensus'; console.log(${name});`, { platform: 'node' });
  expect(text.length).toBeLessThan(most);
});

/** From votes in a quoted CSV text to a policy's hash: parser, statistics and JSON of the package, as one line. */
const JOB = `(async ({ Decode, Errors, Policy, Simulate, Votes }) => {
  const quoted = Decode.fromText('votes', 'stackId,annotatorId,label\\n"s,1",ann,1\\ns2,"bob",0\\n');
  const votes = Errors.getOrThrow(await Decode.votes()(quoted));
  const world = { stacks: 300, prevalence: 0.1, model: {}, gold: { stalled: 100, flowing: 200, chosen: 'stratified' } };
  const { policy } = Policy.fit({ seed: 1, prevalence: 0.1 })(Simulate.inputs(Simulate.dataset(world)(1)));
  const file = await Decode.votes()(Decode.fromFile('no such file'));
  return JSON.stringify([votes.stackIds, Votes.count(votes), Policy.hash(policy), file.left._tag]);
})`;

test('everything of the root entry builds for browsers, and what touches no file runs there with the same results', async () => {
  // A built-in module of Node would not be found: `platform: 'browser'` knows none, and nothing is external.
  const text = await bundle(`export * from 'tandem-consensus';`, { platform: 'browser' });
  writeFileSync(join(home, 'browser.mjs'), text);
  const run = (entry: string, before: string): string =>
    node('--input-type=module', '--eval', `${before}; console.log(await ${JOB}(await import('${entry}')))`);
  const there = run('./browser.mjs', 'delete globalThis.process; delete globalThis.Buffer');
  expect(there).toBe(run('tandem-consensus', ''));
  expect(JSON.parse(there)).toEqual([['s,1', 's2'], 2, expect.stringMatching(/^[0-9a-f]{64}$/), 'IoFailure']);
});
