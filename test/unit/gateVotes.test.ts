import { describe, expect, test } from 'vitest';
import type { Decisions } from '../../src/policy/index.js';
import { gateText } from '../../src/report/index.js';
import * as Gold from '../../src/stages/gold.js';
import * as RiskControl from '../../src/stages/riskControl/index.js';
import { type GateQuestion, type GateSummary, gateSummary } from '../../src/study/gate.js';

const TARGETS = { sensitivity: 0.95, specificity: 0.95, confidence: 0.95 };
const ONCE = { look: 1, planned: 1 };

/** So many stacks of each class; `end` says how each is decided. */
const gold = (stalled: number, flowing: number): Gold.Gold<'test'> =>
  Gold.as('test')(
    Gold.from({ chosen: 'stratified' })(
      Array.from({ length: stalled + flowing }, (_, i) => ({ stackId: `s${i}`, label: i < stalled ? 1 : 0 })),
    ),
  );

const decided = (of: Gold.GoldSet, more: readonly string[] = []): Decisions =>
  ({
    posterior: {
      stackIds: [...of.stackIds, ...more],
      logOdds: Float64Array.from([...of.stackIds, ...more], (_, i) => ((i * 7919) % 101) / 25),
      votes: new Uint32Array(of.stackIds.length + more.length).fill(1),
      scores: new Uint32Array(of.stackIds.length + more.length),
    },
    routing: [
      ...Array.from(of.label, (label) => ({ _tag: 'Retire', label })),
      ...more.map(() => ({ _tag: 'Retire', label: 0 })),
    ],
  }) as Decisions;

const ask = (of: Gold.Gold<'test'>, more: Partial<GateQuestion> = {}): GateSummary =>
  gateSummary({ decisions: decided(of), gold: of, targets: TARGETS, look: ONCE, share: 0.95, warnings: [], ...more });

const by = (name: string, of: (i: number) => string | undefined, n: number) => ({
  by: name,
  of: new Map(Array.from({ length: n }, (_, i) => [`s${i}`, of(i)] as const).flatMap(([s, v]) => (v ? [[s, v]] : []))),
});

