// Accuracy of every method on real data. `node bench/accuracy/run.mjs [--markdown FILE]`
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crowdBench } from './crowd.mjs';
import { fusionBench } from './fusion.mjs';
import { table } from './table.mjs';

const ROOT = join(import.meta.dirname, '..', '..');
const SHARED = join(ROOT, '..', 'shared', 'data');

if (!existsSync(SHARED)) {
  console.log('The real data sets are not here (../shared/data), so there is nothing to measure.');
  process.exit(0);
}

const SECTIONS = [
  ['Log-loss', 'logLoss'],
  ['MCC', 'mcc'],
  ['Accuracy', 'accuracy'],
  ['F1', 'f1'],
  ['Sensitivity', 'sensitivity'],
  ['Specificity', 'specificity'],
  ['ECE, 15 bins', 'ece'],
];

/** One table per figure: sets down, methods across. */
const tables = (title, rows, sections) => {
  const methods = [...new Set(rows.map((row) => row.method))];
  const sets = [...new Set(rows.map((row) => row.set))];
  const figureOf = (set, method, figure) => rows.find((row) => row.set === set && row.method === method)?.[figure];
  return sections.flatMap(([name, figure]) => [
    '',
    `## ${title}: ${name}`,
    '',
    table(
      ['set', ...methods],
      sets.map((set) =>
        Object.fromEntries([['set', set], ...methods.map((method) => [method, figureOf(set, method, figure)])]),
      ),
    ),
  ]);
};

/** The goals set for the crowd sets, against every published anchor. */
const goals = (rows) => {
  const sets = [...new Set(rows.map((row) => row.set))];
  const default_ = (set) => rows.find((row) => row.set === set && row.method === 'itemResponse (default)');
  const anchors = (set) => rows.filter((row) => row.set === set && !row.ours);
  const dawidSkene = (set) => anchors(set).find((row) => row.method === 'DawidSkene (reference)');
  const compared = sets.filter((set) => dawidSkene(set) !== undefined);
  if (compared.length === 0) return [];
  const wins = compared.filter((set) => anchors(set).every((row) => default_(set).logLoss < row.logLoss));
  const gains = compared.map((set) => default_(set).mcc - dawidSkene(set).mcc);
  const mean = gains.reduce((sum, gain) => sum + gain, 0) / gains.length;
  return [
    '',
    `Log-loss of the default below that of every anchor on ${wins.length} of ${compared.length} sets.`,
    `MCC of the default against the reference Dawid–Skene: mean ${mean >= 0 ? '+' : ''}${mean.toFixed(3)}, worst ${Math.min(...gains).toFixed(3)}.`,
  ];
};

const crowd = await crowdBench(SHARED);
const fusion = await fusionBench(SHARED);
const text = [
  '# Benchmarks',
  '',
  'Made by `npm run bench:accuracy -- --markdown docs/benchmarks.md` on real data sets (`stallsim` is simulated), one default',
  'per method, nothing tuned per set. "(reference)" columns are published implementations run elsewhere on the same votes.',
  '',
  'On the crowd sets no method sees truth. itemResponse calls stalled at its own cut, the one with the highest expected MCC under',
  'its posterior; the same posterior cut at ½ stands beside it. Every other method is cut at ½.',
  ...goals(crowd),
  ...tables('Crowd sets', crowd, [...SECTIONS, ['seconds', 'seconds']]),
  '',
  'On the fusion sets, methods without "(no gold)" are fitted on one random half of truth and judged on the other, both ways, mean',
  'of three seeds; calls at ½.',
  ...tables('Fusion sets', fusion, [...SECTIONS, ['AUROC', 'auroc']]),
  '',
].join('\n');
console.log(text);

mkdirSync(join(ROOT, 'bench', 'results'), { recursive: true });
writeFileSync(
  join(ROOT, 'bench', 'results', 'accuracy.json'),
  `${JSON.stringify({ node: process.version, crowd, fusion }, null, 2)}\n`,
);
const at = process.argv.indexOf('--markdown');
if (at > 0) writeFileSync(process.argv[at + 1], text);
