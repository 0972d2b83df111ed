import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { getOrThrow } from '../../src/domain/errors.js';
import { seeded } from '../../src/kernel/random/prng.js';
import { betaQuantile } from '../../src/kernel/special/beta.js';
import { fitStrength } from '../../src/kernel/special/betaBinomial.js';
import * as Simulate from '../../src/simulate/index.js';
import * as Gold from '../../src/stages/gold.js';
import * as Skills from '../../src/stages/skills/index.js';
import * as Votes from '../../src/stages/votes/index.js';
import * as Arbitrary from '../../src/testing.js';

const crowd = () =>
  fc
    .record({ rows: Arbitrary.distinctVotes(), gold: Arbitrary.gold() })
    .map(({ rows, gold }) => ({ votes: getOrThrow(Votes.from()(rows)), gold: Gold.as('fit')(gold) }));

describe('dawidSkene(), accelerated', () => {
  test('never lets the objective fall', () => {
    fc.assert(
      fc.property(crowd(), fc.boolean(), ({ votes, gold }, withGold) => {
        const { trace } = Skills.dawidSkene({ ...(withGold ? { gold } : {}), tolerance: 1e-12 })(votes);
        for (let i = 1; i < trace.length; i++) expect(trace[i] - trace[i - 1]).toBeGreaterThan(-1e-9);
      }),
    );
  });

  test('reaches the optimum of plain iterations, sooner', () => {
    for (const seed of [1, 2, 3]) {
      const { votes } = Simulate.inputs(
        Simulate.dataset({ stacks: 1500, prevalence: 0.1, votes: { perStack: 5 }, crowd: { annotators: 40 } })(seed),
      );
      const plain = Skills.dawidSkene({ maxIterations: 3000, tolerance: Number.NEGATIVE_INFINITY })(votes);
      const fast = Skills.dawidSkene({ tolerance: 1e-12 })(votes);
      expect(fast.converged).toBe(true);
      expect(fast.trace.length).toBeLessThan(30);
      expect(Math.abs(fast.trace[fast.trace.length - 1] - plain.trace[plain.trace.length - 1])).toBeLessThan(1e-6);
      fast.sensitivity.forEach((rate, a) => {
        expect(Math.abs(rate - plain.sensitivity[a])).toBeLessThan(1e-4);
      });
    }
  });

  test('does not hear in which order votes came, to the last bit', () => {
    const world = Simulate.dataset({ stacks: 300, prevalence: 0.1, votes: { perStack: 5 } })(4).votes;
    const rows = Array.from(world.label, (label, v) => ({
      stackId: world.stackIds[world.stackOf[v]],
      annotatorId: world.annotatorIds[world.annotatorOf[v]],
      label: label === 1 ? (1 as const) : (0 as const),
    }));
    const skillsOf = (votes: typeof rows): Skills.DawidSkene => Skills.dawidSkene()(getOrThrow(Votes.from()(votes)));
    expect(skillsOf([...rows].reverse())).toEqual(skillsOf(rows));
  });

  test('an earlier batch of weight 1 as prior is as good as its votes were known, and one of weight 0 is none', () => {
    fc.assert(
      fc.property(crowd(), ({ votes, gold }) => {
        const earlier = Skills.fromGold({ gold, strength: 10 })(votes);
        const without = Skills.dawidSkene()(votes);
        const forgotten = Skills.dawidSkene({ prior: { skills: earlier, weight: 0 } })(votes);
        expect(forgotten).toEqual(without);
        const strong = Skills.dawidSkene({ prior: { skills: earlier, weight: 1e9 } })(votes);
        strong.sensitivity.forEach((rate, a) => {
          expect(Math.abs(rate - earlier.sensitivity[a])).toBeLessThan(1e-5);
        });
      }),
      { numRuns: 50 },
    );
  });
});

describe('intervals()', () => {
  test('contain the rate, stay in [0, 1], and widen with confidence', () => {
    fc.assert(
      fc.property(crowd(), ({ votes, gold }) => {
        for (const skills of [Skills.fromGold({ gold })(votes), Skills.dawidSkene({ gold })(votes)]) {
          const narrow = Skills.intervals({ confidence: 0.5 })(skills);
          const wide = Skills.intervals({ confidence: 0.99 })(skills);
          for (const side of ['sensitivity', 'specificity'] as const) {
            skills[side].forEach((rate, a) => {
              expect(narrow[side].lower[a]).toBeLessThanOrEqual(rate);
              expect(narrow[side].upper[a]).toBeGreaterThanOrEqual(rate);
              expect(wide[side].lower[a]).toBeLessThanOrEqual(narrow[side].lower[a]);
              expect(wide[side].upper[a]).toBeGreaterThanOrEqual(narrow[side].upper[a]);
              expect(wide[side].lower[a]).toBeGreaterThanOrEqual(0);
              expect(wide[side].upper[a]).toBeLessThanOrEqual(1);
            });
          }
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('the strength of the crowd as prior', () => {
  /** Rows whose rates are Beta(m r, m (1 − r)), each tried `tries` times. */
  const drawn = (m: number, tries: number, rows: number) => {
    const random = seeded(9);
    const hits = Array.from({ length: rows }, () => {
      const rate = betaQuantile({ a: 0.8 * m, b: 0.2 * m, p: random(), tail: 'lower' }).x;
      return Array.from({ length: tries }, () => random() < rate).filter(Boolean).length;
    });
    return { hits, tries: new Array<number>(rows).fill(tries) };
  };

  test.each([3, 30, 200])('is found where 400 annotators with 50 votes each differ by a strength of %i', (m) => {
    const found = fitStrength(drawn(m, 50, 400), 0.8);
    expect(found).toBeGreaterThan(m / 1.6);
    expect(found).toBeLessThan(m * 1.6);
  });

  test('stays at ten where nobody has two votes', () => {
    expect(fitStrength({ hits: [1, 0, 1, 1], tries: [1, 1, 1, 1] }, 0.7)).toBeCloseTo(10, 1);
    expect(fitStrength({ hits: [], tries: [] }, 0.5)).toBeCloseTo(10, 1);
  });
});
