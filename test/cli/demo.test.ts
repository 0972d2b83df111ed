import { execFileSync, execSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { laboratory } from '../../src/cli/demo/laboratory.js';
import { json, rows, scratch, tandem } from './tandem.js';

const ROOT = join(import.meta.dirname, '..', '..');
const DIST = process.env['TANDEM_DIST'] ?? join(ROOT, 'dist');
const GOLD_SCORES = join(ROOT, 'models', 'embedded', 'gold-scores.csv');

const column = (path: string, name: string): readonly string[] => rows(path).map((row) => row[name]);

describe('tandem demo', () => {
  test('goes from mp4 files to decisions; stacks without a score are never flowing for want of one', () => {
    const dir = scratch();
    const done = tandem('demo', '--out', dir, '--stacks', '5');
    expect(done.code).toBe(0);
    const lines = done.stderr.split('\n').filter((line) => /^\d of 3/.test(line));
    expect(lines.map((line) => line.slice(0, 15))).toEqual(['1 of 3  Filming', '2 of 3  Outline', '3 of 3  Votes, ']);
    for (const words of ['Nothing here is real', 'What was done', 'Verdict: CERTIFIED', 'New stacks (5', 'by hand']) {
      expect(done.stdout).toContain(words);
    }
    const brief = done.stdout
      .split('\n')
      .slice(0, 6)
      .map((line) => line.split(' ')[0]);
    expect(brief).toEqual(['Certified:', 'Of', 'Votes:', 'Experts:', 'Next:', '']);
    expect(readdirSync(join(dir, 'stacks')).filter((name) => name.endsWith('.mp4'))).toHaveLength(5);

    // Two of the faults leave nothing to go by, the third only votes.
    expect(column(join(dir, 'new-scores.csv'), 'stackId')).toEqual(['stack-001.mp4', 'stack-004.mp4']);
    const failures = rows(join(dir, 'new-scores.failures.csv'));
    expect(failures.map(({ stackId, tag }) => [stackId, tag])).toEqual([
      ['stack-002.mp4', 'OutlineMissing'],
      ['stack-003.mp4', 'StackTruncated'],
      ['stack-005.mp4', 'OutlineJumps'],
    ]);
    const scored = new Set(column(join(dir, 'scores.csv'), 'stackId'));
    for (const { stackId } of failures) expect(scored.has(stackId)).toBe(false);
    const decided = new Map(rows(join(dir, 'decisions.csv')).map((row) => [row['stackId'], row]));
    expect(decided.size).toBe(2400 + 3);
    expect(decided.get('stack-003.mp4')?.['modelNats']).toBe('');
    for (const unknown of ['stack-002.mp4', 'stack-005.mp4']) expect(decided.has(unknown)).toBe(false);
    expect(json(join(dir, 'evaluation.json')).verdict).toBe('certified');

    // Started again it keeps the films and the scores; the commands it prints come to the same.
    const first = readFileSync(join(dir, 'decisions.csv'), 'utf8');
    const again = tandem('demo', '--out', dir, '--stacks', '5', '--json');
    expect(again.code).toBe(0);
    const { demo, verdict } = JSON.parse(again.stdout);
    expect(verdict).toBe('certified');
    expect(demo.steps[0].how).toContain('5 films of an earlier demo');
    expect(demo.stacks).toHaveLength(5);
    expect(demo.stacks[1]).toMatchObject({ failure: { tag: 'OutlineMissing' }, votes: { all: 0 } });
    expect(demo.stacks[1].decided).toBeUndefined();
    const [byScore, byRun] = done.stdout.trim().split('\n').slice(-2);
    expect(execSync(`${byScore} || [ $? = 2 ]`, { encoding: 'utf8' })).toContain('Nothing to do');
    writeFileSync(join(dir, 'decisions.csv'), '');
    execSync(byRun);
    expect(readFileSync(join(dir, 'decisions.csv'), 'utf8')).toBe(first);
  });

  test('leaves the files of others alone', () => {
    const dir = scratch();
    mkdirSync(join(dir, 'stacks'));
    writeFileSync(join(dir, 'stacks', 'mine.mp4'), 'mine');
    const done = tandem('demo', '--out', dir);
    expect([done.code, done.stdout]).toEqual([1, '']);
    expect(done.stderr).toContain('mine.mp4, which no demo has written');
    expect(readdirSync(dir)).toEqual(['stacks']);
  });

  test('without decoder and runtime it says what is left out, and how to get it, and shows the rest', () => {
    const dir = scratch();
    const { dependencies, imports } = json(join(ROOT, 'package.json'));
    cpSync(DIST, join(dir, 'dist'), { recursive: true });
    cpSync(join(ROOT, 'models'), join(dir, 'models'), { recursive: true });
    writeFileSync(join(dir, 'package.json'), JSON.stringify({ type: 'module', imports }));
    for (const name of Object.keys(dependencies)) {
      mkdirSync(join(dir, 'node_modules', name, '..'), { recursive: true });
      symlinkSync(join(ROOT, 'node_modules', name), join(dir, 'node_modules', name), 'dir');
    }
    const done = spawnSync(process.execPath, [join(dir, 'dist', 'cli.js'), 'demo', '--out', join(dir, 'out')], {
      encoding: 'utf8',
      env: { PATH: '', TANDEM_FFMPEG: '' },
    });
    expect(done.status).toBe(0);
    expect(done.stdout).toMatch(/^Left out here: filming mp4 stacks, outline, tensor, ONNX model/);
    expect(done.stdout).toContain('npm install @napi-rs/webcodecs onnxruntime-node');
    expect(done.stdout).toContain('Verdict: CERTIFIED');
    expect(readdirSync(join(dir, 'out'))).not.toContain('stacks');
  });
});

describe('gold-scores.csv', () => {
  test('has a score for every gold stack of the demo', () => {
    const gold = [...laboratory({ stacks: 1, seed: 1 }).gold].join('').trimEnd().split('\n').slice(1);
    expect(column(GOLD_SCORES, 'stackId')).toEqual(gold.map((line) => line.split(',')[0]));
  });

  test('is what the embedded model says of these stacks today', () => {
    const out = join(scratch(), 'part.csv');
    const script = join(ROOT, 'training', 'score-gold.mjs');
    execFileSync(process.execPath, [script, out, '--every', '800', '--processes', '1'], { stdio: 'ignore' });
    const kept = new Map(rows(GOLD_SCORES).map(({ stackId, score }) => [stackId, Number(score)]));
    const today = rows(out);
    expect(today).toHaveLength(3);
    // Another build of the encoder may choose other bits.
    for (const { stackId, score } of today)
      expect(Math.abs(Number(score) - (kept.get(stackId) ?? 9))).toBeLessThan(0.02);
  });
});
