import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { writeAtomically } from '../../../output/files.js';
import { annotatorsCsv, annotatorsJson, annotatorsText } from '../../../report/index.js';
import * as Study from '../../../study/index.js';
import { batchNotes, loadLabels, otherStacks } from '../../checks.js';
import type { GoldFlags, InputFlags, OutputFlags } from '../../flags.js';
import { loadBatch } from '../../inputs.js';
import { EXIT, provenance, type Verb } from '../../verb.js';

export interface AnnotatorsFlags extends Omit<InputFlags, 'scores' | 'scoreColumn'>, Partial<GoldFlags> {
  readonly votes: string;
  readonly allVotes?: true;
  readonly prevalence?: number;
  readonly confidence: number;
  readonly falseAlarm: number;
}

/** `tandem annotators`: votes, and gold where there is any → annotators.csv. */
export const annotatorsVerb = async (flags: AnnotatorsFlags & OutputFlags, argv: readonly string[]): Verb => {
  const batch = await loadBatch(flags);
  if (E.isLeft(batch)) return batch;
  const gold = await loadLabels(flags, 'gold');
  if (E.isLeft(gold)) return gold;
  const { votes } = batch.right.data;
  const strangers =
    gold.right.data === undefined ? undefined : otherStacks(flags.gold ?? '', gold.right.data, { votes });
  if (strangers !== undefined) return E.left(strangers);

  const summary = {
    ...Study.annotators({
      gold: gold.right.data,
      allVotes: flags.allVotes,
      prevalence: flags.prevalence,
      confidence: flags.confidence,
      falseAlarm: flags.falseAlarm,
    })(votes),
    provenance: provenance({ argv, seed: 0, inputs: [...batch.right.inputs, ...gold.right.inputs] }),
  };
  const paths = ['annotators.csv', 'annotators.json'].map((name) => join(flags.out ?? '.', name));
  const table = await writeAtomically(paths[0], annotatorsCsv(summary));
  if (E.isLeft(table)) return table;
  const document = await writeAtomically(paths[1], [annotatorsJson(summary)]);
  if (E.isLeft(document)) return document;
  return E.right({
    text: `${annotatorsText(summary)}\n\nFiles\n${paths.map((path) => `  ${path}`).join('\n')}`,
    json: { ...summary, files: paths },
    notes: [...batchNotes(batch.right.data), ...(gold.right.data?.notes ?? [])],
    exitCode: EXIT.certified,
  });
};
