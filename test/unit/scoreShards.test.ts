import { copyFileSync, cpSync, mkdirSync, readFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import * as Errors from '../../src/domain/errors.js';
import { stackFailure } from '../../src/domain/modelFailure.js';
import type { ListedStack } from '../../src/model/scoring/listing.js';
import { type MergedRun, mergeJournals } from '../../src/model/scoring/merge.js';
import { type RunOptions, type RunResult, runScores, type Scorer } from '../../src/model/scoring/run.js';
import { type Shard, shard } from '../../src/model/scoring/shard.js';
import { scratch } from '../cli/tandem.js';

/** Parts of a run on several machines, and the whole that they come to. */

interface Found {
  readonly score: number;
  readonly seconds?: number;
}

const filmsIn = (folder: string, n: number): readonly ListedStack[] => {
  mkdirSync(folder, { recursive: true });
  return Array.from({ length: n }, (_, i) => {
    const path = join(folder, `${i}.npy`);
    writeFileSync(path, `film ${i} ${'x'.repeat(i % 5)}`);
    return { stackId: `${i}.npy`, path };
  });
};

/** Scores the length of a file; every ninth fails. */
const scorer = (asked: string[], seconds = 1, bias = 0): Scorer<Found> => ({
  score: async function* (sources) {
    let index = 0;
    for (const source of sources) {
      asked.push(source.stack);
      const i = Number.parseInt(source.stack, 10);
      const size = source._tag === 'File' ? readFileSync(source.path).length : 0;
      const result =
        i % 9 === 4
          ? E.left(stackFailure('StackEmpty', source.stack, 'it has no bytes'))
          : E.right({ score: i + size + bias, seconds });
      yield { index: index++, result };
    }
  },
  session: { runtime: 'pretended' },
  close: () => Promise.resolve(),
});

const scored = async (
  stacks: readonly ListedStack[],
  options: Partial<RunOptions<Found>> & { readonly journal: string; readonly asked?: string[]; readonly bias?: number },
): Promise<RunResult<Found>> => {
  const { asked = [], bias, ...more } = options;
  const open = async () => E.right(scorer(asked, 1, bias));
  const ran = await runScores<Found>({ run: { kind: 'scores', models: ['m'] }, neighbours: 1, open, ...more })(stacks);
  return Errors.getOrThrow(ran);
};

const rows = (ran: Pick<RunResult<Found>, 'results'>) =>
  [...ran.results()].map(({ stack, result }) => [stack.stackId, E.isRight(result) ? result.right : result.left.tag]);

const parts = async (
  folder: string,
  stacks: readonly ListedStack[],
  { of, neighbours = 1 }: { readonly of: number; readonly neighbours?: number },
): Promise<readonly string[]> => {
  const journals: string[] = [];
  for (let number = 1; number <= of; number++) {
    const part: Shard = { number, of };
    const journal = join(folder, `part ${number}.ndjson`);
    const mine = shard({ ...part, neighbours })(stacks);
    (await scored(mine, { journal, neighbours, shard: part })).close();
    journals.push(journal);
  }
  return journals;
};

const merged = async (
  journals: readonly string[],
  journal: string,
  stacks?: readonly ListedStack[],
): Promise<MergedRun<Found>> => Errors.getOrThrow(await mergeJournals<Found>({ journals, journal, stacks }));

const told = async (journals: readonly string[], journal: string): Promise<string> => {
  const result = await mergeJournals<Found>({ journals, journal });
  return E.isLeft(result) ? Errors.format(result.left) : 'merged';
};

describe('shard()', () => {
  const names = fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 40 });
  const listed = (ids: readonly string[]): readonly ListedStack[] => ids.map((stackId) => ({ stackId, path: stackId }));

  test('deals every stack to exactly one shard, in the order of the list', () => {
    fc.assert(
      fc.property(names, fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 8 }), (ids, of, neighbours) => {
        const all = Array.from({ length: of }, (_, i) => shard({ number: i + 1, of, neighbours })(listed(ids)));
        expect(
          all
            .flat()
            .map(({ stackId }) => stackId)
            .sort(),
        ).toEqual([...ids].sort());
        for (const part of all) {
          const places = part.map(({ stackId }) => ids.indexOf(stackId));
          expect(places).toEqual(places.toSorted((a, b) => a - b));
        }
      }),
    );
  });

  test('moves no stack when the list grows', () => {
    fc.assert(
      fc.property(names, names, fc.integer({ min: 1, max: 9 }), (ids, more, of) => {
        const grown = [...new Set([...more, ...ids])];
        const inPart = (list: readonly string[]) =>
          new Set(shard({ number: 1, of, neighbours: 1 })(listed(list)).map(({ stackId }) => stackId));
        const [before, after] = [inPart(ids), inPart(grown)];
        for (const id of ids) expect(after.has(id)).toBe(before.has(id));
      }),
    );
  });

  test('keeps neighbours together', () => {
    const ids = Array.from({ length: 29 }, (_, i) => `s${i}`);
    for (let number = 1; number <= 3; number++) {
      const part = shard({ number, of: 3, neighbours: 8 })(listed(ids)).map(({ stackId }) => ids.indexOf(stackId));
      for (const place of part) {
        const group = Math.floor(place / 8);
        for (let i = 8 * group; i < Math.min(29, 8 * group + 8); i++) expect(part).toContain(i);
      }
    }
  });

  test.each([
    [0, 4],
    [5, 4],
    [1.5, 4],
  ])('%f of %i is no part', (number, of) => {
    expect(() => shard({ number, of, neighbours: 1 })([])).toThrow(RangeError);
  });
});

