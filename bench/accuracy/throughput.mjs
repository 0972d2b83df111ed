// How many answers a stack costs at held quality: in the simulator, and replayed on real votes.
// `node bench/accuracy/throughput.mjs [--quick] [--markdown] [--only typical|ample|hard|shifted|stallsim|medrelex|cifar|certified]`
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as Library from '../../dist/index.js';
import { table } from './table.mjs';
import { INTRODUCTION, NOTES } from './throughput.notes.mjs';

const { Asking, Calibration, Consensus, Errors, Gold, Replay, Simulate, Skills } = Library;

const ROOT = join(import.meta.dirname, '..', '..');
const PI = 0.01;
const TARGETS = { sensitivity: 0.99, specificity: 0.95, confidence: 0.95 };
const WHAT_20_ANSWERS_REACH = { sensitivity: 0.94, specificity: 0.95, confidence: 0.95 };
/**
 * Share of the allowed misses a tuned rule may seem to take: what chance leaves, one-sided 95 %, where two rates are read by
 * chance. The half that judges counts as many stalled stacks as gold has, n; the half that tunes is helped by the posterior,
 * whose rate `Asking.path` takes for a prior worth m stacks. The same formula for all sets.
 */
const roomForChance = (gold, { sensitivity }) => {
  const { stalled: n } = Gold.count(gold);
  const allowed = 1 - sensitivity;
  const m = sensitivity / (allowed * 0.3 ** 2);
  const error = Math.sqrt(sensitivity / (allowed * n));
  return 1 / (1 + 1.645 * Math.sqrt(1 + n / (n + m)) * error);
};

const logit = (p) => Math.log(p / (1 - p));

/** Evidence of the stacks named, in their order. */
const evidenceOf = (stackIds, model) => {
  const rows = new Map(stackIds.map((id, s) => [id, s]));
  return (ids) => ({
    nats: Float64Array.from(ids, (id) => model.nats[rows.get(id)]),
    scores: Uint32Array.from(ids, (id) => model.scores[rows.get(id)]),
  });
};

/** What a run of decisions is worth on gold, each class weighted to the prevalence. */
export const judgeRun = ({ decisions, votes }, gold, prevalence = PI) => {
  const seen = [0, 0];
  const used = [0, 0];
  const wrong = [0, 0];
  const unasked = [0, 0];
  gold.label.forEach((y, i) => {
    seen[y]++;
    used[y] += votes[i];
    if (votes[i] === 0) unasked[y]++;
    if (decisions[i] === 1 - y) wrong[y]++;
  });
  const mean = (of) => prevalence * (of[1] / seen[1]) + (1 - prevalence) * (of[0] / seen[0]);
  return {
    votes: mean(used),
    sensitivity: 1 - wrong[1] / seen[1],
    specificity: 1 - wrong[0] / seen[0],
    unasked: mean(unasked),
  };
};

const meets = ({ sensitivity, specificity }, targets) =>
  Number(sensitivity >= targets.sensitivity - 1e-12 && specificity >= targets.specificity - 1e-12);

/** The cheapest candidate that seems to take at most this share of the allowed misses; else the nearest there is. */
const atSafety = (path, targets, safety) =>
  path.filter(({ missed }) => missed <= safety * (1 - targets.sensitivity) + 1e-12).at(-1) ?? path[0];

// ---------------------------------------------------------------- simulator

const SIMULATED = {
  votesEach: 20,
  research: 10_000,
  fit: { stalled: 1000, flowing: 4000 },
  tune: { stalled: 1500, flowing: 3000 },
  test: { stalled: 16_000, flowing: 16_000 },
};

/** Gold of a project that has run for years: so much that a rule's own miss rate is known to a tenth of itself. */
const AMPLE = { ...SIMULATED, fit: { stalled: 10_000, flowing: 20_000 }, tune: { stalled: 10_000, flowing: 20_000 } };

/**
 * Gold is dealt out at random: stacks of one recording share their quality and stand together, so the first thousand
 * would be those of ten recordings.
 */
const divide = (gold, sizes) => {
  const parts = { fit: [], tune: [], test: [] };
  const left = { fit: { ...sizes.fit }, tune: { ...sizes.tune } };
  const dealt = gold.stackIds.map((stackId, i) => ({ stackId, label: gold.label[i], place: scattered(i) }));
  for (const { stackId, label } of dealt.sort((a, b) => a.place - b.place)) {
    const cls = label === 1 ? 'stalled' : 'flowing';
    const part = left.fit[cls]-- > 0 ? 'fit' : left.tune[cls]-- > 0 ? 'tune' : 'test';
    parts[part].push({ stackId, label });
  }
  const as = (role) => Gold.as(role)(Gold.from({ chosen: 'stratified' })(parts[role]));
  const both = Gold.as('fit')(Gold.from({ chosen: 'stratified' })([...parts.fit, ...parts.tune]));
  return { fit: as('fit'), tune: as('tune'), test: as('test'), both };
};

