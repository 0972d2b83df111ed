import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  decodePipeline,
  embeddedModel,
  encodePipeline,
  openPredictor,
  type Predictor,
  presets,
  stackFromFrames,
} from '../../src/model.js';
import * as Simulate from '../../src/simulate/index.js';
import { auc } from '../../src/stages/evaluation/index.js';

const { pipeline, models } = embeddedModel();
const [file] = models;
const right = <A>(either: E.Either<unknown, A>): A => {
  if (E.isLeft(either)) throw new Error(JSON.stringify(either.left));
  return either.right;
};

describe('embeddedModel', () => {
  it('is small, and the file that is pinned', () => {
    expect(statSync(file.path).size).toBeLessThan(3e6);
    expect(createHash('sha256').update(readFileSync(file.path)).digest('hex')).toBe(file.sha256);
  });

  it('is a preset that survives being written down', () => {
    expect(pipeline).toBe(presets.embedded);
    expect(right(decodePipeline('embedded', encodePipeline(pipeline)))).toEqual(pipeline);
  });

  it('has its pipeline beside it, with the file and its hash', () => {
    const text = readFileSync(join(dirname(file.path), 'embedded.json'), 'utf8');
    const beside = right(decodePipeline('embedded.json', text));
    expect(beside.models.map((model) => [model.file, model.sha256])).toEqual(
      pipeline.models.map(() => ['embedded.onnx', file.sha256]),
    );
    expect({ ...beside, models: beside.models.map(({ role }) => ({ role })) }).toEqual(pipeline);
  });

  it('has a card that begins with what it has not seen', () => {
    const [first] = readFileSync(join(dirname(file.path), 'MODEL_CARD.md'), 'utf8').split('\n');
    expect(first).toMatch(/^This model has seen only simulated data\./);
  });
});

describe('the embedded model', () => {
  let predictor: Predictor;
  beforeAll(async () => {
    predictor = right(await openPredictor()({ pipeline, models }));
  });
  afterAll(() => predictor.close());

  it('plays all five roles from one file', () => {
    expect(predictor.models.map(({ role }) => role)).toEqual(pipeline.models.map(({ role }) => role));
    expect(predictor.note).toBeUndefined();
  });

  it('tells stalled from flowing stacks it has never seen', async () => {
    const { stacks } = Simulate.dataset({ stacks: 24, prevalence: 0.5, votes: { perStack: 0 } })(20).simulated;
    const films = [...Simulate.clips({ seed: 'embedded.test', view: 'outline' })(stacks)];
    const answers = await predictor.predict(films.map((film) => stackFromFrames(film.stackId, film)));
    const score = Float64Array.from(answers, (answer) => right(answer).ensemble.score);
    expect(auc({ score, label: stacks.truth })).toBeGreaterThan(0.85);
  });

  it('gives no score where there is nothing to judge', async () => {
    const faults: readonly Simulate.Fault[] = [
      'noOutline',
      'flickeringOutline',
      'jumpingOutline',
      'twoOutlines',
      'oneFrame',
    ];
    const films = faults.map((fault) => Simulate.clip({ truth: 1, fault, frames: 20 })(`fault ${fault}`));
    const answers = await predictor.predict(films.map((film, i) => stackFromFrames(faults[i], film)));
    expect(answers.map((answer) => E.isLeft(answer) && answer.left._tag)).toEqual([
      'OutlineMissing',
      'OutlineMissing',
      'OutlineJumps',
      'OutlineAmbiguous',
      'StackTooShort',
    ]);
  });
});
