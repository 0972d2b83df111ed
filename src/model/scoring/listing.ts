import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, extname, isAbsolute, join, relative, resolve } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { fromFile, fromText, type ListedPath, type Source, stackList } from '../../decode/index.js';
import type { InvalidInput, IoFailure } from '../../domain/errors.js';
import { naturalOrder } from '../../kernel/ids/naturalOrder.js';

/** Patterns for file names: `*` and `?` within one folder, `**` for any number of folders. Hidden names are left out. */

/** Whether a name on the command line is a pattern. */
const isPattern = (input: string): boolean => /[*?]/.test(input);

/** A parsed pattern: the folder where the search starts, and a test for paths below it. */
export interface Glob {
  readonly folder: string;
  readonly matches: (below: string) => boolean;
  /** How many folders deep the search goes; infinite with `**`. */
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

/** A stack to be scored. */
export interface ListedStack {
  readonly stackId: string;
  readonly path: string;
}

/** How image stacks are listed and named. */
export interface ListingOptions {
  /** The id of a stack: its file name (`100041.mp4`, as in the challenge's tables), or the name without its ending. */
  readonly ids?: 'name' | 'stem';
  /** Where relative paths inside lists start; by default the list's own folder. */
  readonly folder?: string;
  /** Reads the text for `-`. */
  readonly stdin?: () => Promise<string>;
}

/** Endings of files that hold image stacks. */
const STACK_ENDINGS: readonly string[] = ['mp4', 'm4v', 'mov', 'avi', 'mkv', 'webm', 'tif', 'tiff', 'npy'];

type Failure = InvalidInput | IoFailure;

const isStack = (name: string): boolean => STACK_ENDINGS.includes(extname(name).slice(1).toLowerCase());

/**
 * Lists the stacks behind names on a command line, in an order that depends on their names only.
 *
 * A folder stands for all stacks in it and below; a pattern (`clips/*.mp4`, `**`) for the stacks it matches; `.txt`, `.csv`
 * and `.ndjson` for the stacks they list; `-` for a list on standard input; anything else is a stack. Files of folders and
 * patterns come in natural order (`clip2` before `clip10`); lists follow, in the order they are written. What cannot be read –
 * a folder inside without permission, a link without a target, a pipe – is listed under its own name and fails there.
 *
 * @left InvalidInput when a name stands for nothing, or two files would be the same stack
 * @example
 * const stdin = async () => 'mouse/10.mp4\nmouse/2.mp4';
 * Errors.getOrThrow(await Model.listStacks({ stdin, ids: 'stem' })(['-']))[0] // => { stackId: '10', path: 'mouse/10.mp4' }
 */
export const listStacks =
  (options: ListingOptions = {}) =>
  async (inputs: readonly string[]): Promise<E.Either<Failure, readonly ListedStack[]>> => {
    const paths: string[] = [];
    const listed: ListedPath[] = [];
    for (const input of inputs) {
      const part = await expand(options, input);
      if (E.isLeft(part)) return part;
      if (part.right._tag === 'Files') paths.push(...part.right.paths);
      else listed.push(...part.right.rows);
    }
    return named([...paths.sort(naturalOrder).map((path) => ({ path })), ...listed], options);
  };

/** The stacks of one name: found by a search or a path, or the rows of a list. */
type Part =
  | { readonly _tag: 'Files'; readonly paths: readonly string[] }
  | { readonly _tag: 'List'; readonly rows: readonly ListedPath[] };

const expand = async (options: ListingOptions, input: string): Promise<E.Either<Failure, Part>> => {
  if (input === '-') {
    let text: string;
    try {
      text = (await options.stdin?.()) ?? '';
    } catch (cause) {
      return E.left({ _tag: 'IoFailure', path: 'standard input', doing: 'read', cause });
    }
    return lines('standard input', text, options.folder ?? '.');
  }
  const file = await stat(input).catch(() => undefined);
  if (file?.isDirectory() === true) {
    return search(input, { from: input, matches: isStack, depth: Number.POSITIVE_INFINITY });
  }
  if (file === undefined && isPattern(input)) {
    const { folder, matches, depth } = glob(input.replaceAll('\\', '/'));
    return search(input, { from: folder, matches: (path) => isStack(path) && matches(path), depth });
  }
  const folder = options.folder ?? dirname(input);
  if (/\.txt$/i.test(input)) return textList(input, folder);
  if (/\.(csv|ndjson)(\.gz)?$/i.test(input)) return table(fromFile(input), folder);
  return file === undefined
    ? E.left(nothing(input, 'no file or folder of this name', 'Check the spelling of the path.'))
    : E.right({ _tag: 'Files', paths: [input] });
};

const nothing = (source: string, found: string, fix: string): InvalidInput => ({
  _tag: 'InvalidInput',
  source,
  total: 1,
  issues: [{ found, expected: `image stacks (${STACK_ENDINGS.map((ending) => `.${ending}`).join(', ')})`, fix }],
});

interface Search {
  readonly from: string;
  /** Of a path below `from`. */
  readonly matches: (below: string) => boolean;
  readonly depth: number;
}

const search = async (input: string, where: Search): Promise<E.Either<Failure, Part>> => {
  let paths: readonly string[];
  try {
    paths = await below(where);
  } catch (cause) {
    return E.left({ _tag: 'IoFailure', path: where.from, doing: 'read', cause });
  }
  if (paths.length > 0) return E.right({ _tag: 'Files', paths });
  return E.left(
    isPattern(input)
      ? nothing(input, 'nothing that fits the pattern', 'Check the pattern; `**` stands for any folders.')
      : nothing(input, 'none in this folder or below', 'Name the folder that holds the files.'),
  );
};

const below = async ({ from, matches, depth: most }: Search): Promise<readonly string[]> => {
  const paths: string[] = [];
  const seen = new Set<string>();
  const walk = async (folder: string, depth: number): Promise<void> => {
    // A link to a folder above would never end.
    const real = await realpath(folder).catch(() => folder);
    if (seen.has(real)) return;
    seen.add(real);
    const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
      // The folder that was asked for is an error of its own.
      if (folder === from) throw cause;
      return undefined;
    });
    if (entries === undefined) {
      paths.push(folder);
      return;
    }
    for (const entry of entries) {
      if (entry.name.startsWith('.')) continue;
      const path = join(folder, entry.name);
      const kind = entry.isSymbolicLink() ? await stat(path).catch(() => entry) : entry;
      if (kind.isDirectory()) {
        if (depth > 0) await walk(path, depth - 1);
        continue;
      }
      if (matches(relative(from, path).replaceAll('\\', '/'))) paths.push(path);
    }
  };
  await walk(from, most);
  return paths;
};

