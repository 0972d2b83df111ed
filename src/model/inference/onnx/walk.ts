import { type GraphProto, type NodeProto, type TensorProto, TensorProto_DataLocation } from './onnx_pb.js';

/** The graphs inside a node: branches of If, bodies of Loop and Scan. */
export const graphsIn = (node: NodeProto): readonly GraphProto[] =>
  node.attribute.flatMap((attribute) => [...(attribute.g === undefined ? [] : [attribute.g]), ...attribute.graphs]);

/** A graph and all graphs inside it. */
export const graphsOf = (graph: GraphProto): readonly GraphProto[] => [
  graph,
  ...graph.node.flatMap((node) => graphsIn(node).flatMap(graphsOf)),
];

/** Every tensor that may be stored in another file, wherever a graph holds it. */
export const tensorsOf = (graph: GraphProto): readonly TensorProto[] =>
  graphsOf(graph).flatMap((inner) => [
    ...inner.initializer,
    ...inner.sparseInitializer.flatMap(({ values, indices }) => [values, indices].filter((part) => part !== undefined)),
    ...inner.node.flatMap(({ attribute }) =>
      attribute.flatMap(({ t, tensors }) => (t === undefined ? tensors : [t, ...tensors])),
    ),
  ]);

/** File that holds a tensor, relative to the model; absent when the model holds it itself. */
export const weightFile = (tensor: TensorProto): string | undefined =>
  tensor.dataLocation === TensorProto_DataLocation.EXTERNAL
    ? (tensor.externalData.find(({ key }) => key === 'location')?.value ?? '')
    : undefined;