/** A number of [0, 1) for each whole number, evenly spread and in no order: multiples of the golden section. */
const scattered = (i) => (i * 0.6180339887498949) % 1;

/** The posterior of somebody who knows every parameter: a bound, not a method. */
const idealObserver = (
  { simulated, scores },
  stackIds,
  { separation, offset, sharedDifficulty, trainingPrevalence },
) => {
  const { annotators, traits } = simulated;
  const place = new Map(scores.stackIds.map((id, i) => [id, i]));
  const d = separation;
  const nats = Float64Array.from(stackIds, (id) => {
    const latent = (logit(scores.score[place.get(id)]) - logit(trainingPrevalence)) / d + d / 2;
    return d * (latent - offset - d / 2);
  });
  // u | score, y ~ N(ρ (s − d y), 1 − ρ²), and s = nats / d + d / 2.
  const line = ({ c, tau }, y) => ({
    c: c + tau * sharedDifficulty * (d / 2 - d * y),
    slope: (tau * sharedDifficulty) / d,
    tau: tau * Math.sqrt(1 - sharedDifficulty ** 2),
  });
  const none = new Float64Array(annotators.annotatorIds.length);
  const look = {
    prevalence: PI,
    annotatorIds: annotators.annotatorIds,
    alpha: annotators.skill,
    beta: annotators.bias,
    varAlpha: none,
    varBeta: none,
    covariance: none,
    newcomer: { alpha: 0, beta: 0 },
    blind: 0,
    scored: { flowing: line(traits.flowing, 0), stalled: line(traits.stalled, 1) },
    unscored: { flowing: { ...traits.flowing, slope: 0 }, stalled: { ...traits.stalled, slope: 0 } },
  };
  return { look, model: { nats, scores: new Uint32Array(stackIds.length).fill(1) } };
};

/** Sensitivity where specificity is .95, a tie being broken by chance: the best a fixed score can do. */
const atSpecificity = (score, gold, specificity) => {
  const order = Array.from(score.keys()).sort((a, b) => score[b] - score[a]);
  const { stalled, flowing } = Gold.count(gold);
  let [alarms, caught] = [0, 0];
  for (let i = 0; i < order.length; ) {
    const before = { alarms, caught };
    const z = score[order[i]];
    for (; i < order.length && score[order[i]] === z; i++) gold.label[order[i]] === 1 ? caught++ : alarms++;
    const allowed = (1 - specificity) * flowing;
    if (alarms >= allowed) {
      const share = alarms === before.alarms ? 0 : (allowed - before.alarms) / (alarms - before.alarms);
      return { sensitivity: (before.caught + share * (caught - before.caught)) / stalled, specificity };
    }
  }
  return { sensitivity: 1, specificity };
};

const firstVotes = (votes, n) =>
  Float64Array.from(votes.stackIds, (_, s) => {
    let sum = 0;
    for (let v = votes.offsets[s]; v < votes.offsets[s] + n; v++) sum += votes.label[v];
    return sum / n;
  });

/** The machine clears what it scores low; of the rest m of 7 answers decide. Both are chosen on gold for fitting. */
const cascade = (fit, test, targets) => {
  const run = ({ z, share }, low, m) => ({
    votes: z.map((value) => (value < low ? 0 : 7)),
    decisions: z.map((value, s) => Number(value >= low && share[s] * 7 >= m - 1e-9)),
  });
  let best;
  for (let low = -14; low <= 0; low += 0.25) {
    for (let m = 1; m <= 7; m++) {
      const at = judgeRun(run(fit, low, m), fit.gold);
      const short =
        Math.max(0, targets.sensitivity - at.sensitivity) + Math.max(0, targets.specificity - at.specificity);
      if (best === undefined || short < best.short - 1e-12 || (short <= best.short + 1e-12 && at.votes < best.votes)) {
        best = { short, votes: at.votes, low, m };
      }
    }
  }
  return judgeRun(run(test, best.low, best.m), test.gold);
};

