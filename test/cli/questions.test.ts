import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { json, rows, scratch, tandem } from './tandem.js';

const HEAD = 'stackId,annotatorId,label';

/** 300 stacks, 20 % stalled; four people who are mostly right, one who says flowing to everything. */
const people = (dir: string) => {
  const isStalled = (s: number): boolean => s % 5 === 0;
  const errs = (s: number, a: number): boolean => (s * 31 + a * 17) % 10 === 0;
  const votes = Array.from({ length: 300 }, (_, s) =>
    [0, 1, 2, 3, 4].map(
      (a) => `s${s},${a === 4 ? 'idle' : `p${a}`},${a === 4 ? 0 : Number(isStalled(s) !== errs(s, a))}`,
    ),
  ).flat();
  const files = { votes: join(dir, 'votes.csv'), gold: join(dir, 'gold.csv') };
  writeFileSync(files.votes, [HEAD, ...votes].join('\n'));
  writeFileSync(
    files.gold,
    ['stackId,label', ...Array.from({ length: 100 }, (_, s) => `s${s},${Number(isStalled(s))}`)].join('\n'),
  );
  return files;
};

test('annotators says how good each is and whom to check, and writes the table', () => {
  const dir = scratch();
  const { votes, gold } = people(dir);
  const done = tandem('annotators', '--votes', votes, '--gold', gold, '--order', 'rows', '--out', dir);
  expect(done.stderr).toBe('');
  expect(done.code).toBe(0);
  expect(done.stdout).toMatch(/^5 annotators gave 1,500 votes on 300 stacks\./);
  expect(done.stdout).toContain('1 annotator should be checked');
  expect(done.stdout).toContain('idle, 300 votes: says flowing to everything');
  const table = rows(join(dir, 'annotators.csv'));
  expect(table.map((row) => row['kind']).sort()).toEqual([...new Array<string>(5).fill('annotator'), 'newcomer']);
  for (const row of table.filter(({ kind }) => kind === 'annotator')) {
    expect(row['votes']).toBe('300');
    expect(row['goldVotes']).toBe('100');
    expect(Number(row['sensitivityLower'])).toBeLessThanOrEqual(Number(row['sensitivity']));
    expect(Number(row['information'])).toBeGreaterThanOrEqual(0);
  }
  expect(json(join(dir, 'annotators.json')).basis).toBe('gold');
  const machine = tandem('annotators', '--votes', votes, '--json', '--out', dir);
  expect(JSON.parse(machine.stdout)).toMatchObject({ schema: 'tandem-annotators/1', basis: 'all votes' });
});

test('annotators refuses gold of other stacks', () => {
  const dir = scratch();
  const { votes } = people(dir);
  const other = join(dir, 'other.csv');
  writeFileSync(other, 'stackId,label\nx1.mp4,1\nx2.mp4,0\n');
  const done = tandem('annotators', '--votes', votes, '--gold', other, '--out', dir);
  expect(done.code).toBe(1);
  expect(done.stderr).toContain('none of them in the batch');
});

/** Two genotypes with some mice of 1,000 stacks each; an audit of all called stalled and a fifth of the rest. */
const study = (dir: string, mice: number) => {
  const [decisions, strata, audit] = [['stackId,decision'], ['stackId,mouse,genotype'], ['stackId,label']];
  for (const [g, genotype] of ['mutant', 'wild'].entries()) {
    for (let m = 0; m < mice; m++) {
      for (let i = 0; i < 1000; i++) {
        const id = `${genotype}-${m}-${i}`;
        const isStalled = i % (g === 0 ? 25 - m : 100 + m) === 0;
        decisions.push(`${id},${isStalled ? 'stalled' : 'flowing'}`);
        strata.push(`${id},${genotype}${m},${genotype}`);
        if (isStalled || i % 5 === 1) audit.push(`${id},${Number(isStalled)}`);
      }
    }
  }
  const write = (name: string, lines: readonly string[]): string => {
    writeFileSync(join(dir, name), lines.join('\n'));
    return join(dir, name);
  };
  return [
    ...['--decisions', write('decisions.csv', decisions), '--strata', write('strata.csv', strata)],
    ...['--audit', write('audit.csv', audit), '--by', 'genotype', '--cluster', 'mouse', '--out', dir],
  ];
};

test('contrast says which mice have more stalls, by how much, and writes the table', () => {
  const dir = scratch();
  const flags = study(dir, 5);
  const done = tandem('contrast', ...flags);
  expect(done.stderr).toBe('');
  expect(done.code).toBe(0);
  expect(done.stdout).toMatch(
    /^4\.4 % of the stacks of mutant and 1 % of those of wild are stalled: mutant has more stalls, by [\d.]+ to [\d.]+ percentage points, with 95 % confidence\./,
  );
  const table = rows(join(dir, 'contrast.csv'));
  expect(table.map((row) => row['quantity'])).toEqual(['share', 'share', 'difference', 'ratio']);
  expect(Number(table[2]?.['lower'])).toBeGreaterThan(0);
  expect(Number(table[3]?.['lower'])).toBeGreaterThan(1);
  const back = tandem('contrast', ...flags, '--versus', 'wild,mutant', '--json');
  const { contrasts } = JSON.parse(back.stdout);
  expect(contrasts[0].difference.estimate).toBeCloseTo(-Number(table[2]?.['estimate']), 5);
});

test('contrast refuses one mouse a group with exit 3 and says what is missing; unknown groups are an error', () => {
  const dir = scratch();
  const flags = study(dir, 1);
  const alone = tandem('contrast', ...flags);
  expect(alone.code).toBe(3);
  expect(alone.stdout).toContain('Two are the least, five or more are useful.');
  const unknown = tandem('contrast', ...flags, '--versus', 'mutant,control');
  expect(unknown.code).toBe(1);
  expect(unknown.stderr).toContain('no stack of "control"');
});
