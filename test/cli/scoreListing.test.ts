import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import * as Errors from '../../src/domain/errors.js';
import { naturalOrder } from '../../src/kernel/ids/naturalOrder.js';
import { glob, type ListingOptions, listStacks } from '../../src/model/scoring/listing.js';
import { scratch } from './tandem.js';

const FILES = ['2.mp4', '10.mp4', 'b/1.TIF', 'b/c/3.npy', '.hidden.mp4', '.git/4.mp4', 'notes.md', 'b/movie.avi'];

const tree = (files: readonly string[] = FILES): string => {
  const dir = scratch();
  for (const file of files) {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), '');
  }
  return dir;
};

const listed = async (dir: string, inputs: readonly string[], options: ListingOptions = {}) => {
  const found = Errors.getOrThrow(await listStacks(options)(inputs.map((input) => join(dir, input))));
  return found.map(({ stackId, path }) => `${relative(dir, path)} = ${stackId}`);
};

const told = async (inputs: readonly string[], options: ListingOptions = {}): Promise<string> => {
  const found = await listStacks(options)(inputs);
  if (E.isRight(found)) throw new Error('expected a failure');
  return Errors.format(found.left);
};

describe('listStacks()', () => {
  test('finds the stacks of a folder and below, counts as people do, leaves hidden files out', async () => {
    expect(await listed(tree(), ['.'])).toEqual([
      '2.mp4 = 2.mp4',
      '10.mp4 = 10.mp4',
      'b/1.TIF = 1.TIF',
      'b/c/3.npy = 3.npy',
      'b/movie.avi = movie.avi',
    ]);
  });

  test.each([
    ['*.mp4', ['2.mp4', '10.mp4']],
    ['**/*.npy', ['3.npy']],
    ['**', ['2.mp4', '10.mp4', '1.TIF', '3.npy', 'movie.avi']],
    ['?.mp4', ['2.mp4']],
    ['b/*', ['1.TIF', 'movie.avi']],
    ['*/c/*.npy', ['3.npy']],
  ])('finds what fits %s', async (pattern, ids) => {
    const found = await listed(tree(), [pattern]);
    expect(found.map((row) => row.split(' = ')[1])).toEqual(ids);
  });

  test('names the same files in the same order, whoever took the pattern apart', async () => {
    const dir = tree();
    expect(await listed(dir, ['10.mp4', '2.mp4'])).toEqual(await listed(dir, ['*.mp4']));
  });

  test('counts a file once that is named twice', async () => {
    expect(await listed(tree(), ['2.mp4', '*.mp4', '.', './2.mp4'])).toHaveLength(5);
  });

  test('names both files of one id', async () => {
    const dir = tree(['a/1.mp4', 'b/1.mp4', 'b/1.tif']);
    expect(await told([dir])).toBe(
      `the stacks, field "stackId": expected one file per stack id, found ${dir}/a/1.mp4 and ${dir}/b/1.mp4, which would both have the id "1.mp4". ` +
        'Rename one of them, score the folders apart, or give a list with columns path and stackId.',
    );
    expect(await told([`${dir}/b`], { ids: 'stem' })).toContain('which would both have the id "1"');
  });

  test('reads a text list in its own order, its paths from its own folder', async () => {
    const dir = tree();
    writeFileSync(join(dir, 'list.txt'), '\n10.mp4\r\n  b/1.TIF\n\n2.mp4');
    expect(await listed(dir, ['list.txt'])).toEqual(['10.mp4 = 10.mp4', 'b/1.TIF = 1.TIF', '2.mp4 = 2.mp4']);
  });

  test('reads the table of the challenge, the videos elsewhere', async () => {
    const dir = tree();
    writeFileSync(
      join(dir, 'test_metadata.csv'),
      'filename,url,num_frames\n10.mp4,s3://x/10.mp4,54\n2.mp4,s3://x/2.mp4,60\n',
    );
    const found = await listed(dir, ['test_metadata.csv'], { folder: join(dir, 'videos') });
    expect(found).toEqual(['videos/10.mp4 = 10.mp4', 'videos/2.mp4 = 2.mp4']);
  });

  test('takes ids from a table that has them', async () => {
    const dir = tree();
    writeFileSync(join(dir, 'l.csv'), 'vessel,path\n501,b/1.TIF\n502,2.mp4\n');
    expect(await listed(dir, ['l.csv'])).toEqual(['b/1.TIF = 501', '2.mp4 = 502']);
    writeFileSync(join(dir, 'l.ndjson'), '{"path":"2.mp4","stackId":7}\n{"path":"10.mp4"}\n');
    expect(await listed(dir, ['l.ndjson']).catch(String)).toEqual(['2.mp4 = 7', '10.mp4 = 10.mp4']);
  });

  test('reads paths or a table from standard input', async () => {
    const ids = async (text: string): Promise<readonly string[]> =>
      Errors.getOrThrow(await listStacks({ stdin: () => Promise.resolve(text) })(['-'])).map(({ stackId }) => stackId);
    expect(await ids('a/1.mp4\nb, c/2.mp4\n')).toEqual(['1.mp4', '2.mp4']);
    expect(await ids('filename\n1.mp4\n')).toEqual(['1.mp4']);
    expect(await ids('path,mouse\n1.mp4,M\n')).toEqual(['1.mp4']);
  });

  test('keeps a listed file that is not there: it will fail by itself, with its name', async () => {
    const dir = tree();
    writeFileSync(join(dir, 'list.txt'), 'gone.mp4\n');
    expect(await listed(dir, ['list.txt'])).toEqual(['gone.mp4 = gone.mp4']);
  });

  test('follows links, but not in circles', async () => {
    const dir = tree(['a/1.mp4']);
    symlinkSync(dir, join(dir, 'a', 'up'));
    symlinkSync(join(dir, 'a', '1.mp4'), join(dir, '2.mp4'));
    expect(await listed(dir, ['.'])).toEqual(['2.mp4 = 2.mp4', 'a/1.mp4 = 1.mp4']);
  });

  test('keeps links that lead nowhere: they fail by themselves, with their names', async () => {
    const dir = tree(['1.mp4']);
    symlinkSync(join(dir, 'nowhere'), join(dir, '2.mp4'));
    symlinkSync(join(dir, '3.mp4'), join(dir, '3.mp4'));
    symlinkSync(join(dir, 'nowhere'), join(dir, 'notes.md'));
    expect(await listed(dir, ['.'])).toEqual(['1.mp4 = 1.mp4', '2.mp4 = 2.mp4', '3.mp4 = 3.mp4']);
    expect(await listed(dir, ['*.mp4'])).toHaveLength(3);
  });

  test('says what was wanted where a name stands for nothing', async () => {
    const dir = tree(['notes.md']);
    expect(await told([`${dir}/vidoes`])).toContain('found no file or folder of this name. Check the spelling');
    expect(await told([dir])).toContain(
      'expected image stacks (.mp4, .m4v, .mov, .avi, .mkv, .webm, .tif, .tiff, .npy), found none',
    );
    expect(await told([`${dir}/*.mp4`])).toContain('found nothing that fits the pattern');
    expect(await told(['-'], { stdin: () => Promise.resolve('\n\n') })).toContain('standard input');
    writeFileSync(join(dir, 'bad.csv'), 'votes,weights\n1,2\n');
    expect(await told([`${dir}/bad.csv`])).toContain('expected a column "path"');
  });
});

