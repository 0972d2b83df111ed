import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import * as Decode from '../decode/index.js';
import type { DataFailure, InvalidInput, IoFailure } from '../domain/errors.js';
import type { GoldSet } from '../domain/gold.js';
import { EMPTY } from '../domain/voteTable.js';
import { fromText, type Inputs, type Policy, type Provenance } from '../policy/index.js';
import type { GoldFlags, InputFlags } from './flags.js';
import { progress } from './progress.js';
import { type ScoresFrom, scoresFrom } from './scoreProvenance.js';
import { badFlags } from './verb.js';

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

type Loading<Data> = Promise<E.Either<DataFailure, Loaded<Data>>>;

/** For a flag that was not given. */
const NOTHING: E.Either<never, Loaded<undefined>> = E.right({ data: undefined, inputs: [] });

/** Decisions of an earlier run, or any table of scores. */
export const loadDecisions = (
  path: string,
  { wanted, column }: { readonly wanted: 'decisions' | 'values'; readonly column?: string | undefined },
): Loading<Decode.DecisionTable> => {
  const columns = column === undefined ? undefined : { logOdds: column };
  return read(path, wanted, Decode.decisions({ wanted, columns }));
};

/** The wanted columns of a table of stacks, one division each. */
export const loadStrata = async (
  path: string | undefined,
  by: readonly string[],
): Loading<readonly Decode.Strata[]> => {
  if (path === undefined) {
    if (by.length === 0) return E.right({ data: [], inputs: [] });
    return E.left(
      badFlags({
        found: `--by or --cluster ${by.join(',')} without --strata`,
        expected: 'a table of stacks with these columns',
        fix: 'Name it: --strata strata.csv. It may be any CSV with one row per stack.',
      }),
    );
  }
  const table = await read(path, 'strata', Decode.stacks);
  if (E.isLeft(table)) return table;
  const data: Decode.Strata[] = [];
  for (const name of by) {
    const strata = Decode.strata({ by: name, source: path })(table.right.data);
    if (E.isLeft(strata)) return strata;
    data.push(strata.right);
  }
  return E.right({ data, inputs: table.right.inputs });
};

/**
 * Votes and scores as the flags name them; one of the two is enough.
 *
 * @param policy - the policy that judges them: duplicate votes are treated as when it was fitted
 * @param mayBeEmpty - whether the file of votes may have no votes
 */
export const loadBatch = async (
  flags: InputFlags,
  policy?: Pick<Policy, 'duplicates'>,
  { mayBeEmpty = false }: { readonly mayBeEmpty?: boolean } = {},
): Loading<GivenBatch> => {
  const duplicates = flags.duplicates ?? policy?.duplicates ?? 'first';
  if (flags.votes === undefined && flags.scores === undefined) {
    return E.left(
      badFlags({
        found: 'neither --votes nor --scores',
        expected: 'votes, scores, or both',
        fix: 'Name at least one of the two files.',
      }),
    );
  }
  const votes =
    flags.votes === undefined
      ? E.right({ data: EMPTY, inputs: [] })
      : await read(flags.votes, 'votes', (source, onBytes) =>
          Decode.votes({ duplicates, mayBeEmpty, onBytes, columns: voteColumns(flags), order: flags.order })(source),
        );
  if (E.isLeft(votes)) return votes;
  if (flags.scores === undefined) return E.right({ ...votes.right, data: { votes: votes.right.data } });
  const columns = flags.scoreColumn === undefined ? undefined : { score: flags.scoreColumn };
  const scores = await read(flags.scores, 'scores', Decode.scores({ columns }));
  if (E.isLeft(scores)) return scores;
  const from = await scoresFrom(flags.scores, scores.right.inputs[0].sha256);
  return E.right({
    data: { votes: votes.right.data, scores: scores.right.data, scoresFrom: from },
    inputs: [...votes.right.inputs, ...scores.right.inputs, ...from.inputs],
  });
};

const voteColumns = ({ timeColumn }: InputFlags): Decode.Columns | undefined =>
  timeColumn === undefined ? undefined : { time: timeColumn };

/** Gold as the flags name it. */
export const loadGold = ({ gold, goldChosen, goldWhere }: GoldFlags): Loading<GoldSet> =>
  read(gold, 'gold', Decode.gold({ chosen: goldChosen, where: goldWhere }));

/** Gold, where the verb also works without it. */
export const loadGoldIfAny = async (flags: Partial<GoldFlags>): Loading<GoldSet | undefined> =>
  flags.gold === undefined ? NOTHING : loadGold({ ...flags, gold: flags.gold });

export const loadPolicy = async (path: string): Promise<E.Either<InvalidInput | IoFailure, Policy>> => {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    return E.left({ _tag: 'IoFailure', path, doing: 'read', cause });
  }
  return fromText(path)(text);
};

/** A policy, where the verb also works without one. */
export const loadPolicyIfAny = async (
  path: string | undefined,
): Promise<E.Either<InvalidInput | IoFailure, Policy | undefined>> =>
  path === undefined ? E.right(undefined) : loadPolicy(path);

/** Reads one file, with the hash of what was read. */
const read = async <Data>(
  path: string,
  label: string,
  decode: (source: Decode.Source, onBytes: (bytes: number) => void) => Promise<E.Either<DataFailure, Data>>,
): Loading<Data> => {
  let file: { readonly sha256: string; readonly bytes: number };
  try {
    file = await hashed(path);
  } catch (cause) {
    return E.left({ _tag: 'IoFailure', path, doing: 'read', cause });
  }
  const shown = progress(`reading ${label}`, file.bytes);
  const data = await decode(Decode.fromFile(path), shown.to);
  shown.end();
  if (E.isLeft(data)) return data;
  return E.right({ data: data.right, inputs: [{ name: basename(path), sha256: file.sha256 }] });
};

const hashed = async (path: string): Promise<{ readonly sha256: string; readonly bytes: number }> => {
  const { size } = await stat(path);
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return { sha256: hash.digest('hex'), bytes: size };
};