/** One setting of the simulator: votes per stack against quality, for every method. */
export const simulated = (setting, seed = 1, sizes = SIMULATED) => {
  const preset = Simulate.PRESETS[setting];
  const sum = (cls) => sizes.fit[cls] + sizes.tune[cls] + sizes.test[cls];
  const lab = Simulate.dataset({
    ...preset,
    stacks: SIMULATED.research,
    prevalence: PI,
    votes: { ...preset.votes, perStack: SIMULATED.votesEach },
    gold: { stalled: sum('stalled'), flowing: sum('flowing'), chosen: 'stratified' },
  })(seed);
  const gold = divide(lab.gold, sizes);
  const votes = Replay.arrivals(lab.votes);
  const kept = new Set([...gold.tune.stackIds, ...gold.test.stackIds]);
  const history = votes.stackIds.filter((id) => !kept.has(id));
  const calibrator = Errors.getOrThrow(Calibration.platt(gold.fit)(lab.scores));
  const model = Calibration.evidence({ calibrator, scores: lab.scores })(votes);
  const honest = Calibration.heldOutEvidence({
    gold: gold.fit,
    method: Calibration.platt,
    calibrator,
    scores: lab.scores,
  })(votes);
  const skills = Skills.fromGold({ gold: gold.fit })(votes);
  const recalibrated = (evidence) =>
    Errors.getOrThrow(
      Consensus.recalibrate({ gold: gold.fit })(Consensus.heldOutTerms({ ...evidence, gold: gold.fit })(votes)),
    );
  const recalibration = recalibrated({ prevalence: PI, skills, model: honest });
  const crowdOnly = recalibrated({ prevalence: PI, skills });
  const modelOf = evidenceOf(votes.stackIds, model);
  const honestOf = evidenceOf(votes.stackIds, honest);
  const ideal = idealObserver(lab, votes.stackIds, { ...Simulate.TYPICAL_MODEL, ...preset.model });
  const idealOf = evidenceOf(votes.stackIds, ideal.model);
  const lookOf = (part, evidence, ids) =>
    Asking.fitTraitModel(part, { prevalence: PI, model: evidence(ids) })(Replay.pick(ids)(votes));
  // With a certificate gold is divided; without, all of it tunes.
  const look = lookOf(gold.fit, honestOf, history);
  const allCalibrator = Errors.getOrThrow(Calibration.platt(gold.both)(lab.scores));
  const allModel = evidenceOf(
    votes.stackIds,
    Calibration.evidence({ calibrator: allCalibrator, scores: lab.scores })(votes),
  );
  const allHonest = evidenceOf(
    votes.stackIds,
    Calibration.heldOutEvidence({
      gold: gold.both,
      method: Calibration.platt,
      calibrator: allCalibrator,
      scores: lab.scores,
    })(votes),
  );
  const tested = new Set(gold.test.stackIds);
  const known = votes.stackIds.filter((id) => !tested.has(id));
  const allLook = lookOf(gold.both, allHonest, known);
  const joint = (by, evidence) => (ids) => Replay.traitTrajectories(by, evidence(ids))(Replay.pick(ids)(votes));
  const rows = [];
  const name = sizes === SIMULATED ? setting : `${setting}, ample gold`;
  const add = (method, aim, at) => rows.push({ setting: name, method, aim, ...at });
  const testVotes = Replay.pick(gold.test.stackIds)(votes);
  const testModel = modelOf(gold.test.stackIds);
  for (const n of [20, 7]) {
    add(`mean of ${n}`, 'spec .95', {
      votes: n,
      ...atSpecificity(firstVotes(testVotes, n), gold.test, 0.95),
      unasked: 0,
    });
  }
  add('model alone', 'spec .95', { votes: 0, ...atSpecificity(testModel.nats, gold.test, 0.95), unasked: 1 });
  const swap = Replay.trajectories({ prevalence: PI, skills })(testVotes);
  const published = Asking.constant(
    { flowingBelow: logit(1e-7), stalledAbove: logit(0.95) },
    { maxVotes: SIMULATED.votesEach, lastCall: logit(0.95) },
  );
  add('SWAP, published bounds', 'as published', judgeRun(Replay.run(published)(swap), gold.test));
  const fitVotes = Replay.pick(gold.fit.stackIds)(votes);
  add(
    'model, then mean of 7',
    '.99/.95',
    cascade(
      {
        z: Array.from(honestOf(gold.fit.stackIds).nats, (nats) => nats + logit(PI)),
        share: firstVotes(fitVotes, 7),
        gold: gold.fit,
      },
      { z: Array.from(testModel.nats, (nats) => nats + logit(PI)), share: firstVotes(testVotes, 7), gold: gold.test },
      TARGETS,
    ),
  );
  const room = roomForChance(gold.both, TARGETS);
  const pathOf = (part, paths, targets, safety) =>
    Asking.path(part, { targets, prevalence: PI, maxVotes: SIMULATED.votesEach, safety })(paths);
  const judge = (rule, paths) => {
    const at = judgeRun(Replay.run(rule)(paths), gold.test);
    return { ...at, hit: meets(at, TARGETS) };
  };
  for (const [method, evidence] of [
    ['skill-weighted sequential (crowd only)', () => ({ prevalence: PI, skills, recalibration: crowdOnly })],
    [
      'model prior, skill-weighted sequential',
      (ids, isFit) => ({ prevalence: PI, skills, model: (isFit ? honestOf : modelOf)(ids), recalibration }),
    ],
  ]) {
    const paths = (ids, isFit) => Replay.trajectories(evidence(ids, isFit))(Replay.pick(ids)(votes));
    add(
      method,
      '.99/.95',
      judge(pathOf(gold.fit, paths(history, true), TARGETS, [1]).at(-1).rule, paths(gold.test.stackIds)),
    );
  }
  const test = joint(allLook, allModel)(gold.test.stackIds);
  const seen = joint(allLook, allHonest)(known);
  const path = pathOf(gold.both, seen, TARGETS, [room, (1 + room) / 2, 1]);
  add('tandem, no room for chance', '.99/.95', judge(path.at(-1).rule, test));
  add('tandem, half the room', '.99/.95', judge(atSafety(path, TARGETS, (1 + room) / 2).rule, test));
  add('tandem', '.99/.95', judge(atSafety(path, TARGETS, room).rule, test));
  const easy = judgeRun(Replay.run(pathOf(gold.both, seen, WHAT_20_ANSWERS_REACH, [1]).at(-1).rule)(test), gold.test);
  add('tandem, no room for chance', '.94/.95', { ...easy, hit: meets(easy, WHAT_20_ANSWERS_REACH) });
  const rules = pathOf(gold.fit, joint(look, honestOf)(history), TARGETS).map(({ rule }) => rule);
  const certified = Replay.certifyRule(gold.tune, { targets: TARGETS, prevalence: PI, rules })(
    joint(look, modelOf)(gold.tune.stackIds),
  );
  if (certified._tag === 'Right')
    add('tandem, certified', '.99/.95', judge(certified.right.rule, joint(look, modelOf)(gold.test.stackIds)));
  else add('tandem, certified', '.99/.95', {});
  add('ideal observer (a bound: every parameter known)', '.99/.95', boundOf(gold.test, joint(ideal.look, idealOf)));
  return rows;
};

