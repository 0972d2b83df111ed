import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { writeAtomically } from '../../output/files.js';
import { gateJson, gateText } from '../../report/index.js';
import * as Study from '../../study/index.js';
import { batchNotes, otherStacks, unrelatedFiles } from '../checks.js';
import type { GoldFlags, InputFlags, LookFlags, OutputFlags, PolicyFlag, StrataFlags } from '../flags.js';
import { loadBatch, loadGold, loadPolicy, loadStrata } from '../inputs.js';
import { impossibleLook, lookOf } from '../looks.js';
import { badFlags, EXIT, provenance, type Verb } from '../verb.js';

export interface GateFlags extends LookFlags, PolicyFlag, StrataFlags {
  readonly cluster?: string;
  readonly share: number;
}

/** `tandem gate`: may this policy replace people here? For each dataset, by its own gold → gate.json. */
export const gateVerb = async (
  flags: InputFlags & GoldFlags & OutputFlags & GateFlags,
  argv: readonly string[],
): Verb => {
  const { by = [], cluster } = flags;
  if (by.length > 1) {
    return E.left(
      badFlags({
        found: `--by ${by.join(',')}`,
        expected: 'one column, the one that tells datasets apart',
        fix: 'A gate judges datasets: name one column, e.g. --by dataset.',
      }),
    );
  }
  const impossible = impossibleLook(flags);
  if (impossible !== undefined) return E.left(impossible);
  const loaded = await loadPolicy(flags.policy);
  if (E.isLeft(loaded)) return loaded;
  const policy = loaded.right;
  const batch = await loadBatch(flags, policy);
  if (E.isLeft(batch)) return batch;
  const gold = await loadGold(flags);
  if (E.isLeft(gold)) return gold;
  const other = otherStacks(flags.gold, gold.right.data, batch.right.data);
  if (other !== undefined) return E.left(other);
  const strata = await loadStrata(flags.strata, [...by, ...(cluster === undefined ? [] : [cluster])], flags.ids);
  if (E.isLeft(strata)) return strata;

  const judged = Study.gate(policy, {
    look: lookOf(flags),
    share: flags.share,
    strata: by.length === 1 ? strata.right.data[0] : undefined,
    clusters: cluster === undefined ? undefined : strata.right.data[by.length],
    warnings: unrelatedFiles(batch.right.data),
  })({ ...batch.right.data, gold: gold.right.data });
  const from = provenance({
    argv,
    seed: policy.provenance.seed,
    inputs: [...batch.right.inputs, ...gold.right.inputs, ...strata.right.inputs],
  });
  const path = join(flags.out ?? '.', 'gate.json');
  const written = await writeAtomically(path, [gateJson({ ...judged, provenance: from })]);
  if (E.isLeft(written)) return written;
  return E.right({
    text: `${gateText(judged)}\n\nWrote ${path}`,
    json: { ...judged, files: [path] },
    notes: [
      ...batchNotes(batch.right.data, gold.right.data, strata.right.data),
      ...Study.directionNotes({ ...batch.right.data, gold: gold.right.data }),
    ],
    exitCode: exitOf(judged),
  });
};

/** One dataset that fails is a failure; otherwise all must pass. */
const exitOf = ({ datasets }: Study.GateSummary): number => {
  if (datasets.some(({ verdict }) => verdict === 'fail')) return EXIT.targetsNotMet;
  return datasets.length > 0 && datasets.every(({ verdict }) => verdict === 'pass')
    ? EXIT.certified
    : EXIT.insufficientEvidence;
};
