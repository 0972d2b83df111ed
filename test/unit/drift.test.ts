import { describe, expect, test } from 'vitest';
import type { DecisionTable } from '../../src/decode/tables/decisions.js';
import { splitSeed } from '../../src/kernel/random/prng.js';
import { driftText } from '../../src/report/index.js';
import * as Drift from '../../src/stages/drift/index.js';
import * as Gold from '../../src/stages/gold.js';
import { type DriftGroup, type DriftLook, driftSummary } from '../../src/study/drift/drift.js';

const targets = { sensitivity: 0.99, specificity: 0.95, confidence: 0.95 };

/** Stalled gold `missed` of which were called flowing, by week; `w` names the weeks. */
const watched = (of: {
  readonly before?: readonly DriftLook[];
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
    before: of.before ?? [],
    ...(of.grouped ? { strata: { by: 'week', of: new Map(stacks.map(({ stackId, week }) => [stackId, week])) } } : {}),
    warnings: [],
  });
};

/** So many looks at other groups. */
const looked = (many: number): readonly DriftLook[] =>
  Array.from({ length: many }, (_, i) => ({
    group: `before ${i}`,
    fingerprint: `${i}`,
    counts: { stalled: 0, missed: 0, flowing: 0, alarmed: 0 },
  }));

const spentBy = ({ falseAlarm }: DriftGroup): number => falseAlarm.scores + falseAlarm.errors;

describe('driftSummary()', () => {
  test.each([0, 1, 4])('without groups no alarm rests on a test that is not shown, after %d looks', (many) => {
    for (let missed = 0; missed <= 20; missed++) {
      const summary = watched({ before: looked(many), weeks: [{ name: 'w1', stalled: 100, missed }], grouped: false });
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
      const summary = watched({ before: looked(4), weeks, grouped: true });
      const blocks = driftText(summary)
        .split('\n\n')
        .filter((block) => /^week w[12]: /m.test(block));
      expect(blocks).toHaveLength(2);
      for (const block of blocks) expect(block.includes(' – ALARM')).toBe(block.includes(': ALARM ('));
    }
  });

  test('all tests of many runs together spend the probability of a false alarm once', () => {
    for (const grouped of [true, false]) {
      let spent = 0;
      let before: readonly DriftLook[] = [];
      for (let run = 0; run < 20; run++) {
        const weeks = grouped ? [`w${2 * run}`, `w${2 * run + 1}`] : [`w${run}`];
        const { groups, looks } = watched({
          before,
          weeks: weeks.map((name) => ({ name, stalled: 10, missed: 0 })),
          grouped,
        });
        before = looks;
        for (const group of groups) spent += spentBy(group);
        // The errors so far are one test over all runs.
        const soFar = groups.map(({ errorsSoFar }) => errorsSoFar?.falseAlarm ?? 0);
        expect(new Set(soFar)).toEqual(new Set([grouped ? 0.0025 : 0]));
        if (run === 0) spent += soFar[0] ?? 0;
        for (const { errors, falseAlarm } of groups) expect(errors?.falseAlarm).toBe(falseAlarm.errors);
      }
      expect(before).toHaveLength(grouped ? 40 : 20);
      expect(spent).toBeLessThanOrEqual(0.01 + 1e-12);
    }
  });

  test('the same stacks again are no new look, and errors so far go on where the last run stopped', () => {
    const run = (before: readonly DriftLook[], names: readonly string[]) =>
      watched({ before, weeks: names.map((name) => ({ name, stalled: 50, missed: 2 })), grouped: true });
    const first = run([], ['w1', 'w2']);
    const again = run(first.looks, ['w1', 'w2']);
    expect(again.looks).toEqual(first.looks);
    expect(again.groups.map(({ look }) => look)).toEqual([1, 2]);
    const next = run(first.looks, ['w3']);
    expect(next.groups[0]?.look).toBe(3);
    expect(next.groups[0]?.errorsSoFar?.missedStalls).toMatchObject({ n: 150, errors: 6 });
  });
});

describe('stacks of one mouse that resemble each other', () => {
  const mice = (random: () => number, n: number, each: number, shift = 0): readonly (readonly number[])[] =>
    Array.from({ length: n }, () => {
      const own = shift + 1.5 * (random() + random() + random() - 1.5);
      return Array.from({ length: each }, () => own + 2 * (random() + random() + random() - 1.5));
    });

  test('20 mice then and 5 now are no drift by themselves: stack by stack it would be one in most runs', () => {
    const random = splitSeed(3, 'mice');
    const runs = 300;
    let [byStack, byMouse] = [0, 0];
    for (let run = 0; run < runs; run++) {
      const samples = { reference: mice(random, 20, 100), now: mice(random, 5, 100) };
      const flat = (clusters: readonly (readonly number[])[]): Float64Array => Float64Array.from(clusters.flat());
      const options = { at: [2], falseAlarm: 0.01 };
      byStack += Number(Drift.ofScores(options)({ reference: flat(samples.reference), now: flat(samples.now) }).alarm);
      byMouse += Number(Drift.ofClusters(options)(samples).alarm);
    }
    expect(byStack / runs).toBeGreaterThan(0.4);
    expect(byMouse / runs).toBeLessThanOrEqual(0.01 + 3 * Math.sqrt((0.01 * 0.99) / runs));
  });

  test('mice of other sizes are no drift either, and a shift of enough mice is one', () => {
    const random = splitSeed(4, 'mice');
    let alarms = 0;
    for (let run = 0; run < 200; run++) {
      const reference = mice(random, 60, 200);
      alarms += Number(Drift.ofClusters({ at: [2] })({ reference, now: mice(random, 40, 12) }).alarm);
    }
    expect(alarms).toBeLessThanOrEqual(6);
    const shifted = Drift.ofClusters({ at: [2] })({ reference: mice(random, 200, 50), now: mice(random, 100, 50, 1) });
    expect(shifted).toMatchObject({ alarm: true, each: 50, n: { reference: 200, now: 100 } });
  });
});
