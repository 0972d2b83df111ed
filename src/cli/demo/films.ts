import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { DataFailure, ModelFailure } from '../../domain/errors.js';
import { FLOWING } from '../../domain/label.js';
import { present } from '../../domain/present.js';
import { encodeMp4 } from '../../model/frames/encodeMp4.js';
import { stackFromBytes } from '../../model/frames/source.js';
import { EMBEDDED_SHA256, embeddedModel } from '../../model/inference/embedded.js';
import { openPredictor } from '../../model/inference/predictor.js';
import { writeAtomically } from '../../output/files.js';
import * as Simulate from '../../simulate/index.js';
import { VERSION } from '../../version.js';
import type { NewStack } from './laboratory.js';

/**
 * Whether this machine can go from a film to a score: one tiny film is made, read back and scored.
 *
 * @left what is missing, e.g. DecoderMissing or RuntimeMissing, with its remedy
 */
export const pixelsWork: TE.TaskEither<ModelFailure, void> = pipe(
  // Drawn only when asked.
  TE.fromIO(() => Simulate.clip({ truth: FLOWING, frames: 17, view: 'outline' })(1)),
  TE.chain((clip) => encodeMp4()({ stack: 'a first film', ...clip })),
  TE.chainW((bytes) => {
    const { pipeline, file } = embeddedModel();
    return pipe(
      openPredictor(pipeline, [file]),
      TE.chain((predictor) => async () => {
        const [scored] = await predictor.predict([stackFromBytes('a first film', bytes)]);
        await predictor.close();
        return E.map(() => undefined)(scored);
      }),
    );
  }),
);

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
export const film = (
  stacks: readonly NewStack[],
  at: { readonly folder: string; readonly seed: number; readonly onProgress: (done: number) => void },
): TE.TaskEither<DataFailure | ModelFailure, Filmed> =>
  pipe(
    emptied(at.folder, { version: VERSION, model: EMBEDDED_SHA256, seed: at.seed, stacks: stacks.length }),
    TE.chainW((replaced) => async () => {
      let done = 0;
      let before = 0;
      let bytes = 0;
      let failure: DataFailure | ModelFailure | undefined;
      const waiting = new Set<Promise<void>>();
      for (const stack of stacks) {
        const path = join(at.folder, stack.stackId);
        if (existsSync(path)) {
          before++;
          at.onProgress(++done);
          continue;
        }
        const one = filmOne(path, stack, at.seed)().then((written) => {
          waiting.delete(one);
          if (E.isLeft(written)) failure ??= written.left;
          else bytes += written.right;
          at.onProgress(++done);
        });
        waiting.add(one);
        if (waiting.size >= AT_ONCE) await Promise.race(waiting);
        if (failure !== undefined) break;
      }
      await Promise.all(waiting);
      return failure === undefined ? E.right({ before, bytes, replaced }) : E.left(failure);
    }),
  );

/** Makes the folder ready for films as the manifest has them. @returns whether films of another demo had to go */
const emptied = (folder: string, of: Readonly<Record<string, unknown>>): TE.TaskEither<DataFailure, boolean> => {
  const manifest = `${JSON.stringify(of)}\n`;
  const path = join(folder, MANIFEST);
  return pipe(
    TE.tryCatch(
      async () => {
        await mkdir(folder, { recursive: true });
        const earlier = existsSync(path) ? await readFile(path, 'utf8') : undefined;
        return { earlier, there: await readdir(folder) };
      },
      (cause): DataFailure => ({ _tag: 'IoFailure', path: folder, doing: 'read', cause }),
    ),
    TE.chain(({ earlier, there }) => {
      const foreign = there.find((name) => name !== MANIFEST && !OURS.test(name));
      if (foreign !== undefined || (earlier === undefined && there.length > 0)) {
        return TE.left(notOurs(folder, foreign ?? there[0]));
      }
      const replaced = earlier !== undefined && earlier !== manifest;
      const stale = there.filter((name) => name.endsWith('.partial') || (replaced && name !== MANIFEST));
      return pipe(
        TE.tryCatch(
          () => Promise.all(stale.map((name) => rm(join(folder, name)))),
          (cause): DataFailure => ({ _tag: 'IoFailure', path: folder, doing: 'write', cause }),
        ),
        TE.chainW(() => () => writeAtomically(path, [manifest])),
        TE.map(() => replaced),
      );
    }),
  );
};

/** A film, or what an interrupted demo has left of one. */
const OURS = /^stack-\d+\.mp4$|^\.(stack-\d+\.mp4|films\.json)\.[0-9a-f]+\.partial$/;

/** @returns how many bytes were written */
const filmOne = (path: string, stack: NewStack, seed: number): TE.TaskEither<DataFailure | ModelFailure, number> =>
  pipe(
    encodeMp4()({ stack: stack.stackId, ...drawn(stack, seed) }),
    TE.map((whole) => (stack.fault === 'truncated' ? whole.subarray(0, Math.floor(CUT * whole.length)) : whole)),
    TE.chainFirstW((kept) => () => writeAtomically(path, [kept])),
    TE.map((kept) => kept.length),
  );

/** The frames of a stack, its outline at fault where it is to be. */
export const drawn = ({ stackId, truth, difficulty, fault }: NewStack, seed: number): Simulate.SimulatedClip =>
  Simulate.clip(
    present({ truth, difficulty, fault: fault === undefined || fault === 'truncated' ? undefined : fault }),
  )(`${seed}/${stackId}`);

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
