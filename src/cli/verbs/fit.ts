import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type * as Decode from '../../decode/index.js';
import type { DataFailure, InvalidInput } from '../../domain/errors.js';
import type { GoldSet } from '../../domain/gold.js';
import { present } from '../../domain/present.js';
import type { DataNote } from '../../output/dataNotes.js';
import { writeTogether } from '../../output/files.js';
import * as Policy from '../../policy/index.js';
import { againstOwnRuleText, headingText, noteText, proofText, ruleText } from '../../report/index.js';
import * as Study from '../../study/index.js';
import { batchNotes, batchWarnings, otherStacks } from '../checks.js';
import type { FitFlags, ProofFlags, RuleFlags } from '../fitFlags.js';
import type { GoldFlags, InputFlags, OutputFlags, TargetFlags } from '../flags.js';
import { type GivenBatch, loadBatch, loadGold, loadStrata } from '../inputs.js';
import { loadLedger } from '../ledgerFile.js';
import { badFlags, exitCodeOf, provenance, type Verb } from '../verb.js';

export type FitVerbFlags = InputFlags & GoldFlags & TargetFlags & FitFlags & RuleFlags & ProofFlags & OutputFlags;

/** `tandem fit`: votes, scores and gold → policy.json and ledger.json. */
export const fitVerb = async (flags: FitVerbFlags, argv: readonly string[]): Verb => {
  const out = flags.out ?? '.';
  const ready = await loadAndFit({ ...flags, out }, argv);
  if (E.isLeft(ready)) return ready;
  const { batch, fitted, compare, ledgerPath, dataNotes } = ready.right;
  const { policy, warnings, crossFitted: replay } = fitted;
  const verdict = Policy.verdict({ certified: Policy.isCertified(policy) });
  const judged = { gold: fitted.gold.tune, replay };
  const headline = Study.headline(policy)(judged);
  const own = compare && Study.againstOwnRule(policy, compare)({ ...judged, votes: batch.votes });
  const written = await writeTogether([
    [join(out, 'policy.json'), [Policy.toText(policy)]],
    [ledgerPath, [Policy.ledgerToText(policy.ledger)]],
  ]);
  if (E.isLeft(written)) return written;
  return E.right({
    text: [
      headingText({ verdict, headline, doubts: [], proof: policy.proof }),
      ...(own === undefined ? [] : [againstOwnRuleText(own)]),
      proofText(policy.targets, policy.profile?.schedule)(policy.proof),
      ruleText(policy),
      ...(warnings.length === 0 ? [] : [noteText(warnings)]),
      written.right.map((path) => `Wrote ${path}`).join('\n'),
    ].join('\n\n'),
    json: present({
      verdict,
      headline,
      againstOwnRule: own,
      proof: policy.proof,
      policyHash: Policy.hash(policy),
      look: fitted.look,
      warnings,
      files: written.right,
    }),
    notes: dataNotes,
    exitCode: exitCodeOf(verdict),
  });
};

/** Everything up to the policy, and what the flags say of its report. */
interface Ready {
  readonly batch: GivenBatch;
  readonly fitted: Policy.Fitted;
  /** All gold, and how the policy was fitted. */
  readonly gold: GoldSet;
  readonly options: Policy.FitOptions;
  readonly compare: Study.OwnRule | undefined;
  readonly ledgerPath: string;
  /** What is to be known of the data. */
  readonly dataNotes: readonly DataNote[];
}

/** What `fit` and `run` share. */
export const loadAndFit = async (
  flags: FitVerbFlags & { readonly out: string },
  argv: readonly string[],
): Promise<E.Either<DataFailure, Ready>> => {
  const impossible = impossibleVotes(flags);
  if (impossible !== undefined) return E.left(impossible);
  const compare = comparedRule(flags.compare);
  if (E.isLeft(compare)) return compare;
  const ledger = await loadLedger(flags.out, flags.ledger);
  if (E.isLeft(ledger)) return ledger;
  const batch = await loadBatch(flags);
  if (E.isLeft(batch)) return batch;
  const gold = await loadGold(flags);
  if (E.isLeft(gold)) return gold;
  const other = otherStacks(flags.gold, gold.right.data, batch.right.data);
  if (other !== undefined) return E.left(other);
  const strata = await loadStrata(flags.strata, flags.cluster === undefined ? [] : [flags.cluster]);
  if (E.isLeft(strata)) return strata;
  const { sensitivity, specificity, confidence } = flags;
  const inputs = [batch, gold, strata].flatMap((part) => part.right.inputs);
  const options = present({
    seed: flags.seed,
    targets: { sensitivity, specificity, confidence },
    prevalence: flags.prevalence,
    methods: present({ skills: flags.skills, calibrator: flags.calibrator, fusion: flags.fusion }),
    expertPrice: flags.expertCost,
    stalledPosterior: flags.stalledPosterior,
    leastVotes: flags.leastVotes,
    mostVotes: flags.maxVotes,
    votesPerRound: flags.votesPerRound,
    auditShare: flags.audit,
    clusterOf: clusterOf(strata.right.data),
    testShare: flags.testShare,
    ledger: ledger.right.ledger,
    spend: flags.spend,
    trustGold: flags.trustGold,
    duplicates: flags.duplicates ?? 'first',
    provenance: provenance({ argv, seed: flags.seed, inputs }),
  });
  const fitted = Policy.fit(options)(
    present({ ...batch.right.data, trainedOn: flags.trainedOn, gold: gold.right.data }),
  );
  const warnings = [...fitted.warnings, ...batchWarnings(batch.right.data)];
  const dataNotes = [
    ...batchNotes(batch.right.data, gold.right.data),
    ...Study.directionNotes({ ...batch.right.data, gold: gold.right.data }),
  ];
  return E.right({
    batch: batch.right.data,
    fitted: { ...fitted, warnings },
    gold: gold.right.data,
    options,
    compare: compare.right,
    ledgerPath: ledger.right.writeTo,
    dataNotes,
  });
};

const clusterOf = ([strata]: readonly Decode.Strata[]): ReadonlyMap<string, string> | undefined => strata?.of;

/** A rule cannot need more votes than it may ask for. */
const impossibleVotes = ({ leastVotes = 0, maxVotes }: FitVerbFlags): InvalidInput | undefined =>
  maxVotes === undefined || leastVotes <= maxVotes
    ? undefined
    : badFlags({
        found: `--least-votes ${leastVotes} and --max-votes ${maxVotes}`,
        expected: 'no more for --least-votes than for --max-votes',
        fix: 'Lower --least-votes or raise --max-votes.',
      });

/** The rule that `--compare` names. */
export const comparedRule = (text: string | undefined): E.Either<InvalidInput, Study.OwnRule | undefined> => {
  if (text === undefined) return E.right(undefined);
  const rule = Study.ownRule(text);
  return rule === undefined
    ? E.left(
        badFlags({
          found: `--compare ${JSON.stringify(text)}`,
          expected: '"mean of 7", or "3 agreeing, at most 7"',
          fix: 'Write your rule like one of these, with your own numbers.',
        }),
      )
    : E.right(rule);
};
