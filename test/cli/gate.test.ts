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
  const gated = (...more: readonly string[]): Ended => {
    const gold = ['--gold', lab.gold, '--out', lab.dir];
    return tandem('gate', ...lab.policy, ...lab.inputs, ...gold, ...lab.strata, '--by', 'dataset', ...more);
  };

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
      expect(done.stdout).toContain('17 of 17 audited stalls kept ⇒ lower bound 0.838; 282 more needed');
    }
    expect(done.stdout).toContain('a new dataset starts in shadow');
    for (const reading of ['point:', 'partial conjunction:', 'population:']) expect(done.stdout).toContain(reading);
    expect(across.partialConjunction.bonferroni.of).toBe(2);
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
    const done = gated('--gold', turned);
    expect(done.code).toBe(2);
    expect(done.stdout).toContain('A: FAIL – people decide');
    expect(done.stdout).toContain('shown to be beyond the target');
  });

  test('a second look spends confidence', () => {
    gated('--look', '2', '--planned', '4');
    expect(json(join(lab.dir, 'gate.json')).confidence).toBeCloseTo(1 - 0.05 / 4, 12);
    gated('--look', '1');
    expect(json(join(lab.dir, 'gate.json')).confidence).toBeCloseTo(0.975, 12);
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
