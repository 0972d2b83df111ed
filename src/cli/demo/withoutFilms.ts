import { join } from 'node:path';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { DEFAULT_BUDGET } from '../../domain/routing.js';
import { DEFAULT_TARGETS } from '../../domain/targets.js';
import { writeAtomically } from '../../output/files.js';
import * as Simulate from '../../simulate/index.js';
import type { Verb } from '../verb.js';
import { runVerb } from '../verbs/run.js';
import { byHand, type DemoFlags } from './flags.js';

const PREVALENCE = 0.01;

/** The demo without pixels: simulates votes, scores and gold of a small laboratory, and runs the main job on the files. */
export const withoutFilms = (flags: DemoFlags): Verb => {
  const files = Simulate.toCsv(
    Simulate.dataset({
      stacks: 20_000,
      prevalence: PREVALENCE,
      votes: { perStack: 'E3.5' },
      model: {},
      gold: { stalled: 800, flowing: 1600, chosen: 'stratified' },
    })(flags.seed),
  );
  const { paths, argv, runFlags } = runOn(flags, PREVALENCE);
  return pipe(
    () => writeAtomically(paths.votes, files.votes),
    TE.chain(() => () => writeAtomically(paths.scores, files.scores)),
    TE.chain(() => () => writeAtomically(paths.gold, files.gold)),
    TE.chainW(() => () => runVerb(runFlags, argv)),
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
        `  ${byHand(argv)}`,
      ].join('\n'),
    })),
  )();
};

/** The inputs in the demo's folder, and the command that runs the main job on them. */
export const runOn = ({ out, seed }: DemoFlags, prevalence: number) => {
  const paths = {
    votes: join(out, 'votes.csv'),
    scores: join(out, 'scores.csv'),
    gold: join(out, 'gold.csv'),
  };
  return {
    paths,
    argv: [
      ...['run', '--votes', paths.votes, '--scores', paths.scores, '--gold', paths.gold],
      ...['--prevalence', String(prevalence), '--seed', String(seed), '--out', out],
    ],
    runFlags: {
      ...paths,
      ...DEFAULT_TARGETS,
      prevalence,
      duplicates: 'first',
      seed,
      skills: 'gold',
      calibrator: 'platt',
      fusion: 'recalibrated',
      ...DEFAULT_BUDGET,
      out,
    },
  } as const;
};
