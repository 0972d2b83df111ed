import { describe, expect, test } from 'vitest';
import { splitSeed } from '../../src/kernel/random/prng.js';
import type { BatchMismatch, Decisions } from '../../src/policy/index.js';
import { gateText } from '../../src/report/index.js';
import * as Gold from '../../src/stages/gold.js';
import * as RiskControl from '../../src/stages/riskControl/index.js';
import { type GateQuestion, type GateSummary, gateSummary } from '../../src/study/gate/gate.js';
import { betsConflict, type GoldBets } from '../../src/study/gate/goldBets.js';

const TARGETS = { sensitivity: 0.95, specificity: 0.95, confidence: 0.95 };

/** So many stacks of each class, with ids from `from` on. */
const gold = (stalled: number, flowing: number, from = 0): Gold.Gold<'test'> =>
  Gold.as('test')(
    Gold.from({ chosen: 'stratified' })(
      Array.from({ length: stalled + flowing }, (_, i) => ({ stackId: `s${from + i}`, label: i < stalled ? 1 : 0 })),
    ),
  );

const joined = (...parts: readonly Gold.GoldSet[]): Gold.Gold<'test'> =>
  Gold.as('test')(
    Gold.from({ chosen: 'stratified' })(
      parts.flatMap(({ stackIds, label }) =>
        stackIds.map((stackId, g) => ({ stackId, label: label[g] === 1 ? 1 : 0 })),
      ),
    ),
  );

const posterior = (stackIds: readonly string[]): Decisions['posterior'] => ({
  stackIds,
  logOdds: Float64Array.from(stackIds, (_, i) => ((i * 7919) % 101) / 25),
  votes: new Uint32Array(stackIds.length).fill(1),
  scores: new Uint32Array(stackIds.length),
});

const right = (of: Gold.GoldSet): Uint8Array => Uint8Array.from(of.label);

const ask = (
  of: Gold.Gold<'test'>,
  { others = [], ...more }: Partial<GateQuestion> & { others?: readonly string[] } = {},
): GateSummary =>
  gateSummary({
    posterior: posterior([...of.stackIds, ...others]),
    gold: of,
    ends: right(of),
    hypothesis: {
      policy: 'f00d',
      targets: TARGETS,
      spend: 0.8,
      ...(more.strata === undefined ? {} : { by: more.strata.by }),
      ...(more.clusters === undefined ? {} : { clusterBy: more.clusters.by }),
    },
    share: 0.95,
    mostVotes: 20,
    mismatches: [],
    warnings: [],
    ...more,
  });

const by = (name: string, of: (i: number) => string | undefined, n: number) => ({
  by: name,
  of: new Map(Array.from({ length: n }, (_, i) => [`s${i}`, of(i)] as const).flatMap(([s, v]) => (v ? [[s, v]] : []))),
});

