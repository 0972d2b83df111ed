import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratch, tandem } from './tandem.js';

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
    expect(done.stdout).not.toContain('which is enough');
    const { refused, stalled } = JSON.parse(tandem('plan', '--gold', path, '--json').stdout);
    expect(refused).toMatchObject([{ _tag: 'GoldUnsuitable', chosen }]);
    expect(stalled).toMatchObject({ have: 0, more: 309 });
  },
);

test('plan takes how gold was chosen from a flag, as other verbs do', () => {
  const path = join(scratch(), 'gold.csv');
  writeFileSync(path, 'stackId,label\ns1,1\ns2,0\n');
  const done = tandem('plan', '--gold', path, '--gold-chosen', 'crowd');
  expect(done.code).toBe(3);
  expect(done.stdout).toContain('Refused to certify: circular');
});

test('plan prices whole gold files, of which tuning gold is half', () => {
  const { stdout } = tandem('plan', '--label-cost', '2.5');
  expect(stdout).toContain('the file must hold 2,664 stalled and 846 flowing');
  expect(stdout).toContain('the 3,510 labels that are missing cost 8,775 at 2.5 each');
});