/** Votes that the ideal observer needs where sensitivity is .99: found on one half of the stacks, measured on the other. */
const boundOf = (gold, trajectories) => {
  const half = (which) =>
    Gold.from({ chosen: 'stratified' })(
      gold.stackIds.map((stackId, i) => ({ stackId, label: gold.label[i], i })).filter(({ i }) => i % 2 === which),
    );
  const [found, measured] = [half(0), half(1)];
  const path = Asking.path(Gold.as('fit')(found), {
    targets: TARGETS,
    prevalence: PI,
    maxVotes: SIMULATED.votesEach,
    safety: [0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1, 1.05, 1.1, 1.2, 1.3, 1.5],
  })(trajectories(found.stackIds));
  const paths = trajectories(measured.stackIds);
  const { stalled, flowing } = Gold.count(measured);
  const points = path.map(({ rule }) => expected(Replay.run(rule)(paths), paths, measured, { stalled, flowing }));
  const after = points.findIndex(({ sensitivity }) => sensitivity < TARGETS.sensitivity);
  if (after <= 0) return {};
  const [a, b] = [points[after - 1], points[after]];
  const share = (a.sensitivity - TARGETS.sensitivity) / (a.sensitivity - b.sensitivity);
  return Object.fromEntries(Object.keys(a).map((figure) => [figure, a[figure] + share * (b[figure] - a[figure])]));
};

/** As `judgeRun`, but errors are what the posterior says: it is right for who knows everything, and tells more than counts. */
const expected = ({ decisions, votes }, paths, gold, count) => {
  let [stalled, flowing, missed, alarmed, used, unasked] = [0, 0, 0, 0, 0, 0];
  gold.label.forEach((y, s) => {
    const weight = y === 1 ? PI / count.stalled : (1 - PI) / count.flowing;
    const p = weight / (1 + Math.exp(-paths.logOdds[paths.first[s] + votes[s]]));
    stalled += p;
    flowing += weight - p;
    used += weight * votes[s];
    if (votes[s] === 0) unasked += weight;
    if (decisions[s] === 0) missed += p;
    else alarmed += weight - p;
  });
  return { votes: used, sensitivity: 1 - missed / stalled, specificity: 1 - alarmed / flowing, unasked };
};

