// Whether memory stays flat: 2,000 films through the pool, resident memory of parent and children together.
//
//   npm run build && node bench/speed/memory.mjs [stacks] [films]      (Linux only, it reads /proc; about 10 minutes)
//
// Read `worstFromMedian`: how far the median of any hundred stacks lies from the median of all, once warm.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Errors, Simulate } from '../../dist/index.js';
import { embeddedModel, encodeMp4, openPool, stackFromFile } from '../../dist/model.js';

const [stacks = 2000, films = 150] = process.argv.slice(2).map(Number);
const { MAKE_FILMS_IN } = process.env;
const SEED = 20_201_005;
const EVERY = 20;
const WARM_UP = 200;

// Films are made in a process of their own: what encoding leaves behind is not what is measured.
if (MAKE_FILMS_IN !== undefined) {
  const lab = Simulate.dataset({ stacks: films, prevalence: 0.3, votes: { perStack: 1 } })(SEED);
  for (const { stackId, ...film } of Simulate.clips({ seed: SEED, view: 'outline' })(lab.simulated.stacks)) {
    const bytes = Errors.getOrThrow(await encodeMp4()({ stack: stackId, ...film }));
    writeFileSync(join(MAKE_FILMS_IN, `${stackId}.mp4`), bytes);
  }
  process.exit();
}
const dir = mkdtempSync(join(tmpdir(), 'tandem-memory-'));
process.on('exit', () => rmSync(dir, { recursive: true, force: true }));
spawnSync(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
  stdio: 'inherit',
  env: { ...process.env, MAKE_FILMS_IN: dir },
});
const paths = readdirSync(dir).map((file) => join(dir, file));

const rss = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
const { pipeline, models } = embeddedModel();
// Two orientations of eight: the same work for memory, in a quarter of the time.
const pool = Errors.getOrThrow(await openPool()({ pipeline: { ...pipeline, flips: ['none', 'DHW'] }, models }));
const sources = function* () {
  for (let n = 0; n < stacks; n++) yield stackFromFile(paths[(n * 7) % films]);
};
const samples = [];
let done = 0;
for await (const { result } of pool.predictAll(sources())) {
  Errors.getOrThrow(result);
  if (++done % EVERY === 0) {
    const children = pool.pids().map(rss);
    const parent = rss(process.pid);
    samples.push({ done, parent, children, mb: parent + children.reduce((a, b) => a + b, 0) });
  }
}
await pool.close();

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const warm = samples.filter((sample) => sample.done > WARM_UP);
// Medians of the five samples of every hundred stacks: one sample may meet a garbage collection.
const smooth = Array.from({ length: Math.floor(warm.length / 5) }, (_, i) =>
  median(warm.slice(5 * i, 5 * i + 5).map(({ mb }) => mb)),
);
const middle = median(smooth);
const worst = Math.max(...smooth.map((mb) => Math.abs(mb / middle - 1)));
const half = smooth.length >> 1;
const drift = median(smooth.slice(half)) / median(smooth.slice(0, half)) - 1;
const RESULTS = join(import.meta.dirname, '..', 'results', 'memory.json');
const result = {
  stacks,
  films,
  medianMb: middle,
  lowestMb: Math.min(...smooth),
  highestMb: Math.max(...smooth),
  worstFromMedian: worst,
  secondHalfAgainstFirst: drift,
  singleSamples: [Math.min(...warm.map(({ mb }) => mb)), Math.max(...warm.map(({ mb }) => mb))],
};
console.log(result);
console.log(smooth.map((mb) => mb.toFixed(0)).join(' '));
console.log(
  'parent',
  samples
    .filter((_, i) => i % 10 === 9)
    .map(({ parent }) => parent.toFixed(0))
    .join(' '),
);
for (const c of [0, 1]) {
  console.log(
    `child ${c}`,
    samples
      .filter((_, i) => i % 10 === 9)
      .map(({ children }) => children[c]?.toFixed(0))
      .join(' '),
  );
}
writeFileSync(RESULTS, `${JSON.stringify({ node: process.version, seed: SEED, ...result }, null, 2)}\n`);
