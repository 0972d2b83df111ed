import { describe, expect, test } from 'vitest';
import { seeded } from '../../src/kernel/random/prng.js';
import * as Policy from '../../src/policy/index.js';
import * as Simulate from '../../src/simulate/index.js';
import * as Votes from '../../src/stages/votes/index.js';

const PROVENANCE: Policy.Provenance = { package: 'p', version: '1', command: 'c', seed: 5, inputs: [] };

const fitted = (of: { readonly stalled: number; readonly calibrator?: 'isotonic'; readonly model?: false }) => {
  const world = Simulate.dataset({
    stacks: 200,
    prevalence: 0.05,
    ...(of.model === false ? {} : { model: {} }),
    gold: { stalled: of.stalled, flowing: 900, chosen: 'stratified' },
  })(5);
  const { votes, scores, gold } = Simulate.inputs(world);
  return Policy.fit({
    prevalence: 0.05,
    ...(of.calibrator === undefined ? {} : { methods: { calibrator: of.calibrator } }),
    provenance: PROVENANCE,
  })({ votes, ...(of.model === false ? {} : { scores }), gold }).policy;
};

/** What becomes of one stack that nobody has voted on. */
const fate = (policy: Policy.Policy, score: number): string => {
  const scores = { stackIds: ['s'], score: Float64Array.of(score) };
  const [next] = Policy.decide(policy)({ votes: Votes.EMPTY, scores }).routing;
  return next._tag === 'Retire' ? `${next._tag} ${next.label}` : next._tag;
};

const bandOf = (edges: readonly number[], score: number): number => edges.filter((edge) => score > edge).length;

describe('scoreEdges()', () => {
  test.each([
    ['platt', fitted({ stalled: 700 })],
    ['isotonic', fitted({ stalled: 700, calibrator: 'isotonic' })],
  ])('between edges every score has one fate, and over an edge another (%s)', (_, policy) => {
    const edges = Policy.scoreEdges(policy);
    expect(edges.length).toBeGreaterThan(0);
    expect(edges).toEqual([...edges].sort((a, b) => a - b));
    for (const edge of edges) expect(fate(policy, edge - 1e-9)).not.toBe(fate(policy, edge + 1e-9));
    const fates = new Map<number, string>();
    const random = seeded(1);
    for (let i = 0; i < 300; i++) {
      // As dense near 0 and 1 as in between.
      const score = 1 / (1 + Math.exp(12 * (random() - 0.5)));
      const band = bandOf(edges, score);
      if (!fates.has(band)) fates.set(band, fate(policy, score));
      expect(fate(policy, score)).toBe(fates.get(band));
    }
  });

  test('without a model no score changes anything', () => {
    expect(Policy.scoreEdges(fitted({ stalled: 700, model: false }))).toEqual([]);
  });

  test('with too little gold nothing is certified, and the edges are those of the provisional rule', () => {
    const policy = fitted({ stalled: 40 });
    expect(Policy.isCertified(policy)).toBe(false);
    const edges = Policy.scoreEdges(policy);
    for (const edge of edges) expect(fate(policy, edge - 1e-9)).not.toBe(fate(policy, edge + 1e-9));
    // Without gold of a class everything goes to an expert, whatever its score.
    const careful = fitted({ stalled: 0 });
    expect(Policy.scoreEdges(careful)).toEqual([]);
    expect(fate(careful, 1e-6)).toBe('AskExpert');
  });
});