/** Several laboratories of one setting, each with a crowd of its own; ± is the standard error of the mean over them. */
export const laboratories = (setting, n, report = () => {}, sizes = SIMULATED) => {
  const runs = [];
  for (const seed of seeds(n)) {
    process.stderr.write(
      `simulator, ${setting}${sizes === SIMULATED ? '' : ', ample gold'}, laboratory ${seed} of ${n}\n`,
    );
    runs.push(simulated(setting, seed, sizes));
    report(overLaboratories(runs));
  }
  return overLaboratories(runs);
};

const overLaboratories = (runs) =>
  runs[0].map(({ setting, method, aim }, i) => {
    const found = runs.map((rows) => rows[i]).filter(({ votes }) => votes !== undefined);
    const mean = (figure) => {
      const of = found.map((at) => at[figure]).filter((value) => value !== undefined);
      return of.length === 0 ? undefined : of.reduce((sum, value) => sum + value, 0) / of.length;
    };
    const error = (figure) => {
      const middle = mean(figure);
      if (middle === undefined || found.length < 2) return undefined;
      const square = found.reduce((sum, at) => sum + (at[figure] - middle) ** 2, 0) / (found.length - 1);
      return Math.sqrt(square / found.length);
    };
    return {
      setting,
      method,
      aim,
      votes: mean('votes'),
      '± votes': error('votes'),
      sensitivity: mean('sensitivity'),
      '± sens': error('sensitivity'),
      specificity: mean('specificity'),
      hit: mean('hit'),
      unasked: mean('unasked'),
      found: `${found.length}/${runs.length}`,
    };
  });

// ------------------------------------------------------------------- replay

/** Lines of these files have no quoted fields. */
const cells = (path) =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));

/** Votes in the order of the file, at most `most` per stack. */
const arrivalsOf = (rows, stackIds, most = Number.POSITIVE_INFINITY) => {
  const place = new Map(stackIds.map((id, s) => [id, s]));
  const annotators = new Map();
  const seen = new Uint32Array(stackIds.length);
  const columns = { stackOf: [], annotatorOf: [], label: [] };
  for (const [stackId, annotatorId, label] of rows) {
    const s = place.get(stackId);
    if (s === undefined || seen[s]++ >= most) continue;
    if (!annotators.has(annotatorId)) annotators.set(annotatorId, annotators.size);
    columns.stackOf.push(s);
    columns.annotatorOf.push(annotators.get(annotatorId));
    columns.label.push(label);
  }
  return {
    stackIds,
    annotatorIds: [...annotators.keys()],
    stackOf: Uint32Array.from(columns.stackOf),
    annotatorOf: Uint32Array.from(columns.annotatorOf),
    label: Uint8Array.from(columns.label, Number),
  };
};

/** Fitted on one half of gold, measured on the other; with a certificate, the half is divided once more. */
const splitOf = (gold, seed, certify) => {
  const { fit, tune, test } = Gold.split({
    seed,
    shares: certify ? { fit: 0.2, tune: 0.3, test: 0.5 } : { fit: 0.5, tune: 0.001, test: 0.499 },
  })(gold);
  return { fit, tune, test };
};

/** Trajectories of gold by posteriors that were fitted on the other four fifths of it. */
const crossFitted = (gold, trajectoriesBy) => {
  const folds = Array.from({ length: 5 }, (_, k) =>
    gold.stackIds.filter((__, i) => Math.floor(5 * scattered(i + 1)) === k),
  );
  const parts = folds.map((ids) => trajectoriesBy(Gold.as('fit')(Gold.without(ids)(gold)), ids));
  const first = [0];
  for (const part of parts) {
    part.stackIds.forEach((_, s) => {
      first.push(first.at(-1) + part.first[s + 1] - part.first[s]);
    });
  }
  return {
    stackIds: parts.flatMap((part) => part.stackIds),
    first: Uint32Array.from(first),
    logOdds: Float64Array.from(parts.flatMap((part) => [...part.logOdds])),
    scores: Uint32Array.from(parts.flatMap((part) => [...part.scores])),
  };
};

/** The cheapest rule whose two bounds are the same after every vote, as SWAP has them; by gold's counts alone. */
const cheapestConstant = (gold, paths, { targets, prevalence, minVotes, maxVotes }) => {
  const label = new Map(gold.stackIds.map((id, i) => [id, gold.label[i]]));
  const judged = { label: paths.stackIds.map((id) => label.get(id)) };
  let best;
  for (let flowingBelow = -5; flowingBelow <= 0; flowingBelow += 0.25) {
    for (let stalledAbove = flowingBelow + 0.25; stalledAbove <= 5; stalledAbove += 0.25) {
      for (let lastCall = Math.max(flowingBelow, -2); lastCall <= Math.min(stalledAbove, 2); lastCall += 0.5) {
        const rule = Asking.constant({ flowingBelow, stalledAbove }, { minVotes, maxVotes, lastCall });
        const at = judgeRun(Replay.run(rule)(paths), judged, prevalence);
        const short =
          Math.max(0, targets.sensitivity - at.sensitivity) + Math.max(0, targets.specificity - at.specificity);
        const isBetter =
          best === undefined || short < best.short - 1e-9 || (short <= best.short + 1e-9 && at.votes < best.votes);
        if (isBetter) best = { rule, short, votes: at.votes };
      }
    }
  }
  return best.rule;
};

