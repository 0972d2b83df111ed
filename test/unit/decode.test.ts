import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as E from 'fp-ts/lib/Either.js';
import { afterAll, expect, test } from 'vitest';
import * as Decode from '../../src/decode/index.js';
import { jsonBreak } from '../../src/decode/text/jsonBreak.js';
import { getOrThrow } from '../../src/domain/errors.js';
import * as Votes from '../../src/stages/votes/index.js';

const folder = mkdtempSync(join(tmpdir(), 'tandem-decode-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

const votes = async (text: string, options: Decode.VoteOptions = {}): Promise<Votes.VoteTable> =>
  getOrThrow(await Decode.votes(options)(Decode.fromText('votes', text)));

const one = getOrThrow(Votes.from()([{ stackId: 's1', annotatorId: 'ann', label: 1 }]));

test('votes() opens our own columns', async () => {
  expect(await votes('stackId,annotatorId,label\ns1,ann,1\n')).toEqual(one);
});

test('votes() opens the raw export of Stall Catchers', async () => {
  const table = await votes(
    'timestamp, vessel id, user id, answer, calibration flag\n2020-01-01 10:00:00,s1,ann,1,0\n2020-01-01 10:00:09,s2,ann,0,1\n',
  );
  expect(table.stackIds).toEqual(['s1', 's2']);
  expect(table.label).toEqual(Uint8Array.of(1, 0));
});

test('votes() opens task, worker, label in any order, with other columns between', async () => {
  expect(await votes('label,seconds,worker,comment,task\nstalled,2.5,ann,,s1\n')).toEqual(one);
});

test('votes() prefers our name to every alias, and an earlier alias to a later one', async () => {
  expect(await votes('id,task,stackId,user,worker,label\n7,t1,s1,ben,ann,1\n')).toEqual(one);
  expect((await votes('id,task,label\n7,t1,1\n')).stackIds).toEqual(['t1']);
});

test('votes() takes the columns a caller names', async () => {
  const text = 'stackId,initials,first look,label\ns1,ann,1,0\n';
  expect(await votes(text, { columns: { annotatorId: 'initials', label: 'First Look' } })).toEqual(one);
});

test('votes() without an annotator column are all anonymous', async () => {
  const table = await votes('stackId,label\ns1,1\ns1,1\ns1,0\n');
  expect(table.annotatorIds).toEqual(['']);
  expect(table.label).toEqual(Uint8Array.of(0, 1, 1));
});

test('votes() keeps ids verbatim, spaces and all', async () => {
  const table = await votes('stackId,annotatorId,label\n s1 ,ANN,1\ns1,ann,1\n');
  expect(table.stackIds).toEqual([' s1 ', 's1']);
  expect(table.annotatorIds.toSorted()).toEqual(['ANN', 'ann']);
});

test('votes() passes over blank lines, before the header too', async () => {
  expect(await votes('\n\r\nstackId,annotatorId,label\n\ns1,ann,1\n\n\n')).toEqual(one);
});

test('votes() resolves duplicates as told', async () => {
  const text = 'stackId,annotatorId,label\ns1,ann,1\ns1,ann,0\n';
  expect((await votes(text)).label).toEqual(Uint8Array.of(1));
  expect((await votes(text, { duplicates: 'last' })).label).toEqual(Uint8Array.of(0));
  expect((await votes(text, { duplicates: 'all' })).label).toEqual(Uint8Array.of(0, 1));
});

test('votes() reads a file, gzipped or not, and can read it again', async () => {
  const text = 'stackId,annotatorId,label\ns1,ann,1\n';
  const zipped = Decode.fromFile(file('votes.anything', gzipSync(text)));
  expect(getOrThrow(await Decode.votes()(Decode.fromFile(file('votes.csv', text))))).toEqual(one);
  expect(getOrThrow(await Decode.votes()(zipped))).toEqual(one);
  expect(getOrThrow(await Decode.votes()(zipped))).toEqual(one);
});

test('votes() tells how many bytes of the source it has read', async () => {
  const bytes = gzipSync('stackId,label\ns1,1\n');
  const told: number[] = [];
  await Decode.votes({ onBytes: (n) => told.push(n) })(Decode.fromFile(file('votes.gz', bytes)));
  expect(told.at(-1)).toBe(bytes.length);
});

test('votes() of a file that is not there is an IoFailure', async () => {
  const missing = await Decode.votes()(Decode.fromFile(join(folder, 'nowhere.csv')));
  expect(missing).toMatchObject({ left: { _tag: 'IoFailure', doing: 'read', path: join(folder, 'nowhere.csv') } });
  const directory = await Decode.scores()(Decode.fromFile(folder));
  expect(directory).toMatchObject({ left: { _tag: 'IoFailure' } });
});

test('votes() of a source that fails half way is an IoFailure, even inside quotes', async () => {
  for (const text of ['stackId,label\ns1,1\n', 'stackId,label\n"s1",1\n', '{"stackId":"s1","label":1}\n']) {
    const failing: Decode.Source = {
      name: 'network',
      bytes: (async function* () {
        yield new TextEncoder().encode(text);
        throw new Error('connection reset');
      })(),
    };
    const decoded = await Decode.votes()(failing);
    expect(decoded).toMatchObject({ left: { _tag: 'IoFailure', path: 'network' } });
  }
});

test('fromText() does not let lone surrogates become one id', async () => {
  const decoded = await Decode.votes()(Decode.fromText('votes', 'stackId,label\n\ud800,1\n\udbff,1\n'));
  expect(decoded).toMatchObject({ left: { _tag: 'InvalidInput', total: 2 } });
});

test('voteRows() takes numbers as ids and no rows at all', () => {
  expect(getOrThrow(Decode.voteRows()([{ task: 12, user: 3, label: 0 }])).stackIds).toEqual(['12']);
  expect(getOrThrow(Decode.voteRows()([])).stackIds).toEqual([]);
});

test('voteRows() keeps five of many issues', () => {
  const rows = Array.from({ length: 200_000 }, () => ({ stackId: '', label: 1 }));
  const decoded = Decode.voteRows()(rows);
  expect(decoded).toMatchObject({ left: { total: 200_000 } });
  expect(E.isLeft(decoded) && decoded.left._tag === 'InvalidInput' && decoded.left.issues.length).toBe(5);
});

test('voteRows() survives hostile keys', () => {
  const row: unknown = JSON.parse(
    '{"__proto__": {"stackId": "x"}, "constructor": 1, "stackId": "__proto__", "label": 1}',
  );
  expect(getOrThrow(Decode.voteRows()([row])).stackIds).toEqual(['__proto__']);
});

test('scores() opens the challenge metadata and leaves out what is missing', async () => {
  const text =
    'filename,project_id,num_frames,crowd_score,tier1,micro,nano,stalled\n1.mp4,M,54,0.0,True,False,False,0.0\n2.mp4,M,60,,True,False,False,1.0\n3.mp4,M,60,NaN,True,False,False,1.0\n4.mp4,G,60,1e-3,True,False,False,1.0\n';
  const scores = getOrThrow(await Decode.scores()(Decode.fromText('train_metadata.csv', text)));
  expect(scores).toEqual({
    stackIds: ['1.mp4', '4.mp4'],
    score: Float64Array.of(0, 0.001),
    notes: [
      {
        about: 'file',
        n: 4,
        text: 'train_metadata.csv: A crowd_score of 0 may also mean that nobody was asked',
      },
    ],
  });
  const gold = getOrThrow(await Decode.gold()(Decode.fromText('train_metadata.csv', text)));
  expect(gold.label).toEqual(Uint8Array.of(0, 1, 1, 1));
  expect(gold.chosen).toBe('random');
});

test('scores() takes raw margins outside [0, 1], and the same score twice', async () => {
  const text = 'stackId,score\ns1,-3.5\ns2, 12 \ns1,-3.50\n';
  const scores = getOrThrow(await Decode.scores()(Decode.fromText('scores', text)));
  expect(scores).toEqual({ stackIds: ['s1', 's2'], score: Float64Array.of(-3.5, 12) });
});

test('scores() takes the column a caller names', async () => {
  const source = Decode.fromText('scores', 'filename,p_a,p_b\n1.mp4,0.1,0.9\n');
  const scores = getOrThrow(await Decode.scores({ columns: { score: 'p_b' } })(source));
  expect(scores.score).toEqual(Float64Array.of(0.9));
});

test('scoreRows() takes an absent key for an abstention', () => {
  const scores = getOrThrow(
    Decode.scoreRows()([{ stackId: 's1' }, { stackId: 's2', p: 0.25 }, { stackId: 's3', p: Number.NaN }]),
  );
  expect(scores).toEqual({ stackIds: ['s2'], score: Float64Array.of(0.25) });
});

test('gold() passes over stacks no expert looked at, and reads how they were chosen', async () => {
  const text = 'stackId,truth,gold chosen\ns1,stalled,stratified\ns2,,stratified\ns3,flowing,stratified\n';
  const gold = getOrThrow(await Decode.gold({ chosen: 'stratified' })(Decode.fromText('gold', text)));
  expect(gold).toEqual({ stackIds: ['s1', 's3'], label: Uint8Array.of(1, 0), chosen: 'stratified' });
});

test('gold() picks one project, whatever the rows of others hold', async () => {
  const text = 'filename,project_id,stalled\n1.mp4,G,1\n2.mp4,M,unsure\n3.mp4,G,0\n';
  const where = { column: 'project_id', value: 'G' };
  const gold = getOrThrow(await Decode.gold({ where })(Decode.fromText('metadata', text)));
  expect(gold.stackIds).toEqual(['1.mp4', '3.mp4']);
});

test('goldRows() decodes rows as files', () => {
  const rows = [{ id: 's1', gold: true }, { id: 's2', gold: null }, { id: 's3' }];
  expect(getOrThrow(Decode.goldRows({ chosen: 'crowd' })(rows))).toEqual({
    stackIds: ['s1'],
    label: Uint8Array.of(1),
    chosen: 'crowd',
  });
});

test('stacks() keeps every column as text, aligned, from CSV and NDJSON', async () => {
  const csv = 'filename,project_id,num_frames,lens\n1.mp4,M,54,a\n2.mp4,,60,b\n';
  const table = getOrThrow(await Decode.stacks(Decode.fromText('stacks', csv)));
  expect(table.stackIds).toEqual(['1.mp4', '2.mp4']);
  expect([...table.columns]).toEqual([
    ['project', ['M', '']],
    ['frames', ['54', '60']],
    ['lens', ['a', 'b']],
  ]);
  const json = '{"stackId":"s1"}\n{"stackId":"s2","mouse":7}\n{"stackId":"s3","lens":null}\n';
  const sparse = getOrThrow(await Decode.stacks(Decode.fromText('stacks', json)));
  expect([...sparse.columns]).toEqual([
    ['mouse', ['', '7', '']],
    ['lens', ['', '', '']],
  ]);
});

test('jsonBreak() points at the first character that cannot stand there', () => {
  const cases: readonly (readonly [string, number])[] = [
    ['{"a":1,}', 7],
    ['{"a":01}', 6],
    ['{"a":tru}', 8],
    ['{"a":"x\u0001"}', 7],
    ['{"a":"\\x"}', 6],
    ['{"a":[1,2}', 9],
    ['{"a":1} x', 8],
    ['{a:1}', 1],
    ['{"a":-}', 6],
    ['{"a":1e}', 7],
    ['', 0],
    ['{"a"', 4],
    ['{"a":{"b":[{}, [], "", null, false, 1.5e-3]},', 45],
  ];
  for (const [text, at] of cases) {
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
    expect([text, jsonBreak(text)]).toEqual([text, at]);
  }
});
