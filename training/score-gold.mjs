/**
 * Films the gold stacks of `tandem demo` and scores them with the embedded model: models/embedded/gold-scores.csv.
 *
 *   node training/score-gold.mjs models/embedded/gold-scores.csv
 *   node training/score-gold.mjs /tmp/part.csv --every 200
 *
 * The demo draws the same gold again from the same seed (src/cli/demo/laboratory.ts) and only looks these scores up, so
 * that nobody waits for 2,400 films. They go through H.264 as the films of the demo do; of the frame only the part round
 * the outline is drawn, which is all the model gets to see.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Simulate } from '../dist/index.js';
import { decodeStack, embeddedModel, encodeMp4, openPool, stackFromBytes, stackFromFrames } from '../dist/model.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { every: { type: 'string', default: '1' }, processes: { type: 'string', default: '2' } },
});
const [out] = positionals;
if (out === undefined) throw new Error('say where to write: node training/score-gold.mjs OUT.csv');

const right = (either) => {
  if (either._tag === 'Left') throw new Error(JSON.stringify(either.left));
  return either.right;
};

/** As in src/cli/demo/laboratory.ts; test/cli/demo.test.ts holds the one against the other. */
const SEED = 1;
const { stacks } = Simulate.dataset({
  stacks: 0,
  prevalence: 0.1,
  gold: { stalled: 800, flowing: 1600, chosen: 'stratified' },
})(SEED).simulated;
const rows = [...stacks.stackIds.keys()].filter((s) => s % Number(values.every) === 0);
const ids = rows.map((s) => `gold-${stacks.stackIds[s].slice('stack-'.length)}.mp4`);

async function* films() {
  for (const [i, s] of rows.entries()) {
    const [film] = Simulate.clips({ seed: SEED, view: 'outline' })({
      stackIds: [ids[i]],
      truth: stacks.truth.subarray(s, s + 1),
      difficulty: stacks.difficulty.subarray(s, s + 1),
    });
    const raw = right(await decodeStack()(stackFromFrames(ids[i], film)));
    yield stackFromBytes(ids[i], right(await encodeMp4({ encoder: 'webcodecs' })(raw)));
  }
}

const { pipeline, models } = embeddedModel();
const pool = right(await openPool({ decoder: 'webcodecs', processes: Number(values.processes) })({ pipeline, models }));
const scores = [];
for await (const { index, result } of pool.predictAll(films())) {
  scores[index] = right(result).ensemble.score;
  if (scores.length % 200 === 0) process.stderr.write(`${scores.length} of ${rows.length}\n`);
}
await pool.close();
// The model computes in single precision.
const digits = (score) => Number(score.toPrecision(7));
writeFileSync(out, ['stackId,score', ...rows.map((_, i) => `${ids[i]},${digits(scores[i])}`)].join('\n').concat('\n'));
