import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { maxErrorsAllowed, minimalSize, pBelow } from '../../src/kernel/special/binomial.js';
import * as Gold from '../../src/stages/gold.js';

import * as RiskControl from '../../src/stages/riskControl/index.js';

interface MapieCase {
  readonly name: string;
  readonly confidence: number;
  readonly exact: {
    readonly per_risk: readonly {
      readonly alpha: number;
      readonly errors: readonly number[];
      readonly n: readonly number[];
      readonly p_values: readonly number[];
    }[];
    readonly p_values: readonly number[];
    readonly bonferroni: readonly number[];
    readonly holm: readonly number[];
    readonly fst_ascending: readonly number[];
    readonly fst_descending: readonly number[];
  };
}

interface GridCase {
  readonly name: string;
  readonly y: readonly (0 | 1)[];
  readonly scores: readonly number[];
  readonly crowd: readonly number[];
  readonly alpha_fnr: number;
  readonly alpha_fpr: number;
  readonly delta: number;
  readonly grid: readonly {
    readonly lo: number;
    readonly hi: number;
    readonly fn: number;
    readonly fp: number;
    readonly automated: number;
    readonly p: number;
  }[];
  readonly holm_valid: readonly number[];
  readonly best_automation: number | null;
}

const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'riskControl.json'), 'utf8')) as {
  readonly mapie_binary: readonly MapieCase[];
  readonly end_to_end_grid: readonly GridCase[];
  readonly partial_conjunction: readonly {
    readonly p_values: readonly number[];
    readonly u: number;
    readonly bonferroni: number;
    readonly simes: number;
  }[];
  readonly np_umbrella: readonly {
    readonly n: number;
    readonly alpha: number;
    readonly delta: number;
    readonly max_allowed_errors: number;
    readonly min_n: number;
  }[];
};

/** scipy's own tail loses digits far out; below 1e-250 both are 0 for any purpose. */
const near = (actual: number, expected: number): void => {
  if (expected < 1e-250) expect(actual).toBeLessThan(1e-249);
  else expect(Math.abs(actual / expected - 1)).toBeLessThan(1e-10);
};

describe('learn-then-test on one grid', () => {
  test.each(golden.mapie_binary.map((c) => [c.name, c] as const))('%s', (_, { confidence, exact }) => {
    const perRisk = exact.per_risk.map(({ alpha, errors, n, p_values }) =>
      errors.map((k, j) => {
        const p = pBelow({ errors: k, n: n[j] }, alpha);
        near(p, p_values[j]);
        return p;
      }),
    );
    const pValues = perRisk[0].map((_, j) => Math.max(...perRisk.map((row) => row[j])));
    for (const [j, p] of pValues.entries()) near(p, exact.p_values[j]);
    const delta = 1 - confidence;
    const m = pValues.length;
    expect(RiskControl.holm({ pValues, delta })).toEqual(exact.holm);
    expect(RiskControl.fixedSequence({ pValues, delta })).toEqual(exact.fst_ascending);
    const descending = RiskControl.fixedSequence({ pValues: [...pValues].reverse(), delta });
    expect(descending.map((j) => m - 1 - j).reverse()).toEqual(exact.fst_descending);
    expect(pValues.flatMap((p, j) => (p <= delta / m ? [j] : []))).toEqual(exact.bonferroni);
  });
});

test.each(golden.end_to_end_grid.map((c) => [c.name, c] as const))('end to end, Holm on a grid: %s', (_, c) => {
  const stackIds = c.y.map((_, i) => `s${i}`);
  const gold = Gold.as('tune')(
    Gold.from({ chosen: 'stratified' })(c.y.map((label, i) => ({ stackId: stackIds[i], label }))),
  );
  // Where the model is sure it decides, in the middle the crowd.
  const decisions = c.grid.map(({ lo, hi }) =>
    Uint8Array.from(c.scores, (score, i) => (score < lo ? 0 : score > hi ? 1 : c.crowd[i])),
  );
  const targets = { sensitivity: 1 - c.alpha_fnr, specificity: 1 - c.alpha_fpr, confidence: 1 - c.delta };
  const cost = Float64Array.from(c.grid, ({ automated }) => c.y.length - automated);
  const certified = RiskControl.certifyPath({ gold, targets, testing: 'holm' })({ decisions, cost });
  for (const [j, row] of c.grid.entries()) {
    const alone = RiskControl.certifyPath({ gold, targets })({ decisions: [decisions[j]] });
    const found = E.isRight(alone) ? alone.right : alone.left;
    if ('_tag' in found && found._tag === 'Refused') throw found;
    near(found.pValue, row.p);
    expect([found.missedStalls.observed, found.falseAlarms.observed]).toEqual([row.fn, row.fp]);
  }
  if (E.isRight(certified)) {
    expect(certified.right.certified).toEqual(c.holm_valid);
    expect(certified.right.candidate).toBe(c.best_automation);
  } else {
    expect(c.holm_valid).toEqual([]);
    expect(c.best_automation).toBeNull();
  }
});

test('partialConjunction() agrees with Bonferroni and Simes of the reference', () => {
  for (const { p_values, u, bonferroni, simes } of golden.partial_conjunction) {
    const found = RiskControl.partialConjunction({ pValues: p_values, u });
    near(found.bonferroni, bonferroni);
    near(found.simes, simes);
  }
});

test('the Neyman–Pearson umbrella allows as many errors, from as little gold', () => {
  for (const { n, alpha, delta, max_allowed_errors, min_n } of golden.np_umbrella) {
    expect(maxErrorsAllowed({ n, rate: alpha, delta }) ?? -1).toBe(max_allowed_errors);
    expect(minimalSize({ errors: 0, rate: alpha, delta })).toBe(min_n);
  }
});
