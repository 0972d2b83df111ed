import { join } from 'node:path';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import * as Decode from '../../decode/index.js';
import type { DataFailure } from '../../domain/errors.js';
import type { GoldSet } from '../../domain/gold.js';
import { present } from '../../domain/present.js';
import * as Policy from '../../policy/index.js';
import { atPrevalenceText, lostText, strataText, summaryText, usedText } from '../../report/index.js';
import * as Evaluation from '../../stages/evaluation/index.js';
import * as Gold from '../../stages/gold.js';
import { lostAmong } from '../../study/prevalence/outcomes.js';
import { strataEvaluation } from '../../study/strata.js';
import { summary } from '../../study/summary.js';
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
      const decisions = Policy.decide(policy)(batch.data);
      const fresh = Gold.without(policy.goldUsed)(gold.data);
      const used = gold.data.stackIds.length - fresh.stackIds.length;
      const judged = summary({
        policy,
        policyHash: Decode.policyHash(policy),
        batch: batch.data,
        decisions,
        gold: Gold.as('test')(fresh),
        uncovered: uncovered(policy, batch.data),
        warnings: [...(used > 0 ? [usedText(used)] : []), ...strangers(batch.data)],
      });
      // Those certified for what decides: an asking rule may have targets of its own.
      const { targets } = judged;
      const prevalence = flags.prevalence ?? policy.prevalence.value;
      const test = Gold.as('test')(fresh);
      const by = strata.data.map((one) =>
        strataEvaluation({ decisions, gold: test, strata: one, targets, prevalence }),
      );
      const elsewhere =
        flags.prevalence === undefined
          ? undefined
          : Evaluation.evaluate({ gold: test, prevalence, confidence: targets.confidence })(decisions);
      // Gold chosen by its class would put more stalls among those retired than there are.
      const enriched = gold.data.chosen === 'random' ? [] : [...gold.data.stackIds, ...policy.goldUsed];
      const lost =
        audit === undefined
          ? undefined
          : lostAmong(decisions, {
              audit: audit.data,
              leftOut: new Set(enriched),
              confidence: targets.confidence,
            });
      const found = present({ ...judged, strata: by.length === 0 ? undefined : by, atPrevalence: elsewhere, lost });
      const path = join(flags.out ?? '.', 'evaluation.json');
      const inputs = [...batch.inputs, ...gold.inputs, ...strata.inputs, ...(audit?.inputs ?? [])];
      const text = [
        summaryText(judged),
        ...(elsewhere === undefined ? [] : [atPrevalenceText('Elsewhere')(elsewhere)]),
        ...by.map(strataText(targets)),
        ...(lost === undefined ? [] : [lostText(lost)]),
        `Wrote ${path}`,
      ].join('\n\n');
      return pipe(
        writeEvaluation(path, found, provenance({ argv, seed: policy.provenance.seed, inputs })),
        TE.map(() => ({
          text,
          json: { ...found, files: [path] },
          exitCode: exitCodeOf(judged.verdict),
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
