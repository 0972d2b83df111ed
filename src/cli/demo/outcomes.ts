import { readFile } from 'node:fs/promises';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { IoFailure } from '../../domain/errors.js';

/** What scoring came to for one stack. */
export type Outcome =
  | { readonly _tag: 'Scored'; readonly score: number }
  | { readonly _tag: 'Failed'; readonly tag: string; readonly reason: string };

/** The last word of a journal of `tandem score` on each stack. */
export const outcomes = (journal: string): TE.TaskEither<IoFailure, ReadonlyMap<string, Outcome>> =>
  TE.tryCatch(
    async () => {
      const found = new Map<string, Outcome>();
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