const textList = async (path: string, folder: string): Promise<E.Either<Failure, Part>> => {
  let text = '';
  try {
    const decoder = new TextDecoder();
    for await (const chunk of fromFile(path).bytes) text += decoder.decode(chunk, { stream: true });
  } catch (cause) {
    return E.left({ _tag: 'IoFailure', path, doing: 'read', cause });
  }
  return lines(path, text, folder);
};

/** One path per line, or a table when the first line looks like a header. */
const lines = async (name: string, text: string, folder: string): Promise<E.Either<Failure, Part>> => {
  const rows = text.split(/\r\n|\n|\r/).flatMap((row) => (row.trim() === '' ? [] : [row.trim()]));
  if (rows.length === 0) return E.left(nothing(name, 'an empty list', 'Write one path per line.'));
  const isTable = /^\{/.test(rows[0]) || (rows[0].includes(',') && !isStack(rows[0]));
  if (isTable || /^(path|filename|file|stack|stackid)$/i.test(rows[0])) return table(fromText(name, text), folder);
  const listed = rows.map((path) => ({ path }));
  return E.right({ _tag: 'List', rows: placed(listed, folder) });
};

const table = async (source: Source, folder: string): Promise<E.Either<Failure, Part>> => {
  const rows = await stackList(source);
  return E.isLeft(rows) ? rows : E.right({ _tag: 'List', rows: placed(rows.right, folder) });
};

const placed = (rows: readonly ListedPath[], folder: string): readonly ListedPath[] =>
  rows.map((row) => (isAbsolute(row.path) ? row : { ...row, path: join(folder, row.path) }));

/** Gives ids to paths. A file named twice counts once; two files with one id are an error. */
const named = (
  rows: readonly ListedPath[],
  { ids = 'name' }: ListingOptions,
): E.Either<InvalidInput, readonly ListedStack[]> => {
  const pathOf = new Map<string, string>();
  const stacks: ListedStack[] = [];
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
    ? E.right(stacks)
    : E.left({
        _tag: 'InvalidInput',
        source: 'the stacks',
        total: twice.length,
        issues: twice.slice(0, ISSUES).map(({ stackId, first, second }) => ({
          field: 'stackId',
          found: `${first} and ${second}, which would both have the id ${JSON.stringify(stackId)}`,
          expected: 'one file per stack id',
          fix: 'Rename one of them, score the folders apart, or give a list with columns path and stackId.',
        })),
      });
};

/** As many as any failure lists. */
const ISSUES = 5;
