import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { DataFailure } from '../../domain/errors.js';
import type { GoldSet } from '../../domain/gold.js';
import { present } from '../../domain/present.js';
import { DEFAULT_BUDGET } from '../../domain/routing.js';
import { writeAtomically } from '../../output/files.js';
import * as Policy from '../../policy/index.js';
import { askingText } from '../../report/text/asking.js';
import { certificationText } from '../../report/text/certification.js';
import * as Study from '../../study/index.js';
import { doubtful, sameStacks } from '../checks.js';
import {
  type AskingFlags,
  type FitFlags,
  type GoldFlags,
  type InputFlags,
  impossibleLook,
  type LookFlags,
  type OutputFlags,
  type TargetFlags,
  targetsNow,
} from '../flags.js';
import { type Loaded, loadBatch, loadGold } from '../inputs.js';
import { badFlags, exitCodeOf, provenance, type Verb } from '../verb.js';

export type FitVerbFlags = InputFlags &
  GoldFlags &
  TargetFlags &
  FitFlags &
  Partial<AskingFlags> &
  LookFlags &
  OutputFlags;

/** `tandem fit`: votes, scores and gold → policy.json. */
export const fitVerb = (flags: FitVerbFlags, argv: readonly string[]): Verb =>
  pipe(
    loadAndFit(flags, argv),
    TE.chainW(({ fitted }) => {
      const path = join(flags.out ?? '.', 'policy.json');
      const { policy, warnings } = fitted;
      const verdict = Policy.verdict({ certified: Policy.isCertified(policy), against: [] });
      const asking = Study.asking(policy);
      return pipe(
        writeAtomically(path, [Policy.toText(policy)]),
        TE.map(() => ({
          text: [
            `Verdict: ${verdict.toUpperCase()}`,
            ...(asking?._tag === 'AskingCertified'
              ? [askingText(asking)]
              : [
                  certificationText(policy.certification, policy.targets),
                  ...(asking === undefined ? [] : ['', askingText(asking)]),
                ]),
            ...warnings.map((w) => `  · ${w}`),
            `\nWrote ${path}`,
          ].join('\n'),
          json: present({
            verdict,
            certification: policy.certification,
            asking,
            policyHash: Policy.hash(policy),
            warnings,
            files: [path],
          }),
          exitCode: exitCodeOf(verdict),
        })),
      );
    }),
  );

/** What `fit` and `run` share: everything up to the policy. */
export const loadAndFit = (
  flags: FitVerbFlags,
  argv: readonly string[],
): TE.TaskEither<
  DataFailure,
  { readonly batch: Policy.Inputs; readonly gold: GoldSet; readonly fitted: Policy.Fitted }
> =>
  pipe(
    TE.fromEither(possible(flags)),
    TE.bindW('batch', () => loadBatch(flags)),
    TE.bind('gold', (): TE.TaskEither<DataFailure, Loaded<GoldSet>> => loadGold(flags)),
    TE.chainFirstEitherKW(({ batch, gold }) => sameStacks(flags.gold, gold.data, batch.data)),
    TE.map(({ batch, gold }) => {
      const { sensitivity, specificity, confidence } = flags;
      const { targets, notes } = targetsNow(flags, { sensitivity, specificity, confidence });
      const fitted = Policy.fit({
        ...present({
          seed: flags.seed,
          targets,
          prevalence: flags.prevalence,
          methods: { skills: flags.skills, calibrator: flags.calibrator, fusion: flags.fusion },
          budget: { maxVotes: flags.maxVotes, votesPerRound: flags.votesPerRound ?? DEFAULT_BUDGET.votesPerRound },
          duplicates: flags.duplicates ?? 'first',
          asking: flags.ask === true ? askingOf(flags) : undefined,
        }),
        provenance: provenance({ argv, seed: flags.seed, inputs: [...batch.inputs, ...gold.inputs] }),
      })(present({ ...batch.data, trainedOn: flags.trainedOn, gold: gold.data }));
      const warnings = [...notes, ...fitted.warnings, ...doubtful(batch.data)];
      return { batch: batch.data, gold: gold.data, fitted: { ...fitted, warnings } };
    }),
  );

/** What no data can mend. */
const possible = (flags: FitVerbFlags): E.Either<DataFailure, object> => {
  const wrong = impossibleLook(flags);
  return wrong === undefined ? possibleVotes(flags) : E.left(wrong);
};

/** A rule cannot need more votes than it may ask for. */
const possibleVotes = ({ ask, leastVotes = 0, maxVotes }: FitVerbFlags): E.Either<DataFailure, object> =>
  ask !== true || (leastVotes <= maxVotes && maxVotes > 0)
    ? E.right({})
    : E.left(
        badFlags({
          found: `--least-votes ${leastVotes} and --max-votes ${maxVotes}`,
          expected: 'with --ask, 1 vote or more at most and no more than that at least',
          fix: 'Lower --least-votes or raise --max-votes.',
        }),
      );

const askingOf = ({ maxVotes, leastVotes, audit, votesPerRound }: FitVerbFlags): Policy.AskingOptions =>
  present({ mostVotes: maxVotes, leastVotes, auditShare: audit, votesPerRound });
