// Speed, as ratios in one run. `node bench/speed/run.mjs [votes …]`; default 1 and 10 million.
import { execFileSync, spawnSync } from 'node:child_process';
import { createWriteStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Simulate } from '../../dist/index.js';

const SEED = 20_200_601;
const sizes = process.argv.slice(2).map(Number);
const dir = mkdtempSync(join(tmpdir(), 'tandem-speed-'));
process.on('exit', () => rmSync(dir, { recursive: true, force: true }));

const child = (what, path) =>
  JSON.parse(
    execFileSync(
      process.execPath,
      ['--max-old-space-size=8192', join(import.meta.dirname, 'measure.mjs'), what, path, dir],
      { encoding: 'utf8', maxBuffer: 1 << 24 },
    ),
  );

/** The C++ floor, where there is a compiler. */
const floor = (() => {
  const binary = join(dir, 'em');
  const built = spawnSync('g++', ['-O3', '-march=native', '-o', binary, join(import.meta.dirname, 'em.cpp')]);
  if (built.status !== 0) return undefined;
  const once = (args) => JSON.parse(execFileSync(binary, [dir, ...args.map(String)], { encoding: 'utf8' }));
  return (...args) => {
    const runs = Array.from({ length: 5 }, () => once(args)).sort((a, b) => a.seconds - b.seconds);
    return runs[2];
  };
})();

const results = [];
for (const votes of sizes.length > 0 ? sizes : [1_000_000, 10_000_000]) {
  process.stderr.write(`simulating ${votes.toLocaleString('en-US')} votes …\n`);
  const path = join(dir, 'votes.csv');
  const world = Simulate.dataset({
    stacks: votes / 10,
    prevalence: 0.05,
    votes: { perStack: 10 },
    crowd: { annotators: 10_000 },
  })(SEED);
  await pipeline(Readable.from(Simulate.toCsv(world).votes), createWriteStream(path));

  process.stderr.write('measuring …\n');
  // In turn, so that a slow moment of the machine meets both.
  const decodes = [];
  const parses = [];
  const columns = [];
  for (let i = 0; i < 3; i++) {
    decodes.push(child('decode', path));
    parses.push(child('udsvParse', path));
    columns.push(child('udsvColumns', path));
  }
  const middle = (list) => list.toSorted((a, b) => a.seconds - b.seconds)[list.length >> 1];
  const decode = middle(decodes);
  const science = child('science', path);
  const cpp = floor?.(science.annotators, science.emIterations);
  // Plain iterations to the same tolerance per vote.
  const cppConverged = floor?.(science.annotators, 1000, 1e-8);
  // … and to the objective that ours stopped at.
  const cppSamePoint = floor?.(science.annotators, 1000, 0, science.convergedObjective);
  results.push({
    votes: decode.votes,
    annotators: science.annotators,
    decodeIndexVotesPerSecond: decode.votes / decode.seconds,
    decodeIndexVersusUdsvParse: middle(parses).seconds / decode.seconds,
    decodeIndexVersusUdsvColumns: middle(columns).seconds / decode.seconds,
    decodeIndexPeakMb: decode.peakMb,
    emNsPerVoteIteration: science.emNsPerVoteIteration,
    ...(cpp === undefined
      ? {}
      : {
          cppNsPerVoteIteration: cpp.nsPerVoteIteration,
          emVersusCpp: science.emNsPerVoteIteration / cpp.nsPerVoteIteration,
          sameLogLikelihood: Math.abs(cpp.logLikelihood / science.emLogLikelihood - 1) < 1e-8,
        }),
    emConvergedSeconds: science.convergedSeconds,
    emConvergedIterations: science.convergedIterations,
    ...(cppConverged === undefined || cppSamePoint === undefined
      ? {}
      : {
          // Processor time on both sides: other work on the machine must not decide.
          emConvergedCpuSeconds: science.convergedCpuSeconds,
          cppConvergedCpuSeconds: cppConverged.seconds,
          cppConvergedIterations: cppConverged.iterations,
          emConvergedVersusCpp: science.convergedCpuSeconds / cppConverged.seconds,
          emConvergedVersusCppSamePoint: science.convergedCpuSeconds / cppSamePoint.seconds,
          // Positive when ours ends higher on the objective they share.
          emObjectiveAboveCpp: science.convergedObjective - cppConverged.objective,
        }),
    fuseNsPerVote: science.fuseNsPerVote,
    sciencePeakMb: science.peakMb,
  });
}

const rows = [...new Set(results.flatMap((result) => Object.keys(result)))];
const cell = (value) =>
  typeof value === 'number'
    ? value >= 1000
      ? Math.round(value).toLocaleString('en-US')
      : value.toPrecision(3)
    : String(value ?? '–');
for (const row of rows)
  console.log(`${row.padEnd(28)}${results.map((result) => cell(result[row]).padStart(16)).join('')}`);

mkdirSync(join(import.meta.dirname, '..', 'results'), { recursive: true });
writeFileSync(
  join(import.meta.dirname, '..', 'results', 'speed.json'),
  `${JSON.stringify({ node: process.version, seed: SEED, results }, null, 2)}\n`,
);
