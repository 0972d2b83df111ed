import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { InvalidInput, IoFailure } from '../domain/errors.js';
import type { RunFiles } from '../model/scoring/write.js';
import { headOf, sameFile } from '../output/files.js';
import { invalid } from './verb.js';

/** What a run reads, and so must not write over. */
export interface Reads {
  /** As named on the command line, and by the pipeline. */
  readonly files: readonly string[];
  readonly stacks: readonly { readonly path: string }[];
}

/**
 * Lets a run have its `--out` when that costs nobody a file: what is there already must be of an earlier run, and of one that
 * can be taken over unless it is to be thrown away.
 *
 * @left InvalidInput with another way; IoFailure when the files cannot be looked at
 */
export const safeOut = (
  files: RunFiles,
  reads: Reads,
  { fresh }: { readonly fresh: boolean },
): E.Either<InvalidInput | IoFailure, void> => {
  // The name of a folder that is yet to be made.
  if (/[/\\]$/.test(files.out)) return E.left(noFile(files.out, true));
  const own = [files.out, files.failures, files.provenance, files.journal, files.lock];
  const both = own.find((path) => reads.files.some((read) => sameFile(path, read)) || isStack(path, reads));
  if (both !== undefined) return E.left(isRead(both));
  for (const { path, begins } of [
    { path: files.out, begins: TABLE },
    { path: files.failures, begins: FAILURES },
    { path: files.provenance, begins: PROVENANCE },
  ]) {
    try {
      const there = statSync(path, { throwIfNoEntry: false });
      if (there === undefined) continue;
      if (!there.isFile()) return E.left(noFile(path, there.isDirectory()));
      const head = headOf(path) ?? '';
      if (head !== '' && !begins.test(head)) return E.left(notOurs(path, head));
      if (path === files.out && head !== '' && !fresh && !existsSync(files.journal)) return E.left(noJournal(files));
    } catch (cause) {
      return E.left({ _tag: 'IoFailure', path, doing: 'read', cause });
    }
  }
  return E.right(undefined);
};

/** First lines of our files, whatever the pipeline. */
const TABLE = /^stackId,(?:score,label,.*frames,passes|input,shape,sha256)\r?\n/;
const FAILURES = /^stackId,path,tag,reason,fix\r?\n/;
const PROVENANCE = /^\{\s*"schema": "tandem-(?:scores|tensors)\/1"/;

const isStack = (path: string, { stacks }: Reads): boolean => {
  const whole = resolve(path);
  return stacks.some((stack) => resolve(stack.path) === whole);
};

const OTHER = 'Give another --out.';

const isRead = (path: string): InvalidInput =>
  invalid('--out', {
    found: `${path}, which this run would read and then write over`,
    expected: 'files that are not among its stacks, lists and models',
    fix: OTHER,
  });

const noFile = (path: string, isFolder: boolean): InvalidInput =>
  invalid(path, {
    found: isFolder ? 'a folder' : 'something else',
    expected: 'a file, or none yet',
    fix: isFolder ? `Name a file in it: --out ${path.replace(/\/+$/, '')}/scores.csv.` : OTHER,
  });

const notOurs = (path: string, head: string): InvalidInput =>
  invalid(path, {
    found: `a file that begins with ${JSON.stringify(head.split(/\r?\n/)[0].slice(0, 40))}`,
    expected: 'no file yet, or one that an earlier run wrote',
    fix: `${OTHER} Files of others are never written over, not even with --fresh.`,
  });

const noJournal = ({ out, journal }: RunFiles): InvalidInput =>
  invalid(out, {
    found: 'results of an earlier run without it',
    expected: `the journal ${journal} beside it, to take them over from`,
    fix: 'Give another --out, or add --fresh to throw these results away and start over.',
  });
