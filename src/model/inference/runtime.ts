import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import type { ModelFailure } from '../../domain/errors.js';
import { modelFileFailure, runFailure } from '../../domain/modelFailure.js';
import { present } from '../../domain/present.js';
import type { Tensor } from '../pipeline/tensor.js';
import { type ModelBytes, readHashes, type WeightFile } from './modelHashes.js';

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
export interface OpenModel extends ModelBytes {
  readonly path: string;
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
    file: { readonly path: string; readonly sha256?: string; readonly weights?: readonly WeightFile[] },
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
      const read = await readHashes(file);
      if (E.isLeft(read)) return read;
      const model = { path: file.path, ...read.right };
      try {
        return E.right(openModel(ort, await create(kind, ort, model, threads), model));
      } catch (cause) {
        const isElsewhere = kind === 'web' && model.weights.length > 0;
        return E.left(unreadable(file.path, messageOf(cause), isElsewhere ? IN_ONE_FILE : undefined));
      }
    },
  };
};

type Session = Awaited<ReturnType<Ort['InferenceSession']['create']>>;

const ERRORS_ONLY = 3;

const create = async (
  kind: 'node' | 'web',
  ort: Ort,
  { path, weights }: ModelBytes & { readonly path: string },
  threads: number,
): Promise<Session> => {
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
  // It reads no files: what is beside the model is handed to it under the name that the model calls it.
  const externalData: { readonly path: string; readonly data: Uint8Array }[] = [];
  for (const { file } of weights) externalData.push({ path: file, data: await readFile(join(dirname(path), file)) });
  return ort.InferenceSession.create(
    await readFile(path),
    present({
      ...options,
      executionProviders: ['wasm'],
      externalData: externalData.length === 0 ? undefined : externalData,
    }),
  );
};

const openModel = (ort: Ort, session: Session, model: ModelBytes & { readonly path: string }): OpenModel => ({
  ...model,
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
      ? present({ name, type: told.type, shape: told.shape.length === 0 ? undefined : told.shape })
      : { name };
  });

/** Old versions of the web runtime, and weights of many gigabytes. */
const IN_ONE_FILE =
  'onnxruntime-web may not read weights beside a model: install onnxruntime-node, or export the model in one file.';

const unreadable = (path: string, message: string, fix?: string): ModelFailure => {
  const short = message.replace(/^Load model from .*? failed:/, '').replace(/\.$/, '');
  return modelFileFailure('ModelUnreadable', path, `the runtime cannot load it (${short})`, fix);
};
