// What a stack costs, and at what quality: a certified policy beside what others do.
// `node bench/accuracy/throughput.mjs [--laboratories 4] [--worlds typical,hard,shifted,other] [--gold 1400/1400]`
import { Gold, Policy, Replay, Skills } from '../../dist/index.js';
import { inputsOf, laboratory } from './laboratory.mjs';
import { table } from './table.mjs';

const flag = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : process.argv[at + 1];
};
const LABORATORIES = Number(flag('laboratories', '4'));
const WORLDS = flag('worlds', 'typical,hard,shifted,other').split(',');
const SIZE = flag('gold', '1400/1400').split('/').map(Number);
const PREVALENCE = 0.01;
const PRICE = 20;
const JUDGED = 5000;
const VOTES = 20;
const TARGETS = { sensitivity: 0.99, specificity: 0.95, confidence: 0.95 };

const logit = (p) => Math.log(p / (1 - p));

/** Mean over the classes at the prevalence, from sums over stalled and over flowing stacks. */
const atPrevalence = (gold, value) => {
  const [sum, seen] = [
    [0, 0],
    [0, 0],
  ];
  gold.label.forEach((y, g) => {
    sum[y] += value(g);
    seen[y]++;
  });
  return ((1 - PREVALENCE) * sum[0]) / seen[0] + (PREVALENCE * sum[1]) / seen[1];
};

/** What decisions are worth: 0 flowing, 1 stalled, 2 an expert, who is right. */
const worth = (gold, decisions, votes) => {
  const wrong = [1, 0].map((y) => {
    const rows = [...gold.label.keys()].filter((g) => gold.label[g] === y);
    return rows.filter((g) => decisions[g] === 1 - y).length / rows.length;
  });
  const experts = atPrevalence(gold, (g) => Number(decisions[g] === 2));
  const asked = atPrevalence(gold, (g) => votes[g]);
  return {
    votes: asked,
    experts,
    cost: asked + PRICE * experts,
    sensitivity: 1 - wrong[0],
    specificity: 1 - wrong[1],
  };
};

/** Decisions by a cut through a score, where specificity is .95 on the very stacks that are judged: better than anybody can. */
const cutAtSpecificity = (gold, score) => {
  const flowing = [...gold.label.keys()].filter((g) => gold.label[g] === 0).map((g) => score[g]);
  flowing.sort((a, b) => a - b);
  const cut = flowing[Math.ceil(0.95 * flowing.length) - 1];
  return score.map((value) => Number(value > cut));
};

const meanOf = ({ offsets, label }, s, n) => {
  let sum = 0;
  for (let v = offsets[s]; v < offsets[s] + n; v++) sum += label[v];
  return sum / n;
};

/** The model clears what it scores low; of the rest m of 7 votes decide. Both chosen on gold as the cheapest that keeps the targets there. */
const cascade = (fit, test) => {
  const run = ({ score, share }, low, m) => ({
    votes: score.map((value) => (value < low ? 0 : 7)),
    decisions: score.map((value, g) => Number(value >= low && share[g] * 7 >= m - 1e-9)),
  });
  let best;
  for (let low = -14; low <= 4; low += 0.25) {
    for (let m = 1; m <= 7; m++) {
      const { decisions, votes } = run(fit, low, m);
      const at = worth(fit.gold, decisions, votes);
      const short =
        Math.max(0, TARGETS.sensitivity - at.sensitivity) + Math.max(0, TARGETS.specificity - at.specificity);
      if (best === undefined || short < best.short - 1e-12 || (short <= best.short + 1e-12 && at.votes < best.votes)) {
        best = { short, votes: at.votes, low, m };
      }
    }
  }
  const { decisions, votes } = run(test, best.low, best.m);
  return worth(test.gold, decisions, votes);
};

