import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { readDocument } from '../../decode/json/index.js';
import type { InvalidInput } from '../../domain/errors.js';
import { present } from '../../domain/present.js';

/** The pipeline and models that made a table of scores, as `tandem score` writes them beside the table. */
export interface ScoreOrigin {
  /** SHA-256 of the table; `null` when no stack had a score. */
  readonly sha256: string | null;
  readonly pipeline: { readonly name: string; readonly hash: string };
  /** One per role and file; resumed runs have the same models. */
  readonly models: readonly ScoringModel[];
  /** Hash of the early stop; absent when all models were asked in full. */
  readonly stop?: string;
}

export interface ScoringModel {
  readonly role: string;
  readonly output: string;
  readonly sha256: string;
  /** Files beside the model that hold its weights. */
  readonly weights?: readonly { readonly file: string; readonly sha256: string }[];
}

const Weights = t.array(t.type({ file: t.string, sha256: t.string }), 'a list of weight files');
const Model = t.intersection([
  t.type({ role: t.string, output: t.string, sha256: t.string }),
  t.partial({ weights: Weights }),
]);
const Document = t.type(
  {
    schema: t.literal('tandem-scores/1'),
    sha256: t.union([t.string, t.null], 'a SHA-256'),
    pipeline: t.type({ name: t.string, hash: t.string }, 'a pipeline'),
    sessions: t.array(
      t.intersection([t.type({ models: t.array(Model, 'a list of models') }), t.partial({ stop: t.string })]),
      'a list of sessions',
    ),
  },
  'what made scores',
);

const FIX = 'Score again with `tandem score`.';
const KIND = {
  name: 'what made scores',
  schema: 'tandem-scores/1',
  codec: Document,
  origin: FIX,
  fix: FIX,
};

/**
 * Reads `scores.csv.json`, which `tandem score` writes beside `scores.csv`.
 *
 * @param source - what to call the document in errors
 * @param text - JSON
 */
export const decodeScoreOrigin = (source: string, text: string): E.Either<InvalidInput, ScoreOrigin> => {
  const read = readDocument(KIND)(source, text);
  if (E.isLeft(read)) return read;
  const { sha256, pipeline, sessions } = read.right.document;
  const models = new Map<string, ScoringModel>();
  for (const model of sessions.flatMap((session) => session.models)) {
    const { role, output, weights } = model;
    models.set(
      JSON.stringify([role, output, model.sha256]),
      present({ ...{ role, output, sha256: model.sha256 }, weights }),
    );
  }
  const stop = sessions.find((session) => session.stop !== undefined)?.stop;
  return E.right(present({ sha256, pipeline, models: [...models.values()], stop }));
};
