import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { expect, test } from 'vitest';
import { getOrThrow } from '../../src/domain/errors.js';
import type { Duplicates, Vote } from '../../src/domain/vote.js';
import { interner, NOT_UTF8 } from '../../src/kernel/ids/interner.js';
import * as Votes from '../../src/stages/votes/index.js';

const STRANGE = [
  '',
  '__proto__',
  'constructor',
  '🩸',
  '\ufeffbom',
  'é',
  'z'.repeat(13),
  'y'.repeat(300),
  'a\0',
  'a',
  '😀',
  '\uffee',
];

const id = (): fc.Arbitrary<string> =>
  fc.oneof(
    fc.integer({ min: 0, max: 12 }).map((n) => `s${n}`),
    fc.constantFrom(...STRANGE),
    fc.string({ unit: 'binary', maxLength: 20 }),
  );

const vote = (): fc.Arbitrary<Vote> =>
  fc.record({
    stackId: id().filter((text) => text !== ''),
    annotatorId: fc.oneof(id(), fc.constantFrom('ann', 'ben', 'cyd', '')),
    label: fc.constantFrom(0 as const, 1 as const),
  });

const crowd = (): fc.Arbitrary<Vote[]> => fc.array(vote(), { maxLength: 60 });

/** One vote per annotator and stack, except from the anonymous annotator. */
const withoutRepeats = (votes: readonly Vote[]): Vote[] => {
  const seen = new Set<string>();
  return votes.filter(({ stackId, annotatorId }) => {
    const pair = JSON.stringify([stackId, annotatorId]);
    if (annotatorId === '') return true;
    const isNew = !seen.has(pair);
    seen.add(pair);
    return isNew;
  });
};

const shuffled = (votes: readonly Vote[]): fc.Arbitrary<Vote[]> =>
  fc.shuffledSubarray([...votes], { minLength: votes.length });

const index = (votes: readonly Vote[], duplicates?: Duplicates): Votes.VoteTable =>
  getOrThrow(Votes.from({ duplicates })(votes));

/** The votes a table holds, in its order. */
const unpacked = (table: Votes.VoteTable): Vote[] =>
  table.stackIds.flatMap((stackId, s) =>
    Array.from({ length: table.offsets[s + 1] - table.offsets[s] }, (_, k): Vote => {
      const v = table.offsets[s] + k;
      return {
        stackId,
        annotatorId: table.annotatorIds[table.annotatorOf[v]],
        label: table.label[v] === 1 ? 1 : 0,
      };
    }),
  );

const sortedText = (votes: readonly Vote[]): string[] =>
  votes.map((v) => JSON.stringify([v.stackId, v.annotatorId, v.label])).sort();

test('index() holds exactly the votes it was given', () => {
  fc.assert(
    fc.property(crowd(), (votes) => {
      expect(sortedText(unpacked(index(votes, 'all')))).toEqual(sortedText(votes));
    }),
  );
});

test('index() gives an identical table whatever the order of rows', () => {
  const reordered = crowd().chain((votes) => fc.tuple(fc.constant(votes), shuffled(votes)));
  fc.assert(
    fc.property(reordered, ([votes, other]) => {
      expect(index(other, 'all')).toEqual(index(votes, 'all'));
    }),
  );
  const unrepeated = crowd().chain((all) => {
    const votes = withoutRepeats(all);
    return fc.tuple(fc.constant(votes), shuffled(votes), fc.constantFrom<Duplicates>('first', 'last', 'reject'));
  });
  fc.assert(
    fc.property(unrepeated, ([votes, other, duplicates]) => {
      expect(index(other, duplicates)).toEqual(index(votes, 'first'));
    }),
  );
});

test('index() changes nothing but annotatorIds when annotators are renamed', () => {
  const cases = fc.tuple(crowd(), fc.constantFrom<Duplicates>('first', 'last', 'all'), fc.infiniteStream(fc.nat()));
  fc.assert(
    fc.property(cases, ([votes, duplicates, numbers]) => {
      const names = new Map<string, string>([['', '']]);
      for (const { annotatorId } of votes) {
        if (!names.has(annotatorId)) names.set(annotatorId, `${numbers.next().value}/${names.size}`);
      }
      const renamed = votes.map((v) => ({ ...v, annotatorId: names.get(v.annotatorId) ?? '' }));
      const { annotatorIds: before, ...columns } = index(votes, duplicates);
      const { annotatorIds: after, ...renamedColumns } = index(renamed, duplicates);
      expect(renamedColumns).toEqual(columns);
      expect(after.length).toBe(before.length);
    }),
  );
});

test('index() keeps the first or the last of repeated votes, in order of arrival', () => {
  fc.assert(
    fc.property(crowd(), (votes) => {
      expect(sortedText(unpacked(index(votes, 'first')))).toEqual(sortedText(withoutRepeats(votes)));
      expect(index(votes, 'last')).toEqual(index([...votes].reverse(), 'first'));
    }),
  );
});