describe('gold whose votes ran out', () => {
  const of = gold(400, 400);
  const ended = (ranOut: number, missed = 0): Uint8Array =>
    Uint8Array.from(of.label, (label, g) => (g < ranOut ? RiskControl.RAN_OUT : g < ranOut + missed ? 0 : label));

  test('is no pass, for it may have ended wrong, and no fail, for it may have ended well', () => {
    const verdict = (ranOut: number, missed = 0) => ask(of, { ends: ended(ranOut, missed) }).datasets[0]?.verdict;
    expect([0, 5, 100, 300].map((n) => verdict(n))).toEqual(['pass', 'pass', 'insufficient', 'insufficient']);
    expect(verdict(100, 60)).toBe('fail');
  });

  test('counts as an error of a path that is certified', () => {
    const tune = { ...of, role: 'tune' } as const;
    const certified = (row: Uint8Array) =>
      RiskControl.certifyPath({ gold: tune, targets: TARGETS })({ decisions: [row] })._tag;
    expect(certified(ended(0))).toBe('Right');
    expect(certified(ended(300))).toBe('Left');
  });

  test('is counted, and votes are asked for, not other gold', () => {
    const asked = ask(of, { ends: ended(300) });
    const [one] = asked.datasets;
    expect(one).toMatchObject({
      verdict: 'insufficient',
      counts: { ranOut: { stalled: 300, flowing: 0 } },
      more: { unit: 'stacks', stalled: 0, flowing: 0 },
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

  test('passes once its votes have come, in the next gate with the same gold', () => {
    const open = ask(of, { ends: ended(300) });
    const then = ask(of, { before: open.bets });
    expect(then.datasets[0]?.verdict).toBe('pass');
    // No new gold, so no new gate; and what had ended is not judged again.
    expect([then.bets.gates, then.bets.bets.length]).toEqual([1, 800]);
    const changed = ask(of, { before: then.bets, ends: ended(0, 100) });
    expect(changed.bets).toEqual(then.bets);
  });

  test('asks for votes where a class needs them to pass, and only there', () => {
    const open = (rows: (g: number) => boolean): Uint8Array =>
      Uint8Array.from(of.label, (label, g) => (rows(g) ? RiskControl.RAN_OUT : label));
    const asked = ask(of, { ends: open((g) => g < 300 || (g >= 400 && g < 404)) });
    expect(asked.datasets[0]).toMatchObject({
      counts: { ranOut: { stalled: 300, flowing: 4 } },
      votesFor: { stalled: 300, flowing: 0 },
    });
    expect(gateText(asked)).toContain('collect more votes on the stalled ones');
    // What it says is so: with those voted on it passes.
    expect(ask(of, { ends: open((g) => g >= 400 && g < 404) }).datasets[0]?.verdict).toBe('pass');
  });
});

describe('gold that grows', () => {
  const first = gold(17, 200);

  test('whoever brings what is needed passes at the next gate, and one stack less does not', () => {
    const before = ask(first);
    const [one] = before.datasets;
    expect(one?.verdict).toBe('insufficient');
    expect(gateText(before)).toContain('holds so far');
    const more = one?.more?.stalled ?? 0;
    expect(more).toBeGreaterThan(40);
    for (const [stalls, verdict] of [
      [more, 'pass'],
      [more - 1, 'insufficient'],
    ] as const) {
      const grown = joined(first, gold(stalls, 0, 1000));
      expect(ask(grown, { before: before.bets }).datasets[0]?.verdict).toBe(verdict);
      // The new gold alone says the same.
      expect(ask(gold(stalls, 0, 1000), { before: before.bets }).datasets[0]?.verdict).toBe(verdict);
    }
  });

  test('the same gold again is no new bet', () => {
    const before = ask(first);
    const again = ask(first, { before: before.bets });
    expect(again.bets).toEqual(before.bets);
    expect(again.datasets).toEqual(before.datasets);
  });

  test('what was shown is revoked when gold shows the opposite', () => {
    const passed = ask(gold(400, 400));
    expect(passed.datasets[0]?.verdict).toBe('pass');
    expect(gateText(passed)).toContain('all stacks: PASS (shown) – live');
    const worse = gold(0, 0);
    expect(ask(worse, { before: passed.bets }).datasets[0]?.verdict).toBe('pass');
    const bad = gold(200, 0, 5000);
    const revoked = ask(bad, { before: passed.bets, ends: new Uint8Array(200) });
    expect(revoked.datasets[0]).toMatchObject({ verdict: 'fail', mode: 'people', broken: ['missed stalls'] });
    expect(gateText(revoked)).toContain('FAIL (revoked) – people decide');
  });

  test('a plainly bad model fails, and which risk broke is named', () => {
    const of = gold(200, 200);
    const ends = Uint8Array.from(of.label, (label, g) => (g < 40 ? 0 : label));
    expect(ask(of, { ends }).datasets[0]).toMatchObject({ mode: 'people', broken: ['missed stalls'] });
  });

  test('a gap, another order, another label and another question are refused', () => {
    const { bets, targets } = ask(first);
    const hypothesis = { policy: 'f00d', targets, spend: 0.8 };
    const conflict = (of: Gold.GoldSet, more: Partial<GoldBets> = {}) =>
      betsConflict(bets, { hypothesis: { ...hypothesis, ...more }, gold: of })?.found;
    expect(conflict(joined(first, gold(3, 0, 1000)))).toBeUndefined();
    expect(conflict(gold(3, 0, 1000))).toBeUndefined();
    expect(conflict(Gold.without(['s3'])(first))).toBe('gold without s3, which was bet on before');
    expect(conflict(joined(gold(1, 0, 1000), first))).toBe('s1000 before gold that was bet on earlier');
    const turned = { ...first, stackIds: first.stackIds.toReversed(), label: first.label.toReversed() };
    expect(conflict(turned)).toBe('s216 before gold that was bet on earlier');
    expect(conflict({ ...first, label: first.label.map((y, g) => (g === 2 ? 1 - y : y)) })).toBe('s2 as flowing');
    expect(conflict(first, { policy: 'beef' })).toBe('bets about another policy');
    expect(conflict(first, { by: 'mouse' })).toBe('bets divided by nothing');
    expect(() => ask(Gold.as('test')(Gold.without(['s3'])(first)), { before: bets })).toThrow('gold without s3');
  });

  test('gold that nobody had seen arrives when it is seen', () => {
    const of = gold(400, 400);
    const unseen = Uint8Array.from(of.label, (label, g) => (g < 100 ? RiskControl.UNSEEN : label));
    const before = ask(of, { ends: unseen });
    expect(before.datasets[0]).toMatchObject({ unseen: 100, counts: { stalled: 300 } });
    const then = ask(of, { before: before.bets });
    expect(then.datasets[0]).toMatchObject({ unseen: 0, counts: { stalled: 400 } });
    expect(then.bets.gates).toBe(2);
  });

  test('a rule that is just too bad passes in 5 % of laboratories at most, gated whenever gold comes; each look for itself would not', () => {
    const random = splitSeed(5, 'gates');
    const laboratories = 300;
    let [passed, naive] = [0, 0];
    for (let lab = 0; lab < laboratories; lab++) {
      let bets: GoldBets | undefined;
      let [isPassed, isNaive, missed, stalls] = [false, false, 0, 0];
      for (let gate = 0; gate < 8; gate++) {
        const of = gold(60, gate === 0 ? 100 : 0, 1000 * gate);
        const ends = Uint8Array.from(of.label, (label) => (label === 1 && random() < 0.0501 ? 0 : label));
        const summary = ask(of, { before: bets, ends });
        bets = summary.bets;
        isPassed ||= summary.datasets[0]?.verdict === 'pass';
        stalls += 60;
        missed += ends.reduce((n, end, g) => n + Number(of.label[g] === 1 && end === 0), 0);
        isNaive ||=
          RiskControl.testTargets(TARGETS)({ stalled: stalls, missed, flowing: 100, alarmed: 0 }).verdict === 'meets';
      }
      passed += Number(isPassed);
      naive += Number(isNaive);
    }
    const error = 3 * Math.sqrt((0.05 * 0.95) / laboratories);
    expect(passed / laboratories).toBeLessThanOrEqual(0.05 + error);
    expect(naive / laboratories).toBeGreaterThan(0.08);
  }, 60_000);
});

describe('stacks that are not like those the policy was made for', () => {
  const mismatch: BatchMismatch = { _tag: 'Newcomers', here: 0, gold: 1, text: 'Nobody here is known.' };

  test('a pass is not certified for them, and the number that differs is told', () => {
    const asked = ask(gold(400, 400), { mismatches: [mismatch] });
    expect(asked.datasets[0]).toMatchObject({ verdict: 'not certified', mode: 'shadow' });
    expect(gateText(asked)).toContain('Not certified for these stacks');
    expect(gateText(asked)).toContain('Nobody here is known.');
  });

  test('a fail stays a fail', () => {
    const of = gold(200, 200);
    const ends = Uint8Array.from(of.label, (label, g) => (g < 60 ? 0 : label));
    expect(ask(of, { ends, mismatches: [mismatch] }).datasets[0]?.verdict).toBe('fail');
  });
});

describe('clusters of gold', () => {
  const of = gold(400, 400);
  const verdict = (mouse: (i: number) => string | undefined, more: Partial<GateQuestion> = {}) =>
    ask(of, { clusters: by('mouse', mouse, 800), ...more }).datasets[0];

  test('few of them are never a proof, however well they do: it is a sensitivity analysis', () => {
    const few = verdict((i) => `m${i % 40}`);
    expect(few?.verdict).toBe('insufficient');
    expect(few?.clusters).toMatchObject({ count: 40, decides: true, sensitivityAnalysis: 'passes' });
    expect(few?.clusters?.stalled).toMatchObject({ needed: 59, below: { n: 40, shown: false } });
    expect(few?.more).toMatchObject({ unit: 'clusters' });
    const text = gateText(ask(of, { clusters: by('mouse', (i) => `m${i % 40}`, 800) }));
    expect(text).toContain('a sensitivity analysis, not a proof, for it cannot see a rare bad mouse');
    expect(text).toContain('each mouse one unit: 40 seen, 59 needed at the very least');
  });

  test('as many as the bets need are a proof', () => {
    const needed = (verdict((i) => `m${i % 40}`)?.more?.stalled ?? 0) + 40;
    expect(needed).toBeGreaterThan(59);
    expect(verdict((i) => `m${i % needed}`)?.verdict).toBe('pass');
    expect(verdict((i) => `m${i % (needed - 1)}`)?.verdict).toBe('insufficient');
  });

  test('25 mice, 6 % of them wholly wrong: independent stacks and the design effect pass too often, the proof never', () => {
    const random = splitSeed(9, 'bad mice');
    const laboratories = 300;
    let [independent, effective, proved] = [0, 0, 0];
    for (let lab = 0; lab < laboratories; lab++) {
      const isBad = Array.from({ length: 25 }, () => random() < 0.06);
      const ends = Uint8Array.from(of.label, (label, i) => (label === 1 && isBad[i % 25] ? 0 : label));
      independent += Number(ask(of, { ends }).datasets[0]?.verdict === 'pass');
      const one = verdict((i) => `m${i % 25}`, { ends });
      effective += Number(one?.clusters?.sensitivityAnalysis === 'passes');
      proved += Number(one?.verdict === 'pass');
    }
    expect(independent / laboratories).toBeGreaterThan(0.15);
    expect(effective / laboratories).toBeGreaterThan(0.15);
    expect(proved).toBe(0);
  }, 60_000);

  test('values that do not differ hide the design effect, and nothing else', () => {
    const alike = { ...posterior(of.stackIds), logOdds: new Float64Array(800).fill(2) };
    const one = verdict((i) => `m${i % 200}`, { posterior: alike });
    expect(one?.clusters?.sensitivityAnalysis).toBeUndefined();
    expect(one?.verdict).toBe('pass');
  });

  test('stacks of no mouse prove nothing, but their errors count', () => {
    const mouse = (i: number) => (i % 8 > 0 ? `m${i % 175}` : undefined);
    expect(verdict(mouse)?.verdict).toBe('pass');
    expect(verdict(mouse)?.clusters?.stalled).toMatchObject({ stacks: 350, without: 50 });
    const ends = Uint8Array.from(of.label, (label, i) => (i < 384 && i % 32 === 0 ? 0 : label));
    // 12 errors of 400 would do; 12 beside 175 mice do not.
    expect(ask(of, { ends }).datasets[0]?.verdict).toBe('pass');
    const asked = ask(of, { ends, clusters: by('mouse', mouse, 800) });
    expect(asked.datasets[0]?.verdict).toBe('insufficient');
    expect(gateText(asked)).toContain('50 stalled and 50 flowing gold stacks without a mouse prove nothing here');
  });

  test('gold that comes to a mouse that was bet on proves nothing, good or bad', () => {
    const clusters = by('mouse', (i) => `m${i % 200}`, 8000);
    const before = ask(of, { clusters });
    const late = gold(200, 0, 2000);
    const after = ask(late, { clusters, before: before.bets, ends: new Uint8Array(200) });
    expect(after.datasets[0]?.clusters?.stalled).toMatchObject({ late: 200, below: { n: 200 } });
    expect(after.datasets[0]?.verdict).toBe('pass');
    expect(gateText(after)).toContain('bring whole ones');
  });

  test('alone in its cluster no stack can share an error', () => {
    expect(verdict((i) => `m${i}`)?.verdict).toBe('pass');
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
    const asked = ask(of, { others, strata });
    expect(asked.withoutGold).toBe(19);
    const { bonferroni } = asked.across?.partialConjunction ?? {};
    expect(bonferroni).toMatchObject({ of: 20, wanted: 19, shown: false, pValue: 1 });
    expect(asked.across?.population).toMatchObject({ of: 20, certified: 1, shown: false });
    expect(gateText(asked)).toContain('19 of these 20 datasets have no gold');
  });

  test('start in shadow, and are told the least gold that can tell', () => {
    const one = ask(of, { others, strata }).datasets.find(({ dataset }) => dataset === 'z3');
    expect(one).toMatchObject({ verdict: 'insufficient', mode: 'shadow', more: { stalled: 63, flowing: 63 } });
  });
});
