// Votes and a model together: rates, calibration and dependence are fitted on one random half of truth and judged on the
// other, both ways. Methods marked "no gold" see no truth.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Calibration, Consensus, Errors, Gold, Skills, Votes } from '../../dist/index.js';
import { figures, truthOf } from './figures.mjs';
import { SHARED } from './sets.mjs';

const CHEXPERT = ['cardiomegaly', 'edema', 'consolidation', 'atelectasis', 'pleural_effusion'].map((name) => ({
  set: `chexpert_${name}`,
}));

/** A set, and how many votes per stack are kept, in arrival order. */
export const FUSION_SETS = [
  ...CHEXPERT,
  { set: 'sentiment_mturk' },
  { set: 'sentiment_mturk', keep: 3 },
  { set: 'medrelex_treat' },
  { set: 'medrelex_treat', keep: 3 },
  { set: 'medrelex_treat', keep: 5 },
  { set: 'amazon_negative' },
  { set: 'amazon_negative', keep: 3 },
  { set: 'cifar10h_cat_1pct', keep: 3 },
  { set: 'cifar10h_cat_1pct', keep: 5 },
  { set: 'cifar10h_cat_1pct', keep: 9 },
  { set: 'cifar10h_deer_1pct', keep: 3 },
  { set: 'stallsim', keep: 5 },
  { set: 'stallsim', keep: 20 },
];

/** What the tables call it. */
export const fusionName = ({ set, keep }) => (keep === undefined ? set : `${set} k=${keep}`);

const SEEDS = [1, 2, 3];

/** Lines of these files have no quoted fields. */
const cells = (path) =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));

const load = (dir, keep) => {
  const seen = new Map();
  const rows = [];
  for (const [stackId, annotatorId, label] of cells(join(dir, 'votes.csv'))) {
    const n = seen.get(stackId) ?? 0;
    if (n >= (keep ?? Number.POSITIVE_INFINITY)) continue;
    seen.set(stackId, n + 1);
    rows.push({ stackId, annotatorId, label: Number(label) });
  }
  const model = cells(join(dir, 'model.csv'));
  const truth = cells(join(dir, 'truth.csv'));
  const scores = { stackIds: model.map(([id]) => id), score: Float64Array.from(model, ([, p]) => Number(p)) };
  const votes = Votes.including(scores.stackIds)(Errors.getOrThrow(Votes.from({ duplicates: 'all' })(rows)));
  return {
    votes,
    scores,
    gold: Gold.from({ chosen: 'random' })(truth.map(([stackId, label]) => ({ stackId, label: Number(label) }))),
  };
};

/** Two halves of truth by class, as one method is fitted on each and judged on the other. */
const halves = (gold, seed) => {
  const { fit, tune, test } = Gold.split({ seed, shares: { fit: 0.5, tune: 0.25, test: 0.25 } })(gold);
  const rest = {
    ...tune,
    stackIds: [...tune.stackIds, ...test.stackIds],
    label: Uint8Array.from([...tune.label, ...test.label]),
  };
  return [
    [fit, rest],
    [Gold.as('fit')(rest), fit],
  ];
};

/** Methods fitted on gold: (gold) → posterior of every stack. */
const withGold =
  ({ votes, scores }) =>
  (gold) => {
    const { stalled, flowing } = Gold.count(gold);
    const prevalence = stalled / (stalled + flowing);
    const skills = Skills.fromGold({ gold })(votes);
    const calibrator = Errors.getOrThrow(Calibration.platt(gold)(scores));
    const model = Calibration.evidence({ calibrator, scores })(votes);
    const evidence = { prevalence, skills, model };
    const honest = {
      ...evidence,
      model: Calibration.heldOutEvidence({ gold, method: Calibration.platt, calibrator, scores })(votes),
    };
    const recalibration = Errors.getOrThrow(
      Consensus.recalibrate({ gold })(Consensus.heldOutTerms({ ...honest, gold })(votes)),
    );
    const crowd = Errors.getOrThrow(
      Consensus.recalibrate({ gold })(Consensus.heldOutTerms({ prevalence, skills, gold })(votes)),
    );
    const modelOnly = {
      stackIds: votes.stackIds,
      logOdds: model.nats.map((nats) => Math.log(prevalence / (1 - prevalence)) + nats),
    };
    return {
      'crowd alone': Consensus.fuse({ prevalence, skills, recalibration: crowd })(votes),
      'model alone': modelOnly,
      'naive Bayes on gold': Consensus.fuse(evidence)(votes),
      'fused (default)': Consensus.fuse({ ...evidence, recalibration })(votes),
      'itemResponse on gold': Consensus.itemResponse({ gold, scores })(votes),
    };
  };

/** Methods that see no truth. */
const withoutGold = ({ votes, scores }) => ({
  'majority (no gold)': Consensus.majority()(votes),
  'model as it is (no gold)': rawModel(votes, scores),
  'Dawid–Skene (no gold)': (() => {
    const skills = Skills.dawidSkene()(votes);
    return Consensus.fuse({ prevalence: skills.prevalence, skills })(votes);
  })(),
  'CROWDLAB (no gold)': Consensus.crowdlab({ scores })(votes),
});

const rawModel = (votes, scores) => {
  const p = new Map(scores.stackIds.map((id, i) => [id, scores.score[i]]));
  return {
    stackIds: votes.stackIds,
    logOdds: Float64Array.from(votes.stackIds, (id) => {
      const clipped = Math.min(Math.max(p.get(id) ?? 0.5, 1e-12), 1 - 1e-12);
      return Math.log(clipped / (1 - clipped));
    }),
  };
};

const probability = (posterior) =>
  new Map(posterior.stackIds.map((id, s) => [id, 1 / (1 + Math.exp(-posterior.logOdds[s]))]));

const judgeOn = (posterior, truth) => {
  const p = probability(posterior);
  const known = [...truth].filter(([id]) => p.has(id));
  return figures(
    known.map(([id]) => p.get(id)),
    known.map(([, label]) => label),
  );
};

export const fusionBench = async () => {
  const rows = [];
  for (const { set, keep } of FUSION_SETS) {
    const dir = join(SHARED, 'fusion', set);
    if (!existsSync(dir)) continue;
    const name = fusionName({ set, keep });
    process.stderr.write(`${name} …\n`);
    const world = load(dir, keep);
    const truth = truthOf(world.gold);
    for (const [method, posterior] of Object.entries(withoutGold(world)))
      rows.push({ set: name, method, ...judgeOn(posterior, truth) });
    // Out-of-half predictions of both halves are judged together, as the reference does; the mean over seeds is reported.
    const runs = SEEDS.map((seed) => {
      const pooled = new Map();
      for (const [fit, held] of halves(world.gold, seed)) {
        for (const [method, posterior] of Object.entries(withGold(world)(fit))) {
          const p = probability(posterior);
          const points = pooled.get(method) ?? { p: [], y: [] };
          held.stackIds.forEach((id, row) => {
            points.p.push(p.get(id));
            points.y.push(held.label[row]);
          });
          pooled.set(method, points);
        }
      }
      return new Map([...pooled].map(([method, { p, y }]) => [method, figures(p, y)]));
    });
    for (const method of runs[0].keys()) {
      const all = runs.map((run) => run.get(method));
      const mean = Object.fromEntries(
        Object.keys(all[0]).map((key) => [key, all.reduce((sum, one) => sum + one[key], 0) / all.length]),
      );
      rows.push({ set: name, method, ...mean });
    }
  }
  return rows;
};
