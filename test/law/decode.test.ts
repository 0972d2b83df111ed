import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { expect, test } from 'vitest';
import * as Decode from '../../src/decode/index.js';
import { getOrThrow } from '../../src/domain/errors.js';
import type { Vote } from '../../src/domain/vote.js';
import * as Votes from '../../src/stages/votes/index.js';

const id = (): fc.Arbitrary<string> =>
  fc.oneof(
    fc.integer({ min: 0, max: 9 }).map((n) => `s${n}`),
    fc.constantFrom(
      'a,b',
      'say "hi"',
      'two\nlines',
      'two\r\nlines',
      'cr\ronly',
      ' padded ',
      '🩸',
      '__proto__',
      '"',
      'x'.repeat(70),
    ),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter((text) => !text.includes('\0')),
  );

const crowd = (minLength = 1): fc.Arbitrary<Vote[]> =>
  fc.array(
    fc.record({
      stackId: id(),
      annotatorId: fc.oneof(id(), fc.constant('')),
      label: fc.constantFrom(0 as const, 1 as const),
    }),
    { minLength, maxLength: 30 },
  );

const WORDS = { 0: ['0', '0.0', 'flowing', 'False', ' 0 '], 1: ['1', '1.0', 'Stalled', 'true', '1 '] } as const;

/** How a table may be written without changing what it says. */
interface Look {
  readonly quoteAll: boolean;
  readonly ending: '\n' | '\r\n' | '\r';
  readonly bom: boolean;
  readonly lastEnding: boolean;
  readonly blankEvery: number;
  readonly spelling: number;
}

const look = (): fc.Arbitrary<Look> =>
  fc.record({
    quoteAll: fc.boolean(),
    ending: fc.constantFrom('\n', '\r\n', '\r'),
    bom: fc.boolean(),
    lastEnding: fc.boolean(),
    blankEvery: fc.integer({ min: 1, max: 20 }),
    spelling: fc.integer({ min: 0, max: 4 }),
  });

const written = (votes: readonly Vote[], { quoteAll, ending, bom, lastEnding, blankEvery, spelling }: Look): string => {
  const cell = (text: string): string => (quoteAll || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = ['task,worker,label'];
  votes.forEach((vote, i) => {
    if (i % blankEvery === 0) lines.push('');
    lines.push([vote.stackId, vote.annotatorId, WORDS[vote.label][spelling]].map(cell).join(','));
  });
  return `${bom ? '\ufeff' : ''}${lines.join(ending)}${lastEnding ? ending : ''}`;
};

/** The bytes of a text in chunks of the given sizes, over and over. */
const inChunks = (name: string, bytes: Uint8Array, sizes: readonly number[]): Decode.Source => ({
  name,
  bytes: (async function* () {
    for (let from = 0, k = 0; from < bytes.length; k++) {
      const to = from + sizes[k % sizes.length];
      yield bytes.slice(from, to);
      from = to;
    }
  })(),
});

const sizes = (): fc.Arbitrary<number[]> => fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 });

test('votes() reads the same table however it is quoted, ended and cut into chunks', async () => {
  await fc.assert(
    fc.asyncProperty(crowd(), look(), sizes(), async (votes, style, cuts) => {
      const bytes = new TextEncoder().encode(written(votes, style));
      const table = getOrThrow(await Decode.votes({ duplicates: 'all' })(inChunks('votes.csv', bytes, cuts)));
      expect(table).toEqual(getOrThrow(Votes.from({ duplicates: 'all' })(votes)));
    }),
    { numRuns: 400 },
  );
});

test('votes() of a quote after thousands of plain rows is the same as of rows', async () => {
  const votes = Array.from({ length: 30_000 }, (_, i): Vote => {
    const s = Math.imul(i, 48271) >>> 0;
    return {
      stackId: i === 20_000 ? 'a "quoted", one' : `s${s % 977}`,
      annotatorId: `w${s % 31}`,
      label: s % 7 === 0 ? 1 : 0,
    };
  });
  const style: Look = { quoteAll: false, ending: '\n', bom: false, lastEnding: true, blankEvery: 100, spelling: 0 };
  const decoded = await Decode.votes()(Decode.fromText('votes.csv', written(votes, style)));
  expect(getOrThrow(decoded)).toEqual(getOrThrow(Votes.from()(votes)));
});

test('votes() reads NDJSON and rows as it reads CSV', async () => {
  await fc.assert(
    fc.asyncProperty(crowd(), sizes(), async (votes, cuts) => {
      const rows = votes.map(({ stackId, annotatorId, label }) => ({
        'Task ID': stackId,
        worker: annotatorId,
        answer: label === 1,
      }));
      const expected = getOrThrow(Votes.from({ duplicates: 'all' })(votes));
      const bytes = new TextEncoder().encode(rows.map((row) => JSON.stringify(row)).join('\n'));
      const lines = await Decode.votes({ duplicates: 'all' })(inChunks('votes.ndjson', bytes, cuts));
      expect(getOrThrow(lines)).toEqual(expected);
      expect(getOrThrow(Decode.voteRows({ duplicates: 'all' })(rows))).toEqual(expected);
    }),
  );
});

/** Mostly like a table of votes, so that damage reaches every corner of the readers. */
const damaged = (): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(
      crowd(0),
      look(),
      fc.array(
        fc.tuple(fc.nat(), fc.oneof(fc.constantFrom(0, 10, 13, 34, 44, 123, 255), fc.integer({ min: 0, max: 255 }))),
        { maxLength: 4 },
      ),
      fc.boolean(),
    )
    .map(([votes, style, edits, asJson]) => {
      const text = asJson ? votes.map((vote) => JSON.stringify(vote)).join('\n') : written(votes, style);
      const bytes = new TextEncoder().encode(text);
      for (const [at, byte] of edits) if (bytes.length > 0) bytes[at % bytes.length] = byte;
      return bytes;
    });

test('decoders never throw, and chunk boundaries change neither value nor message', async () => {
  await fc.assert(
    fc.asyncProperty(damaged(), sizes(), async (bytes, cuts) => {
      for (const decode of [Decode.votes(), Decode.scores(), Decode.gold(), Decode.stacks]) {
        const whole = await decode(inChunks('x', bytes, [Math.max(bytes.length, 1)]));
        const cut = await decode(inChunks('x', bytes, cuts));
        expect(cut).toEqual(whole);
        if (E.isLeft(whole) && whole.left._tag === 'InvalidInput') {
          expect(whole.left.issues.length).toBe(Math.min(5, whole.left.total));
          expect(whole.left.total).toBeGreaterThan(0);
        }
      }
    }),
    { numRuns: 600 },
  );
});

test('scores() keeps every number exactly and leaves out what is missing', async () => {
  const rows = fc.uniqueArray(
    fc.record({
      stackId: id(),
      score: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom('', 'NaN', 'NA', 'null')),
    }),
    { selector: (row) => row.stackId, minLength: 1, maxLength: 20 },
  );
  await fc.assert(
    fc.asyncProperty(rows, async (table) => {
      const text = [
        'score,stack',
        ...table.map(({ stackId, score }) => `${score},"${stackId.replaceAll('"', '""')}"`),
      ].join('\n');
      const scores = getOrThrow(await Decode.scores()(Decode.fromText('scores.csv', text)));
      const kept = table.filter(({ score }) => typeof score === 'number');
      expect(scores.stackIds).toEqual(kept.map(({ stackId }) => stackId));
      // Text has no negative zero of its own: `${-0}` is "0".
      expect(Array.from(scores.score, (score) => `${score}`)).toEqual(kept.map(({ score }) => `${score}`));
    }),
  );
});
