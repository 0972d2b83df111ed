/**
 * Compares what two builds of the command line say and write: every number must be the same, words may differ.
 *
 *   node bench/compare/outputs.mjs OLD NEW [SET …]
 *
 * OLD and NEW are checkouts with `dist/cli.js`; a SET is a folder with votes.csv, truth.csv and, if there is a model,
 * model.csv. The embedded example (`demo --no-films`) always takes part. Numbers are held against each other key by key
 * in JSON, cell by cell in CSV, and as a list in texts; words are printed apart. Exit code 1: a number differs.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';

const [oldBuild, newBuild, ...sets] = process.argv.slice(2).map((path) => resolve(path));
if (newBuild === undefined) {
  console.error('usage: node bench/compare/outputs.mjs OLD NEW [SET …]');
  process.exit(2);
}

/** Keys that say when, where and by whom; they differ between any two runs. */
const IGNORED = new Set([
  'version',
  'package',
  'command',
  'created',
  'createdAt',
  'path',
  'seconds',
  'hash',
  'policyHash',
]);

const NUMBER = /(?<![\p{L}\d_.])[−-]?(?:\d[\d,]*\.?\d*|\.\d+)(?:e[+-]?\d+)?/giu;
const numbersIn = (text) => (text.match(NUMBER) ?? []).map((n) => n.replace(/[.,]$/, '').replace('−', '-'));
const wordsIn = (text) => text.replace(NUMBER, '#').replace(/\s+/g, ' ').trim();

const numbers = [];
const words = new Map();
let compared = 0;

/** Each of the first list that the second has not, once for each time. */
const missingIn = (list, other) => {
  const left = new Map();
  for (const one of other) left.set(one, (left.get(one) ?? 0) + 1);
  return list.filter((one) => {
    const n = left.get(one) ?? 0;
    left.set(one, n - 1);
    return n <= 0;
  });
};

const compareTexts = (place, a, b) => {
  const [before, after] = [numbersIn(a), numbersIn(b)];
  compared += before.length;
  const [gone, come] = [missingIn(before, after), missingIn(after, before)];
  if (gone.length + come.length > 0) {
    numbers.push(`${place}: only old [${gone.join(' ')}], only new [${come.join(' ')}]`);
  }
  const [oldLines, newLines] = [a, b].map((text) => text.split('\n').map(wordsIn));
  const lines = [
    ...missingIn(oldLines, newLines).map((line) => `- ${line}`),
    ...missingIn(newLines, oldLines).map((line) => `+ ${line}`),
  ];
  if (lines.length > 0) words.set(lines.join('\n      '), place);
};

const isTree = (value) => typeof value === 'object' && value !== null;

const compareJson = (place, a, b) => {
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(place, a, b);
  if (!isTree(a) || !isTree(b)) {
    compared++;
    if (a !== b) numbers.push(`${place}: ${JSON.stringify(a)} → ${JSON.stringify(b)}`);
    return;
  }
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    if (!IGNORED.has(key)) compareJson(`${place}.${key}`, a[key], b[key]);
  }
};

const compareCsv = (place, a, b) => {
  const [before, after] = [a.split('\n'), b.split('\n')];
  if (before[0] !== after[0]) words.set(`${before[0]}\n      → ${after[0]}`, `${place} header`);
  if (before.length !== after.length) numbers.push(`${place}: ${before.length} → ${after.length} lines`);
  for (let row = 1; row < Math.min(before.length, after.length); row++) {
    if (before[row] === after[row]) compared += before[row].split(',').length;
    else compareTexts(`${place}:${row + 1}`, before[row], after[row]);
  }
};

const compareAny = (place, a, b) => {
  if (a.startsWith('{') && b.startsWith('{')) compareJson(place, JSON.parse(a), JSON.parse(b));
  else if (place.endsWith('.csv')) compareCsv(place, a, b);
  else compareTexts(place, a, b);
};

