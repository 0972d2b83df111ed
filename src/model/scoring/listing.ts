import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, extname, isAbsolute, join, relative, resolve } from 'node:path';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { fromFile, fromText, type Source } from '../../decode/index.js';
import { decodeStackList, type ListedPath } from '../../decode/tables/stackList.js';
import type { InvalidInput, IoFailure } from '../../domain/errors.js';
import { naturalOrder } from '../../kernel/ids/naturalOrder.js';

/** Patterns for file names: `*` and `?` within one folder, `**` for any number of folders. Hidden names are left out. */

/** Whether a name on the command line is meant as a pattern. */
export const isPattern = (input: string): boolean => /[*?]/.test(input);

/** A pattern taken apart: the folder where the search starts, and what the path below it must look like. */
export interface Glob {
  readonly folder: string;
  readonly matches: (below: string) => boolean;
  /** Folders below the first; infinite with `**`. */
  readonly depth: number;
}

const literal = (text: string): string => text.replace(/[.+^${}()|[\]\\]/g, '\\$&');

const segmentSource = (segment: string): string =>
  `(?!\\.)${literal(segment).replaceAll('*', '[^/]*').replaceAll('?', '[^/]')}`;

/** @param pattern - with `/` between folders; `**` may stand for no folder at all */
export const glob = (pattern: string): Glob => {
  const segments = pattern.split('/');
  const first = segments.findIndex(isPattern);
  const rest = segments.slice(first);
  const source = rest
    .map((segment, i) => {
      const isLast = i === rest.length - 1;
      if (segment === '**') return isLast ? '(?:(?!\\.)[^/]+/)*(?!\\.)[^/]+' : '(?:(?!\\.)[^/]+/)*';
      return isLast ? segmentSource(segment) : `${segmentSource(segment)}/`;
    })
    .join('');
  const whole = new RegExp(`^${source}$`);
  const folder = segments.slice(0, first).join('/');
  return {
    folder: first === 0 ? '.' : folder === '' ? '/' : folder,
    matches: (below) => whole.test(below),
    depth: rest.includes('**') ? Number.POSITIVE_INFINITY : rest.length - 1,
  };
};

/** A stack that is to be looked at. */
export interface Listed {
  readonly stackId: string;
  readonly path: string;
}

export interface ListingOptions {
  /** What a stack is called: its file's name (`100041.mp4`, as the challenge's tables have it), or that without its ending. */
  readonly ids?: 'name' | 'stem';
  /** Where relative paths inside lists start; by default the list's own folder. */
  readonly folder?: string;
  /** The text behind `-`. */
  readonly stdin?: () => Promise<string>;
}

/** Endings of files that hold image stacks. */
export const STACK_ENDINGS: readonly string[] = ['mp4', 'm4v', 'mov', 'avi', 'mkv', 'tif', 'tiff', 'npy'];

type Failure = InvalidInput | IoFailure;

const isStack = (name: string): boolean => STACK_ENDINGS.includes(extname(name).slice(1).toLowerCase());

/**
 * The stacks behind names on a command line, in an order that depends on nothing but their names.
 *
 * A folder stands for the stacks in it and below; a pattern (`clips/*.mp4`, `**`) for the stacks it matches; `.txt`, `.csv`
 * and `.ndjson` for the stacks they list; `-` for a list on standard input; anything else is a stack. Files of folders and
 * patterns come in natural order (`clip2` before `clip10`); lists follow, in the order they are written.
 *
 * @left InvalidInput when a name stands for nothing, or two files would be the same stack
 * @example
 * const stdin = async () => 'mouse/10.mp4\nmouse/2.mp4';
 * Errors.getOrThrow(await Model.listStacks({ stdin, ids: 'stem' })(['-'])())[0] // => { stackId: '10', path: 'mouse/10.mp4' }
 */
export const listStacks =
  (options: ListingOptions = {}) =>
  (inputs: readonly string[]): TE.TaskEither<Failure, readonly Listed[]> =>
    pipe(
      TE.traverseSeqArray(expand(options))(inputs),
      TE.chainW((parts) => {
        const found = parts.flatMap(({ paths }) => paths).sort(naturalOrder);
        const listed = parts.flatMap((part) => part.listed);
        return named([...found.map((path) => ({ path })), ...listed], options);
      }),
    );

interface Part {
  readonly paths: readonly string[];
  readonly listed: readonly ListedPath[];
}

const expand =
  (options: ListingOptions) =>
  (input: string): TE.TaskEither<Failure, Part> => {
    if (input === '-') {
      const text = options.stdin ?? (() => Promise.resolve(''));
      return pipe(
        TE.tryCatch(text, (cause): Failure => ({ _tag: 'IoFailure', path: 'standard input', doing: 'read', cause })),
        TE.chain((read) => lines('standard input', read, options.folder ?? '.')),
      );
    }
    return pipe(
      TE.fromTask<boolean | undefined, Failure>(() =>
        stat(input).then(
          (found) => found.isDirectory(),
          () => undefined,
        ),
      ),
      TE.chain((isFolder): TE.TaskEither<Failure, Part> => {
        if (isFolder === true) return below(input, { from: input, matches: isStack, depth: Number.POSITIVE_INFINITY });
        if (isFolder === undefined && isPattern(input)) {
          const { folder, matches, depth } = glob(input.replaceAll('\\', '/'));
          return below(input, { from: folder, matches: (path) => isStack(path) && matches(path), depth });
        }
        const folder = options.folder ?? dirname(input);
        if (/\.txt$/i.test(input)) return textList(input, folder);
        if (/\.(csv|ndjson)(\.gz)?$/i.test(input)) return table(fromFile(input), folder);
        return isFolder === undefined
          ? TE.left(nothing(input, 'no file or folder of this name', 'Check the spelling of the path.'))
          : TE.right({ paths: [input], listed: [] });
      }),
    );
  };

