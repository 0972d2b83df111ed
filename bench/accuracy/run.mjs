// Accuracy of every method on real data: the sets in bench/data, and those beside the checkout where there are any.
// `node bench/accuracy/run.mjs [--markdown FILE]`
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crowdBench } from './crowd.mjs';
import { FUSION_SETS, fusionBench, fusionName } from './fusion.mjs';
import { CROWD_SETS } from './sets.mjs';
import { table } from './table.mjs';

const ROOT = join(import.meta.dirname, '..', '..');

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
  if (rows.length === 0) return [];
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

/** Names the sets that were not measured, so that nobody takes a short table for the whole. */
const leftOut = (names, rows) => {
  const missing = names.filter((name) => rows.every((row) => row.set !== name));
  return missing.length === 0 ? [] : ['', `Not measured, because the data are not here: ${missing.join(', ')}.`];
};

const crowd = await crowdBench();
const fusion = await fusionBench();
const text = [
  '# Benchmarks',
  '',
  'Made by `npm run bench:accuracy -- --markdown docs/benchmarks.md` on real data sets (`stallsim` is simulated), one default',
  'per method, nothing tuned per set. "(reference)" columns are published implementations run elsewhere on the same votes.',
  'The crowd sets in `bench/data` come with every clone; the licences of the other sets keep them out of the repository.',
  '',
  'On the crowd sets no method sees truth. itemResponse calls stalled at its own cut, the one with the highest expected MCC under',
  'its posterior; the same posterior cut at ½ stands beside it. Every other method is cut at ½.',
  ...goals(crowd),
  ...leftOut(CROWD_SETS, crowd),
  ...tables('Crowd sets', crowd, [...SECTIONS, ['seconds', 'seconds']]),
  '',
  'On the fusion sets, methods without "(no gold)" are fitted on one random half of truth and judged on the other, both ways, mean',
  'of three seeds; calls at ½.',
  ...leftOut(FUSION_SETS.map(fusionName), fusion),
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
