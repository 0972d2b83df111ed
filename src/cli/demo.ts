import { join } from 'node:path';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { DEFAULT_TARGETS } from '../domain/targets.js';
import { writeAtomically } from '../report/atomicFile.js';
import { DEFAULT_BUDGET } from '../routing.js';
import * as Simulate from '../simulate.js';
import type { OutputFlags } from './options.js';
import { run } from './run.js';
import type { Verb } from './verb.js';

const PREVALENCE = 0.01;

/**
 * `tandem demo`: simulates a small laboratory, writes what it would have as files, and runs the main job on them.
 *
 * The command that would do the same by hand is printed, so that a newcomer can go on from there.
 */
export const demo = (flags: OutputFlags & { readonly out: string; readonly seed: number }): Verb => {
  const files = Simulate.toCsv(
    Simulate.dataset({
      stacks: 20_000,
      prevalence: PREVALENCE,
      votes: { perStack: 'E3.5' },
      model: {},
      gold: { stalled: 800, flowing: 1600, chosen: 'stratified' },
    })(flags.seed),
  );
  const paths = {
    votes: join(flags.out, 'votes.csv'),
    scores: join(flags.out, 'scores.csv'),
    gold: join(flags.out, 'gold.csv'),
  };
  const argv = [
    ...['run', '--votes', paths.votes, '--scores', paths.scores, '--gold', paths.gold],
    ...['--prevalence', String(PREVALENCE), '--seed', String(flags.seed), '--out', flags.out],
  ];
  return pipe(
    writeAtomically(paths.votes, files.votes),
    TE.chain(() => writeAtomically(paths.scores, files.scores)),
    TE.chain(() => writeAtomically(paths.gold, files.gold)),
    TE.chainW(() =>
      run(
        {
          ...paths,
          ...DEFAULT_TARGETS,
          prevalence: PREVALENCE,
          duplicates: 'first',
          seed: flags.seed,
          skills: 'gold',
          calibrator: 'platt',
          fusion: 'recalibrated',
          ...DEFAULT_BUDGET,
          out: flags.out,
        },
        argv,
      ),
    ),
    TE.map((done) => ({
      ...done,
      text: [
        'A simulated laboratory: 20,000 stacks of which 1 % are stalled, votes of a crowd, scores of a model, and',
        '2,400 gold stacks. Nothing here is real.',
        '',
        done.text,
        `  ${Object.values(paths).join('\n  ')}`,
        '',
        'The same by hand',
        `  npx tandem ${argv.join(' ')}`,
      ].join('\n'),
    })),
  );
};
