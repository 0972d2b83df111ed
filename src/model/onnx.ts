import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import { type ModelFailure, modelFileFailure, runFailure } from './failure.js';
import type { Tensor } from './tensor.js';

/** The only home of the model runtimes. Both are loaded when first needed, because both are optional. */

/** What a model takes or gives under one name. */
export interface Port {
  readonly name: string;
  /** Absent where the runtime does not tell (onnxruntime-node before 1.20). */
  readonly type?: string;
  /** Letters stand for sizes that may vary; absent where not told. */
  readonly shape?: readonly (number | string)[];
}

/** One output of one run. */
export interface RawOutput {
  readonly type: string;
  readonly shape: readonly number[];
  readonly data: ArrayLike<unknown>;
}

/** A model held by a runtime until it is released. */
export interface OpenModel {
  readonly path: string;
  readonly sha256: string;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** Blocks the event loop while the model computes. Left is the runtime's message. */
  readonly run: (input: string, tensor: Tensor) => Promise<E.Either<string, Readonly<Record<string, RawOutput>>>>;
  readonly release: () => Promise<void>;
}

export interface Runtime {
  /** Name and version. */
  readonly name: string;
  readonly open: (
    file: { readonly path: string; readonly sha256?: string },
    threads: number,
  ) => TaskEither<ModelFailure, OpenModel>;
}

export type RuntimeChoice = 'auto' | 'node' | 'web';

type Ort = typeof import('onnxruntime-node');

/** How the packages are found; tests pretend that one is absent. */
export interface Packages {
  readonly node: () => Promise<unknown>;
  readonly web: () => Promise<unknown>;
}

const PACKAGES: Packages = {
  node: () => import('onnxruntime-node'),
  web: () => import('onnxruntime-web'),
};

const NAMES = { node: 'onnxruntime-node', web: 'onnxruntime-web' } as const;

/** Loads the native runtime, or where it is absent the one without native code, several times slower. */
export const loadRuntime =
  (choice: RuntimeChoice, packages: Packages = PACKAGES): TaskEither<ModelFailure, Runtime> =>
  async () => {
    const kinds = choice === 'auto' ? (['node', 'web'] as const) : [choice];
    const missing: string[] = [];
    for (const kind of kinds) {
      try {
        const loaded = (await packages[kind]()) as Ort & { readonly default?: Ort };
        return E.right(runtimeOf(kind, loaded.default ?? loaded));
      } catch (cause) {
        missing.push(whyMissing(NAMES[kind], cause));
      }
    }
    const fix = choice === 'auto' ? {} : { fix: `Run \`${INSTALL[choice]}\`, or leave the choice of runtime open.` };
    return E.left(runFailure('RuntimeMissing', `no model runtime: ${missing.join(', ')}`, fix));
  };

const INSTALL = {
  node: 'ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node',
  web: 'npm install onnxruntime-web',
} as const;

const whyMissing = (name: string, cause: unknown): string => {
  const isAbsent = cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND';
  return isAbsent ? `${name} is not installed` : `${name} does not load (${messageOf(cause)})`;
};

/** One line, without where in the runtime's own source it was said, nor advice that is not for whoever scores stacks. */
const messageOf = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause))
    .replace(/\/\S*\.(?:cc|h):\d+ .*?\)(?= [A-Z])/, '')
    .replace(/Please fix either the inputs\/outputs or the model\.?/, '')
    .replace(/\s+/g, ' ')
    .trim();

const runtimeOf = (kind: 'node' | 'web', ort: Ort): Runtime => {
  // Warnings on stderr would come between the lines of whoever uses this; errors come back as values.
  ort.env.logLevel = 'error';
  const version = ort.env.versions[kind] ?? ort.env.versions.common;
  return {
    name: `${NAMES[kind]} ${version}`,
    open: (file, threads) => async () => {
      const read = await checked(file);
      if (E.isLeft(read)) return read;
      try {
        const session = await create(kind, ort, file.path, threads);
        return E.right(openModel(ort, session, { path: file.path, sha256: read.right }));
      } catch (cause) {
        return E.left(unreadable(file.path, messageOf(cause)));
      }
    },
  };
};

type Session = Awaited<ReturnType<Ort['InferenceSession']['create']>>;

const ERRORS_ONLY = 3;

