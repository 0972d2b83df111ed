import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type * as Decode from '../../decode/index.js';
import type { DataFailure, InvalidInput } from '../../domain/errors.js';
import type { GoldSet } from '../../domain/gold.js';
import { writeAtomically } from '../../output/files.js';
import { driftJson, driftText } from '../../report/index.js';
import * as RiskControl from '../../stages/riskControl/index.js';
import * as Study from '../../study/index.js';
import type { GoldFlags, OutputFlags, StrataFlags } from '../flags.js';
import { type Loaded, loadDecisions, loadGoldIfAny, loadPolicyIfAny, loadStrata, textIfThere } from '../inputs.js';
import { badFlags, EXIT, invalid, provenance, type Verb } from '../verb.js';

export interface DriftFlags extends StrataFlags, Partial<GoldFlags> {
  readonly reference: string;
  readonly current: string;
  readonly column?: string;
  readonly policy?: string;
  readonly at?: readonly number[];
  readonly falseAlarm: number;
  readonly cluster?: string;
}

/** `tandem drift`: are scores and errors what they were when the policy was certified? → drift.json. */
export const driftVerb = async (flags: DriftFlags & OutputFlags, argv: readonly string[]): Verb => {
  const { by = [], cluster, column } = flags;
  if (by.length > 1) {
    return E.left(
      badFlags({
        found: `--by ${by.join(',')}`,
        expected: 'one column',
        fix: 'Name the column of weeks or of datasets.',
      }),
    );
  }
  const reference = await loadDecisions(flags.reference, { wanted: 'values', column, ids: flags.ids });
  if (E.isLeft(reference)) return reference;
  const current = await loadDecisions(flags.current, { wanted: 'values', column, ids: flags.ids });
  if (E.isLeft(current)) return current;
  const gold = await loadErrorGold(flags);
  if (E.isLeft(gold)) return gold;
  const strata = await loadStrata(flags.strata, [...by, ...(cluster === undefined ? [] : [cluster])], flags.ids);
  if (E.isLeft(strata)) return strata;
  const loaded = await loadPolicyIfAny(flags.policy);
  if (E.isLeft(loaded)) return loaded;
  const policy = loaded.right;
  const labels = gold.right.data;
  const mismatch = otherKinds(reference.right.data, current.right.data, { column, gold: labels });
  if (mismatch !== undefined) return E.left(mismatch);

  const path = join(flags.out ?? '.', 'drift.json');
  const before = await loadLooks(path, flags);
  if (E.isLeft(before)) return before;

  const inputs = [reference, current, gold, strata].flatMap((part) => part.right.inputs);
  const watch = {
    ...Study.drift({
      policy,
      at: flags.at,
      falseAlarm: flags.falseAlarm,
      before: before.right,
      strata: by.length === 1 ? strata.right.data[0] : undefined,
      clusters: cluster === undefined ? undefined : strata.right.data[by.length],
    })({ reference: reference.right.data, current: current.right.data, gold: labels }),
    provenance: provenance({ argv, seed: policy?.provenance.seed ?? 0, inputs }),
  };
  const written = await writeAtomically(path, [driftJson(watch)]);
  if (E.isLeft(written)) return written;
  return E.right({
    text: `${driftText(watch)}\n\nWrote ${path}`,
    json: { ...watch, files: [path] },
    exitCode: exitOf(watch),
  });
};

/** The looks of earlier runs, from the drift.json that is about to be written again. */
const loadLooks = async (
  path: string,
  { by = [], cluster, falseAlarm }: DriftFlags,
): Promise<E.Either<DataFailure, readonly Study.DriftLook[]>> => {
  const text = await textIfThere(path);
  if (E.isLeft(text)) return text;
  if (text.right === undefined) return E.right([]);
  const earlier = Study.readLooks(path)(text.right);
  if (E.isLeft(earlier)) return earlier;
  const shown = (question: { by?: string | undefined; clusterBy?: string | undefined; falseAlarm: number }): string =>
    `by ${question.by ?? 'nothing'}, clusters ${question.clusterBy ?? 'none'}, false alarms ${question.falseAlarm}`;
  const [was, is] = [shown(earlier.right), shown({ by: by[0], clusterBy: cluster, falseAlarm })];
  if (was === is) return E.right(earlier.right.looks);
  return E.left(
    invalid(path, {
      field: 'looks',
      found: `a watch of another kind (${was})`,
      expected: is,
      fix: 'Go on with the same flags; or watch in another folder (--out), where false alarms are counted apart.',
    }),
  );
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
