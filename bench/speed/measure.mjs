// One measurement in a process of its own, so that its peak memory is its own. Prints one JSON line.
import { createReadStream, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inferSchema, initParser } from 'udsv';
import { Consensus, Decode, Errors, Skills } from '../../dist/index.js';

const [what, path, dir] = process.argv.slice(2);

const timed = async (work) => {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const value = await work();
  const used = process.cpuUsage(cpu);
  return { value, seconds: (performance.now() - start) / 1000, cpuSeconds: (used.user + used.system) / 1e6 };
};

/** The median of odd repetitions: shared machines make single timings worthless. */
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const repeat = async (times, work) => {
  const runs = [];
  for (let i = 0; i < times; i++) runs.push(await timed(work));
  return {
    value: runs[0].value,
    seconds: median(runs.map((run) => run.seconds)),
    cpuSeconds: median(runs.map((run) => run.cpuSeconds)),
  };
};

const peakMb = () => process.resourceUsage().maxRSS / 1024;
const print = (figures) => process.stdout.write(`${JSON.stringify({ ...figures, peakMb: peakMb() })}\n`);
const read = async () => Errors.getOrThrow(await Decode.votes({ duplicates: 'all' })(Decode.fromFile(path)));

if (what === 'decode') {
  const { value, seconds, cpuSeconds } = await timed(read);
  print({ votes: value.label.length, stacks: value.stackIds.length, seconds, cpuSeconds });
}

/** Every row through udsv, the fastest CSV library on npm; its callback gets one row at a time. */
const udsvRows = async (each) => {
  let parser;
  for await (const chunk of createReadStream(path, 'utf8')) {
    parser ??= initParser(inferSchema(chunk));
    parser.chunk(chunk, parser.stringArrs, each);
  }
  parser.end();
};

// Rows are found and dropped: no field is read, so the slices it hands out are never made into strings.
if (what === 'udsvParse') {
  let votes = 0;
  const { seconds, cpuSeconds } = await timed(() =>
    udsvRows(() => {
      votes++;
    }),
  );
  print({ votes, seconds, cpuSeconds });
}

// What a user would write instead of `Decode.votes`: udsv, two Maps, three columns. No checks, no canonical order.
if (what === 'udsvColumns') {
  const intern = (ids) => (id) => {
    const known = ids.get(id);
    if (known !== undefined) return known;
    ids.set(id, ids.size);
    return ids.size - 1;
  };
  const stack = intern(new Map());
  const annotator = intern(new Map());
  let columns = {
    stack: new Uint32Array(1 << 20),
    annotator: new Uint32Array(1 << 20),
    label: new Uint8Array(1 << 20),
  };
  let votes = 0;
  const grown = (column) => {
    const bigger = new column.constructor(2 * column.length);
    bigger.set(column);
    return bigger;
  };
  const { seconds, cpuSeconds } = await timed(() =>
    udsvRows((row) => {
      if (votes === columns.label.length) {
        columns = { stack: grown(columns.stack), annotator: grown(columns.annotator), label: grown(columns.label) };
      }
      columns.stack[votes] = stack(row[0]);
      columns.annotator[votes] = annotator(row[1]);
      columns.label[votes] = row[2] === '1' ? 1 : 0;
      votes++;
    }),
  );
  print({ votes, seconds, cpuSeconds });
}

if (what === 'science') {
  const votes = await read();
  const n = votes.label.length;
  const iterations = 20;
  const fixed = { maxIterations: iterations, tolerance: Number.NEGATIVE_INFINITY };
  Skills.dawidSkene({ ...fixed, maxIterations: 3 })(votes);
  const em = await repeat(5, () => Skills.dawidSkene(fixed)(votes));
  Skills.dawidSkene({ tolerance: 1e-8 })(votes);
  const converged = await repeat(7, () => Skills.dawidSkene({ tolerance: 1e-8 })(votes));
  const skills = converged.value;
  Consensus.fuse({ prevalence: skills.prevalence, skills })(votes);
  const fuse = await repeat(9, () => Consensus.fuse({ prevalence: skills.prevalence, skills })(votes));
  for (const column of ['offsets', 'annotatorOf', 'label']) {
    const { buffer, byteOffset, byteLength } = votes[column];
    writeFileSync(join(dir, `${column}.bin`), new Uint8Array(buffer, byteOffset, byteLength));
  }
  print({
    votes: n,
    annotators: votes.annotatorIds.length,
    emNsPerVoteIteration: (em.seconds * 1e9) / iterations / n,
    emLogLikelihood: em.value.logLikelihood,
    emIterations: iterations,
    convergedSeconds: converged.seconds,
    convergedCpuSeconds: converged.cpuSeconds,
    convergedIterations: skills.trace.length,
    convergedObjective: skills.trace.at(-1),
    fuseNsPerVote: (fuse.seconds * 1e9) / n,
  });
}
