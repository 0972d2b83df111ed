import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { ModelFailure } from '../../domain/errors.js';
import { modelFileFailure, runFailure } from '../../domain/modelFailure.js';
import { present } from '../../domain/present.js';
import type { Tensor } from '../pipeline/tensor.js';
import type { ModelFile, ModelHashes } from './modelFile.js';
import { readHashes } from './modelHashes.js';
import type { Port, RawOutput } from './port.js';

/** The only home of the model runtimes. Both are loaded when first needed, because both are optional. */

/** A model held by a runtime until it is released. */
export interface OpenModel extends ModelHashes {
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
  readonly open: (file: ModelFile, threads: number) => Promise<E.Either<ModelFailure, OpenModel>>;
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

/** Loads the native runtime; where that is absent, the one without native code, which is several times slower. */
export const loadRuntime = async (
  choice: RuntimeChoice,
  packages: Packages = PACKAGES,
): Promise<E.Either<ModelFailure, Runtime>> => {
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
  const fix = choice === 'auto' ? undefined : `Run \`${INSTALL[choice]}\`, or leave the choice of runtime open.`;
  return E.left(runFailure('RuntimeMissing', `no model runtime: ${missing.join(', ')}`, present({ fix })));
};

const INSTALL = {
  node: 'ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node',
  web: 'npm install onnxruntime-web',
} as const;

const whyMissing = (name: string, cause: unknown): string => {
  const isAbsent = cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND';
  return isAbsent ? `${name} is not installed` : `${name} does not load (${messageOf(cause)})`;
};

/** One line, without positions in the runtime's source and without advice for its developers. */
const messageOf = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause))
    .replace(/\/\S*\.(?:cc|h):\d+ .*?\)(?= [A-Z])/, '')
    .replace(/Please fix either the inputs\/outputs or the model\.?/, '')
    .replace(/\s+/g, ' ')
    .trim();

const runtimeOf = (kind: 'node' | 'web', ort: Ort): Runtime => {
  // Warnings on stderr would mix with the caller's own output. Errors come back as values.
  ort.env.logLevel = 'error';
  const version = ort.env.versions[kind] ?? ort.env.versions.common;
  return {
    name: `${NAMES[kind]} ${version}`,
    open: async (file, threads) => {
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
  { path, weights }: ModelHashes & { readonly path: string },
  threads: number,
): Promise<Session> => {
  const options = {
    logSeverityLevel: ERRORS_ONLY,
    // Stacks differ in depth. The runtime would keep a memory plan for every depth and never free it.
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
  // This runtime reads no files: weights beside the model are passed under their name in the model.
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

const openModel = (ort: Ort, session: Session, model: ModelHashes & { readonly path: string }): OpenModel => ({
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
    const port = metadata?.[i];
    // The runtime reports rank 0 for a shape that it does not know; no network of images has such a port.
    return port?.isTensor === true
      ? present({ name, type: port.type, shape: port.shape.length === 0 ? undefined : port.shape })
      : { name };
  });

/** Old versions of the web runtime, and weights of many gigabytes. */
const IN_ONE_FILE =
  'onnxruntime-web may not read weights beside a model: install onnxruntime-node, or export the model in one file.';

const unreadable = (path: string, message: string, fix?: string): ModelFailure => {
  const short = message.replace(/^Load model from .*? failed:/, '').replace(/\.$/, '');
  return modelFileFailure('ModelUnreadable', path, `the runtime cannot load it (${short})`, fix);
};