const create = async (kind: 'node' | 'web', ort: Ort, path: string, threads: number): Promise<Session> => {
  const options = {
    logSeverityLevel: ERRORS_ONLY,
    // Stacks differ in depth; a plan kept for each depth is memory that is never given back.
    enableMemPattern: false,
  } as const;
  if (kind === 'node') {
    // By path, so that weights in a file of their own are found beside the model.
    return ort.InferenceSession.create(path, {
      ...options,
      executionProviders: ['cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
    });
  }
  ort.env.wasm.numThreads = threads;
  return ort.InferenceSession.create(await readFile(path), { ...options, executionProviders: ['wasm'] });
};

const openModel = (
  ort: Ort,
  session: Session,
  { path, sha256 }: { readonly path: string; readonly sha256: string },
): OpenModel => ({
  path,
  sha256,
  inputs: portsOf(session.inputNames, session.inputMetadata),
  outputs: portsOf(session.outputNames, session.outputMetadata),
  run: async (input, { data, shape }) => {
    try {
      const results = await session.run({ [input]: new ort.Tensor('float32', data, shape) });
      return E.right(
        Object.fromEntries(
          Object.entries(results).map(([name, { type, dims, data: values }]) => [
            name,
            { type, shape: dims, data: values as ArrayLike<unknown> },
          ]),
        ),
      );
    } catch (cause) {
      return E.left(messageOf(cause));
    }
  },
  release: () => session.release(),
});

const portsOf = (names: readonly string[], metadata: Session['inputMetadata'] | undefined): readonly Port[] =>
  names.map((name, i) => {
    const told = metadata?.[i];
    // Rank 0 is how the runtime says that it does not know; no network of images has such a port.
    return told?.isTensor === true
      ? { name, type: told.type, ...(told.shape.length === 0 ? {} : { shape: told.shape }) }
      : { name };
  });

/** The file's SHA-256, when it is the one pinned. Damaged weights load and answer like sound ones, so only this tells. */
const checked = async ({
  path,
  sha256,
}: {
  readonly path: string;
  readonly sha256?: string;
}): Promise<E.Either<ModelFailure, string>> => {
  const hash = createHash('sha256');
  let size = 0;
  let mayTrain = false;
  let before: Uint8Array = new Uint8Array(0);
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      size += chunk.length;
      mayTrain ||= Buffer.concat([before, chunk.subarray(0, TRAINS.length)]).includes(TRAINS) || chunk.includes(TRAINS);
      before = chunk.subarray(-TRAINS.length);
    }
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ENOENT') return E.left(modelFileFailure('ModelUnreadable', path, 'there is no such file', ABSENT));
    return E.left({ _tag: 'IoFailure', path, doing: 'read', cause });
  }
  if (size === 0) return E.left(modelFileFailure('ModelUnreadable', path, 'it has no bytes'));
  const found = hash.digest('hex');
  if (sha256 !== undefined && sha256.toLowerCase() !== found) {
    return E.left(modelFileFailure('ModelChanged', path, `its SHA-256 is ${found}; ${sha256} is pinned`));
  }
  return mayTrain ? notTraining(path, found) : E.right(found);
};

/** The attribute that leaves a node in training mode, if it is 1: only models with these bytes need a closer look. */
const TRAINS = 'training_mode';

/** The runtime joins such nodes to convolutions and answers wrongly, without a word. */
const notTraining = async (path: string, sha256: string): Promise<E.Either<ModelFailure, string>> => {
  const { inspectModel } = await import('./onnxFile.js');
  const { trainingDifference } = await import('./pipelineDifferences.js');
  const model = await inspectModel(path)();
  // What cannot be inspected the runtime has words for.
  const difference = E.isRight(model) ? trainingDifference(model.right) : undefined;
  return difference === undefined
    ? E.right(sha256)
    : E.left(modelFileFailure('ModelMismatch', path, difference.found, difference.fix));
};

const ABSENT = 'Correct the path; files named in a pipeline stand beside its JSON.';

const unreadable = (path: string, message: string): ModelFailure => {
  const short = message.replace(/^Load model from .*? failed:/, '').replace(/\.$/, '');
  return modelFileFailure('ModelUnreadable', path, `the runtime cannot load it (${short})`);
};
