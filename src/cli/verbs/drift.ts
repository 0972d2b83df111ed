import { join } from 'node:path';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { DataFailure } from '../../domain/errors.js';
import type { GoldSet } from '../../domain/gold.js';
import { present } from '../../domain/present.js';
import { writeAtomically } from '../../output/files.js';
import type * as Policy from '../../policy/index.js';
import { driftText } from '../../report/text/drift.js';
import * as RiskControl from '../../stages/riskControl/index.js';
import * as Study from '../../study/index.js';
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
      if (gold.data !== undefined && current.data.fate === undefined) {
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
      const watch = Study.drift({
        policy,
        at: flags.at,
        falseAlarm: flags.falseAlarm,
        look: present({ look, planned }),
        strata: strata.data[0],
      })({ reference: reference.data, current: current.data, gold: gold.data });
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
        writeAtomically(path, [`${JSON.stringify(found, null, 2)}\n`]),
        TE.map(() => ({
          text: `${driftText(found)}\n\nWrote ${path}`,
          json: { ...found, files: [path] },
          exitCode: found.alarm ? EXIT.targetsNotMet : found.able ? EXIT.certified : EXIT.insufficientEvidence,
        })),
      );
    }),
  );
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
