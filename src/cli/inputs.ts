import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import * as Decode from '../decode/index.js';
import type { DataFailure, InvalidInput, IoFailure } from '../domain/errors.js';
import type { GoldSet } from '../domain/gold.js';
import { present } from '../domain/present.js';
import type { Scores } from '../domain/scores.js';
import { EMPTY, type VoteTable } from '../domain/voteTable.js';
import type { Noted } from '../output/dataNotes.js';
import { some } from '../output/format.js';
import { fromText, type Inputs, type Policy, type Provenance } from '../policy/index.js';
import type { GoldFlags, InputFlags, WordingFlags } from './flags.js';
import { progress } from './progress.js';
import { type ScoresFrom, scoresFrom } from './scoreProvenance.js';
import { badFlags, invalid } from './verb.js';

type HashedInputs = Provenance['inputs'];

/** What was read, with the hash of every file it came from. */
export interface Loaded<Data> {
  readonly data: Data;
  readonly inputs: HashedInputs;
}

/** Votes and scores, and what made the scores. */
export interface GivenBatch extends Inputs {
  readonly votes: Noted<VoteTable>;
  readonly scores?: Noted<Scores>;
  readonly scoresFrom?: ScoresFrom;
}

type Loading<Data> = Promise<E.Either<DataFailure, Loaded<Data>>>;

/** For a flag that was not given. */
const NOTHING: E.Either<never, Loaded<undefined>> = E.right({ data: undefined, inputs: [] });

/** Decisions of an earlier run, or any table of scores. */
export const loadDecisions = (
  path: string,
  {
    wanted,
    column,
    ids,
  }: {
    readonly wanted: 'decisions' | 'values';
    readonly column?: string | undefined;
    readonly ids?: readonly Decode.IdRule[] | undefined;
  },
): Loading<Decode.DecisionTable> => {
  const columns = column === undefined ? undefined : { logOdds: column };
  return read(path, wanted, Decode.decisions({ wanted, columns, ids }));
};

/** The wanted columns of a table of stacks, one division each. */
export const loadStrata = async (
  path: string | undefined,
  by: readonly string[],
  ids: readonly Decode.IdRule[] = [],
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
    const under = Decode.idUnder(ids);
    const { of } = strata.right;
    data.push(
      ids.length === 0 ? strata.right : { ...strata.right, of: new Map([...of].map(([id, one]) => [under(id), one])) },
    );
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
  const twice = twoMeanings(flags);
  if (twice !== undefined) return E.left(twice);
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
      : await read(
          flags.votes,
          'votes',
          (source, onBytes) => Decode.votes({ ...voteOptions(flags), duplicates, mayBeEmpty, onBytes })(source),
          readAs(flags),
        );
  if (E.isLeft(votes)) return votes;
  if (flags.scores === undefined) return E.right({ ...votes.right, data: { votes: votes.right.data } });
  const scores = await read(
    flags.scores,
    'scores',
    Decode.scores(scoreOptions(flags)),
    flags.votes === undefined ? readAs(flags) : {},
  );
  if (E.isLeft(scores)) return scores;
  const other = otherIds(
    flags.scores,
    { name: 'votes', stackIds: votes.right.data.stackIds },
    { name: 'scores', stackIds: scores.right.data.stackIds },
  );
  if (other !== undefined) return E.left(other);
  const from = await scoresFrom(flags.scores, scores.right.inputs[0].sha256);
  return E.right({
    data: { votes: votes.right.data, scores: scores.right.data, scoresFrom: from },
    inputs: [...votes.right.inputs, ...scores.right.inputs, ...from.inputs],
  });
};

const labelsOf = ({ positive, negative, abstain, unsure }: WordingFlags): Decode.LabelOptions => ({
  positive,
  negative,
  abstain,
  unsure,
});

/** What the flags say about the file of votes; without one, about that of scores. */
const readAs = ({ format, sheet }: InputFlags): Decode.ReadAs => present({ format, sheet });

const NOBODY = 'none';

const voteOptions = (flags: InputFlags): Decode.VoteOptions => ({
  columns: present({
    stackId: flags.stackColumn,
    annotatorId: flags.annotatorColumn === NOBODY ? '' : flags.annotatorColumn,
    label: flags.labelColumn,
    time: flags.timeColumn,
  }),
  order: flags.order,
  labels: labelsOf(flags),
  ids: flags.ids,
});

