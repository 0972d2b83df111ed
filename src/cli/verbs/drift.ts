import { join } from 'node:path';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { DataFailure } from '../../domain/errors.js';
import type { GoldSet } from '../../domain/gold.js';
import { present } from '../../domain/present.js';
import { DEFAULT_TARGETS } from '../../domain/targets.js';
import { writeAtomically } from '../../output/files.js';
import { countText, some } from '../../output/format.js';
import * as Policy from '../../policy/index.js';
import { driftJson, driftText } from '../../report/index.js';
import * as Gold from '../../stages/gold.js';
import * as RiskControl from '../../stages/riskControl/index.js';
import { driftSummary } from '../../study/drift.js';
import { OTHER_PROCEDURE } from '../../study/prevalence/warnings.js';
import { type GoldFlags, impossibleLook, type LookFlags, type OutputFlags, type StrataFlags } from '../flags.js';
import { type Loaded, loadDecisions, loadGold, loadPolicy, loadStrata } from '../inputs.js';
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
export const driftVerb = (flags: DriftFlags & OutputFlags, argv: readonly string[]): Verb => {
  const { by = [], look = 1, planned, column } = flags;
  if (by.length > 1) {
    return TE.left(
      badFlags({
        found: `--by ${by.join(',')}`,
        expected: 'one column',
        fix: 'Name the column of weeks or of datasets.',
      }),
    );
  }
  const impossible = impossibleLook(flags);
  if (impossible !== undefined) return TE.left(impossible);
  return pipe(
    TE.Do,
    TE.bind('reference', () => loadDecisions(flags.reference, { wanted: 'values', column })),
    TE.bind('current', () => loadDecisions(flags.current, { wanted: 'values', column })),
    TE.bind('gold', () => goldOf(flags)),
    TE.bind('strata', () => loadStrata(flags.strata, by)),
    TE.bind('policy', () =>
      flags.policy === undefined
        ? TE.right<DataFailure, Policy.Policy | undefined>(undefined)
        : loadPolicy(flags.policy),
    ),
    TE.chain(({ reference, current, gold, strata, policy }): Verb => {
      const asking = policy === undefined ? undefined : Policy.certifiedAsking(policy);
      const fresh = gold.data === undefined ? undefined : Gold.without(policy?.goldUsed ?? [])(gold.data);
      const used = (gold.data?.stackIds.length ?? 0) - (fresh?.stackIds.length ?? 0);
      if (fresh !== undefined && current.data.fate === undefined) {
        return TE.left(
          badFlags({
            found: '--gold, and a --current without decisions',
            expected: 'decisions, which gold can call right or wrong',
            fix: 'Give the decisions.csv of the current batch as --current.',
          }),
        );
      }
      if (column === undefined && (reference.data.fate === undefined) !== (current.data.fate === undefined)) {
        const [decided, scored] = current.data.fate === undefined ? ['reference', 'current'] : ['current', 'reference'];
        return TE.left(
          badFlags({
            found: `decisions as --${decided} and scores alone as --${scored}`,
            expected: 'two files of one kind: log-odds are on another scale than scores',
            fix: 'Compare decisions with decisions, or scores with scores; or name a column that both have, with --column.',
          }),
        );
      }
      const enriched = gold.data === undefined || gold.data.chosen === 'random' ? [] : gold.data.stackIds;
      const leftOut = new Set([...enriched, ...(policy?.goldUsed ?? [])]);
      const groups = strata.data[0];
      const watch = driftSummary(
        present({
          reference: reference.data,
          current: current.data,
          gold: fresh,
          leftOut,
          targets: (asking ?? policy)?.targets ?? DEFAULT_TARGETS,
          at: flags.at ?? placesOf(policy),
          falseAlarm: flags.falseAlarm,
          look: present({ look, planned }),
          strata: groups,
          warnings: [
            ...(leftOut.size > 0
              ? [
                  `values of ${some(leftOut.size, 'gold stack')} are not compared: they fitted the policy, or are here because of their class`,
                ]
              : [
                  'all values are compared: if gold chosen by its class is among them, name it with --gold (and --policy), and it is left out',
                ]),
            ...(used > 0 ? [`${some(used, 'gold stack')} fitted or tuned this policy and count no errors`] : []),
            ...(policy === undefined && fresh !== undefined
              ? [
                  `errors are held against ${DEFAULT_TARGETS.sensitivity} / ${DEFAULT_TARGETS.specificity}; --policy gives the targets it was certified for`,
                ]
              : []),
            ...(asking !== undefined && fresh !== undefined
              ? [`errors are those of decisions.csv: ${OTHER_PROCEDURE}`]
              : []),
            ...withoutGroup(current.data.stackIds, groups),
          ],
        }),
      );
      const found = {
        ...watch,
        provenance: provenance({
          argv,
          seed: policy?.provenance.seed ?? 0,
          inputs: [...reference.inputs, ...current.inputs, ...gold.inputs, ...strata.inputs],
        }),
      };
      const path = join(flags.out ?? '.', 'drift.json');
      return pipe(
        writeAtomically(path, [driftJson(found)]),
        TE.map(() => ({
          text: `${driftText(found)}\n\nWrote ${path}`,
          json: { ...found, files: [path] },
          exitCode: found.alarm ? EXIT.targetsNotMet : found.able ? EXIT.certified : EXIT.insufficientEvidence,
        })),
      );
    }),
  );
};

/** Where the policy decides: a shift of the rare high values shows there or nowhere. */
const placesOf = (policy: Policy.Policy | undefined): readonly number[] => {
  const { flowingBelow, stalledAbove } = (policy === undefined ? undefined : Policy.operatingPoint(policy)) ?? {};
  return [flowingBelow, stalledAbove].filter((place) => place !== undefined);
};

const goldOf = (flags: Partial<GoldFlags>): TE.TaskEither<DataFailure, Loaded<GoldSet | undefined>> => {
  const { gold } = flags;
  if (gold === undefined) return TE.right({ data: undefined, inputs: [] });
  return pipe(
    loadGold({ ...flags, gold }),
    TE.chain((loaded): TE.TaskEither<DataFailure, Loaded<GoldSet>> => {
      const [refusal] = RiskControl.refusals(loaded.data, {});
      return refusal === undefined
        ? TE.right(loaded)
        : TE.left(
            invalid(gold, {
              field: 'chosen',
              found: `gold chosen as ${loaded.data.chosen}`,
              expected: `gold that shows errors (${refusal.reason})`,
              fix: refusal.fix,
            }),
          );
    }),
  );
};

const withoutGroup = (
  stackIds: readonly string[],
  groups: { readonly by: string; readonly of: ReadonlyMap<string, string> } | undefined,
): readonly string[] => {
  const without = groups === undefined ? 0 : stackIds.filter((stackId) => !groups.of.has(stackId)).length;
  return without === 0 ? [] : [`${countText(without)} current stacks have no ${groups?.by} and are not watched`];
};