describe('gold whose votes ran out', () => {
  const of = gold(400, 400);
  const ended = (ranOut: number, missed = 0) =>
    Uint8Array.from(of.label, (label, g) => (g < ranOut ? RiskControl.RAN_OUT : g < ranOut + missed ? 0 : label));
  const gate = (decisions: Uint8Array) => RiskControl.gate({ gold: of, targets: TARGETS })(decisions);

  test('is no pass: it may have ended wrong', () => {
    expect(gate(ended(0))._tag).toBe('Pass');
    expect(gate(ended(5))._tag).toBe('Pass');
    expect(gate(ended(300))).toMatchObject({
      _tag: 'Insufficient',
      votesFor: { stalled: 300, flowing: 0 },
      more: { stalled: 0, flowing: 0 },
      nextLook: ONCE,
    });
  });

  test('is no fail: it may have ended well', () => {
    expect(gate(ended(100))._tag).toBe('Insufficient');
    expect(gate(ended(100, 60))._tag).toBe('Fail');
  });

  test('counts as an error of a path that is certified', () => {
    const tune = { ...of, role: 'tune' } as const;
    const certified = (row: Uint8Array) =>
      RiskControl.certifyPath({ gold: tune, targets: TARGETS })({ decisions: [row] })._tag;
    expect(certified(ended(0))).toBe('Right');
    expect(certified(ended(300))).toBe('Left');
  });

  const replay = (n: number) => ({ ranOut: new Set(of.stackIds.slice(0, n)), mostVotes: 20 });

  test('is counted, and votes are asked for, not other gold', () => {
    const asked = ask(of, { replay: replay(300) });
    const [one] = asked.datasets;
    expect(one).toMatchObject({
      verdict: 'insufficient',
      counts: { ranOut: { stalled: 300, flowing: 0 } },
      more: { stalled: 0, flowing: 0 },
      votesFor: { stalled: 300, flowing: 0 },
      sensitivity: { hits: 100, n: 400, atMost: 1 },
    });
    const text = gateText(asked);
    expect(text).toContain('the votes of 300 stalled and 0 flowing gold stacks ran out before the rule was done');
    expect(text).toContain('20 votes on a stack at most');
    expect(text).toContain('other gold alone does not help');
    expect(text).not.toContain('more needed');
    expect(asked.across?.point.reached).toBe(0);
    expect(asked.across?.partialConjunction.bonferroni.atLeast).toBe(0);
  });

  test('asks for votes where a class needs them to pass, and only there', () => {
    const both = new Set([...of.stackIds.slice(0, 300), ...of.stackIds.slice(400, 404)]);
    const asked = ask(of, { replay: { ranOut: both, mostVotes: 20 } });
    expect(asked.datasets[0]).toMatchObject({
      counts: { ranOut: { stalled: 300, flowing: 4 } },
      votesFor: { stalled: 300, flowing: 0 },
    });
    expect(gateText(asked)).toContain('collect more votes on the stalled ones');
    const fates = Uint8Array.from(of.label, (label, g) => (both.has(of.stackIds[g]) ? RiskControl.RAN_OUT : label));
    expect(gate(fates)).toMatchObject({ votesFor: { stalled: 300, flowing: 0 } });
    // What it says is so: with those voted on it passes.
    const then = new Set(of.stackIds.slice(400, 404));
    expect(ask(of, { replay: { ranOut: then, mostVotes: 20 } }).datasets[0].verdict).toBe('pass');
  });

  test('lets a dataset pass that passes with all of it wrong', () => {
    expect(ask(of, { replay: replay(3) }).datasets[0].verdict).toBe('pass');
  });
});

describe('more needed', () => {
  const of = gold(17, 200);

  test('whoever follows it passes at the next look', () => {
    for (const look of [{ look: 1 }, { look: 3 }, { look: 1, planned: 2 }]) {
      const [one] = ask(of, { look }).datasets;
      expect(one.nextLook).toEqual({ ...look, look: look.look + 1 });
      const grown = gold(17 + (one.more?.stalled ?? 0), 200 + (one.more?.flowing ?? 0));
      expect(ask(grown, { look: { ...look, look: look.look + 1 } }).datasets[0].verdict).toBe('pass');
      const less = gold(16 + (one.more?.stalled ?? 0), 200 + (one.more?.flowing ?? 0));
      expect(ask(less, { look: { ...look, look: look.look + 1 } }).datasets[0].verdict).toBe('insufficient');
    }
    expect(gateText(ask(of, { look: { look: 1 } }))).toContain('gate again with --look 2');
    expect(gateText(ask(of, { look: { look: 1, planned: 3 } }))).toContain('--look 2 --planned 3');
  });

  test('after the last look only fresh gold can pass, and that is said', () => {
    for (const look of [ONCE, { look: 2, planned: 2 }]) {
      const asked = ask(of, { look });
      expect(asked.next).toBeUndefined();
      expect(asked.datasets[0].nextLook).toBeUndefined();
      expect(asked.datasets[0].fresh).toEqual({ stalled: 59, flowing: 59 });
      const text = gateText(asked);
      expect(text).not.toContain('more needed');
      expect(text).toContain('too few for this look');
      expect(text).toContain('59 stalled and 59 flowing if it errs on none of them');
      expect(text).toContain('a second test of the same gold with more added proves nothing');
    }
  });

  test('a dataset without gold has its look still to come', () => {
    const none = gold(0, 0);
    const [one] = ask(none).datasets;
    expect(one).toBeUndefined();
    const decisions = decided(none, ['a']);
    expect(ask(none, { decisions }).datasets[0]).toMatchObject({
      more: { stalled: 59, flowing: 59 },
      nextLook: ONCE,
    });
  });
});

