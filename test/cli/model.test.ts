import { copyFileSync, existsSync, linkSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { scratch, tandem } from './tandem.js';

const FIXTURES = join(import.meta.dirname, '..', 'fixtures', 'onnx');
const onnx = (name: string): string => join(FIXTURES, `${name}.onnx`);

describe('tandem model inspect', () => {
  test('says what a file says of itself', () => {
    const { code, stdout, stderr } = tandem('model', 'inspect', onnx('instance'));
    expect([code, stderr]).toEqual([0, '']);
    for (const words of [
      'ONNX IR 7, opset ai.onnx 14, made with pytorch 1.13.0',
      'input: float32 N × 1 × T × 8 × 8',
      'logit: float32 N × 1, from Gemm',
      '121 parameters in 6 nodes',
    ])
      expect(stdout).toContain(words);
  });

  test('with --preset ends with 2 and every difference, each once, with its remedy', () => {
    const { code, stdout } = tandem('model', 'inspect', onnx('fold_0'), onnx('fold_1'), '--preset', 'kbrodt');
    expect(code).toBe(2);
    expect(stdout).toContain('Does not fit pipeline kbrodt: 2 differences.');
    expect(stdout).toContain('wants N × 1 × T × 8 × 8, and pipeline kbrodt makes N × 1 × T × 160 × 160.\n  → If the');
    expect(stdout).toContain('→ Write `"output": "probability"` in a pipeline of your own');
  });

  test('--json says the same to programs', () => {
    const { code, stdout } = tandem('model', 'inspect', onnx('softmax'), '--preset', 'azKa', '--json');
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      pipeline: 'azKa',
      fits: false,
      differences: [{ model: onnx('softmax'), fix: expect.stringContaining('`depth`') }],
      models: [{ outputs: [{ madeBy: 'Softmax' }] }],
    });
  });

  test('ends with 1 and a sentence on what is no model, and on a preset that is none', () => {
    const [model, preset] = [
      tandem('model', 'inspect', join(FIXTURES, 'make.py')),
      tandem('model', 'inspect', onnx('fold_0'), '--preset', 'zfturb'),
    ];
    expect([model.code, preset.code]).toEqual([1, 1]);
    expect(model.stderr).toContain('Copy or export the model again');
    expect(preset.stderr).toContain('one of zfturbo, ');
  });
});

describe('tandem model merge', () => {
  test('writes one file with the outputs of all, that inspect reads', () => {
    const out = join(scratch(), 'ensemble.onnx');
    const { code, stdout } = tandem('model', 'merge', '--out', out, onnx('fold_0'), onnx('fold_1'), onnx('fold_2'));
    expect(code).toBe(0);
    expect(stdout).toContain('Merged 3 models');
    expect(tandem('model', 'inspect', out).stdout).toContain('probability_2: float32 N × 1, from Sigmoid');
  });

  test('refuses to write over one of its members, by whatever name', () => {
    const dir = scratch();
    const members = ['fold_0', 'fold_1'].map((name) => join(dir, `${name}.onnx`));
    copyFileSync(onnx('fold_0'), members[0]);
    copyFileSync(onnx('fold_1'), members[1]);
    linkSync(members[1], join(dir, 'linked.onnx'));
    for (const out of [members[0], join(dir, 'linked.onnx')]) {
      const { code, stderr } = tandem('model', 'merge', '--out', out, ...members);
      expect([code, stderr.trim()]).toEqual([
        1,
        `--out: expected a file of its own, found ${out}, which is one of the models to merge. Give another --out.`,
      ]);
    }
    expect(readFileSync(members[0])).toEqual(readFileSync(onnx('fold_0')));
    expect(readFileSync(members[1])).toEqual(readFileSync(onnx('fold_1')));
  });

  test('refuses to write over weights of a member', () => {
    const dir = scratch();
    for (const name of ['external_0.onnx', 'external_0.weights']) copyFileSync(join(FIXTURES, name), join(dir, name));
    const out = join(dir, 'external_0.weights');
    const { code, stderr } = tandem('model', 'merge', '--out', out, join(dir, 'external_0.onnx'));
    expect([code, stderr]).toEqual([1, expect.stringContaining(`found ${out}, which holds the weights of`)]);
    expect(readFileSync(out)).toEqual(readFileSync(join(FIXTURES, 'external_0.weights')));
  });

  test('writes nothing when the models differ', () => {
    const out = join(scratch(), 'ensemble.onnx');
    const { code, stderr } = tandem('model', 'merge', '--out', out, onnx('fold_0'), onnx('old_0'));
    expect(code).toBe(1);
    expect(stderr).toContain('IR version 3 instead of the 7');
    expect(existsSync(out)).toBe(false);
  });
});
