// Whole policies on recorded sets: half of gold fits and certifies one, the other half measures what it does.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Gold, Policy, RiskControl, StopRule, Votes } from '../../dist/index.js';
import { SHARED } from './sets.mjs';

const FUSION = join(SHARED, 'fusion');
/** Votes of a stack that are read, in the order of the file. */
const VOTES = 7;

/** Lines of these files have no quoted fields. */
const cells = (path) =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));

/** The first votes of each stack in the order of the file, with labels as they stand there. */
const streamOf = (path) => {
  const [stacks, people, seen] = [new Map(), new Map(), new Map()];
  const rowOf = (map, id) => map.get(id) ?? map.set(id, map.size).get(id);
  const rows = [];
  for (const [stack, annotator, label] of cells(path)) {
    const s = rowOf(stacks, stack);
    const n = seen.get(s) ?? 0;
    if (n === VOTES) continue;
    seen.set(s, n + 1);
    rows.push([s, rowOf(people, annotator), Number(label)]);
  }
  return { stackIds: [...stacks.keys()], annotatorIds: [...people.keys()], rows };
};

/** One class of a set against all others: votes in order, scores, gold. */
const oneClass = ({ stackIds, annotatorIds, rows }, model, truth, positive, column) => ({
  /** Votes and scores of these stacks. */
  of: (wanted) => {
    const isHere = new Set(wanted);
    const builder = Votes.voteBuilder();
    for (const [s, a, label] of rows) {
      if (isHere.has(stackIds[s])) builder.add(stackIds[s], annotatorIds[a], Number(label === positive));
    }
    const scored = model.filter(([id]) => isHere.has(id));
    return {
      votes: builder.build('all', 'rows').right,
      scores: {
        stackIds: scored.map(([id]) => id),
        score: Float64Array.from(scored, (row) => Number(row[column])),
      },
    };
  },
  gold: Gold.from({ chosen: 'random' })(
    truth.map(([stackId, label]) => ({ stackId, label: Number(Number(label) === positive) })),
  ),
});

const CIFAR_MODELS = {
  'lower accuracy': 'model.csv',
  resnet: 'model_resnet-110.csv',
  densenet: 'model_densenet-bc-L190-k40.csv',
};

/** What is measured: name, targets, and one laboratory for each split. */
const SETS = {
  stallsim: (splits = 20) => {
    const dir = join(FUSION, 'stallsim');
    if (!existsSync(dir)) return missing('stallsim');
    const data = oneClass(
      streamOf(join(dir, 'votes.csv')),
      cells(join(dir, 'model.csv')),
      cells(join(dir, 'truth.csv')),
      1,
      1,
    );
    return [{ name: 'stallsim', sensitivity: 0.95, data: Array.from({ length: splits }, () => data) }];
  },
  medrelex: (splits = 20) => {
    const dir = join(FUSION, 'medrelex_treat');
    if (!existsSync(dir)) return missing('medrelex_treat');
    const data = oneClass(
      streamOf(join(dir, 'votes.csv')),
      cells(join(dir, 'model.csv')),
      cells(join(dir, 'truth.csv')),
      1,
      1,
    );
    return [0.9, 0.95].map((sensitivity) => ({
      name: 'medrelex_treat',
      sensitivity,
      data: Array.from({ length: splits }, () => data),
    }));
  },
  cifar10h: (splits = 30) => {
    const dir = join(FUSION, 'cifar10h');
    if (!existsSync(dir)) return missing('cifar10h');
    const stream = streamOf(join(dir, 'votes.csv'));
    const truth = cells(join(dir, 'truth.csv'));
    return Object.entries(CIFAR_MODELS).map(([name, file]) => {
      const model = cells(join(dir, file));
      const classes = Array.from({ length: 10 }, (_, c) => oneClass(stream, model, truth, c, 2 + c));
      return {
        name: `cifar10h, ${name}`,
        sensitivity: 0.99,
        data: Array.from({ length: splits }, (_, i) => classes[i % 10]),
      };
    });
  },
};

const missing = (name) => {
  console.log(`${name}: left out, because it is not in ../shared/data/fusion.`);
  return [];
};

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};
const error = (values) =>
  Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)) / Math.max(1, values.length - 1));

/** One split: a policy on one half, its risks and spending on the other. */
const measured = ({ of, gold }, seed, sensitivity) => {
  const { fit, tune, test } = Gold.split({ seed, shares: { fit: 0.25, tune: 0.25, test: 0.5 } })(gold);
  const { stalled } = Gold.count(gold);
  const prevalence = stalled / gold.stackIds.length;
  const targets = { sensitivity, specificity: 0.95, confidence: 0.95 };
  const used = Gold.without(test.stackIds)(gold);
  const { policy } = Policy.fit({ targets, prevalence })({ ...of([...fit.stackIds, ...tune.stackIds]), gold: used });
  const replay = Policy.replayed(policy, test)(of(test.stackIds));
  const counts = [0, 0, 0, 0];
  replay.decisions.forEach((decision, g) => {
    if (decision !== RiskControl.UNSEEN) counts[2 * test.label[g] + Number(decision === 1 - test.label[g])]++;
  });
  const [rightFlowing, alarmed, rightStalled, missed] = counts;
  const isHit = missed <= (1 - sensitivity) * (missed + rightStalled) && alarmed <= 0.05 * (alarmed + rightFlowing);
  return {
    ...StopRule.spending({ gold: test, prevalence })(replay),
    isCertified: Policy.isCertified(policy),
    isHit,
  };
};

/** Prints a table of the sets named. */
export const recorded = ({ sets, splits }) => {
  console.log(
    '| set | target | certified | votes | experts %, median (mean) | ≤ 3 % experts | targets met on the other half |',
  );
  console.log('|---|---|---|---|---|---|---|');
  for (const { name, sensitivity, data } of sets.flatMap((set) => SETS[set](splits || undefined))) {
    const rows = data.map((one, i) => measured(one, 1 + Math.floor(i / 10) + i, sensitivity));
    const passed = rows.filter(({ isCertified }) => isCertified);
    const votes = passed.map((row) => row.votes);
    const experts = passed.map((row) => 100 * row.experts);
    const text =
      passed.length === 0
        ? '– | – | – | –'
        : `${mean(votes).toFixed(2)} ± ${error(votes).toFixed(2)} | ${median(experts).toFixed(1)} (${mean(experts).toFixed(1)}) | ${experts.filter((share) => share <= 3).length} | ${passed.filter(({ isHit }) => isHit).length}`;
    console.log(`| ${name} | ${sensitivity}/.95 | ${passed.length} of ${rows.length} | ${text} |`);
  }
};
