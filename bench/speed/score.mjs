// What `tandem score` adds to the models: journal, resuming, memory. `node bench/speed/score.mjs [stacks]`; default 20,000.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Errors } from '../../dist/index.js';
import { modelScorer, openPool, runScores } from '../../dist/model.js';

const N = Number(process.argv[2] ?? 20_000);
const PROCESSES = 2;
const [FRAMES, HEIGHT, WIDTH] = [3, 4, 5];
const dir = mkdtempSync(join(tmpdir(), 'tandem-score-'));
process.on('exit', () => rmSync(dir, { recursive: true, force: true }));

/** Sixty bytes of a stack: everything but the models and the pixels is measured. */
const path = join(dir, 'stack.npy');
const head = `{'descr': '|u1', 'fortran_order': False, 'shape': (${FRAMES}, ${HEIGHT}, ${WIDTH}), }`.padEnd(117);
const body = Buffer.alloc(FRAMES * HEIGHT * WIDTH, 7);
writeFileSync(
  path,
  Buffer.concat([Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, 118, 0]), Buffer.from(`${head}\n`), body]),
);

const pipeline = {
  schema: 'tandem-pipeline/1',
  name: 'bench',
  about: '',
  outline: { _tag: 'Whole' },
  guard: { leastFrames: 2, jump: 'fail', twoOutlines: 'fail' },
  channels: ['red'],
  resize: { method: 'zoomTrilinear', height: HEIGHT, width: WIDTH },
  depth: { _tag: 'Resample', planes: 3 },
  colours: 'kept',
  scaling: { divisor: 255 },
  layout: 'DHWC',
  batchNorm: 'moving',
  flips: ['none'],
  models: [{ role: 'only' }],
  output: 'probability',
  ensemble: { _tag: 'Mean', over: 'models', stalledAbove: 0.5 },
};
const models = [{ path: join(import.meta.dirname, '..', '..', 'test', 'fixtures', 'models', 'place0.onnx') }];

const timed = async (work) => {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { seconds: (performance.now() - start) / 1000, cpuSeconds: (user + system) / 1e6 };
};

/** Answers at once, so that only the run itself takes time. */
const instant = {
  score: async function* (sources) {
    let index = 0;
    for (const _ of sources) {
      const found = {
        score: 0.5,
        label: 0,
        perModel: [0.25, 0.5, 0.75],
        frames: 54,
        passes: 40,
        seconds: { prepare: 1, infer: 2 },
      };
      yield { index: index++, result: { _tag: 'Right', right: found } };
    }
  },
  session: {},
  close: async () => undefined,
};

const stacks = (n) => Array.from({ length: n }, (_, i) => ({ stackId: `${100_000 + i}.mp4`, path }));
const run = async (journal, n, open, more = {}) => {
  const options = {
    run: { kind: 'scores' },
    journal: join(dir, journal),
    neighbours: 1,
    open,
    ...more,
  };
  const ran = Errors.getOrThrow(await runScores(options)(stacks(n)));
  let rows = 0;
  for (const _ of ran.results()) rows++;
  ran.close();
  if (rows !== n) throw new Error(`expected ${n} results, got ${rows}`);
};

const journal = await timed(() => run('instant', N, () => async () => ({ _tag: 'Right', right: instant })));
const resumed = await timed(() => run('instant', N, () => async () => ({ _tag: 'Right', right: instant })));

const few = Math.min(N, 4000);
const bare = [];
const whole = [];
// In turn, so that a slow moment of the machine meets both; both open their processes.
for (let i = 0; i < 3; i++) {
  bare.push(
    await timed(async () => {
      const pool = Errors.getOrThrow(await openPool({ processes: PROCESSES })({ pipeline, models }));
      for await (const { result } of pool.predictAll(
        stacks(few).map(({ stackId }) => ({ _tag: 'File', stack: stackId, path })),
      ))
        Errors.getOrThrow(result);
      await pool.close();
    }),
  );
  const open = (signal) => modelScorer({ processes: PROCESSES, signal })({ pipeline, models });
  whole.push(await timed(() => run(`pool-${i}`, few, open)));
}
const middle = (list) => list.toSorted((a, b) => a.seconds - b.seconds)[list.length >> 1].seconds;

const results = {
  stacks: N,
  journalMicrosecondsPerStack: (journal.cpuSeconds / N) * 1e6,
  resumeMicrosecondsPerStack: (resumed.cpuSeconds / N) * 1e6,
  poolStacksPerSecond: few / middle(bare),
  scoreStacksPerSecond: few / middle(whole),
  scoreVersusPool: middle(whole) / middle(bare),
  peakMb: process.resourceUsage().maxRSS / 1024,
};
for (const [name, value] of Object.entries(results))
  console.log(`${name.padEnd(30)}${value.toPrecision(4).padStart(12)}`);

mkdirSync(join(import.meta.dirname, '..', 'results'), { recursive: true });
writeFileSync(
  join(import.meta.dirname, '..', 'results', 'score.json'),
  `${JSON.stringify({ node: process.version, processes: PROCESSES, results }, null, 2)}\n`,
);
