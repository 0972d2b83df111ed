// The winners' pipelines: how fast stacks become tensors, and how little of the time is not spent in the networks.
//
//   npm run build
//   python3 bench/speed/nets.py /tmp/nets
//   node bench/speed/pipelines.mjs --nets /tmp/nets --videos ../shared/data/winners/videos --python /usr/bin/python3
//
// `--only preparing` needs no nets and takes half a minute; `--only endToEnd` needs no Python and takes three minutes for each
// of `--stacks` (default 1). Where the machine is shared, trust processor seconds, not wall seconds.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { endToEnd } from './endToEnd.mjs';
import { preparing } from './preparing.mjs';

const RESULTS = join(import.meta.dirname, '..', 'results', 'pipelines.json');

const { values } = parseArgs({
  options: {
    nets: { type: 'string' },
    videos: { type: 'string', default: join('..', 'shared', 'data', 'winners', 'videos') },
    python: { type: 'string', default: 'python3' },
    rounds: { type: 'string', default: '5' },
    stacks: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
});

const cell = (value) => (typeof value === 'number' ? value.toPrecision(3) : String(value));
const show = (title, rows) => {
  console.log(`\n${title}`);
  const names = Object.keys(rows[0]);
  console.log(names.map((name) => name.padStart(18)).join(''));
  for (const row of rows) console.log(names.map((name) => cell(row[name]).padStart(18)).join(''));
};

const results = existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, 'utf8')) : {};
if (values.only !== 'endToEnd') {
  const found = await preparing({ videos: values.videos, python: values.python, rounds: Number(values.rounds) });
  if (found !== undefined) {
    results.preparing = found;
    show(`Decode and prepare, against ${JSON.stringify(found.reference)}`, found.rows);
  }
}
if (values.only !== 'preparing') {
  if (values.nets === undefined || !existsSync(values.videos)) {
    console.log('end to end: skipped, it needs --nets and --videos');
  } else {
    const films = readdirSync(values.videos).slice(0, Number(values.stacks));
    results.endToEnd = await endToEnd({ nets: values.nets, films: films.map((film) => join(values.videos, film)) });
    show('End to end, one thread', results.endToEnd);
  }
}
mkdirSync(join(RESULTS, '..'), { recursive: true });
writeFileSync(RESULTS, `${JSON.stringify({ node: process.version, ...results }, null, 2)}\n`);
