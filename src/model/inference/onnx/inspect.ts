import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { ModelFailure } from '../../../domain/errors.js';
import { modelFileFailure } from '../../../domain/modelFailure.js';
import { present } from '../../../domain/present.js';
import type { ModelOutput, ModelPort } from '../port.js';
import { decodeOnnx, MOST_BYTES } from './codec.js';
import {
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  TensorProto_DataType,
  type ValueInfoProto,
} from './onnx_pb.js';
import { graphsOf, tensorsOf, weightFile } from './walk.js';

/** The description of an ONNX file. */
export interface ModelDescription {
  /** The path given, or what the caller called the bytes. */
  readonly name: string;
  /** Of the file, without weights in files of their own. */
  readonly bytes: number;
  /** SHA-256 of the file, hexadecimal, without weights in files of their own. */
  readonly sha256: string;
  readonly irVersion: number;
  /** Versions of the operator sets; the standard one is `ai.onnx`. */
  readonly opsets: readonly { readonly domain: string; readonly version: number }[];
  readonly producer: { readonly name: string; readonly version: string };
  /** Inputs that must be fed, without the initializers that old files list among them. */
  readonly inputs: readonly ModelPort[];
  readonly outputs: readonly ModelOutput[];
  /** Nodes, those of inner graphs included. */
  readonly nodes: number;
  /** Numbers in the stored weights; whole-number constants, such as shapes, do not count. */
  readonly parameters: number;
  /** How often each operator occurs, most frequent first. */
  readonly operators: readonly { readonly operator: string; readonly count: number }[];
  /** Nodes that normalise by moments of the very stack they see. */
  readonly ownMoments: {
    /** InstanceNormalization, but for those that a group normalisation was exported as. */
    readonly instance: number;
    /** BatchNormalization left in training mode. */
    readonly training: number;
  };
  /** Files beside the model that hold weights. */
  readonly external: readonly ExternalWeights[];
}

/** A file of weights beside an ONNX file. */
export interface ExternalWeights {
  /** The name in the model, relative to the model's folder. */
  readonly file: string;
  readonly tensors: number;
  /** Where the last of its tensors ends, in bytes, as the model says. */
  readonly needs: number;
  /** Size of that file; absent when it is not there, or when the model came without a folder. */
  readonly bytes?: number;
}

/**
 * Describes an ONNX file without running it: inputs, outputs, operator set, size, hash, and where its weights are.
 *
 * @param model - path, or the file's bytes
 * @returns `Left` `ModelUnreadable` when it is no ONNX, `ModelTooLarge` from 2 GB on, `IoFailure` when it cannot be read
 * @example
 * const model = Errors.getOrThrow(await Model.inspectModel('test/fixtures/onnx/fold_0.onnx'));
 * model.inputs // => [{ name: 'input', type: 'float32', shape: ['N', 1, 'T', 8, 8] }]
 */
export const inspectModel = async (model: string | Uint8Array): Promise<E.Either<ModelFailure, ModelDescription>> => {
  const [name, folder] = typeof model === 'string' ? [model, dirname(model)] : ['model', undefined];
  const bytes = typeof model === 'string' ? await readModel(model) : E.right(model);
  if (E.isLeft(bytes)) return bytes;
  const message = decodeOnnx(name, bytes.right);
  if (E.isLeft(message)) return message;
  const external = await externalWeights(folder, message.right);
  return E.right({ ...describe(name, bytes.right, message.right), external });
};

/** The bytes of a model file, unless it is too large to be one. */
export const readModel = async (path: string): Promise<E.Either<ModelFailure, Uint8Array>> => {
  try {
    const { size } = await stat(path);
    if (size <= MOST_BYTES) return E.right(await readFile(path));
    const reason = `${(size / 1e9).toFixed(1)} GB, and ONNX files end at 2 GB`;
    return E.left(modelFileFailure('ModelTooLarge', path, reason));
  } catch (cause) {
    return E.left({ _tag: 'IoFailure', path, doing: 'read', cause });
  }
};

/** Element types in the order of ONNX's numbers, named as numerical libraries name them. */
const TYPES =
  'undefined float32 uint8 int8 uint16 int16 int32 int64 string bool float16 float64 uint32 uint64 complex64 complex128 bfloat16 float8e4m3fn float8e4m3fnuz float8e5m2 float8e5m2fnuz uint4 int4 float4e2m1'.split(
    ' ',
  );

const describe = (name: string, bytes: Uint8Array, model: ModelProto): Omit<ModelDescription, 'external'> => {
  const graph = mainGraph(model);
  const nodes = graphsOf(graph).flatMap((inner) => inner.node);
  const makers = makersOf(graph);
  const reshaped = new Set(nodes.flatMap(({ opType, output }) => (opType === 'Reshape' ? output : [])));
  return {
    name,
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    irVersion: Number(model.irVersion),
    opsets: opsetsOf(model),
    producer: { name: model.producerName, version: model.producerVersion },
    inputs: inputsOf(graph).map(portOf),
    outputs: graph.output.map((output) => {
      const madeBy = makerOf(makers, output.name);
      return present({ ...portOf(output), madeBy });
    }),
    nodes: nodes.length,
    parameters: graphsOf(graph)
      .flatMap((inner) => inner.initializer)
      .filter(({ dataType }) => !COUNTING.includes(dataType))
      .reduce((sum, { dims }) => sum + dims.reduce((product, size) => product * Number(size), 1), 0),
    operators: tally(nodes.map(({ opType }) => opType)),
    ownMoments: {
      // PyTorch exports group normalisation as the instance normalisation of a reshaped array.
      instance: nodes.filter(({ opType, input }) => opType === 'InstanceNormalization' && !reshaped.has(input[0]))
        .length,
      training: nodes.filter(trains).length,
    },
  };
};