describe('naturalOrder()', () => {
  const word = fc.stringMatching(/^[ab019/.-]{0,8}$/);

  test('is one order: total, and the same from both sides', () => {
    fc.assert(
      fc.property(word, word, word, (a, b, c) => {
        expect(Math.sign(naturalOrder(a, b))).toBe(-Math.sign(naturalOrder(b, a)) + 0);
        expect(naturalOrder(a, b) === 0).toBe(a === b);
        if (naturalOrder(a, b) <= 0 && naturalOrder(b, c) <= 0) expect(naturalOrder(a, c)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 2000 },
    );
  });

  test('orders numbers by their value, a folder before what only begins like it', () => {
    const order = ['a/2', 'a/10', 'a-1/1', 'a1', 'a01', 'a2', 'a10'];
    expect([...order].reverse().sort(naturalOrder)).toEqual(['a/2', 'a/10', 'a-1/1', 'a01', 'a1', 'a2', 'a10']);
  });
});

test('glob() looks no deeper than the pattern goes', () => {
  expect(glob('a/b/*.mp4')).toMatchObject({ folder: 'a/b', depth: 0 });
  expect(glob('/data/*/x/*.mp4')).toMatchObject({ folder: '/data', depth: 2 });
  expect(glob('**/*.mp4')).toMatchObject({ folder: '.', depth: Number.POSITIVE_INFINITY });
  expect(glob('/*.mp4').folder).toBe('/');
  expect(glob('(a)+/*.mp4').matches('x.mp4')).toBe(true);
  expect(glob('*.mp4').matches('xmp4')).toBe(false);
});
