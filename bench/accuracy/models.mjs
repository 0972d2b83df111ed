// Several models of one set as a single source, against its best model, on held-out folds. Sets whose licence keeps them out
// of the repository lie beside the checkout; without them nothing is measured.
// `node bench/accuracy/models.mjs [--markdown FILE]`, after a build
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Calibration, Consensus, Errors, Gold, Skills, Votes } from '../../dist/index.js';
import { figures } from './figures.mjs';
import { SHARED } from './sets.mjs';
import { table } from './table.mjs';

const SETS = [
  { set: 'cifar10h_cat_1pct', votes: 3 },
  { set: 'cifar10h_deer_1pct', votes: 3 },
  ...['cardiomegaly', 'edema', 'consolidation', 'atelectasis', 'pleural_effusion'].map((name) => ({
    set: `chexpert_${name}`,
    votes: 3,
  })),
];

const SEEDS = [1, 2];
const FOLDS = 5;

/** Lines of these files have no quoted fields. */
const cells = (path) =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));

const load = ({ set, votes: most }) => {
  const dir = join(SHARED, 'fusion', set);
  const [head, ...rows] = cells(join(dir, 'model.csv'));
  const models = head.slice(1).map((name, k) => {
    const own = rows.filter((row) => (row[k + 1] ?? '') !== '');
    return {
      name,
      stackIds: own.map(([id]) => id),
      score: Float64Array.from(own, (row) => Number(row[k + 1])),
    };
  });
  const seen = new Map();
  const cast = cells(join(dir, 'votes.csv'))
    .slice(1)
    .flatMap(([stackId, annotatorId, label]) => {
      const n = seen.get(stackId) ?? 0;
      seen.set(stackId, n + 1);
      return n < most ? [{ stackId, annotatorId, label: Number(label) }] : [];
    });
  const ids = rows.map(([id]) => id);
  return {
    models,
    votes: Votes.including(ids)(Errors.getOrThrow(Votes.from({ duplicates: 'all' })(cast))),
    gold: Gold.from({ chosen: 'random' })(
      cells(join(dir, 'truth.csv'))
        .slice(1)
        .map(([stackId, label]) => ({ stackId, label: Number(label) })),
    ),
  };
};

/** Five parts by class: a part is the half of a split whose other half is cut again. */
const partsOf = (gold, seed) => {
  const parts = [];
  let rest = gold;
  for (let left = FOLDS; left > 1; left--) {
    const share = 1 / left;
    const { fit, tune, test } = Gold.split({
      seed,
      shares: { fit: share, tune: (1 - share) / 2, test: (1 - share) / 2 },
    })(rest);
    parts.push(fit);
    rest = together([tune, test]);
  }
  return [...parts, rest];
};

const together = (golds) => ({
  chosen: 'random',
  stackIds: golds.flatMap(({ stackIds }) => stackIds),
  label: Uint8Array.from(golds.flatMap(({ label }) => [...label])),
});

const withPrior = (prevalence, { nats }) => nats.map((value) => Math.log(prevalence / (1 - prevalence)) + value);

const lossOf = (z, y) => Math.max(z, 0) - y * z + Math.log1p(Math.exp(-Math.abs(z)));

const meanLoss = ({ logOdds, rowOf, gold }) =>
  gold.stackIds.reduce((sum, id, i) => sum + lossOf(logOdds[rowOf.get(id)], gold.label[i]), 0) / gold.stackIds.length;

/** Log-odds of every stack by each method, fitted on `gold`. */
const methodsOn = ({ models, votes }, gold) => {
  const { stalled, flowing } = Gold.count(gold);
  const prevalence = (stalled + 1) / (stalled + flowing + 2);
  const skills = Skills.fromGold({ gold })(votes);
  const withVotes = (model, heldOut) => {
    const recalibration = Errors.getOrThrow(
      Consensus.recalibrate({ gold })(Consensus.heldOutTerms({ prevalence, skills, model: heldOut, gold })(votes)),
    );
    return Consensus.fuse({ prevalence, skills, model, recalibration })(votes).logOdds;
  };
  const out = {};
  for (const scores of models) {
    const calibrator = Errors.getOrThrow(Calibration.platt(gold)(scores));
    const evidence = Calibration.evidence({ calibrator, scores })(votes);
    const heldOut = Calibration.heldOutEvidence({ gold, method: Calibration.platt, calibrator, scores })(votes);
    out[`single ${scores.name}`] = withPrior(prevalence, evidence);
    out[`voted ${scores.name}`] = withVotes(evidence, heldOut);
  }
  const calibrator = Errors.getOrThrow(Calibration.ensemble(gold)(models));
  const evidence = Calibration.ensembleEvidence({ calibrator, models })(votes);
  out.ensemble = withPrior(prevalence, evidence);
  out['ensemble voted'] = withVotes(evidence, Calibration.heldOutEnsembleEvidence({ gold, calibrator, models })(votes));
  // The model a laboratory would choose: the best on the gold it has.
  const rowOf = Votes.rowOf(votes);
  const chosen = models
    .map(({ name }) => ({ name, loss: meanLoss({ logOdds: out[`single ${name}`], rowOf, gold }) }))
    .reduce((best, one) => (one.loss < best.loss ? one : best));
  out.chosen = out[`single ${chosen.name}`];
  out['chosen voted'] = out[`voted ${chosen.name}`];
  return out;
};

