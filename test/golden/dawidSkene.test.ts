import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import * as Decode from '../../src/decode/index.js';
import { getOrThrow } from '../../src/domain/errors.js';
import { logistic } from '../../src/kernel/special/logit.js';
import * as Consensus from '../../src/stages/consensus/index.js';
import * as Skills from '../../src/stages/skills/index.js';
import type { VoteTable } from '../../src/stages/votes/index.js';
import { shared, testWithShared } from '../shared.js';

type ById = Readonly<Record<string, number>>;

const json = (path: string) => JSON.parse(readFileSync(shared(path), 'utf8'));

const votesOf = async (dataset: string): Promise<VoteTable> =>
  getOrThrow(await Decode.votes({ duplicates: 'all' })(Decode.fromFile(shared(`crowd/${dataset}/votes.csv`))));

/** Largest difference between a column and a golden record keyed by id. */
const worst = (ids: readonly string[], values: Float64Array, golden: ById): number => {
  expect(Object.keys(golden).length).toBe(ids.length);
  return ids.reduce((most, id, i) => Math.max(most, Math.abs(values[i] - golden[id])), 0);
};

const posteriorOf = (skills: Skills.DawidSkene, votes: VoteTable): Float64Array =>
  Consensus.fuse({ prevalence: skills.prevalence, skills })(votes).logOdds.map(logistic);

for (const dataset of ['bluebird', 'd_product', 'rte']) {
  testWithShared(
    `dawidSkene() without smoothing reaches the maximum-likelihood posterior of ${dataset} within 1e-6`,
    [`crowd/${dataset}`, 'crowd/golden/mle.json'],
    async () => {
      const golden = json('crowd/golden/mle.json')[dataset];
      const votes = await votesOf(dataset);
      const skills = Skills.dawidSkene({ pseudo: null, tolerance: 1e-14, maxIterations: 5000 })(votes);
      expect(skills.converged).toBe(true);
      expect(Math.abs(skills.logLikelihood - golden.loglik)).toBeLessThan(1e-6);
      expect(Math.abs(skills.prevalence - golden.prior1)).toBeLessThan(1e-6);
      expect(worst(votes.stackIds, posteriorOf(skills, votes), golden.posterior1)).toBeLessThan(1e-6);
      expect(worst(votes.annotatorIds, skills.sensitivity, golden.sens)).toBeLessThan(1e-6);
      expect(worst(votes.annotatorIds, skills.specificity, golden.spec)).toBeLessThan(1e-6);
    },
  );
}

for (const dataset of ['bluebird', 'd_product']) {
  testWithShared(
    `dawidSkene() after exactly 10 iterations agrees with the reference on ${dataset} within 1e-9`,
    [`crowd/${dataset}`, `crowd/golden/${dataset}.json`],
    async () => {
      const golden = json(`crowd/golden/${dataset}.json`).DawidSkene_10iter;
      const votes = await votesOf(dataset);
      const after = (maxIterations: number) =>
        Skills.dawidSkene({ pseudo: null, tolerance: Number.NEGATIVE_INFINITY, maxIterations })(votes);
      const tenth = after(10);
      expect(worst(votes.stackIds, posteriorOf(tenth, votes), golden.posterior1)).toBeLessThan(1e-9);
      // The reference reports the rates of the maximisation after its tenth expectation, which is our eleventh.
      const eleventh = after(11);
      expect(Math.abs(eleventh.prevalence - golden.prior1)).toBeLessThan(1e-9);
      const workers = golden.workers as Record<string, { readonly sens: number; readonly spec: number }>;
      const rates = (of: 'sens' | 'spec'): ById =>
        Object.fromEntries(Object.entries(workers).map(([id, w]) => [id, w[of]]));
      const said = (label: number) => new Set(votes.annotatorOf.filter((_, v) => votes.label[v] === label));
      const [flowing, stalled] = [said(0), said(1)];
      // It also writes 0 for a label an annotator never used; there is nothing to compare there.
      const compared = (values: Float64Array, used: ReadonlySet<number>, of: 'sens' | 'spec'): number =>
        worst(
          votes.annotatorIds,
          values.map((value, a) => (used.has(a) ? value : 0)),
          rates(of),
        );
      expect(compared(eleventh.sensitivity, stalled, 'sens')).toBeLessThan(1e-9);
      expect(compared(eleventh.specificity, flowing, 'spec')).toBeLessThan(1e-9);
    },
  );
}
