import type { Pipeline } from '../pipeline.js';

/** Second place: five snapshots of a 3-D ResNet101 on the red plane. */
export const kbrodt: Pipeline = {
  schema: 'tandem-pipeline/1',
  name: 'kbrodt',
  about:
    'Clog Loss 2020, second place. The box is as long as the longest single frame’s, not the union. Stacks were padded ' +
    'with black planes to the longest of their batch of eight, in file order, so neighbours change the answer.',
  outline: {
    _tag: 'Colour',
    range: { red: [104, 255], green: [13, 143], blue: [9, 98] },
    frames: 'every',
    box: { _tag: 'LongestFromFirst' },
    outside: 'kept',
  },
  guard: { leastFrames: 2, jump: 'fail', twoOutlines: 'fail' },
  channels: ['red'],
  resize: { method: 'linear', height: 160, width: 160 },
  depth: { _tag: 'PadToBatch', batch: 8 },
  colours: 'kept',
  scaling: { divisor: 255 },
  layout: 'CDHW',
  batchNorm: 'moving',
  flips: ['none'],
  models: [{ role: 'ft_515' }, { role: 'ft_705' }, { role: 'ft_915' }, { role: 'ft2_t6_798' }, { role: 'ft2_t6_1115' }],
  output: 'logit',
  ensemble: { _tag: 'Mean', over: 'models', stalledAbove: 0.5 },
};

/** One stack at a time, so that other stacks in the batch do not change the answer. */
export const kbrodtAlone: Pipeline = {
  ...kbrodt,
  name: 'kbrodtAlone',
  about: 'As kbrodt, one stack at a time and without padding: the answer depends on the stack alone.',
  depth: { _tag: 'Keep' },
};

/** As deployed: a mistake drops every second row of the crop before resizing. Use it only to read field data. */
export const kbrodtBot: Pipeline = {
  ...kbrodtAlone,
  name: 'kbrodtBot',
  about:
    'Human Computation Institute crowd bot "CLSC2", 2021: batch of one, and a slip drops every second row of the crop ' +
    '(frames were meant). For reading field data only.',
  rowStep: 2,
};
