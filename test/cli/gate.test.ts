import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Laboratory, laboratory } from './datasets.js';
import { type Ended, json, tandem } from './tandem.js';

describe('tandem gate', () => {
  let lab: Laboratory;
  beforeAll(() => {
    lab = laboratory(mkdtempSync(join(tmpdir(), 'tandem-gate-')));
  }, 30_000);
  afterAll(() => rmSync(lab.dir, { recursive: true, force: true }));
  const gatedBy = (gold: string, ...more: readonly string[]): Ended => {
    const files = ['--gold', gold, '--out', lab.dir];
    return tandem('gate', ...lab.policy, ...lab.inputs, ...files, ...lab.strata, '--by', 'dataset', ...more);
  };
  const gated = (...more: readonly string[]): Ended => gatedBy(lab.gold, ...more);

  test('says pass, insufficient with exact counts, and shadow for a dataset without gold', () => {
    const done = gated();
    expect(done.stderr).toBe('');
    expect(done.code).toBe(3);
    const { datasets, across, warnings } = json(join(lab.dir, 'gate.json'));
    expect(datasets.map((one: { dataset: string }) => one.dataset)).toEqual(['A', 'B', 'C']);
    expect(datasets.map((one: { verdict: string }) => one.verdict)).toEqual(['pass', 'insufficient', 'insufficient']);
    expect(datasets.map((one: { mode: string }) => one.mode)).toEqual(['live', 'shadow', 'shadow']);
    expect(datasets[2].more).toEqual({ stalled: 299, flowing: 59 });
    expect(warnings[0]).toContain('gold stacks fitted or tuned this policy');
    const [, b] = datasets;
    if (b.counts.missed === 0) {
      expect(done.stdout).toContain('17 of 17 audited stalls kept ⇒ lower bound 0.838; 282 too few for this look');
      expect(b.fresh).toEqual({ stalled: 299, flowing: 59 });
    }
    expect(done.stdout).toContain('a new dataset starts in shadow');
    for (const reading of ['point:', 'partial conjunction:', 'population:']) expect(done.stdout).toContain(reading);
    expect(across.partialConjunction.bonferroni).toMatchObject({ of: 3, shown: false });
    expect(done.stdout).toContain('1 of these 3 datasets has no gold');
  });

  test('clusters bring the design effect, and fewer than 20 of them a refusal', () => {
    expect(gated('--cluster', 'mouse').stdout).toContain('30 clusters:');
    const few = gated('--cluster', 'week');
    expect(few.code).toBe(3);
    expect(few.stdout).toContain('REFUSED');
    expect(few.stdout).toContain('gold comes from 11 clusters');
    expect(json(join(lab.dir, 'gate.json')).across.partialConjunction.bonferroni.atLeast).toBe(0);
  });

  test('gold that shows the errors fails the gate: exit 2, people decide', () => {
    const turned = join(lab.dir, 'turned.csv');
    const text = readFileSync(lab.gold, 'utf8');
    writeFileSync(
      turned,
      text.replace(/,([01]),/g, (_, y: string) => `,${1 - Number(y)},`),
    );
    const done = gatedBy(turned);
    expect(done.code).toBe(2);
    expect(done.stdout).toContain('A: FAIL – people decide');
    expect(done.stdout).toContain('shown to be beyond the target');
  });

  test('a second look spends confidence', () => {
    gated('--look', '2', '--planned', '4');
    expect(json(join(lab.dir, 'gate.json')).confidence).toBeCloseTo(1 - 0.05 / 4, 12);
    const first = gated('--look', '1');
    const { confidence, next, datasets } = json(join(lab.dir, 'gate.json'));
    expect(confidence).toBeCloseTo(0.975, 12);
    expect(next).toEqual({ look: 2, confidence: expect.closeTo(1 - 0.05 / 6, 12) });
    expect(datasets[2].more.stalled).toBeGreaterThan(299);
    expect(first.stdout).toContain('gate again with --look 2');
    expect(gated('--look', '5', '--planned', '4').stderr).toContain('no more than were planned');
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

  test('plan shows the price of a point and what gold would decide', () => {
    const done = tandem(
      'plan',
      ...lab.policy,
      ...lab.inputs,
      '--gold',
      join(lab.dir, 'fitted.csv'),
      '--label-cost',
      '2',
    );
    expect(done.code).toBe(0);
    expect(done.stdout).toContain('per further point');
    expect(done.stdout).toContain('← wanted');
    expect(done.stdout).toContain('← there is');
    expect(tandem('plan').stdout).toContain('Give --policy');
  });
});
