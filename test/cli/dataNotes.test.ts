import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { tandem } from './tandem.js';

/** What is wrong with data is told before anything else. */

const dir = mkdtempSync(join(tmpdir(), 'tandem-notes-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const file = (name: string, rows: readonly (readonly unknown[])[]): string => {
  const path = join(dir, name);
  writeFileSync(path, `${rows.map((row) => row.join(',')).join('\n')}\n`);
  return path;
};

const STACKS = Array.from({ length: 120 }, (_, s) => s);
const truth = (s: number): number => (s % 3 === 0 ? 1 : 0);
const PEOPLE = ['ann', 'bob', 'cyd', 'dee', 'eve'];

const gold = file('gold.csv', [['stackId', 'label'], ...STACKS.map((s) => [`s${s}`, truth(s)]), ['gone', 1]]);
const votes = file('votes.csv', [
  ['stackId', 'annotatorId', 'label', 'time'],
  ...STACKS.flatMap((s) =>
    PEOPLE.map((name, p) => [`s${s}`, name, s === 5 && p === 0 ? 'unsure' : 1 - truth(s), `2026-01-${10 + p}`]),
  ),
  ['s1', 'ann', 0, '2026-01-01'],
]);

const QUIET = ['--out', dir];

describe('notes about the data', () => {
  test('stand at the top of the text, and first in JSON', () => {
    const { stdout } = tandem('fit', '--votes', votes, '--gold', gold, ...QUIET);
    expect(stdout.split('\n\n')[0]).toBe(
      [
        'About your data',
        '  · 1 answer is an abstention and no vote: "unsure" 1×',
        '  · 1 repeat dropped, 1 of them contradicts the vote that counts, which is the first in time; --duplicates chooses another',
        '  · 476 of 600 votes stand below a later one: votes are taken in the order of their times, not of rows',
        '  · 1 of 121 gold stacks has neither votes nor a score and takes no part',
        '  · votes look upside down: 0 % of votes on stalled gold say stalled, and 99.75 % of those on flowing gold; if 1 means flowing in one of the two files, swap its labels',
      ].join('\n'),
    );
    const document = JSON.parse(tandem('fit', '--votes', votes, '--gold', gold, '--json', ...QUIET).stdout);
    expect(Object.keys(document)[0]).toBe('notes');
    expect(document.notes.map(({ about }: { about: string }) => about)).toEqual([
      'abstentions',
      'repeats',
      'times',
      'gold',
      'direction',
    ]);
  });
});

describe('a flag given twice', () => {
  test('is an error that names both values', () => {
    const ended = tandem('fit', '--votes', votes, '--votes', gold, '--gold', gold, ...QUIET);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain(
      `error: option '--votes <file>' is given twice, with ${votes} and with ${gold}. Give it once.`,
    );
  });
});

test('one label under two flags is an error', () => {
  const ended = tandem('fit', '--votes', votes, '--gold', gold, '--positive', 'yes', '--negative', 'Yes', ...QUIET);
  expect(ended.code).toBe(1);
  expect(ended.stderr).toContain('"yes" under two of --positive, --negative and --abstain');
});
