import { describe, expect, test } from 'vitest';
import { arrivals } from '../../src/asking/replay/index.js';
import { splitSeed } from '../../src/kernel/random/prng.js';
import { batchProfile, goldProfile, mismatches } from '../../src/policy/index.js';
import * as Gold from '../../src/stages/gold.js';

interface World {
  readonly stacks: number;
  readonly perStack: number;
  readonly seed: number;
  /** Share of votes by strangers. */
  readonly strangers?: number;
  /** P(vote stalled) of a flowing stack. */
  readonly alarms?: number;
  readonly shift?: number;
  readonly unscored?: number;
  readonly clusterSd?: number;
}

const KNOWN = { annotatorIds: ['ann'], mostVotes: 7 };

/** Every tenth stack is stalled; the score is worth 2 nats for it and −4 else, with noise. */
const world = ({
  stacks,
  perStack,
  seed,
  strangers = 0,
  alarms = 0.03,
  shift = 0,
  unscored = 0,
  clusterSd = 0,
}: World) => {
  const random = splitSeed(seed, 'profile');
  const noise = () => random() + random() + random() - 1.5;
  const stackIds = Array.from({ length: stacks }, (_, s) => `s${s}`);
  const label = stackIds.map((_, s) => (s % 10 === 0 ? (1 as const) : (0 as const)));
  const mice = Array.from({ length: 13 }, () => 2 * clusterSd * noise());
  const rows = Array.from({ length: stacks * perStack }, (_, v) => Math.floor(v / perStack));
  const votes = arrivals({
    stackIds,
    annotatorIds: ['ann', 'stranger'],
    stackOf: Uint32Array.from(rows),
    annotatorOf: Uint32Array.from(rows, () => Number(random() < strangers)),
    label: Uint8Array.from(rows, (s) => Number(random() < (label[s] === 1 ? 0.7 : alarms))),
  });
  const scores = Uint32Array.from(stackIds, () => Number(random() >= unscored));
  const nats = Float64Array.from(label, (y, s) => (y === 1 ? 2 : -4) + shift + 2 * noise() + mice[s % 13]);
  return {
    votes,
    model: { nats, scores },
    gold: Gold.from({ chosen: 'stratified' })(stackIds.map((stackId, s) => ({ stackId, label: label[s] }))),
    clusterOf: new Map(stackIds.map((id, s) => [id, `mouse ${s % 13}`])),
  };
};

const found = (
  then: Partial<World>,
  now: Partial<World>,
  schedule: 'any' | { readonly oneLook: number } = 'any',
  clustered = false,
) => {
  const before = world({ stacks: 2000, perStack: 7, seed: 1, ...then });
  const after = world({ stacks: 3000, perStack: 7, seed: 2, ...now });
  const profile = goldProfile({ ...KNOWN, prevalence: 0.1, schedule })(before);
  const { clusterOf } = after;
  const options = { ...KNOWN, clusterOf: clustered ? clusterOf : undefined };
  return mismatches(profile)(batchProfile(options)({ ...after, isOrdered: schedule === 'any' }));
};

describe('mismatches', () => {
  test('stacks like gold are no mismatch', () => {
    expect(found({}, {})).toEqual([]);
    expect(found({}, {}, { oneLook: 7 }, true)).toEqual([]);
  });

  test('one look at 15 votes is not about stacks with 3, and the text has both numbers', () => {
    const [mismatch, ...others] = found({ perStack: 15 }, { perStack: 3 }, { oneLook: 15 });
    expect(others).toEqual([]);
    expect(mismatch).toMatchObject({ _tag: 'VotesPerStack', here: 3, gold: 15 });
    expect(mismatch.text).toBe(
      'The certificate is about one look at 15 votes. Gold had 15 votes a stack at the median, these stacks have 3.',
    );
  });

  test('a rule that stops at the first stop does not mind the number of votes', () => {
    expect(found({ perStack: 15 }, { perStack: 3 })).toEqual([]);
  });

  test('newcomers, another criterion, missing scores, shifted scores and clusters are found', () => {
    const tags = (all: ReturnType<typeof found>) => all.map(({ _tag }) => _tag);
    expect(tags(found({}, { strangers: 1 }))).toEqual(['Newcomers']);
    expect(tags(found({}, { strangers: 0.05 }))).toEqual([]);
    expect(tags(found({ alarms: 0.2 }, {}))).toEqual(['StalledVotes']);
    expect(tags(found({}, { unscored: 0.3 }))).toEqual(['Unscored']);
    expect(tags(found({}, { shift: 1.5 }))).toEqual(['Scores']);
    expect(tags(found({}, { clusterSd: 0.8 }, 'any', true))).toContain('Clusters');
  });

  test('a certificate for votes in their order is not about votes whose order nobody knows, nor the other way round', () => {
    const votes = world({ stacks: 300, perStack: 7, seed: 2 });
    for (const schedule of ['any', { oneLook: 7 }] as const) {
      const profile = goldProfile({ ...KNOWN, prevalence: 0.1, schedule })(
        world({ stacks: 2000, perStack: 7, seed: 1 }),
      );
      for (const isOrdered of [true, false]) {
        const tags = mismatches(profile)(batchProfile(KNOWN)({ ...votes, isOrdered })).map(({ _tag }) => _tag);
        expect(tags).toEqual(isOrdered === (schedule === 'any') ? [] : ['Order']);
      }
      // One vote a stack has no order to know.
      const single = world({ stacks: 300, perStack: 1, seed: 2 });
      const tags = mismatches(profile)(batchProfile(KNOWN)({ ...single, isOrdered: false })).map(({ _tag }) => _tag);
      expect(tags).not.toContain('Order');
    }
  });

  test('each mismatch names both numbers, its test and its level', () => {
    for (const { here, gold, test: by, text } of found({ alarms: 0.2 }, { strangers: 1, unscored: 0.3 })) {
      expect(here).not.toBe(gold);
      expect(by?.pValue).toBeLessThanOrEqual(by?.level ?? 0);
      expect(text).toMatch(/\d.*\d/s);
    }
  });

  test('a batch too small to tell is no mismatch, nor is an empty one', () => {
    expect(found({}, { stacks: 3, strangers: 0.3 })).toEqual([]);
    expect(found({}, { stacks: 0 })).toEqual([]);
  });

  test('a profile is plain data', () => {
    const { gold, ...data } = world({ stacks: 100, perStack: 7, seed: 1 });
    const profile = goldProfile({ ...KNOWN, prevalence: 0.1, schedule: 'any' })({ ...data, gold });
    expect(JSON.parse(JSON.stringify(profile))).toEqual(profile);
    const batch = batchProfile(KNOWN)(data);
    expect(JSON.parse(JSON.stringify(batch))).toEqual(batch);
  });

  test('goldProfile() refuses a prevalence outside (0, 1)', () => {
    const { gold, ...data } = world({ stacks: 10, perStack: 7, seed: 1 });
    expect(() => goldProfile({ ...KNOWN, prevalence: 0, schedule: 'any' })({ ...data, gold })).toThrow(RangeError);
  });
});
