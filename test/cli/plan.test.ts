import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as Simulate from '../../src/simulate/index.js';
import { rows, scratch, tandem } from './tandem.js';

const gold = (chosen: string): string => {
  const path = join(scratch(), 'gold.csv');
  const rows = Array.from({ length: 4000 }, (_, i) => `s${i},${i < 2000 ? 1 : 0},${chosen}`);
  writeFileSync(path, `stackId,label,chosen\n${rows.join('\n')}\n`);
  return path;
};

test.each(['candidates-only', 'crowd'])(
  'plan refuses gold chosen as %s in the words of fit, and counts it as none',
  (chosen) => {
    const path = gold(chosen);
    const done = tandem('plan', '--gold', path);
    expect(done.code).toBe(3);
    expect(done.stdout).toContain('Refused to certify: ');
    expect(done.stdout).not.toContain('which is enough for that');
    const { refused, have, minimum } = JSON.parse(tandem('plan', '--gold', path, '--json').stdout);
    expect(refused).toMatchObject([{ _tag: 'GoldUnsuitable', chosen }]);
    expect([have.stalled, minimum.stalled]).toEqual([0, 387]);
  },
);

test('plan takes how gold was chosen from a flag, as other verbs do', () => {
  const path = join(scratch(), 'gold.csv');
  writeFileSync(path, 'stackId,label\ns1,1\ns2,0\n');
  const done = tandem('plan', '--gold', path, '--gold-chosen', 'crowd');
  expect(done.code).toBe(3);
  expect(done.stdout).toContain('Refused to certify: circular');
});

test('plan counts labels of whole files, with the chance that they suffice, and prices them', () => {
  const { stdout } = tandem('plan', '--label-cost', '2.5');
  expect(stdout).toContain(
    'Label 1,665 more stalled and 440 more flowing stacks: a 85 % chance that they suffice; at 2.5 each 5,263',
  );
  expect(stdout).toContain('per further point');
  expect(stdout).toContain('← wanted');
});

test('the frontier is a table of prices, sensitivities and gold, in text, JSON and CSV', () => {
  const dir = scratch();
  const files = Simulate.toCsv(
    Simulate.dataset({
      ...{ stacks: 100, prevalence: 0.05, votes: { perStack: 7 }, model: {} },
      gold: { stalled: 400, flowing: 500, chosen: 'stratified' },
    })(4),
  );
  for (const kind of ['votes', 'scores', 'gold'] as const)
    writeFileSync(join(dir, `${kind}.csv`), [...files[kind]].join(''));
  const inputs = (['votes', 'scores', 'gold'] as const).flatMap((kind) => [`--${kind}`, join(dir, `${kind}.csv`)]);
  const wanted = ['--frontier', ...inputs, '--prevalence', '0.05', '--out', dir];
  const done = tandem('plan', ...wanted);
  expect(done.stderr).toBe('');
  expect(done.stdout).toContain('An expert’s look costs 20 votes');
  expect(done.stdout).toContain('a table to choose from, not a certificate');
  const table = rows(join(dir, 'frontier.csv'));
  expect(table).toHaveLength(4 * 6 * 3);
  expect(new Set(table.map(({ expertPrice }) => expertPrice))).toEqual(new Set(['5', '10', '20', '50']));
  const { frontier } = JSON.parse(tandem('plan', ...wanted, '--json').stdout);
  for (const price of [5, 10, 20, 50]) {
    const now = frontier.rows.filter(
      (row: { expertPrice: number; times: number }) => row.expertPrice === price && row.times === 1,
    );
    // What can be certified at .99 can be at .9, and costs no less.
    const costs = now.flatMap((row: { found?: { cost: number } }) => row.found?.cost ?? []);
    expect(costs[costs.length - 1]).toBeGreaterThanOrEqual(costs[0]);
  }
  expect(tandem('plan', '--frontier').stderr).toContain('Give --votes, --scores and --gold');
}, 60_000);
