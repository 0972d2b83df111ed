import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { afterAll, describe, expect, test } from 'vitest';
import { readAnswers } from '../../src/model/inference/answers.js';
import type { ModelFile } from '../../src/model/inference/modelFile.js';
import { loadRuntime } from '../../src/model/inference/runtime.js';
import { encodePipeline, pipelineHash } from '../../src/model/pipeline/document.js';
import type { Pipeline } from '../../src/model/pipeline/pipeline.js';
import {
  decodePipeline,
  type ModelFailure,
  openPredictor,
  type Predictor,
  type PredictorOptions,
  prepareStack,
  presets,
  readPipeline,
  stackFromBytes,
} from '../../src/model.js';
import {
  failure,
  files,
  got,
  greyStack,
  model,
  neighbourly,
  oriented,
  runner,
  single,
  tiled,
  told,
  voting,
} from './runnerFixture.js';

const folder = mkdtempSync(join(tmpdir(), 'tandem-models-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const open: Predictor[] = [];
afterAll(async () => {
  for (const predictor of open) await predictor.close();
});

const opening = (
  pipeline: Pipeline,
  list: readonly ModelFile[],
  options?: PredictorOptions,
): Promise<E.Either<ModelFailure, Predictor>> => openPredictor(options)({ pipeline, models: list });

const opened = async (...args: Parameters<typeof opening>): Promise<Predictor> => {
  const predictor = got(await opening(...args));
  open.push(predictor);
  return predictor;
};

const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
const closeTo = (actual: readonly number[], expected: readonly number[], tolerance = 1e-6): void => {
  expect(actual.length).toBe(expected.length);
  for (const [i, p] of actual.entries()) expect(Math.abs(p - expected[i])).toBeLessThan(tolerance);
};

const FOLDS = ['place0', 'place1', 'place2'];
const ORIENTED = runner.cases.map(({ seed }) => greyStack(seed, 3));
const PADDED = runner.padded.map(({ seed, frames, dim }) => greyStack(seed, frames, dim));

describe.each(['node', 'web'] as const)('with onnxruntime-%s', (runtime) => {
  test('three folds and eight orientations answer as numpy says', async () => {
    const predictor = await opened(oriented, files(...FOLDS), { runtime });
    const scores = (await predictor.predict(ORIENTED)).map(got);
    for (const [i, expected] of runner.cases.entries()) {
      closeTo(scores[i].answers.flat(), expected.answers.flat());
      closeTo(scores[i].ensemble.perModel, expected.perModel);
      closeTo([scores[i].ensemble.score], [expected.score]);
      expect(scores[i].ensemble.label).toBe(expected.score > 0.5 ? 1 : 0);
      expect(scores[i]).toMatchObject({ stack: `stack ${expected.seed}`, frames: 3, passes: 24 });
    }
    expect(predictor.runtime).toMatch(new RegExp(`^onnxruntime-${runtime} \\d+\\.\\d+`));
    expect(predictor.note).toBeUndefined();
  });

  test('neighbours are padded to the longest of their batch, and only of theirs', async () => {
    const predictor = await opened(neighbourly, files('logit'), { runtime });
    expect(predictor.neighbours).toBe(3);
    const scores = (await predictor.predict([...PADDED, PADDED[0]])).map(got);
    const expected = [...runner.padded.map(({ together }) => together), runner.padded[0].alone];
    closeTo(
      scores.map((score) => score.ensemble.score),
      expected,
    );
  });

  test('three models vote', async () => {
    const predictor = await opened(voting, files('vote0', 'vote1', 'vote2'), { runtime });
    const scores = (
      await predictor.predict(runner.votes.map(({ seed, frames, dim }) => greyStack(seed, frames, dim)))
    ).map(got);
    for (const [i, { perModel }] of runner.votes.entries()) {
      closeTo(scores[i].ensemble.perModel, perModel);
      const votes = perModel.filter((p, m) => p >= (voting.models[m].voteAt ?? 1)).length;
      expect(scores[i].ensemble).toMatchObject({ score: votes / 3, label: votes >= 2 ? 1 : 0 });
    }
  });

  test('of two classes the second is read', async () => {
    const predictor = await opened(tiled, files('softmax'), { runtime });
    const [score] = (await predictor.predict([greyStack(1, 8)])).map(got);
    const { tensor } = got(await prepareStack({ pipeline: tiled })(greyStack(1, 8)));
    const mean = [0, 1, 2].map((c) => tensor.data.slice(c * 16, (c + 1) * 16).reduce((a, b) => a + b, 0) / 16);
    const [z0, z1] = [0.5 + 0.01 * mean[0] - 0.02 * mean[1], -0.5 - 0.01 * mean[0] + 0.02 * mean[1] + 0.01 * mean[2]];
    closeTo([score.ensemble.score], [1 / (1 + Math.exp(z0 - z1))]);
  });
});

test('both runtimes give the same answers', async () => {
  const answers = [];
  for (const runtime of ['node', 'web'] as const) {
    const predictor = await opened(oriented, files('merged'), { runtime });
    answers.push((await predictor.predict(ORIENTED)).flatMap((score) => got(score).answers.flat()));
  }
  closeTo(answers[0], answers[1]);
});

describe('models and roles', () => {
  test('a merged file answers like the files it was made of', async () => {
    const apart = await (await opened(oriented, files(...FOLDS))).predict(ORIENTED);
    const merged = await opened(oriented, files('merged'));
    const together = await merged.predict(ORIENTED);
    expect(together.map((s) => got(s).answers)).toEqual(apart.map((s) => got(s).answers));
    expect(merged.models.map(({ role, output }) => [role, output])).toEqual([
      ['fold_0', 'fold_0'],
      ['fold_1', 'fold_1'],
      ['fold_2', 'fold_2'],
    ]);
    expect(new Set(merged.models.map((used) => used.sha256))).toEqual(new Set([sha256(model('merged'))]));
  });

  test('a mean takes fewer models, and says so', async () => {
    const predictor = await opened(oriented, files('place0', 'place1'));
    expect(predictor.note).toBe('2 of 3 models');
    const [score] = (await predictor.predict(ORIENTED)).map(got);
    closeTo([score.ensemble.score], [(runner.cases[0].perModel[0] + runner.cases[0].perModel[1]) / 2]);
  });

  test('a model that takes eight at once is given all eight orientations', async () => {
    const predictor = await opened(oriented, files('eightAtOnce'));
    const [score] = (await predictor.predict(ORIENTED)).map(got);
    closeTo(score.answers[0], runner.cases[0].answers[0]);
    const { tensor, stack } = got(await prepareStack({ pipeline: oriented })(ORIENTED[0]));
    const asked = await predictor.ask({ tensor, stack }, { file: 0, flip: 'HW' });
    closeTo(got(asked), [runner.cases[0].answers[0][oriented.flips.indexOf('HW')]]);
  });

  test('weights in a file of their own are found beside the model', async () => {
    const predictor = await opened(oriented, files('weightsApart'));
    closeTo(got((await predictor.predict(ORIENTED))[0]).answers[0], runner.cases[0].answers[0]);
  });

  test('one run answers one question', async () => {
    const predictor = await opened(oriented, files('merged'));
    const { tensor, stack } = got(await prepareStack({ pipeline: oriented })(ORIENTED[1]));
    for (const [f, flip] of oriented.flips.entries()) {
      const asked = got(await predictor.ask({ tensor, stack }, { file: 0, flip }));
      closeTo(
        asked,
        runner.cases[1].answers.map((row) => row[f]),
      );
    }
  });

  test('prepared tensors score like their stacks', async () => {
    const predictor = await opened(neighbourly, files('logit'));
    const ready = await Promise.all(
      PADDED.map(async (source) => got(await prepareStack({ pipeline: neighbourly })(source))),
    );
    const scores = (await predictor.predictPrepared(ready)).map((score) => got(score).ensemble.score);
    expect(scores).toEqual((await predictor.predict(PADDED)).map((score) => got(score).ensemble.score));
  });

  test('a pipeline beside its models needs nothing else', async () => {
    for (const name of FOLDS) cpSync(model(name), join(folder, `${name}.onnx`));
    const pin = sha256(model('place1'));
    const document: Pipeline = {
      ...oriented,
      models: [
        { role: 'fold_0', file: 'place0.onnx' },
        { role: 'fold_1', file: 'place1.onnx', sha256: pin, output: 'prediction' },
        { role: 'fold_2', file: './place2.onnx' },
      ],
    };
    writeFileSync(join(folder, 'oriented.json'), encodePipeline(document));
    const pipeline = await readPipeline(join(folder, 'oriented.json'));
    if (E.isLeft(pipeline)) throw new Error('unreadable');
    const predictor = await opened(pipeline.right, []);
    expect(predictor.models[1]).toEqual({
      role: 'fold_1',
      path: join(folder, 'place1.onnx'),
      sha256: pin,
      output: 'prediction',
    });
    expect(predictor.pipelineHash).toBe(pipelineHash(oriented));
    closeTo([got((await predictor.predict(ORIENTED))[0]).ensemble.score], [runner.cases[0].score]);
  });

  test('outputs are found by name, in any order', async () => {
    const file = model('merged');
    const pipeline: Pipeline = {
      ...oriented,
      models: [
        { role: 'c', file, output: 'fold_2' },
        { role: 'a', file, output: 'fold_0' },
      ],
    };
    const expected = [runner.cases[0].perModel[2], runner.cases[0].perModel[0]];
    for (const list of [[], files('merged')]) {
      const predictor = await opened(pipeline, list);
      closeTo(got((await predictor.predict(ORIENTED))[0]).ensemble.perModel, expected);
    }
  });
});

describe('early stop', () => {
  const certain: Pipeline = { ...single, flips: oriented.flips };
  test('asks no further once nothing can change', async () => {
    const full = await opened(oriented, files(...FOLDS));
    const early = await opened(oriented, files(...FOLDS), { stop: { edges: [0.5] } });
    const many = Array.from({ length: 30 }, (_, i) => greyStack(i + 1, 3, 16 * (1 + (i % 16))));
    const [all, some] = [(await full.predict(many)).map(got), (await early.predict(many)).map(got)];
    expect(some.map(({ ensemble }) => ensemble.label)).toEqual(all.map(({ ensemble }) => ensemble.label));
    for (const [i, score] of some.entries()) {
      const asked = score.answers.flat();
      expect(score.passes).toBe(asked.length);
      expect(score.settled).toBe(score.passes < 24 ? 'exact' : undefined);
      for (const [m, row] of score.answers.entries()) expect(row).toEqual(all[i].answers[m].slice(0, row.length));
      if (score.passes < 24) closeTo([score.ensemble.score], [asked.reduce((a, b) => a + b, 0) / asked.length]);
      else expect(score.ensemble).toEqual(all[i].ensemble);
    }
    expect(Math.min(...some.map(({ passes }) => passes))).toBeLessThan(24);
  });
  test('at a certified risk stops sooner', async () => {
    const certificate = { risk: 0.01, confidence: 0.95, fitted: 0, bands: [], passes: 1, all: 8 };
    const stop = { edges: [0.5], risk: { margins: Array.from({ length: 8 }, () => 0.5), certificate } };
    const predictor = await opened(certain, files('vote0'), { stop });
    const [score] = (await predictor.predict([greyStack(1, 4, 20)])).map(got);
    expect(score).toMatchObject({ passes: 1, settled: 'risk', ensemble: { label: 0 } });
    expect(score.answers[0]).toHaveLength(1);
  });
  test('is not for votes', async () => {
    await expect(opening(voting, files('vote0'), { stop: { edges: [0.5] } })).rejects.toThrow(RangeError);
  });
});

describe('failures', () => {
  const says = async (
    tag: ModelFailure['_tag'],
    words: RegExp,
    pipeline: Pipeline,
    list: readonly ModelFile[],
    options?: PredictorOptions,
  ): Promise<void> => {
    const result = await opening(pipeline, list, options);
    expect(failure(result)._tag, told(result)).toBe(tag);
    expect(told(result)).toMatch(words);
  };

  test('no model file', () =>
    says('ModelUnreadable', /absent\.onnx: there is no such file\. .*path/, single, [
      { path: join(folder, 'absent.onnx') },
    ]));
  test('no model named at all', () => says('ModelUnreadable', /single: it names no model files/, single, []));
  test('an empty file', () => {
    writeFileSync(join(folder, 'empty.onnx'), '');
    return says('ModelUnreadable', /it has no bytes/, single, [{ path: join(folder, 'empty.onnx') }]);
  });
  test.each(['node', 'web'] as const)('a truncated model, with onnxruntime-%s', (runtime) => {
    writeFileSync(join(folder, 'cut.onnx'), readFileSync(model('vote0')).subarray(0, 120));
    const file = { path: join(folder, 'cut.onnx') };
    return says('ModelUnreadable', /the runtime cannot load it \(.+\)\. Copy or export/, single, [file], { runtime });
  });
  test('something that is no model', () => {
    writeFileSync(join(folder, 'page.onnx'), '<html>404</html>');
    return says('ModelUnreadable', /cannot load it \(Protobuf parsing failed\)/, single, [
      { path: join(folder, 'page.onnx') },
    ]);
  });
  test.each(['node', 'web'] as const)(
    'an operator set of the future, without a word of C++, with onnxruntime-%s',
    (runtime) => {
      const bytes = readFileSync(model('vote0'));
      // The file ends with the version of its operator set.
      bytes[bytes.length - 1] = 99;
      writeFileSync(join(folder, 'future.onnx'), bytes);
      const words = /cannot load it \((?!.*\.(cc|h):).*[Oo]pset 99/;
      return says('ModelUnreadable', words, single, [{ path: join(folder, 'future.onnx') }], { runtime });
    },
  );
  test('a folder', () =>
    says('IoFailure', /Could not read .*: it is a folder, not a file/, single, [{ path: folder }]));
  test('a model that is not the one pinned', () =>
    says('ModelChanged', /its SHA-256 is [0-9a-f]{64}; 0{64} is pinned/, single, [
      { path: model('vote0'), sha256: '0'.repeat(64) },
    ]));
  test('a model in training mode, which the runtime answers wrongly', () => {
    const path = join(import.meta.dirname, '..', 'fixtures', 'onnx', 'training.onnx');
    return says('ModelMismatch', /1 BatchNormalization node in training mode/, single, [{ path }]);
  });
  test('a model that is not the one its role pins', () => {
    const pipeline = { ...single, models: [{ role: 'only', sha256: '0'.repeat(64) }] };
    return says('ModelChanged', /pins 0{64} for only/, pipeline, files('vote0'));
  });
  test('a model of another winner', () =>
    says(
      'ModelMismatch',
      /input "input" wants 1 × 1 × T × 4 × 5, and pipeline zfturbo makes N × 96 × 128 × 128 × 3\. If the model was trained/,
      presets.zfturbo,
      files('vote0'),
    ));
  test('every difference at once, with the file of each', () =>
    says(
      'ModelMismatch',
      /whole\.onnx: output "p" is of int64.*; .*float64\.onnx: input "input" is of float64.*; .*twoInputs\.onnx: it has 2 inputs \(input, other\)/,
      {
        ...neighbourly,
        output: 'probability',
        models: [{ role: 'a' }, { role: 'b' }, { role: 'c' }],
      },
      files('whole', 'float64', 'twoInputs'),
    ));
  test('too few models for a vote', () =>
    says(
      'ModelMismatch',
      /the files have 2 outputs, and pipeline voting names 3 models/,
      voting,
      files('vote0', 'vote1'),
    ));
  test('too many models', () =>
    says('ModelMismatch', /have 4 outputs, and pipeline oriented names 3/, oriented, files('merged', 'place0')));
  test('two classes where one number is read', () =>
    says(
      'ModelMismatch',
      /"softmax" gives 2 numbers for a stack, and pipeline tiled reads 1/,
      { ...tiled, output: 'logit' },
      [...files('softmax')],
    ));
  test('a shape that only a run shows', () =>
    says(
      'ModelMismatch',
      /output "p" gives 3 numbers \(3\) where 1 is read \(probability\)/,
      single,
      files('threeNumbers'),
    ));
  test.each([0, -1, 1.5, 1025])('%d threads', async (threads) => {
    await expect(opening(single, files('vote0'), { threads })).rejects.toThrow(
      new RangeError(`threads: expected a whole number from 1 to 1024, got ${threads}`),
    );
  });
  test('a batch that the orientations do not fill', () =>
    says(
      'ModelMismatch',
      /a run takes 8 at a time, and pipeline oriented has 3/,
      { ...oriented, flips: ['none', 'H', 'W'] },
      files('eightAtOnce'),
    ));
  test('a named output that is not there', () =>
    says(
      'ModelMismatch',
      /model only needs the output "logit" of .*vote0\.onnx, which has "probability"/,
      { ...single, models: [{ role: 'only', file: model('vote0'), output: 'logit' }] },
      [],
    ));

  test('an answer that is NaN fails its stack and not its neighbours', async () => {
    const predictor = await opened({ ...neighbourly, output: 'probability' }, files('darkOnly'));
    const [bright, dark] = [greyStack(1, 4), greyStack(2, 4, 60)];
    const [a, b, c] = await predictor.predict([dark, { ...bright, stack: 'bright' }, dark]);
    got(a);
    got(c);
    expect(failure(b)._tag).toBe('ModelOutputInvalid');
    expect(told(b)).toMatch(/^bright: model snapshot gives NaN\. /);
  });
  test('an infinite answer', async () => {
    const predictor = await opened({ ...single, output: 'logit' }, files('reciprocal'));
    expect(told((await predictor.predict([greyStack(1, 4, 0)]))[0])).toMatch(/model only gives Infinity/);
  });
  test('an answer above one', async () => {
    const predictor = await opened(single, files('reciprocal'));
    const [result] = await predictor.predict([greyStack(1, 4)]);
    expect(failure(result)._tag).toBe('ModelOutputInvalid');
    expect(told(result)).toMatch(/gives \d\.\d+, which is no probability/);
  });
  test('a broken stack fails by itself, and no neighbour is padded for it', async () => {
    const predictor = await opened(neighbourly, files('logit'));
    const [a, broken, b] = await predictor.predict([
      PADDED[0],
      stackFromBytes('torn.mp4', new Uint8Array(9)),
      { ...PADDED[0], stack: 'again' },
    ]);
    expect(failure(broken)._tag).toBe('FormatUnknown');
    closeTo([got(a).ensemble.score, got(b).ensemble.score], [runner.padded[0].alone, runner.padded[0].alone]);
  });

  const absent = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
  const gone = () => Promise.reject(absent);
  test('no runtime installed', async () => {
    const result = await loadRuntime('auto', { node: gone, web: gone });
    expect(failure(result)._tag).toBe('RuntimeMissing');
    expect(told(result)).toBe(
      'No model runtime: onnxruntime-node is not installed, onnxruntime-web is not installed. Run ' +
        '`ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node`, or `npm install onnxruntime-web`.',
    );
  });
  test('a native runtime that does not load gives way to the other', async () => {
    const broken = () => Promise.reject(new Error('GLIBC_2.28 not found'));
    const web = () => import('onnxruntime-web');
    expect(got(await loadRuntime('auto', { node: broken, web })).name).toMatch(/^onnxruntime-web /);
    expect(told(await loadRuntime('node', { node: broken, web }))).toMatch(/does not load \(GLIBC_2.28 not found\)/);
  });

  test('after a signal, and after closing', async () => {
    const stop = new AbortController();
    const predictor = await opened(oriented, files('merged'), { signal: stop.signal });
    got((await predictor.predict(ORIENTED))[0]);
    stop.abort();
    expect((await predictor.predict(ORIENTED)).map((result) => failure(result)._tag)).toEqual(
      ORIENTED.map(() => 'Aborted'),
    );
    expect(failure(await opening(oriented, files('merged'), { signal: stop.signal }))._tag).toBe('Aborted');
    const closed = got(await opening(oriented, files('merged')));
    await Promise.all([closed.close(), closed.close()]);
    expect(told((await closed.predict(ORIENTED))[0])).toMatch(/^stack 1: scoring was stopped/);
  });

  test('a signal is heard between two runs', async () => {
    const stop = new AbortController();
    const predictor = await opened({ ...single, flips: oriented.flips }, files('slow'), { signal: stop.signal });
    setTimeout(() => stop.abort(), 10);
    expect(failure((await predictor.predict([greyStack(1, 4)]))[0])._tag).toBe('Aborted');
  });
});

describe('answers', () => {
  const raw = (...data: readonly number[]) => ({ type: 'float32', shape: [data.length], data });
  test('a rounding beyond 0 or 1 is taken back', () => {
    expect(readAnswers(raw(1 + 1e-7, -1e-7), 'probability', 2)).toEqual(E.right([1, 0]));
  });
  test('large logits are certain, not wrong', () => {
    expect(readAnswers(raw(1000, -1000, 0), 'logit', 3)).toEqual(E.right([1, 0, 0.5]));
  });
  test('two numbers that are no classes', () => {
    expect(readAnswers(raw(0.2, 0.2), 'softmax', 1)).toEqual(E.left('gives 0.2 and 0.2, which do not add up to 1'));
  });
});

describe('pipeline documents with model files', () => {
  const read = (models: readonly unknown[]) => decodePipeline('p', JSON.stringify({ ...oriented, models }));
  const why = (models: readonly unknown[]): string => {
    const result = read(models);
    return E.isLeft(result) ? result.left.issues.map(({ field, expected }) => `${field}: ${expected}`).join('; ') : '';
  };
  const pin = 'a'.repeat(64);

  test('are read back as written', () => {
    const models = [{ role: 'a', file: 'a.onnx', sha256: pin, output: 'p' }];
    const pipeline: Pipeline = { ...oriented, models };
    expect(decodePipeline('p', encodePipeline(pipeline))).toEqual(E.right(pipeline));
  });
  test('a hash in capitals is the same hash', async () => {
    const capitals = sha256(model('vote0')).toUpperCase();
    const role = { role: 'a', file: model('vote0'), sha256: capitals };
    const pipeline = decodePipeline('p', JSON.stringify({ ...single, models: [role] }));
    expect(E.isRight(pipeline) && pipeline.right.models[0].sha256).toBe(capitals.toLowerCase());
    // A pipeline may come without a document, too.
    await opened({ ...single, models: [role] }, []);
  });
  test('a hash that is none', () =>
    expect(why([{ role: 'a', sha256: 'abc' }])).toMatch(/^models\.0\.sha256: a SHA-256/));
  test('a file without a name', () => expect(why([{ role: 'a', file: ' ' }])).toMatch(/^models\.0\.file: a word/));
  test('a file for one of two', () =>
    expect(why([{ role: 'a', file: 'a.onnx' }, { role: 'b' }])).toMatch(/file for every model, or for none/));
  test('one output for two roles', () =>
    expect(
      why([
        { role: 'a', file: 'a.onnx', output: 'p' },
        { role: 'b', file: 'a.onnx', output: 'p' },
      ]),
    ).toMatch(/an output for each model/));
  test('two hashes of one file', () =>
    expect(
      why([
        { role: 'a', file: 'a.onnx', sha256: pin },
        { role: 'b', file: 'a.onnx', sha256: 'b'.repeat(64) },
      ]),
    ).toMatch(/one for each file/));
  test('the files are no part of the pipeline’s hash, the roles are', () => {
    const filed = { ...oriented, models: oriented.models.map((role) => ({ ...role, file: 'x.onnx', sha256: pin })) };
    expect(pipelineHash(filed)).toBe(pipelineHash(oriented));
    expect(pipelineHash({ ...oriented, models: oriented.models.slice(1) })).not.toBe(pipelineHash(oriented));
  });
});
