import { linkSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { safeOut } from '../../src/cli/scoreOutput.js';
import * as Errors from '../../src/domain/errors.js';
import { runFilesOf } from '../../src/model/scoring/write.js';
import { scratch } from '../cli/tandem.js';

const OURS = {
  'scores.csv': 'stackId,score,label,p_fold_0,"p_a,b",frames,passes\n1.mp4,0.5,flowing,0.5,0.5,60,8\n',
  'scores.failures.csv': 'stackId,path,tag,reason,fix\n',
  'scores.csv.json': '{\n  "schema": "tandem-scores/1",\n  "sha256": null\n}\n',
  'scores.csv.journal.ndjson': '{"schema":"tandem-journal/1","key":"k","run":{}}\n',
};

/** A folder with these files, and what is said about an `--out` in it. */
const folder = (files: Readonly<Record<string, string>>) => {
  const dir = scratch();
  const at = (name: string): string => join(dir, name);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(at(name)), { recursive: true });
    writeFileSync(at(name), text);
  }
  const told = (
    out: string,
    { reads = [], stacks = [], fresh = false }: Readonly<{ reads?: string[]; stacks?: string[]; fresh?: boolean }> = {},
  ): string => {
    const files = { files: reads.map(at), stacks: stacks.map((name) => ({ path: at(name) })) };
    const safe = safeOut(runFilesOf(at(out)), files, { fresh });
    return E.isLeft(safe) ? Errors.format(safe.left).replaceAll(`${dir}/`, '') : 'safe';
  };
  return { dir, at, told };
};

describe('safeOut()', () => {
  test('lets a run write where nothing is, where an empty file is, and over its own', () => {
    expect(folder({}).told('deep/down/scores.csv')).toBe('safe');
    expect(folder({ 'scores.csv': '' }).told('scores.csv')).toBe('safe');
    const { told } = folder(OURS);
    expect([told('scores.csv'), told('scores.csv', { fresh: true })]).toEqual(['safe', 'safe']);
    const tensors = { ...OURS, 'scores.csv': 'stackId,input,shape,sha256\n' };
    expect(folder(tensors).told('scores.csv')).toBe('safe');
  });

  test.each([
    ['out.csv', 'stackId,score\n1,0.5\n', 'out.csv'],
    ['out.csv', 'stackId,score,label,mine,frames,passes,notes\n', 'out.csv'],
    ['out.csv', 'no line end', 'out.csv'],
    ['out.failures.csv', 'stackId,why\n', 'out.csv'],
    ['package.json', '{"name":"mine"}', 'package'],
  ])('never lets it write over %s with %j', (name, text, out) => {
    const { told } = folder({ ...OURS, [name]: text });
    for (const fresh of [false, true])
      expect(told(out, { fresh })).toContain(`${name}: expected no file yet, or one that`);
  });

  test('does not let results go whose journal is not there, unless they are to be thrown away', () => {
    const { told } = folder({ 'scores.csv': OURS['scores.csv'], 'scores.csv.json': OURS['scores.csv.json'] });
    expect(told('scores.csv')).toBe(
      'scores.csv: expected the journal scores.csv.journal.ndjson beside it, to take them over from, found results of an ' +
        'earlier run without it. Give another --out, or add --fresh to throw these results away and start over.',
    );
    expect(told('scores.csv', { fresh: true })).toBe('safe');
  });

  test.each([
    ['the list itself', 'scores.csv', { reads: ['scores.csv'] }],
    ['failures taken for a list', 'scores.failures.csv', { reads: ['scores.failures.csv'] }],
    ['the pipeline', 'scores.csv.json', { reads: ['scores.csv.json'] }],
    ['the journal', 'scores.csv.journal.ndjson', { reads: ['scores.csv.journal.ndjson'] }],
    ['the list by another name', 'scores.csv', { reads: ['linked.csv'] }],
    ['a stack', 'scores.csv', { stacks: ['x/../scores.csv'] }],
  ])('does not let it write over %s', (_, name, reads) => {
    const { at, told } = folder(OURS);
    linkSync(at('scores.csv'), at('linked.csv'));
    for (const fresh of [false, true]) {
      expect(told('scores.csv', { ...reads, fresh })).toBe(
        `--out: expected files that are not among its stacks, lists and models, found ${name}, which this run would read and ` +
          'then write over. Give another --out.',
      );
    }
  });

  test('wants a file', () => {
    const { at, told } = folder({});
    mkdirSync(at('results'));
    expect(told('results')).toBe(
      `results: expected a file, or none yet, found a folder. Name a file in it: --out results/scores.csv.`,
    );
    for (const out of ['results/', 'none/']) expect(told(out)).toContain(`--out ${out}scores.csv.`);
  });

  test('writes nothing itself', () => {
    const { dir, told } = folder({});
    told('scores.csv', { fresh: true });
    expect(readdirSync(dir)).toEqual([]);
  });
});
