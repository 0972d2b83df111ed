// Votes alone, no truth seen: every method on every real crowd set, beside the published reference runs.
import { Consensus, Decode, Errors, Skills } from '../../dist/index.js';
import { judge, truthOf } from './figures.mjs';
import { CROWD_SETS, crowdSet, publishedFigures } from './sets.mjs';

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

export const crowdBench = async () => {
  const rows = [];
  for (const name of CROWD_SETS) {
    const set = crowdSet(name);
    if (set === null) continue;
    const votes = Errors.getOrThrow(await Decode.votes({ duplicates: 'all' })(Decode.fromFile(set.votes)));
    const truth = truthOf(Errors.getOrThrow(await Decode.gold()(Decode.fromFile(set.truth))));
    for (const [method, run] of Object.entries(METHODS)) {
      const start = performance.now();
      const posterior = run(votes);
      rows.push({
        set: name,
        method,
        ours: true,
        ...judge({ posterior, truth }),
        seconds: (performance.now() - start) / 1000,
      });
    }
    for (const [method, at] of Object.entries(anchorsOf(name))) {
      rows.push({ set: name, method: `${method} (reference)`, ours: false, ...at });
    }
  }
  return rows;
};

/** The published figures of one set, in our names. */
const anchorsOf = (set) => {
  const published = publishedFigures(set);
  const found = {};
  for (const anchor of ANCHORS) {
    const at = published[anchor];
    if (typeof at?.logloss !== 'number') continue;
    found[anchor] = {
      accuracy: at.accuracy,
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