describe('clusters of gold', () => {
  const of = gold(400, 400);
  const verdict = (mouse: (i: number) => string | undefined) =>
    ask(of, { clusters: by('mouse', mouse, 800) }).datasets[0];
  const refused = (mouse: (i: number) => string | undefined) =>
    verdict(mouse).refusals.map((refusal) => refusal._tag === 'ClustersTooFew' && [refusal.gold, refusal.clusters]);

  test('forty mice of each class pass', () => {
    expect(verdict((i) => `m${i % 40}`).verdict).toBe('pass');
  });

  test('stacks of no mouse are no mice', () => {
    const few = (i: number) => (i % 400 < 15 ? undefined : `m${i % 5}`);
    expect(verdict(few).verdict).toBe('refused');
    expect(refused(few)).toEqual([
      ['stalled', 5],
      ['flowing', 5],
    ]);
    expect(refused(() => undefined)).toEqual([
      ['stalled', 0],
      ['flowing', 0],
    ]);
  });

  test('each class must have its own', () => {
    expect(refused((i) => (i < 400 ? 'm0' : `m${i % 40}`))).toEqual([['stalled', 1]]);
    expect(refused((i) => (i < 400 ? `m${i % 40}` : `m${i % 2}`))).toEqual([['flowing', 2]]);
  });

  test('values that do not differ cannot tell a design effect', () => {
    const decisions = decided(of);
    const alike = { ...decisions, posterior: { ...decisions.posterior, logOdds: new Float64Array(800).fill(2) } };
    const [one] = ask(of, { decisions: alike, clusters: by('mouse', (i) => `m${i % 40}`, 800) }).datasets;
    expect(one.refusals.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('stalled gold comes from 40 clusters, all with the same value'),
      expect.stringContaining('flowing gold comes from 40 clusters, all with the same value'),
    ]);
  });

  test('stacks of no mouse prove nothing, but their errors count', () => {
    const mouse = (i: number) => (i % 400 < 350 ? `m${i % 35}` : undefined);
    const fine = verdict(mouse);
    expect(fine.verdict).toBe('pass');
    expect(fine.clusters?.stalled).toMatchObject({ stacks: 350, without: 50 });
    const fates = decided(of);
    const routing = fates.routing.map((next, i) => (i >= 350 && i < 362 ? { _tag: 'Retire', label: 0 } : next));
    const decisions = { ...fates, routing } as Decisions;
    // 12 errors of 400 would do; 12 of the 362 that may tell anything do not.
    expect(ask(of, { decisions }).datasets[0].verdict).toBe('pass');
    const asked = ask(of, { decisions, clusters: by('mouse', mouse, 800) });
    expect(asked.datasets[0].verdict).toBe('insufficient');
    expect(gateText(asked)).toContain('50 stalled and 50 flowing gold stacks without a mouse prove nothing here');
  });

  test('alone in its cluster no stack can share an error', () => {
    expect(verdict((i) => `m${i}`).verdict).toBe('pass');
  });
});

describe('datasets without gold', () => {
  const of = gold(400, 400);
  const others = Array.from({ length: 19 }, (_, i) => `z${i}`);
  const strata = {
    by: 'dataset',
    of: new Map([...of.stackIds.map((s) => [s, 'A'] as const), ...others.map((s) => [s, s] as const)]),
  };

  test('count among all, and nothing is shown of them', () => {
    const asked = ask(of, { decisions: decided(of, others), strata });
    expect(asked.withoutGold).toBe(19);
    const { bonferroni } = asked.across?.partialConjunction ?? {};
    expect(bonferroni).toMatchObject({ of: 20, wanted: 19, shown: false, pValue: 1 });
    expect(asked.across?.population).toMatchObject({ of: 20, certified: 1, shown: false });
    expect(gateText(asked)).toContain('19 of these 20 datasets have no gold');
  });
});
