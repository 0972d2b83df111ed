import { expect, test } from 'vitest';
import * as Calibration from '../../src/stages/calibration/index.js';
import type { Posterior } from '../../src/stages/consensus/index.js';
import * as Evaluation from '../../src/stages/evaluation/index.js';
import * as Gold from '../../src/stages/gold.js';
import * as Skills from '../../src/stages/skills/index.js';
import * as Thresholds from '../../src/stages/thresholds/index.js';

/** Leaking gold from one use into another must not compile: `npm run lint` fails if one of these lines is accepted. */

const { fit, tune, test: held } = Gold.split({ seed: 1 })(Gold.from({ chosen: 'random' })([]));
const targets = { sensitivity: 0.99, specificity: 0.95, confidence: 0.95 };
const nothing: Posterior = {
  stackIds: [],
  logOdds: new Float64Array(),
  votes: new Uint32Array(),
  scores: new Uint32Array(),
};

test('Gold<role> keeps its role at run time too', () => {
  expect([fit.role, tune.role, held.role]).toEqual(['fit', 'tune', 'test']);
});

test('each stage takes its own gold and no other', () => {
  // @ts-expect-error [ts2345] -- tuning gold must not fit skills
  Skills.fromGold({ gold: tune });
  // @ts-expect-error [ts2322] -- test gold must not clamp the expectation step
  Skills.dawidSkene({ gold: held });
  // @ts-expect-error [ts2345] -- tuning gold must not fit calibrators
  Calibration.platt(tune);
  // @ts-expect-error [ts2345] -- fitting gold must not certify thresholds
  Thresholds.certify({ gold: fit, targets })(nothing);
  // @ts-expect-error [ts2345] -- test gold must not choose a cut
  Thresholds.bestCut({ gold: held, prevalence: 0.01 })(nothing);
  // @ts-expect-error [ts2345] -- tuning gold must not evaluate
  Evaluation.evaluate({ gold: tune, prevalence: 0.01 })({ posterior: nothing, routing: [] });
  expect(Thresholds.certify({ gold: tune, targets })(nothing)._tag).toBe('Left');
});
