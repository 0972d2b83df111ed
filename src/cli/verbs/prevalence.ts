import { join } from 'node:path';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { DataFailure, InvalidInput } from '../../domain/errors.js';
import type { GoldSet } from '../../domain/gold.js';
import { writeAtomically } from '../../output/files.js';
import * as Policy from '../../policy/index.js';
import { prevalenceCsv } from '../../report/csv/prevalence.js';
import { prevalenceText } from '../../report/text/prevalence.js';
import * as Study from '../../study/index.js';
import { fitToJudge } from '../checks.js';
import type { GoldFlags, OutputFlags, StrataFlags } from '../flags.js';
import { type Loaded, loadDecisions, loadGold, loadPolicy, loadStrata } from '../inputs.js';
import { badFlags, EXIT, invalid, provenance, type Verb } from '../verb.js';

export interface PrevalenceFlags extends StrataFlags, Partial<GoldFlags> {
  readonly decisions: string;
  /** Labels of a random, blinded audit of these decisions. */
  readonly audit?: string;
  readonly policy?: string;
  readonly cluster?: string;
  readonly confidence: number;
  readonly claim: 'each' | 'all';
}

/** `tandem prevalence`: decisions and what experts found → prevalence.csv, the table a laboratory publishes. */
export const prevalenceVerb = (flags: PrevalenceFlags & OutputFlags, argv: readonly string[]): Verb => {
  if (flags.audit === undefined && flags.gold === undefined) {
    return TE.left(
      badFlags({
        found: 'neither --audit nor --gold',
        expected: 'expert labels to correct the calls with',
        fix: 'Give --audit (labels on a random part of these decisions) or --gold (labels that did not tune them).',
      }),
    );
  }
  const { by = [], cluster } = flags;
  return pipe(
    TE.Do,
    TE.bind('decisions', () => loadDecisions(flags.decisions, { wanted: 'decisions' })),
    TE.bind('audit', () => labels(flags.audit === undefined ? {} : { gold: flags.audit }, 'audit')),
    TE.bind('gold', () => labels(flags, 'gold')),
    TE.bind('strata', () => loadStrata(flags.strata, [...by, ...(cluster === undefined ? [] : [cluster])])),
    TE.bind(
      'policy',
      (): TE.TaskEither<DataFailure, Policy.Policy | undefined> =>
        flags.policy === undefined ? TE.right(undefined) : loadPolicy(flags.policy),
    ),
    TE.chain(({ decisions, audit, gold, strata, policy }): Verb => {
      const asks = policy !== undefined && Policy.certifiedAsking(policy) !== undefined;
      if (decisions.data.fate === undefined) return TE.left(noDecisions(flags.decisions));
      if (asks && audit.data === undefined) return TE.left(otherProcedure);
      const found = {
        ...Study.prevalence({
          policy,
          strata: strata.data.slice(0, by.length),
          clusters: cluster === undefined ? undefined : strata.data[by.length],
          confidence: flags.confidence,
          claim: flags.claim,
        })({ decisions: decisions.data, audit: audit.data, gold: gold.data }),
        provenance: provenance({
          argv,
          seed: 0,
          inputs: [...decisions.inputs, ...audit.inputs, ...gold.inputs, ...strata.inputs],
        }),
      };
      const paths = ['prevalence.csv', 'prevalence.json'].map((name) => join(flags.out ?? '.', name));
      return pipe(
        writeAtomically(paths[0], prevalenceCsv(found)),
        TE.chain(() => writeAtomically(paths[1], [`${JSON.stringify(found, null, 2)}\n`])),
        TE.map(() => ({
          text: `${prevalenceText(found)}\n\nFiles\n${paths.map((path) => `  ${path}`).join('\n')}`,
          json: { ...found, files: paths },
          exitCode: found.rows[0]?.estimate === undefined ? EXIT.insufficientEvidence : EXIT.certified,
        })),
      );
    }),
  );
};

/** Labels, if any, that may correct calls. */
const labels = (
  flags: Partial<GoldFlags>,
  what: 'audit' | 'gold',
): TE.TaskEither<DataFailure, Loaded<GoldSet | undefined>> => {
  const { gold } = flags;
  if (gold === undefined) return TE.right({ data: undefined, inputs: [] });
  return pipe(
    loadGold({ ...flags, gold }),
    TE.chainFirstEitherKW(({ data }) => fitToJudge(gold, what)(data)),
  );
};

const otherProcedure = badFlags({
  found: '--gold without --audit, and a --policy that asks by a rule',
  expected: `labels that can correct these calls (${Study.OTHER_PROCEDURE})`,
  fix: 'Have experts label a random, blinded part of these decisions, and give it as --audit.',
});

const noDecisions = (path: string): InvalidInput =>
  invalid(path, {
    field: 'decision',
    found: 'rows without a decision',
    expected: 'stalled, flowing, ask crowd or ask expert in every row',
    fix: 'Give the decisions.csv that `tandem decide` or `tandem run` wrote.',
  });
