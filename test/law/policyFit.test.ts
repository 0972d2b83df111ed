import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { getOrThrow } from '../../src/domain/errors.js';
import type { Vote } from '../../src/domain/vote.js';
import * as Policy from '../../src/policy/index.js';
import * as Simulate from '../../src/simulate/index.js';
import * as Gold from '../../src/stages/gold.js';
import * as Votes from '../../src/stages/votes/index.js';

const TARGETS = { sensitivity: 0.9, specificity: 0.9, confidence: 0.9 };
const PROVENANCE: Policy.Provenance = { package: 'p', version: '1', command: 'c', seed: 1, inputs: [] };

const lab = Simulate.inputs(
  Simulate.dataset({
    stacks: 150,
    prevalence: 0.05,
    model: {},
    votes: { perStack: 5 },
    crowd: { annotators: 60 },
    gold: { stalled: 160, flowing: 260, chosen: 'stratified' },
  })(3),
);

/** The votes of the laboratory as rows, in the order in which they came. */
const ROWS: readonly Vote[] = lab.votes.stackIds.flatMap((stackId, s) =>
  Array.from({ length: lab.votes.offsets[s + 1] - lab.votes.offsets[s] }, (_, k) => {
    const v = lab.votes.offsets[s] + k;
    const annotatorId = lab.votes.annotatorIds[lab.votes.annotatorOf[v]];
    return { stackId, annotatorId, label: lab.votes.label[v] === 1 ? (1 as const) : (0 as const) };
  }),
);

const fitted = (options: Policy.FitOptions = {}, rows: readonly Vote[] = ROWS, order: 'rows' | 'none' = 'rows') =>
  Policy.fit({ prevalence: 0.05, targets: TARGETS, provenance: PROVENANCE, ...options })({
    votes: getOrThrow(Votes.from({ order })(rows)),
    scores: lab.scores,
    gold: lab.gold,
  });

/** All that decides: what no vote on tuning or test gold may move. */
const fixedBefore = ({ policy, path }: Policy.Fitted): string =>
  JSON.stringify([
    path.candidates,
    policy.skills,
    policy.calibrator ?? null,
    policy.recalibration ?? null,
    policy.traitModel ?? null,
    policy.rule.leastVotes,
    policy.goldUsed,
  ]);

const METHODS: readonly (readonly [string, Policy.Methods])[] = [
  ['the joint model', {}],
  ['the sum of evidence', { posterior: 'sum' }],
  ['Dawid–Skene skills', { skills: 'dawid-skene' }],
  ['additive evidence', { fusion: 'additive' }],
];

describe('Policy.fit() and its gold', () => {
  test.each(METHODS)('no vote on tuning or test gold moves rules, posterior or skills, by %s', (_, methods) => {
    const options = { methods, testShare: 0.2 };
    const before = fitted(options);
    const unseen = new Set([...before.gold.tune.stackIds, ...before.gold.test.stackIds]);
    expect(unseen.size).toBeGreaterThan(150);
    const turned = ROWS.map((row) =>
      unseen.has(row.stackId) ? { ...row, label: row.label === 1 ? 0 : 1 } : row,
    ) as Vote[];
    const strangers = ROWS.map((row) =>
      unseen.has(row.stackId) ? { ...row, annotatorId: `new ${row.annotatorId}` } : row,
    );
    const fewer = ROWS.filter((row, v) => !unseen.has(row.stackId) || v % 3 > 0);
    for (const order of ['rows', 'none'] as const) {
      const expected = fixedBefore(fitted(options, ROWS, order));
      for (const rows of [turned, strangers, fewer]) {
        expect(fixedBefore(fitted(options, rows, order))).toBe(expected);
      }
    }
    // Votes on gold that fits do move them: the comparison can fail.
    const fits = new Set(before.gold.fit.stackIds);
    const moved = ROWS.map((row) =>
      fits.has(row.stackId) ? { ...row, label: row.label === 1 ? 0 : 1 } : row,
    ) as Vote[];
    expect(fixedBefore(fitted(options, moved))).not.toBe(fixedBefore(before));
  });

  test('which gold fits, tunes and tests comes from the ids alone: neither seed nor order of rows plays a part', () => {
    const { gold } = fitted({ testShare: 0.2 });
    const back = [...lab.gold.stackIds.keys()].reverse();
    const reversed = Gold.from({ chosen: 'stratified' })(
      back.map((g) => ({ stackId: lab.gold.stackIds[g], label: lab.gold.label[g] === 1 ? 1 : 0 })),
    );
    const votes = getOrThrow(Votes.from({ order: 'rows' })(ROWS));
    for (const seed of [1, 2, 77]) {
      const other = Policy.fit({ prevalence: 0.05, targets: TARGETS, testShare: 0.2, seed })({
        votes,
        scores: lab.scores,
        gold: reversed,
      }).gold;
      for (const part of ['fit', 'tune', 'test'] as const) {
        expect([...other[part].stackIds].sort()).toEqual([...gold[part].stackIds].sort());
      }
    }
  });

  test('the same data in any order of rows is the same policy, byte for byte, but for the seed of its audit', () => {
    const text = (policy: Policy.Policy): string => Policy.toText(policy);
    const unordered = fitted({}, ROWS, 'none').policy;
    fc.assert(
      fc.property(fc.shuffledSubarray(ROWS as Vote[], { minLength: ROWS.length }), (rows) => {
        expect(text(fitted({}, rows, 'none').policy)).toBe(text(unordered));
      }),
      { numRuns: 3 },
    );
    const { audit: _, ledger: __, provenance: ___, ...one } = fitted({ seed: 1 }).policy;
    const { audit: ____, ledger: _____, provenance: ______, ...other } = fitted({ seed: 2 }).policy;
    expect(other).toEqual(one);
  });

  test('fitting twice is one look; with other options it is another, and a seed is none', () => {
    const first = fitted();
    expect(first.look).toEqual({ number: 1, spent: 0.09 });
    const again = fitted({ ledger: first.policy.ledger });
    expect(again.look).toEqual(first.look);
    expect(Policy.toText(again.policy)).toBe(Policy.toText(first.policy));
    // A seed draws the audit, and moves nothing in the rule.
    expect(fitted({ seed: 2, ledger: first.policy.ledger }).look).toEqual(first.look);
    for (const options of [{ expertPrice: 10 }, { testShare: 0.1 }, { methods: { posterior: 'sum' } }] as const) {
      const { look, policy } = fitted({ ...options, ledger: first.policy.ledger });
      expect(look.number).toBe(2);
      expect(look.spent).toBeCloseTo(0.009, 12);
      expect(policy.ledger[0].looks.length).toBe(2);
      if (policy.proof._tag === 'Certified') expect(policy.proof.certificate.pValue).toBeLessThanOrEqual(0.009);
    }
  });
});

