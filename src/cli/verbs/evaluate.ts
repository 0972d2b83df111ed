import { join } from 'node:path';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { DataFailure } from '../../domain/errors.js';
import type { GoldSet } from '../../domain/gold.js';
import { lostText } from '../../report/text/prevalence.js';
import { atPrevalenceText, strataText } from '../../report/text/strata.js';
import { summaryText } from '../../report/text/summary.js';
import * as Study from '../../study/index.js';
import { fitToJudge, sameStacks, strangers, uncovered } from '../checks.js';
import type { GoldFlags, InputFlags, OutputFlags, StrataFlags } from '../flags.js';
import { type Loaded, loadBatch, loadGold, loadPolicy, loadStrata } from '../inputs.js';
import { exitCodeOf, provenance, type Verb } from '../verb.js';
import { writeEvaluation } from './run.js';

export interface EvaluateFlags extends StrataFlags {
  readonly policy: string;
  /** Where figures are to be read; default the policy's own. */
  readonly prevalence?: number;
  /** Labels of a random, blinded audit of automatic decisions. */
  readonly audit?: string;
}

/** `tandem evaluate`: a policy held against gold it never saw → evaluation.json. */
export const evaluateVerb = (
  flags: InputFlags & GoldFlags & OutputFlags & EvaluateFlags,
  argv: readonly string[],
): Verb =>
  pipe(
    TE.Do,
    TE.bind('policy', () => loadPolicy(flags.policy)),
    TE.bindW('batch', ({ policy }) => loadBatch(flags, policy)),
    TE.bindW('gold', () => loadGold(flags)),
    TE.chainFirstEitherKW(({ gold }) => fitToJudge(flags.gold, 'gold')(gold.data)),
    TE.chainFirstEitherKW(({ batch, gold }) => sameStacks(flags.gold, gold.data, batch.data)),
    TE.bindW('strata', () => loadStrata(flags.strata, flags.by ?? [])),
    TE.bindW('audit', () => loadAudit(flags.audit)),
    TE.chainW(({ policy, batch, gold, strata, audit }) => {
      const found = Study.summary(policy, {
        strata: strata.data,
        prevalence: flags.prevalence,
        uncovered: uncovered(policy, batch.data),
        warnings: strangers(batch.data),
      })({ ...batch.data, gold: gold.data, audit: audit?.data });
      const { strata: by = [], atPrevalence: elsewhere, lost } = found;
      const path = join(flags.out ?? '.', 'evaluation.json');
      const inputs = [...batch.inputs, ...gold.inputs, ...strata.inputs, ...(audit?.inputs ?? [])];
      const text = [
        summaryText(found),
        ...(elsewhere === undefined ? [] : [atPrevalenceText('Elsewhere', elsewhere)]),
        ...by.map((one) => strataText(one, found.targets)),
        ...(lost === undefined ? [] : [lostText(lost)]),
        `Wrote ${path}`,
      ].join('\n\n');
      return pipe(
        writeEvaluation(path, found, provenance({ argv, seed: policy.provenance.seed, inputs })),
        TE.map(() => ({
          text,
          json: { ...found, files: [path] },
          exitCode: exitCodeOf(found.verdict),
        })),
      );
    }),
  );

/** How gold was chosen says nothing of how the audit was, so the flags about gold are not for it. */
const loadAudit = (path: string | undefined): TE.TaskEither<DataFailure, Loaded<GoldSet> | undefined> =>
  path === undefined
    ? TE.right(undefined)
    : pipe(
        loadGold({ gold: path }),
        TE.chainFirstEitherKW(({ data }) => fitToJudge(path, 'audit')(data)),
      );
