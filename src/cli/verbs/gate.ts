import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { present } from '../../domain/present.js';
import { writeAtomically } from '../../output/files.js';
import * as Policy from '../../policy/index.js';
import { gateJson, gateText, usedText } from '../../report/index.js';
import * as Gold from '../../stages/gold.js';
import * as RiskControl from '../../stages/riskControl/index.js';
import { type GateSummary, gateSummary } from '../../study/gate.js';
import { otherStacks, unrelatedFiles } from '../checks.js';
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
  const strata = await loadStrata(flags.strata, [...by, ...(cluster === undefined ? [] : [cluster])]);
  if (E.isLeft(strata)) return strata;

  const fresh = Gold.without(policy.goldUsed)(gold.right.data);
  const used = gold.right.data.stackIds.length - fresh.stackIds.length;
  const decided = Policy.decide(policy)(batch.right.data);
  const asking = Policy.certifiedAsking(policy);
  const replay = Policy.replayed(policy, fresh)(batch.right.data);
  const judged = gateSummary(
    present({
      decisions: replay === undefined ? decided : Policy.endedBy(replay, fresh)(decided),
      gold: Gold.as('test')(fresh),
      targets: (asking ?? policy).targets,
      look: lookOf(flags),
      share: flags.share,
      replay:
        replay === undefined || asking === undefined
          ? undefined
          : { ranOut: ranOutOf(replay, fresh), mostVotes: asking.rule.maxVotes },
      strata: by.length === 1 ? strata.right.data[0] : undefined,
      clusters: cluster === undefined ? undefined : strata.right.data[by.length],
      warnings: [
        ...(used > 0 ? [usedText(used)] : []),
        ...(replay === undefined ? [] : [REPLAYED]),
        ...unrelatedFiles(batch.right.data),
      ],
    }),
  );
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
    exitCode: exitOf(judged),
  });
};

const REPLAYED =
  'gold is judged under the policy’s asking rule, votes taken one at a time; where votes ran out first it counts as wrong for a pass and as right for a fail';

const ranOutOf = ({ decisions }: Policy.Replayed, { stackIds }: Gold.GoldSet): ReadonlySet<string> =>
  new Set(stackIds.filter((_, g) => decisions[g] === RiskControl.RAN_OUT));

/** One dataset that fails is a failure; otherwise all must pass. */
const exitOf = ({ datasets }: GateSummary): number => {
  if (datasets.some(({ verdict }) => verdict === 'fail')) return EXIT.targetsNotMet;
  return datasets.length > 0 && datasets.every(({ verdict }) => verdict === 'pass')
    ? EXIT.certified
    : EXIT.insufficientEvidence;
};
