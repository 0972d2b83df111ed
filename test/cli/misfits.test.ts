import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Pipeline } from '../../src/model/pipeline/pipeline.js';
import { presets } from '../../src/model.js';
import { writePipeline, writeStacks } from './scoreFixture.js';
import { scratch, tandem } from './tandem.js';

const fixture = (name: string): string => join(import.meta.dirname, '..', 'fixtures', 'onnx', `${name}.onnx`);

const small: Pipeline = {
  ...presets.kbrodtAlone,
  name: 'small',
  outline: { _tag: 'Whole' },
  resize: { method: 'linear', height: 8, width: 8 },
  models: [{ role: 'one' }],
};

const scored = (pipeline: Pipeline, model: string) => {
  const dir = scratch();
  writeStacks(join(dir, 'stacks'), 0, 1);
  return tandem(
    ...['score', join(dir, 'stacks'), '--preset', writePipeline(join(dir, 'small.json'), pipeline)],
    ...['--models', fixture(model), '--out', join(dir, 'scores.csv'), '--processes', '1'],
  );
};

test('says nothing of a model that fits', () => {
  const { code, stderr, stdout } = scored(small, 'logit');
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).not.toContain('Note');
});

test('warns before the run and after it of a model that runs and means something else', () => {
  const { stderr, stdout } = scored({ ...small, output: 'probability' }, 'logit');
  expect(stderr).toMatch(/^Beware: .*logit\.onnx: output "logit" comes from Gemm, so it is a logit/);
  expect(stderr).toContain('Write `"output": "logit"` in a pipeline of your own');
  expect(stdout).toContain('so it is a logit');
  const frozen = scored({ ...small, batchNorm: 'instance' }, 'logit');
  expect(frozen.stderr).toContain("no node normalises by the stack's own moments");
});

test('says how to mend a model that the runtime refuses', () => {
  const { code, stderr } = scored({ ...small, resize: { method: 'linear', height: 9, width: 8 } }, 'logit');
  expect(code).toBe(1);
  expect(stderr).toContain('write them in `resize` of a pipeline of your own');
});

test('refuses normalisation left in training mode, which the runtime answers wrongly', () => {
  const { code, stderr } = scored({ ...small, batchNorm: 'instance' }, 'training');
  expect(code).toBe(1);
  expect(stderr).toMatch(/training\.onnx: .*in training mode.*InstanceNormalization/s);
});