/** One split: every policy on the held-out half. */
const oneSplit = ({
  votes,
  scores,
  gold,
  prevalence,
  targets,
  maxVotes,
  seed,
  least,
  certify = false,
  crowd = true,
  small = false,
}) => {
  const { fit, tune, test } = splitOf(gold, seed, certify);
  const calibrator = Errors.getOrThrow(Calibration.platt(fit)(scores));
  const all = Calibration.evidence({ calibrator, scores })(votes);
  const modelOf = evidenceOf(votes.stackIds, all);
  const honestOf = evidenceOf(
    votes.stackIds,
    Calibration.heldOutEvidence({ gold: fit, method: Calibration.platt, calibrator, scores })(votes),
  );
  const fitVotes = Replay.pick(fit.stackIds)(votes);
  const fitModel = honestOf(fit.stackIds);
  const look = Asking.fitTraitModel(fit, { prevalence, model: fitModel })(fitVotes);
  const seen = Replay.traitTrajectories(look, fitModel)(fitVotes);
  const held = (ids) => Replay.traitTrajectories(look, modelOf(ids))(Replay.pick(ids)(votes));
  const test1 = held(test.stackIds);
  const judge = (rule, paths = test1) => {
    const at = judgeRun(Replay.run(rule)(paths), test, prevalence);
    return { ...at, hit: meets(at, targets) };
  };
  const rows = {};
  const room = roomForChance(fit, targets);
  for (const minVotes of least) {
    const path = Asking.path(fit, {
      targets,
      prevalence,
      minVotes,
      maxVotes,
      ...(certify ? {} : { safety: [room, (1 + room) / 2, 1] }),
    })(seen);
    const name = minVotes === 0 ? ', 0 votes allowed' : '';
    if (certify) {
      const rules = path.map(({ rule }) => rule);
      const certified = Replay.certifyRule(tune, { targets, prevalence, rules })(held(tune.stackIds));
      if (certified._tag === 'Right') rows[`tandem, certified${name}`] = judge(certified.right.rule);
      else rows[`tandem, certified${name}`] = undefined;
      continue;
    }
    rows[`tandem${name}`] = judge(atSafety(path, targets, room).rule);
    rows[`tandem, half the room${name}`] = judge(atSafety(path, targets, (1 + room) / 2).rule);
    rows[`tandem, no room for chance${name}`] = judge(path.at(-1).rule);
    if (!small) continue;
    const seenHonestly = crossFitted(fit, (part, ids) => {
      const by = Asking.fitTraitModel(part, { prevalence, model: honestOf(part.stackIds) })(
        Replay.pick(part.stackIds)(votes),
      );
      return Replay.traitTrajectories(by, honestOf(ids))(Replay.pick(ids)(votes));
    });
    const [honest] = Asking.path(fit, { targets, prevalence, minVotes, maxVotes, safety: [1] })(seenHonestly);
    rows[`tandem, no room for chance, cross-fitted${name}`] = judge(honest.rule);
    const added = (part, ids, model) =>
      Replay.trajectories({
        prevalence,
        skills: Skills.fromGold({ gold: part })(Replay.pick(part.stackIds)(votes)),
        model: model(ids),
      })(Replay.pick(ids)(votes));
    const constant = cheapestConstant(
      fit,
      crossFitted(fit, (part, ids) => added(part, ids, honestOf)),
      { targets, prevalence, minVotes, maxVotes },
    );
    rows[`two constant bounds, additive posterior, cross-fitted${name}`] = judge(
      constant,
      added(fit, test.stackIds, modelOf),
    );
  }
  if (certify || !crowd) return rows;
  const crowdPath = Asking.path(fit, { targets, prevalence, minVotes: 1, maxVotes, safety: [room] })(
    Replay.traitTrajectories(look)(fitVotes),
  );
  const crowdTest = Replay.traitTrajectories(look)(Replay.pick(test.stackIds)(votes));
  const crowdRule = atSafety(crowdPath, targets, room).rule;
  rows['adaptive, crowd only'] = judge(crowdRule, crowdTest);
  rows['raw model triage .1/.9 (a warning)'] = (() => {
    const at = new Map(scores.stackIds.map((id, i) => [id, scores.score[i]]));
    const { decisions, votes: used } = Replay.run(crowdRule)(crowdTest);
    test.stackIds.forEach((id, i) => {
      const score = at.get(id);
      if (score < 0.1 || score > 0.9) [decisions[i], used[i]] = [Number(score > 0.5), 0];
    });
    const judged = judgeRun({ decisions, votes: used }, test, prevalence);
    return { ...judged, hit: meets(judged, targets) };
  })();
  return rows;
};

