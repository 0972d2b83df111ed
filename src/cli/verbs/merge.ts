import * as E from 'fp-ts/lib/Either.js';
import { listStacks } from '../../model/scoring/listing.js';
import { type MergedRun, mergeJournals } from '../../model/scoring/merge.js';
import type { JournalScore } from '../../model/scoring/models.js';
import type { TensorDigests } from '../../model/scoring/tensors.js';
import { type RunFiles, runFilesOf, writeScores, writeTensors } from '../../model/scoring/write.js';
import { countText, some } from '../../output/format.js';
import { lock } from '../../output/lock.js';
import type { OutputFlags } from '../flags.js';
import { safeOut } from '../scoreOutput.js';
import { EXIT, type Verb } from '../verb.js';
import { rolesOf } from './score.js';

export interface MergeFlags extends OutputFlags {
  readonly out: string;
  readonly stacks?: readonly string[];
  readonly ids: 'name' | 'stem';
  readonly folder?: string;
}

/** `tandem score merge`: journals of parts → scores.csv, as if one machine had scored all stacks. */
export const mergeVerb = async (journals: readonly string[], flags: MergeFlags): Verb => {
  const { stacks: inputs, ids, folder, out } = flags;
  const listed =
    inputs === undefined
      ? E.right(undefined)
      : await listStacks(folder === undefined ? { ids } : { ids, folder })(inputs);
  if (E.isLeft(listed)) return listed;
  const files = runFilesOf(out);
  // The merged journal may be merged again, with more parts.
  const reads = journals.filter((path) => path !== files.journal);
  const safe = safeOut(files, { files: reads, stacks: [] }, { fresh: true });
  if (E.isLeft(safe)) return safe;
  const release = lock(files.lock);
  if (E.isLeft(release)) return release;
  try {
    const merged = await mergeJournals<JournalScore | TensorDigests>({
      journals,
      journal: files.journal,
      stacks: listed.right,
    });
    if (E.isLeft(merged)) return merged;
    return await written(merged.right, files, journals);
  } finally {
    release.right();
  }
};

const written = async (
  merged: MergedRun<JournalScore | TensorDigests>,
  files: RunFiles,
  journals: readonly string[],
): Verb => {
  const { ran, run, gaps, doubles } = merged;
  const asked = {
    command: `tandem score merge ${journals.join(' ')}`,
    pipeline: { name: String(ran.sessions.at(-1)?.['pipeline'] ?? 'unknown'), hash: String(run['pipeline'] ?? '') },
  };
  const done = await (run['kind'] === 'tensors'
    ? writeTensors(files, ran as MergedRun<TensorDigests>['ran'], asked)
    : writeScores(files, ran as MergedRun<JournalScore>['ran'], rolesOf(ran), asked));
  if (E.isLeft(done)) return done;
  const text = [
    `Merged ${some(journals.length, 'journal')}: ${some(ran.scored, 'stack')} scored, ${countText(ran.failed)} failed${doubles > 0 ? `, ${countText(doubles)} of them scored twice with the same result` : ''}.`,
    ...(gaps.length === 0 ? [] : ['', 'Not complete:', ...gaps.map((gap) => `  · ${gap}`)]),
    '',
    ...done.right.files.map((file) => `Wrote ${file}`),
  ].join('\n');
  return E.right({
    text,
    json: { scored: ran.scored, failed: ran.failed, doubles, gaps, files: done.right.files },
    exitCode: ran.scored === 0 ? EXIT.error : gaps.length > 0 || ran.failed > 0 ? EXIT.someFailed : EXIT.certified,
  });
};
