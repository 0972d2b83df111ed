/** Costs of four actions in ordered bins; `Infinity` where an action is not allowed. All of one length. */
export interface BinCosts {
  readonly flowing: Float64Array;
  readonly ask: Float64Array;
  readonly expert: Float64Array;
  readonly stalled: Float64Array;
}

/** Where the division falls, as numbers of bins: 0 ≤ flowingEnd ≤ expertStart ≤ expertEnd ≤ stalledStart ≤ bins. */
export interface OrderedDivision {
  /** Flowing are the bins before this. */
  readonly flowingEnd: number;
  /** An expert has the bins from this … */
  readonly expertStart: number;
  /** … to before this. */
  readonly expertEnd: number;
  /** Stalled are the bins from this on. */
  readonly stalledStart: number;
  /** Sum over all bins. */
  readonly cost: number;
}

const PHASES = 5;

/**
 * The cheapest ordered division of bins into flowing | ask | expert | ask | stalled, any of which may be empty.
 *
 * least[b][k] = cost_k(b) + min over j ≤ k of least[b − 1][j]
 *
 * Exact, by dynamic programming in O(5 bins). Of equally cheap divisions the one whose places stand furthest to the right.
 *
 * @throws RangeError when costs have different lengths
 */
export const orderedDivision = ({ flowing, ask, expert, stalled }: BinCosts): OrderedDivision => {
  const bins = flowing.length;
  const phases = [flowing, ask, expert, ask, stalled];
  if (phases.some((costs) => costs.length !== bins)) throw RangeError(`division: expected ${bins} bins of each cost`);
  const from = new Uint8Array(bins * PHASES);
  const least = new Float64Array(PHASES);
  for (let b = 0; b < bins; b++) {
    // From the last phase down, so that the phases before are still those of the bin before.
    for (let k = PHASES - 1; k >= 0; k--) {
      let best = k;
      for (let j = k - 1; j >= 0; j--) if (least[j] < least[best]) best = j;
      from[b * PHASES + k] = best;
      least[k] = least[best] + phases[k][b];
    }
  }
  let last = 0;
  for (let k = 1; k < PHASES; k++) if (least[k] < least[last]) last = k;
  const cost = least[last];
  // starts[k]: the first bin of phase k or a later one.
  const starts = new Array<number>(PHASES).fill(bins);
  for (let b = bins - 1, k = last; b >= 0; b--) {
    for (let phase = 0; phase <= k; phase++) starts[phase] = b;
    k = from[b * PHASES + k];
  }
  return { flowingEnd: starts[1], expertStart: starts[2], expertEnd: starts[3], stalledStart: starts[4], cost };
};
