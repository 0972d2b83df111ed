import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { getOrThrow } from '../../src/domain/errors.js';
import type { Scores } from '../../src/domain/scores.js';
import type { Vote } from '../../src/domain/vote.js';
import { shuffleInPlace, splitSeed } from '../../src/kernel/random/prng.js';
import { bwa } from '../../src/stages/consensus/bwa.js';
import { crowdlab } from '../../src/stages/consensus/crowdlab.js';
import { ebcc } from '../../src/stages/consensus/ebcc.js';
import { glad } from '../../src/stages/consensus/glad.js';
import { ibcc } from '../../src/stages/consensus/ibcc.js';
import type { Posterior } from '../../src/stages/consensus/index.js';
import { wawa } from '../../src/stages/consensus/wawa.js';
import { fuse } from '../../src/stages/fusion/fuse.js';
import { annotators } from '../../src/stages/skills/annotators.js';
import * as Skills from '../../src/stages/skills/index.js';
import { oneCoin } from '../../src/stages/skills/oneCoin.js';
import { alpha } from '../../src/stages/votes/alpha.js';
import * as Votes from '../../src/stages/votes/index.js';
import * as Arbitrary from '../../src/testing.js';

const tableOf = (rows: readonly Vote[]): Votes.VoteTable => getOrThrow(Votes.from({ duplicates: 'all' })(rows));

type Method = (options: { maxIterations?: number; scores: Scores }) => (votes: Votes.VoteTable) => Posterior;

/** Every sibling, with at most so many iterations. */
const METHODS: Readonly<Record<string, Method>> = {
  wawa: () => wawa(),
  oneCoin:
    ({ scores: _, ...options }) =>
    (votes) => {
      const skills = oneCoin(options)(votes);
      return fuse({ prevalence: skills.prevalence, skills })(votes);
    },
  glad: ({ scores: _, ...options }) => glad(options),
  'glad, prevalence estimated': ({ scores: _, ...options }) => glad({ ...options, prevalence: 'estimated' }),
  bwa: ({ scores: _, ...options }) => bwa(options),
  ibcc: ({ scores: _, ...options }) => ibcc(options),
  ebcc: ({ scores: _, ...options }) => ebcc({ subtypes: 3, starts: 2, ...options }),
  crowdlab: ({ scores }) => crowdlab({ scores }),
};

const NO_SCORES: Scores = { stackIds: [], score: new Float64Array(0) };

const renamed = (rows: readonly Vote[]): readonly Vote[] =>
  rows.map((vote) => ({ ...vote, annotatorId: newName(vote.annotatorId) }));
const newName = (id: string): string => `zz${[...id].reverse().join('')}\u0001${id}`;

const swapped = (votes: Votes.VoteTable): Votes.VoteTable => ({ ...votes, label: votes.label.map((y) => 1 - y) });

