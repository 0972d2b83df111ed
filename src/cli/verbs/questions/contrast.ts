import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { writeTogether } from '../../../output/files.js';
import { contrastCsv, contrastJson, contrastText } from '../../../report/index.js';
import * as Study from '../../../study/index.js';
import { loadLabels } from '../../checks.js';
import { auditFlags, type GoldFlags, type OutputFlags } from '../../flags.js';
import { loadDecisions, loadStrata, otherIds } from '../../inputs.js';
import { EXIT, invalid, provenance, type Verb } from '../../verb.js';

export interface ContrastFlags extends Partial<GoldFlags> {
  readonly decisions: string;
  /** Labels of a random, blinded audit of these decisions. */
  readonly audit: string;
  readonly strata: string;
  readonly by: string;
  readonly cluster: string;
  readonly versus?: readonly [string, string];
  readonly confidence: number;
  readonly claim: 'each' | 'all';
}

/** `tandem contrast`: decisions, an audit, and which stack is of which mouse and group → contrast.csv. */
export const contrastVerb = async (flags: ContrastFlags & OutputFlags, argv: readonly string[]): Verb => {
  const decisions = await loadDecisions(flags.decisions, { wanted: 'decisions', ids: flags.ids });
  if (E.isLeft(decisions)) return decisions;
  const audit = await loadLabels(auditFlags(flags), 'audit');
  if (E.isLeft(audit)) return audit;
  const gold = await loadLabels(flags, 'gold');
  if (E.isLeft(gold)) return gold;
  const strata = await loadStrata(flags.strata, [flags.by, flags.cluster], flags.ids);
  if (E.isLeft(strata)) return strata;
  if (decisions.right.data.decision === undefined || audit.right.data === undefined) {
    return E.left(
      invalid(flags.decisions, {
        field: 'decision',
        found: 'rows without a decision',
        expected: 'stalled, flowing, ask crowd or ask expert in every row',
        fix: 'Give the decisions.csv that `tandem decide` or `tandem run` wrote.',
      }),
    );
  }
  const named = { name: 'decisions', stackIds: decisions.right.data.stackIds };
  const other = otherIds(flags.audit, named, { name: 'audit', stackIds: audit.right.data.stackIds });
  if (other !== undefined) return E.left(other);
  const [groups, clusters] = strata.right.data;
  const unknown = flags.versus?.find((group) => ![...groups.of.values()].includes(group));
  if (unknown !== undefined) {
    return E.left(
      invalid(flags.strata, {
        field: groups.by,
        found: `no stack of ${JSON.stringify(unknown)}`,
        expected: `groups of this column: ${[...new Set(groups.of.values())].slice(0, 5).join(', ')}`,
        fix: 'Check --versus and --by.',
      }),
    );
  }
  // Random gold is a fair part of the stacks; gold chosen by its class is not.
  const chosenByClass =
    gold.right.data === undefined || gold.right.data.chosen === 'random' ? undefined : gold.right.data;
  const inputs = [decisions, audit, gold, strata].flatMap((part) => part.right.inputs);
  const summary = {
    ...Study.contrast({
      groups,
      clusters,
      versus: flags.versus,
      confidence: flags.confidence,
      claim: flags.claim,
      leftOut: chosenByClass?.stackIds,
    })({ decisions: decisions.right.data, audit: audit.right.data }),
    provenance: provenance({ argv, seed: 0, inputs }),
  };
  const at = (file: string): string => join(flags.out ?? '.', file);
  const files = await writeTogether([
    [at('contrast.csv'), contrastCsv(summary)],
    [at('contrast.json'), [contrastJson(summary)]],
  ]);
  if (E.isLeft(files)) return files;
  return E.right({
    text: `${contrastText(summary)}\n\nFiles\n${files.right.map((file) => `  ${file}`).join('\n')}`,
    json: { ...summary, files: files.right },
    notes: [...(audit.right.data.notes ?? []), ...(gold.right.data?.notes ?? [])],
    exitCode: summary.contrasts.length === 0 ? EXIT.insufficientEvidence : EXIT.certified,
  });
};
