// One stop rule with an expert at any time: what it costs, and how often its certificate is wrong.
// `node bench/accuracy/stopRule.mjs --recorded [--sets stallsim,cifar10h,medrelex] [--splits 20]`: on recorded sets (recorded.mjs).
// `node bench/accuracy/stopRule.mjs [--laboratories 24] [--worlds typical,other] [--gold 700/1400,…] [--prices 20] [--targets .99,.97,.95] [--json FILE]`
import { writeFileSync } from 'node:fs';
import { Asking, Calibration, Gold, Replay, Simulate, StopRule } from '../../dist/index.js';
import { otherWorld } from './otherWorld.mjs';
import { recorded } from './recorded.mjs';

const flag = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : process.argv[at + 1];
};
if (process.argv.includes('--recorded')) {
  recorded({ sets: flag('sets', 'stallsim,cifar10h,medrelex').split(','), splits: Number(flag('splits', '0')) });
  process.exit(0);
}
const LABORATORIES = Number(flag('laboratories', '24'));
const FROM = Number(flag('from', '1'));
const WORLDS = flag('worlds', 'typical,other').split(',');
const GOLD = flag('gold', '700/1400,1400/1400,2500/7000')
  .split(',')
  .map((pair) => pair.split('/').map(Number));
const EXPERT_PRICES = flag('prices', '20').split(',').map(Number);
const SENSITIVITIES = flag('targets', '.99,.97,.95').split(',').map(Number);
const MOST_VOTES = Number(flag('most', '7'));
/** True misses at which the path is read off without a certificate: what the rule is worth apart from the proof. */
const HELD = flag('held', '').split(',').filter(Boolean).map(Number);
const PREVALENCE = 0.01;
/** Stalled and flowing stacks the risks are judged on. */
const JUDGED = 10_000;
/** Unlabelled research stacks with votes, beside gold. */
const HISTORY = Number(flag('history', '2000'));
const VOTES = 20;

/** A laboratory of either world: votes in order of arrival, scores, and the stacks of each part with their truth. */
const laboratory = (world, [stalled, flowing]) =>
  world === 'other'
    ? otherWorld({
        counts: {
          gold: { stalled, flowing },
          judged: { stalled: JUDGED, flowing: JUDGED },
          history: { stalled: Math.round(HISTORY * PREVALENCE), flowing: Math.round(HISTORY * (1 - PREVALENCE)) },
        },
        votesPerStack: VOTES,
      })
    : (seed) => {
        const lab = Simulate.dataset({
          stacks: HISTORY,
          prevalence: PREVALENCE,
          votes: { perStack: VOTES },
          model: {},
          gold: { stalled: stalled + JUDGED, flowing: flowing + JUDGED, chosen: 'stratified' },
        })(seed);
        const rows = [...lab.gold.stackIds.entries()].map(([g, stackId]) => ({ stackId, label: lab.gold.label[g] }));
        const of = (label) => rows.filter((row) => row.label === label);
        const parts = {
          gold: [...of(1).slice(0, stalled), ...of(0).slice(0, flowing)],
          judged: [...of(1).slice(stalled), ...of(0).slice(flowing)],
        };
        const isGold = new Set(lab.gold.stackIds);
        return {
          votes: lab.votes,
          scores: lab.scores,
          parts: {
            ...parts,
            history: lab.votes.stackIds.filter((id) => !isGold.has(id)).map((stackId) => ({ stackId })),
          },
        };
      };

/** The first votes of each stack: a rule sees no more. */
const firstVotes = (most, { offsets, annotatorOf, label, ...rest }) => {
  const kept = Uint32Array.from(offsets);
  const rows = [];
  for (let s = 0; s + 1 < offsets.length; s++) {
    for (let v = offsets[s]; v < Math.min(offsets[s + 1], offsets[s] + most); v++) rows.push(v);
    kept[s + 1] = rows.length;
  }
  return {
    ...rest,
    offsets: kept,
    annotatorOf: Uint32Array.from(rows, (v) => annotatorOf[v]),
    label: Uint8Array.from(rows, (v) => label[v]),
  };
};

/** The posteriors of one laboratory, as the library fits them. */
const prepared = (lab, targets) => {
  const { fit, tune } = StopRule.divideGold({ targets })(Gold.from({ chosen: 'stratified' })(lab.parts.gold));
  const calibrated = Calibration.platt(fit)(lab.scores);
  if (calibrated._tag === 'Left') throw Error('the model cannot be calibrated');
  const calibrator = calibrated.right;
  const seen = Replay.pick([...fit.stackIds, ...lab.parts.history.map(({ stackId }) => stackId)])(lab.arrivals);
  const heldOut = Calibration.heldOutEvidence({ gold: fit, method: Calibration.platt, calibrator, scores: lab.scores })(
    seen,
  );
  const look = Asking.fitTraitModel(fit, { prevalence: PREVALENCE, model: heldOut })(seen);
  const deployed = (ids) => {
    const own = firstVotes(MOST_VOTES, Replay.pick(ids)(lab.arrivals));
    return Replay.traitTrajectories(look, Calibration.evidence({ calibrator, scores: lab.scores })(own))(own);
  };
  const judged = Gold.from({ chosen: 'stratified' })(lab.parts.judged);
  const judgedPaths = deployed(judged.stackIds);
  return {
    fit,
    tune,
    seenPaths: Replay.traitTrajectories(look, heldOut)(firstVotes(MOST_VOTES, seen)),
    tunePaths: deployed(tune.stackIds),
    judge: (rule) => judgedBy(judged, StopRule.replayOn(judged)(judgedPaths)(rule)),
  };
};