describe('mergeJournals()', () => {
  test.each([1, 8])('comes to what one machine scores, %i neighbours together', async (neighbours) => {
    const folder = scratch();
    const stacks = filmsIn(join(folder, 'films'), 60);
    const whole = await scored(stacks, { journal: join(folder, 'whole.ndjson'), neighbours });
    const journals = await parts(folder, stacks, { of: 4, neighbours });
    for (const order of [journals, journals.toReversed()]) {
      const { ran, gaps, doubles } = await merged(order, join(folder, 'merged.ndjson'), stacks);
      expect(rows(ran)).toEqual(rows(whole));
      expect([ran.scored, ran.failed, ran.total]).toEqual([whole.scored, whole.failed, 60]);
      expect([gaps, doubles]).toEqual([[], 0]);
    }
    const { ran } = await merged(journals, join(folder, 'merged.ndjson'));
    expect(rows(ran)).toEqual(rows(whole));
  });

  test('leaves a journal that goes on: nothing is scored twice', async () => {
    const folder = scratch();
    const stacks = filmsIn(join(folder, 'films'), 30);
    const journals = await parts(folder, stacks, { of: 3 });
    const journal = join(folder, 'merged', 'scores.ndjson');
    const { gaps } = await merged(journals.slice(0, 2), journal);
    expect(gaps).toEqual(['of 3 shards 3 is missing']);
    const asked: string[] = [];
    const ran = await scored(stacks, { journal, asked });
    expect(asked).toEqual(shard({ number: 3, of: 3, neighbours: 1 })(stacks).map(({ stackId }) => stackId));
    expect(ran.scored + ran.failed).toBe(30);
  });

  test('names an unfinished shard, and listed stacks without a result', async () => {
    const folder = scratch();
    const stacks = filmsIn(join(folder, 'films'), 30);
    const journals = await parts(folder, stacks, { of: 2 });
    const lines = readFileSync(journals[1], 'utf8').split('\n');
    writeFileSync(journals[1], `${lines.slice(0, -3).join('\n')}\n`);
    const { gaps } = await merged(journals, join(folder, 'merged.ndjson'), stacks);
    expect(gaps).toHaveLength(2);
    expect(gaps[0]).toBe('2 listed stacks have no result');
    expect(gaps[1]).toMatch(/^shard 2\/2 in .*part 2\.ndjson has \d+ of \d+ stacks: start it again$/);
  });

  test('counts a stack that two machines have scored alike, and takes a score before a failure', async () => {
    const folder = scratch();
    const stacks = filmsIn(join(folder, 'films'), 10);
    const [a, b] = ['a', 'b'].map((name) => join(folder, `${name}.ndjson`));
    await scored(stacks, { journal: a });
    await scored(stacks.slice(0, 3), { journal: b });
    writeFileSync(
      b,
      `${readFileSync(b, 'utf8')}${JSON.stringify({ stackId: '4.npy', path: 'films/4.npy', found: { score: 4 } })}\n`,
    );
    const { doubles, ran } = await merged([a, b], join(folder, 'merged.ndjson'));
    expect(doubles).toBe(3);
    expect(rows(ran).find(([id]) => id === '4.npy')).toEqual(['4.npy', { score: 4 }]);
  });

  test('refuses another result, another content, other models, and what is no journal; each with the file', async () => {
    const folder = scratch();
    const stacks = filmsIn(join(folder, 'films'), 6);
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => join(folder, `${name}.ndjson`));
    const out = join(folder, 'merged.ndjson');
    await scored(stacks, { journal: a });
    await scored(stacks.slice(1, 2), { journal: b, bias: 1 });
    expect(await told([a, b], out)).toContain(`"1.npy" with another result in ${a} and ${b}`);
    writeFileSync(stacks[2].path, 'another film');
    await scored(stacks.slice(2, 3), { journal: c });
    expect(await told([a, c], out)).toContain(`"2.npy" with another content in ${a} and ${c}`);
    await scored(stacks.slice(3), { journal: d, run: { kind: 'scores', models: ['n'] } });
    expect(await told([a, d], out)).toMatch(/d\.ndjson, field "models": expected \["?m"?\], found \["?n"?\]/);
    expect(await told([a, stacks[0].path], out)).toContain('expected the journal of a run');
  });
});

