import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Laboratory, laboratory } from './datasets.js';
import { type Ended, json, scratch, tandem } from './tandem.js';

describe('tandem gate', () => {
  let lab: Laboratory;
  beforeAll(() => {
    lab = laboratory(mkdtempSync(join(tmpdir(), 'tandem-gate-')));
  }, 30_000);
  afterAll(() => rmSync(lab.dir, { recursive: true, force: true }));
  const gated = (...more: readonly string[]): Ended & { readonly out: string } => {
    const out = scratch();
    const gold = ['--out', out, ...(more.includes('--gold') ? [] : ['--gold', lab.gold])];
    const ended = tandem('gate', ...lab.policy, ...lab.inputs, ...gold, ...lab.strata, '--by', 'dataset', ...more);
    return { ...ended, out };
  };

  test('says pass, insufficient with exact counts, and shadow for a dataset without gold', () => {
    const done = gated();
    expect(done.stderr).toBe('');
    expect(done.code).toBe(3);
    const { datasets, across, warnings } = json(join(done.out, 'gate.json'));
    expect(datasets.map((one: { dataset: string }) => one.dataset)).toEqual(['A', 'B', 'C']);
    expect(datasets.map((one: { verdict: string }) => one.verdict)).toEqual(['pass', 'insufficient', 'insufficient']);
    expect(datasets.map((one: { mode: string }) => one.mode)).toEqual(['live', 'shadow', 'shadow']);
    expect(datasets[2].more).toEqual({ unit: 'stacks', stalled: 321, flowing: 63 });
    expect(warnings[0]).toContain('gold stacks fitted or tuned this policy');
    const [, b] = datasets;
    if (b.counts.missed === 0) {
      expect(done.stdout).toContain('17 of 17 audited stalls kept ⇒ lower bound 0.838; 304 more needed');
    }
    expect(done.stdout).toContain('a new dataset starts in shadow');
    for (const reading of ['point:', 'partial conjunction:', 'population:']) expect(done.stdout).toContain(reading);
    expect(across.partialConjunction.bonferroni).toMatchObject({ of: 3, shown: false });
    expect(done.stdout).toContain('1 of these 3 datasets has no gold');
  });

  test('by cluster the proof needs clusters, and few of them give a sensitivity analysis', () => {
    const done = gated('--cluster', 'mouse');
    expect(done.code).toBe(3);
    expect(done.stdout).toContain('30 clusters:');
    expect(done.stdout).toContain('each mouse one unit: 30 seen, 299 needed at the very least');
    const few = gated('--cluster', 'week');
    expect(few.code).toBe(3);
    expect(few.stdout).toContain('each week one unit: 11 seen');
    expect(json(join(few.out, 'gate.json')).across.partialConjunction.bonferroni.atLeast).toBe(0);
  });

  test('gold that shows the errors fails the gate: exit 2, people decide', () => {
    const turned = join(lab.dir, 'turned.csv');
    const text = readFileSync(lab.gold, 'utf8');
    writeFileSync(
      turned,
      text.replace(/,([01]),/g, (_, y: string) => `,${1 - Number(y)},`),
    );
    const done = gated('--gold', turned);
    expect(done.code).toBe(2);
    expect(done.stdout).toContain('A: FAIL (revoked) – people decide');
    expect(done.stdout).toContain('shown to be beyond the target');
  });

  test('a gate is repeated while gold grows: the same again is no new bet, a gap and another order are refused', () => {
    const path = join(lab.dir, 'growing.csv');
    const bets = join(lab.dir, 'bets.json');
    const [head, ...lines] = readFileSync(lab.gold, 'utf8').trimEnd().split('\n');
    const write = (rows: readonly string[]): void => writeFileSync(path, `${[head, ...rows].join('\n')}\n`);
    const again = (): Ended => gated('--gold', path, '--bets', bets);
    write(lines.filter((_, i) => i < 900));
    expect(again().stderr).toBe('');
    const first = json(bets);
    expect(first).toMatchObject({ schema: 'tandem-bets/1', gates: 1, by: 'Dataset' });
    again();
    expect(json(bets)).toEqual(first);
    write(lines.filter((_, i) => i < 1500));
    again();
    const second = json(bets);
    expect(second.gates).toBe(2);
    expect(second.bets.slice(0, first.bets.length)).toEqual(first.bets);
    write(lines.filter((_, i) => i > 100 && i < 1500));
    expect(again().stderr).toContain('all gold of the gates before, or none of it');
    write(lines.toReversed());
    expect(again().stderr).toContain('do not sort it');
    expect(json(bets)).toEqual(second);
  });

  test('looks are no longer numbered, and whoever does it is told what counts them', () => {
    const done = gated('--look', '2');
    expect(done.code).toBe(1);
    expect(done.stderr).toContain('bets in gate.json count every look by themselves');
  });

  test('wrong names are told the right ones', () => {
    const wrong = tandem('gate', ...lab.policy, ...lab.inputs, '--gold', lab.gold, ...lab.strata, '--by', 'dtaset');
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain('expected a column "dtaset"');
    expect(wrong.stderr).toContain('"Dataset"');
    const without = tandem('gate', ...lab.policy, ...lab.inputs, '--gold', lab.gold, '--by', 'dataset');
    expect(without.stderr).toContain('--strata strata.csv');
  });

  test('evaluate divides by strata, names the worst, and bounds lost stalls by the audit', () => {
    const gold = ['--gold', lab.gold, '--out', lab.dir];
    const done = tandem(
      ...['evaluate', ...lab.policy, ...lab.inputs, ...gold, ...lab.strata],
      ...['--by', 'dataset,group', '--prevalence', '0.0033', '--audit', lab.audit],
    );
    expect(done.stderr).toBe('');
    const { strata, evaluation, atPrevalence, lost } = json(join(lab.dir, 'evaluation.json'));
    expect(strata.map((one: { by: string }) => one.by)).toEqual(['Dataset', 'group']);
    for (const one of strata) {
      const stalls = one.strata.map(
        (row: { evaluation: { gold: { stalled: number } } }) => row.evaluation.gold.stalled,
      );
      expect(stalls.reduce((a: number, b: number) => a + b)).toBe(evaluation.gold.stalled);
    }
    expect(atPrevalence.prevalence).toBe(0.0033);
    expect(lost.retired).toBeGreaterThan(lost.audited);
    expect(lost.atMost).toBeGreaterThan(0);
    expect(done.stdout).toContain('where 0.33 % are stalled');
    expect(done.stdout).toContain('all at once');
    expect(done.stdout).toContain('Lost stalls, by the audit');
  });

  test('evaluate says nothing of every dataset where one has no gold', () => {
    const gold = ['--gold', lab.gold, '--out', lab.dir];
    const done = tandem('evaluate', ...lab.policy, ...lab.inputs, ...gold, ...lab.strata, '--by', 'dataset');
    expect(done.stdout).toContain('no gold in 1 of 3, so nothing is known there: C');
    expect(done.stdout).toContain('nothing holds in every Dataset, for 1 of 3 have no such gold; in the 2 with it');
    const [{ everywhere, withoutGold }] = json(join(lab.dir, 'evaluation.json')).strata;
    expect([everywhere, withoutGold]).toEqual([{ sensitivity: 0, specificity: 0 }, ['C']]);
  });

  test('evaluate refuses gold and audits that can judge nothing', () => {
    const audit = join(lab.dir, 'other-audit.csv');
    const [, ...lines] = readFileSync(lab.audit, 'utf8').trimEnd().split('\n');
    writeFileSync(audit, `stackId,label,chosen\n${lines.map((line) => `${line},candidates-only`).join('\n')}\n`);
    for (const labels of [
      ['--gold', audit],
      ['--gold', lab.gold, '--audit', audit],
    ]) {
      const done = tandem('evaluate', ...lab.policy, ...lab.inputs, ...labels, '--out', lab.dir);
      expect([done.code, done.stdout]).toEqual([1, '']);
      expect(done.stderr).toContain('labels chosen as candidates-only');
      expect(done.stderr).toContain('sensitivity is not identifiable');
    }
  });
});
