import { createHash } from 'node:crypto';
import { appendFileSync, copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodeScoreOrigin } from '../../src/model/scoring/scoreOrigin.js';
import * as Simulate from '../../src/simulate/index.js';
import { model, oriented } from '../unit/runnerFixture.js';
import { writePipeline, writeStacks } from './scoreFixture.js';
import { json, scratch, tandem } from './tandem.js';

/** What `tandem score` records beside its scores, and what the other verbs make of it. */

const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
const hash = (letter: string): string => letter.repeat(64);

interface Made {
  readonly pipeline: string;
  readonly model: string;
  readonly weights?: string;
  readonly stop?: string;
}

const laboratory = () => {
  const dir = scratch();
  const lab = Simulate.dataset({
    stacks: 300,
    prevalence: 0.3,
    votes: { perStack: 8 },
    model: {},
    gold: { stalled: 500, flowing: 600, chosen: 'stratified' },
  })(4);
  const path = (name: string): string => join(dir, name);
  for (const [name, lines] of Object.entries(Simulate.toCsv(lab)))
    writeFileSync(path(`${name}.csv`), [...lines].join(''));
  /** As `tandem score` writes it. */
  const made = (scores: string, by: Made): void => {
    const session = {
      pipelineHash: by.pipeline,
      runtime: 'onnxruntime-node 1.30.0',
      models: [
        {
          ...{ role: 'fold_0', path: '/models/m.onnx', sha256: by.model, output: 'p' },
          ...(by.weights === undefined ? {} : { weights: [{ file: 'w.bin', sha256: by.weights }] }),
        },
      ],
      ...(by.stop === undefined ? {} : { stop: by.stop }),
    };
    const document = {
      schema: 'tandem-scores/1',
      sha256: sha256(path(scores)),
      pipeline: { name: 'zfturbo', hash: by.pipeline },
      sessions: [session],
    };
    writeFileSync(path(`${scores}.json`), JSON.stringify(document));
  };
  const inputs = (scores: string): readonly string[] => ['--votes', path('votes.csv'), '--scores', path(scores)];
  const fitPolicy = () =>
    tandem(
      ...['fit', ...inputs('scores.csv'), '--gold', path('gold.csv'), '--prevalence', '0.3'],
      ...['--sensitivity', '0.9', '--specificity', '0.8', '--out', dir],
    );
  const decide = (scores: string, verb: 'decide' | 'ask' = 'decide') => {
    const out = verb === 'decide' ? dir : path('next.csv');
    const done = tandem(verb, '--policy', path('policy.json'), ...inputs(scores), '--out', out, '--json');
    expect(done.stderr).toBe('');
    return JSON.parse(done.stdout);
  };
  return { dir, path, made, fitPolicy, decide };
};

const FIRST: Made = { pipeline: hash('a'), model: hash('b'), weights: hash('c'), stop: hash('d') };