const nothing = (source: string, found: string, fix: string): InvalidInput => ({
  _tag: 'InvalidInput',
  source,
  total: 1,
  issues: [{ found, expected: `image stacks (${STACK_ENDINGS.map((ending) => `.${ending}`).join(', ')})`, fix }],
});

const below = (
  input: string,
  search: { readonly from: string; readonly matches: (below: string) => boolean; readonly depth: number },
): TE.TaskEither<Failure, Part> =>
  pipe(
    TE.tryCatch(
      async () => {
        const paths: string[] = [];
        const seen = new Set<string>();
        const walk = async (folder: string, depth: number): Promise<void> => {
          // A link back to a folder above would never end.
          const real = await realpath(folder);
          if (seen.has(real)) return;
          seen.add(real);
          for (const entry of await readdir(folder, { withFileTypes: true })) {
            if (entry.name.startsWith('.')) continue;
            const path = join(folder, entry.name);
            const kind = entry.isSymbolicLink() ? await stat(path).catch(() => entry) : entry;
            if (kind.isDirectory()) {
              if (depth > 0) await walk(path, depth - 1);
              // A link that leads nowhere, perhaps because its disk is away, fails by itself, with its name.
            } else if (
              (kind.isFile() || kind.isSymbolicLink()) &&
              search.matches(relative(search.from, path).replaceAll('\\', '/'))
            ) {
              paths.push(path);
            }
          }
        };
        await walk(search.from, search.depth);
        return paths;
      },
      (cause): Failure => ({ _tag: 'IoFailure', path: search.from, doing: 'read', cause }),
    ),
    TE.chain((paths): TE.TaskEither<Failure, Part> => {
      if (paths.length > 0) return TE.right({ paths, listed: [] });
      return TE.left(
        isPattern(input)
          ? nothing(input, 'nothing that fits the pattern', 'Check the pattern; `**` stands for any folders.')
          : nothing(input, 'none in this folder or below', 'Name the folder that holds the files.'),
      );
    }),
  );

const textList =
  (path: string, folder: string): TE.TaskEither<Failure, Part> =>
  async () => {
    let text = '';
    try {
      const decoder = new TextDecoder();
      for await (const chunk of fromFile(path).bytes) text += decoder.decode(chunk, { stream: true });
    } catch (cause) {
      const failure: IoFailure = { _tag: 'IoFailure', path, doing: 'read', cause };
      return TE.left(failure)();
    }
    return lines(path, text, folder)();
  };

/** A path per line, or a table with a header where the first line looks like one. */
const lines = (name: string, text: string, folder: string): TE.TaskEither<Failure, Part> => {
  const rows = text.split(/\r\n|\n|\r/).flatMap((row) => (row.trim() === '' ? [] : [row.trim()]));
  if (rows.length === 0) return TE.left(nothing(name, 'an empty list', 'Write one path per line.'));
  const isTable = /^\{/.test(rows[0]) || (rows[0].includes(',') && !isStack(rows[0]));
  if (isTable || /^(path|filename|file|stack|stackid)$/i.test(rows[0])) return table(fromText(name, text), folder);
  return TE.right({
    paths: [],
    listed: placed(
      rows.map((path) => ({ path })),
      folder,
    ),
  });
};

const table = (source: Source, folder: string): TE.TaskEither<Failure, Part> =>
  pipe(
    () => decodeStackList(source),
    TE.map((rows) => ({ paths: [], listed: placed(rows, folder) })),
  );

const placed = (rows: readonly ListedPath[], folder: string): readonly ListedPath[] =>
  rows.map((row) => (isAbsolute(row.path) ? row : { ...row, path: join(folder, row.path) }));

/** Paths get ids; a file named twice counts once, two files of one id are an error. */
const named = (
  rows: readonly ListedPath[],
  { ids = 'name' }: ListingOptions,
): TE.TaskEither<InvalidInput, readonly Listed[]> => {
  const pathOf = new Map<string, string>();
  const stacks: Listed[] = [];
  const twice: { readonly stackId: string; readonly first: string; readonly second: string }[] = [];
  for (const { path, stackId: given } of rows) {
    const stackId = given ?? basename(path, ids === 'stem' ? extname(path) : '');
    const before = pathOf.get(stackId);
    if (before === undefined) {
      pathOf.set(stackId, path);
      stacks.push({ stackId, path });
    } else if (resolve(before) !== resolve(path)) {
      twice.push({ stackId, first: before, second: path });
    }
  }
  return twice.length === 0
    ? TE.right(stacks)
    : TE.left({
        _tag: 'InvalidInput',
        source: 'the stacks',
        total: twice.length,
        issues: twice.slice(0, ISSUES).map(({ stackId, first, second }) => ({
          field: 'stackId',
          found: `${first} and ${second}, which both would be ${JSON.stringify(stackId)}`,
          expected: 'one file per stack id',
          fix: 'Rename one of them, score the folders apart, or give a list with columns path and stackId.',
        })),
      });
};

/** As many as any failure tells. */
const ISSUES = 5;
