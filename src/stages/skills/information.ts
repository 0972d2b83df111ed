/** What `information` needs: rates in [0, 1], prevalence in (0, 1). */
export interface VoteRates {
  readonly sensitivity: number;
  readonly specificity: number;
  /** P(stalled) where the vote is cast. */
  readonly prevalence: number;
}

/**
 * Expected information of one vote about the class, in nats: how far it is expected to move a posterior that stands at the
 * prevalence.
 *
 * I = Σ over labels v and classes y of P(y) P(v | y) ln( P(v | y) / P(v) )
 *
 * 0 for an annotator whose answer does not depend on the class, at most the entropy of the class. An annotator who is
 * mostly wrong is worth as much as one who is as often right: the sign is known.
 *
 * @example
 * Skills.information({ sensitivity: 0.9, specificity: 0.95, prevalence: 0.01 }) // => 0.0230392
 * Skills.information({ sensitivity: 0.3, specificity: 0.7, prevalence: 0.01 }) // => 0
 * @see Lindley (1956), doi:10.1214/aoms/1177728069
 */
export const information = ({ sensitivity, specificity, prevalence }: VoteRates): number => {
  const saysStalled = prevalence * sensitivity + (1 - prevalence) * (1 - specificity);
  const part = (weight: number, given: number, overall: number): number =>
    given > 0 ? weight * given * Math.log(given / overall) : 0;
  const sum =
    part(prevalence, sensitivity, saysStalled) +
    part(prevalence, 1 - sensitivity, 1 - saysStalled) +
    part(1 - prevalence, 1 - specificity, saysStalled) +
    part(1 - prevalence, specificity, 1 - saysStalled);
  // Only rounding can leave 0.
  return Math.max(0, sum);
};
