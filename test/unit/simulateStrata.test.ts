import { describe, expect, it } from 'vitest';
import * as Simulate from '../../src/simulate/index.js';

const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, x) => sum + x, 0) / values.length;

const text = (file: Iterable<string>): string[] => [...file].join('').trimEnd().split('\n');

describe('dataset() with strata', () => {
  const study = (seed: number, count = 12_000) =>
    Simulate.dataset({ stacks: { count, dataset: 'A' }, prevalence: 0.01, votes: { perStack: 0 } })(seed);

  it('dataset() has 6 to 12 mice with 3 to 8 recordings of 200 to 300 stacks, as far as the size allows', () => {
    for (let seed = 1; seed <= 8; seed++) {
      const { strata, truth } = study(seed);
      const recordings = strata?.recordings ?? [];
      const perMouse = new Map<string, number>();
      for (const { mouseId } of recordings) perMouse.set(mouseId, (perMouse.get(mouseId) ?? 0) + 1);
      expect(perMouse.size).toBeGreaterThanOrEqual(6);
      expect(perMouse.size).toBeLessThanOrEqual(12);
      expect(mean([...perMouse.values()])).toBeLessThanOrEqual(8.01);
      expect(mean([...perMouse.values()])).toBeGreaterThanOrEqual(2.99);
      const sizes = recordings.map((_, r) => strata?.recordingOf.filter((of) => of === r).length ?? 0);
      // Sizes are drawn between 200 and 300 and then stretched a little to add up.
      expect(Math.min(...sizes)).toBeGreaterThanOrEqual(185);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(320);
      expect(sizes.reduce((a, b) => a + b, 0)).toBe(truth.length);
    }
  });

  it('dataset() keeps the stated prevalence over strata, and AD mice have 4 to 5 times the stalls', () => {
    const stalls = { AD: 0, WT: 0 };
    const stacks = { AD: 0, WT: 0 };
    for (let seed = 1; seed <= 30; seed++) {
      const { strata, truth } = study(seed, 10_000);
      truth.forEach((label, s) => {
        const { group } = strata?.recordings[strata.recordingOf[s]] ?? { group: 'WT' as const };
        stalls[group] += label;
        stacks[group]++;
      });
    }
    // 3,000 stalls: four standard deviations of the share are .0007.
    expect(Math.abs((stalls.AD + stalls.WT) / (stacks.AD + stacks.WT) - 0.01)).toBeLessThan(0.0006);
    // Mice differ by half a logit, so over 270 of them the ratio is known to about 10 %.
    const ratio = stalls.AD / stacks.AD / (stalls.WT / stacks.WT);
    expect(ratio).toBeGreaterThan(3.4);
    expect(ratio).toBeLessThan(5.9);
  });

  it('dataset() spreads recordings of one group on the logit by the mouse and recording effects', () => {
    const spreads = Array.from({ length: 30 }, (_, seed) => {
      const { prevalence, recordings } = study(seed, 10_000).simulated.stacks;
      const logits = Array.from(prevalence ?? [], (p, r) =>
        recordings?.[r].group === 'AD' ? [Math.log(p / (1 - p))] : [],
      );
      const flat = logits.flat();
      const m = mean(flat);
      return mean(flat.map((x) => (x - m) ** 2)) / (1 - 1 / 4.5);
    });
    // .5² + .3², each dataset's spread taken about its own mean of some 4.5 mice.
    expect(Math.abs(mean(spreads) - 0.34)).toBeLessThan(0.1);
  });

  it('dataset() shares quality within a recording', () => {
    const { strata, simulated } = study(3, 20_000);
    const { difficulty, quality } = simulated.stacks;
    const within = quality.map((_, r) => mean(difficulty.filter((_, s) => strata?.recordingOf[s] === r)));
    const error = within.map((m, r) => m - quality[r]);
    // A mean of 250 own parts has standard deviation .06; quality has .3.
    expect(Math.sqrt(mean(error.map((e) => e * e)))).toBeLessThan(0.08);
    expect(Math.sqrt(mean(quality.map((q) => q * q)))).toBeGreaterThan(0.22);
  });

  it('dataset() flags 2 % of stacks, half of them for their outline, and gives them no score and no gold', () => {
    const lab = Simulate.dataset({
      stacks: { count: 20_000 },
      prevalence: 0.01,
      votes: { perStack: 7 },
      model: {},
      gold: { stalled: 100, flowing: 400, chosen: 'stratified' },
    })(2);
    const flagged = lab.flagged ?? new Uint8Array(0);
    expect(Math.abs(mean(flagged) - 0.02)).toBeLessThan(0.004);
    const flaws = Array.from(lab.simulated.stacks.flaw ?? []).filter((code) => code > 0);
    expect(Math.abs(mean(flaws.map((code) => Number(Simulate.FLAWS[code].startsWith('outline')))) - 0.5)).toBeLessThan(
      0.1,
    );
    const flaggedIds = new Set(lab.votes.stackIds.filter((_, s) => flagged[s] === 1));
    expect(lab.scores.stackIds.some((id) => flaggedIds.has(id))).toBe(false);
    expect(lab.scores.stackIds.length).toBe(lab.truth.length - flaggedIds.size);
    expect(lab.gold.stackIds.some((id) => flaggedIds.has(id))).toBe(false);
    // Who looks flags; only those who never look have voted there.
    const kinds = new Set<string>();
    lab.votes.stackOf.forEach((s, v) => {
      if (flagged[s] === 1) kinds.add(lab.simulated.annotators.kind[lab.votes.annotatorOf[v]]);
    });
    expect([...kinds].every((kind) => ['always-flowing', 'random', 'always-stalled'].includes(kind))).toBe(true);
  });

  it('toCsv() writes strata as columns, and only a header without them', () => {
    const lab = study(1, 500);
    const rows = text(Simulate.toCsv(lab).strata);
    expect(rows[0]).toBe('stackId,dataset,mouse,group,recording,flagged');
    expect(rows.length).toBe(501);
    for (const row of rows.slice(1)) expect(row).toMatch(/^A-stack-\d{6},A,mouse-\d{2},(AD|WT),recording-\d{3},[01]$/);
    expect(text(Simulate.toCsv(Simulate.dataset({ stacks: 5, prevalence: 0 })(1)).strata).length).toBe(1);
  });
});
