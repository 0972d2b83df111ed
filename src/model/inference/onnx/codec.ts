import { type DescMessage, fromBinary, type MessageShape, toBinary } from '@bufbuild/protobuf';
import * as E from 'fp-ts/lib/Either.js';
import { type ModelFileFailure, modelFileFailure } from '../../../domain/modelFailure.js';
import { GraphProtoSchema, type ModelProto, ModelProtoSchema, type TensorProto, TensorProtoSchema } from './onnx_pb.js';

/** Protobuf's own limit: lengths are signed 32-bit numbers. */
export const MOST_BYTES = 2 ** 31 - 1;

/**
 * The message inside an ONNX file. Weights are views of `bytes`, not copies; fields of later ONNX versions are kept.
 *
 * @param name - what to call the file in failures
 */
export const decodeOnnx = (name: string, bytes: Uint8Array): E.Either<ModelFileFailure, ModelProto> => {
  const unreadable = (reason: string) => E.left(modelFileFailure('ModelUnreadable', name, reason));
  if (bytes.length === 0) return unreadable('the file is empty');
  try {
    const model = fromBinary(ModelProtoSchema, bytes);
    // Protobuf has no magic number: other files may parse, but into nothing.
    if (model.graph === undefined || model.irVersion === 0n || model.graph.output.length === 0)
      return unreadable('there is no ONNX graph in it');
    return E.right(model);
  } catch (cause) {
    return unreadable(`not an ONNX file, or a damaged one: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
};

/**
 * The file of a message, in pieces to be written one after another.
 *
 * Fields stand in order of their number, as other writers have them. The library alone would copy the weights once
 * for each message around them, so the path to them (model, graph, tensor) is walked here: a weight is copied nowhere.
 */
export const encodeOnnx = (model: ModelProto): readonly Uint8Array[] => {
  const { graph } = model;
  if (graph === undefined) throw new RangeError('encodeOnnx: a model without a graph');
  const graphParts = around(GraphProtoSchema, graph, GRAPH.initializer, graph.initializer.map(tensorParts));
  return around(ModelProtoSchema, model, MODEL.graph, [graphParts]);
};

/** The pieces as one array. */
export const joined = (parts: readonly Uint8Array[]): Uint8Array => {
  const all = new Uint8Array(sizeOf(parts));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};

export const sizeOf = (parts: readonly Uint8Array[]): number => parts.reduce((bytes, part) => bytes + part.length, 0);

const MODEL = { graph: 7 } as const;
const GRAPH = { initializer: 5 } as const;
const TENSOR = { rawData: 9 } as const;

const tensorParts = (tensor: TensorProto): readonly Uint8Array[] =>
  Object.hasOwn(tensor, 'rawData')
    ? around(TensorProtoSchema, tensor, TENSOR.rawData, [[tensor.rawData]])
    : [toBinary(TensorProtoSchema, tensor)];

/** A message whose field `number` is already encoded, once per value: the fields before it, the values, the fields after. */
const around = <Desc extends DescMessage>(
  schema: Desc,
  message: MessageShape<Desc>,
  number: number,
  values: readonly (readonly Uint8Array[])[],
): readonly Uint8Array[] => {
  const LENGTH_DELIMITED = 2;
  const key = varint(number * 8 + LENGTH_DELIMITED);
  return [
    toBinary(
      schema,
      without(schema, message, (n) => n >= number, false),
    ),
    ...values.flatMap((value) => [key, varint(sizeOf(value)), ...value]),
    toBinary(
      schema,
      without(schema, message, (n) => n <= number, true),
    ),
  ];
};

/** A shallow copy lacking some fields. Fields this version does not know go to the end, where the library has them. */
const without = <Desc extends DescMessage>(
  schema: Desc,
  message: MessageShape<Desc>,
  gone: (number: number) => boolean,
  unknown: boolean,
): MessageShape<Desc> => {
  const copy = Object.assign(Object.create(Object.getPrototypeOf(message)), message);
  for (const field of schema.fields) {
    if (!gone(field.number)) continue;
    if (field.fieldKind === 'list') copy[field.localName] = [];
    else delete copy[field.localName];
  }
  if (!unknown) delete copy.$unknown;
  return copy;
};

const varint = (value: number): Uint8Array => {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Uint8Array.from([...bytes, rest]);
};
