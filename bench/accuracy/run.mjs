// Accuracy of every method on real data. `node bench/accuracy/run.mjs [--markdown FILE]`
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crowdBench } from './crowd.mjs';
import { table } from './table.mjs';

const ROOT = join(import.meta.dirname, '..', '..');
const SHARED = join(ROOT, '..', 'shared', 'data');

if (!existsSync(SHARED)) {
  console.log('The real data sets are not here (../shared/data), so there is nothing to measure.');
  process.exit(0);
}

const crowd = await crowdBench(SHARED);
const methods = [...new Set(crowd.map((row) => row.method))];
const sets = [...new Set(crowd.map((row) => row.set))];
const by = (figure) =>
  table(
    ['set', ...methods],
    sets.map((set) =>
      Object.fromEntries([
        ['set', set],
        ...methods.map((method) => [method, crowd.find((row) => row.set === set && row.method === method)?.[figure]]),
      ]),
    ),
  );

const sections = [
  ['Log-loss', 'logLoss'],
  ['MCC', 'mcc'],
  ['Accuracy', 'accuracy'],
  ['F1', 'f1'],
  ['Sensitivity', 'sensitivity'],
  ['Specificity', 'specificity'],
  ['ECE, 15 bins', 'ece'],
  ['Seconds', 'seconds'],
];
const text = [
  '# Benchmarks',
  '',
  'Made by `npm run bench:accuracy -- --markdown docs/benchmarks.md`. No method sees truth. "(reference)" rows are published',
  'implementations run elsewhere on the same votes.',
  ...sections.flatMap(([title, figure]) => ['', `## Crowd sets: ${title}`, '', by(figure)]),
  '',
].join('\n');
console.log(text);

mkdirSync(join(ROOT, 'bench', 'results'), { recursive: true });
writeFileSync(
  join(ROOT, 'bench', 'results', 'accuracy.json'),
  `${JSON.stringify({ node: process.version, crowd }, null, 2)}\n`,
);
const at = process.argv.indexOf('--markdown');
if (at > 0) writeFileSync(process.argv[at + 1], text);