describe('a journal that moves', () => {
  const moved = (folder: string, to: string) => {
    mkdirSync(to, { recursive: true });
    cpSync(join(folder, 'films'), join(to, 'films'), { recursive: true });
    copyFileSync(join(folder, 'j.ndjson'), join(to, 'j.ndjson'));
    return Array.from({ length: 12 }, (_, i) => ({ stackId: `${i}.npy`, path: join(to, 'films', `${i}.npy`) }));
  };

  test('to another machine with its films scores nothing again, and holds no absolute path', async () => {
    const folder = scratch();
    await scored(filmsIn(join(folder, 'films'), 12), { journal: join(folder, 'j.ndjson') });
    expect(readFileSync(join(folder, 'j.ndjson'), 'utf8')).not.toContain(folder);
    const asked: string[] = [];
    const ran = await scored(moved(folder, join(scratch(), 'elsewhere')), {
      journal: join(folder, 'j.ndjson'),
      asked,
    });
    expect([asked, ran.changed]).toEqual([[], 0]);
  });

  test('touched or renamed folders are the same stacks; one changed byte is another', async () => {
    const folder = scratch();
    const stacks = filmsIn(join(folder, 'films'), 12);
    const journal = join(folder, 'j.ndjson');
    await scored(stacks, { journal });
    renameSync(join(folder, 'films'), join(folder, 'renamed'));
    const now = stacks.map(({ stackId }) => ({ stackId, path: join(folder, 'renamed', stackId) }));
    utimesSync(now[0].path, 1e9, 1e9);
    const before = readFileSync(now[5].path, 'utf8');
    writeFileSync(now[5].path, before.replace('film', 'FILM'));
    const asked: string[] = [];
    const ran = await scored(now, { journal, asked });
    expect([asked, ran.changed]).toEqual([['5.npy'], 1]);
  });
});