/** One laboratory: a row for each method. */
const measured = (world, seed) => {
  const drawn = laboratory({ world, gold: SIZE, judged: JUDGED, history: 2000, prevalence: PREVALENCE })(seed);
  const gold = Gold.from({ chosen: 'stratified' })(drawn.parts.gold);
  const truth = Gold.from({ chosen: 'stratified' })(drawn.parts.judged);
  const known = inputsOf(drawn, [...drawn.parts.gold, ...drawn.parts.history]);
  const fresh = inputsOf(drawn, drawn.parts.judged);
  const [byGold, byTruth] = [
    [known, gold],
    [fresh, truth],
  ].map(([{ votes, scores }, part]) => {
    const row = new Map(votes.stackIds.map((id, s) => [id, s]));
    const score = new Map(scores.stackIds.map((id, s) => [id, logit(scores.score[s])]));
    const inOrder = Policy.inRuleOrder(votes);
    const share = (n) => part.stackIds.map((id) => meanOf(inOrder, row.get(id), n));
    return { gold: part, score: part.stackIds.map((id) => score.get(id)), share };
  });
  const free = truth.stackIds.map(() => 0);
  const rows = {};
  for (const n of [20, 7]) {
    const votes = truth.stackIds.map(() => n);
    rows[`mean of ${n}, at specificity .95`] = worth(truth, cutAtSpecificity(truth, byTruth.share(n)), votes);
  }
  rows['model alone, at specificity .95'] = worth(truth, cutAtSpecificity(truth, byTruth.score), free);
  const skills = Skills.alignedTo(fresh.votes)(Skills.fromGold({ gold })(known.votes));
  const paths = Replay.trajectories({ prevalence: PREVALENCE, skills })(Policy.inRuleOrder(fresh.votes));
  rows['SWAP, published bounds'] = swap(paths, truth);
  rows['model, then mean of 7'] = cascade(
    { ...byGold, share: byGold.share(7) },
    { ...byTruth, share: byTruth.share(7) },
  );
  const { policy } = Policy.fit({ targets: TARGETS, prevalence: PREVALENCE, expertPrice: PRICE })({ ...known, gold });
  const { decisions, votes } = Policy.replayed(policy, truth)(fresh);
  const name = Policy.isCertified(policy) ? 'tandem, certified' : 'tandem, provisional';
  rows[name] = worth(truth, decisions, votes);
  return rows;
};

/** Stops below 1e-7 and from .95 on; after 20 votes what is not stalled is flowing. */
const swap = ({ stackIds, first, logOdds }, gold) => {
  const [low, high] = [logit(1e-7), logit(0.95)];
  const ended = new Map(
    stackIds.map((id, s) => {
      const z = logOdds.subarray(first[s], first[s + 1]);
      let n = 0;
      while (n < Math.min(VOTES, z.length - 1) && z[n] >= low && z[n] <= high) n++;
      return [id, { votes: n, decision: Number(z[n] > high) }];
    }),
  );
  const rows = gold.stackIds.map((id) => ended.get(id));
  return worth(
    gold,
    rows.map(({ decision }) => decision),
    rows.map(({ votes }) => votes),
  );
};

const rows = [];
for (const world of WORLDS) {
  const runs = Array.from({ length: LABORATORIES }, (_, i) => measured(world, 400 + i));
  for (const method of new Set(runs.flatMap((run) => Object.keys(run)))) {
    const own = runs.flatMap((run) => run[method] ?? []);
    const mean = (name) => own.reduce((sum, row) => sum + row[name], 0) / own.length;
    const met = own.filter(
      ({ sensitivity, specificity }) => sensitivity >= TARGETS.sensitivity && specificity >= TARGETS.specificity,
    );
    rows.push({
      world,
      method,
      votes: mean('votes'),
      experts: mean('experts'),
      cost: mean('cost'),
      sensitivity: mean('sensitivity'),
      specificity: mean('specificity'),
      'both met': `${met.length} of ${own.length}`,
    });
  }
}
console.log(table(['world', 'method', 'votes', 'experts', 'cost', 'sensitivity', 'specificity', 'both met'], rows));
