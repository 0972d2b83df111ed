import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import * as Decode from '../../decode/index.js';
import type { InvalidInput } from '../../domain/errors.js';
import type { GoldSet } from '../../domain/gold.js';
import { writeTogether } from '../../output/files.js';
import { prevalenceCsv, prevalenceJson, prevalenceText } from '../../report/index.js';
import * as Study from '../../study/index.js';
import { loadLabels } from '../checks.js';
import { auditFlags, type GoldFlags, type OutputFlags, type StrataFlags } from '../flags.js';
import { loadDecisions, loadPolicyIfAny, loadStrata, otherIds } from '../inputs.js';
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

/** `tandem prevalence`: decisions and expert labels → prevalence.csv, the table a laboratory publishes. */
export const prevalenceVerb = async (flags: PrevalenceFlags & OutputFlags, argv: readonly string[]): Verb => {
  const { by = [], cluster } = flags;
  if (flags.audit === undefined && flags.gold === undefined) return E.left(noLabels);
  const decisions = await loadDecisions(flags.decisions, { wanted: 'decisions', ids: flags.ids });
  if (E.isLeft(decisions)) return decisions;
  const audit = await loadLabels(auditFlags(flags), 'audit');
  if (E.isLeft(audit)) return audit;
  const gold = await loadLabels(flags, 'gold');
  if (E.isLeft(gold)) return gold;
  const strata = await loadStrata(flags.strata, [...by, ...(cluster === undefined ? [] : [cluster])], flags.ids);
  if (E.isLeft(strata)) return strata;
  const loaded = await loadPolicyIfAny(flags.policy);
  if (E.isLeft(loaded)) return loaded;
  const policy = loaded.right;
  if (decisions.right.data.decision === undefined) return E.left(noDecisions(flags.decisions));

  const named = { name: 'decisions', stackIds: decisions.right.data.stackIds };
  const other =
    flags.audit === undefined ? undefined : otherIds(flags.audit, named, stacksOf(audit.right.data, 'audit'));
  if (other !== undefined) return E.left(other);
  const inputs = [decisions, audit, gold, strata].flatMap((part) => part.right.inputs);
  const estimates = {
    ...Study.prevalence({
      policy,
      strata: strata.right.data.slice(0, by.length),
      clusters: cluster === undefined ? undefined : strata.right.data[by.length],
      confidence: flags.confidence,
      claim: flags.claim,
    })({ decisions: decisions.right.data, audit: audit.right.data, gold: gold.right.data }),
    provenance: provenance({ argv, seed: 0, inputs }),
  };
  const at = (file: string): string => join(flags.out ?? '.', file);
  const files = await writeTogether([
    [at('prevalence.csv'), prevalenceCsv(estimates)],
    [at('prevalence.json'), [prevalenceJson(estimates)]],
  ]);
  if (E.isLeft(files)) return files;
  return E.right({
    text: `${prevalenceText(estimates)}\n\nFiles\n${files.right.map((file) => `  ${file}`).join('\n')}`,
    json: { ...estimates, files: files.right },
    notes: [
      ...(audit.right.data?.notes ?? []),
      ...(gold.right.data?.notes ?? []),
      ...Decode.auditNotes({ decisions: named, audit: audit.right.data }),
    ],
    exitCode: estimates.rows[0]?.estimate === undefined ? EXIT.insufficientEvidence : EXIT.certified,
  });
};

const stacksOf = (labels: GoldSet | undefined, name: string): Decode.NamedIds => ({
  name,
  stackIds: labels?.stackIds ?? [],
});

const noLabels = badFlags({
  found: 'neither --audit nor --gold',
  expected: 'expert labels to correct the decisions with',
  fix: 'Give --audit (labels on a random part of these decisions) or --gold (labels that did not tune them).',
});

const noDecisions = (path: string): InvalidInput =>
  invalid(path, {
    field: 'decision',
    found: 'rows without a decision',
    expected: 'stalled, flowing, ask crowd or ask expert in every row',
    fix: 'Give the decisions.csv that `tandem decide` or `tandem run` wrote.',
  });
