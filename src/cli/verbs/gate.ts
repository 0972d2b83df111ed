import { join } from 'node:path';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { present } from '../../domain/present.js';
import { writeAtomically } from '../../output/files.js';
import * as Policy from '../../policy/index.js';
import { gateJson, gateText, usedText } from '../../report/index.js';
import * as Gold from '../../stages/gold.js';
import * as RiskControl from '../../stages/riskControl/index.js';
import { type GateSummary, gateSummary } from '../../study/gate.js';
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
      const fresh = Gold.without(policy.goldUsed)(gold.data);
      const used = gold.data.stackIds.length - fresh.stackIds.length;
      const datasets = by.length === 1 ? strata.data[0] : undefined;
      const clusters = cluster === undefined ? undefined : strata.data[by.length];
      const decided = Policy.decide(policy)(batch.data);
      const asking = Policy.certifiedAsking(policy);
      const replay = Policy.replayed(policy, fresh)(batch.data);
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
          strata: datasets,
          clusters,
          warnings: [
            ...(used > 0 ? [usedText(used)] : []),
            ...(replay === undefined ? [] : [REPLAYED]),
            ...strangers(batch.data),
          ],
        }),
      );
      const from = provenance({
        argv,
        seed: policy.provenance.seed,
        inputs: [...batch.inputs, ...gold.inputs, ...strata.inputs],
      });
      const path = join(flags.out ?? '.', 'gate.json');
      return pipe(
        writeAtomically(path, [gateJson({ ...judged, provenance: from })]),
        TE.map(() => ({
          text: `${gateText(judged)}\n\nWrote ${path}`,
          json: { ...judged, files: [path] },
          exitCode: exitOf(judged),
        })),
      );
    }),
  );
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
