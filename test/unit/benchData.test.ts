import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import * as Decode from '../../src/decode/index.js';
import { getOrThrow } from '../../src/domain/errors.js';
import type { Duplicates } from '../../src/domain/vote.js';
import { BUNDLED, crowdSet, shared, testWithShared } from '../shared.js';

const read = (...path: string[]): string => readFileSync(join(BUNDLED, ...path), 'utf8');

/** Rows of the table in bench/data/README.md: name, question, tasks, with truth, workers, votes, repeated rows, licence. */
const TABLE = read('README.md')
  .split('\n')
  .filter((line) => /^\| \w+ \|.*\d/.test(line))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

const folders = readdirSync(BUNDLED, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort();

const LICENCES = {
  barzan: 'Apache-2.0',
  d_possent: 'MIT',
  sp: 'Apache-2.0',
  sp_amt: 'Apache-2.0',
  trec2010: 'MIT',
  zencrowd_all: 'Apache-2.0',
  zencrowd_in: 'Apache-2.0',
  zencrowd_us: 'Apache-2.0',
};

test('bench/data holds the eight sets whose sources state Apache-2.0 or MIT, and no other', () => {
  expect(folders).toEqual(Object.keys(LICENCES));
  expect(Object.fromEntries(TABLE.map((row) => [row[0], row[7]]))).toEqual(LICENCES);
  for (const folder of folders) {
    expect(readdirSync(join(BUNDLED, folder)).sort()).toEqual(['truth.csv.gz', 'votes.csv.gz']);
  }
});

test('bench/data is smaller than 1.5 MB and is not in the package', () => {
  const sizes = readdirSync(BUNDLED, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(join(entry.parentPath, entry.name)).size);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(1.5e6);
  const { files } = JSON.parse(read('..', '..', 'package.json'));
  expect(files.filter((path: string) => path.startsWith('bench'))).toEqual([]);
});

test('NOTICE states source, citation, licence, copyright and changes of every folder', () => {
  const entries = read('NOTICE').split('\n\n').slice(1);
  for (const folder of folders) {
    const entry = entries.find((text) => text.trimStart().startsWith(`${folder}\n`)) ?? '';
    for (const field of ['what', 'source', 'citation', 'licence', 'copyright', 'changed']) {
      expect(entry, `${folder}: ${field}`).toMatch(new RegExp(`^  ${field} +\\S`, 'm'));
    }
    const licence = LICENCES[folder as keyof typeof LICENCES];
    expect(entry).toMatch(new RegExp(`^  licence +${licence} `, 'm'));
    expect(existsSync(join(BUNDLED, `LICENSE-${licence}`))).toBe(true);
  }
});

test.each(TABLE)('%s decodes to the counts of its table', async (name, ...cells) => {
  const set = crowdSet(name);
  const votesWith = async (duplicates: Duplicates) =>
    getOrThrow(await Decode.votes({ duplicates })(Decode.fromFile(set.votes)));
  const votes = await votesWith('all');
  const truth = getOrThrow(await Decode.gold()(Decode.fromFile(set.truth)));
  const repeated = votes.label.length - (await votesWith('first')).label.length;
  const counts = [
    votes.stackIds.length,
    truth.stackIds.length,
    votes.annotatorIds.length,
    votes.label.length,
    repeated,
  ];
  expect(counts).toEqual(cells.slice(1, 6).map(Number));
  const voted = new Set(votes.stackIds);
  expect(truth.stackIds.filter((id) => !voted.has(id))).toEqual([]);
});

test.each(folders)('%s is compressed without a name or a time, so that the same rows give the same bytes', (name) => {
  for (const part of ['votes', 'truth'] as const) {
    const header = readFileSync(crowdSet(name)[part]).subarray(0, 9);
    // Magic, deflate, no flags, no time, best compression.
    expect([...header]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2]);
  }
});

for (const name of folders) {
  testWithShared(`${name} holds the rows of the set it was made from`, [`crowd/${name}`], () => {
    for (const part of ['votes', 'truth'] as const) {
      const bundled = gunzipSync(readFileSync(crowdSet(name)[part]));
      expect(bundled.equals(readFileSync(shared('crowd', name, `${part}.csv`))), part).toBe(true);
    }
  });
}

testWithShared('reference.json restates the published figures unchanged', ['../facts/crowd_reference.json'], () => {
  const whole = JSON.parse(readFileSync(shared('../facts/crowd_reference.json'), 'utf8')).datasets;
  const { datasets } = JSON.parse(read('reference.json'));
  expect(Object.keys(datasets).sort()).toEqual(folders);
  for (const name of folders) expect(whole[name]).toMatchObject(datasets[name]);
});
