import type { Interval, Rate } from '../../domain/interval.js';
import { present } from '../../domain/present.js';
import { clopperPearson } from '../../kernel/special/clopperPearson.js';
import { mccAt } from './mcc.js';

/** A quantity re-expressed at another prevalence. */
export interface Prevalent {
  /** At the observed rates. Absent when one of them was never observed, or when this is 0/0 there. */
  readonly estimate?: number;
  /** Present when it is 0/0 at the observed rates; MCC then also has `estimate` 0. */
  readonly undefined?: true;
  readonly interval: Interval;
}

/** Rates that depend on the prevalence, at a stated one. */
export interface AtPrevalence {
  readonly prevalence: number;
  readonly confidence: number;
  /** P(stalled | called stalled) */
  readonly ppv: Prevalent;
  /** P(flowing | called flowing) */
  readonly npv: Prevalent;
  readonly mcc: Prevalent;
  /** P(called stalled) */
  readonly predictedPositiveRate: Prevalent;
}

interface Rates {
  readonly sensitivity: number;
  readonly specificity: number;
  readonly prevalence: number;
}

interface Value {
  readonly value?: number;
  readonly undefined: boolean;
}

const ratio = (part: number, rest: number): Value =>
  part + rest === 0 ? { undefined: true } : { value: part / (part + rest), undefined: false };

const ppvAt = ({ sensitivity, specificity, prevalence }: Rates): Value =>
  ratio(prevalence * sensitivity, (1 - prevalence) * (1 - specificity));

const npvAt = ({ sensitivity, specificity, prevalence }: Rates): Value =>
  ratio((1 - prevalence) * specificity, prevalence * (1 - sensitivity));

const positiveRateAt = ({ sensitivity, specificity, prevalence }: Rates): Value => ({
  value: prevalence * sensitivity + (1 - prevalence) * (1 - specificity),
  undefined: false,
});

const project = (
  at: (rates: Rates) => Value,
  point: Rates | undefined,
  ends: { low: Rates; high: Rates },
): Prevalent => {
  const estimate = point === undefined ? { undefined: false } : at(point);
  return present({
    estimate: estimate.value,
    undefined: estimate.undefined ? (true as const) : undefined,
    interval: { lower: at(ends.low).value!, upper: at(ends.high).value! },
  });
};

/**
 * PPV, NPV, MCC and the share called stalled, as they would be in a population with the stated prevalence.
 *
 * With q = π Se + (1 − π)(1 − Sp):   PPV = π Se / q,   NPV = (1 − π) Sp / (1 − q),   MCC = J √(π(1 − π) / (q(1 − q)))
 *
 * Sensitivity and specificity do not change with prevalence; these do, so figures from an enriched gold set must be moved
 * before they are quoted. The intervals are conservative and hold together: both rates get exact two-sided bounds at
 * 1 − (1 − confidence)/2, and the corners of that box are mapped. That is valid because PPV, NPV and MCC never fall when
 * Se or Sp rises, at fixed π. For MCC, with J = Se + Sp − 1 and g = √(π(1 − π)/(q(1 − q))):
 * dM/dSe = g (1 − Jπ(1 − 2q)/(2q(1 − q))). The bracket is >= 0: where J and 1 − 2q are both positive, Jπ <= πSe <= q and
 * 1 − 2q <= 2(1 − q); where both are negative, |J|π <= π(1 − Se) <= 1 − q and 2q − 1 <= 2q; otherwise nothing is
 * subtracted. Sp follows by exchanging the classes.
 *
 * @param at - counted rates; prevalence and confidence in (0, 1)
 * @throws RangeError when prevalence or confidence is not inside (0, 1)
 * @example
 * const sensitivity = Evaluation.rate({ hits: 495, n: 500, confidence: 0.95 });
 * const specificity = Evaluation.rate({ hits: 475, n: 500, confidence: 0.95 });
 * const rare = Evaluation.atPrevalence({ sensitivity, specificity, prevalence: 0.01, confidence: 0.95 });
 * rare.mcc.estimate // => 0.395685
 * rare.ppv // => { estimate: 0.166667, interval: { lower: 0.114131, upper: 0.247788 } }
 */
export const atPrevalence = (at: {
  sensitivity: Rate;
  specificity: Rate;
  prevalence: number;
  confidence: number;
}): AtPrevalence => {
  const { sensitivity, specificity, prevalence, confidence } = at;
  for (const [name, value] of Object.entries({ prevalence, confidence })) {
    if (!(value > 0 && value < 1)) throw new RangeError(`atPrevalence: expected ${name} in (0, 1), got ${value}`);
  }
  // Half of 1 − confidence for each rate (Bonferroni), half of that for each end.
  const delta = (1 - confidence) / 4;
  const se = clopperPearson({ hits: sensitivity.hits, n: sensitivity.n, delta });
  const sp = clopperPearson({ hits: specificity.hits, n: specificity.n, delta });
  const point =
    sensitivity.estimate === undefined || specificity.estimate === undefined
      ? undefined
      : { sensitivity: sensitivity.estimate, specificity: specificity.estimate, prevalence };
  const rising = {
    low: { sensitivity: se.lower, specificity: sp.lower, prevalence },
    high: { sensitivity: se.upper, specificity: sp.upper, prevalence },
  };
  // The share called stalled rises with sensitivity and falls with specificity.
  const opposed = {
    low: { sensitivity: se.lower, specificity: sp.upper, prevalence },
    high: { sensitivity: se.upper, specificity: sp.lower, prevalence },
  };
  return {
    prevalence,
    confidence,
    ppv: project(ppvAt, point, rising),
    npv: project(npvAt, point, rising),
    mcc: project(mccAt, point, rising),
    predictedPositiveRate: project(positiveRateAt, point, opposed),
  };
};
