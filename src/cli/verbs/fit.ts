import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { DataFailure, InvalidInput } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import { DEFAULT_BUDGET } from '../../domain/routing.js';
import type { DataNote } from '../../output/dataNotes.js';
import { writeAtomically } from '../../output/files.js';
import * as Policy from '../../policy/index.js';
import { askingText, certificationText } from '../../report/index.js';
import * as Study from '../../study/index.js';
import { batchNotes, batchWarnings, otherStacks } from '../checks.js';
import type { AskingFlags, FitFlags, GoldFlags, InputFlags, LookFlags, OutputFlags, TargetFlags } from '../flags.js';
import { loadBatch, loadGold } from '../inputs.js';
import { impossibleLook, targetsNow } from '../looks.js';
import { badFlags, exitCodeOf, provenance, type Verb } from '../verb.js';

export type FitVerbFlags = InputFlags &
  GoldFlags &
  TargetFlags &
  FitFlags &
  Partial<AskingFlags> &
  LookFlags &
  OutputFlags;

/** `tandem fit`: votes, scores and gold → policy.json. */
export const fitVerb = async (flags: FitVerbFlags, argv: readonly string[]): Verb => {
  const fitted = await loadAndFit(flags, argv);
  if (E.isLeft(fitted)) return fitted;
  const { policy, warnings } = fitted.right.fitted;
  const { dataNotes } = fitted.right;
  const path = join(flags.out ?? '.', 'policy.json');
  const verdict = Policy.verdict({ certified: Policy.isCertified(policy), against: [] });
  const asking = Policy.askingSummary(policy);
  const written = await writeAtomically(path, [Policy.toText(policy)]);
  if (E.isLeft(written)) return written;
  return E.right({
    text: [
      `Verdict: ${verdict.toUpperCase()}`,
      ...(asking?._tag === 'AskingCertified'
        ? [askingText(asking)]
        : [
            certificationText(policy.targets)(policy.certification),
            ...(asking === undefined ? [] : ['', askingText(asking)]),
          ]),
      ...warnings.map((warning) => `  · ${warning}`),
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
    notes: dataNotes,
    exitCode: exitCodeOf(verdict),
  });
};

/** A fitted policy, what it was fitted on, and what is to be known of the data. */
interface LoadedAndFitted {
  readonly batch: Policy.Inputs;
  readonly fitted: Policy.Fitted;
  readonly dataNotes: readonly DataNote[];
}

/** What `fit` and `run` share: everything up to the policy. */
export const loadAndFit = async (
  flags: FitVerbFlags,
  argv: readonly string[],
): Promise<E.Either<DataFailure, LoadedAndFitted>> => {
  const impossible = impossibleLook(flags) ?? impossibleVotes(flags);
  if (impossible !== undefined) return E.left(impossible);
  const batch = await loadBatch(flags);
  if (E.isLeft(batch)) return batch;
  const gold = await loadGold(flags);
  if (E.isLeft(gold)) return gold;
  const other = otherStacks(flags.gold, gold.right.data, batch.right.data);
  if (other !== undefined) return E.left(other);
  const { sensitivity, specificity, confidence } = flags;
  const { targets, notes } = targetsNow(flags, { sensitivity, specificity, confidence });
  const fitted = Policy.fit(
    present({
      seed: flags.seed,
      targets,
      prevalence: flags.prevalence,
      methods: { skills: flags.skills, calibrator: flags.calibrator, fusion: flags.fusion },
      budget: { maxVotes: flags.maxVotes, votesPerRound: flags.votesPerRound ?? DEFAULT_BUDGET.votesPerRound },
      duplicates: flags.duplicates ?? 'first',
      asking: flags.ask === true ? askingOf(flags) : undefined,
      provenance: provenance({ argv, seed: flags.seed, inputs: [...batch.right.inputs, ...gold.right.inputs] }),
    }),
  )(present({ ...batch.right.data, trainedOn: flags.trainedOn, gold: gold.right.data }));
  const warnings = [...notes, ...fitted.warnings, ...batchWarnings(batch.right.data)];
  const dataNotes = [
    ...batchNotes(batch.right.data, gold.right.data),
    ...Study.directionNotes({ ...batch.right.data, gold: gold.right.data }),
  ];
  return E.right({ batch: batch.right.data, fitted: { ...fitted, warnings }, dataNotes });
};

/** A rule cannot need more votes than it may ask for. */
const impossibleVotes = ({ ask, leastVotes = 0, maxVotes }: FitVerbFlags): InvalidInput | undefined =>
  ask !== true || (leastVotes <= maxVotes && maxVotes > 0)
    ? undefined
    : badFlags({
        found: `--least-votes ${leastVotes} and --max-votes ${maxVotes}`,
        expected: 'with --ask, at least 1 for --max-votes, and no more than that for --least-votes',
        fix: 'Lower --least-votes or raise --max-votes.',
      });

const askingOf = ({ maxVotes, leastVotes, audit, votesPerRound }: FitVerbFlags): Policy.AskingOptions =>
  present({ mostVotes: maxVotes, leastVotes, auditShare: audit, votesPerRound });
