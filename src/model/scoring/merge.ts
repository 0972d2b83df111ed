import { dirname, relative, resolve, sep } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { InvalidInput, IoFailure, Issue } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import { naturalOrder } from '../../kernel/ids/naturalOrder.js';
import { writeAtomically } from '../../output/files.js';
import { differingKeys, type JournalHeader, readJournal } from './journal.js';
import { isLine, type Line } from './ledger.js';
import type { ListedStack } from './listing.js';
import { isSession, type RunResult } from './run.js';
import type { Shard } from './shard.js';

/** Journals of parts of a run, and where they come together. */
export interface MergeJournals {
  /** One or more, in any order; a stack may be in several of them. */
  readonly journals: readonly string[];
  /** Where the journal of the whole is written. */
  readonly journal: string;
  /** The stacks that there should be, in their order. Absent: all that there are, in natural order of their paths. */
  readonly stacks?: readonly ListedStack[] | undefined;
}

/** What the parts come to. */
export interface MergedRun<Found> {
  readonly ran: RunResult<Found>;
  /** The kind, pipeline and models of the run. */
  readonly run: JournalHeader['run'];
  /** Stacks that are in several journals, with the same result in each. */
  readonly doubles: number;
  /** What is not there yet, in words; empty when all is. */
  readonly gaps: readonly string[];
}

interface Part {
  readonly path: string;
  readonly header: JournalHeader;
  readonly lines: ReadonlyMap<string, Line>;
  readonly sessions: readonly Readonly<Record<string, unknown>>[];
  readonly shard: { readonly shard: Shard; readonly stacks: number } | undefined;
}

/**
 * Joins the journals of several machines into that of one run, as if one machine had scored all stacks.
 *
 * Version, pipeline and models must be the same. The same stack with the same content must have the same result wherever it
 * was scored. A score wins over a failure.
 *
 * @left InvalidInput when the journals do not go together, naming the file, what differs and the first stacks in conflict
 */
export const mergeJournals = async <Found>({
  journals,
  journal,
  stacks,
}: MergeJournals): Promise<E.Either<InvalidInput | IoFailure, MergedRun<Found>>> => {
  const parts: Part[] = [];
  for (const path of journals) {
    const part = readPart(path);
    if (E.isLeft(part)) return part;
    const differing = parts.length === 0 ? [] : differingKeys(part.right.header.run, parts[0].header.run);
    if (differing.length > 0) return E.left(invalidAt(path, differing));
    parts.push(part.right);
  }
  const joined = joinedLines(parts, dirname(resolve(journal)));
  if (joined.conflicts.length > 0) return E.left(invalidAt('the journals', joined.conflicts));
  const { lines, doubles } = joined;
  const listed = stacks ?? listedIn(lines, dirname(resolve(journal)));
  const found = listed.flatMap((stack) => {
    const line = lines.get(stack.stackId);
    return line === undefined ? [] : [{ stack, line }];
  });
  const sessions = parts.flatMap((part) => part.sessions);
  const { header } = parts[0];
  const texts = [header, ...sessions.map((session) => ({ session })), ...found.map(({ line }) => line)];
  const written = await writeAtomically(journal, linesOf(texts));
  if (E.isLeft(written)) return written;
  const failed = found.filter(({ line }) => line.failed !== undefined).length;
  return E.right({
    run: header.run,
    doubles,
    gaps: gapsOf(parts, listed.length - found.length),
    ran: {
      ...{ status: 'finished', total: listed.length, scored: found.length - failed, failed, before: found.length },
      ...{ changed: 0, away: 0, unlisted: lines.size - found.length, sessions },
      results: function* () {
        for (const { stack, line } of found) {
          yield { stack, result: line.failed === undefined ? E.right(line.found as Found) : E.left(line.failed) };
        }
      },
      close: () => undefined,
    },
  });
};

const readPart = (path: string): E.Either<InvalidInput | IoFailure, Part> => {
  const lines = new Map<string, Line>();
  const sessions: Readonly<Record<string, unknown>>[] = [];
  let shard: Part['shard'];
  const header = readJournal(path, (line) => {
    if (isLine(line)) lines.set(line.stackId, line);
    else if (isSession(line)) sessions.push(line.session);
    else if (isShard(line)) shard = line;
  });
  return E.isLeft(header) ? header : E.right({ path, header: header.right, lines, sessions, shard });
};

