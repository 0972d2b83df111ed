import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as Decode from '../../src/decode/index.js';
import { getOrThrow } from '../../src/domain/errors.js';
import { logistic } from '../../src/kernel/special/logit.js';
import { fuse } from '../../src/stages/fusion/fuse.js';
import { dawidSkene } from '../../src/stages/skills/dawidSkene.js';
import { oneCoin } from '../../src/stages/skills/oneCoin.js';
import { crowdSet } from '../shared.js';

/** Against the plain formulas of `crowd.py`, on real votes that come with every clone. */

type ById = Readonly<Record<string, number>>;

interface Golden {
  readonly logLikelihood: number;
  readonly prevalence: number;
  readonly sensitivity: ById;
  readonly specificity: ById;
  readonly posterior: ById;
}

const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'crowd.json'), 'utf8')) as Readonly<
  Record<string, Readonly<Record<'dawidSkene' | 'oneCoin', Golden>>>
>;

const METHODS = { dawidSkene, oneCoin };

/** Largest difference between a golden record keyed by id and a column. */
const worst = (wanted: ById, ids: readonly string[], values: Float64Array): number =>
  Object.entries(wanted).reduce((most, [id, value]) => {
    const row = ids.indexOf(id);
    expect(row, id).toBeGreaterThanOrEqual(0);
    return Math.max(most, Math.abs(values[row] - value));
  }, 0);

for (const dataset of ['barzan', 'sp_amt']) {
  for (const method of ['dawidSkene', 'oneCoin'] as const) {
    test(`${method}() without smoothing reaches the maximum-likelihood posterior of ${dataset} within 1e-6`, async () => {
      const wanted = golden[dataset][method];
      const votes = getOrThrow(await Decode.votes()(Decode.fromFile(crowdSet(dataset).votes)));
      const skills = METHODS[method]({ pseudo: null, tolerance: Number.NEGATIVE_INFINITY, maxIterations: 10_000 })(
        votes,
      );
      const posterior = fuse({ prevalence: skills.prevalence, skills })(votes);
      expect(Math.abs(skills.logLikelihood - wanted.logLikelihood)).toBeLessThan(1e-6);
      expect(Math.abs(skills.prevalence - wanted.prevalence)).toBeLessThan(1e-6);
      expect(Object.keys(wanted.posterior).length).toBe(votes.stackIds.length);
      expect(worst(wanted.posterior, votes.stackIds, posterior.logOdds.map(logistic))).toBeLessThan(1e-6);
      expect(worst(wanted.sensitivity, votes.annotatorIds, skills.sensitivity)).toBeLessThan(1e-6);
      expect(worst(wanted.specificity, votes.annotatorIds, skills.specificity)).toBeLessThan(1e-6);
    });
  }
}
