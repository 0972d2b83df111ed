import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { splitSeed } from '../../src/kernel/random/prng.js';
import { json, tandem } from './tandem.js';

/** Decisions of `n` stacks, one in fifty with high log-odds, shifted as told. */
const decisions = (path: string, of: { readonly n: number; readonly shift: number; readonly seed: number }): string => {
  const random = splitSeed(of.seed, 'drift');
  const rows = Array.from({ length: of.n }, (_, i) => {
    const logOdds = -8 + 4 * random() + (i % 50 === 0 ? 9 : 0) + of.shift;
    return `s${i},${logOdds.toFixed(6)},${logOdds > 0 ? 'stalled' : 'flowing'},`;
  });
  writeFileSync(path, `stackId,logOdds,decision,reason\n${rows.join('\n')}\n`);
  return path;
};

describe('tandem drift', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tandem-drift-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  test('is quiet where nothing changed, and says what an alarm would take', () => {
    const then = decisions(join(dir, 'then.csv'), { n: 4000, shift: 0, seed: 1 });
    const now = decisions(join(dir, 'now.csv'), { n: 2000, shift: 0, seed: 2 });
    const done = tandem('drift', '--reference', then, '--current', now, '--at=-4,0', '--out', dir);
    expect(done.stderr).toBe('');
    expect(done.code).toBe(0);
    expect(done.stdout).toContain('Drift: no alarm');
    expect(done.stdout).toContain('(n = 4,000 then, 2,000 now)');
    // There may be a next run, so this one does not spend everything.
    expect(json(join(dir, 'drift.json')).groups[0].falseAlarm.scores).toBeCloseTo(0.0025, 12);
  });

  test('a shift of all values is an alarm with its n: exit 2', () => {
    const now = decisions(join(dir, 'shifted.csv'), { n: 2000, shift: 0.6, seed: 3 });
    const done = tandem('drift', '--reference', join(dir, 'then.csv'), '--current', now, '--out', dir);
    expect(json(join(dir, 'drift.json')).groups[0].look).toBe(2);
    expect(done.code).toBe(2);
    expect(done.stdout).toContain('Drift: ALARM');
    expect(json(join(dir, 'drift.json')).groups[0].scores.n).toEqual({ reference: 4000, now: 2000 });
  });

  test('a dozen missed stalls among thousands of flowing is an alarm, week by week and so far', () => {
    const now = join(dir, 'now.csv');
    const gold = join(dir, 'gold.csv');
    const strata = join(dir, 'weeks.csv');
    // Every hundredth stack is a stall that was called flowing; the other gold is right.
    const labels = Array.from({ length: 2000 }, (_, i) => `s${i},${i % 50 === 0 || i % 100 === 1 ? 1 : 0},random`);
    writeFileSync(gold, `stackId,label,chosen\n${labels.join('\n')}\n`);
    const weeks = Array.from({ length: 2000 }, (_, i) => `s${i},week ${1 + Math.floor(i / 180)}`);
    writeFileSync(strata, `stackId,week\n${weeks.join('\n')}\n`);
    const done = tandem(
      ...['drift', '--reference', join(dir, 'then.csv'), '--current', now, '--gold', gold],
      ...['--strata', strata, '--by', 'week', '--out', join(dir, 'weeks')],
    );
    expect(done.code).toBe(2);
    const { groups } = json(join(dir, 'weeks', 'drift.json'));
    expect(groups.map(({ group }: { group: string }) => group).slice(-3)).toEqual(['week 10', 'week 11', 'week 12']);
    expect(groups.some(({ scores }: { scores: { alarm: boolean } }) => scores.alarm)).toBe(false);
    const last = groups[groups.length - 1].errorsSoFar.missedStalls;
    expect(last).toMatchObject({ errors: 20, n: 60, alarm: true });
    const spent = groups.reduce(
      (sum: number, one: { falseAlarm: { scores: number } }) => sum + one.falseAlarm.scores,
      0,
    );
    expect(spent).toBeLessThanOrEqual(0.005 + 1e-12);
  });

  test('too little to tell is exit 3, and gold without decisions an error', () => {
    const few = join(dir, 'few.csv');
    writeFileSync(few, 'stackId,score\na,0.1\nb,0.2\n');
    const done = tandem('drift', '--reference', few, '--current', few, '--out', join(dir, 'few'));
    expect(done.code).toBe(3);
    const other = tandem('drift', '--reference', few, '--current', few, '--false-alarm', '0.05', '--out', dir);
    expect(other.stderr).toContain('a watch of another kind');
    expect(done.stdout).toContain('NOTHING TO TELL');
    const gold = join(dir, 'gold.csv');
    const wrong = tandem('drift', '--reference', few, '--current', few, '--gold', gold, '--out', dir);
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain('without decisions');
    expect(tandem('drift', '--reference', gold, '--current', few).stderr).toContain('expected a column "logOdds"');
  });

  test('every new verb has help with examples', () => {
    for (const verb of ['gate', 'prevalence', 'drift']) {
      const help = tandem(verb, '--help');
      expect(help.code).toBe(0);
      expect(help.stdout).toMatch(/Examples?:\n {2}tandem /);
      expect(help.stdout).toContain('--json');
    }
  });
});