/** The column of stacks must be that of one file; other files may call it as usual. */
const scoreOptions = (flags: InputFlags): Decode.ScoreOptions => {
  const { votes, scoreColumn, stackColumn, ids } = flags;
  return {
    columns: present({ score: scoreColumn, stackId: votes === undefined ? stackColumn : undefined }),
    ids,
    stackColumn,
    labels: labelsOf(flags),
  };
};

/** Files that write the same stacks in two ways, so that most of them would count twice. */
export const otherIds = (path: string, first: Decode.NamedIds, second: Decode.NamedIds): InvalidInput | undefined => {
  const mismatch = Decode.idMismatch(first, second);
  if (mismatch === undefined || mismatch.n < mismatch.common) return undefined;
  const { n, example, rules } = mismatch;
  return invalid(path, {
    field: 'stackId',
    found: `${JSON.stringify(example[1])} where the ${first.name} have ${JSON.stringify(example[0])}, and so for ${some(n, 'stack')}`,
    expected: `the ids of the ${first.name}`,
    fix: `If these are the same stacks, add --ids ${rules.join(',')}; if they are different ones, rename one of each pair.`,
  });
};

/** Gold as the flags name it. */
export const loadGold = (flags: GoldFlags): Loading<Noted<GoldSet>> => {
  const { gold, goldChosen, goldWhere, goldLabelColumn, stackColumn, ids } = flags;
  const twice = twoMeanings(flags);
  if (twice !== undefined) return Promise.resolve(E.left(twice));
  return read(
    gold,
    'gold',
    Decode.gold({
      chosen: goldChosen,
      where: goldWhere,
      columns: present({ label: goldLabelColumn }),
      labels: labelsOf(flags),
      ids,
      stackColumn,
    }),
  );
};

/** One label under two flags. */
const twoMeanings = ({ positive = [], negative = [], abstain = [] }: WordingFlags): InvalidInput | undefined => {
  const all = [positive, negative, abstain].flatMap((list) => [...new Set(list.map((word) => word.toLowerCase()))]);
  const twice = all.find((word, i) => all.indexOf(word) !== i);
  return twice === undefined
    ? undefined
    : badFlags({
        found: `${JSON.stringify(twice)} under two of --positive, --negative and --abstain`,
        expected: 'one meaning for each label',
        fix: 'Leave it under one of them.',
      });
};

/** Gold, where the verb also works without it. */
export const loadGoldIfAny = async (flags: Partial<GoldFlags>): Loading<Noted<GoldSet> | undefined> =>
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

/** The text of a file that an earlier run may have written. Absent: there is none. */
export const textIfThere = async (path: string): Promise<E.Either<IoFailure, string | undefined>> => {
  try {
    return E.right(await readFile(path, 'utf8'));
  } catch (cause) {
    const isAbsent = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    return isAbsent ? E.right(undefined) : E.left({ _tag: 'IoFailure', path, doing: 'read', cause });
  }
};

/** Reads one file, or all files of a pattern, with the hash of each. `-` is standard input. */
const read = async <Data>(
  path: string,
  label: string,
  decode: (source: Decode.Source, onBytes: (bytes: number) => void) => Promise<E.Either<DataFailure, Data>>,
  as: Decode.ReadAs = {},
): Loading<Data> => {
  const source = await Decode.fromFiles(as)([path]);
  if (E.isLeft(source)) return source;
  const files: { readonly name: string; readonly sha256: string; readonly bytes: number }[] = [];
  for (const part of source.right.parts ?? [source.right]) {
    try {
      files.push(await hashed(part));
    } catch (cause) {
      return E.left({ _tag: 'IoFailure', path: part.name, doing: 'read', cause });
    }
  }
  const shown = progress(
    `reading ${label}`,
    files.reduce((sum, { bytes }) => sum + bytes, 0),
  );
  const data = await decode(source.right, shown.to);
  shown.end();
  if (E.isLeft(data)) return data;
  return E.right({ data: data.right, inputs: files.map(({ name, sha256 }) => ({ name: basename(name), sha256 })) });
};

const hashed = async (source: Decode.Source) => {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of source.bytes) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { name: source.name, sha256: hash.digest('hex'), bytes };
};
