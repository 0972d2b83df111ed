import { flipInto } from '../../kernel/image/flips.js';
import { normaliseInto, normalisePlanarInto, scalingTables } from '../../kernel/image/normalise.js';
import type { Volume } from '../../kernel/image/volume.js';
import type { Flip, Pipeline } from './pipeline.js';

/** What a model is fed: float32 in C order. */
export interface Tensor {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** The shape of what a pipeline makes: N orientations, T frames where stacks keep their own depth. */
export const inputShape = ({ channels, colours, depth, layout, resize }: Pipeline): readonly (number | string)[] => {
  const colour = colours === 'hueOfGrey' ? 3 : channels.length;
  if (depth._tag === 'GroupMeans') {
    const down = Math.ceil(depth.groups / depth.across);
    return ['N', colour, down * depth.height, depth.across * depth.width];
  }
  const planes = depth._tag === 'Resample' ? depth.planes : 'T';
  return layout === 'DHWC'
    ? ['N', planes, resize.height, resize.width, colour]
    : ['N', colour, planes, resize.height, resize.width];
};

/** Stacks that go into a model together, because they are padded to the longest of them. */
export const neighboursOf = ({ depth }: Pick<Pipeline, 'depth'>): number =>
  depth._tag === 'PadToBatch' ? depth.batch : 1;

/** Planes of a tensor without a batch axis; 1 where there is no depth. */
export const depthOf = ({ shape }: Tensor, layout: Pipeline['layout']): number =>
  layout === 'CHW' ? 1 : shape[layout === 'DHWC' ? 0 : 1];

/** Adds zero planes at the end, as in one row of `stackedTensors`, without the memory of all rows. */
export const padded =
  (planes: number, layout: Pipeline['layout']) =>
  (tensor: Tensor): Tensor => {
    const depth = depthOf(tensor, layout);
    if (layout === 'CHW' || planes <= depth) return tensor;
    const axis = layout === 'DHWC' ? 0 : 1;
    const shape = tensor.shape.map((n, a) => (a === axis ? planes : n));
    const data = new Float32Array((tensor.data.length / depth) * planes);
    const runs = axis === 0 ? 1 : shape[0];
    const [from, to] = [tensor.data.length / runs, data.length / runs];
    for (let r = 0; r < runs; r++) data.set(tensor.data.subarray(r * from, (r + 1) * from), r * to);
    return { data, shape };
  };

/** Scales bytes and puts axes in the network's order. */
export const tensorOf = (volume: Volume, { scaling, layout }: Pick<Pipeline, 'scaling' | 'layout'>): Tensor => {
  const { data, depth, height, width, channels } = volume;
  const out = new Float32Array(data.length);
  const tables = scalingTables(scaling, channels);
  if (layout === 'DHWC') {
    normaliseInto(out, data, tables);
    return { data: out, shape: [depth, height, width, channels] };
  }
  normalisePlanarInto(out, data, tables);
  return { data: out, shape: layout === 'CHW' ? [channels, height, width] : [channels, depth, height, width] };
};

/** One orientation of a tensor. Scaling treats all places alike, so turning before it or after it gives the same. */
export const flipped =
  (flip: Flip, layout: Pipeline['layout']) =>
  (tensor: Tensor): Tensor => {
    if (flip === 'none') return tensor;
    const data = new Float32Array(tensor.data.length);
    turnInto(data, tensor, flip, layout);
    return { ...tensor, data };
  };

/** All orientations that the pipeline asks for, stacked along a first axis. */
export const orientations =
  ({ flips, layout }: Pick<Pipeline, 'flips' | 'layout'>) =>
  (tensor: Tensor): Tensor => {
    const size = tensor.data.length;
    const data = new Float32Array(flips.length * size);
    for (const [i, flip] of flips.entries()) turnInto(data.subarray(i * size, (i + 1) * size), tensor, flip, layout);
    return { data, shape: [flips.length, ...tensor.shape] };
  };

const turnInto = (out: Float32Array, { data, shape }: Tensor, flip: Flip, layout: Pipeline['layout']): void => {
  const turn = { depth: flip.includes('D'), rows: flip.includes('H'), cols: flip.includes('W') };
  if (layout === 'DHWC') {
    const [depth, height, width, channels] = shape;
    flipInto(out, data, { depth, height, width, channels }, turn);
    return;
  }
  // Channels lie outermost: each is a volume by itself.
  const [channels, ...rest] = shape;
  const [height, width] = rest.slice(-2);
  const depth = rest.length === 3 ? rest[0] : 1;
  const size = depth * height * width;
  for (let c = 0; c < channels; c++) {
    const [from, to] = [c * size, (c + 1) * size];
    flipInto(out.subarray(from, to), data.subarray(from, to), { depth, height, width, channels: 1 }, turn);
  }
};

/**
 * Stacks tensors along a new first axis. Tensors of fewer planes are padded with zeros at the end, as in the loader of the
 * second place: a network that pools over depth then answers differently beside other neighbours.
 *
 * @throws RangeError when there are no tensors, or they differ in anything but depth
 */
export const stackedTensors =
  (layout: Pipeline['layout']) =>
  (tensors: readonly Tensor[]): Tensor => {
    const depthAxis = layout === 'DHWC' ? 0 : 1;
    const [first] = tensors;
    if (first === undefined) throw new RangeError('stackedTensors: expected one tensor or more, got 0');
    const longest = Math.max(...tensors.map((tensor) => tensor.shape[depthAxis]));
    const shape = first.shape.map((n, axis) => (axis === depthAxis && layout !== 'CHW' ? longest : n));
    const size = shape.reduce((a, b) => a * b, 1);
    const data = new Float32Array(tensors.length * size);
    for (const [n, tensor] of tensors.entries()) {
      if (tensor.shape.some((length, axis) => axis !== depthAxis && length !== shape[axis])) {
        throw new RangeError(`stackedTensors: expected shape ${shape.join(' × ')}, got ${tensor.shape.join(' × ')}`);
      }
      // Data before the depth axis come in runs; each run is padded by itself.
      const runs = depthAxis === 0 ? 1 : shape[0];
      const run = tensor.data.length / runs;
      for (let r = 0; r < runs; r++)
        data.set(tensor.data.subarray(r * run, (r + 1) * run), n * size + (r * size) / runs);
    }
    return { data, shape: [tensors.length, ...shape] };
  };
