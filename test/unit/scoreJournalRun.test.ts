import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import * as Errors from '../../src/domain/errors.js';
import { stackFailure } from '../../src/domain/modelFailure.js';
import type { ListedStack } from '../../src/model/scoring/listing.js';
import { type RunOptions, type RunResult, runScores, type Scorer } from '../../src/model/scoring/run.js';
import { scratch } from '../cli/tandem.js';

interface Found {
  readonly score: number;
}

const stacksIn = (folder: string, n: number, from = 0) =>
  Array.from({ length: n }, (_, k) => {
    const i = from + k;
    const path = join(folder, `${i}.npy`);
    writeFileSync(path, `stack ${i}`);
    return { stackId: `${i}.npy`, path };
  });

/** Scores file sizes, stacks divisible by seven fail; comes back out of order, and dies after so many answers. */
const scorer = (asked: string[], { dieAfter = Number.POSITIVE_INFINITY, lanes = 3 } = {}): Scorer<Found> => ({
  score: async function* (sources) {
    let held: { readonly index: number; readonly result: E.Either<never, Found> | E.Either<never, never> }[] = [];
    let index = 0;
    let answers = 0;
    const answer = function* () {
      for (const one of held.reverse()) {
        if (answers++ >= dieAfter) throw new Error('killed');
        yield one as { readonly index: number; readonly result: E.Either<never, Found> };
      }
      held = [];
    };
    for (const source of sources) {
      asked.push(source.stack);
      const n = Number.parseInt(source.stack, 10);
      const fails = n % 7 === 3 ? E.left(stackFailure('StackEmpty', source.stack, 'it has no bytes')) : undefined;
      const size = source._tag === 'File' ? readFileSync(source.path).length : 0;
      held.push({ index: index++, result: (fails as never) ?? E.right({ score: n / 1000 + size }) });
      if (held.length === lanes) yield* answer();
    }
    yield* answer();
  },
  session: { runtime: 'pretended' },
  close: () => Promise.resolve(),
});

interface Asked extends RunOptions<Found> {
  readonly stacks: readonly ListedStack[];
}

const options = (
  folder: string,
  stacks: readonly ListedStack[],
  asked: string[],
  more: Partial<RunOptions<Found>> & { readonly dieAfter?: number; readonly lanes?: number } = {},
): Asked => ({
  stacks,
  run: { kind: 'scores' },
  journal: join(folder, 'journal.ndjson'),
  neighbours: 1,
  open: async () => E.right(scorer(asked, more)),
  ...more,
});

const ran = async (asked: Asked): Promise<RunResult<Found>> => {
  const done = await runScores(asked)(asked.stacks);
  if (E.isLeft(done)) throw new Error(JSON.stringify(done.left));
  return done.right;
};

const table = (result: RunResult<Found>): string => {
  const rows = [...result.results()].map(({ stack, result }) => `${stack.stackId} ${JSON.stringify(result)}`);
  result.close();
  return rows.join('\n');
};

