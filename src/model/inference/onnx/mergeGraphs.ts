import { create } from '@bufbuild/protobuf';
import * as E from 'fp-ts/lib/Either.js';
import { type ModelFileFailure, modelFileFailure } from '../../../domain/modelFailure.js';
import { VERSION } from '../../../version.js';
import type { ModelPort } from '../port.js';
import { decodeOnnx, encodeOnnx, joined, MOST_BYTES, sizeOf } from './codec.js';
import { inputsOf, opsetsOf, portOf } from './inspect.js';
import {
  type GraphProto,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  type ValueInfoProto,
} from './onnx_pb.js';
import { type Renaming, renameFunction, renameGraph } from './rename.js';

/** What to call the outputs of a merged model. */
export interface MergeOptions {
  /** Names of the outputs, in the order of the models; by default `<output>_<index of the model>`. */
  readonly names?: readonly string[];
}

/** A model file and what to call it in failures. */
export interface Member {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * Merges ONNX models with a common input into one model: one input, the outputs of all, nothing averaged.
 *
 * The first-place system of the challenge used such a fused five-fold model. Each member computes what it computed alone,
 * bit for bit; the ensemble rule stays in the pipeline. Weights in other files stay there, so the merged file must be in
 * the same folder. Training graphs are left out. The same models give the same bytes.
 *
 * @param options - names of the outputs, where the defaults do not suit
 * @param models - the files' bytes, in the order in which the pipeline names its models
 * @returns the file's bytes; `Left` `ModelsDiffer` says which inputs, operator set or IR version differ,
 *   `ModelTooLarge` when the sum is over 2 GB
 * @throws RangeError without models, or when `names` are not one distinct name per output
 * @example
 * const { readFileSync } = process.getBuiltinModule('node:fs');
 * const folds = [0, 1, 2].map((i) => readFileSync(`test/fixtures/onnx/fold_${i}.onnx`));
 * const merged = Errors.getOrThrow(Model.mergeEnsemble()(folds));
 * const { outputs } = Errors.getOrThrow(await Model.inspectModel(merged));
 * outputs.map(({ name }) => name) // => ['probability_0', 'probability_1', 'probability_2']
 */
export const mergeEnsemble =
  (options: MergeOptions = {}) =>
  (models: readonly Uint8Array[]): E.Either<ModelFileFailure, Uint8Array> => {
    const members = models.map((bytes, i) => ({ name: `model ${i + 1} of ${models.length}`, bytes }));
    return E.map(joined)(mergeMembers(members, options));
  };

/** The merged file in pieces, to be written one after another: the weights are views of the members' bytes, not copies. */
export const mergeMembers = (
  members: readonly Member[],
  options: MergeOptions = {},
): E.Either<ModelFileFailure, readonly Uint8Array[]> => {
  if (members.length === 0) throw new RangeError('mergeEnsemble: expected one model or more, got none');
  const bytes = members.reduce((sum, member) => sum + member.bytes.length, 0);
  if (bytes > MOST_BYTES) return tooLarge(bytes);
  const models: ModelProto[] = [];
  for (const { name, bytes } of members) {
    const model = decodeOnnx(name, bytes);
    if (E.isLeft(model)) return model;
    const difference = models.length === 0 ? undefined : differenceOf(models[0], model.right);
    if (difference !== undefined)
      return E.left(modelFileFailure('ModelsDiffer', name, `${difference} of ${members[0].name}`));
    models.push(model.right);
  }
  const parts = encodeOnnx(mergedModel(models, options));
  return sizeOf(parts) > MOST_BYTES ? tooLarge(sizeOf(parts)) : E.right(parts);
};

const tooLarge = (bytes: number): E.Either<ModelFileFailure, never> =>
  E.left(
    modelFileFailure(
      'ModelTooLarge',
      'the merged model',
      `${(bytes / 1e9).toFixed(1)} GB, and ONNX files end at 2 GB`,
      'Run the models as separate files, or export them with their weights in files of their own (external data).',
    ),
  );

/** What keeps two models from having one input, as the beginning of a sentence. */
const differenceOf = (first: ModelProto, other: ModelProto): string | undefined => {
  const [ours, theirs] = [first, other].map((model) => (model.graph === undefined ? [] : inputsOf(model.graph)));
  if (first.irVersion !== other.irVersion) return `IR version ${other.irVersion} instead of the ${first.irVersion}`;
  for (const { domain, version } of opsetsOf(other)) {
    const same = opsetsOf(first).find((opset) => opset.domain === domain);
    if (same !== undefined && same.version !== version)
      return `opset ${domain} ${version} instead of the ${same.version}`;
  }
  if (ours.length !== theirs.length) return `${theirs.length} input(s) instead of the ${ours.length}`;
  for (const input of ours.map(portOf)) {
    const same = theirs.map(portOf).find((port) => theirs.length === 1 || port.name === input.name);
    if (same === undefined) return `no input "${input.name}", unlike that`;
    if (portText(same) !== portText(input)) return `input ${portText(same)} instead of the ${portText(input)}`;
  }
  return undefined;
};

/** Free axes are alike whatever they are called: exporters number them. */
const portText = ({ type, shape }: ModelPort): string =>
  `${type} [${shape?.map((size) => (typeof size === 'number' ? size : 'free')).join(', ') ?? 'of any shape'}]`;

const mergedModel = (models: readonly ModelProto[], options: MergeOptions): ModelProto => {
  const graphs = models.map(graphOf);
  const inputs = inputsOf(graphs[0]);
  const taken = inputs.map(({ name }) => name);
  const names = outputNames(
    graphs.map((graph) => graph.output.map(({ name }) => name)),
    taken,
    options.names,
  );
  const root = freePrefix([...taken, ...names.flat(), ...inputs.flatMap(axesOf)]);
  const graph = create(GraphProtoSchema, { name: 'ensemble', input: [...inputs] });
  const merged = create(ModelProtoSchema, {
    irVersion: models[0].irVersion,
    producerName: 'tandem-consensus',
    producerVersion: VERSION,
    graph,
  });
  models.forEach((model, i) => {
    adopt(merged, graph, { model, inputs, names: names[i], prefix: `${root}${i}/` });
  });
  return merged;
};

interface Adopted {
  readonly model: ModelProto;
  /** Of the ensemble. */
  readonly inputs: readonly ValueInfoProto[];
  /** Of this member's outputs, inside the ensemble. */
  readonly names: readonly string[];
  readonly prefix: string;
}

/** Adds one member. Its message is renamed in place and its parts move over: weights are never copied. */
const adopt = (merged: ModelProto, graph: GraphProto, { model, inputs, names, prefix }: Adopted): void => {
  const member = graphOf(model);
  const own = inputsOf(member);
  const overridable = member.input.filter((input) => !own.includes(input));
  const tensors = new Map<string, string>();
  const axes = new Map<string, string>();
  for (const input of own) {
    const twin = own.length === 1 ? inputs[0] : (inputs.find(({ name }) => name === input.name) ?? input);
    tensors.set(input.name, twin.name);
    axesOf(input).forEach((axis, at) => {
      axes.set(axis, axesOf(twin)[at] || prefix + axis);
    });
  }
  // An output names its tensor. One that shows an input, or a tensor already shown, is a copy.
  const copies = member.output.flatMap(({ name }, k) => {
    if (tensors.has(name)) return [{ name, k }];
    tensors.set(name, names[k]);
    return [];
  });
  const functions = new Set(model.functions.map(({ domain, name }) => `${domain}:${name}`));
  const to: Renaming = {
    tensor: (name) => tensors.get(name) ?? prefix + name,
    node: (name) => prefix + name,
    axis: (name) => axes.get(name) ?? prefix + name,
    operator: (domain, name) => (functions.has(`${domain}:${name}`) ? prefix.replaceAll('/', '_') + name : name),
  };
  renameGraph(member, to);
  for (const stored of model.functions) renameFunction(stored, to);
  member.output.forEach((output, k) => {
    output.name = names[k];
  });
  graph.node.push(
    ...member.node,
    ...copies.map(({ name, k }) =>
      create(NodeProtoSchema, { opType: 'Identity', input: [to.tensor(name)], output: [names[k]] }),
    ),
  );
  graph.initializer.push(...member.initializer);
  graph.sparseInitializer.push(...member.sparseInitializer);
  graph.input.push(...overridable);
  graph.output.push(...member.output);
  graph.valueInfo.push(...member.valueInfo);
  graph.quantizationAnnotation.push(...member.quantizationAnnotation);
  // Both messages repeat all their fields that ONNX 1.12 did not know, so that they add up by standing in a row.
  graph.$unknown = [...(graph.$unknown ?? []), ...(member.$unknown ?? [])];
  merged.$unknown = [...(merged.$unknown ?? []), ...(model.$unknown ?? [])];
  merged.functions.push(...model.functions);
  merged.metadataProps.push(
    ...model.metadataProps.map(({ key, value }) => create(StringStringEntryProtoSchema, { key: prefix + key, value })),
  );
  for (const opset of model.opsetImport) {
    const domain = opset.domain === 'ai.onnx' ? '' : opset.domain;
    if (merged.opsetImport.every((known) => known.domain !== domain))
      merged.opsetImport.push(create(OperatorSetIdProtoSchema, { domain, version: opset.version }));
  }
};

const graphOf = ({ graph }: ModelProto): GraphProto => {
  if (graph === undefined) throw new RangeError('mergeEnsemble: a decoded model has a graph');
  return graph;
};

/** Names of the free axes of an input, by position; empty where the size is fixed or has no name. */
const axesOf = ({ type }: ValueInfoProto): readonly string[] =>
  type?.value.case === 'tensorType'
    ? (type.value.value.shape?.dim ?? []).map(({ value }) => (value.case === 'dimParam' ? value.value : ''))
    : [];

const outputNames = (
  outputs: readonly (readonly string[])[],
  taken: readonly string[],
  wanted: readonly string[] | undefined,
): readonly (readonly string[])[] => {
  if (wanted === undefined) {
    return outputs.map((names, i) =>
      names.map((name) => {
        let free = `${name}_${i}`;
        while (taken.includes(free)) free += '_';
        return free;
      }),
    );
  }
  const total = outputs.flat().length;
  if (wanted.length !== total) throw new RangeError(`names: expected ${total}, one per output, got ${wanted.length}`);
  if (new Set([...wanted, ...taken]).size < total + taken.length)
    throw new RangeError('names: expected distinct names, none of them that of an input');
  let at = 0;
  return outputs.map((names) => names.map(() => wanted[at++]));
};

/** A beginning that no name which keeps its form has: members' names must not meet those. */
const freePrefix = (names: readonly string[]): string => {
  let prefix = 'member_';
  while (names.some((name) => name.startsWith(prefix))) prefix = `_${prefix}`;
  return prefix;
};
