import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Pipeline } from '../../src/model/pipeline/pipeline.js';
import { model, oriented, voting } from '../unit/runnerFixture.js';
import { writePipeline, writeStacks } from './scoreFixture.js';
import { type Ended, json, rows, scratch, tandem } from './tandem.js';

const PLACES = [model('place0'), model('place1'), model('place2')];

/** Cut where both bands have stacks: at .5 hardly one of these is flowing. */
const halved: Pipeline = { ...oriented, ensemble: { _tag: 'Mean', over: 'models', stalledAbove: 0.57 } };

const laboratory = (stacks: number, pipeline = halved) => {
  const dir = scratch();
  writeStacks(join(dir, 'stacks'), 0, stacks);
  const preset = writePipeline(join(dir, 'pipeline.json'), pipeline);
  const rule = join(dir, 'early-stop.json');
  const common = (models: readonly string[]): readonly string[] => [
    ...[join(dir, 'stacks'), '--preset', preset, '--models', ...models],
  ];
  return {
    dir,
    rule,
    preset,
    prove: (...more: readonly string[]): Ended =>
      tandem('model', 'early-stop', ...common(PLACES), '--out', rule, ...more),
    proveWith: (models: readonly string[], ...more: readonly string[]): Ended =>
      tandem('model', 'early-stop', ...common(models), '--out', rule, ...more),
    score: (out: string, ...more: readonly string[]): Ended =>
      tandem('score', ...common(PLACES), '--out', join(dir, out), ...more),
  };
};

const LAX = ['--risk', '0.3', '--confidence', '0.7'];

describe('tandem model early-stop', () => {
  test('proves a rule; tandem score keeps to it, asks less and labels the same', () => {
    const { dir, rule, prove, score } = laboratory(60);
    const fitted = prove(...LAX);
    expect([fitted.code, fitted.stderr]).toEqual([0, '']);
    expect(fitted.stdout).toMatch(/The decision changes at a score of 0\.57\./);
    expect(fitted.stdout).toMatch(/of 24 passes per stack, \d+\.\d times fewer, on 30 stacks that did not choose/);
    expect(fitted.stdout).toContain('use it with `tandem score --early-stop');
    expect(json(rule)).toMatchObject({
      schema: 'tandem-early-stop/1',
      edges: [0.57],
      risk: { certificate: { all: 24 } },
    });
    score('full.csv');
    const early = score('early.csv', '--early-stop', rule);
    expect([early.code, early.stderr]).toEqual([0, '']);
    const [full, stopped] = [rows(join(dir, 'full.csv')), rows(join(dir, 'early.csv'))];
    const passes = (table: typeof full): number => table.reduce((sum, row) => sum + Number(row['passes']), 0);
    expect(passes(stopped)).toBeLessThan(passes(full));
    const moved = full.filter((row, i) => row['label'] !== stopped[i]['label']).length;
    expect(moved / full.length).toBeLessThan(0.3);
    // Another rule is another run: nothing of the old one is mixed in.
    const other = score('early.csv', '--early-stop', 'exact');
    expect([other.code, other.stdout]).toEqual([1, '']);
    expect(other.stderr).toContain('--fresh');
    expect(score('early.csv', '--early-stop', 'exact', '--fresh').code).toBe(0);
    expect(rows(join(dir, 'early.csv')).map((row) => row['label'])).toEqual(full.map((row) => row['label']));
  });

  test('a merged file is judged only where it can stop', () => {
    const lab = laboratory(60);
    const merged = join(lab.dir, 'merged.onnx');
    tandem('model', 'merge', '--out', merged, ...PLACES);
    expect(lab.proveWith([merged], ...LAX).code).toBe(0);
    const { margins } = json(lab.rule).risk;
    expect(margins.map((margin: number) => margin === Number.MAX_VALUE)).toEqual(
      Array.from({ length: 24 }, (_, k) => k % 3 !== 2),
    );
  });

  test('too few stacks: exit 3, how many it takes, and the exact rule', () => {
    const { dir, rule, prove, score } = laboratory(6);
    const { code, stdout } = prove();
    expect(code).toBe(3);
    expect(stdout).toContain('every band needs 299 stacks or more among the half that is counted');
    expect(stdout).toContain('The file holds the exact rule');
    expect(json(rule)).not.toHaveProperty('risk');
    expect(score('scores.csv', '--early-stop', rule).code).toBe(0);
    expect(rows(join(dir, 'scores.csv'))).toHaveLength(6);
  });

  test('stacks that cannot be scored are counted; where none can, the reason is told', () => {
    const lab = laboratory(3);
    writeFileSync(join(lab.dir, 'stacks', 'broken.npy'), 'no stack');
    expect(lab.prove().stdout).toContain('1 stack had no score and took no part.');
    const bad = laboratory(0);
    writeFileSync(join(bad.dir, 'stacks', 'broken.npy'), 'no stack');
    const { code, stderr } = bad.prove();
    expect(code).toBe(1);
    expect(stderr).toContain('broken.npy');
    expect(stderr).toContain('its first bytes are of no known kind of image stack');
  });

  test('models that vote have no mean to bound', () => {
    const votes = [model('vote0'), model('vote1'), model('vote2')];
    const { proveWith } = laboratory(2, voting);
    const { code, stderr } = proveWith(votes);
    expect(code).toBe(1);
    expect(stderr).toContain('expected an ensemble by mean, found voting, whose models vote');
  });

  test('a policy that is not there is named', () => {
    const { prove } = laboratory(2);
    const { code, stderr } = prove('--policy', 'nowhere.json');
    expect(code).toBe(1);
    expect(stderr).toContain('nowhere.json');
  });
});

describe('tandem score --early-stop', () => {
  test('refuses a rule of another pipeline, of other models, and what is no rule', () => {
    const lab = laboratory(6);
    lab.prove();
    const rule = json(lab.rule);
    const complaint = (changed: object): string => {
      writeFileSync(lab.rule, JSON.stringify({ ...rule, ...changed }));
      const { code, stderr } = lab.score('scores.csv', '--early-stop', lab.rule);
      expect(code).toBe(1);
      return stderr;
    };
    expect(complaint({ pipeline: '0'.repeat(64) })).toContain('Fit it again with `tandem model early-stop`');
    expect(complaint({ models: ['0'] })).toContain('found other model files');
    expect(complaint({ edges: [2] })).toContain('a number between 0 and 1, both excluded');
    expect(lab.score('scores.csv', '--early-stop', 'nowhere.json').stderr).toContain('nowhere.json');
    expect(readFileSync(lab.preset, 'utf8')).toContain('oriented');
  });

  test('refuses models that vote', () => {
    const dir = scratch();
    writeStacks(join(dir, 'stacks'), 0, 2);
    const preset = writePipeline(join(dir, 'pipeline.json'), voting);
    const votes = [model('vote0'), model('vote1'), model('vote2')];
    const args = ['score', join(dir, 'stacks'), '--preset', preset, '--models', ...votes, '--out', join(dir, 'o.csv')];
    const { code, stderr } = tandem(...args, '--early-stop', 'exact');
    expect(code).toBe(1);
    expect(stderr).toContain('expected an ensemble by mean, found pipeline voting, whose models vote');
  });
});
