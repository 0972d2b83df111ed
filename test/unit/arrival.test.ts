import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import * as Replay from '../../src/asking/replay/index.js';
import * as Decode from '../../src/decode/index.js';
import { format, getOrThrow } from '../../src/domain/errors.js';
import type { Vote } from '../../src/domain/vote.js';
import { stableOrder } from '../../src/kernel/ids/stableOrder.js';
import * as Online from '../../src/online/index.js';
import * as Votes from '../../src/stages/votes/index.js';

/** In which order votes came, and what follows from it. */

const decode = async (text: string, options: Decode.VoteOptions = {}) =>
  Decode.votes(options)(Decode.fromText('votes.csv', text));

const table = async (text: string, options: Decode.VoteOptions = {}): Promise<Votes.VoteTable> =>
  getOrThrow(await decode(text, options));

const message = async (text: string, options: Decode.VoteOptions = {}): Promise<string> => {
  const failed = await decode(text, options);
  if (E.isRight(failed)) throw Error('expected a failure');
  return format(failed.left);
};

/** `annotator:label` in order of arrival. */
const inOrder = (votes: Votes.VoteTable): readonly string[] =>
  Array.from(votes.arrival ?? [], (at, v) => ({ at, v }))
    .sort((a, b) => a.at - b.at)
    .map(({ v }) => `${votes.annotatorIds[votes.annotatorOf[v]]}:${votes.label[v]}`);

const MOMENT = Date.UTC(2026, 0, 5, 9, 15, 2);

/** Each is read as this moment, in milliseconds after `MOMENT`. */
const TIMES: readonly (readonly [string, number])[] = [
  ['2026-01-05T09:15:02Z', 0],
  ['2026-01-05T09:15:02', 0],
  ['2026-01-05t09:15:02z', 0],
  [' 2026-01-05 09:15:02 UTC ', 0],
  ['2026-01-05 09:15:02', 0],
  ['2026-01-05T09:15:02.1Z', 100],
  ['2026-01-05T09:15:02.123456+00:00', 123],
  ['2026-01-05T10:15:02+01:00', 0],
  ['2026-01-05T10:15:02+0100', 0],
  ['2026-01-05T04:15:02-05', 0],
  ['2026-01-05T14:45:02+05:30', 0],
  ['2026-01-05 09:15', -2000],
  ['2026-01-05', MOMENT - MOMENT - (9 * 3600 + 15 * 60 + 2) * 1000],
  ['05.01.2026 09:15:02', 0],
  ['5.1.2026 09:15', -2000],
  ['Mon Jan 05 09:15:02 UTC 2026', 0],
  [String(MOMENT / 1000), 0],
  [`${MOMENT / 1000}.25`, 250],
  [String(MOMENT), 0],
];

const NO_TIMES: readonly string[] = [
  '2026-02-30',
  '2026-13-01T00:00:00Z',
  '2026-01-05T09:15:02 CET',
  '2026-01-05T25:00:00Z',
  '2026-01-05T09',
  '2026-01-05x09:15:02',
  '01/05/2026',
  '3.2',
  '17',
  'yesterday',
];

describe('times', () => {
  test.each(TIMES)('%s', async (text, after) => {
    // Votes just before and just after, in the wrong order of rows.
    const at = (ms: number): string => new Date(MOMENT + after + ms).toISOString();
    const csv = `task,user,label,created_at\nt,late,1,${at(1)}\nt,this,0,${text}\nt,early,1,${at(-1)}\n`;
    expect(inOrder(await table(csv))).toEqual(['early:1', 'this:0', 'late:1']);
    const rows = [
      { task: 't', user: 'late', label: 1, time: at(1) },
      { task: 't', user: 'this', label: 0, time: text },
      { task: 't', user: 'early', label: 1, time: at(-1) },
    ];
    expect(inOrder(getOrThrow(Decode.voteRows()(rows)))).toEqual(['early:1', 'this:0', 'late:1']);
  });

  test.each(NO_TIMES)('%s is refused with its line and column', async (text) => {
    const csv = `task,user,label,date\nt,ann,1,2026-01-05\nt,bob,0,${text}\n`;
    expect(await message(csv)).toMatch(
      /line 3, column 4, field "time": expected a time .*--time-column .*--order none/,
    );
    expect(Votes.count(await table(csv, { order: 'none' }))).toBe(2);
  });

  test('numbers in JSON are Unix times', () => {
    const rows = [MOMENT + 1, MOMENT / 1000].map((time, i) => ({ task: 't', user: `u${i}`, label: i, time }));
    expect(inOrder(getOrThrow(Decode.voteRows()(rows)))).toEqual(['u1:1', 'u0:0']);
  });

  test.each(['time', 'Timestamp', 'created_at', 'date', 'Date Time', 'classification_at', 'submitted', 'SubmitTime'])(
    'a column %s is read',
    async (name) => {
      expect(inOrder(await table(`${name},task,user,label\n2026-01-06,t,a,1\n2026-01-05,t,b,0\n`))).toEqual([
        'b:0',
        'a:1',
      ]);
    },
  );

  test('a column may be named', async () => {
    const csv = 'task,user,label,date,when\nt,a,1,?,2026-01-06\nt,b,0,?,2026-01-05\n';
    expect(inOrder(await table(csv, { columns: { time: 'when' } }))).toEqual(['b:0', 'a:1']);
  });
});

