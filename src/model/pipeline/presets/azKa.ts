import type { Pipeline } from '../pipeline.js';

/** MATLAB bonus prize: four mean images as one montage for a ResNet18. */
export const azKa: Pipeline = {
  schema: 'tandem-pipeline/1',
  name: 'azKa',
  about:
    'Clog Loss 2020, MATLAB bonus prize, rebuilt from MATLAB’s documentation: not bit for bit. A broken outline keeps its ' +
    'stroke only. The winner stored the montage as JPEG of quality 75, which is left out here, and the statistics of the ' +
    'input layer are not known.',
  outline: {
    _tag: 'Colour',
    range: { red: [104, 255], green: [13, 143], blue: [9, 98] },
    frames: 'first',
    box: { _tag: 'LongestBlob', after: 1 },
    outside: 'black',
  },
  guard: { leastFrames: 4, jump: 'fail', twoOutlines: 'fail' },
  channels: ['red', 'green', 'blue'],
  resize: { method: 'bicubic', height: 224, width: 224 },
  depth: { _tag: 'GroupMeans', groups: 4, across: 2, height: 112, width: 112 },
  colours: 'hueOfGrey',
  scaling: { divisor: 1 },
  layout: 'CHW',
  batchNorm: 'moving',
  flips: ['none'],
  models: [{ role: 'ResNet18' }],
  output: 'softmax',
  ensemble: { _tag: 'Mean', over: 'models', stalledAbove: 0.5 },
};
