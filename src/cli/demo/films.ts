import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import type { DataFailure } from '../../domain/errors.js';
import { EMBEDDED_SHA256 } from '../../model/embedded.js';
import { encodeMp4 } from '../../model/encodeMp4.js';
import type { ModelFailure } from '../../model/failure.js';
import * as Simulate from '../../simulate.js';
import { VERSION } from '../../version.js';
import type { NewStack } from './laboratory.js';

/** What became of the films. */
export interface Filmed {
  /** Taken over from an earlier demo that was the same. */
  readonly before: number;
  readonly bytes: number;
  /** Whether films of another demo had to go; its scores are then of no use either. */
  readonly replaced: boolean;
}

/** What the folder's films show; another demo's films are made anew. */
const MANIFEST = 'films.json';

/** Films encoded at once, while the next one is drawn. */
const AT_ONCE = 2;
/** Where a file that was copied only in part ends. */
const CUT = 0.6;

/**
 * Films stacks as mp4 files, each whole or not at all. Films that an earlier demo of the same seed has left are kept.
 *
 * @left InvalidInput when the folder holds somebody else's files: they are neither overwritten nor scored
 */
export const film =
  (
    stacks: readonly NewStack[],
    at: { readonly folder: string; readonly seed: number; readonly onProgress: (done: number) => void },
  ): TaskEither<DataFailure | ModelFailure, Filmed> =>
  async () => {
    const { folder, seed, onProgress } = at;
    const manifest = `${JSON.stringify({ version: VERSION, model: EMBEDDED_SHA256, seed, stacks: stacks.length })}\n`;
    const manifestPath = join(folder, MANIFEST);
    try {
      await mkdir(folder, { recursive: true });
      const earlier = existsSync(manifestPath) ? await readFile(manifestPath, 'utf8') : undefined;
      const there = await readdir(folder);
      const foreign = there.find((name) => name !== MANIFEST && !/^\.?stack-\d+\.mp4(\.partial)?$/.test(name));
      if (foreign !== undefined || (earlier === undefined && there.length > 0)) {
        return E.left(notOurs(folder, foreign ?? there[0]));
      }
      const replaced = earlier !== undefined && earlier !== manifest;
      const stale = there.filter((name) => name.endsWith('.partial') || (replaced && name !== MANIFEST));
      for (const name of stale) await rm(join(folder, name));
      await writeFile(manifestPath, manifest);

      let done = 0;
      let before = 0;
      let bytes = 0;
      let failure: ModelFailure | undefined;
      const waiting = new Set<Promise<void>>();
      for (const stack of stacks) {
        const path = join(folder, stack.stackId);
        if (existsSync(path)) {
          before++;
          onProgress(++done);
          continue;
        }
        const pixels = drawn(stack, seed);
        const written = encodeMp4()({ stack: stack.stackId, ...pixels })().then(async (encoded) => {
          if (E.isLeft(encoded)) {
            failure ??= encoded.left;
            return;
          }
          const whole = encoded.right;
          const kept = stack.fault === 'truncated' ? whole.subarray(0, Math.floor(CUT * whole.length)) : whole;
          const partial = join(folder, `.${stack.stackId}.partial`);
          await writeFile(partial, kept);
          await rename(partial, path);
          bytes += kept.length;
          onProgress(++done);
        });
        waiting.add(written);
        void written.finally(() => waiting.delete(written)).catch(() => undefined);
        if (waiting.size >= AT_ONCE) await Promise.race(waiting);
        if (failure !== undefined) break;
      }
      await Promise.all(waiting);
      return failure === undefined ? E.right({ before, bytes, replaced }) : E.left(failure);
    } catch (cause) {
      return E.left({ _tag: 'IoFailure', path: folder, doing: 'write', cause });
    }
  };

/** The frames of a stack, its outline at fault where it is to be. */
export const drawn = ({ stackId, truth, difficulty, fault }: NewStack, seed: number): Simulate.SimulatedClip =>
  Simulate.clip({ truth, difficulty, ...(fault === undefined || fault === 'truncated' ? {} : { fault }) })(
    `${seed}/${stackId}`,
  );

const notOurs = (folder: string, found: string): DataFailure => ({
  _tag: 'InvalidInput',
  source: folder,
  total: 1,
  issues: [
    {
      found: `${found}, which no demo has written`,
      expected: 'an empty folder, or the films of an earlier demo',
      fix: 'Give another folder with --out, or move these files away.',
    },
  ],
});
