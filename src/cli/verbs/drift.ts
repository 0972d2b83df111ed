import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type * as Decode from '../../decode/index.js';
import type { DataFailure, InvalidInput } from '../../domain/errors.js';
import type { GoldSet } from '../../domain/gold.js';
import { present } from '../../domain/present.js';
import { writeAtomically } from '../../output/files.js';
import { driftJson, driftText } from '../../report/index.js';
import * as RiskControl from '../../stages/riskControl/index.js';
import * as Study from '../../study/index.js';
import type { GoldFlags, LookFlags, OutputFlags, StrataFlags } from '../flags.js';
import { type Loaded, loadDecisions, loadGoldIfAny, loadPolicyIfAny, loadStrata } from '../inputs.js';
import { impossibleLook } from '../looks.js';
import { badFlags, EXIT, invalid, provenance, type Verb } from '../verb.js';

export interface DriftFlags extends StrataFlags, LookFlags, Partial<GoldFlags> {
  readonly reference: string;
  readonly current: string;
  readonly column?: string;
  readonly policy?: string;
  readonly at?: readonly number[];
  readonly falseAlarm: number;
}

/** `tandem drift`: are scores and errors what they were when the policy was certified? → drift.json. */
export const driftVerb = async (flags: DriftFlags & OutputFlags, argv: readonly string[]): Verb => {
  const { by = [], look = 1, planned, column } = flags;
  if (by.length > 1) {
    return E.left(
      badFlags({
        found: `--by ${by.join(',')}`,
        expected: 'one column',
        fix: 'Name the column of weeks or of datasets.',
      }),
    );
  }
  const impossible = impossibleLook(flags);
  if (impossible !== undefined) return E.left(impossible);
  const reference = await loadDecisions(flags.reference, { wanted: 'values', column, ids: flags.ids });
  if (E.isLeft(reference)) return reference;
  const current = await loadDecisions(flags.current, { wanted: 'values', column, ids: flags.ids });
  if (E.isLeft(current)) return current;
  const gold = await loadErrorGold(flags);
  if (E.isLeft(gold)) return gold;
  const strata = await loadStrata(flags.strata, by, flags.ids);
  if (E.isLeft(strata)) return strata;
  const loaded = await loadPolicyIfAny(flags.policy);
  if (E.isLeft(loaded)) return loaded;
  const policy = loaded.right;
  const labels = gold.right.data;
  const mismatch = otherKinds(reference.right.data, current.right.data, { column, gold: labels });
  if (mismatch !== undefined) return E.left(mismatch);

  const inputs = [reference, current, gold, strata].flatMap((part) => part.right.inputs);
  const watch = {
    ...Study.drift({
      policy,
      at: flags.at,
      falseAlarm: flags.falseAlarm,
      look: present({ look, planned }),
      strata: strata.right.data[0],
    })({ reference: reference.right.data, current: current.right.data, gold: labels }),
    provenance: provenance({ argv, seed: policy?.provenance.seed ?? 0, inputs }),
  };
  const path = join(flags.out ?? '.', 'drift.json');
  const written = await writeAtomically(path, [driftJson(watch)]);
  if (E.isLeft(written)) return written;
  return E.right({
    text: `${driftText(watch)}\n\nWrote ${path}`,
    json: { ...watch, files: [path] },
    exitCode: exitOf(watch),
  });
};

const exitOf = ({ alarm, able }: { readonly alarm: boolean; readonly able: boolean }): number => {
  if (alarm) return EXIT.targetsNotMet;
  return able ? EXIT.certified : EXIT.insufficientEvidence;
};

/** Two files that cannot be compared: decisions with scores, or gold without decisions to judge. */
const otherKinds = (
  reference: Decode.DecisionTable,
  current: Decode.DecisionTable,
  { column, gold }: { readonly column: string | undefined; readonly gold: GoldSet | undefined },
): InvalidInput | undefined => {
  if (gold !== undefined && current.decision === undefined) {
    return badFlags({
      found: '--gold, and a --current without decisions',
      expected: 'decisions, which gold can call right or wrong',
      fix: 'Give the decisions.csv of the current batch as --current.',
    });
  }
  if (column !== undefined || (reference.decision === undefined) === (current.decision === undefined)) return undefined;
  const [decided, scored] = current.decision === undefined ? ['reference', 'current'] : ['current', 'reference'];
  return badFlags({
    found: `decisions as --${decided} and scores alone as --${scored}`,
    expected: 'two files of one kind: log-odds are on another scale than scores',
    fix: 'Compare decisions with decisions, or scores with scores; or name a column that both have, with --column.',
  });
};

/** Gold that can show errors, where the flags name any. */
const loadErrorGold = async (
  flags: Partial<GoldFlags>,
): Promise<E.Either<DataFailure, Loaded<GoldSet | undefined>>> => {
  const gold = await loadGoldIfAny(flags);
  if (E.isLeft(gold) || gold.right.data === undefined) return gold;
  const { chosen } = gold.right.data;
  const [refusal] = RiskControl.refusals()(gold.right.data);
  if (refusal === undefined) return gold;
  return E.left(
    invalid(flags.gold ?? '', {
      field: 'chosen',
      found: `gold chosen as ${chosen}`,
      expected: `gold that shows errors (${refusal.reason})`,
      fix: refusal.fix,
    }),
  );
};
