import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** The programs of `examples/`, run by node on the built package as a newcomer runs them. */

const ROOT = join(import.meta.dirname, '..', '..');
const FOLDER = join(ROOT, 'examples');

/** The last line that each program prints. */
const LAST_LINE: Readonly<Record<string, string>> = {
  '01-quickstart.mjs': '3 of 3697 automatic decisions are wrong',
  '02-own-files.mjs': 'decisions.csv: 30 rows',
  '03-real-crowd.mjs': 'item response  MCC 0.838   log-loss 0.242',
  '04-add-a-model.mjs': 'Retired without another vote: 23 % by votes, 81 % by votes and scores',
  '05-events-as-they-arrive.mjs': 'Restored with 5 votes, 1 event heard twice',
  '06-property-tests.mjs': 'A stack and its mirror image are never both stalled: 500 crowds tried',
  '07-certify-a-dataset.mjs': 'another microscope: fail, 0 of 200 stalls kept',
  '08-look-at-a-page.mjs': 'report.html, report.json and 10 figures as SVG and CSV',
};

const programs = readdirSync(FOLDER).filter((file) => file.endsWith('.mjs'));

test.each(programs)('examples/%s runs and ends with its last line', { timeout: 60_000 }, (file) => {
  const printed = execFileSync(process.execPath, [join(FOLDER, file)], { encoding: 'utf8' });
  expect(printed.trimEnd().split('\n').at(-1)).toBe(LAST_LINE[file]);
});

test('every program stands in the table of examples/README.md', () => {
  const table = readFileSync(join(FOLDER, 'README.md'), 'utf8');
  expect(programs.filter((file) => !table.includes(`(${file})`))).toEqual([]);
});
