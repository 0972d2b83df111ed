import type { Pipeline } from '../pipeline.js';

/** First place: five folds of a 3-D DenseNet121, eight orientations each. */
export const zfturbo: Pipeline = {
  schema: 'tandem-pipeline/1',
  name: 'zfturbo',
  about:
    'Clog Loss 2020, first place. Channels are blue, green, red, but the constants are ImageNet’s in red, green, blue ' +
    'order. For 50, 60, 99, 106, … frames the 96th plane is black. A frame without outline aborted the winner’s run.',
  outline: {
    _tag: 'Colour',
    range: { red: [104, 255], green: [13, 143], blue: [9, 98] },
    frames: 'every',
    box: { _tag: 'Union' },
    outside: 'kept',
  },
  guard: { leastFrames: 2, jump: 'fail', twoOutlines: 'fail' },
  channels: ['blue', 'green', 'red'],
  resize: { method: 'zoomTrilinear', height: 128, width: 128 },
  depth: { _tag: 'Resample', planes: 96 },
  colours: 'kept',
  scaling: { divisor: 255, mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] },
  layout: 'DHWC',
  batchNorm: 'moving',
  flips: ['none', 'D', 'H', 'W', 'DH', 'HW', 'DW', 'DHW'],
  models: [{ role: 'fold_0' }, { role: 'fold_1' }, { role: 'fold_2' }, { role: 'fold_3' }, { role: 'fold_4' }],
  output: 'probability',
  ensemble: { _tag: 'Mean', over: 'models', stalledAbove: 0.7 },
};

/** The same pipeline in Stall Catchers' crowd bot: one mean over all forty answers. */
export const zfturboBot: Pipeline = {
  ...zfturbo,
  name: 'zfturboBot',
  about: 'Human Computation Institute crowd bot "roman", 2021: as zfturbo, one mean over 5 × 8 answers.',
  ensemble: { _tag: 'Mean', over: 'all', stalledAbove: 0.7 },
};
