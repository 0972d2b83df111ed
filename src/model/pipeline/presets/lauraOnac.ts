import type { Pipeline } from '../pipeline.js';

/** Third place: three video ResNets that vote; batch normalisation uses each stack's own statistics. */
export const lauraOnac: Pipeline = {
  schema: 'tandem-pipeline/1',
  name: 'lauraOnac',
  about:
    'Clog Loss 2020, third place. The first frame decides the box. The crop was stored as MPEG-4 part 2, and the networks ' +
    'were trained on what came back. Batch normalisation stayed in training mode. Kinetics constants for red, green, blue ' +
    'meet channels in blue, green, red order. Area resize is no area mean where the crop grows.',
  outline: {
    _tag: 'Colour',
    range: { red: [200, 255], green: [0, 150], blue: [0, 150] },
    frames: 'first',
    box: { _tag: 'Margin', before: 5, after: 4 },
    outside: 'kept',
  },
  guard: { leastFrames: 2, jump: 'fail', twoOutlines: 'fail' },
  channels: ['blue', 'green', 'red'],
  resize: { method: 'area', height: 112, width: 112 },
  reencode: { codec: 'mpeg4', framesPerSecond: 20, bitsPerSecond: 501_760, leastQuantiser: 3, keyEvery: 12 },
  depth: { _tag: 'Keep' },
  colours: 'kept',
  scaling: { divisor: 255, mean: [0.43216, 0.394666, 0.37645], deviation: [0.22803, 0.22145, 0.216989] },
  layout: 'CDHW',
  batchNorm: 'instance',
  flips: ['none'],
  models: [
    { role: 'R(2+1)D_v1', voteAt: 0.95 },
    { role: 'MC3', voteAt: 0.9 },
    { role: 'R(2+1)D_v2', voteAt: 0.8 },
  ],
  output: 'probability',
  ensemble: { _tag: 'Votes', atLeast: 2 },
};

const { reencode: _, ...asDecoded } = lauraOnac;

/** As deployed: no re-encoding, R3D in place of the second R(2+1)D, votes on rounded percentages. */
export const lauraOnacBot: Pipeline = {
  ...asDecoded,
  name: 'lauraOnacBot',
  about:
    'Human Computation Institute crowd bot "Gaia", 2021: as lauraOnac without re-encoding; R3D is the third voter.',
  models: [
    { role: 'R(2+1)D_v1', voteAt: 0.95 },
    { role: 'MC3', voteAt: 0.9 },
    { role: 'R3D', voteAt: 0.8 },
  ],
  ensemble: { _tag: 'Votes', atLeast: 2, digits: 4 },
};
