/** A stack's truth is known (0 or 1) or `FREE`. */
export const FREE = 2;

/** Votes as the passes of EM read them: four bytes each. */
export interface EmVotes {
  /** Rows of stack s are `offsets[s]` .. `offsets[s + 1] - 1`. */
  readonly offsets: Uint32Array;
  /** 2 · annotator + label of each vote: one index for both tables. */
  readonly cell: Uint32Array;
  /** Per stack: 0 or 1 where truth is known, `FREE` elsewhere. */
  readonly clamp: Uint8Array;
  /** Votes in each cell. */
  readonly used: Uint32Array;
  /** Free stacks that have votes. */
  readonly free: number;
}

/** Expected counts of one pass: wrong votes of each cell, and stalled stacks among the free ones. */
export interface EmCounts {
  /** Stalled votes on flowing stacks, flowing votes on stalled ones; right votes are the rest of `used`. */
  readonly wrong: Float64Array;
  massStalled: number;
}

/** Stacks that are as good as decided, with what they add to the counts, and those that are not. */
export interface EmSettled extends EmCounts {
  /** Rows of the undecided stacks: `open[0]` .. `open[count - 1]`. */
  readonly open: Uint32Array;
  count: number;
}

/**
 * Packs votes, and counts them as if each free stack were stalled to its share of stalled votes: the start of EM.
 *
 * @param counts - written
 */
export const emVotes = (
  votes: {
    readonly offsets: Uint32Array;
    readonly annotatorOf: Uint32Array;
    readonly label: Uint8Array;
    readonly nAnnotators: number;
    readonly clamp: Uint8Array;
  },
  counts: EmCounts,
): EmVotes => {
  const { offsets, annotatorOf, label, clamp } = votes;
  const { wrong } = counts;
  const cell = new Uint32Array(label.length);
  const used = new Uint32Array(2 * votes.nAnnotators);
  let free = 0;
  let massStalled = 0;
  for (let s = 0; s < clamp.length; s++) {
    const from = offsets[s];
    const to = offsets[s + 1];
    if (from === to) continue;
    let stalledVotes = 0;
    for (let v = from; v < to; v++) stalledVotes += label[v];
    const p = clamp[s] === FREE ? stalledVotes / (to - from) : clamp[s];
    if (clamp[s] === FREE) {
      massStalled += p;
      free++;
    }
    for (let v = from; v < to; v++) {
      const c = 2 * annotatorOf[v] + label[v];
      cell[v] = c;
      used[c]++;
      wrong[c] += label[v] === 1 ? 1 - p : p;
    }
  }
  counts.massStalled = massStalled;
  return { offsets, cell, clamp, used, free };
};

/** Factors 1 + e ≤ 2 are multiplied up before one logarithm is taken; 2^512 is far from overflow. */
const LARGEST_PRODUCT = 2 ** 512;

/** The counts of a stack beyond this many nats are held between two full passes: at most e^−6 of a vote could still move. */
const SETTLED = 6;

/**
 * Judges every stack and collects the next expected counts in the same pass: the hot loop of EM.
 *
 * A vote contributes only its log-odds, and only wrong votes are collected. Right votes are the rest, so that the rare cells
 * keep all their digits.
 *
 * @param llr - log-likelihood ratio of each cell, in nats
 * @param prior - log-odds of stalled before any vote
 * @param settled - when given, also keeps the counts of stacks beyond 6 nats apart and lists the others
 * @returns Σ ln(1 + exp D) over free stacks plus Σ D over stacks known to be stalled; D the log-odds of stalled
 */
export const posteriorInto = (
  votes: EmVotes,
  at: { readonly llr: Float64Array; readonly prior: number },
  counts: EmCounts,
  settled?: EmSettled,
): number => {
  const { offsets, cell, clamp } = votes;
  const { llr, prior } = at;
  // Decided stacks are collected first; `rejudge` adds the undecided ones.
  const wrong = settled?.wrong ?? counts.wrong;
  let massStalled = 0;
  let nats = 0;
  let product = 1;
  let open = 0;
  wrong.fill(0);
  let from = offsets[0];
  for (let s = 0; s < clamp.length; s++) {
    const to = offsets[s + 1];
    if (from === to) continue;
    let z = 0;
    for (let v = from; v < to; v++) z += llr[cell[v]];
    let p: number;
    let q: number;
    if (clamp[s] === FREE) {
      z += prior;
      // Both tails are computed, because 1 − p loses the small counts that decide a good annotator's error rate.
      const e = Math.exp(-Math.abs(z));
      const major = 1 / (1 + e);
      p = z >= 0 ? major : e * major;
      q = z >= 0 ? e * major : major;
      if (z > 0) nats += z;
      product *= 1 + e;
      if (product > LARGEST_PRODUCT) {
        nats += Math.log(product);
        product = 1;
      }
      if (settled !== undefined && Math.abs(z) < SETTLED) {
        settled.open[open++] = s;
        from = to;
        continue;
      }
      massStalled += p;
    } else {
      p = clamp[s];
      q = 1 - p;
      if (p === 1) nats += z;
    }
    for (let v = from; v < to; v++) {
      const c = cell[v];
      wrong[c] += (c & 1) === 1 ? q : p;
    }
    from = to;
  }
  if (settled === undefined) counts.massStalled = massStalled;
  else {
    settled.massStalled = massStalled;
    settled.count = open;
    rejudge(votes, at, counts, settled);
  }
  return nats + Math.log(product);
};

/** Judges the undecided stacks only and adds their counts to those of the decided ones. */
export const rejudge = (
  { offsets, cell }: EmVotes,
  { llr, prior }: { readonly llr: Float64Array; readonly prior: number },
  counts: EmCounts,
  settled: EmSettled,
): void => {
  const { wrong } = counts;
  const { open } = settled;
  let massStalled = settled.massStalled;
  wrong.set(settled.wrong);
  for (let i = 0; i < settled.count; i++) {
    const from = offsets[open[i]];
    const to = offsets[open[i] + 1];
    let z = prior;
    for (let v = from; v < to; v++) z += llr[cell[v]];
    const e = Math.exp(-Math.abs(z));
    const major = 1 / (1 + e);
    const p = z >= 0 ? major : e * major;
    const q = z >= 0 ? e * major : major;
    massStalled += p;
    for (let v = from; v < to; v++) {
      const c = cell[v];
      wrong[c] += (c & 1) === 1 ? q : p;
    }
  }
  counts.massStalled = massStalled;
};
