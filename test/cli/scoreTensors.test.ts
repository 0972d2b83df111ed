import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { findFfmpeg } from '../../src/model/frames/ffmpeg.js';
import { sha256Of } from '../../src/model/scoring/tensors.js';
import { prepareStack, presets, stackFromFile } from '../../src/model.js';
import { shared, testWithShared } from '../shared.js';
import { neighbourly, oriented } from '../unit/runnerFixture.js';
import { writePipeline, writeStacks } from './scoreFixture.js';
import { expectListed, MANIFEST, PRESETS, video } from './scoreManifest.js';
import { rows, scratch, tandem } from './tandem.js';

// The smallest, and one whose 96th plane is black; test/slow takes all of them.
const STACKS = ['900003.mp4', '900005.mp4'];
const NEEDS = [MANIFEST, ...STACKS.map(video)];
const ffmpeg = await findFfmpeg();

describe('tandem score --tensors-only', () => {
  for (const preset of PRESETS.filter((p) => ['zfturbo', 'kbrodt', 'kbrodtBot', 'lauraOnac'].includes(p.preset))) {
    const name = `${preset.preset} has the listed tensors`;
    if (preset.preset === 'lauraOnac' && ffmpeg === undefined)
      test.skip(`${name} (skipped: no ffmpeg)`, () => undefined);
    else testWithShared(name, NEEDS, () => expectListed(preset, join(scratch(), 'tensors.csv'), STACKS));
  }

  testWithShared('azKa has the tensor that the library makes', NEEDS, async () => {
    const path = shared(video('900005.mp4'));
    const out = join(scratch(), 'tensors.csv');
    tandem('score', path, '--preset', 'azKa', '--tensors-only', '--out', out);
    const made = await prepareStack({ pipeline: presets.azKa })(stackFromFile(path));
    if (E.isLeft(made)) throw new Error(made.left._tag);
    expect(rows(out)[0]).toMatchObject({ input: 'input', shape: '3x224x224', sha256: sha256Of(made.right.tensor) });
  });

  const tensorsOf = (pipeline: typeof oriented, stacks: number) => {
    const dir = scratch();
    writeStacks(join(dir, 'stacks'), 0, stacks);
    const out = join(dir, 'tensors.csv');
    const preset = writePipeline(join(dir, 'p.json'), pipeline);
    tandem('score', join(dir, 'stacks'), '--preset', preset, '--tensors-only', '--out', out);
    return rows(out);
  };

  test('tells every orientation, and the whole that goes into the model', () => {
    expect(tensorsOf(oriented, 1).map(({ input, shape }) => `${input} ${shape}`)).toEqual([
      ...['', ':D', ':H', ':W', ':DH', ':HW', ':DW', ':DHW'].map((turned) => `input${turned} 3x4x5x1`),
      'batch 8x3x4x5x1',
    ]);
  });

  test('tells the padded batch of neighbours that go in together', () => {
    const batches = tensorsOf(neighbourly, 4).filter(({ input }) => input === 'batch');
    expect(batches.map(({ shape }) => shape)).toEqual(['3x1x5x4x5', '3x1x5x4x5', '3x1x5x4x5', '1x1x6x4x5']);
    expect(new Set(batches.map(({ sha256 }) => sha256)).size).toBe(2);
  });
});