const averaged = (set, aim, splits) =>
  [...new Set(splits.flatMap(Object.keys))].map((method) => {
    const tried = splits.filter((split) => method in split);
    const found = tried.map((split) => split[method]).filter((at) => at !== undefined);
    const mean = (figure) =>
      found.length === 0 ? undefined : found.reduce((sum, at) => sum + at[figure], 0) / found.length;
    return {
      set,
      aim,
      method,
      votes: mean('votes'),
      sensitivity: mean('sensitivity'),
      specificity: mean('specificity'),
      hit: mean('hit'),
      unasked: mean('unasked'),
      found: `${found.length}/${tried.length}`,
    };
  });

const seeds = (n) => Array.from({ length: n }, (_, i) => i + 1);

/** The room left for chance was settled while looking at splits 1 to 280 and 401 to 440. */
const splitSeeds = (n) => seeds(n).map((i) => 300 + i);

const plainSet = (shared, set) => {
  const dir = join(shared, 'fusion', set);
  const truth = cells(join(dir, 'truth.csv'));
  const model = cells(join(dir, 'model.csv'));
  const stackIds = truth.map(([id]) => id);
  const label = truth.map(([, y]) => Number(y));
  return {
    votes: Replay.arrivals(arrivalsOf(cells(join(dir, 'votes.csv')), stackIds)),
    scores: { stackIds: model.map(([id]) => id), score: Float64Array.from(model, ([, p]) => Number(p)) },
    gold: Gold.from({ chosen: 'random' })(stackIds.map((stackId, i) => ({ stackId, label: label[i] }))),
    prevalence: label.reduce((sum, y) => sum + y, 0) / label.length,
  };
};

export const stallsim = (shared, splits = 80, report = () => {}) => {
  const world = plainSet(shared, 'stallsim');
  const runs = [];
  const rows = () => averaged('stallsim', '.99/.95', runs);
  for (const [n, seed] of splitSeeds(splits).entries()) {
    process.stderr.write(`stallsim, split ${n + 1} of ${splits}\n`);
    // What is compared with needs fewer splits than a share of .95 does.
    const isFull = n < FULL_SPLITS;
    runs.push(
      oneSplit({ ...world, targets: TARGETS, maxVotes: 20, seed, least: isFull ? [1, 0] : [1], crowd: isFull }),
    );
    report(rows());
  }
  return rows();
};
const FULL_SPLITS = 4;

/** Half a point below all votes, skill-weighted: "equal quality". */
const MEDREL = { sensitivity: 0.901, specificity: 0.945, confidence: 0.95 };

export const medrelex = (shared, splits = 20) => {
  const world = plainSet(shared, 'medrelex_treat');
  return averaged(
    'medrelex_treat',
    '.901/.945',
    splitSeeds(splits).map((seed) =>
      oneSplit({ ...world, targets: MEDREL, maxVotes: 15, seed, least: [1, 0], small: true }),
    ),
  );
};

const CIFAR_MODELS = {
  'low-accuracy': 'model.csv',
  'resnet-110': 'model_resnet-110.csv',
  densenet: 'model_densenet-bc-L190-k40.csv',
};
const CIFAR_VOTES = 25;

/** Ten one-against-the-rest tasks weighted to 1 %, at most 25 votes, as the reference has it. */
export const cifar = (shared, { splits = 3, classes = 10, certify = false } = {}) => {
  const dir = join(shared, 'fusion', 'cifar10h');
  const truth = cells(join(dir, 'truth.csv'));
  const stackIds = truth.map(([id]) => id);
  const stream = arrivalsOf(cells(join(dir, 'votes.csv')), stackIds, CIFAR_VOTES);
  return Object.entries(CIFAR_MODELS).flatMap(([name, file]) => {
    const model = cells(join(dir, file));
    const runs = [];
    for (let cls = 0; cls < classes; cls++) {
      process.stderr.write(`cifar10h ${name} class ${cls} …\n`);
      const world = {
        votes: Replay.arrivals({ ...stream, label: stream.label.map((y) => Number(y === cls)) }),
        scores: { stackIds: model.map(([id]) => id), score: Float64Array.from(model, (row) => Number(row[2 + cls])) },
        gold: Gold.from({ chosen: 'stratified' })(
          truth.map(([stackId, y]) => ({ stackId, label: Number(Number(y) === cls) })),
        ),
        prevalence: PI,
        targets: TARGETS,
        maxVotes: CIFAR_VOTES,
        least: [1, 0],
        certify,
      };
      for (const seed of splitSeeds(splits)) runs.push(oneSplit({ ...world, seed }));
    }
    return averaged(`cifar10h, ${name}`, '.99/.95', runs);
  });
};