describe('runScores()', () => {
  test('killed anywhere, torn anywhere, ends with the results of an undisturbed run', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          n: fc.integer({ min: 1, max: 30 }),
          neighbours: fc.constantFrom(1, 4, 8),
          lanes: fc.integer({ min: 1, max: 9 }),
          kills: fc.array(
            fc.record({ after: fc.integer({ min: 0, max: 20 }), cut: fc.integer({ min: 0, max: 200 }) }),
            {
              maxLength: 4,
            },
          ),
        }),
        async ({ n, neighbours, lanes, kills }) => {
          const folder = scratch();
          const stacks = stacksIn(folder, n);
          const whole = await ran(options(folder, stacks, [], { neighbours, journal: join(folder, 'whole') }));
          for (const { after, cut } of kills) {
            const run = options(folder, stacks, [], { neighbours, lanes, dieAfter: after });
            await runScores(run)(run.stacks).catch(() => undefined);
            const { length } = readFileSync(run.journal);
            truncateSync(run.journal, Math.max(0, length - cut));
          }
          const resumed = await ran(options(folder, stacks, [], { neighbours, lanes: 2 }));
          expect(resumed).toMatchObject({ status: 'finished', total: n, changed: 0 });
          expect(table(resumed)).toBe(table(whole));
          rmSync(folder, { recursive: true });
        },
      ),
      { numRuns: 40 },
    );
  }, 60_000);

  test('scores no stack twice, however often it is started again', async () => {
    const folder = scratch();
    const stacks = stacksIn(folder, 20);
    const asked: string[] = [];
    await expect(runScores(options(folder, stacks, asked, { dieAfter: 9, lanes: 1 }))(stacks)).rejects.toThrow(
      'killed',
    );
    const first = asked.length;
    (await ran(options(folder, stacks, asked))).close();
    // The answer that was not given any more is the one that is asked for again.
    expect(asked.length).toBe(first + 11);
    const third = await ran(options(folder, stacks, asked));
    expect(third).toMatchObject({ status: 'finished', before: 20, scored: 17, failed: 3 });
    expect(asked.length).toBe(first + 11);
    third.close();
  });

  test('looks only at new stacks when there are more', async () => {
    const folder = scratch();
    const stacks = stacksIn(folder, 5);
    (await ran(options(folder, stacks, []))).close();
    const asked: string[] = [];
    const more = await ran(options(folder, [...stacks, ...stacksIn(folder, 2, 5)], asked));
    expect(asked).toEqual(['5.npy', '6.npy']);
    expect(more.total).toBe(7);
    more.close();
  });

  test('looks again at a file that has changed, and says so', async () => {
    const folder = scratch();
    const stacks = stacksIn(folder, 5);
    (await ran(options(folder, stacks, []))).close();
    writeFileSync(stacks[2].path, 'another stack of the same name');
    const asked: string[] = [];
    const again = await ran(options(folder, stacks, asked));
    expect(asked).toEqual(['2.npy']);
    expect(again.changed).toBe(1);
    expect(table(again)).toContain('2.npy {"_tag":"Right","right":{"score":30.002}}');
  });

  test('looks again at failures only when asked to', async () => {
    const folder = scratch();
    const stacks = stacksIn(folder, 12);
    (await ran(options(folder, stacks, []))).close();
    const asked: string[] = [];
    (await ran(options(folder, stacks, asked))).close();
    expect(asked).toEqual([]);
    (await ran(options(folder, stacks, asked, { retryFailed: true }))).close();
    expect(asked).toEqual(['3.npy', '10.npy']);
  });

  test('takes whole batches again where neighbours matter', async () => {
    const folder = scratch();
    const stacks = stacksIn(folder, 10);
    (await ran(options(folder, stacks, [], { neighbours: 4 }))).close();
    const asked: string[] = [];
    const [added] = stacksIn(folder, 1, 10);
    (await ran(options(folder, [...stacks, added], asked, { neighbours: 4 }))).close();
    expect(asked).toEqual(['8.npy', '9.npy', '10.npy']);
    // A new first stack moves every other one place on: no batch is what it was.
    const moved: string[] = [];
    const last = await ran(options(folder, [added, ...stacks], moved, { neighbours: 4 }));
    expect(moved.length).toBe(11);
    expect(last.changed).toBe(11);
    last.close();
  });

  test('throws earlier results away only when the new scorer could be opened', async () => {
    const folder = scratch();
    const stacks = stacksIn(folder, 4);
    (await ran(options(folder, stacks, []))).close();
    const left = stackFailure('DecoderMissing', 'any', 'there is no decoder');
    const refused = await runScores(options(folder, stacks, [], { fresh: true, open: async () => E.left(left) }))(
      stacks,
    );
    expect(refused).toEqual(E.left(left));
    const kept = await ran(options(folder, stacks, []));
    expect(kept.before).toBe(4);
    kept.close();
    const asked: string[] = [];
    (await ran(options(folder, stacks, asked, { fresh: true }))).close();
    expect(asked).toHaveLength(4);
  });

  test('stopped by a signal, keeps what is done and drops what is in hand', async () => {
    const folder = scratch();
    const stacks = stacksIn(folder, 20);
    const stop = new AbortController();
    const stopped = await ran(
      options(folder, stacks, [], {
        lanes: 1,
        signal: stop.signal,
        onProgress: ({ done }) => {
          if (done === 6) stop.abort();
        },
      }),
    );
    expect(stopped).toMatchObject({ status: 'stopped', scored: 5, failed: 1 });
    stopped.close();
    const finished = await ran(options(folder, stacks, []));
    expect(finished).toMatchObject({ status: 'finished', before: 6, scored: 17, failed: 3 });
    finished.close();
  });

  test('does not count a stack that was not looked at because of the stop', async () => {
    const folder = scratch();
    const stacks = stacksIn(folder, 2);
    const open: RunOptions<Found>['open'] = async () =>
      E.right({
        score: async function* (sources) {
          let index = 0;
          for (const { stack } of sources) {
            yield { index: index++, result: E.left(stackFailure('DecodeAborted', stack, 'decoding was stopped')) };
          }
        },
        session: {},
        close: () => Promise.resolve(),
      });
    const none = await ran(options(folder, stacks, [], { open }));
    expect(none).toMatchObject({ scored: 0, failed: 0 });
    none.close();
  });
});

