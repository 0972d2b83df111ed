import { describe, expect, test } from 'vitest';
import { rowOfId } from '../../src/kernel/ids/voteColumns.js';
import * as Policy from '../../src/policy/index.js';
import * as Simulate from '../../src/simulate/index.js';
import * as Gold from '../../src/stages/gold.js';

/**
 * Does a policy fitted with asking keep its certificate – one vote at a time, and on all votes at once as a batch decides?
 * Over simulated laboratories: votes that share each stack's difficulty, a model that shares it too, gold of ordinary size.
 */

/** One world takes a second or two: a twentieth of the usual repetitions. */
const WORLDS = Math.max(10, Math.round(Number(process.env['TANDEM_SLOW_REPETITIONS'] ?? 2000) / 20));
const PROVENANCE = { package: 'p', version: '1', command: 'c', inputs: [] };
const TARGETS = { sensitivity: 0.95, specificity: 0.9, confidence: 0.95 };

/** Misses and alarms, as shares of their class. */
const risksOf = (truth: Gold.GoldSet, decided: (g: number) => number | undefined): readonly [number, number] => {
  const risk = (label: number): number => {
    const rows = Array.from(truth.label.keys()).filter((g) => truth.label[g] === label);
    return rows.filter((g) => decided(g) === 1 - label).length / rows.length;
  };
  return [risk(1), risk(0)];
};

const violates = ([missed, alarmed]: readonly [number, number]): number =>
  Number(missed > 1 - TARGETS.sensitivity || alarmed > 1 - TARGETS.specificity);

describe(`asking policies over ${WORLDS} worlds`, () => {
  test('a certified policy misses its targets in at most 5 % of worlds, however votes come in', () => {
    const broken = { oneAtATime: 0, allAtOnce: 0 };
    let certified = 0;
    let votes = 0;
    for (let seed = 1; seed <= WORLDS; seed++) {
      const lab = Simulate.dataset({
        stacks: 6000,
        prevalence: 0.4,
        votes: { perStack: 8 },
        model: {},
        gold: { stalled: 600, flowing: 800, chosen: 'stratified' },
      })(1000 + seed);
      const data = Simulate.inputs(lab);
      const { policy } = Policy.fit({
        seed,
        prevalence: 0.05,
        targets: TARGETS,
        asking: true,
        provenance: { ...PROVENANCE, seed },
      })(data);
      const asking = Policy.certifiedAsking(policy);
      if (asking === undefined) continue;
      certified++;
      votes += asking.votesPerStack;
      const gold = new Set(lab.gold.stackIds);
      const truth = Gold.from({ chosen: 'random' })(
        lab.votes.stackIds.flatMap((stackId, s) =>
          gold.has(stackId) ? [] : [{ stackId, label: lab.truth[s] === 1 ? (1 as const) : (0 as const) }],
        ),
      );
      const asked = Policy.replayed(policy, truth)(data);
      const { posterior, routing } = Policy.decide(policy)(data);
      const place = rowOfId(posterior.stackIds);
      broken.oneAtATime += violates(risksOf(truth, (g) => asked?.decisions[g]));
      broken.allAtOnce += violates(
        risksOf(truth, (g) => {
          const next = routing[place.get(truth.stackIds[g]) ?? -1];
          return next?._tag === 'Retire' ? next.label : undefined;
        }),
      );
    }
    console.log(
      `${certified} of ${WORLDS} certified, ${(votes / certified).toFixed(2)} votes per stack; broken: ${broken.oneAtATime} one at a time, ${broken.allAtOnce} all at once`,
    );
    const atMost = 0.05 * WORLDS + 3 * Math.sqrt(0.05 * 0.95 * WORLDS);
    expect(certified).toBeGreaterThan(WORLDS / 2);
    expect(broken.oneAtATime).toBeLessThanOrEqual(atMost);
    expect(broken.allAtOnce).toBeLessThanOrEqual(atMost);
  });
});
