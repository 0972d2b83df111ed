import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import * as Decode from '../decode/index.js';
import type { DataFailure, InvalidInput, IoFailure } from '../domain/errors.js';
import type { GoldSet } from '../domain/gold.js';
import { present } from '../domain/present.js';
import { fromText, type Inputs, type Policy, type Provenance } from '../policy/index.js';
import * as Votes from '../stages/votes/index.js';
import type { GoldFlags, InputFlags } from './flags.js';
import { progress } from './progress.js';
import { type ScoresFrom, scoresFrom } from './scoreProvenance.js';
import { badFlags } from './verb.js';

/** Decisions or scores that are there already. */
export const loadDecisions = (
  path: string,
  options: { readonly wanted: 'decisions' | 'values'; readonly column?: string | undefined },
): TE.TaskEither<DataFailure, Loaded<Decode.DecisionTable>> =>
  read(path, options.wanted, (source) =>
    Decode.decisions(
      source,
      present({
        wanted: options.wanted,
        columns: options.column === undefined ? undefined : { logOdds: options.column },
      }),
    ),
  );

/** The wanted columns of a table of stacks, one division each. */
export const loadStrata = (
  path: string | undefined,
  by: readonly string[],
): TE.TaskEither<DataFailure, Loaded<readonly Decode.Strata[]>> => {
  if (path === undefined) {
    return by.length === 0
      ? TE.right({ data: [], inputs: [] })
      : TE.left(
          badFlags({
            found: `--by or --cluster ${by.join(',')} without --strata`,
            expected: 'a table of stacks with these columns',
            fix: 'Name it: --strata strata.csv. It may be any CSV with one row per stack.',
          }),
        );
  }
  return pipe(
    read(path, 'strata', (source) => Decode.stacks(source)),
    TE.chain(({ data, inputs }): TE.TaskEither<DataFailure, Loaded<readonly Decode.Strata[]>> => {
      const found: Decode.Strata[] = [];
      for (const name of by) {
        const one = Decode.strata(data, name, path);
        if (E.isLeft(one)) return TE.left(one.left);
        found.push(one.right);
      }
      return TE.right({ data: found, inputs });
    }),
  );
};

type HashedInputs = Provenance['inputs'];

/** What was read, with the hash of every file it came from. */
export interface Loaded<Data> {
  readonly data: Data;
  readonly inputs: HashedInputs;
}

/** Votes and scores, and what made the scores. */
export interface GivenBatch extends Inputs {
  readonly scoresFrom?: ScoresFrom;
}

/**
 * Votes and scores as the flags name them; one of the two is enough.
 *
 * @param policy - the one that will judge them: a vote counts as it did when that was fitted
 * @param mayBeEmpty - whether there may be a file of votes without a vote
 */
export const loadBatch = (
  flags: InputFlags,
  policy?: Pick<Policy, 'duplicates'>,
  { mayBeEmpty = false }: { readonly mayBeEmpty?: boolean } = {},
): TE.TaskEither<DataFailure, Loaded<GivenBatch>> => {
  const duplicates = flags.duplicates ?? policy?.duplicates ?? 'first';
  if (flags.votes === undefined && flags.scores === undefined) {
    return TE.left(
      badFlags({
        found: 'neither --votes nor --scores',
        expected: 'votes, scores, or both',
        fix: 'Name at least one of the two files.',
      }),
    );
  }
  const columns = flags.scoreColumn === undefined ? {} : { columns: { score: flags.scoreColumn } };
  return pipe(
    TE.Do,
    TE.bind('votes', () =>
      flags.votes === undefined
        ? TE.right(EMPTY)
        : read(flags.votes, 'votes', (source, onBytes) => Decode.votes(source, { duplicates, mayBeEmpty, onBytes })),
    ),
    TE.bind('scores', () =>
      flags.scores === undefined
        ? TE.right(undefined)
        : read(flags.scores, 'scores', (source) => Decode.scores(source, columns)),
    ),
    TE.bind('from', ({ scores }) =>
      TE.fromTask(async () =>
        flags.scores === undefined || scores === undefined
          ? undefined
          : scoresFrom(flags.scores, scores.inputs[0].sha256),
      ),
    ),
    TE.map(({ votes, scores, from }) => ({
      data: present({ votes: votes.data, scores: scores === undefined ? undefined : scores.data, scoresFrom: from }),
      inputs: [...votes.inputs, ...(scores?.inputs ?? []), ...(from?.inputs ?? [])],
    })),
  );
};

export const loadGold = (flags: GoldFlags): TE.TaskEither<DataFailure, Loaded<GoldSet>> =>
  read(flags.gold, 'gold', (source) =>
    Decode.gold(source, present({ chosen: flags.goldChosen, where: flags.goldWhere })),
  );

export const loadPolicy = (path: string): TE.TaskEither<InvalidInput | IoFailure, Policy> =>
  pipe(
    TE.tryCatch(
      () => readFile(path, 'utf8'),
      (cause): IoFailure => ({ _tag: 'IoFailure', path, doing: 'read', cause }),
    ),
    TE.chainEitherKW((text) => fromText(path)(text)),
  );

const EMPTY: Loaded<Votes.VoteTable> = { data: Votes.EMPTY, inputs: [] };

/** Reads one file, with the hash of what was read. */
export const read = <Data>(
  path: string,
  label: string,
  decode: (source: Decode.Source, onBytes: (bytes: number) => void) => TE.TaskEither<DataFailure, Data>,
): TE.TaskEither<DataFailure, Loaded<Data>> =>
  pipe(
    TE.tryCatch(
      () => hashed(path),
      (cause): DataFailure => ({ _tag: 'IoFailure', path, doing: 'read', cause }),
    ),
    TE.chain(({ sha256, bytes }) => {
      const shown = progress(`reading ${label}`, bytes);
      return pipe(
        decode(Decode.fromFile(path), shown.to),
        TE.map((data) => {
          shown.end();
          return { data, inputs: [{ name: basename(path), sha256 }] };
        }),
        TE.mapLeft((failure) => {
          shown.end();
          return failure;
        }),
      );
    }),
  );

const hashed = async (path: string): Promise<{ readonly sha256: string; readonly bytes: number }> => {
  const { size } = await stat(path);
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return { sha256: hash.digest('hex'), bytes: size };
};