/** Risks and spending of a rule on the stacks nobody fitted anything with. */
const judgedBy = (gold, replay) => {
  const { decisions, votes } = replay;
  let [missed, alarmed, stalled, flowing] = [0, 0, 0, 0];
  for (let g = 0; g < decisions.length; g++) {
    if (gold.label[g] === 1) {
      stalled++;
      if (decisions[g] === 0) missed++;
    } else {
      flowing++;
      if (decisions[g] === 1) alarmed++;
    }
  }
  const spent = StopRule.spending({ gold, prevalence: PREVALENCE })({ decisions, votes });
  const [miss, alarm] = [missed / stalled, alarmed / flowing];
  const [se, sp] = [1 - miss, 1 - alarm];
  const called = PREVALENCE * se + (1 - PREVALENCE) * (1 - sp);
  const mcc = (se + sp - 1) * Math.sqrt((PREVALENCE * (1 - PREVALENCE)) / (called * (1 - called)));
  return { ...spent, miss, alarm, mcc };
};

/** Between the last candidate of the path that misses less, and the next, linearly in the miss. */
const heldAt = (held, expertPrice, path) => {
  const next = path.findIndex(({ miss }) => miss > held);
  if (next < 1) return undefined;
  const [a, b] = [path[next - 1], path[next]];
  const share = (held - a.miss) / (b.miss - a.miss);
  const at = Object.fromEntries(Object.keys(a).map((name) => [name, a[name] + share * (b[name] - a[name])]));
  return { ...at, cost: at.votes + expertPrice * at.experts, wrong: false };
};

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const error = (values) =>
  values.length < 2 ? 0 : Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)) / (values.length - 1));

const cells = new Map();
console.log(
  '| world, gold | expert price | target | certified | votes | expert % (before any vote) | cost | miss % | alarm % | MCC | wrong |',
);
console.log('|---|---|---|---|---|---|---|---|---|---|---|');
const started = process.cpuUsage().user;
for (const world of WORLDS) {
  for (const size of GOLD) {
    for (let seed = FROM; seed < FROM + LABORATORIES; seed++) {
      const drawn = laboratory(world, size)(7000 + seed);
      const lab = { ...drawn, arrivals: Replay.arrivals(drawn.votes) };
      for (const sensitivity of SENSITIVITIES) {
        const targets = { sensitivity, specificity: 0.95, confidence: 0.95 };
        const { fit, tune, seenPaths, tunePaths, judge } = prepared(lab, targets);
        for (const expertPrice of EXPERT_PRICES) {
          const options = { gold: fit, targets, prevalence: PREVALENCE, mostVotes: MOST_VOTES, expertPrice };
          const path = StopRule.rulePath(options)(seenPaths);
          const cell = (name) => {
            const key = `${world}|${size.join('/')}|${expertPrice}|${name}`;
            const rows = cells.get(key) ?? [];
            cells.set(key, rows);
            return rows;
          };
          for (const held of sensitivity === SENSITIVITIES[0] ? HELD : []) {
            cell(`held ${held}`).push(
              heldAt(
                held,
                expertPrice,
                path.map(({ rule }) => judge(rule)),
              ),
            );
          }
          const found = StopRule.certifyStopRule({ gold: tune, candidates: path, targets, prevalence: PREVALENCE })(
            tunePaths,
          );
          if (found._tag === 'Left') cell(sensitivity).push(undefined);
          else {
            const result = judge(found.right.rule);
            const wrong = result.miss > 1 - sensitivity || result.alarm > 0.05;
            cell(sensitivity).push({ ...result, cost: result.votes + expertPrice * result.experts, wrong });
          }
        }
      }
    }
    for (const [key, rows] of cells) if (key.startsWith(`${world}|${size.join('/')}|`)) print(key, rows);
  }
}
console.log(`${((process.cpuUsage().user - started) / 1e6).toFixed(0)} s of one processor`);
const file = flag('json', undefined);
if (file !== undefined) writeFileSync(file, `${JSON.stringify(Object.fromEntries(cells))}\n`);

function print(key, rows) {
  const [world, size, price, target] = key.split('|');
  const passed = rows.filter((row) => row !== undefined);
  if (passed.length === 0) return console.log(`| ${world} ${size} | ${price} | ${target} | 0 of ${rows.length} |`);
  const column = (name) => passed.map((row) => row[name]);
  const plain = (name, digits, scale = 1) => (scale * mean(column(name))).toFixed(digits);
  const both = (name, digits, scale = 1) =>
    `${plain(name, digits, scale)} ± ${(scale * error(column(name))).toFixed(digits)}`;
  console.log(
    `| ${world} ${size} | ${price} | ${target} | ${passed.length} of ${rows.length} | ${both('votes', 2)} | ${both('experts', 1, 100)} (${plain('expertsAtOnce', 1, 100)}) | ${both('cost', 2)} | ${plain('miss', 2, 100)} | ${plain('alarm', 2, 100)} | ${plain('mcc', 3)} | ${column('wrong').filter(Boolean).length} |`,
  );
}
