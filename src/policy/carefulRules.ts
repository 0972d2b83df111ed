import type { Candidate } from '../asking/path.js';

/** Nats by which bounds are drawn apart where experts help out, the most careful first. */
const APART: readonly number[] = [3, 2, 1.5, 1, 0.75, 0.5, 0.25];

/**
 * The path with more careful rules before it: the same bounds drawn apart, and an expert for what is still between them in
 * the end. A path by itself always has a last call, so on little gold its most careful rule may be on the edge of the targets.
 */
export const withExperts = (candidates: readonly Candidate[]): readonly Candidate[] => {
  const [first] = candidates;
  const apart = (nats: number): Candidate => {
    const { lastCall: _, ...rule } = first.rule;
    return {
      ...first,
      rule: {
        ...rule,
        flowingBelow: rule.flowingBelow.map((bound) => (bound === null ? null : bound - nats)),
        stalledAbove: rule.stalledAbove.map((bound) => (bound === null ? null : bound + nats)),
      },
    };
  };
  return [...APART.map(apart), ...candidates];
};
