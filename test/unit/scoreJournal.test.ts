import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import * as Errors from '../../src/domain/errors.js';
import { openJournal, type RunKey } from '../../src/model/scoring/journal.js';
import { scratch } from '../cli/tandem.js';

const RUN: RunKey = { kind: 'scores', pipeline: 'a'.repeat(64), models: ['b'.repeat(64)] };

const opened = (path: string, run: RunKey = RUN, fresh = false) => {
  const lines: unknown[] = [];
  const places: number[] = [];
  const { journal, torn, unreadable } = Errors.getOrThrow(
    openJournal(path, run, {
      fresh,
      each: (line, at) => {
        lines.push(line);
        places.push(at);
      },
    }),
  );
  return { journal, lines, places, torn, unreadable };
};

const write = (path: string, lines: readonly object[]): void => {
  const { journal } = opened(path);
  for (const line of lines) journal.append([line]);
  journal.close();
};

const LINES = [{ stackId: 'one' }, { stackId: 'zwölf – 十二' }, { stackId: 'three', failed: { tag: 'StackEmpty' } }];

describe('journal', () => {
  test('gives back what was appended, and reads a line by its place', () => {
    const path = join(scratch(), 'deep', 'down', 'j.ndjson');
    write(path, LINES);
    const { journal, lines, places, torn } = opened(path);
    expect(lines).toEqual(LINES);
    expect(places.map(journal.read)).toEqual(LINES);
    expect(torn).toBe(false);
    const [next] = journal.append([{ stackId: 'four' }]);
    expect(journal.read(next)).toEqual({ stackId: 'four' });
    journal.close();
  });

  test('cut off at any byte, keeps the whole lines before the cut and goes on after them', () => {
    const path = join(scratch(), 'j.ndjson');
    write(path, LINES);
    const whole = readFileSync(path);
    const ends = [...whole.entries()].filter(([, byte]) => byte === 10).map(([i]) => i + 1);
    // Every byte of the last two lines, and some of the header.
    for (let cut = 0; cut <= whole.length; cut += cut < ends[0] - 2 ? 29 : cut < ends[1] + 2 ? 1 : 3) {
      writeFileSync(path, whole.subarray(0, cut));
      const { journal, lines, torn } = opened(path);
      const left = LINES.slice(0, Math.max(0, ends.filter((end) => end <= cut).length - 1));
      expect(lines).toEqual(left);
      expect(torn).toBe(cut > 0 && !ends.includes(cut));
      journal.append([{ stackId: 'after' }]);
      journal.close();
      const again = opened(path);
      expect(again.lines).toEqual([...left, { stackId: 'after' }]);
      again.journal.close();
    }
  });

  test('passes over a line that cannot be read, and says how many there were', () => {
    const path = join(scratch(), 'j.ndjson');
    write(path, LINES);
    const text = readFileSync(path, 'utf8').split('\n');
    text[2] = '\0'.repeat(30);
    writeFileSync(path, text.join('\n'));
    const { journal, lines, unreadable } = opened(path);
    expect(lines).toEqual([LINES[0], LINES[2]]);
    expect(unreadable).toBe(1);
    journal.close();
  });

  test('finds lines that are longer than what it reads at once', () => {
    const path = join(scratch(), 'j.ndjson');
    const long = { stackId: 'x'.repeat(600_000) };
    write(path, [LINES[0], long, LINES[1]]);
    const { journal, lines, places } = opened(path);
    expect(lines).toEqual([LINES[0], long, LINES[1]]);
    expect(journal.read(places[1])).toEqual(long);
    journal.close();
  });

  test('of another run is refused, says what differs and how to go on, and stays as it is', () => {
    const path = join(scratch(), 'j.ndjson');
    write(path, LINES);
    truncateSync(path, readFileSync(path).length - 3);
    const before = readFileSync(path);
    const refused = openJournal(path, { ...RUN, models: ['c'.repeat(64)] }, { each: () => undefined });
    expect(refused).toMatchObject({ _tag: 'Left', left: { _tag: 'InvalidInput', total: 1 } });
    const text = E.isLeft(refused) ? Errors.format(refused.left) : '';
    expect(text).toContain('"models": expected [cccccccc…]');
    expect(text).toContain('found [bbbbbbbb…]');
    expect(text).toContain('--fresh');
    expect(readFileSync(path)).toEqual(before);
  });

  test('of another run without a result binds nobody', () => {
    const path = join(scratch(), 'j.ndjson');
    write(path, [{ session: { runtime: 'a runtime with a long name' } }]);
    const other = { ...RUN, kind: 'tensors' };
    const first = opened(path, other);
    first.journal.append(LINES);
    first.journal.close();
    const again = opened(path, other);
    expect(again.lines).toEqual(LINES);
    again.journal.close();
  });

  test('of another run is thrown away when asked for', () => {
    const path = join(scratch(), 'j.ndjson');
    write(path, LINES);
    const { journal, lines } = opened(path, { ...RUN, kind: 'tensors' }, true);
    expect(lines).toEqual([]);
    journal.close();
  });

  test.each(['{"votes": 3}\n', 'stackId,score\n1,0.5\n', '\n', 'a line that does not end'])(
    'does not touch a file that is something else: %j',
    (text) => {
      const path = join(scratch(), 'scores.csv');
      writeFileSync(path, text);
      for (const fresh of [false, true]) {
        const refused = openJournal(path, RUN, { fresh, each: () => undefined });
        expect(refused).toMatchObject({ _tag: 'Left', left: { _tag: 'InvalidInput' } });
        expect(readFileSync(path, 'utf8')).toBe(text);
      }
    },
  );

  test.each(['', '\0\0\0', '{"schema":"tandem-jou', '{"schema":"tan\0\0'])(
    'begins anew after a power cut left %j',
    (text) => {
      const path = join(scratch(), 'j.ndjson');
      writeFileSync(path, text);
      write(path, LINES);
      const { journal, lines } = opened(path);
      expect(lines).toEqual(LINES);
      journal.close();
    },
  );

  test('that cannot be made is a failure of the file system', () => {
    const path = join(scratch(), 'file');
    writeFileSync(path, '');
    const refused = openJournal(join(path, 'j.ndjson'), RUN, { each: () => undefined });
    expect(refused).toMatchObject({ _tag: 'Left', left: { _tag: 'IoFailure', doing: 'write' } });
    expect(existsSync(join(path, 'j.ndjson'))).toBe(false);
  });
});
