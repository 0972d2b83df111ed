import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
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
import type { Summary } from '../../study/index.js';
import { loadBatch, loadPolicy } from '../inputs.js';
import { asData } from '../modelFiles.js';
import { progress } from '../progress.js';
import type { Verb } from '../verb.js';
import { runVerb } from '../verbs/run.js';
import { type ScoreFlags, scoreVerb } from '../verbs/score.js';
import { type BriefWork, briefText } from './brief.js';
import { type Filmed, film } from './films.js';
import { byHand, type DemoFlags, steps } from './flags.js';
import { FILMED_PREVALENCE, type Laboratory, laboratory } from './laboratory.js';
import { type DemoStack, type DemoStep, demoIntroduction, demoStacksText, stepsText } from './texts.js';
import { runOn } from './withoutFilms.js';

/** The result of scoring for one stack. */
export type FilmScore =
  | { readonly _tag: 'Scored'; readonly score: number }
  | { readonly _tag: 'Failed'; readonly tag: string; readonly reason: string };

/** The last result of each stack in a journal of `tandem score`. */
const filmScores = async (journal: string): Promise<E.Either<IoFailure, ReadonlyMap<string, FilmScore>>> => {
  let text: string;
  try {
    text = await readFile(journal, 'utf8');
  } catch (cause) {
    return E.left({ _tag: 'IoFailure', path: journal, doing: 'read', cause });
  }
  const results = new Map<string, FilmScore>();
  for (const row of text.split('\n')) {
    const line: unknown = row === '' ? undefined : JSON.parse(row);
    if (!isLine(line)) continue;
    if (line.found !== undefined) results.set(line.stackId, { _tag: 'Scored', score: line.found.score });
    if (line.failed !== undefined) results.set(line.stackId, { _tag: 'Failed', ...line.failed });
  }
  return E.right(results);
};

interface Line {
  readonly stackId: string;
  readonly found?: { readonly score: number };
  readonly failed?: { readonly tag: string; readonly reason: string };
}

const isLine = (line: unknown): line is Line => typeof line === 'object' && line !== null && 'stackId' in line;

/**
 * The demo from pixels to report: films new stacks, scores them as `tandem score` does, combines votes and scores as
 * `tandem run` does, and shows the result for each stack.
 */
export const withFilms = async (flags: DemoFlags): Verb => {
  const lab = laboratory(flags);
  const folder = join(flags.out, 'stacks');
  const scored = runFilesOf(join(flags.out, 'new-scores.csv'));
  const scoreArgv = ['score', folder, '--preset', 'embedded', '--out', scored.out];
  const { paths, argv, runFlags } = runOn(flags, FILMED_PREVALENCE);
  const step = steps(3);

  step.begin(`Filming ${some(lab.stacks.length, 'stack')} of 512 × 384 as mp4`);
  const films = await filmed(lab, flags, folder);
  if (E.isLeft(films)) return films;
  const filmSeconds = step.end();

  step.begin('Outline, tensor, ONNX model, score');
  const fresh = films.right.replaced ? true : undefined;
  const scores = await scoreVerb([folder], present({ ...SCORE, out: scored.out, fresh }), scoreArgv);
  if (E.isLeft(scores)) return scores;
  const scoreSeconds = step.end();

  const results = await filmScores(scored.journal);
  if (E.isLeft(results)) return results;
  const gold = await goldScores();
  if (E.isLeft(gold)) return gold;
  const tables = { votes: lab.votes, gold: lab.gold, scores: scoreRows(gold.right, lab, results.right) };
  for (const name of ['votes', 'gold', 'scores'] as const) {
    const written = await writeAtomically(paths[name], tables[name]);
    if (E.isLeft(written)) return written;
  }

  step.begin('Votes, fused decision, report');
  const ran = await runVerb(runFlags, argv);
  if (E.isLeft(ran)) return ran;
  const runSeconds = step.end();

  const policy = await loadPolicy(join(flags.out, 'policy.json'));
  if (E.isLeft(policy)) return policy;
  const batch = await loadBatch(paths, policy.right);
  if (E.isLeft(batch)) return batch;
  const decisions = Policy.decide(policy.right)(batch.right.data);
  const stacks = stacksOf(lab, results.right, decisions);
  const list = stepsOf({ films: films.right, stacks, folder, seconds: [filmSeconds, scoreSeconds, runSeconds] });
  const failed = stacks.some(({ failure }) => failure !== undefined);
  const inputs = [...Object.values(paths), scored.out, ...(failed ? [scored.failures] : [])];
  const { verdict, targets } = ran.right.json as Summary;
  return E.right({
    text: [
      briefText({ ...workOn(lab, decisions), verdict, targets, name: 'new simulated stacks', out: flags.out }),
      '',
      demoIntroduction({ stacks: stacks.length, prevalence: FILMED_PREVALENCE, gold: lab.goldStacks }),
      '',
      stepsText(list),
      '',
      demoStacksText(stacks),
      '',
      ran.right.text,
      `  ${inputs.join('\n  ')}`,
      '',
      'The same by hand (scores.csv is new-scores.csv and the scores of the gold, which come with the package)',
      `  ${byHand(scoreArgv)}`,
      `  ${byHand(argv)}`,
    ].join('\n'),
    json: { ...(ran.right.json as object), demo: { steps: list, stacks, inputs } },
    exitCode: ran.right.exitCode,
  });
};

