// How many forward passes an early stop saves on stacks it has not seen, and how many stacks it moves.
//
//   npm run build
//   node bench/speed/stackAnswers.mjs /tmp/answers.ndjson 6000      (the embedded model, all forty passes; 15 to 45 minutes)
//   node bench/speed/earlyStop.mjs /tmp/answers.ndjson [--fixture FILE]
//
// The fixture of test/slow/earlyStop.test.ts is made from a file of 4000.
// Stacks take turns: one to fit and prove the rule, one to try it on. Both rules stop after any pass, as with five files,
// and after every five, as with the merged file.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { brotliCompressSync, constants } from 'node:zlib';
import { Gold, Policy, Simulate } from '../../dist/index.js';
import { bandOf, fitEarlyStop, passOrder, presets, settledBy } from '../../dist/model.js';
import { WORLD } from './earlyStopWorld.mjs';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { fixture: { type: 'string' } } });
const { embedded } = presets;
const order = passOrder(embedded);
const lab = Simulate.dataset(WORLD.options)(WORLD.seed);
const truthOf = new Map(lab.simulated.stacks.stackIds.map((stackId, s) => [stackId, lab.simulated.stacks.truth[s]]));
const rows = readFileSync(positionals[0], 'utf8')
  .split('\n')
  .filter((line) => line.endsWith(']}'))
  .map((line) => JSON.parse(line))
  .sort((a, b) => (a.stack < b.stack ? -1 : 1))
  .map(({ stack, answers }) => ({
    stack,
    truth: truthOf.get(stack),
    answers: order.map(({ model, flip }) => answers[model][flip]),
  }));
const calibration = rows.filter((_, i) => i % 2 === 0);
const unseen = rows.filter((_, i) => i % 2 === 1);
const mean = (list) => list.reduce((a, b) => a + b, 0) / list.length;

/** A policy fitted and certified on the calibration stacks: their votes, full scores and truth. */
const policy = (() => {
  const scores = {
    stackIds: calibration.map(({ stack }) => stack),
    score: Float64Array.from(calibration, ({ answers }) => mean(answers)),
  };
  const gold = Gold.from({ chosen: 'stratified' })(
    calibration.map(({ stack, truth }) => ({ stackId: stack, label: truth })),
  );
  const provenance = { package: 'tandem-consensus', version: '0', command: 'bench', seed: WORLD.seed, inputs: [] };
  const targets = { sensitivity: 0.95, specificity: 0.95, confidence: 0.95 };
  const fitted = Policy.fit({ seed: WORLD.seed, prevalence: 0.05, targets, provenance });
  return fitted({ votes: Simulate.inputs(lab).votes, scores, gold }).policy;
})();

const EDGES = { threshold: [embedded.ensemble.stalledAbove], policy: Policy.scoreEdges(policy) };
const LOOKS = { 'five files': 1, 'merged file': 5 };

const tried = (stop, every, edges) => {
  const rule = settledBy(stop, order.length);
  const band = bandOf(edges);
  const bands = Array.from({ length: edges.length + 1 }, () => ({ stacks: 0, passes: 0, moved: 0 }));
  for (const { answers } of unseen) {
    let k = every;
    while (k < answers.length && rule(answers.slice(0, k)) === undefined) k += every;
    const full = bands[band(mean(answers))];
    full.stacks++;
    full.passes += k;
    if (band(mean(answers.slice(0, k))) !== band(mean(answers))) full.moved++;
  }
  const passes = bands.reduce((sum, b) => sum + b.passes, 0) / unseen.length;
  return {
    passes,
    timesFewer: order.length / passes,
    bands: bands.map(({ stacks, passes: p, moved }) => ({ stacks, moved, passes: stacks === 0 ? 0 : p / stacks })),
  };
};

const results = [];
for (const [name, edges] of Object.entries(EDGES)) {
  if (edges.length === 0) {
    console.log(`edges of the ${name}: none, no score decides anything by itself`);
    continue;
  }
  for (const [files, every] of Object.entries(LOOKS)) {
    const looks = order.flatMap((_, k) => ((k + 1) % every === 0 ? [k + 1] : []));
    results.push({ edges: name, at: edges, files, rule: 'exact', ...tried({ edges }, every, edges) });
    for (const risk of [0.01, 0.02, 0.05]) {
      const fitted = fitEarlyStop({ edges, risk, looks })(calibration.map(({ answers }) => answers));
      if (fitted._tag === 'Left') {
        const { bands, stacksNeeded } = fitted.left;
        console.log(
          `edges of the ${name}, ${files}, risk ${risk}: infeasible`,
          JSON.stringify({ bands, stacksNeeded }),
        );
        continue;
      }
      const { certificate } = fitted.right.risk;
      results.push({
        edges: name,
        at: edges,
        files,
        rule: `risk ${risk}`,
        ...tried(fitted.right, every, edges),
        certificate,
      });
    }
  }
}

const share = (n) => `${(100 * n).toFixed(2)} %`;
for (const { edges, at, files, rule, passes, timesFewer, bands } of results) {
  console.log(
    [
      `edges of the ${edges} (${at.map((edge) => edge.toPrecision(3)).join(', ')})`,
      files,
      rule,
      `${passes.toFixed(2)} of ${order.length} passes, ${timesFewer.toFixed(1)} times fewer`,
      bands
        .map((b) => `${b.moved} of ${b.stacks} moved (${share(b.moved / b.stacks)}), ${b.passes.toFixed(2)} passes`)
        .join('; '),
    ].join(' | '),
  );
}
writeFileSync(
  join(import.meta.dirname, '..', 'results', 'earlyStop.json'),
  `${JSON.stringify({ node: process.version, world: WORLD, calibration: calibration.length, unseen: unseen.length, results }, null, 2)}\n`,
);

if (values.fixture !== undefined) {
  // One byte per answer, quarters of a logit: what is lost averages out over forty of them.
  const byte = (p) => 128 + Math.round(4 * Math.log((p + 1e-6) / (1 - p + 1e-6)));
  const bytes = rows.flatMap(({ answers }) => answers.map(byte));
  writeFileSync(
    values.fixture,
    brotliCompressSync(Uint8Array.from(bytes), { params: { [constants.BROTLI_PARAM_LGWIN]: 24 } }),
  );
}
