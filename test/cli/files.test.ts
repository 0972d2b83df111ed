/** The command line on files as laboratories have them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as Decode from '../../src/decode/index.js';
import { sameVotes } from '../unit/files/sameVotes.js';
import { json, scratch, tandem } from './tandem.js';

/** Truth of the votes in `sameVotes`. */
const gold = (stacks: number): string =>
  `stackId,label\n${Array.from({ length: stacks }, (_, s) => `v${s},${s % 7 === 0 ? 1 : 0}\n`).join('')}`;

test('run gives the same decisions, byte for byte, from six kinds of file that hold the same votes', {
  timeout: 300_000,
}, async () => {
  const dir = scratch();
  const stacks = 2100;
  writeFileSync(join(dir, 'gold.csv'), gold(stacks / 2));
  const files = await sameVotes(stacks);
  const decisions = Object.entries(files).map(([name, content]) => {
    writeFileSync(join(dir, name), content);
    const out = join(dir, `out-${name}`);
    const { code, stderr } = tandem(
      ...['run', '--votes', join(dir, name), '--gold', join(dir, 'gold.csv'), '--seed', '1', '--out', out],
    );
    expect([0, 2, 3], `${name}: ${stderr}`).toContain(code);
    return readFileSync(join(out, 'decisions.csv'), 'utf8');
  });
  expect(decisions.length).toBe(6);
  expect(decisions[0].split('\n').length).toBeGreaterThan(stacks);
  for (const other of decisions) expect(other).toBe(decisions[0]);
});

test('inspect says what would be read, and what looks wrong', () => {
  const dir = scratch();
  const path = join(dir, 'votes.csv');
  writeFileSync(path, 'vessel;who;answer\nv1;ann;cat\nv1;ben;dog\nv2;ann;cow\n');
  const { code, stdout } = tandem('inspect', path);
  expect(code).toBe(0);
  expect(stdout).toMatch(/CSV, semicolons between columns, UTF-8/);
  expect(stdout).toMatch(/--annotator-column NAME \(of "who"\)/);
  expect(stdout).toMatch(/Labels of 3 classes.*--positive/);
  const seen = JSON.parse(
    tandem('inspect', path, '--annotator-column', 'who', '--positive', 'cat', '--json').stdout,
  ) as Decode.Inspection;
  expect(seen.doubts).toEqual([]);
  expect(seen.columns.map(({ role }) => role)).toEqual(['stack', 'annotator', 'label']);
  expect(seen.labels.map(({ value, means }) => `${value} ${means}`)).toEqual([
    'cat stalled',
    'cow flowing',
    'dog flowing',
  ]);
});

test('inspect counts every outcome of an export', async () => {
  const dir = scratch();
  const path = join(dir, 'export.csv');
  writeFileSync(path, (await sameVotes(20))['zooniverse.csv']);
  const seen = JSON.parse(tandem('inspect', path, '--json').stdout) as Decode.Inspection;
  expect(seen.format.name).toBe('zooniverse');
  expect(seen.counts).toMatchObject({ votes: 100, abstentions: 0, invalid: 0, repeats: 0 });
  expect([seen.stacks, seen.annotators]).toEqual([20, 23]);
  expect(seen.usableAs).toEqual(['votes']);
});

test('votes come from a pattern, and each file is named in the provenance', async () => {
  const dir = scratch();
  const text = String((await sameVotes(700))['plain.csv']).split('\n');
  const [head, ...lines] = text;
  writeFileSync(join(dir, 'day1.csv'), [head, ...lines.slice(0, 1500)].join('\n'));
  writeFileSync(join(dir, 'day2.csv'), [head, ...lines.slice(1500)].join('\n'));
  writeFileSync(join(dir, 'gold.csv'), gold(700));
  const { code, stderr } = tandem(
    ...['fit', '--votes', join(dir, 'day*.csv'), '--gold', join(dir, 'gold.csv'), '--out', dir],
  );
  expect([0, 2, 3], stderr).toContain(code);
  const { provenance } = json(join(dir, 'policy.json'));
  expect(provenance.inputs.map(({ name }: { readonly name: string }) => name)).toEqual([
    'day1.csv',
    'day2.csv',
    'gold.csv',
  ]);
});

test('--format takes every name that the library knows', () => {
  const dir = scratch();
  const path = join(dir, 'wide.csv');
  writeFileSync(path, 'item,ann,ben\ns1,1,0\n');
  const { stderr } = tandem('inspect', path, '--format', 'nonsense');
  const names = /Expected one of (.*)\./.exec(stderr)?.[1].split(', ') ?? [];
  expect(names.toSorted()).toEqual(Decode.FORMAT_NAMES.toSorted());
  expect(tandem('inspect', path, '--format', 'cleanlab-wide').stdout).toMatch(/votes\s+2/);
});