const COUNTING: readonly number[] = [
  TensorProto_DataType.INT32,
  TensorProto_DataType.INT64,
  TensorProto_DataType.BOOL,
  TensorProto_DataType.STRING,
];

const mainGraph = ({ graph }: ModelProto): GraphProto => {
  if (graph === undefined) throw new RangeError('mainGraph: a decoded model has a graph');
  return graph;
};

/** Inputs that have to be fed. Until IR version 4 initializers had to be listed as inputs too. */
export const inputsOf = (graph: GraphProto): readonly ValueInfoProto[] => {
  const given = new Set(graph.initializer.map(({ name }) => name));
  return graph.input.filter(({ name }) => !given.has(name));
};

/** Operator sets by name, in alphabetic order: files list them in any. */
export const opsetsOf = (model: ModelProto): ModelDescription['opsets'] =>
  model.opsetImport
    .map(({ domain, version }) => ({ domain: domain === '' ? 'ai.onnx' : domain, version: Number(version) }))
    .sort((a, b) => (a.domain < b.domain ? -1 : 1));

export const portOf = ({ name, type }: ValueInfoProto): ModelPort => {
  if (type?.value.case !== 'tensorType') return { name, type: 'not a tensor' };
  const { elemType, shape } = type.value.value;
  return present({
    name,
    type: TYPES[elemType] ?? `type ${elemType}`,
    shape:
      shape === undefined
        ? undefined
        : shape.dim.map(({ value }) =>
            value.case === 'dimValue' ? Number(value.value) : (value.case === 'dimParam' && value.value) || '?',
          ),
  });
};

const REARRANGES = ['Identity', 'Reshape', 'Squeeze', 'Unsqueeze', 'Flatten', 'Transpose', 'Cast', 'Dropout'];

/** The node that makes each value; the first where a file breaks the rule that there is one. */
const makersOf = ({ node }: GraphProto): ReadonlyMap<string, NodeProto> => {
  const makers = new Map<string, NodeProto>();
  for (const one of node) for (const name of one.output) if (!makers.has(name)) makers.set(name, one);
  return makers;
};

const makerOf = (makers: ReadonlyMap<string, NodeProto>, output: string): string | undefined => {
  let name = output;
  // A graph has no cycles, so the walk ends; the bound is for files that break the rule.
  for (let step = 0; step <= makers.size; step++) {
    const node = makers.get(name);
    if (node === undefined || !REARRANGES.includes(node.opType)) return node?.opType;
    name = node.input[0];
  }
  return undefined;
};

/** From opset 14 on an attribute says so; before, the outputs with the batch's moments do. */
const trains = ({ opType, attribute, output }: NodeProto): boolean =>
  opType === 'BatchNormalization' &&
  (attribute.some(({ name, i }) => name === 'training_mode' && i !== 0n) ||
    output.slice(1).some((moment) => moment !== ''));

const tally = (operators: readonly string[]): ModelDescription['operators'] => {
  const counts = new Map<string, number>();
  for (const operator of operators) counts.set(operator, (counts.get(operator) ?? 0) + 1);
  return [...counts]
    .map(([operator, count]) => ({ operator, count }))
    .sort((a, b) => b.count - a.count || (a.operator < b.operator ? -1 : 1));
};

const externalWeights = (folder: string | undefined, model: ModelProto): Promise<readonly ExternalWeights[]> => {
  const files = new Map<string, { readonly tensors: number; readonly needs: number }>();
  for (const tensor of tensorsOf(mainGraph(model))) {
    const file = weightFile(tensor);
    if (file === undefined) continue;
    const { tensors, needs } = files.get(file) ?? { tensors: 0, needs: 0 };
    files.set(file, { tensors: tensors + 1, needs: Math.max(needs, endOf(tensor)) });
  }
  return Promise.all(
    [...files].map(async ([file, { tensors, needs }]) => {
      const found = folder === undefined ? undefined : await stat(join(folder, file)).catch(() => undefined);
      return present({ file, tensors, needs, bytes: found?.isFile() ? found.size : undefined });
    }),
  );
};

/** Bytes of one element by ONNX's number of its type; half a byte for the four-bit types. */
const ELEMENT_BYTES = [0, 4, 1, 1, 2, 2, 4, 8, 0, 1, 2, 8, 4, 8, 8, 16, 2, 1, 1, 1, 1, 0.5, 0.5, 0.5];

/** Where a tensor ends in its file: by the length that it states, else by its shape and type. */
const endOf = ({ externalData, dims, dataType }: TensorProto): number => {
  const stated = (name: string): number | undefined => {
    const value = externalData.find(({ key }) => key === name)?.value;
    return value === undefined || !/^\d+$/.test(value) ? undefined : Number(value);
  };
  const elements = dims.reduce((product, size) => product * Number(size), 1);
  return (stated('offset') ?? 0) + (stated('length') ?? Math.ceil(elements * (ELEMENT_BYTES[dataType] ?? 0)));
};
