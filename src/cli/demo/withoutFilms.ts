import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { DEFAULT_TARGETS } from '../../domain/targets.js';
import { writeAtomically } from '../../output/files.js';
import * as Simulate from '../../simulate/index.js';
import type { Summary } from '../../study/index.js';
import type { Verb } from '../verb.js';
import { runVerb } from '../verbs/run.js';
import { briefText } from './brief.js';
import { byHand, type DemoFlags } from './flags.js';

const PREVALENCE = 0.01;

/** The demo without pixels: simulates votes, scores and gold of a small laboratory, and runs the main job on the files. */
export const withoutFilms = async (flags: DemoFlags): Verb => {
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
  for (const name of ['votes', 'scores', 'gold'] as const) {
    const written = await writeAtomically(paths[name], files[name]);
    if (E.isLeft(written)) return written;
  }
  const ran = await runVerb(runFlags, argv);
  if (E.isLeft(ran)) return ran;
  const { verdict, targets, work } = ran.right.json as Summary;
  return E.right({
    ...ran.right,
    text: [
      briefText({ ...work, verdict, targets, name: 'simulated stacks', out: flags.out }),
      '',
      'A simulated laboratory: 20,000 stacks of which 1 % are stalled, votes of a crowd, scores of a model, and',
      '2,400 gold stacks. Nothing here is real.',
      '',
      ran.right.text,
      `  ${Object.values(paths).join('\n  ')}`,
      '',
      'The same by hand',
      `  ${byHand(argv)}`,
    ].join('\n'),
  });
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
      ...['--order', 'rows', '--prevalence', String(prevalence), '--seed', String(seed), '--out', out],
    ],
    runFlags: {
      ...paths,
      ...DEFAULT_TARGETS,
      prevalence,
      order: 'rows',
      seed,
      out,
    },
  } as const;
};