/** A folder of its own for the stacks, so that it can go away and come back. */
const disk = (n: number) => {
  const dir = scratch();
  const folder = join(dir, 'disk');
  mkdirSync(folder);
  return { dir, folder, stacks: stacksIn(folder, n), unmount: () => renameSync(folder, join(dir, 'away')) };
};

describe('files that are not there', () => {
  test('keep their scores while their disk is away, and are not scored again when it is back', async () => {
    const { dir, folder, stacks, unmount } = disk(5);
    const whole = table(await ran(options(dir, stacks, [])));
    unmount();
    const asked: string[] = [];
    const away = await ran(options(dir, stacks, asked));
    // Four are scored, one has failed; a failure is no score to be kept.
    expect(away).toMatchObject({ status: 'finished', scored: 4, failed: 1, changed: 0, before: 5, away: 4 });
    expect(table(away)).toBe(whole);
    renameSync(join(dir, 'away'), folder);
    const back = await ran(options(dir, stacks, asked));
    expect(back).toMatchObject({ scored: 4, failed: 1, changed: 0, away: 0 });
    expect(table(back)).toBe(whole);
    expect(asked).toEqual([]);
  });

  test('one file that vanished after it was scored keeps its row', async () => {
    const { dir, stacks } = disk(3);
    const whole = table(await ran(options(dir, stacks, [])));
    rmSync(stacks[1].path);
    const again = await ran(options(dir, stacks, []));
    expect(again).toMatchObject({ away: 1, changed: 0 });
    expect(table(again)).toBe(whole);
  });

  test('without a score are looked at as soon as they are there', async () => {
    const { dir, stacks, folder } = disk(2);
    const late = { stackId: '2.npy', path: join(folder, '2.npy') };
    const open = (asked: string[]): RunOptions<Found>['open'] => {
      const { score, ...rest } = scorer(asked);
      const present = async function* (sources: Parameters<typeof score>[0]) {
        let index = 0;
        for (const source of sources) {
          asked.push(source.stack);
          const left = { _tag: 'IoFailure' as const, path: source.stack, doing: 'read' as const, cause: 'not there' };
          const isThere = source._tag === 'File' && E.isRight(E.tryCatch(() => readFileSync(source.path), String));
          yield { index: index++, result: isThere ? E.right({ score: 1 }) : E.left(left) };
        }
      };
      return async () => E.right({ ...rest, score: present });
    };
    const first = await ran(options(dir, [...stacks, late], [], { open: open([]) }));
    expect(first).toMatchObject({ scored: 2, failed: 1, away: 0 });
    first.close();
    writeFileSync(late.path, 'stack 2');
    const asked: string[] = [];
    const second = await ran(options(dir, [...stacks, late], [], { open: open(asked) }));
    expect(asked).toEqual(['2.npy']);
    expect(second).toMatchObject({ scored: 3, failed: 0 });
    second.close();
  });

  test('that are not listed any more have no result, are counted, and come back with their scores', async () => {
    const { dir, stacks } = disk(5);
    const whole = table(await ran(options(dir, stacks, [])));
    const fewer = await ran(options(dir, stacks.slice(0, 2), []));
    // The fourth has failed.
    expect(fewer).toMatchObject({ total: 2, scored: 2, unlisted: 2 });
    fewer.close();
    const asked: string[] = [];
    const all = await ran(options(dir, stacks, asked));
    expect(all.unlisted).toBe(0);
    expect(table(all)).toBe(whole);
    expect(asked).toEqual([]);
  });
});

