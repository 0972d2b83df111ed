import { join } from 'node:path';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import * as Gold from '../gold.js';
import * as Policy from '../policy.js';
import { writeAtomically } from '../report/atomicFile.js';
import { some } from '../report/format.js';
import { type GateSummary, gateSummary } from '../report/gate.js';
import { gateText } from '../report/gateText.js';
import { usedText } from '../report/summaryText.js';
import type * as Thresholds from '../thresholds.js';
import { EXIT } from './exit.js';
import { loadBatch, loadGold, loadPolicy } from './inputs.js';
import { badFlags } from './invalid.js';
import type { GoldFlags, InputFlags, OutputFlags } from './options.js';
import { provenance } from './provenance.js';
import { loadStrata } from './tables.js';
import { sameStacks } from './together.js';
import type { Verb } from './verb.js';

export interface GateFlags {
  readonly policy: string;
  readonly strata?: string;
  readonly by?: readonly string[];
  readonly cluster?: string;
  readonly look?: number;
  readonly planned?: number;
  readonly share: number;
}

/** `tandem gate`: may this policy replace people here? For each dataset, by its own gold → gate.json. */
export const gate = (flags: InputFlags & GoldFlags & OutputFlags & GateFlags, argv: readonly string[]): Verb => {
  const { by = [], cluster, look = 1, planned } = flags;
  if (by.length > 1) {
    return TE.left(
      badFlags({
        found: `--by ${by.join(',')}`,
        expected: 'one column, the one that tells datasets apart',
        fix: 'A gate speaks of datasets: name one column, e.g. --by dataset.',
      }),
    );
  }
  if (look < 1 || (planned !== undefined && look > planned)) {
    return TE.left(
      badFlags({
        found: `--look ${look}${planned === undefined ? '' : ` --planned ${planned}`}`,
        expected: 'looks counted from 1, no more than were planned',
        fix: 'Count every look at this gold, passed or not. Leave out --planned if there was no plan.',
      }),
    );
  }
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
      const replay = Policy.replayed(policy, fresh)(batch.data);
      const judged = gateSummary({
        decisions: replay === undefined ? decided : Policy.endedBy(replay, fresh)(decided),
        gold: Gold.as('test')(fresh),
        targets: policy.targets,
        look: lookOf(flags),
        share: flags.share,
        ...(datasets === undefined ? {} : { strata: datasets }),
        ...(clusters === undefined ? {} : { clusters }),
        warnings: [
          ...(used > 0 ? [usedText(used)] : []),
          ...(replay === undefined ? [] : [replayedText(replay.short)]),
        ],
      });
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

const replayedText = (short: number): string =>
  `gold is judged under the policy's asking rule, votes taken one at a time${short === 0 ? '' : `; the votes of ${some(short, 'gold stack')} ran out before the rule was done, which counts as left to an expert`}`;

/** Whoever counts looks may look again; whoever does not has one, which spends everything. */
export const lookOf = ({ look, planned }: { readonly look?: number; readonly planned?: number }): Thresholds.Look =>
  look === undefined ? { look: 1, planned: planned ?? 1 } : { look, ...(planned === undefined ? {} : { planned }) };

/** One dataset that fails is a failure; otherwise all must pass. */
const exitOf = ({ datasets }: GateSummary): number => {
  if (datasets.some(({ verdict }) => verdict === 'fail')) return EXIT.targetsNotMet;
  return datasets.length > 0 && datasets.every(({ verdict }) => verdict === 'pass')
    ? EXIT.certified
    : EXIT.insufficientEvidence;
};
