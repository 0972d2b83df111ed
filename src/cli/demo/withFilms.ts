import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import * as Decode from '../../decode/index.js';
import type { DataFailure, IoFailure } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import { decisionOf } from '../../domain/routing.js';
import type { Scores } from '../../domain/scores.js';
import { logistic } from '../../kernel/special/logit.js';
import { embeddedModel } from '../../model/inference/embedded.js';
import { runFilesOf } from '../../model/scoring/write.js';
import { csvRow } from '../../output/csvRow.js';
import { writeAtomically } from '../../output/files.js';
import { countText, some } from '../../output/format.js';
import * as Policy from '../../policy/index.js';
import { type DemoStack, type DemoStep, demoIntroduction, demoStacksText, stepsText } from '../../report/text/demo.js';
import { loadBatch, loadPolicy } from '../inputs.js';
import { asData } from '../modelFiles.js';
import { progress } from '../progress.js';
import type { Done, Verb } from '../verb.js';
import { runVerb } from '../verbs/run.js';
import { type ScoreFlags, scoreVerb } from '../verbs/score.js';
import { type Filmed, film } from './films.js';
import { byHand, type DemoFlags, steps } from './flags.js';
import { FILMED_PREVALENCE, type Laboratory, laboratory } from './laboratory.js';
import { runOn } from './withoutFilms.js';

/** What scoring came to for one stack. */
export type FilmScore =
  | { readonly _tag: 'Scored'; readonly score: number }
  | { readonly _tag: 'Failed'; readonly tag: string; readonly reason: string };

/** The last word of a journal of `tandem score` on each stack. */
export const filmScores = (journal: string): TE.TaskEither<IoFailure, ReadonlyMap<string, FilmScore>> =>
  TE.tryCatch(
    async () => {
      const found = new Map<string, FilmScore>();
      for (const text of (await readFile(journal, 'utf8')).split('\n')) {
        const line: unknown = text === '' ? undefined : JSON.parse(text);
        if (!isLine(line)) continue;
        if (line.found !== undefined) found.set(line.stackId, { _tag: 'Scored', score: line.found.score });
        if (line.failed !== undefined) found.set(line.stackId, { _tag: 'Failed', ...line.failed });
      }
      return found;
    },
    (cause): IoFailure => ({ _tag: 'IoFailure', path: journal, doing: 'read', cause }),
  );

interface Line {
  readonly stackId: string;
  readonly found?: { readonly score: number };
  readonly failed?: { readonly tag: string; readonly reason: string };
}

const isLine = (line: unknown): line is Line => typeof line === 'object' && line !== null && 'stackId' in line;

/**
 * The demo from pixels to report: films new stacks, scores them as `tandem score` does, puts votes and scores together as
 * `tandem run` does, and shows what became of each.
 */
export const withFilms = (flags: DemoFlags): Verb => {
  const lab = laboratory(flags);
  const folder = join(flags.out, 'stacks');
  const scored = runFilesOf(join(flags.out, 'new-scores.csv'));
  const scoreArgv = ['score', folder, '--preset', 'embedded', '--out', scored.out];
  const { paths, argv, runFlags } = runOn(flags, FILMED_PREVALENCE);
  const told = steps(3);
  const timed = <Is>(name: string, task: TE.TaskEither<DataFailure, Is>): TE.TaskEither<DataFailure, Timed<Is>> =>
    pipe(
      TE.fromIO(() => told.begin(name)),
      TE.chain(() => task),
      TE.map((is) => ({ is, seconds: told.end() })),
    );
  return pipe(
    TE.Do,
    TE.bind('films', () =>
      timed(`Filming ${some(lab.stacks.length, 'stack')} of 512 × 384 as mp4`, filmed(lab, flags, folder)),
    ),
    TE.bind('scores', ({ films }) =>
      timed('Outline, tensor, ONNX model, score', () =>
        scoreVerb(
          [folder],
          present({ ...SCORE, out: scored.out, fresh: films.is.replaced ? true : undefined }),
          scoreArgv,
        ),
      ),
    ),
    TE.bindW('found', () => filmScores(scored.journal)),
    TE.bindW('gold', goldScores),
    TE.chainFirstW(() => () => writeAtomically(paths.votes, lab.votes)),
    TE.chainFirstW(() => () => writeAtomically(paths.gold, lab.gold)),
    TE.chainFirstW(
      ({ gold, found }) =>
        () =>
          writeAtomically(paths.scores, scoreRows(gold, lab, found)),
    ),
    TE.bind('ran', () => timed('Votes, fused decision, report', () => runVerb(runFlags, argv))),
    TE.bindW('policy', () => () => loadPolicy(join(flags.out, 'policy.json'))),
    TE.bindW(
      'batch',
      ({ policy }) =>
        () =>
          loadBatch(paths, policy),
    ),
    TE.map(({ films, scores, found, ran, policy, batch }): Done => {
      const stacks = stacksOf(lab, found, Policy.decide(policy)(batch.data));
      const list = stepsOf({ films, scores, ran, stacks, folder });
      const failed = stacks.some(({ failure }) => failure !== undefined);
      const inputs = [...Object.values(paths), scored.out, ...(failed ? [scored.failures] : [])];
      return {
        text: [
          demoIntroduction({ stacks: stacks.length, prevalence: FILMED_PREVALENCE, gold: lab.goldStacks }),
          '',
          stepsText(list),
          '',
          demoStacksText(stacks),
          '',
          ran.is.text,
          `  ${inputs.join('\n  ')}`,
          '',
          'The same by hand (scores.csv is new-scores.csv and the scores of the gold, which come with the package)',
          `  ${byHand(scoreArgv)}`,
          `  ${byHand(argv)}`,
        ].join('\n'),
        json: { ...(ran.is.json as object), demo: { steps: list, stacks, inputs } },
        exitCode: ran.is.exitCode,
      };
    }),
  )();
};