/** Per seed, the held-out log-odds of every stack by every method, in the order of gold. */
const heldOutRuns = (world) => {
  const rowOf = Votes.rowOf(world.votes);
  const place = new Map(world.gold.stackIds.map((id, i) => [id, i]));
  return SEEDS.map((seed) => {
    const parts = partsOf(world.gold, seed);
    const held = new Map();
    parts.forEach((part, k) => {
      const fit = Gold.as('fit')(together(parts.filter((_, other) => other !== k)));
      for (const [method, logOdds] of Object.entries(methodsOn(world, fit))) {
        const column = held.get(method) ?? new Float64Array(world.gold.stackIds.length);
        for (const id of part.stackIds) column[place.get(id)] = logOdds[rowOf.get(id)];
        held.set(method, column);
      }
    });
    return held;
  });
};

const summaryOf = (runs, method, label) => {
  const all = runs.map((run) =>
    figures(
      [...run.get(method)].map((z) => 1 / (1 + Math.exp(-z))),
      [...label],
    ),
  );
  const mean = (key) => all.reduce((sum, one) => sum + one[key], 0) / all.length;
  return { method, logLoss: mean('logLoss'), mcc: mean('mcc') };
};

/** Log-loss of `a` less that of `b`, with its standard error over stacks. */
const differenceOf = (runs, [a, b], label) => {
  const each = [...label].map(
    (y, i) => runs.reduce((sum, run) => sum + lossOf(run.get(a)[i], y) - lossOf(run.get(b)[i], y), 0) / runs.length,
  );
  const mean = each.reduce((sum, x) => sum + x, 0) / each.length;
  const error = Math.sqrt(each.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (each.length - 1) / each.length);
  return `${mean < 0 ? '−' : '+'}${Math.abs(mean).toFixed(4)} ± ${error.toFixed(4)}`;
};

const digits = (value) => value.toFixed(4);

const rowsOf = (set, { models, gold }, runs) => {
  const of = (method) => summaryOf(runs, method, gold.label);
  return ['', ' voted'].map((suffix) => {
    const kind = suffix === '' ? 'single' : 'voted';
    const singles = models.map(({ name }) => of(`${kind} ${name}`));
    const best = singles.reduce((a, b) => (b.logLoss < a.logLoss ? b : a));
    const ours = of(`ensemble${suffix}`);
    const chosen = of(`chosen${suffix}`);
    return {
      set: `${set}${suffix === '' ? '' : ', with votes'}`,
      models: String(models.length),
      stalled: String(gold.label.reduce((sum, y) => sum + y, 0)),
      'log-loss, chosen model': digits(chosen.logLoss),
      'best in hindsight': digits(best.logLoss),
      'all models': digits(ours.logLoss),
      'all less best': differenceOf(runs, [`ensemble${suffix}`, best.method], gold.label),
      'MCC, chosen model': digits(chosen.mcc),
      'of the best ': digits(best.mcc),
      'all models ': digits(ours.mcc),
    };
  });
};

const measured = SETS.filter(({ set }) => existsSync(join(SHARED, 'fusion', set)));
const missing = SETS.filter((one) => !measured.includes(one)).map(({ set }) => set);
const shareRows = [];
const rows = measured.flatMap((one) => {
  process.stderr.write(`${one.set} …\n`);
  const world = load(one);
  const worth = Errors.getOrThrow(Calibration.leaveOneOut(Gold.as('fit')(world.gold))(world.models));
  for (const model of worth.models) {
    shareRows.push({
      set: one.set,
      model: model.name,
      'share of evidence': model.share.toFixed(3),
      'log-loss alone': digits(model.aloneLogLoss),
      'leaving it out costs': `${digits(model.cost)} ± ${digits(model.costError)}`,
    });
  }
  return rowsOf(one.set, world, heldOutRuns(world));
});

const ofEach = (list, keep) => list.filter(({ set }) => set.endsWith(', with votes') === keep);
const section = (title, list) => (list.length === 0 ? [] : ['', `## ${title}`, '', table(Object.keys(list[0]), list)]);

const text = [
  '# Several models as one source',
  '',
  `Made by \`node bench/accuracy/models.mjs --markdown docs/models.md\`. Five folds, ${SEEDS.length} divisions: every stack is judged by what was fitted on the`,
  'other four fifths. Log-loss in nats per stack, at the prevalence of the set; MCC at a posterior of one half. *Chosen model*: the one with the least',
  'log-loss on the four fifths, which is what a laboratory can do. *Best in hindsight*: the one with the least held-out log-loss of all, which nobody',
  'knows beforehand. *All less best* has the standard error over stacks; below 0 all models together are better.',
  ...section('Models alone', ofEach(rows, false)),
  ...section('Models with three votes on each stack (the default fusion)', ofEach(rows, true)),
  ...section('What each model is worth beside the others (`Calibration.leaveOneOut`)', shareRows),
  ...(missing.length === 0 ? [] : ['', `Not measured, because the data are not here: ${missing.join(', ')}.`]),
  '',
].join('\n');

process.stdout.write(text);
const at = process.argv.indexOf('--markdown');
if (at > 0) writeFileSync(process.argv[at + 1], text);
