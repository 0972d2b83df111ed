import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { type Failure, format, getOrThrow } from '../../src/domain/errors.js';
import * as Calibration from '../../src/stages/calibration/index.js';
import * as Gold from '../../src/stages/gold.js';
import * as Thresholds from '../../src/stages/thresholds/index.js';

/** One wording for every failure. */

const refusal = { _tag: 'GoldFitted', reason: 'gold fitted the policy', fix: 'Take other gold.' } as const;

const WORDED: readonly (readonly [Failure, string])[] = [
  [
    {
      _tag: 'TargetsInfeasible',
      best: { sensitivity: 0.9, specificity: 0.875 },
      goldNeeded: { stalled: 3, flowing: 0 },
    },
    'The targets cannot be certified with this gold: tuning needs 3 stalled and 0 flowing more gold stacks. Without any error, this gold could certify sensitivity 0.900 and specificity 0.875. Label more gold, or lower the targets.',
  ],
  [refusal, 'Refused to certify: gold fitted the policy. Take other gold.'],
  [
    { _tag: 'Refused', refusals: [refusal, refusal] },
    'Refused to certify: gold fitted the policy. Take other gold.\nRefused to certify: gold fitted the policy. Take other gold.',
  ],
  [
    { _tag: 'CalibrationInfeasible', scored: { stalled: 0, flowing: 2 } },
    'A calibrator needs gold of both classes with scores, and there are 0 stalled and 2 flowing gold stacks with a score. Add gold of the missing class, or score it.',
  ],
  [
    { _tag: 'CalibrationInfeasible', needs: 'scores in [0, 1]', scored: { stalled: 9, flowing: 2 } },
    'This calibrator needs scores from 0 to 1, and some are outside. Rescale the scores, or choose another calibrator.',
  ],
  [
    { _tag: 'RecalibrationInfeasible', seen: { stalled: 0, flowing: 2 } },
    'Recalibration needs gold of both classes with votes or scores, and there are 0 stalled and 2 flowing such gold stacks. Add gold of the missing class, or use additive fusion.',
  ],
  [
    { _tag: 'PathNotCertified', goldNeeded: { stalled: 7, flowing: 8 } },
    'No rule can be certified with this gold: the one nearest to proof needs 7 stalled and 8 flowing more gold stacks. Label more gold, or lower the targets.',
  ],
  [
    { _tag: 'VotesTooFew', votes: 3, needed: 20, fix: 'Ask for more votes on gold.' },
    'Gold has too few votes to try an asking rule: it has 3 per stack, and the rule may ask for 20. Ask for more votes on gold.',
  ],
  [
    { _tag: 'EarlyStopInfeasible', stacksNeeded: 300 },
    'No early stop can be proven: every band of scores needs 300 stacks. Score more stacks in full.',
  ],
];

describe('format()', () => {
  test.each(WORDED)('puts %o into words', (failure, words) => {
    expect(format(failure)).toBe(words);
    expect(() => getOrThrow(E.left(failure))).toThrow(words);
  });

  test('takes the failures of stages as they return them', () => {
    const gold = Gold.from({ chosen: 'random' })([{ stackId: 's1', label: 1 }]);
    const calibrator = Calibration.platt(Gold.as('fit')(gold))({ stackIds: ['s1'], score: Float64Array.of(0.5) });
    expect(E.isLeft(calibrator) && format(calibrator.left)).toContain(
      '1 stalled and 0 flowing gold stacks with a score',
    );
    const posterior = {
      stackIds: ['s1'],
      logOdds: Float64Array.of(1),
      votes: Uint32Array.of(1),
      scores: Uint32Array.of(0),
    };
    const targets = { sensitivity: 0.99, specificity: 0.95, confidence: 0.95 };
    const certified = Thresholds.certify({ gold: Gold.as('tune')(gold), targets })(posterior);
    expect(E.isLeft(certified) && format(certified.left)).toContain('cannot be certified with this gold');
  });
});
