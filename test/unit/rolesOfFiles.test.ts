import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesOfRoles, inRoleOrder } from '../../src/model/inference/fit/roles.js';
import type { ModelFile } from '../../src/model/inference/modelFile.js';
import { mergeFiles } from '../../src/model/inference/onnx/mergeFiles.js';
import type { Pipeline } from '../../src/model/pipeline/pipeline.js';
import { scoresCsv } from '../../src/model/scoring/csv.js';
import { modelScorer } from '../../src/model/scoring/models.js';
import { inspectModel, modelFit, openPool, openPredictor, passOrder } from '../../src/model.js';
import { builtWorker } from '../builtWorker.js';
import { got, greyStack, model, oriented, told, voting } from './runnerFixture.js';

/** Pipelines that say which file plays which role, and files that play the first role and the third. */

const worker = await builtWorker();
const folder = mkdtempSync(join(tmpdir(), 'tandem-roles-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const outer = join(folder, 'outer.onnx');
const merged = join(folder, 'merged.onnx');
beforeAll(async () => {
  for (const [out, list] of [
    [outer, ['vote0', 'vote2']],
    [merged, ['vote0', 'vote1', 'vote2']],
  ] as const) {
    expect((await mergeFiles(out, list.map(model)))._tag).toBe('Right');
  }
});

const FILES = [outer, model('vote1'), outer];
const OUTPUTS = ['probability_0', 'probability', 'probability_1'];
const mixed: Pipeline = { ...voting, models: voting.models.map((role, m) => ({ ...role, file: FILES[m] })) };
const named: Pipeline = { ...mixed, models: mixed.models.map((role, m) => ({ ...role, output: OUTPUTS[m] })) };
const stack = greyStack(3, 6);

const ensembleOf = async (pipeline: Pipeline, paths: readonly string[]) => {
  const files = paths.map((path): ModelFile => ({ path }));
  const predictor = got(await openPredictor()({ pipeline, models: files }));
  const [score] = await predictor.predict([stack]);
  await predictor.close();
  return got(score).ensemble;
};

describe('files that a pipeline gives roles to', () => {
  test('play those roles, whoever opens them and in whatever order they are given', async () => {
    const expected = await ensembleOf(voting, [model('vote0'), model('vote1'), model('vote2')]);
    const [first, second, third] = expected.perModel;
    expect(new Set([first, second, third]).size).toBe(3);
    for (const pipeline of [mixed, named]) {
      for (const paths of [[], [outer, model('vote1')], [model('vote1'), outer]]) {
        expect(await ensembleOf(pipeline, paths)).toEqual(expected);
        const pool = got(
          await openPool({ processes: 1, worker })({ pipeline, models: paths.map((path) => ({ path })) }),
        );
        expect(got((await pool.predict([stack]))[0]).ensemble).toEqual(expected);
        expect(pool.models.map(({ role, path }) => [role, path])).toEqual(
          voting.models.map(({ role }, m) => [role, FILES[m]]),
        );
        await pool.close();
      }
    }
  });

  test('fit for inspection as they do for scoring', async () => {
    const described = [];
    for (const path of [model('vote1'), outer]) described.push(got(await inspectModel(path)));
    expect(modelFit(mixed)(described).mismatches).toEqual([]);
    expect(modelFit(named)(described).mismatches).toEqual([]);
  });

  test('elsewhere, as many as are named, stand for those in the order in which roles name them', async () => {
    const moved: Pipeline = {
      ...mixed,
      models: mixed.models.map((role, m) => ({ ...role, file: join('/elsewhere', m === 1 ? 'b.onnx' : 'ac.onnx') })),
    };
    const expected = await ensembleOf(mixed, []);
    expect(await ensembleOf(moved, [outer, model('vote1')])).toEqual(expected);
    // Others, one output after the other, play the roles in order.
    expect(await ensembleOf(moved, [model('vote0'), model('vote1'), model('vote2')])).toEqual(expected);
    expect(await ensembleOf(moved, [merged])).toEqual(expected);
  });

  test('some of them, for a mean, play their own roles', async () => {
    const mean: Pipeline = { ...mixed, ensemble: { _tag: 'Mean', over: 'models', stalledAbove: 0.5 } };
    const predictor = got(await openPredictor()({ pipeline: mean, models: [{ path: model('vote1') }] }));
    expect(predictor.models.map(({ role }) => role)).toEqual(['second']);
    expect(predictor.note).toBe('1 of 3 models');
    await predictor.close();
    const votes = await openPredictor()({ pipeline: mixed, models: [{ path: model('vote1') }] });
    expect(told(votes)).toMatch(/the files have 1 output, and pipeline voting names 3 models/);
  });

  test('are the same files by a link', async () => {
    const link = join(folder, 'link');
    symlinkSync(folder, link, 'junction');
    const placed = {
      models: [
        { role: 'a', file: outer },
        { role: 'b', file: merged },
      ],
    };
    const given = [{ path: join(link, 'merged.onnx') }, { path: join(link, 'outer.onnx') }];
    expect(filesOfRoles(placed, given)).toEqual([1, 0]);
  });

  test('that stop early leave no probability under another role', async () => {
    const ensemble = { _tag: 'Mean', over: 'models', stalledAbove: 0.5 } as const;
    const pipeline: Pipeline = { ...mixed, ensemble };
    const scorer = got(
      await modelScorer({ processes: 1, worker, stop: { edges: [1e-9] }, signal: new AbortController().signal })({
        pipeline,
      }),
    );
    for await (const { result } of scorer.score([stack])) {
      const { perModel, passes } = got(result);
      expect(passes).toBeLessThan(3);
      expect(perModel[1]).toBeNull();
      expect([perModel[0], perModel[2]]).toEqual([expect.any(Number), expect.any(Number)]);
      const row = { stackId: 's', score: 0.5, label: 0, perModel, frames: 1, passes } as const;
      expect([...scoresCsv(['a', 'b', 'c'], [row])][1]).toBe(
        `s,0.5,flowing,${perModel[0]},,${perModel[2]},1,${passes}\n`,
      );
    }
    await scorer.close();
  });

  test('with more outputs than roles have to say which is meant', async () => {
    const one: Pipeline = { ...voting, ensemble: { _tag: 'Votes', atLeast: 1 }, models: [{ ...mixed.models[0] }] };
    const result = await openPredictor()({ pipeline: one });
    expect(told(result)).toMatch(
      /outer\.onnx has "probability_0", "probability_1", more than the 1 model that it plays \(first\)/,
    );
    expect(await ensembleOf({ ...one, models: [{ ...named.models[0] }] }, [])).toMatchObject({
      perModel: [expect.any(Number)],
    });
  });
});

test('which file plays which role does not depend on the order in which they are given', () => {
  const paths = ['a', 'b', 'c', 'd'].map((name) => join(folder, name));
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...paths), { minLength: 1, maxLength: 6 }), fc.gen(), (filed, gen) => {
      const pipeline = { models: filed.map((file, m) => ({ role: `${m}`, file })) };
      const given = gen(fc.shuffledSubarray, [...new Set(filed)], { minLength: 1 }).map((path) => ({ path }));
      const places = filesOfRoles(pipeline, given) ?? [];
      expect(places).toHaveLength(filed.length);
      for (const [m, place] of places.entries()) {
        if (place === undefined) expect(given.map(({ path }) => path)).not.toContain(filed[m]);
        else expect(given[place].path).toBe(filed[m]);
      }
      const first = [...new Set(filed)].filter((path) => given.some((file) => file.path === path));
      expect(inRoleOrder(pipeline, given).map(({ path }) => path)).toEqual(first);
    }),
  );
});

test('a file that some roles do not name plays in order', () => {
  const partly = { models: [{ role: 'a', file: 'a.onnx' }, { role: 'b' }] };
  expect(filesOfRoles(partly, [{ path: 'a.onnx' }])).toBeUndefined();
});

test('passOrder() asks models of one file together', () => {
  const models = [
    { role: 'a', file: 'ac' },
    { role: 'b', file: 'b' },
    { role: 'c', file: 'ac' },
  ];
  const flips = ['none', 'H'] as const;
  expect(passOrder({ models, flips }).map(({ model: m, flip }) => `${m}${flip}`)).toEqual([
    '00',
    '20',
    '10',
    '01',
    '21',
    '11',
  ]);
  expect(passOrder({ models: oriented.models, flips: ['none'] }).map((pass) => pass.model)).toEqual([0, 1, 2]);
});
