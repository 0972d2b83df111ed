import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { writeTogether } from '../../../output/files.js';
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
  const at = (file: string): string => join(flags.out ?? '.', file);
  const files = await writeTogether([
    [at('annotators.csv'), annotatorsCsv(summary)],
    [at('annotators.json'), [annotatorsJson(summary)]],
  ]);
  if (E.isLeft(files)) return files;
  return E.right({
    text: `${annotatorsText(summary)}\n\nFiles\n${files.right.map((file) => `  ${file}`).join('\n')}`,
    json: { ...summary, files: files.right },
    notes: [...batchNotes(batch.right.data), ...(gold.right.data?.notes ?? [])],
    exitCode: EXIT.certified,
  });
};
