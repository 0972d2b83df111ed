// What a certified policy costs: `Policy.fit` over simulated laboratories of two worlds, and on recorded sets.
// `node bench/accuracy/stopRule.mjs [--laboratories 24] [--worlds typical,other] [--gold 700/1400,…] [--prices 20] [--targets .99] [--spend .9,1] [--json FILE]`
// `node bench/accuracy/stopRule.mjs --recorded [--sets stallsim,cifar10h,medrelex] [--splits 20]`: see recorded.mjs.
import { writeFileSync } from 'node:fs';
import { Gold, Policy } from '../../dist/index.js';
import { inputsOf, laboratory } from './laboratory.mjs';
import { recorded } from './recorded.mjs';

const flag = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : process.argv[at + 1];
};
const numbers = (name, otherwise) => flag(name, otherwise).split(',').map(Number);
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
const PRICES = numbers('prices', '20');
const SENSITIVITIES = numbers('targets', '.99');
const SPENDS = numbers('spend', '.9,1');
const PREVALENCE = 0.01;
/** Stalled and flowing stacks the risks are judged on. */
const JUDGED = 10_000;
/** Stacks without gold, with votes, in the fit. */
const HISTORY = Number(flag('history', '2000'));
/** Votes of a judged stack that are read: a rule asks for no more. */
const SEEN = 7;

/** Risks and spending of a policy on the stacks nobody fitted anything with, votes one at a time, experts right. */
const judged = (policy, batch, gold, price) => {
  const { decisions, votes } = Policy.replayed(policy, gold)(batch);
  const count = { 0: [0, 0], 1: [0, 0] };
  const spent = { votes: [0, 0], experts: [0, 0], atOnce: [0, 0] };
  decisions.forEach((decision, g) => {
    const y = gold.label[g];
    count[y][0]++;
    if (decision === 1 - y) count[y][1]++;
    spent.votes[y] += votes[g];
    if (decision === 2) spent.experts[y]++;
    if (decision === 2 && votes[g] === 0) spent.atOnce[y]++;
  });
  const mean = ([zero, one]) => ((1 - PREVALENCE) * zero) / count[0][0] + (PREVALENCE * one) / count[1][0];
  const [miss, alarm] = [1, 0].map((y) => count[y][1] / count[y][0]);
  const called = PREVALENCE * (1 - miss) + (1 - PREVALENCE) * alarm;
  const mcc = (1 - miss - alarm) * Math.sqrt((PREVALENCE * (1 - PREVALENCE)) / (called * (1 - called)));
  const [asked, experts, expertsAtOnce] = [spent.votes, spent.experts, spent.atOnce].map(mean);
  return { votes: asked, experts, expertsAtOnce, cost: asked + price * experts, miss, alarm, mcc };
};

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const error = (values) =>
  values.length < 2 ? 0 : Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)) / (values.length - 1));

const cells = new Map();
console.log(
  '| world, gold | expert price | target | spend | certified | votes | expert % (before any vote) | cost | miss % | alarm % | MCC | wrong |',
);
console.log('|---|---|---|---|---|---|---|---|---|---|---|---|');
const started = process.cpuUsage().user;
for (const world of WORLDS) {
  for (const size of GOLD) {
    for (let seed = FROM; seed < FROM + LABORATORIES; seed++) {
      const drawn = laboratory({ world, gold: size, judged: JUDGED, history: HISTORY, prevalence: PREVALENCE })(
        7000 + seed,
      );
      const gold = Gold.from({ chosen: 'stratified' })(drawn.parts.gold);
      const known = inputsOf(drawn, [...drawn.parts.gold, ...drawn.parts.history]);
      const fresh = inputsOf(drawn, drawn.parts.judged, SEEN);
      const truth = Gold.from({ chosen: 'stratified' })(drawn.parts.judged);
      for (const sensitivity of SENSITIVITIES) {
        for (const price of PRICES) {
          for (const spend of SPENDS) {
            const targets = { sensitivity, specificity: 0.95, confidence: 0.95 };
            const options = { targets, prevalence: PREVALENCE, expertPrice: price, spend };
            const { policy } = Policy.fit(options)({ ...known, gold });
            const key = `${world}|${size.join('/')}|${price}|${sensitivity}|${spend}`;
            const rows = cells.get(key) ?? [];
            cells.set(key, rows);
            const result = judged(policy, fresh, truth, price);
            const isWrong = result.miss > 1 - sensitivity || result.alarm > 0.05;
            rows.push(Policy.isCertified(policy) ? { ...result, wrong: isWrong } : undefined);
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
  const [world, size, price, target, spend] = key.split('|');
  const passed = rows.filter((row) => row !== undefined);
  const about = `| ${world} ${size} | ${price} | ${target} | ${spend} | ${passed.length} of ${rows.length} |`;
  if (passed.length === 0) return console.log(about);
  const column = (name) => passed.map((row) => row[name]);
  const plain = (name, digits, scale = 1) => (scale * mean(column(name))).toFixed(digits);
  const both = (name, digits, scale = 1) =>
    `${plain(name, digits, scale)} ± ${(scale * error(column(name))).toFixed(digits)}`;
  console.log(
    `${about} ${both('votes', 2)} | ${both('experts', 1, 100)} (${plain('expertsAtOnce', 1, 100)}) | ${both('cost', 2)} | ${plain('miss', 2, 100)} | ${plain('alarm', 2, 100)} | ${plain('mcc', 3)} | ${column('wrong').filter(Boolean).length} |`,
  );
}
