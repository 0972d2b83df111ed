import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
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
 * Whether films can be made and scored on this machine: it makes one tiny film, reads it back and scores it.
 *
 * @left what is missing, e.g. DecoderMissing or RuntimeMissing, with its remedy
 */
export const pixelsWork = async (): Promise<E.Either<ModelFailure, void>> => {
  const clip = Simulate.clip({ truth: FLOWING, frames: 17, view: 'outline' })(1);
  const bytes = await encodeMp4()({ stack: 'a first film', ...clip });
  if (E.isLeft(bytes)) return bytes;
  const predictor = await openPredictor()(embeddedModel());
  if (E.isLeft(predictor)) return predictor;
  const [scored] = await predictor.right.predict([stackFromBytes('a first film', bytes.right)]);
  await predictor.right.close();
  return E.map(() => undefined)(scored);
};

/** How the films were made. */
export interface Filmed {
  /** Films that an earlier demo with the same settings has left. */
  readonly before: number;
  readonly bytes: number;
  /** Whether films of another demo were removed; their scores are useless too. */
  readonly replaced: boolean;
}

/** Names the settings of the films in the folder; films of other settings are made anew. */
const MANIFEST = 'films.json';

/** Films encoded at once, while the next one is drawn. */
const AT_ONCE = 2;
/** Where a file ends that was copied only in part. */
const CUT = 0.6;

/**
 * Films stacks as mp4 files, each whole or not at all. Films of an earlier demo with the same seed are used again.
 *
 * @left InvalidInput when the folder holds other files: they are neither overwritten nor scored
 */
export const film = async (
  stacks: readonly NewStack[],
  at: { readonly folder: string; readonly seed: number; readonly onProgress: (done: number) => void },
): Promise<E.Either<DataFailure | ModelFailure, Filmed>> => {
  const settings = { version: VERSION, model: EMBEDDED_SHA256, seed: at.seed, stacks: stacks.length };
  const replaced = await emptied(at.folder, settings);
  if (E.isLeft(replaced)) return replaced;
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
    const one = filmOne(path, stack, at.seed).then((written) => {
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
  return failure === undefined ? E.right({ before, bytes, replaced: replaced.right }) : E.left(failure);
};

/** Prepares the folder for films of these settings. @returns whether films of another demo were removed */
const emptied = async (
  folder: string,
  settings: Readonly<Record<string, unknown>>,
): Promise<E.Either<DataFailure, boolean>> => {
  const manifest = `${JSON.stringify(settings)}\n`;
  const path = join(folder, MANIFEST);
  let earlier: string | undefined;
  let names: readonly string[];
  try {
    await mkdir(folder, { recursive: true });
    earlier = existsSync(path) ? await readFile(path, 'utf8') : undefined;
    names = await readdir(folder);
  } catch (cause) {
    return E.left({ _tag: 'IoFailure', path: folder, doing: 'read', cause });
  }
  const foreign = names.find((name) => name !== MANIFEST && !OURS.test(name));
  if (foreign !== undefined || (earlier === undefined && names.length > 0)) {
    return E.left(notOurs(folder, foreign ?? names[0]));
  }
  const replaced = earlier !== undefined && earlier !== manifest;
  const stale = names.filter((name) => name.endsWith('.partial') || (replaced && name !== MANIFEST));
  try {
    await Promise.all(stale.map((name) => rm(join(folder, name))));
  } catch (cause) {
    return E.left({ _tag: 'IoFailure', path: folder, doing: 'write', cause });
  }
  const written = await writeAtomically(path, [manifest]);
  return E.isLeft(written) ? written : E.right(replaced);
};

/** A film, or the rest of one that an interrupted demo has left. */
const OURS = /^stack-\d+\.mp4$|^\.(stack-\d+\.mp4|films\.json)\.[0-9a-f]+\.partial$/;

/** @returns how many bytes were written */
const filmOne = async (
  path: string,
  stack: NewStack,
  seed: number,
): Promise<E.Either<DataFailure | ModelFailure, number>> => {
  const whole = await encodeMp4()({ stack: stack.stackId, ...drawn(stack, seed) });
  if (E.isLeft(whole)) return whole;
  const bytes =
    stack.fault === 'truncated' ? whole.right.subarray(0, Math.floor(CUT * whole.right.length)) : whole.right;
  const written = await writeAtomically(path, [bytes]);
  return E.isLeft(written) ? written : E.right(bytes.length);
};

/** The frames of a stack, with the fault of its outline if it has one. */
const drawn = ({ stackId, truth, difficulty, fault }: NewStack, seed: number): Simulate.SimulatedClip =>
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