describe.each(Object.entries(METHODS))('%s()', (_name, method) => {
  test('gives the same bits whatever the order of rows and the names of annotators', () => {
    fc.assert(
      fc.property(Arbitrary.votes(), Arbitrary.scores(), fc.integer(), (rows, scores, seed) => {
        const other = [...renamed(rows)];
        shuffleInPlace(other, splitSeed(seed, 'rows'));
        const options = { maxIterations: 15, scores };
        expect(method(options)(tableOf(other)).logOdds).toEqual(method(options)(tableOf(rows)).logOdds);
      }),
      { numRuns: 60 },
    );
  });

  test('negates when the classes are swapped', () => {
    fc.assert(
      fc.property(Arbitrary.distinctVotes(), Arbitrary.scores(), (rows, drawn) => {
        const votes = tableOf(rows);
        // On a grid, where 1 − p is exact.
        const scores = { ...drawn, score: drawn.score.map((p) => Math.round(1024 * p) / 1024) };
        // Few iterations, because a crowd split down the middle stands on an edge where rounding decides in the end.
        const straight = method({ maxIterations: 5, scores })(votes);
        const mirrored = { ...scores, score: scores.score.map((p) => 1 - p) };
        const turned = method({ maxIterations: 5, scores: mirrored })(swapped(votes));
        for (let s = 0; s < straight.logOdds.length; s++) {
          // GLAD climbs each hill to its top, which is flat to rounding within 1e-8.
          const size = 1 + Math.abs(straight.logOdds[s]);
          expect(Math.abs(straight.logOdds[s] + turned.logOdds[s]) / size).toBeLessThan(1e-7);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('is finite for any small crowd, and says how many votes stand behind a row', () => {
    fc.assert(
      fc.property(Arbitrary.votes(), Arbitrary.scores(), (rows, scores) => {
        const votes = Votes.including(['nobody voted on this'])(tableOf(rows));
        const posterior = method({ maxIterations: 100, scores })(votes);
        expect(posterior.stackIds).toBe(votes.stackIds);
        expect([...posterior.logOdds].every(Number.isFinite)).toBe(true);
        posterior.votes.forEach((n, s) => {
          expect(n).toBe(votes.offsets[s + 1] - votes.offsets[s]);
        });
      }),
      { numRuns: 60 },
    );
  });

  test.each([
    ['no stacks', [], []],
    ['no votes', [], ['s1', 's2']],
    ['one stalled vote in all', [{ stackId: 's1', annotatorId: 'ann', label: 1 }], ['s2']],
    ['one flowing vote in all', [{ stackId: 's1', annotatorId: 'ann', label: 0 }], ['s2']],
    ['one annotator', crowd(20, ['ann'], (s) => s % 3), ['none']],
    ['all flowing', crowd(20, ['ann', 'bob', 'cyd'], () => 0), ['none']],
    ['all stalled', crowd(20, ['ann', 'bob', 'cyd'], () => 1), ['none']],
    ['two who always disagree', crowd(20, ['ann', 'bob'], (s, a) => s + a), ['none']],
  ])('is finite with %s', (_case, rows, more) => {
    const votes = Votes.including(more)(tableOf(rows as readonly Vote[]));
    const { logOdds } = method({ scores: NO_SCORES })(votes);
    expect([...logOdds].every(Number.isFinite)).toBe(true);
    // Nothing was seen of them but the same crowd, so they are alike.
    const unseen = [...logOdds].filter((_, s) => votes.offsets[s] === votes.offsets[s + 1]);
    for (const z of unseen) expect(z).toBe(unseen[0]);
  });

  test('is finite with 1e5 annotators of one vote each, on many stacks and on one', () => {
    const random = splitSeed(7, 'one vote each');
    for (const nStacks of [20_000, 1]) {
      const rows = Array.from({ length: 100_000 }, (_, a): Vote => {
        const s = Math.floor(random() * nStacks);
        return { stackId: `s${s}`, annotatorId: `a${a}`, label: random() < (s % 10 === 0 ? 0.8 : 0.1) ? 1 : 0 };
      });
      const { logOdds } = method({ maxIterations: 20, scores: NO_SCORES })(tableOf(rows));
      expect([...logOdds].every(Number.isFinite)).toBe(true);
    }
  }, 60_000);
});

/** Everybody votes on every stack. */
function crowd(nStacks: number, ids: readonly string[], vote: (s: number, a: number) => number): readonly Vote[] {
  return ids.flatMap((annotatorId, a) =>
    Array.from(
      { length: nStacks },
      (_, s): Vote => ({
        stackId: `s${s}`,
        annotatorId,
        label: vote(s, a) % 2 === 1 ? 1 : 0,
      }),
    ),
  );
}

describe('ascent', () => {
  const rises = (values: ArrayLike<number>): void => {
    for (let i = 1; i < values.length; i++) {
      expect(values[i] - values[i - 1]).toBeGreaterThan(-1e-9 * (1 + Math.abs(values[i])));
    }
  };

  test('the objectives of glad() and oneCoin() never decrease', () => {
    fc.assert(
      fc.property(Arbitrary.votes(), fc.constantFrom(0.5, 0.03, 'estimated' as const), (rows, prevalence) => {
        const votes = tableOf(rows);
        const on = { tolerance: Number.NEGATIVE_INFINITY, maxIterations: 40 };
        rises(glad({ ...on, prevalence })(votes).trace);
        rises(oneCoin(on)(votes).trace);
        rises(oneCoin({ ...on, pseudo: null })(votes).trace);
      }),
      { numRuns: 60 },
    );
  });

  test('the evidence bounds of ibcc() and ebcc() never decrease with iterations', () => {
    fc.assert(
      fc.property(Arbitrary.votes(), (rows) => {
        const votes = tableOf(rows);
        const upTo = [1, 2, 3, 5, 8, 13, 21];
        rises(upTo.map((maxIterations) => ibcc({ maxIterations, tolerance: 0 })(votes).bound));
        rises(upTo.map((maxIterations) => ebcc({ maxIterations, tolerance: 0, starts: 1, subtypes: 3 })(votes).bound));
      }),
      { numRuns: 60 },
    );
  });

  test('more starts never lower the bound of ebcc()', () => {
    fc.assert(
      fc.property(Arbitrary.votes(), fc.integer(), (rows, seed) => {
        const votes = tableOf(rows);
        rises([1, 2, 4].map((starts) => ebcc({ starts, seed, subtypes: 3, maxIterations: 20 })(votes).bound));
      }),
      { numRuns: 30 },
    );
  });
});

describe('what each method says of itself', () => {
  test('a vote on a tied stack agrees half, and the tie stays one', () => {
    const votes = tableOf([
      { stackId: 's1', annotatorId: 'ann', label: 1 },
      { stackId: 's1', annotatorId: 'bob', label: 0 },
    ]);
    const posterior = wawa()(votes);
    expect([...posterior.agreement]).toEqual([0.5, 0.5]);
    expect(posterior.logOdds[0]).toBe(0);
    expect(wawa({ pseudo: 0 })(votes).logOdds[0]).toBe(0);
  });

  test('oneCoin() clamps gold and leaves the prevalence to the other stacks', () => {
    const votes = tableOf(crowd(10, ['ann', 'bob', 'cyd'], (s) => Number(s === 0)));
    const gold = { stackIds: ['s0'], label: Uint8Array.of(0), chosen: 'random', role: 'fit' } as const;
    const without = oneCoin()(votes);
    const withGold = oneCoin({ gold })(votes);
    expect(withGold.sensitivity[0]).toBeLessThan(without.sensitivity[0]);
    expect(withGold.prevalence).toBeLessThan(without.prevalence);
  });

  test('glad() finds the planted guesser and the planted opposite', () => {
    const random = splitSeed(3, 'glad');
    const truth = Array.from({ length: 200 }, () => Number(random() < 0.4));
    const votes = tableOf(
      crowd(200, ['a', 'b', 'c', 'd', 'guesser', 'opposite'], (s, a) => {
        if (a === 4) return Number(random() < 0.5);
        const right = random() < 0.85;
        return right === (a !== 5) ? truth[s] : 1 - truth[s];
      }),
    );
    const { ability, annotatorIds } = glad()(votes);
    const of = (id: string): number => ability[annotatorIds.indexOf(id)];
    expect(Math.abs(of('guesser'))).toBeLessThan(0.3);
    expect(of('opposite')).toBeLessThan(-0.3);
    for (const id of ['a', 'b', 'c', 'd']) expect(of(id)).toBeGreaterThan(0.3);
  });

  test('crowdlab() is the model alone where errors are commoner than the rare class', () => {
    // Its known failure: 1 % stalled, and everyone wrong on 5 % of stacks.
    const random = splitSeed(11, 'crowdlab');
    const votes = tableOf(
      crowd(2000, ['a', 'b', 'c', 'd', 'e'], (s) => (random() < 0.05 ? 1 : 0) ^ Number(s % 100 === 0)),
    );
    const scores = {
      stackIds: votes.stackIds,
      score: Float64Array.from(votes.stackIds, (id) => (id === 's0' ? 0.9 : 0.1)),
    };
    const { annotatorWeight, logOdds } = crowdlab({ scores })(votes);
    for (const weight of annotatorWeight) expect(weight).toBe(1e-6);
    expect(logOdds[votes.stackIds.indexOf('s100')]).toBeLessThan(-2);
  });

  test('ebcc() keeps its seeds apart and repeats itself', () => {
    const votes = tableOf(crowd(30, ['a', 'b', 'c', 'd'], (s, a) => (s * (a + 3)) % 5));
    const at = (seed: number) => ebcc({ seed, starts: 1, maxIterations: 2, tolerance: 0 })(votes).logOdds;
    expect(at(1)).toEqual(at(1));
    expect(at(1)).not.toEqual(at(2));
  });
});

describe('alpha()', () => {
  test('is undefined exactly where no two votes of different labels could meet', () => {
    fc.assert(
      fc.property(Arbitrary.votes(), (rows) => {
        const votes = tableOf(rows);
        const paired: number[] = [];
        for (let s = 0; s < votes.stackIds.length; s++) {
          const mine = votes.label.subarray(votes.offsets[s], votes.offsets[s + 1]);
          if (mine.length > 1) paired.push(...mine);
        }
        const found = alpha(votes);
        if (new Set(paired).size < 2) expect(found).toBeUndefined();
        else expect(found).toBeLessThanOrEqual(1);
        // The same for both classes.
        const turned = alpha(swapped(votes));
        expect(turned === undefined).toBe(found === undefined);
        if (found !== undefined && turned !== undefined) expect(Math.abs(found - turned)).toBeLessThan(1e-12);
      }),
    );
  });

  test('is 1 exactly when every stack is unanimous and both labels occur', () => {
    expect(alpha(tableOf(crowd(6, ['ann', 'bob', 'cyd'], (s) => s)))).toBe(1);
    expect(alpha(tableOf(crowd(6, ['ann', 'bob'], (s, a) => s + a)))).toBeLessThan(0);
  });
});

describe('annotators()', () => {
  const skillsOf = (votes: Votes.VoteTable) => {
    const skills = Skills.dawidSkene({ maxIterations: 50 })(votes);
    return { skills, prevalence: skills.prevalence };
  };

  test('gives the same rows whatever the order of votes and the names', () => {
    fc.assert(
      fc.property(Arbitrary.votes(), fc.integer(), (rows, seed) => {
        const other = [...renamed(rows)];
        shuffleInPlace(other, splitSeed(seed, 'rows'));
        const told = (list: readonly Vote[], rename: (id: string) => string) => {
          const votes = tableOf(list);
          return annotators({ ...skillsOf(votes), falseAlarm: 0.2 })(votes)
            .map((row) => ({
              ...row,
              annotatorId: rename(row.annotatorId),
              sameAs: row.sameAs.map((to) => ({ ...to, annotatorId: rename(to.annotatorId) })),
            }))
            .map((row) => ({
              ...row,
              sameAs: [...row.sameAs].sort((x, y) => (x.annotatorId < y.annotatorId ? -1 : 1)),
            }))
            .sort((x, y) => (x.annotatorId < y.annotatorId ? -1 : 1));
        };
        expect(told(other, (id) => id)).toEqual(told(rows, newName));
      }),
      { numRuns: 60 },
    );
  });

  test('intervals contain the point, shares are shares, and nothing is NaN', () => {
    fc.assert(
      fc.property(Arbitrary.votes(), Arbitrary.gold(), fc.boolean(), (rows, gold, unsmoothed) => {
        const votes = tableOf(rows);
        const fit = { ...gold, role: 'fit' } as const;
        const fitted = Skills.dawidSkene({ gold: fit, maxIterations: 20, ...(unsmoothed ? { pseudo: null } : {}) })(
          votes,
        );
        for (const options of [
          { skills: Skills.fromGold({ gold: fit })(votes), gold: fit, strength: 10 },
          { skills: fitted, gold: fit, prevalence: fitted.prevalence },
        ]) {
          let activity = 0;
          for (const row of annotators(options)(votes)) {
            for (const { estimate, interval } of [row.stalledShare, row.sensitivity, row.specificity]) {
              expect(interval.lower).toBeLessThanOrEqual(estimate + 1e-10);
              expect(interval.upper).toBeGreaterThanOrEqual(estimate - 1e-10);
              expect(interval.lower).toBeGreaterThanOrEqual(0);
              expect(interval.upper).toBeLessThanOrEqual(1);
            }
            expect(Number.isFinite(row.bias)).toBe(true);
            activity += row.activity;
          }
          if (rows.length > 0) expect(activity).toBeCloseTo(1, 9);
        }
      }),
      { numRuns: 60 },
    );
  });

  /** A crowd whose stacks share a difficulty, at 20 % stalled; `answer` may replace what annotator a would say. */
  const simulated = (seed: number, answer: (a: number, s: number, said: number, random: () => number) => number) => {
    const random = splitSeed(seed, 'annotators');
    const nStacks = 400;
    const truth = Array.from({ length: nStacks }, () => Number(random() < 0.2));
    const hardness = Array.from({ length: nStacks }, () => (random() < 0.25 ? 0.35 : 0.08));
    const rows: Vote[] = [];
    for (let s = 0; s < nStacks; s++) {
      for (let a = 0; a < 40; a++) {
        const said = random() < hardness[s] ? 1 - truth[s] : truth[s];
        const label = answer(a, s, said, random) === 1 ? 1 : 0;
        // Everyone sees about half of the stacks.
        if (random() < 0.5 || a < 8) rows.push({ stackId: `s${s}`, annotatorId: `a${a}`, label });
      }
    }
    const gold = {
      stackIds: truth.map((_, s) => `s${s}`),
      label: Uint8Array.from(truth),
      chosen: 'random',
      role: 'fit',
    } as const;
    return { votes: tableOf(rows), gold };
  };

  test('flags the planted and says whom they copy', () => {
    const told = new Map<number, number>();
    const { votes, gold } = simulated(1, (a, s, said, random) => {
      if (a === 0) return 0;
      if (a === 1) return 1;
      if (a === 2) return Number(random() < 0.2);
      if (a === 3) told.set(s, said);
      // Copies nine of ten answers of a3.
      return a === 4 && random() < 0.9 ? (told.get(s) ?? said) : said;
    });
    for (const options of [{ skills: Skills.fromGold({ gold })(votes), gold, strength: 10 }, skillsOf(votes)]) {
      const rows = annotators(options)(votes);
      const row = (id: string) => rows.find((one) => one.annotatorId === id);
      expect(row('a0')?.flags).toEqual(['always-flowing']);
      expect(row('a1')?.flags).toEqual(['always-stalled']);
      expect(row('a2')?.flags).toEqual(['random']);
      expect(row('a3')?.flags).toEqual(['copying']);
      expect(row('a4')?.flags).toEqual(['copying']);
      expect(row('a4')?.sameAs.map((to) => to.annotatorId)).toEqual(['a3']);
      const honest = rows.filter((one) => !['a0', 'a1', 'a2', 'a3', 'a4'].includes(one.annotatorId));
      expect(honest.flatMap((one) => one.flags)).toEqual([]);
    }
  });

  test('flags the honest no oftener than it says', () => {
    const falseAlarm = 0.05;
    const counts = new Map<string, number>();
    let n = 0;
    for (let seed = 0; seed < 12; seed++) {
      const { votes, gold } = simulated(100 + seed, (_a, _s, said) => said);
      for (const row of annotators({ skills: Skills.fromGold({ gold })(votes), gold, strength: 10, falseAlarm })(
        votes,
      )) {
        n += 1;
        for (const flag of row.flags) counts.set(flag, (counts.get(flag) ?? 0) + 1);
      }
    }
    for (const [flag, count] of counts) {
      expect(count / n, flag).toBeLessThan(falseAlarm + 3 * Math.sqrt((falseAlarm * (1 - falseAlarm)) / n));
    }
  });

  test('leaves the anonymous annotator and 1e5 annotators of one vote unflagged, in good time', () => {
    const random = splitSeed(5, 'one vote each');
    const rows = Array.from(
      { length: 100_000 },
      (_, a): Vote => ({
        stackId: `s${a % 500}`,
        annotatorId: a < 2000 ? '' : `a${a}`,
        label: random() < 0.1 ? 1 : 0,
      }),
    );
    const votes = tableOf(rows);
    const table = annotators(skillsOf(votes))(votes);
    expect(table.length).toBe(98_001);
    expect(table.flatMap((row) => row.flags)).toEqual([]);
  });

  test('refuses skills of another table', () => {
    const one = tableOf([{ stackId: 's', annotatorId: 'ann', label: 1 }]);
    const other = tableOf([{ stackId: 's', annotatorId: 'bob', label: 1 }]);
    expect(() => annotators({ skills: oneCoin()(one) })(other)).toThrow(/alignedTo/);
  });
});
