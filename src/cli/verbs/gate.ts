import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { DataFailure, InvalidInput } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import { writeAtomically } from '../../output/files.js';
import type { Policy } from '../../policy/index.js';
import { betsJson, gateJson, gateText } from '../../report/index.js';
import * as Study from '../../study/index.js';
import { batchNotes, otherStacks, unrelatedFiles } from '../checks.js';
import type { GoldFlags, InputFlags, OutputFlags, PolicyFlag, StrataFlags } from '../flags.js';
import { loadBatch, loadGold, loadPolicy, loadStrata, textIfThere } from '../inputs.js';
import { badFlags, EXIT, invalid, provenance, type Verb } from '../verb.js';

export interface GateFlags extends PolicyFlag, StrataFlags {
  readonly cluster?: string;
  readonly share: number;
  readonly spend: number;
  /** File that keeps the bets; default the gate.json of the output folder. */
  readonly bets?: string;
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

  const path = join(flags.out ?? '.', 'gate.json');
  const question = {
    share: flags.share,
    spend: flags.spend,
    strata: by.length === 1 ? strata.right.data[0] : undefined,
    clusters: cluster === undefined ? undefined : strata.right.data[by.length],
  };
  const before = await loadBets(flags, path, policy);
  if (E.isLeft(before)) return before;
  const { bets } = before.right;
  const conflict =
    bets &&
    Study.betsConflict(bets, {
      hypothesis: Study.gateHypothesis(policy, question),
      gold: Study.freshGold(policy, gold.right.data),
    });
  if (conflict !== undefined) return E.left(conflicting(flags.bets ?? path, conflict));

  const judged = Study.gate(policy, {
    ...question,
    bets,
    warnings: [...before.right.notes, ...unrelatedFiles(batch.right.data)],
  })({ ...batch.right.data, gold: gold.right.data });
  const from = provenance({
    argv,
    seed: policy.provenance.seed,
    inputs: [...batch.right.inputs, ...gold.right.inputs, ...strata.right.inputs],
  });
  if (flags.bets !== undefined) {
    const kept = await writeAtomically(flags.bets, [betsJson(judged.bets)]);
    if (E.isLeft(kept)) return kept;
  }
  const written = await writeAtomically(path, [gateJson({ ...judged, provenance: from })]);
  if (E.isLeft(written)) return written;
  const files = [path, ...(flags.bets === undefined ? [] : [flags.bets])];
  return E.right({
    text: `${gateText(judged)}\n\nWrote ${files.join(' and ')}`,
    json: { ...judged, files },
    notes: [
      ...batchNotes(batch.right.data, gold.right.data, strata.right.data),
      ...Study.directionNotes({ ...batch.right.data, gold: gold.right.data }),
    ],
    exitCode: exitOf(judged),
  });
};

/**
 * The bets of earlier gates: from --bets, else from the gate.json that is about to be written again. A gate.json about another
 * policy is no obstacle: this is another hypothesis, with bets of its own.
 */
const loadBets = async (
  flags: GateFlags,
  path: string,
  policy: Policy,
): Promise<E.Either<DataFailure, { readonly bets?: Study.GoldBets; readonly notes: readonly string[] }>> => {
  const source = flags.bets ?? path;
  const text = await textIfThere(source);
  if (E.isLeft(text)) return text;
  if (text.right === undefined) return E.right({ notes: [] });
  const bets = Study.readBets(source)(text.right);
  if (E.isLeft(bets)) return bets;
  const isOther = bets.right.policy !== Study.gateHypothesis(policy).policy;
  if (flags.bets === undefined && isOther) {
    return E.right({
      notes: [
        'gate.json held the bets of another policy, and this gate begins anew; whoever goes on with both keeps their bets apart (--bets FILE)',
      ],
    });
  }
  return E.right(present({ bets: bets.right, notes: [] }));
};

const conflicting = (path: string, { found, expected, fix }: Study.BetsConflict): InvalidInput =>
  invalid(path, { field: 'bets', found, expected, fix });

/** One dataset that fails is a failure; otherwise all must pass. */
const exitOf = ({ datasets }: Study.GateSummary): number => {
  if (datasets.some(({ verdict }) => verdict === 'fail')) return EXIT.targetsNotMet;
  return datasets.length > 0 && datasets.every(({ verdict }) => verdict === 'pass')
    ? EXIT.certified
    : EXIT.insufficientEvidence;
};
