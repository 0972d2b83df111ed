/** A closed interval; `lower <= upper`. */
export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

/** A rate counted as `hits` of `n`, with exact (Clopper–Pearson) intervals. */
export interface Rate {
  readonly hits: number;
  readonly n: number;
  /** `hits / n`; absent when n is 0, because a rate of nothing is not a number. */
  readonly estimate?: number;
  /** Two-sided interval at the stated confidence; [0, 1] when n is 0. */
  readonly interval: Interval;
  /** One-sided lower bound at the same confidence. */
  readonly atLeast: number;
  /** One-sided upper bound at the same confidence. */
  readonly atMost: number;
}
