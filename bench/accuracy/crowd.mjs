// Votes alone, no truth seen: every method on every real crowd set, beside the published reference runs.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Consensus, Decode, Errors, Skills } from '../../dist/index.js';
import { judge, truthOf } from './figures.mjs';

export const CROWD_SETS = [
  'bluebird',
  'barzan',
  'rte',
  'sp_amt',
  'zencrowd_in',
  'zencrowd_us',
  'd_possent',
  'zencrowd_all',
  'd_product',
  'sp',
  'medrelex_treat',
  'trec2010',
];

const fused = (skills) => (votes) => {
  const fitted = skills(votes);
  return Consensus.fuse({ prevalence: fitted.prevalence, skills: fitted })(votes);
};

/** Every method of this library, by name: votes → posterior. */
export const METHODS = {
  majority: Consensus.majority(),
  'Dawid–Skene MLE': fused(Skills.dawidSkene({ pseudo: null, tolerance: 1e-12, maxIterations: 3000 })),
  'Dawid–Skene': fused(Skills.dawidSkene()),
  'one-coin': fused(Skills.oneCoin()),
  Wawa: Consensus.wawa(),
  GLAD: Consensus.glad(),
  BWA: Consensus.bwa(),
  IBCC: Consensus.ibcc(),
  EBCC: Consensus.ebcc(),
  'itemResponse (default)': Consensus.itemResponse(),
};

/** Reference methods that state a probability; names as in the reference file. */
const ANCHORS = [
  'MajorityVote',
  'Wawa',
  'ZeroBasedSkill',
  'DawidSkene',
  'OneCoinDawidSkene',
  'GLAD',
  'MACE',
  'DS_MLE_converged',
  'DS_MAP_4_1',
  'IBCC_VB',
  'BWA',
  'EBCC_5seeds',
];

export const crowdBench = async (shared) => {
  const referencePath = join(shared, '..', 'facts', 'crowd_reference.json');
  const reference = existsSync(referencePath) ? JSON.parse(readFileSync(referencePath, 'utf8')) : undefined;
  const rows = [];
  for (const dataset of CROWD_SETS) {
    const dir = join(shared, 'crowd', dataset);
    if (!existsSync(dir)) continue;
    const votes = Errors.getOrThrow(
      await Decode.votes(Decode.fromFile(join(dir, 'votes.csv')), { duplicates: 'all' })(),
    );
    const truth = truthOf(Errors.getOrThrow(await Decode.gold(Decode.fromFile(join(dir, 'truth.csv')))()));
    for (const [method, run] of Object.entries(METHODS)) {
      const start = performance.now();
      const posterior = run(votes);
      rows.push({
        set: dataset,
        method,
        ours: true,
        ...judge({ posterior, truth }),
        seconds: (performance.now() - start) / 1000,
      });
    }
    for (const [method, at] of Object.entries(referenceOf(reference, dataset))) {
      rows.push({ set: dataset, method: `${method} (reference)`, ours: false, ...at });
    }
  }
  return rows;
};

/** The reference figures of one set, in our names. */
const referenceOf = (reference, dataset) => {
  const found = {};
  for (const anchor of ANCHORS) {
    const at = findMethod(reference?.datasets?.[dataset], anchor);
    if (at === undefined || typeof at.logloss !== 'number') continue;
    found[anchor] = {
      accuracy: at.acc,
      f1: at.f1,
      mcc: at.mcc,
      sensitivity: at.sens,
      specificity: at.spec,
      logLoss: at.logloss,
      ece: at.ece15,
    };
  }
  return found;
};

const findMethod = (node, name) => {
  if (node === null || typeof node !== 'object') return undefined;
  if (node[name] !== undefined) return node[name];
  for (const inner of Object.values(node)) {
    const found = findMethod(inner, name);
    if (found !== undefined) return found;
  }
  return undefined;
};
