import type { Pipeline } from '../decode/pipeline.js';
import type { Tensor } from './tensor.js';

/** Planes of a tensor without a batch axis; 1 where there is no depth. */
export const depthOf = ({ shape }: Tensor, layout: Pipeline['layout']): number =>
  layout === 'CHW' ? 1 : shape[layout === 'DHWC' ? 0 : 1];

/** Zero planes at the end, as in a row of `batch`, without holding the whole batch. */
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
