import type { FunctionProto, GraphProto, NodeProto, ValueInfoProto } from './onnx_pb.js';
import { graphsIn } from './walk.js';

/** What the parts of one member are called inside an ensemble. */
export interface Renaming {
  /** New name of a tensor. The empty name, an optional input left out, is never asked for. */
  readonly tensor: (name: string) => string;
  readonly node: (name: string) => string;
  /** New name of an axis whose size is free. */
  readonly axis: (name: string) => string;
  /** New name of a function stored in the model, which nodes call as their operator; others stay as they are. */
  readonly operator: (domain: string, name: string) => string;
}

/** Renames everything in a graph and in the graphs inside it. The message is changed in place: it holds the weights. */
export const renameGraph = (graph: GraphProto, to: Renaming): void => {
  for (const node of graph.node) {
    node.input = node.input.map((name) => (name === '' ? '' : to.tensor(name)));
    node.output = node.output.map((name) => (name === '' ? '' : to.tensor(name)));
    if (node.name !== '') node.name = to.node(node.name);
    renameOperator(node, to);
    for (const inner of graphsIn(node)) renameGraph(inner, to);
  }
  for (const tensor of graph.initializer) tensor.name = to.tensor(tensor.name);
  // A sparse initializer goes by the name of its values.
  for (const { values } of graph.sparseInitializer) if (values !== undefined) values.name = to.tensor(values.name);
  for (const info of [...graph.input, ...graph.output, ...graph.valueInfo]) {
    info.name = to.tensor(info.name);
    renameAxes(info, to);
  }
  for (const annotation of graph.quantizationAnnotation) {
    annotation.tensorName = to.tensor(annotation.tensorName);
    for (const parameter of annotation.quantParameterTensorNames) parameter.value = to.tensor(parameter.value);
  }
};

/** Names inside a function are its own; only the function's name, and those of functions it calls, change. */
export const renameFunction = (stored: FunctionProto, to: Renaming): void => {
  stored.name = to.operator(stored.domain, stored.name);
  renameCalls(stored.node, to);
};

const renameCalls = (nodes: readonly NodeProto[], to: Renaming): void => {
  for (const node of nodes) {
    renameOperator(node, to);
    for (const inner of graphsIn(node)) renameCalls(inner.node, to);
  }
};

const renameOperator = (node: NodeProto, to: Renaming): void => {
  node.opType = to.operator(node.domain, node.opType);
};

const renameAxes = ({ type }: ValueInfoProto, to: Renaming): void => {
  const value = type?.value;
  if (value?.case !== 'tensorType' && value?.case !== 'sparseTensorType') return;
  for (const dimension of value.value.shape?.dim ?? []) {
    if (dimension.value.case === 'dimParam' && dimension.value.value !== '')
      dimension.value = { case: 'dimParam', value: to.axis(dimension.value.value) };
  }
};
