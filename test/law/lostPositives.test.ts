import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as Asking from '../../src/asking/index.js';
import { splitSeed } from '../../src/kernel/random/prng.js';
import { hypergeometricTails } from '../../src/kernel/special/hypergeometric.js';

import * as Prevalence from '../../src/stages/prevalence/index.js';

const group = (most: number) =>
  fc
    .tuple(fc.nat(most), fc.nat(most), fc.nat(most))
    .map((three) => [...three].sort((a, b) => b - a))
    .map(([stacks, audited, stalled]) => ({ stacks, audited, stalled }));

const confidence = fc.constantFrom(0.8, 0.95, 0.99);

describe('lostPositives()', () => {
  test('bounds hold what was found, and everything that was not audited bounds them', () => {
    fc.assert(
      fc.property(group(400), confidence, (retiredFlowing, level) => {
        const lost = Prevalence.lostPositives({ confidence: level })({ retiredFlowing, others: [] });
        const { stacks, audited, stalled } = retiredFlowing;
        expect(lost.interval.lower).toBeGreaterThanOrEqual(stalled);
        expect(lost.atMost).toBeLessThanOrEqual(stacks - audited + stalled);
        expect(lost.atMost).toBeLessThanOrEqual(lost.interval.upper);
        if (lost.estimate !== undefined) {
          expect(lost.estimate).toBeLessThanOrEqual(lost.interval.upper + 1);
          expect(lost.estimate).toBeGreaterThanOrEqual(lost.interval.lower - 1);
        }
        expect(lost.sensitivity).toBeUndefined();
      }),
    );
  });

  test('one more stall found never lowers a bound', () => {
    fc.assert(
      fc.property(group(300), confidence, (one, level) => {
        fc.pre(one.stalled < one.audited);
        const at = (stalled: number) =>
          Prevalence.lostPositives({ confidence: level })({ retiredFlowing: { ...one, stalled }, others: [] }).atMost;
        expect(at(one.stalled + 1)).toBeGreaterThanOrEqual(at(one.stalled));
      }),
    );
  });

  test('an audit of everything leaves no doubt', () => {
    fc.assert(
      fc.property(group(300), group(300), ({ stacks, stalled }, other) => {
        const retiredFlowing = { stacks, audited: stacks, stalled };
        const kept = [{ stacks: other.stacks, audited: other.stacks, stalled: other.stalled }];
        const lost = Prevalence.lostPositives()({ retiredFlowing, others: kept });
        expect(lost.interval).toEqual({ lower: stalled, upper: stalled });
        if (other.stacks === 0) return;
        const all = stalled + other.stalled;
        expect(lost.sensitivity?.atLeast).toBeCloseTo(all === 0 ? 0 : other.stalled / all, 12);
        if (all > 0) expect(lost.sensitivity?.estimate).toBeCloseTo(other.stalled / all, 12);
      }),
    );
  });

  test('the bound on the number is wrong with probability <= 1 − confidence, for every number there may be', () => {
    for (const { stacks, audited } of [
      { stacks: 200, audited: 4 },
      { stacks: 200, audited: 10 },
      { stacks: 120, audited: 60 },
    ]) {
      const bound = Array.from(
        { length: audited + 1 },
        (_, stalled) => Prevalence.lostPositives()({ retiredFlowing: { stacks, audited, stalled }, others: [] }).atMost,
      );
      for (let marked = 0; marked <= stacks; marked++) {
        // Bounds rise with what is found, so those that are too low are the first few.
        const tooLow = bound.filter((atMost) => atMost < marked).length;
        const wrong =
          tooLow === 0 ? 0 : hypergeometricTails({ k: tooLow - 1, drawn: audited, marked, population: stacks }).atMost;
        expect(wrong).toBeLessThanOrEqual(0.05 + 1e-12);
      }
    }
  });

  test('both statements hold in at least 95 % of audits drawn by the audit of `Asking`', () => {
    const audits = 1500;
    for (const setting of [
      { flowing: 2000, lost: 0, called: 40, truly: 25, share: 0.03, verified: 1 },
      { flowing: 2000, lost: 6, called: 40, truly: 25, share: 0.03, verified: 1 },
      { flowing: 2000, lost: 30, called: 60, truly: 45, share: 0.05, verified: 0.5 },
    ]) {
      let tooFew = 0;
      let tooGood = 0;
      for (let seed = 0; seed < audits; seed++) {
        const inAudit = Asking.isAudited({ share: setting.share, seed });
        const retiredFlowing = counted(setting.flowing, setting.lost, (s) => inAudit(`flowing ${s}`));
        const toVerify = splitSeed(seed, 'verify');
        const kept = counted(setting.called, setting.truly, () => toVerify() < setting.verified);
        const lost = Prevalence.lostPositives()({ retiredFlowing, others: [kept] });
        if (lost.atMost < setting.lost) tooFew++;
        const sensitivity = setting.truly / (setting.truly + setting.lost);
        if ((lost.sensitivity?.atLeast ?? 0) > sensitivity + 1e-12) tooGood++;
      }
      const allowed = 0.05 + 3 * Math.sqrt((0.05 * 0.95) / audits);
      expect(tooFew / audits).toBeLessThanOrEqual(allowed);
      expect(tooGood / audits).toBeLessThanOrEqual(allowed);
    }
  });
});

/** The first `stalled` of `stacks` are stalled. */
const counted = (stacks: number, stalled: number, isAudited: (s: number) => boolean) => {
  const audited = Array.from({ length: stacks }, (_, s) => s).filter(isAudited);
  return { stacks, audited: audited.length, stalled: audited.filter((s) => s < stalled).length };
};