describe('the ledger', () => {
  const stack = (): fc.Arbitrary<string> => fc.integer({ min: 0, max: 12 }).map((n) => `s${n}`);
  const look = () =>
    fc.record({
      gold: fc.uniqueArray(stack(), { minLength: 1, maxLength: 6 }),
      fingerprint: fc.integer({ min: 0, max: 30 }).map(String),
      spend: fc.option(fc.double({ min: 0.01, max: 1, noNaN: true }), { nil: undefined }),
    });

  test('fits on growing gold spend at most δ in all', () => {
    fc.assert(
      fc.property(
        fc.array(look(), { maxLength: 30 }),
        fc.double({ min: 0.001, max: 0.5, noNaN: true }),
        (looks, delta) => {
          let ledger = Policy.NO_LOOKS;
          for (const one of looks) {
            ledger = Policy.nextLook(ledger)({ ...one, gold: ['always', ...one.gold], delta }).ledger;
            expect(ledger.length).toBe(1);
            const all = ledger[0].looks.reduce((sum, { spent }) => sum + spent, 0);
            expect(all).toBeLessThanOrEqual(delta * (1 + 1e-9));
          }
        },
      ),
    );
  });

  test('no fit spends more than is left of δ on the gold that it shares with others, and every look is kept', () => {
    fc.assert(
      fc.property(
        fc.array(look(), { maxLength: 20 }),
        fc.double({ min: 0.001, max: 0.5, noNaN: true }),
        (looks, delta) => {
          let ledger = Policy.NO_LOOKS;
          const seen = new Map<string, string[]>();
          for (const one of looks) {
            const touched = ledger
              .filter(({ gold }) => gold.some((id) => one.gold.includes(id)))
              .flatMap((each) => each.looks);
            const next = Policy.nextLook(ledger)({ ...one, delta });
            // Two laboratories that had nothing in common may each have spent theirs before their gold is put together.
            const before = touched.filter(({ fingerprint }) => fingerprint !== one.fingerprint);
            const isNew = before.length === touched.length;
            const left = Math.max(0, delta - before.reduce((sum, { spent }) => sum + spent, 0));
            if (isNew) expect(next.spent).toBeLessThanOrEqual(left + 1e-12);
            expect(next.spent).toBeLessThanOrEqual(delta * (1 + 1e-9));
            expect(next.spent).toBeGreaterThanOrEqual(0);
            expect(next.ledger.at(-1)?.looks.at(-1)).toEqual({ fingerprint: one.fingerprint, spent: next.spent });
            ledger = next.ledger;
            // No stack stands in two groups, and none is forgotten.
            const all = ledger.flatMap(({ gold }) => gold);
            expect(new Set(all).size).toBe(all.length);
            for (const id of one.gold) seen.set(id, [...(seen.get(id) ?? []), one.fingerprint]);
            for (const [id, prints] of seen) {
              const group = ledger.find(({ gold }) => gold.includes(id));
              for (const print of prints) expect(group?.looks.map(({ fingerprint }) => fingerprint)).toContain(print);
            }
          }
        },
      ),
    );
  });

  test('the same look again spends nothing more, and fits on gold that shares no stack spend afresh', () => {
    fc.assert(
      fc.property(fc.array(look(), { maxLength: 10 }), look(), (looks, one) => {
        const before = looks.reduce(
          (ledger, each) => Policy.nextLook(ledger)({ ...each, delta: 0.05 }).ledger,
          Policy.NO_LOOKS,
        );
        const first = Policy.nextLook(before)({ ...one, delta: 0.05 });
        const second = Policy.nextLook(first.ledger)({ ...one, delta: 0.05 });
        expect([second.spent, second.ledger]).toEqual([first.spent, first.ledger]);
        const elsewhere = Policy.nextLook(first.ledger)({
          ...one,
          gold: one.gold.map((id) => `other ${id}`),
          delta: 0.05,
        });
        expect(elsewhere.spent).toBeCloseTo((one.spend ?? Policy.DEFAULT_SPEND) * 0.05, 10);
      }),
    );
  });
});