interface Timed<Is> {
  readonly is: Is;
  readonly seconds: number;
}

/** What `tandem score` does unless told. */
const SCORE: ScoreFlags = { preset: 'embedded', decoder: 'auto', ids: 'name' };

const filmed = (lab: Laboratory, { seed }: DemoFlags, folder: string): TE.TaskEither<DataFailure, Filmed> => {
  const shown = progress('filming', lab.stacks.length);
  return pipe(
    film(lab.stacks, { folder, seed, onProgress: shown.to }),
    TE.bimap(
      (failure) => {
        shown.end();
        return asData(failure);
      },
      (done) => {
        shown.end();
        return done;
      },
    ),
  );
};

/** Scores of the gold by the embedded model, beside it. */
const goldScores = (): TE.TaskEither<DataFailure, Scores> => () =>
  Decode.scores()(Decode.fromFile(join(dirname(embeddedModel().file.path), 'gold-scores.csv')));

/** Gold and new stacks in one table; a stack that failed has no row. */
function* scoreRows(gold: Scores, lab: Laboratory, found: ReadonlyMap<string, FilmScore>): Generator<string> {
  yield csvRow(['stackId', 'score']);
  for (const [i, stackId] of gold.stackIds.entries()) yield csvRow([stackId, String(gold.score[i])]);
  for (const { stackId } of lab.stacks) {
    const outcome = found.get(stackId);
    if (outcome?._tag === 'Scored') yield csvRow([stackId, String(outcome.score)]);
  }
}

const stacksOf = (
  lab: Laboratory,
  found: ReadonlyMap<string, FilmScore>,
  { posterior, routing }: Policy.Decisions,
): readonly DemoStack[] => {
  const rows = new Map(posterior.stackIds.map((stackId, row) => [stackId, row]));
  return lab.stacks.map(({ stackId, truth, votes }) => {
    const outcome = found.get(stackId);
    const row = rows.get(stackId);
    return present({
      ...{ stackId, truth, votes },
      score: outcome?._tag === 'Scored' ? outcome.score : undefined,
      failure: outcome?._tag === 'Failed' ? { tag: outcome.tag, reason: outcome.reason } : undefined,
      decided:
        row === undefined
          ? undefined
          : { posterior: logistic(posterior.logOdds[row]), decision: decisionOf(routing[row]) },
    });
  });
};

const stepsOf = (done: {
  readonly films: Timed<Filmed>;
  readonly scores: Timed<Done>;
  readonly ran: Timed<Done>;
  readonly stacks: readonly DemoStack[];
  readonly folder: string;
}): readonly DemoStep[] => {
  const { films, scores, ran, stacks, folder } = done;
  const { before, bytes } = films.is;
  const made = stacks.length - before;
  const how = [
    ...(made > 0 ? [`${some(made, 'film')}, ${Math.round(bytes / 1e6)} MB`] : []),
    ...(before > 0 ? [`${some(before, 'film')} of an earlier demo`] : []),
  ];
  const scored = stacks.filter((stack) => stack.score !== undefined).length;
  const votes = stacks.reduce((sum, stack) => sum + stack.votes.all, 0);
  return [
    {
      what: 'simulated mp4 stacks',
      how: `${how.join(' and ')}, in ${folder}`,
      seconds: films.seconds,
    },
    {
      what: 'outline → tensor → ONNX → score',
      how: `${countText(scored)} scored by five folds in eight orientations, ${countText(stacks.length - scored)} unscored`,
      seconds: scores.seconds,
    },
    {
      what: 'votes → fused decision → report',
      how: `${countText(votes)} votes on new stacks; what follows is about gold and new stacks together`,
      seconds: ran.seconds,
    },
  ];
};
