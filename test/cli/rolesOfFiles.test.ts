import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Pipeline } from '../../src/model/pipeline/pipeline.js';
import { openPredictor, readPipeline, stackFromFile } from '../../src/model.js';
import { got, model, oriented, voting } from '../unit/runnerFixture.js';
import { writePipeline, writeStacks } from './scoreFixture.js';
import { json, rows, scratch, tandem } from './tandem.js';

/** A pipeline whose first and third role are played by one file, and its second by another. */

const OUTPUTS = ['probability_0', 'probability', 'probability_1'];

const laboratory = (pipeline: Pipeline, { stacks, isNamed }: { stacks: number; isNamed: boolean }) => {
  const dir = scratch();
  const kind = pipeline.ensemble._tag === 'Votes' ? 'vote' : 'place';
  writeStacks(join(dir, 'stacks'), 0, stacks);
  copyFileSync(model(`${kind}1`), join(dir, 'inner.onnx'));
  tandem('model', 'merge', '--out', join(dir, 'outer.onnx'), model(`${kind}0`), model(`${kind}2`));
  const outputs = kind === 'vote' ? OUTPUTS : OUTPUTS.map((name) => name.replace('probability', 'prediction'));
  const models = pipeline.models.map((role, m) => ({
    ...role,
    file: m === 1 ? 'inner.onnx' : 'outer.onnx',
    ...(isNamed ? { output: outputs[m] } : {}),
  }));
  const preset = writePipeline(join(dir, 'mixed.json'), { ...pipeline, models });
  const file = (name: string): string => join(dir, name);
  const score = (out: string, ...more: readonly string[]) => {
    const done = tandem('score', file('stacks'), '--preset', preset, '--out', file(out), '--processes', '1', ...more);
    expect([done.code, done.stderr]).toEqual([0, '']);
    return rows(file(out));
  };
  return { dir, preset, file, score };
};

const perModel = (row: Readonly<Record<string, string>>): readonly number[] =>
  Object.entries(row).flatMap(([name, value]) => (name.startsWith('p_') ? [Number(value)] : []));

describe('tandem score gives files the roles that name them', () => {
  test.each([
    ['three that vote', voting, false],
    ['a mean, by their outputs', oriented, true],
  ])('%s', async (_, pipeline, isNamed) => {
    const { preset, file, score } = laboratory(pipeline, { stacks: 2, isNamed });
    const read = await readPipeline(preset);
    if (read._tag === 'Left') throw new Error('unreadable');
    const predictor = got(await openPredictor()({ pipeline: read.right }));
    const [first] = await predictor.predict([stackFromFile(file(join('stacks', 'stack_0.npy')))]);
    await predictor.close();
    const { ensemble } = got(first);
    const given = ['--models', file('inner.onnx'), file('outer.onnx')];
    for (const [row] of [score('own.csv'), score('given.csv', ...given)]) {
      expect(perModel(row)).toEqual(ensemble.perModel);
      expect([Number(row['score']), row['label']]).toEqual([
        ensemble.score,
        ensemble.label === 1 ? 'stalled' : 'flowing',
      ]);
    }
    // One run, however its files were given.
    expect(json(file('own.csv.json')).sessions).toEqual(json(file('given.csv.json')).sessions);
    const inspected = tandem('model', 'inspect', ...given.slice(1), '--preset', preset);
    expect(inspected.stdout).toContain(`Fits pipeline ${pipeline.name}`);
  });
});

