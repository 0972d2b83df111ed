import { join } from 'node:path';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { writeAtomically } from '../../output/files.js';
import { gateText } from '../../report/text/gate.js';
import * as Study from '../../study/index.js';
import { sameStacks, strangers } from '../checks.js';
import { type GoldFlags, type InputFlags, impossibleLook, type LookFlags, lookOf, type OutputFlags } from '../flags.js';
import { loadBatch, loadGold, loadPolicy, loadStrata } from '../inputs.js';
import { badFlags, EXIT, provenance, type Verb } from '../verb.js';

export interface GateFlags extends LookFlags {
  readonly policy: string;
  readonly strata?: string;
  readonly by?: readonly string[];
  readonly cluster?: string;
  readonly share: number;
}

/** `tandem gate`: may this policy replace people here? For each dataset, by its own gold → gate.json. */
export const gateVerb = (flags: InputFlags & GoldFlags & OutputFlags & GateFlags, argv: readonly string[]): Verb => {
  const { by = [], cluster } = flags;
  if (by.length > 1) {
    return TE.left(
      badFlags({
        found: `--by ${by.join(',')}`,
        expected: 'one column, the one that tells datasets apart',
        fix: 'A gate speaks of datasets: name one column, e.g. --by dataset.',
      }),
    );
  }
  const impossible = impossibleLook(flags);
  if (impossible !== undefined) return TE.left(impossible);
  return pipe(
    TE.Do,
    TE.bind('policy', () => loadPolicy(flags.policy)),
    TE.bindW('batch', ({ policy }) => loadBatch(flags, policy)),
    TE.bindW('gold', () => loadGold(flags)),
    TE.chainFirstEitherKW(({ batch, gold }) => sameStacks(flags.gold, gold.data, batch.data)),
    TE.bindW('strata', () => loadStrata(flags.strata, [...by, ...(cluster === undefined ? [] : [cluster])])),
    TE.chainW(({ policy, batch, gold, strata }) => {
      const judged = Study.gate(policy, {
        look: lookOf(flags),
        share: flags.share,
        strata: by.length === 1 ? strata.data[0] : undefined,
        clusters: cluster === undefined ? undefined : strata.data[by.length],
        warnings: strangers(batch.data),
      })({ ...batch.data, gold: gold.data });
      const from = provenance({
        argv,
        seed: policy.provenance.seed,
        inputs: [...batch.inputs, ...gold.inputs, ...strata.inputs],
      });
      const path = join(flags.out ?? '.', 'gate.json');
      return pipe(
        writeAtomically(path, [`${JSON.stringify({ ...judged, provenance: from }, null, 2)}\n`]),
        TE.map(() => ({
          text: `${gateText(judged)}\n\nWrote ${path}`,
          json: { ...judged, files: [path] },
          exitCode: exitOf(judged),
        })),
      );
    }),
  );
};

/** One dataset that fails is a failure; otherwise all must pass. */
const exitOf = ({ datasets }: Study.GateSummary): number => {
  if (datasets.some(({ verdict }) => verdict === 'fail')) return EXIT.targetsNotMet;
  return datasets.length > 0 && datasets.every(({ verdict }) => verdict === 'pass')
    ? EXIT.certified
    : EXIT.insufficientEvidence;
};
