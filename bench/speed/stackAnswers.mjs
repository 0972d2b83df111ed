// What the embedded model says of simulated stacks, all forty passes each, for `earlyStop.mjs`.
// `node bench/speed/stackAnswers.mjs OUT.ndjson [stacks]` goes on where a stopped run ended.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { Errors, Simulate } from '../../dist/index.js';
import { embeddedModel, openPool, stackFromFrames } from '../../dist/model.js';
import { WORLD } from './earlyStopWorld.mjs';

const [out, stacks = '6000'] = process.argv.slice(2);
const lab = Simulate.dataset(WORLD.options)(WORLD.seed);
const { stackIds, truth, difficulty } = lab.simulated.stacks;
const done = new Set(
  existsSync(out)
    ? readFileSync(out, 'utf8')
        .split('\n')
        .flatMap((line) => (line.endsWith(']}') ? [JSON.parse(line).stack] : []))
    : [],
);
const rows = [...stackIds.keys()].slice(0, Number(stacks)).filter((s) => !done.has(stackIds[s]));
const left = {
  stackIds: rows.map((s) => stackIds[s]),
  truth: Uint8Array.from(rows, (s) => truth[s]),
  difficulty: Float64Array.from(rows, (s) => difficulty[s]),
};
const { pipeline, models } = embeddedModel();
const pool = Errors.getOrThrow(await openPool()({ pipeline, models }));
const films = function* () {
  for (const film of Simulate.clips({ seed: WORLD.seed, view: 'outline' })(left))
    yield stackFromFrames(film.stackId, film);
};
let at = 0;
for await (const { result } of pool.predictAll(films())) {
  const { stack, answers } = Errors.getOrThrow(result);
  // Six digits: a float32 near 0 or 1 has no more to say to a mean.
  appendFileSync(
    out,
    `${JSON.stringify({ stack, answers: answers.map((row) => row.map((p) => Number(p.toFixed(6)))) })}\n`,
  );
  if (++at % 100 === 0) process.stderr.write(`${at} of ${rows.length} stacks\n`);
}
await pool.close();
