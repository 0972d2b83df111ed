/** Sizes of axes, slowest first: a number, or a name where the size may vary. */
export type Shape = readonly (number | string)[];

/** One input or output of a network, as its file or its runtime describes it. */
export interface Port {
  readonly name: string;
  /** `float32`, `int64`, …; `not a tensor` for sequences, maps and optionals. Absent before onnxruntime-node 1.20. */
  readonly type?: string;
  /** A size without a name is `?`. Absent when not even the rank is known. */
  readonly shape?: Shape;
}

/** One input or output, as a model file describes it. */
export interface ModelPort extends Port {
  readonly type: string;
}

/** An output of an ONNX model, with the operator that makes it. */
export interface ModelOutput extends ModelPort {
  /** The operator that computes it, seen through those that only rearrange; absent for an input or a constant. */
  readonly madeBy?: string;
}

/** One output of one run. */
export interface RawOutput {
  readonly type: string;
  readonly shape: readonly number[];
  readonly data: ArrayLike<unknown>;
}

/** Runtimes report a size that may vary as a name, as an empty name, or as −1. */
export const isFixed = (size: number | string): size is number => typeof size === 'number' && size > 0;

/** A shape as people read it: 1 × 3 × T × 112 × 112. */
export const shapeText = (shape: Shape): string => shape.map((n) => (isFixed(n) ? n : n || '?')).join(' × ');
