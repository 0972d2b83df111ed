import type { Pipeline } from '../pipeline.js';

/** A small version of the first place's pipeline, for the model in this package (trained on simulated data only). */
export const embedded: Pipeline = {
  schema: 'tandem-pipeline/1',
  name: 'embedded',
  about:
    'Five folds of a small 3-D DenseNet, trained on simulated stacks only (models/embedded/MODEL_CARD.md): for trying ' +
    'things out and for tests, not for judging vessels. One channel: tissue is grey, and in blue the outline is dark.',
  outline: {
    _tag: 'Colour',
    // The exported orange can have less blue than the winners' range allows; grey tissue is never in this range.
    range: { red: [104, 255], green: [13, 143], blue: [0, 98] },
    frames: 'every',
    box: { _tag: 'Union' },
    outside: 'kept',
  },
  guard: { leastFrames: 8, jump: 'fail', twoOutlines: 'fail' },
  channels: ['blue'],
  resize: { method: 'zoomTrilinear', height: 32, width: 32 },
  depth: { _tag: 'Resample', planes: 32 },
  colours: 'kept',
  scaling: { divisor: 255 },
  layout: 'CDHW',
  batchNorm: 'moving',
  flips: ['none', 'D', 'H', 'W', 'DH', 'HW', 'DW', 'DHW'],
  models: [{ role: 'fold_0' }, { role: 'fold_1' }, { role: 'fold_2' }, { role: 'fold_3' }, { role: 'fold_4' }],
  output: 'probability',
  ensemble: { _tag: 'Mean', over: 'models', stalledAbove: 0.57 },
};
