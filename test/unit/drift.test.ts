import { describe, expect, test } from 'vitest';
import type { DecisionTable } from '../../src/decode/tables/decisions.js';
import { driftText } from '../../src/report/index.js';
import * as Gold from '../../src/stages/gold.js';
import type { InterimLook } from '../../src/stages/riskControl/index.js';
import { type DriftGroup, driftSummary } from '../../src/study/drift.js';

const targets = { sensitivity: 0.99, specificity: 0.95, confidence: 0.95 };

/** Stalled gold `missed` of which were called flowing, by week; `w` names the weeks. */
const watched = (of: {
  readonly look: InterimLook;
  readonly weeks: readonly { readonly name: string; readonly stalled: number; readonly missed: number }[];
  readonly grouped: boolean;
}) => {
  const stacks = of.weeks.flatMap(({ name, stalled, missed }) =>
    Array.from({ length: Math.max(1, stalled) }, (_, i) => ({
      stackId: `${name}-${i}`,
      decision: i < missed ? ('flowing' as const) : ('stalled' as const),
      week: name,
      gold: i < stalled,
    })),
  );
  const stackIds = stacks.map(({ stackId }) => stackId);
  const score = new Float64Array(stackIds.length);
  const current: DecisionTable = {
    stackIds,
    value: { stackIds, score },
    decision: stacks.map(({ decision }) => decision),
  };
  return driftSummary({
    reference: { stackIds: [], value: { stackIds: [], score: new Float64Array(0) } },
    current,
    gold: Gold.from({ chosen: 'stratified' })(
      stacks.filter(({ gold }) => gold).map(({ stackId }) => ({ stackId, label: 1 as const })),
    ),
    targets,
    leftOut: new Set(),
    at: [],
    falseAlarm: 0.01,
    look: of.look,
    ...(of.grouped ? { strata: { by: 'week', of: new Map(stacks.map(({ stackId, week }) => [stackId, week])) } } : {}),
    warnings: [],
  });
};

const spentBy = ({ falseAlarm }: DriftGroup): number => falseAlarm.scores + falseAlarm.errors;

describe('driftSummary()', () => {
  test.each([1, 2, 5])('without groups no alarm rests on a test that is not shown, at look %d', (look) => {
    for (let missed = 0; missed <= 20; missed++) {
      const summary = watched({ look: { look }, weeks: [{ name: 'w1', stalled: 100, missed }], grouped: false });
      const [only] = summary.groups;
      expect(only?.errorsSoFar).toBeUndefined();
      expect(driftText(summary).includes(' – ALARM')).toBe(summary.alarm);
    }
  });

  test('with groups every test that can alarm has its line, gold in this group or not', () => {
    for (let missed = 0; missed <= 20; missed++) {
      const weeks = [
        { name: 'w1', stalled: 100, missed },
        { name: 'w2', stalled: 0, missed: 0 },
      ];
      const summary = watched({ look: { look: 5 }, weeks, grouped: true });
      const blocks = driftText(summary)
        .split('\n\n')
        .filter((block) => /^week w[12]: /m.test(block));
      expect(blocks).toHaveLength(2);
      for (const block of blocks) expect(block.includes(' – ALARM')).toBe(block.includes(': ALARM ('));
    }
  });

  test.each([{}, { planned: 40 }])(
    'all tests of many runs together spend the probability of a false alarm once: %o',
    (plan) => {
      for (const grouped of [true, false]) {
        let spent = 0;
        for (let look = 1; look <= 40; look += 2) {
          const weeks = grouped ? ['w1', 'w2'] : ['w1'];
          const { groups } = watched({
            look: { look, ...plan },
            weeks: weeks.map((name) => ({ name, stalled: 10, missed: 0 })),
            grouped,
          });
          for (const group of groups) spent += spentBy(group);
          // The errors so far are one test in a run, however many groups.
          const soFar = groups.map(({ errorsSoFar }) => errorsSoFar?.falseAlarm ?? 0);
          expect(new Set(soFar).size).toBe(1);
          spent += soFar[0] ?? 0;
          for (const { errors, falseAlarm } of groups) expect(errors?.falseAlarm).toBe(falseAlarm.errors);
        }
        expect(spent).toBeLessThanOrEqual(0.01 + 1e-12);
      }
    },
  );

  test('one look without a number spends everything', () => {
    const { groups } = watched({
      look: { look: 1, planned: 1 },
      weeks: [{ name: 'w1', stalled: 9, missed: 0 }],
      grouped: false,
    });
    expect(groups[0]?.falseAlarm).toEqual({ scores: expect.closeTo(0.005, 12), errors: expect.closeTo(0.005, 12) });
  });

  test('groups beyond the looks that were planned are said to cost more', () => {
    const weeks = ['w1', 'w2', 'w3'].map((name) => ({ name, stalled: 10, missed: 0 }));
    const { warnings } = watched({ look: { look: 4, planned: 4 }, weeks, grouped: true });
    expect(warnings.join()).toContain('looks 4 to 6 go beyond the 4 that were planned');
    expect(watched({ look: { look: 1, planned: 2 }, weeks, grouped: true }).warnings).toEqual([]);
  });
});