const isShard = (line: unknown): line is NonNullable<Part['shard']> =>
  typeof line === 'object' && line !== null && 'shard' in line && 'stacks' in line;

function* linesOf(objects: readonly object[]): Generator<string> {
  for (const one of objects) yield `${JSON.stringify(one)}\n`;
}

/** One line for each stack, its path as seen from the new journal. */
const joinedLines = (parts: readonly Part[], folder: string) => {
  const lines = new Map<string, Line>();
  const from = new Map<string, string>();
  const conflicts: Issue[] = [];
  let doubles = 0;
  for (const { path, lines: own } of parts) {
    const place = (to: string): string =>
      relative(folder, resolve(dirname(resolve(path)), to))
        .split(sep)
        .join('/');
    for (const [stackId, line] of own) {
      const there = lines.get(stackId);
      if (there !== undefined && there.failed === undefined && line.failed === undefined) {
        const differs = contradiction(there, line);
        if (differs !== undefined) conflicts.push(conflict(stackId, differs, [from.get(stackId) ?? '', path]));
        doubles++;
      }
      if (there === undefined || (there.failed !== undefined && line.failed === undefined)) {
        from.set(stackId, path);
        lines.set(
          stackId,
          present({
            ...line,
            path: line.path === undefined ? undefined : place(line.path),
            real: line.real === undefined ? undefined : place(line.real),
          }),
        );
      }
    }
  }
  return { lines, doubles, conflicts };
};

/** What two results of one stack do not agree in. How long they took plays no part. */
const contradiction = (a: Line, b: Line): 'content' | 'result' | undefined => {
  if (a.sha256 !== undefined && b.sha256 !== undefined && a.sha256 !== b.sha256) return 'content';
  return resultOf(a.found) === resultOf(b.found) ? undefined : 'result';
};

const resultOf = (found: unknown): string =>
  JSON.stringify(found, (key, value: unknown) => (key === 'seconds' ? undefined : value));

const conflict = (stackId: string, differs: 'content' | 'result', [first, second]: readonly string[]): Issue => ({
  field: 'stackId',
  found: `${JSON.stringify(stackId)} with another ${differs} in ${first} and ${second}`,
  expected: 'one result for each stack',
  fix:
    differs === 'content'
      ? 'Two files have this name. Give one of them another name, or score the folders as two runs.'
      : 'Leave out the journal of the machine whose runtime differs, and score its stacks again elsewhere.',
});

const listedIn = (lines: ReadonlyMap<string, Line>, folder: string): readonly ListedStack[] =>
  [...lines.values()]
    .map(({ stackId, path }) => ({ stackId, path: relative('.', resolve(folder, path ?? stackId)) }))
    .sort((a, b) => naturalOrder(a.path, b.path));

/** What the journals say of themselves and do not hold. */
const gapsOf = (parts: readonly Part[], missing: number): readonly string[] => {
  const gaps: string[] = [];
  if (missing > 0) gaps.push(`${missing} listed ${missing === 1 ? 'stack has' : 'stacks have'} no result`);
  const shards = parts.flatMap(({ path, shard, lines }) => (shard === undefined ? [] : [{ path, lines, ...shard }]));
  for (const { path, shard, stacks, lines } of shards) {
    const open = stacks - lines.size;
    if (open > 0) {
      gaps.push(`shard ${shard.number}/${shard.of} in ${path} has ${lines.size} of ${stacks} stacks: start it again`);
    }
  }
  const of = shards[0]?.shard.of ?? 0;
  const there = new Set(shards.map(({ shard }) => shard.number));
  const absent = Array.from({ length: of }, (_, i) => i + 1).filter((number) => !there.has(number));
  if (absent.length > 0)
    gaps.push(`of ${of} shards ${absent.join(', ')} ${absent.length === 1 ? 'is' : 'are'} missing`);
  return gaps;
};

const invalidAt = (source: string, issues: readonly Issue[]): InvalidInput => ({
  _tag: 'InvalidInput',
  source,
  total: issues.length,
  issues: issues.slice(0, 5),
});