describe('order of arrival', () => {
  test('votes without a time among votes with one are issues, each with its line', async () => {
    const csv = 'task,user,label,time\nt,a,1,\nt,b,0,2026-01-05\nt,c,1,\n';
    const text = await message(csv);
    expect(text).toContain(
      'votes.csv, line 2, column 4, field "time": expected a time, as other votes have, found nothing',
    );
    expect(text).toContain('votes.csv, line 4, column 4');
    const rows = [
      { task: 't', user: 'a', label: 1 },
      { task: 't', user: 'b', label: 1, time: '2026-01-05' },
    ];
    expect(E.isLeft(Decode.voteRows()(rows))).toBe(true);
  });

  test('an empty column of times says nothing', async () => {
    expect('arrival' in (await table('task,user,label,time\nt,a,1,\nt,b,0,\n'))).toBe(false);
  });

  test('a file that grows at its end is in order of its rows, if one says so', async () => {
    const csv = 'task,user,label\nt2,a,1\nt1,b,0\nt2,c,1\n';
    expect(inOrder(await table(csv, { order: 'rows' }))).toEqual(['a:1', 'b:0', 'c:1']);
    expect('arrival' in (await table(csv))).toBe(false);
  });

  test('equal times are in order of rows', async () => {
    const day = '2026-01-05';
    const csv = `task,user,label,date\nt,x,1,2026-01-06\nt,z,0,${day}\nt,y,1,${day}\nt,a,0,${day}\n`;
    expect(inOrder(await table(csv))).toEqual(['z:0', 'y:1', 'a:0', 'x:1']);
  });

  test('first and last repeats are those in time', async () => {
    const csv = 'task,user,label,time\nt,a,1,2026-01-06\nt,b,0,2026-01-05\nt,a,0,2026-01-05\nt,a,1,2026-01-07\n';
    expect(inOrder(await table(csv))).toEqual(['b:0', 'a:0']);
    expect(inOrder(await table(csv, { duplicates: 'last' }))).toEqual(['b:0', 'a:1']);
    expect(inOrder(await table(csv, { duplicates: 'all' }))).toEqual(['b:0', 'a:0', 'a:1', 'a:1']);
  });

  test('votes with times, whatever the order of rows, give one table and one order', () => {
    const vote = fc.record({
      stackId: fc.constantFrom('s1', 's2', 's3'),
      annotatorId: fc.constantFrom('', 'ann', 'bob', 'cyd'),
      label: fc.constantFrom(0 as const, 1 as const),
    });
    fc.assert(
      fc.property(
        fc.array(vote, { maxLength: 200 }),
        fc.constantFrom('first', 'last', 'all'),
        fc.integer(),
        (votes, duplicates, seed) => {
          const timed: Vote[] = votes.map((one, i) => ({ ...one, time: MOMENT + i }));
          const shuffled = timed.toSorted((a, b) => Math.sin(seed + (a.time ?? 0)) - Math.sin(seed + (b.time ?? 0)));
          const expected = getOrThrow(Votes.from({ duplicates, order: 'rows' })(votes));
          const found = getOrThrow(Votes.from({ duplicates })(shuffled));
          const { arrival, ...untimed } = expected;
          if (votes.length > 0) expect(found).toEqual(expected);
          // A table that knows the order has the same rows, in the same places, as one that does not.
          expect(untimed).toEqual(getOrThrow(Votes.from({ duplicates })(votes)));
          const row = new Map(votes.map((one, i) => [i, one]));
          expected.stackIds.forEach((stackId, s) => {
            for (let v = expected.offsets[s]; v < expected.offsets[s + 1]; v++) {
              const annotatorId = expected.annotatorIds[expected.annotatorOf[v]];
              expect(row.get(arrival?.[v] ?? -1)).toEqual({ stackId, annotatorId, label: expected.label[v] });
            }
          });
        },
      ),
    );
  });

  test('many votes on one stack, and more votes than one block holds', () => {
    const n = 300_000;
    const votes = Array.from({ length: n }, (_, i) => ({
      stackId: `s${i % 7 === 0 ? 0 : i % 5000}`,
      annotatorId: '',
      label: (i % 3 === 0 ? 1 : 0) as 0 | 1,
      time: (i * 7919) % n,
    }));
    const found = getOrThrow(Votes.from()(votes));
    const byTime = votes.toSorted((a, b) => a.time - b.time);
    for (const [s, stackId] of found.stackIds.entries()) {
      for (let v = found.offsets[s]; v < found.offsets[s + 1]; v++) {
        const vote = byTime[found.arrival?.[v] ?? -1];
        if (vote.stackId !== stackId || vote.label !== found.label[v]) throw Error(`row ${v}: another vote`);
      }
    }
    expect(new Set(found.arrival).size).toBe(n);
  });

  test('times that are not finite, or that only some votes have, are told', () => {
    const vote = { stackId: 's', annotatorId: 'a', label: 1 as const };
    const failed = Votes.from()([{ ...vote, time: 1 }, vote, { ...vote, time: Number.NaN }]);
    if (E.isRight(failed)) throw Error('expected a failure');
    expect(failed.left).toMatchObject({ _tag: 'InvalidInput', total: 2 });
    expect(format(failed.left)).toContain('votes, line 2, field "time"');
  });

  test('stacks that are added, and stacks that are picked, keep it', () => {
    const votes = getOrThrow(
      Votes.from({ order: 'rows' })(
        [3, 1, 2, 1, 3].map((s, i) => ({ stackId: `s${s}`, annotatorId: `a${i}`, label: (i % 2) as 0 | 1 })),
      ),
    );
    expect(Votes.including(['s0', 's4'])(votes).arrival).toEqual(votes.arrival);
    const replayed = Replay.inArrivalOrder(1)(Votes.including(['s0'])(votes));
    expect(replayed.arrival).toEqual(Uint32Array.of(1, 3, 2, 0, 4));
    expect(Replay.pick(['s3', 's0', 's1'])(replayed).arrival).toEqual(Uint32Array.of(0, 4, 1, 3));
    expect(replayed.annotatorOf).toEqual(replayed.arrival?.map((a) => votes.annotatorIds.indexOf(`a${a}`)));
  });

  test('without it a replay has the order of the hash', () => {
    const votes = getOrThrow(
      Votes.from()([0, 1, 2, 3].map((a) => ({ stackId: 's', annotatorId: `a${a}`, label: 1 as const }))),
    );
    expect(Replay.inArrivalOrder(5)(votes)).toEqual(Replay.inRandomOrder(5)(votes));
  });

  test('events with a time are in order of it', () => {
    const vote = (n: number, at?: number) =>
      ({
        event: 'vote',
        eventId: `e${n}`,
        stackId: 's',
        annotatorId: `a${n}`,
        label: n % 2 === 0 ? 0 : 1,
        ...(at === undefined ? {} : { at }),
      }) as const;
    expect(inOrder(Online.inputs()([vote(1, 30), vote(2, 20), vote(3, 25)]).votes)).toEqual(['a2:0', 'a3:1', 'a1:1']);
    expect('arrival' in Online.inputs()([vote(1, 30), vote(2)]).votes).toBe(false);
  });
});

test('stableOrder() is the stable sort by key', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 300 }), (keys) => {
      const order = stableOrder(Float64Array.from(keys)) ?? Uint32Array.from(keys.keys());
      const expected = [...keys.keys()].sort((a, b) => keys[a] - keys[b] || a - b);
      expect([...order]).toEqual(expected);
    }),
  );
});