/** The default flags of `tandem score`. */
const SCORE: ScoreFlags = { preset: 'embedded', decoder: 'auto', ids: 'name' };

const filmed = async (lab: Laboratory, { seed }: DemoFlags, folder: string): Promise<E.Either<DataFailure, Filmed>> => {
  const shown = progress('filming', lab.stacks.length, { isLogged: true });
  const films = await film(lab.stacks, { folder, seed, onProgress: shown.to });
  shown.end();
  return E.mapLeft(asData)(films);
};

/** The embedded model's scores of the gold, from the package. */
const goldScores = (): Promise<E.Either<DataFailure, Scores>> =>
  Decode.scores()(Decode.fromFile(join(dirname(embeddedModel().models[0].path), 'gold-scores.csv')));

/** Scores of gold and new stacks in one table; a stack that failed has no row. */
function* scoreRows(gold: Scores, lab: Laboratory, results: ReadonlyMap<string, FilmScore>): Generator<string> {
  yield csvRow(['stackId', 'score']);
  for (const [i, stackId] of gold.stackIds.entries()) yield csvRow([stackId, String(gold.score[i])]);
  for (const { stackId } of lab.stacks) {
    const result = results.get(stackId);
    if (result?._tag === 'Scored') yield csvRow([stackId, String(result.score)]);
  }
}

const stacksOf = (
  lab: Laboratory,
  results: ReadonlyMap<string, FilmScore>,
  { posterior, routing }: Policy.Decisions,
): readonly DemoStack[] => {
  const rows = new Map(posterior.stackIds.map((stackId, row) => [stackId, row]));
  return lab.stacks.map(({ stackId, truth, votes }) => {
    const result = results.get(stackId);
    const row = rows.get(stackId);
    return present({
      ...{ stackId, truth, votes },
      score: result?._tag === 'Scored' ? result.score : undefined,
      failure: result?._tag === 'Failed' ? { tag: result.tag, reason: result.reason } : undefined,
      decided:
        row === undefined
          ? undefined
          : { posterior: logistic(posterior.logOdds[row]), decision: decisionOf(routing[row]) },
    });
  });
};

/** What happened to the new stacks, and what they still need. */
const workOn = (lab: Laboratory, { posterior, routing, stops }: Policy.Decisions): BriefWork => {
  const isNew = new Set(lab.stacks.map(({ stackId }) => stackId));
  const routings = routing.filter((_, row) => isNew.has(posterior.stackIds[row]));
  const count = (decision: string): number => routings.filter((one) => decisionOf(one) === decision).length;
  return {
    stacks: lab.stacks.length,
    retiredStalled: count('stalled'),
    retiredFlowing: count('flowing'),
    askCrowd: count('ask crowd'),
    askExpert: count('ask expert'),
    votes: lab.stacks.reduce((sum, { votes }) => sum + votes.all, 0),
    votesCounted: stops.votes.reduce((sum, votes, row) => sum + (isNew.has(posterior.stackIds[row]) ? votes : 0), 0),
    votesWanted: routings.reduce((sum, one) => sum + (one._tag === 'AskCrowd' ? one.votesWanted : 0), 0),
  };
};

const stepsOf = ({
  films: { before, bytes },
  stacks,
  folder,
  seconds: [filmSeconds, scoreSeconds, runSeconds],
}: {
  readonly films: Filmed;
  readonly stacks: readonly DemoStack[];
  readonly folder: string;
  readonly seconds: readonly [number, number, number];
}): readonly DemoStep[] => {
  const made = stacks.length - before;
  const how = [
    ...(made > 0 ? [`${some(made, 'film')}, ${Math.round(bytes / 1e6)} MB`] : []),
    ...(before > 0 ? [`${some(before, 'film')} of an earlier demo`] : []),
  ];
  const scored = stacks.filter((stack) => stack.score !== undefined).length;
  const votes = stacks.reduce((sum, stack) => sum + stack.votes.all, 0);
  return [
    { what: 'simulated mp4 stacks', how: `${how.join(' and ')}, in ${folder}`, seconds: filmSeconds },
    {
      what: 'outline → tensor → ONNX → score',
      how: `${countText(scored)} scored by five folds in eight orientations, ${countText(stacks.length - scored)} unscored`,
      seconds: scoreSeconds,
    },
    {
      what: 'votes → fused decision → report',
      how: `${countText(votes)} votes on new stacks; the report below is about gold and new stacks together`,
      seconds: runSeconds,
    },
  ];
};