describe('the same name in another place', () => {
  const TIME = new Date(1.6e12);
  /** Two folders with a file of one name, size and time; one has the other stack. */
  const days = () => {
    const dir = scratch();
    const [one, two] = ['day1', 'day2'].map((day) => {
      mkdirSync(join(dir, day));
      const path = join(dir, day, '0.npy');
      writeFileSync(path, day);
      utimesSync(path, TIME, TIME);
      return [{ stackId: '0.npy', path }];
    });
    return { dir, one, two };
  };

  test('is another stack, even of the same size and time', async () => {
    const { dir, one, two } = days();
    (await ran(options(dir, one, []))).close();
    const asked: string[] = [];
    const second = await ran(options(dir, two, asked));
    expect([asked, second.changed]).toEqual([['0.npy'], 1]);
    second.close();
  });

  test('is another stack, even when that file is not there', async () => {
    const { dir, one } = days();
    (await ran(options(dir, one, []))).close();
    const asked: string[] = [];
    const none = { stackId: '0.npy', path: join(dir, 'day3', '0.npy') };
    await runScores(options(dir, [none], asked))([none]).catch(() => undefined);
    expect(asked).toEqual(['0.npy']);
  });

  test('is another stack when a link has been led elsewhere', async () => {
    const { dir } = days();
    const link = join(dir, 'today');
    const linked = [{ stackId: '0.npy', path: join(link, '0.npy') }];
    symlinkSync(join(dir, 'day1'), link);
    const asked: string[] = [];
    (await ran(options(dir, linked, asked))).close();
    (await ran(options(dir, linked, asked))).close();
    expect(asked).toHaveLength(1);
    rmSync(link);
    const away = await ran(options(dir, linked, asked));
    expect([asked.length, away.away]).toEqual([1, 1]);
    away.close();
    symlinkSync(join(dir, 'day2'), link);
    (await ran(options(dir, linked, asked))).close();
    expect(asked).toHaveLength(2);
  });

  test('counts as the same in journals of older versions, which do not say where', async () => {
    const { dir, one, two } = days();
    const run = options(dir, one, []);
    (await ran(run)).close();
    writeFileSync(run.journal, readFileSync(run.journal, 'utf8').replace(/"path":"[^"]*",/, ''));
    const asked: string[] = [];
    (await ran(options(dir, two, asked))).close();
    expect(asked).toEqual([]);
  });
});

test('a path that cannot even be asked about fails by itself', async () => {
  const dir = scratch();
  const path = join(dir, '0.npy');
  symlinkSync(path, path);
  const asked: string[] = [];
  const looped = await runScores(options(dir, [], asked))([{ stackId: '0.npy', path }]);
  expect(looped).toMatchObject({ left: { cause: { code: 'ELOOP', syscall: 'open' } } });
  // It was the reader who said so, not the ledger.
  expect(asked).toEqual(['0.npy']);
});

test('a journal that another program writes into is an error that says so, and finished stacks count', async () => {
  const folder = scratch();
  const stacks = stacksIn(folder, 6);
  const run = options(folder, stacks, [], {
    lanes: 1,
    onProgress: ({ done }) => {
      if (done === 3) appendFileSync(run.journal, '{"stackId":"0.npy","found":{"score":7}}\n');
    },
  });
  const disturbed = await runScores(run)(run.stacks);
  expect(E.isLeft(disturbed) && disturbed.left._tag === 'InvalidInput' ? Errors.format(disturbed.left) : '').toBe(
    `${run.journal}: expected the result of "3.npy" where this run wrote it, found text that another program has ` +
      'written there. Make sure that nothing else writes to this file, and start the same command again. Finished stacks are not scored again.',
  );
});