/** All that a run of one command prints and leaves behind. */
const outputsOf = (build, home, args) => {
  mkdirSync(home, { recursive: true });
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(build, 'dist', 'cli.js'), ...args], {
    cwd: home,
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  // Texts name the program by its path, and files by their folder.
  const plain = (text) => text.replaceAll(home, '').replace(/\S*dist\/cli\.js/g, 'tandem');
  return { status, stdout: plain(stdout), stderr: plain(stderr) };
};

const filesIn = (home) =>
  readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((file) => /\.(csv|json|txt|sh|md)$/.test(file));

const work = mkdtempSync(join(tmpdir(), 'tandem-compare-'));

/** Runs the commands in both builds, one after the other, and compares what each says; then what all have written. */
const compareRuns = (name, commands) => {
  const homes = ['old', 'new'].map((side) => join(work, name, side));
  for (const args of commands) {
    const place = `${name}: ${args.filter((arg) => !arg.includes('/')).join(' ')}`;
    const [before, after] = [oldBuild, newBuild].map((build, i) => outputsOf(build, homes[i], args));
    console.error(`${place} (${before.status})`);
    if (before.status !== after.status) numbers.push(`${place}: exit code ${before.status} → ${after.status}`);
    for (const stream of ['stdout', 'stderr']) compareAny(`${place} ${stream}`, before[stream], after[stream]);
  }
  for (const file of new Set(homes.flatMap(filesIn))) {
    const [a, b] = homes.map((home) => join(home, file));
    if (!existsSync(a) || !existsSync(b)) numbers.push(`${name}: ${file} only ${existsSync(a) ? 'old' : 'new'}`);
    else compareAny(`${name}: ${file}`, readFileSync(a, 'utf8'), readFileSync(b, 'utf8'));
  }
};

const commandsFor = (set) => {
  const gold = ['--gold', join(set, 'truth.csv')];
  const model = existsSync(join(set, 'model.csv')) ? ['--scores', join(set, 'model.csv')] : [];
  const column = model.length > 0 && readFileSync(model[1], 'utf8').split('\n')[0].split(',').length > 2;
  const scores = column ? [...model, '--score-column', 'probability'] : model;
  const data = ['--votes', join(set, 'votes.csv'), ...scores];
  const [first, second] = readFileSync(join(set, 'truth.csv'), 'utf8').split('\n').slice(1, 3);
  const policy = ['--policy', 'policy.json'];
  const asking = ['--policy', join('asking', 'policy.json')];
  const steps = [
    ['fit', ...data, ...gold],
    ['decide', ...data, ...policy],
    ['evaluate', ...data, ...gold, ...policy],
    ['gate', ...data, ...gold, ...policy],
    ['explain', first.split(',')[0], ...data, ...policy],
    ['explain', second.split(',')[0], ...data, ...policy],
    ['plan', ...gold],
    ['prevalence', '--decisions', 'decisions.csv', ...gold, ...policy],
    ['fit', ...data, '--order', 'rows', ...gold, '--out', 'asking', '--sensitivity', '.9', '--specificity', '.9'],
    ['decide', ...data, ...asking, '--out', 'asking'],
    ['ask', ...data, ...asking, '--budget', '60', '--out', 'next.csv'],
    ['explain', first.split(',')[0], ...data, ...asking],
  ];
  return steps.flatMap((args) => [args, [...args, '--json']]);
};

compareRuns('demo', [
  ['demo', '--no-films'],
  ['demo', '--no-films', '--json'],
]);
for (const set of sets) compareRuns(basename(set), commandsFor(set));
rmSync(work, { recursive: true, force: true });

console.log(`Words (${words.size}):`);
for (const [change, place] of words) console.log(`  ${place}\n      ${change}`);
console.log(`\nNumbers that differ (${numbers.length} places, of ${compared} numbers and cells):`);
for (const line of numbers) console.log(`  ${line}`);
process.exit(numbers.length === 0 ? 0 : 1);