describe('scores that say what made them', () => {
  test('go into the policy with it, and decide only what is made alike', () => {
    const { path, made, fitPolicy, decide } = laboratory();
    made('scores.csv', FIRST);
    expect(fitPolicy().code).toBe(0);
    expect(json(path('policy.json')).provenance.inputs).toEqual([
      { name: 'votes.csv', sha256: sha256(path('votes.csv')) },
      { name: 'scores.csv', sha256: sha256(path('scores.csv')) },
      { name: 'scores.csv: pipeline zfturbo', sha256: hash('a') },
      { name: 'scores.csv: model fold_0, output p', sha256: hash('b') },
      { name: 'scores.csv: weights w.bin of fold_0', sha256: hash('c') },
      { name: 'scores.csv: early stop', sha256: hash('d') },
      { name: 'gold.csv', sha256: sha256(path('gold.csv')) },
    ]);

    copyFileSync(path('scores.csv'), path('july.csv'));
    // Nobody knows what made these, so there is nothing to say.
    expect(decide('july.csv')).not.toHaveProperty('doubts');
    const said = (by: Partial<Made>, verb?: 'ask'): readonly string[] => {
      made('july.csv', { ...FIRST, ...by });
      const { verdict, doubts = [] } = decide('july.csv', verb);
      expect(verdict).toBe(doubts.length === 0 ? 'certified' : 'not certified');
      // A policy without votes is not certified for asking either.
      return doubts.filter((doubt: string) => !doubt.includes('Asking again'));
    };
    expect(said({})).toEqual([]);
    expect(said({ pipeline: hash('1') })).toEqual([
      'The policy was fitted on scores of pipeline zfturbo (aaaaaaaa), and these are of pipeline zfturbo (11111111); score with that pipeline, or fit a policy on scores of this one.',
    ]);
    expect(said({ model: hash('1') }, 'ask')).toEqual([
      expect.stringContaining('fitted on scores of other models (other now: fold_0, output p); score with those'),
    ]);
    expect(said({ weights: hash('1') })).toEqual([expect.stringContaining('(other now: w.bin of fold_0)')]);
    expect(said({ stop: hash('1') })).toEqual([
      expect.stringContaining('of models asked under an early stop, and these are of models asked under another'),
    ]);
    writeFileSync(path('july.csv.json'), readFileSync(path('july.csv.json'), 'utf8').replace(/"stop":"\w+"/, '"x":1'));
    expect(decide('july.csv').doubts).toEqual([expect.stringContaining('and these are of models asked in full')]);
    const { stdout } = tandem(
      'decide',
      '--policy',
      path('policy.json'),
      '--scores',
      path('july.csv'),
      '--out',
      path('d'),
    );
    expect(stdout).toMatch(/^Not certified for these stacks: The policy was fitted/);
  });

  test('and were changed since are taken without it, with a warning', () => {
    const { path, made, fitPolicy, decide } = laboratory();
    made('scores.csv', FIRST);
    appendFileSync(path('scores.csv'), 'another,0.5\n');
    const { stdout } = fitPolicy();
    expect(stdout).toContain(
      'scores.csv has been changed since tandem score wrote it with scores.csv.json, so the provenance names neither pipeline nor models',
    );
    const names = json(path('policy.json')).provenance.inputs.map(({ name }: { readonly name: string }) => name);
    expect(names).toEqual(['votes.csv', 'scores.csv', 'gold.csv']);
    const warned = { warnings: [expect.stringContaining('scores.csv has been changed since')] };
    expect(decide('scores.csv')).toMatchObject(warned);
    expect(decide('scores.csv', 'ask')).toMatchObject(warned);
    writeFileSync(path('scores.csv.json'), '{"schema":"tandem-scores/1"}');
    expect(decide('scores.csv').warnings).toEqual([
      expect.stringContaining('scores.csv.json is not what tandem score writes beside scores'),
    ]);
    rmSync(path('scores.csv.json'));
    expect(decide('scores.csv')).not.toHaveProperty('warnings');
  });
});

test('tandem score records what is read back, the early stop included', () => {
  const dir = scratch();
  writeStacks(join(dir, 'stacks'), 0, 2);
  const preset = writePipeline(join(dir, 'oriented.json'), oriented);
  const out = join(dir, 'scores.csv');
  const args = ['score', join(dir, 'stacks'), '--preset', preset, '--models', model('place0'), model('place1')];
  expect(tandem(...args, '--out', out, '--processes', '1', '--early-stop', 'exact').code).toBe(0);
  const origin = decodeScoreOrigin('origin', readFileSync(`${out}.json`, 'utf8'));
  expect(origin).toEqual({
    _tag: 'Right',
    right: {
      sha256: sha256(out),
      pipeline: { name: 'oriented', hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
      models: ['place0', 'place1'].map((name, m) => ({
        ...{ role: `fold_${m}`, output: 'prediction', sha256: sha256(model(name)) },
      })),
      stop: expect.stringMatching(/^[0-9a-f]{64}$/),
    },
  });
});
