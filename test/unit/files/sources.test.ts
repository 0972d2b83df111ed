/** Sources: several files as one table, patterns, and the same votes in five kinds of file. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as zlib from 'node:zlib';
import * as E from 'fp-ts/lib/Either.js';
import { afterAll, expect, test } from 'vitest';
import * as Decode from '../../../src/decode/index.js';
import { format, getOrThrow } from '../../../src/domain/errors.js';
import { sameVotes } from './sameVotes.js';

const folder = mkdtempSync(join(tmpdir(), 'tandem-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

const put = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
  return path;
};

const votesOf = async (...patterns: readonly string[]) =>
  getOrThrow(await Decode.votes()(getOrThrow(await Decode.fromFiles()(patterns))));

test('several files become one table, equal columns by name', async () => {
  put('days/1.csv', 'stackId,annotatorId,label\ns1,ann,1\n');
  put('days/2.csv', 'label;worker;task\n0;ben;s1\n');
  put('days/3.json', JSON.stringify([{ stackId: 's2', annotatorId: 'ann', label: 1 }]));
  const whole = await Decode.votes()(
    Decode.fromText('all', 'stackId,annotatorId,label\ns1,ann,1\ns1,ben,0\ns2,ann,1\n'),
  );
  const expected = getOrThrow(whole);
  expect(await votesOf(join(folder, 'days/*'))).toEqual(expected);
  expect(await votesOf(join(folder, 'days/?.csv'), join(folder, 'days', '3.json'))).toEqual(expected);
  expect(await votesOf(join(folder, '**/days/**'))).toEqual(expected);
});

test('one file without annotators beside one with them: its votes are anonymous', async () => {
  const [named, anonymous] = [
    put('named.csv', 'stackId,annotatorId,label\ns1,ann,1\n'),
    put('nobody.csv', 'stackId,label\ns1,1\n'),
  ];
  expect((await votesOf(named, anonymous)).annotatorIds).toEqual(['ann', '']);
  expect((await votesOf(anonymous, named)).annotatorIds).toEqual(['ann', '']);
});

test('a mistake names the file it is in', async () => {
  const good = put('good.csv', 'stackId,label\ns1,1\n');
  const bad = put('bad.csv', 'stackId,label\ns1,1\ns2,perhaps so\n');
  const decoded = await Decode.votes()(getOrThrow(await Decode.fromFiles()([good, bad])));
  expect(E.isLeft(decoded) ? format(decoded.left) : '').toMatch(/bad\.csv, line 3, column 2, field "label"/);
});

test('a file in Windows-1252 among others in UTF-8', async () => {
  const plain = put('plain.csv', 'stackId,label\nGefäß,1\n');
  const old = put('old.csv', Buffer.from('stackId,label\nGefäß,0\n', 'latin1'));
  const votes = await votesOf(plain, old);
  expect(votes.stackIds).toEqual(['Gefäß']);
  expect(Array.from(votes.label)).toEqual([0, 1]);
});

test('a pattern without a file, and a file that is not there', async () => {
  const none = await Decode.fromFiles()([join(folder, 'none-*.csv')]);
  expect(E.isLeft(none) ? format(none.left) : '').toMatch(
    /none-\*\.csv: expected at least one file, found a pattern that matches no file/,
  );
  const gone = await Decode.votes()(getOrThrow(await Decode.fromFiles()([join(folder, 'gone.csv')])));
  expect(E.isLeft(gone) && gone.left._tag).toBe('IoFailure');
});

test('onRecognised tells each file once', async () => {
  const told: string[] = [];
  const source = getOrThrow(
    await Decode.fromFiles({ onRecognised: ({ source: name, rows }) => told.push(`${name.slice(-5)} ${rows}`) })([
      join(folder, 'days/1.csv'),
      join(folder, 'days/2.csv'),
    ]),
  );
  getOrThrow(await Decode.votes()(source));
  expect(told).toEqual(['1.csv 1', '2.csv 1']);
});

test('the same votes as a Zooniverse export, Label Studio JSON, German Excel CSV, workbook and Parquet', async () => {
  const files = await sameVotes(300);
  const tables = await Promise.all(
    Object.entries(files).map(async ([name, content]) =>
      getOrThrow(await Decode.votes()(Decode.fromFile(put(name, content)))),
    ),
  );
  const [first, ...others] = tables;
  expect(first.label.length).toBeGreaterThan(1000);
  for (const table of others) expect({ ...table, notes: first.notes }).toEqual(first);
  expect(tables.length).toBe(6);
});

const { zstdCompressSync } = zlib as typeof zlib & { readonly zstdCompressSync?: (bytes: Uint8Array) => Uint8Array };

test('zstd is read where Node can, and refused with a way out elsewhere', async () => {
  // A frame of one raw block, as the format defines it: magic number, descriptor, size, block header, content.
  const text = Buffer.from('stackId,label\ns1,1\n');
  const frame = Buffer.concat([
    Buffer.of(0x28, 0xb5, 0x2f, 0xfd, 0x20, text.length),
    Buffer.of(1 + 8 * text.length, 0, 0),
    text,
  ]);
  const decoded = await Decode.votes()(Decode.fromFile(put('votes.zst', frame)));
  if (zstdCompressSync === undefined) {
    expect(E.isLeft(decoded) ? format(decoded.left) : '').toMatch(/Node 22\.15 or newer.*zstd -d/);
  } else expect(getOrThrow(decoded).stackIds).toEqual(['s1']);
});
