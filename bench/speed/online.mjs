// The online engine with a million open stacks. `node --expose-gc bench/speed/online.mjs [stacks]`.
//
// A service's day: a model scored nearly every stack beforehand, people and bots vote (3.5 votes per stack, each with its
// time), some events come twice and some are taken back. Fill, then measure while a million stacks are open: one event is
// heard and its stack decided about. Once with event ids as a database counts them, once with UUIDs, in processes of their own.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Online } from '../../dist/index.js';

const SEED = 20_200_601;
const STACKS = Number(process.argv[2] ?? 1_000_000);
const ANNOTATORS = 10_000;
const VOTES_PER_STACK = 3.5;
const SCORED = 0.94;
const REPEATED = 0.02;
const RETRACTED = 0.005;
const MEASURED = 300_000;
const IDS = process.argv[3];

const print = (result) => {
  for (const [name, value] of Object.entries(result)) {
    console.log(`${name.padEnd(22)}${typeof value === 'number' ? value.toLocaleString('en-US') : value}`);
  }
};

if (IDS === undefined) {
  const results = ['counted', 'uuid'].map((ids) => {
    const child = spawnSync(process.execPath, ['--expose-gc', import.meta.filename, String(STACKS), ids], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const result = JSON.parse(child.stdout);
    print(result);
    return result;
  });
  const bars = { eventsPerSecond: 300_000, p99Micros: 50, stateMb: 300 };
  mkdirSync(join(import.meta.dirname, '..', 'results'), { recursive: true });
  writeFileSync(
    join(import.meta.dirname, '..', 'results', 'online.json'),
    `${JSON.stringify({ node: process.version, seed: SEED, bars, results }, null, 2)}\n`,
  );
  process.exit();
}

/** mulberry32: seeded, and fast enough not to be what is measured. */
const random = (() => {
  let state = SEED;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let z = Math.imul(state ^ (state >>> 15), state | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
})();
const below = (n) => Math.floor(random() * n);
const hex = (n) =>
  below(16 ** n)
    .toString(16)
    .padStart(n, '0');
const counted = () => String(counter++);
let counter = 10_000_000;
const uuid = () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;

const eventId = IDS === 'uuid' ? uuid : counted;

const annotatorIds = Array.from({ length: ANNOTATORS }, (_, a) => `player${a}`);
const rate = (low) => Float64Array.from({ length: ANNOTATORS }, () => low + (0.99 - low) * random());
const policy = {
  schema: 'tandem-policy/2',
  prevalence: { value: 0.01, from: 'stated' },
  targets: { sensitivity: 0.99, specificity: 0.95, confidence: 0.95 },
  skills: {
    annotatorIds,
    sensitivity: rate(0.6),
    specificity: rate(0.9),
    support: new Uint32Array(ANNOTATORS).fill(50),
    newcomer: { sensitivity: 0.75, specificity: 0.95 },
  },
  calibrator: { _tag: 'Platt', on: 'logit', a: -1.1, b: 0.2, prevalence: 0.25 },
  recalibration: {
    voteCorrelation: 0.4,
    slopes: { model: 0.9, votes: 0.95 },
    variance: { model: 0.01, votes: 0.01, both: -0.002 },
    dependence: {},
    gold: { stalled: 300, flowing: 600 },
  },
  rule: {
    leastVotes: 0,
    bounds: Array.from({ length: 21 }, (_, n) => ({
      flowingBelow: -6,
      expertFrom: n === 20 ? -6 : 1,
      expertBelow: 1,
      stalledFrom: 1,
    })),
    contradiction: { flowingAbove: -5, stalledBelow: 0 },
  },
  proof: { _tag: 'Provisional', because: { _tag: 'EarlierVersion', schema: 'tandem-policy/1' } },
  votesPerRound: 3,
  cuts: { fused: 0, crowd: 0 },
  goldUsed: { fit: [], tune: [] },
  ledger: [],
  provenance: { package: 'bench', version: '0', command: 'bench', seed: SEED, inputs: [] },
};

let now = 1_600_000_000_000;
const stackId = () => `${100_000 + below(STACKS)}.mp4`;
const voteOn = (id) => ({
  event: 'vote',
  eventId: eventId(),
  stackId: id,
  annotatorId: annotatorIds[Math.floor(ANNOTATORS * random() ** 3)],
  label: random() < 0.02 ? 1 : 0,
  at: now++,
});

const REMEMBERED = 10_000;
const sent = [];
/** The next event: a vote most often, now and then a repeat or a retraction of something sent. */
const drawn = () => {
  const chance = random();
  const past = sent.length > 0 ? sent[below(sent.length)] : undefined;
  if (past !== undefined && chance < REPEATED) return past;
  if (past !== undefined && chance < REPEATED + RETRACTED) {
    return { event: 'retraction', eventId: eventId(), of: past.eventId, at: now++ };
  }
  const vote = voteOn(stackId());
  if (sent.length < REMEMBERED) sent.push(vote);
  else sent[below(sent.length)] = vote;
  return vote;
};

/** As it comes off the wire: objects and strings of its own, nothing shared or half-built. */
const event = () => JSON.parse(JSON.stringify(drawn()));

const mb = (bytes) => bytes / 2 ** 20;
const memory = () => {
  for (let i = 0; i < 4; i++) globalThis.gc?.();
  return process.memoryUsage();
};

const before = memory();
const store = Online.open(policy);
process.stderr.write(`filling ${STACKS.toLocaleString('en-US')} stacks …\n`);
let filled = 0;
for (let s = 0; s < STACKS; s++) {
  const score = random() < SCORED ? { score: random() ** 4 } : {};
  store.apply({ event: 'score', eventId: eventId(), stackId: `${100_000 + s}.mp4`, ...score, at: now++ });
  filled++;
}
for (; filled < STACKS * (1 + VOTES_PER_STACK); filled++) store.apply(event());
const after = memory();
const size = store.size();

/** One event heard and each stack decided about that it may have moved: what a request costs a service, without its transport. */
const serve = (next) => {
  for (const stackId of store.apply(next).affected) store.decision(stackId);
};

/** What the machine gives just now: a read of a random word among a quarter of a gigabyte, each waiting for the one before. */
const randomReadNs = (() => {
  const field = new Uint32Array(1 << 26);
  for (let i = 0; i < field.length; i++) field[i] = Math.imul(i, 2_654_435_761) + 12_345;
  let at = 1;
  const start = process.cpuUsage();
  for (let i = 0; i < 3_000_000; i++) at = field[(at ^ i) & (field.length - 1)];
  const used = process.cpuUsage(start);
  return at < 0 ? undefined : ((used.user + used.system) * 1000) / 3_000_000;
})();

process.stderr.write('throughput …\n');
// Events are made a few at a time, so that they are as fresh in the cache as a service has them from its parser.
const runs = [];
for (let round = 0; round < 9; round++) {
  const run = { events: 0, seconds: 0, cpuSeconds: 0 };
  while (run.events < 50_000) {
    const events = Array.from({ length: 500 }, event);
    const cpu = process.cpuUsage();
    const start = performance.now();
    for (const next of events) serve(next);
    run.seconds += (performance.now() - start) / 1000;
    const used = process.cpuUsage(cpu);
    run.cpuSeconds += (used.user + used.system) / 1e6;
    run.events += events.length;
  }
  runs.push(run);
}
const hearing = { events: 0, cpuSeconds: 0 };
while (hearing.events < 200_000) {
  const events = Array.from({ length: 500 }, event);
  const cpu = process.cpuUsage();
  for (const next of events) store.apply(next);
  const used = process.cpuUsage(cpu);
  hearing.cpuSeconds += (used.user + used.system) / 1e6;
  hearing.events += events.length;
}
const middle = (key) => runs.map((run) => run.events / run[key]).toSorted((a, b) => a - b)[runs.length >> 1];

process.stderr.write('event by event …\n');
const micros = new Float64Array(MEASURED);
for (let done = 0; done < MEASURED; ) {
  const events = Array.from({ length: 500 }, event);
  for (const next of events) {
    const start = performance.now();
    serve(next);
    micros[done++] = 1000 * (performance.now() - start);
  }
}
micros.sort();
const quantile = (p) => micros[Math.min(MEASURED - 1, Math.floor(p * MEASURED))];

// Decisions among them, derived again from the events: they must be the same, to the last bit.
const again = Array.from({ length: 20 }, stackId).map((id) => {
  const explained = Online.explain(policy, id)(store.events(id));
  return explained.explanation.logOdds === store.decision(id).logOdds;
});

process.stderr.write('snapshot …\n');
let lines = 0;
let characters = 0;
const started = performance.now();
for (const line of Online.snapshot(store)) {
  lines++;
  characters += line.length + 1;
}
const snapshotSeconds = (performance.now() - started) / 1000;

const result = {
  eventIds: IDS,
  stacks: size.stacks,
  events: size.events,
  eventsPerStack: size.events / size.stacks,
  eventsPerSecond: middle('seconds'),
  eventsPerCpuSecond: middle('cpuSeconds'),
  heardPerCpuSecond: hearing.events / hearing.cpuSeconds,
  randomReadNs,
  p50Micros: quantile(0.5),
  p99Micros: quantile(0.99),
  p999Micros: quantile(0.999),
  maxMicros: quantile(1),
  tableMb: mb(size.bytes),
  tableBytesPerStack: size.bytes / size.stacks,
  stateMb: mb(after.heapUsed + after.external - before.heapUsed - before.external),
  rssGrowthMb: mb(after.rss - before.rss),
  rssMb: mb(after.rss),
  explainedAlike: again.every(Boolean),
  snapshotLines: lines,
  snapshotMb: mb(characters),
  snapshotSeconds,
};
process.stdout.write(JSON.stringify(result));