const round = (rows) =>
  rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([k, v]) => [k, typeof v === 'number' ? Number(v.toFixed(4)) : v])),
  );

const FIGURES = ['votes', 'sensitivity', 'specificity', 'hit', 'unasked', 'found'];
export const SIMULATED_COLUMNS = [
  'setting',
  'method',
  'aim',
  'votes',
  '± votes',
  'sensitivity',
  '± sens',
  ...FIGURES.slice(2),
];
export const REPLAY_COLUMNS = ['set', 'method', 'aim', ...FIGURES];

/** The parts by name: each can be run alone, and replaces its own rows of the results. */
const PARTS = {
  typical: ({ quick, report }) => laboratories('typical', quick ? 1 : 24, report),
  ample: ({ quick, report }) => laboratories('typical', quick ? 1 : 12, report, AMPLE),
  hard: ({ quick, report }) => laboratories('hard', quick ? 1 : 2, report),
  shifted: ({ quick, report }) => laboratories('shifted', quick ? 1 : 2, report),
  stallsim: ({ shared, quick, report }) => stallsim(shared, quick ? 2 : undefined, report),
  medrelex: ({ shared, quick }) => medrelex(shared, quick ? 2 : undefined),
  cifar: ({ shared, quick }) => cifar(shared, quick ? { splits: 1, classes: 2 } : {}),
  certified: ({ shared, quick }) => cifar(shared, { certify: true, ...(quick ? { classes: 2 } : {}) }),
};
const SIMULATOR = ['typical', 'ample', 'hard', 'shifted'];

/** Everything that can be run here, or `only` one part. */
export const throughputBench = (shared, { only, quick = false, save = () => {} } = {}) => {
  const here = existsSync(join(shared, 'fusion'));
  const names = Object.keys(PARTS).filter(
    (name) => (only === undefined || only === name) && (here || SIMULATOR.includes(name)),
  );
  return Object.fromEntries(
    names.map((name) => {
      const report = (rows) => save({ [name]: round(rows) });
      const rows = PARTS[name]({ shared, quick, report });
      report(rows);
      return [name, round(rows)];
    }),
  );
};

const tables = (parts) => {
  const rows = (isSimulated) =>
    Object.keys(PARTS).flatMap((name) => (SIMULATOR.includes(name) === isSimulated ? (parts[name] ?? []) : []));
  const titled = (title, columns, of) => (of.length === 0 ? [] : [`## ${title}\n\n${table(columns, of)}\n`]);
  return [
    ...titled('Simulator, 1 % stalled', SIMULATED_COLUMNS, rows(true)),
    ...titled('Replay of real and recorded votes on held-out halves', REPLAY_COLUMNS, rows(false)),
  ].join('\n');
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const at = process.argv.indexOf('--only');
  const only = at > 0 ? process.argv[at + 1] : undefined;
  const quick = process.argv.includes('--quick');
  if (only !== undefined && only !== 'none' && !(only in PARTS)) {
    console.error(`--only: expected one of ${Object.keys(PARTS).join(', ')}, got ${only}`);
    process.exit(2);
  }
  const path = join(ROOT, 'bench', 'results', 'throughput.json');
  const saved = () => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).parts : {});
  /** After each laboratory or split, so that an interrupted run loses little; `found` tells how many there were. */
  const save = (parts) => {
    // A quick run is a look, not a result.
    if (quick) return;
    mkdirSync(join(ROOT, 'bench', 'results'), { recursive: true });
    const all = { node: process.version, parts: { ...saved(), ...parts } };
    writeFileSync(path, `${JSON.stringify(all, null, 2)}\n`);
  };
  const parts = throughputBench(join(ROOT, '..', 'shared', 'data'), { only, quick, save });
  if (Object.keys(parts).length > 0) console.log(tables(parts));
  if (process.argv.includes('--markdown') && !quick) {
    writeFileSync(join(ROOT, 'docs', 'throughput.md'), `${INTRODUCTION}\n${tables(saved())}\n${NOTES}`);
  }
}