describe('tandem model early-stop', () => {
  const LAX = ['--risk', '0.3', '--confidence', '0.7'];
  const halved: Pipeline = { ...oriented, ensemble: { _tag: 'Mean', over: 'models', stalledAbove: 0.57 } };

  test('looks after each file, in the order in which files answer', () => {
    const { preset, file } = laboratory(halved, { stacks: 60, isNamed: false });
    const prove = (...models: readonly string[]): string => {
      const rule = file('early-stop.json');
      const chosen = models.length === 0 ? [] : ['--models', ...models];
      const done = tandem('model', 'early-stop', file('stacks'), '--preset', preset, ...chosen, '--out', rule, ...LAX);
      expect([done.code, done.stderr]).toEqual([0, '']);
      return readFileSync(rule, 'utf8');
    };
    const text = prove();
    const { margins } = JSON.parse(text).risk;
    // Two models of the outer file, then the inner one.
    expect(margins.map((margin: number) => margin === Number.MAX_VALUE)).toEqual(
      Array.from({ length: 24 }, (_, k) => k % 3 === 0),
    );
    expect(prove(file('inner.onnx'), file('outer.onnx'))).toBe(text);
    // The margins are those of the passes in the order in which they come: as if the outer models stood first.
    const models = [model('place0'), model('place2'), model('place1')];
    const apart = writePipeline(file('apart.json'), { ...halved, name: 'apart' });
    const rule = file('apart-stop.json');
    tandem('model', 'early-stop', file('stacks'), '--preset', apart, '--models', ...models, '--out', rule, ...LAX);
    const expected: readonly number[] = json(rule).risk.margins;
    const [ratio] = margins.flatMap((margin: number, k: number) => (k % 3 === 1 ? [margin / expected[k]] : []));
    for (const [k, margin] of margins.entries()) {
      if (k % 3 > 0 && k < 23) expect(margin / expected[k]).toBeCloseTo(ratio, 9);
    }
  });

  test('refuses a file given twice, whose runs nothing could tell apart', () => {
    const { preset, file } = laboratory(halved, { stacks: 1, isNamed: false });
    const models = ['inner.onnx', 'inner.onnx', 'inner.onnx'].map(file);
    const done = tandem(
      'model',
      'early-stop',
      file('stacks'),
      '--preset',
      preset,
      '--models',
      ...models,
      '--out',
      file('e.json'),
    );
    expect(done.code).toBe(1);
    expect(done.stderr).toMatch(/expected each file once, found .*inner\.onnx twice/);
  });
});

describe('weights in a file beside the model', () => {
  const weighed = () => {
    const dir = scratch();
    writeStacks(join(dir, 'stacks'), 0, 2);
    for (const name of ['weightsApart.onnx', 'weightsApart.bin']) {
      copyFileSync(join(dirname(model('weightsApart')), name), join(dir, name));
    }
    const one = (more: object): Pipeline => ({
      ...oriented,
      models: [{ role: 'fold_0', file: 'weightsApart.onnx', ...more }],
    });
    const preset = writePipeline(join(dir, 'apart.json'), one({}));
    const out = join(dir, 'scores.csv');
    const beside = join(dir, 'weightsApart.bin');
    return {
      dir,
      out,
      beside,
      pin: (sha256: string) => writePipeline(preset, one({ sha256 })),
      score: (...more: readonly string[]) =>
        tandem('score', join(dir, 'stacks'), '--preset', preset, '--out', out, '--processes', '1', ...more),
      damage: () => {
        const bytes = readFileSync(beside);
        bytes[bytes.length - 1] ^= 1;
        writeFileSync(beside, bytes);
      },
    };
  };

  test('belong to the run: with others it is not resumed, and the provenance has their hash', () => {
    const { dir, out, score, damage } = weighed();
    expect(score().code).toBe(0);
    const [model0] = json(`${out}.json`).sessions[0].models;
    expect(model0.weights).toEqual([{ file: 'weightsApart.bin', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
    const before = readFileSync(out, 'utf8');
    writeStacks(join(dir, 'stacks'), 2, 4);
    damage();
    const again = score();
    expect([again.code, again.stdout]).toEqual([1, '']);
    expect(again.stderr).toMatch(/"models": expected \[[0-9a-f]{8}…,[0-9a-f]{8}…\] as asked for now, found/);
    expect(readFileSync(out, 'utf8')).toBe(before);
    expect(score('--fresh').code).toBe(0);
    expect(json(`${out}.json`).sessions).toHaveLength(1);
    expect(json(`${out}.json`).sessions[0].models[0].weights).not.toEqual(model0.weights);
  });

  test('are not covered by the pin of a role, and that is said', () => {
    const { out, score, pin } = weighed();
    expect(score().stderr).toBe('');
    pin(json(`${out}.json`).sessions[0].models[0].sha256);
    expect(score().stderr).toMatch(
      /^Beware: .*weightsApart\.onnx: its weights are in weightsApart\.bin, which the SHA-256 in pipeline oriented does not cover/,
    );
  });

  test('that are missing are asked for by name', () => {
    const { score, beside } = weighed();
    rmSync(beside);
    const done = score();
    expect(done.code).toBe(1);
    expect(done.stderr).toMatch(/its weights are in weightsApart\.bin, which is not beside it/);
    expect(done.stderr).toContain('expected weights beside the model');
  });
});