test('index() rejects exactly the crowds in which someone votes twice on a stack', () => {
  fc.assert(
    fc.property(crowd(), (votes) => {
      const repeated = votes.length - withoutRepeats(votes).length;
      const result = Votes.from({ duplicates: 'reject' })(votes);
      expect(E.isLeft(result)).toBe(repeated > 0);
      if (E.isLeft(result) && result.left._tag === 'DuplicateVotes') {
        expect(result.left.total).toBe(repeated);
        expect(result.left.examples.length).toBeLessThanOrEqual(5);
        for (const example of result.left.examples) {
          const same = votes.filter((v) => v.stackId === example.stackId && v.annotatorId === example.annotatorId);
          expect(same.length).toBe(example.votes);
        }
      }
    }),
  );
});

test('index() sorts stacks by the bytes of their ids, and rows by annotator with the anonymous one last', () => {
  fc.assert(
    fc.property(crowd(), (votes) => {
      const table = index(votes, 'all');
      const bytes = table.stackIds.map((text) => Buffer.from(text));
      for (let s = 1; s < bytes.length; s++) expect(Buffer.compare(bytes[s - 1], bytes[s])).toBe(-1);
      for (let s = 0; s < bytes.length; s++) {
        for (let v = table.offsets[s] + 1; v < table.offsets[s + 1]; v++) {
          expect(table.annotatorOf[v]).toBeGreaterThanOrEqual(table.annotatorOf[v - 1]);
        }
      }
      const anonymous = table.annotatorIds.indexOf('');
      if (anonymous >= 0) expect(anonymous).toBe(table.annotatorIds.length - 1);
    }),
  );
});

test('including() adds empty stacks and keeps all votes', () => {
  const ids = fc.array(id(), { maxLength: 10 });
  fc.assert(
    fc.property(crowd(), ids, (votes, stackIds) => {
      const table = index(votes);
      const more = Votes.including(stackIds)(table);
      const rows = Votes.rowOf(more);
      expect(unpacked(more)).toEqual(unpacked(table));
      expect([...more.stackIds].sort()).toEqual([...new Set([...table.stackIds, ...stackIds])].sort());
      for (const stackId of stackIds) {
        const s = rows.get(stackId) ?? -1;
        expect(more.stackIds[s]).toBe(stackId);
        if (!table.stackIds.includes(stackId)) expect(more.offsets[s + 1] - more.offsets[s]).toBe(0);
      }
      expect(Votes.including(more.stackIds)(more)).toBe(more);
      const bytes = more.stackIds.map((text) => Buffer.from(text));
      for (let s = 1; s < bytes.length; s++) expect(Buffer.compare(bytes[s - 1], bytes[s])).toBe(-1);
    }),
  );
});

test('index() refuses ids that have no UTF-8', () => {
  expect(() => Votes.from()([{ stackId: '\ud800', annotatorId: 'ann', label: 1 }])).toThrow(RangeError);
});

test('count() is the number of rows', () => {
  fc.assert(
    fc.property(crowd(), (votes) => {
      const table = index(votes, 'all');
      expect(Votes.count(table)).toBe(votes.length);
      expect(table.offsets[table.stackIds.length]).toBe(votes.length);
    }),
  );
});

test('index() on a crowd larger than every internal batch agrees with a plain model', () => {
  // 150,000 votes cross the row chunks, the growth of both tables and the native sorts.
  const votes: Vote[] = [];
  for (let i = 0; i < 150_000; i++) {
    const s = Math.imul(i, 2654435761) >>> 0;
    votes.push({
      stackId: `stack-${s % 40_009}`,
      annotatorId: `volunteer ${(s >>> 7) % 3001}`,
      label: s % 19 === 0 ? 1 : 0,
    });
  }
  const table = index(votes, 'first');
  expect(sortedText(unpacked(table))).toEqual(sortedText(withoutRepeats(votes)));
  expect(index([...votes].reverse(), 'last')).toEqual(table);
});

test('interner numbers ids in order of appearance, sorts them by bytes, and keeps broken UTF-8 out', () => {
  const texts = fc.array(fc.oneof(id(), fc.string({ maxLength: 40 })), { maxLength: 80 });
  fc.assert(
    fc.property(texts, (ids) => {
      const table = interner();
      const distinct = [...new Set(ids)];
      for (const text of ids) expect(table.internString(text)).toBe(distinct.indexOf(text));
      for (const text of ids) {
        const bytes = Buffer.from(`<${text}>`);
        expect(table.intern(bytes, 1, bytes.length - 1)).toBe(distinct.indexOf(text));
      }
      const { ids: sorted, rank } = table.sorted();
      expect(sorted).toEqual([...distinct].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
      distinct.forEach((text, i) => {
        expect(sorted[rank[i]]).toBe(text);
      });
    }),
  );
  const table = interner();
  expect(table.intern(Uint8Array.of(0xff, 0xfe), 0, 2)).toBe(NOT_UTF8);
  expect(table.intern(Uint8Array.of(0x61, 0xc3), 0, 2)).toBe(NOT_UTF8);
  expect(table.internString('\udc00')).toBe(NOT_UTF8);
  expect(table.size()).toBe(0);
});
