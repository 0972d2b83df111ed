import { expect, test } from 'vitest';
import { arrivals } from '../../src/asking/replay/index.js';
import { mismatches } from '../../src/policy/mismatches.js';
import { batchProfile, goldProfile } from '../../src/policy/profile.js';
import * as Gold from '../../src/stages/gold.js';

const KNOWN = { annotatorIds: ['ann'], mostVotes: 3 };

/**
 * Every second stack is asked about: of those a share is called stalled and gets two further votes, the
 * others stop after one. `whole`: all stacks have three votes.
 */
const stacks = ({ share = 0.1, whole = false }: { readonly share?: number; readonly whole?: boolean } = {}) => {
  const stackIds = Array.from({ length: 2000 }, (_, s) => `s${s}`);
  const isAsked = Uint8Array.from(stackIds, (_, s) => s % 2);
  const isDoubtful = (s: number): boolean => s % 2 === 1 && (s >> 1) % 100 < 100 * share;
  const votes = stackIds.flatMap((_, s) => {
    if (whole || isDoubtful(s)) return [1, 1, 1].map((one) => ({ s, label: isDoubtful(s) ? one : 0 }));
    return isAsked[s] === 1 ? [{ s, label: 0 }] : [];
  });
  return {
    votes: arrivals({
      stackIds,
      annotatorIds: ['ann'],
      stackOf: Uint32Array.from(votes, ({ s }) => s),
      annotatorOf: new Uint32Array(votes.length),
      label: Uint8Array.from(votes, ({ label }) => label),
    }),
    isAsked,
  };
};

const profile = goldProfile({ ...KNOWN, prevalence: 0.01, schedule: 'any' })({
  ...stacks({ whole: true }),
  gold: Gold.from({ chosen: 'random' })(stacks().votes.stackIds.map((stackId) => ({ stackId, label: 0 }))),
});
const found = (batch: ReturnType<typeof stacks>) => mismatches(profile)(batchProfile(KNOWN)(batch));

test('stacks that were asked about as needed are like gold: their long stacks are the doubtful ones', () => {
  expect(found(stacks())).toEqual([]);
  expect(found(stacks({ whole: true }))).toEqual([]);
});

test('another criterion is found in first votes too, and the text says that it was looked for there', () => {
  const [mismatch, ...others] = found(stacks({ share: 0.2 }));
  expect(others).toEqual([]);
  expect(mismatch).toMatchObject({ _tag: 'StalledVotes', here: 0.2, gold: 0.1 });
  expect(mismatch.text).toMatch(/^People call these stacks stalled in 20 % of first votes\. By gold it would be 10 %/);
});

test('where the rule asks nobody there is nothing to compare', () => {
  expect(mismatches(profile)(batchProfile(KNOWN)({ ...stacks(), isAsked: new Uint8Array(2000) }))).toEqual([]);
});
