import { describe, expect, test } from 'vitest';
import type { DecisionName } from '../../src/decode/tables/decisions.js';
import { splitSeed } from '../../src/kernel/random/prng.js';
import { prevalenceText } from '../../src/report/index.js';
import * as Gold from '../../src/stages/gold.js';
import { sharesDiffer } from '../../src/study/prevalence/auditShares.js';
import { prevalenceSummary } from '../../src/study/prevalence/estimate.js';
import type { Row } from '../../src/study/prevalence/outcomes.js';

/** Rows of one stratum and outcome, the first `audited` of them audited and flowing. */
const rowsOf = (name: string, outcome: DecisionName, stacks: number, audited: number): readonly Row[] =>
  Array.from({ length: stacks }, (_, i) => ({
    stackId: `${name}-${outcome}-${i}`,
    outcome,
    leftOut: false,
    ...(i < audited ? { truth: 0 } : {}),
  }));

const division = (groups: Readonly<Record<string, readonly Row[]>>) => ({
  by: 'mouse',
  groups: new Map(Object.entries(groups)),
});

describe('sharesDiffer()', () => {
  test('names the strata that were audited least and most, and their shares', () => {
    const [only, ...more] = sharesDiffer(
      division({
        A: rowsOf('A', 'flowing', 10_000, 800),
        B: rowsOf('B', 'flowing', 10_000, 100),
        C: rowsOf('C', 'flowing', 10_000, 400),
      }),
    );
    expect(more).toEqual([]);
    expect(only).toContain('of stacks called flowing, 1 % in mouse B (100 of 10,000) were audited and 8 % in mouse A');
  });

  test('one stratum that nobody audited is held against the rest', () => {
    const groups = Object.fromEntries(
      Array.from({ length: 20 }, (_, m) => [`m${m}`, rowsOf(`m${m}`, 'flowing', 500, m === 7 ? 0 : 20)]),
    );
    expect(sharesDiffer(division(groups)).join()).toContain(
      '0 % in mouse m7 (0 of 500) were audited and 4 % in all others (380 of 9,500)',
    );
  });

  test('an audit of everything called stalled and a part of the rest is one design, wherever stalls are', () => {
    expect(
      sharesDiffer(
        division({
          A: [...rowsOf('A', 'stalled', 500, 500), ...rowsOf('A', 'flowing', 4000, 160)],
          B: [...rowsOf('B', 'stalled', 20, 20), ...rowsOf('B', 'flowing', 4000, 160)],
        }),
      ),
    ).toEqual([]);
  });

  test('is silent about chance and about differences too small to matter', () => {
    const random = splitSeed(11, 'audit');
    let warned = 0;
    for (let repetition = 0; repetition < 300; repetition++) {
      const groups = Object.fromEntries(
        Array.from({ length: 12 }, (_, m) => {
          const stacks = 20 + Math.floor(400 * random());
          let audited = 0;
          for (let i = 0; i < stacks; i++) audited += random() < 0.04 ? 1 : 0;
          return [`m${m}`, rowsOf(`m${m}`, 'flowing', stacks, audited)];
        }),
      );
      warned += sharesDiffer(division(groups)).length;
    }
    expect(warned).toBeLessThanOrEqual(2);
    const near = division({ A: rowsOf('A', 'flowing', 50_000, 2500), B: rowsOf('B', 'flowing', 50_000, 2000) });
    expect(sharesDiffer(near)).toEqual([]);
  });
});

describe('prevalenceSummary()', () => {
  const mice = ['m1', 'm2', 'm3', 'm4'];
  const stacks = mice.flatMap((mouse, m) =>
    Array.from(
      { length: 100 },
      (_, i) => ({ stackId: `${mouse}-${i}`, mouse, label: m === 0 && i < 20 ? 1 : 0 }) as const,
    ),
  );
  const stackIds = stacks.map(({ stackId }) => stackId);
  const gold = Gold.from({ chosen: 'random' })(stacks);
  const question = {
    decisions: {
      stackIds,
      value: { stackIds, score: new Float64Array(stackIds.length) },
      decision: stacks.map(({ label }): DecisionName => (label === 1 ? 'stalled' : 'flowing')),
    },
    goldUsed: [],
    strata: [],
    clusters: { by: 'mouse', of: new Map(stacks.map(({ stackId, mouse }) => [stackId, mouse])) },
    confidence: 0.95,
    claim: 'each',
  } as const;

  test('intervals between clusters stay within 0 and 1', () => {
    const { between } = prevalenceSummary({ ...question, audit: gold });
    expect(between[0]?.mean).toBeCloseTo(0.05, 12);
    expect(between[0]?.interval?.lower).toBe(0);
  });

  test('gold that made the policy is no part of the season, whether it is named or not', () => {
    // All stalls are there because of their class.
    const used = stackIds.slice(0, 50);
    const found = prevalenceSummary({ ...question, audit: gold, goldUsed: used });
    expect(found.counts.leftOut).toBe(50);
    expect(found.rows[0]).toMatchObject({ stacks: 350, estimate: 0 });
    expect(found.warnings.join()).toContain('the part of it that was kept for tests is in no policy and counts');
    const named = prevalenceSummary({
      ...question,
      audit: gold,
      goldUsed: used,
      gold: { ...gold, chosen: 'stratified' },
    });
    expect(named.counts.leftOut).toBe(400);
    expect(named.warnings.join()).not.toContain('kept for tests');
    expect(prevalenceSummary({ ...question, audit: gold }).warnings.join()).toContain(
      'every row of decisions.csv is counted',
    );
  });

  test('gold corrects no calls that wait for votes while gold is done, and says why; the audit stands', () => {
    const waiting = stackIds.map((id, i) => ({ id: `${id} of now`, waits: i % 2 === 0 }));
    const ids = [...stackIds, ...waiting.map(({ id }) => id)];
    const decisions = {
      ...question.decisions,
      stackIds: ids,
      decision: [
        ...question.decisions.decision,
        ...waiting.map(({ waits }): DecisionName => (waits ? 'ask crowd' : 'flowing')),
      ],
    };
    const found = prevalenceSummary({ ...question, decisions, audit: gold, gold });
    expect(found.calls).toBeUndefined();
    expect(found.rows.map(({ method }) => method)).not.toContain('rogan-gladen');
    expect(prevalenceText(found)).toContain(
      'no figure by gold: 50 % of these stacks still wait for votes, of gold 0 %',
    );
    expect(prevalenceSummary({ ...question, gold }).warnings.join()).toContain(
      'voted on and scored like the other stacks',
    );
  });
});
