/** Expectation–maximisation for votes of two labels: one pass over the votes per iteration. */

/** A stack's truth is known (0 or 1) or `FREE`. */
export const FREE = 2;

export interface EmInput {
  /** Rows of stack s are `offsets[s]` .. `offsets[s + 1] - 1`. */
  readonly offsets: Uint32Array;
  readonly annotatorOf: Uint32Array;
  readonly label: Uint8Array;
  readonly nAnnotators: number;
  /** Per stack: 0 or 1 where truth is known, `FREE` elsewhere. */
  readonly clamp: Uint8Array;
  /** Pseudo-votes for the right and the wrong cell of each confusion row; `wrong` also counts once for each class. */
  readonly pseudo: { readonly right: number; readonly wrong: number };
  /** Fixed P(stalled); estimated from the free stacks when absent. */
  readonly prevalence?: number;
  readonly maxIterations: number;
  /** Stop when the objective gains less than this per vote. */
  readonly tolerance: number;
}

export interface EmResult {
  readonly sensitivity: Float64Array;
  readonly specificity: Float64Array;
  /** Expected correct and all votes on stalled and on flowing stacks, over all annotators. */
  readonly pooled: { readonly sensitivity: number; readonly specificity: number };
  readonly prevalence: number;
  /** Observed-data log-likelihood of these very parameters, in nats. */
  readonly logLikelihood: number;
  /** Log-likelihood plus log-prior after each iteration: never decreases. */
  readonly trace: Float64Array;
  readonly converged: boolean;
}

/**
 * Smallest expected count of a cell whose label the annotator has used, so that without pseudo-votes one such vote is
 * worth at most 23 nats. A label never used keeps its exact 0: it says nothing, and no vote ever reads it.
 */
const FLOOR = 1e-10;

/**
 * Dawid–Skene by EM. Parameters come from expected counts (M), then the stacks are judged (E) and the observed
 * log-likelihood is summed in that same pass:
 *
 *   S1[s] = ln π + Σ ln P(label | stalled, a),   S0[s] = ln(1 − π) + Σ ln P(label | flowing, a)
 *   ℓ = Σ ln(exp S1 + exp S0)   over free stacks,   Σ S of the known class, without the prior, over clamped ones
 *
 * Clamped stacks leave the prevalence alone: gold is often enriched. Stacks without votes take no part.
 */
export const em = (input: EmInput): EmResult => {
  const { offsets, annotatorOf, label, nAnnotators, clamp, pseudo } = input;
  const nStacks = offsets.length - 1;
  const nVotes = label.length;
  const used = labelsUsed(input);
  // Interleaved by cell = 2 · annotator + label: [stalled, flowing]. Counts for M, log-probabilities for E.
  const count = new Float64Array(4 * nAnnotators);
  const logP = new Float64Array(4 * nAnnotators);
  let massStalled = 0;
  let massFree = 0;

  for (let s = 0; s < nStacks; s++) {
    const from = offsets[s];
    const to = offsets[s + 1];
    if (from === to) continue;
    let stalledVotes = 0;
    for (let v = from; v < to; v++) stalledVotes += label[v];
    const p = clamp[s] === FREE ? stalledVotes / (to - from) : clamp[s];
    if (clamp[s] === FREE) {
      massStalled += p;
      massFree += 1;
    }
    for (let v = from; v < to; v++) {
      const cell = 2 * (2 * annotatorOf[v] + label[v]);
      count[cell] += p;
      count[cell + 1] += 1 - p;
    }
  }

  const sensitivity = new Float64Array(nAnnotators);
  const specificity = new Float64Array(nAnnotators);
  const trace: number[] = [];
  let pooled = { sensitivity: 0.5, specificity: 0.5 };
  let prevalence = 0.5;
  let logLikelihood = 0;
  let converged = false;

  while (trace.length < input.maxIterations && !converged) {
    // M: parameters from expected counts.
    prevalence = input.prevalence ?? share(massStalled + pseudo.wrong, massFree + 2 * pseudo.wrong);
    pooled = pool(count);
    let logPrior = input.prevalence === undefined ? pseudo.wrong * (Math.log(prevalence) + Math.log1p(-prevalence)) : 0;
    for (let a = 0; a < nAnnotators; a++) {
      const c = 4 * a;
      const saidFlowing = used[2 * a] > 0 ? FLOOR : 0;
      const saidStalled = used[2 * a + 1] > 0 ? FLOOR : 0;
      const missed = Math.max(count[c] + pseudo.wrong, saidFlowing);
      const cleared = Math.max(count[c + 1] + pseudo.right, saidFlowing);
      const caught = Math.max(count[c + 2] + pseudo.right, saidStalled);
      const alarmed = Math.max(count[c + 3] + pseudo.wrong, saidStalled);
      sensitivity[a] = caught / (caught + missed);
      specificity[a] = cleared / (cleared + alarmed);
      logP[c] = Math.log(missed / (caught + missed));
      logP[c + 1] = Math.log(specificity[a]);
      logP[c + 2] = Math.log(sensitivity[a]);
      logP[c + 3] = Math.log(alarmed / (cleared + alarmed));
      if (pseudo.right > 0) logPrior += pseudo.right * (logP[c + 2] + logP[c + 1]);
      if (pseudo.wrong > 0) logPrior += pseudo.wrong * (logP[c] + logP[c + 3]);
    }

    // E: judge every stack and collect the next counts in the same pass.
    const logStalled = Math.log(prevalence);
    const logFlowing = Math.log1p(-prevalence);
    count.fill(0);
    massStalled = 0;
    logLikelihood = 0;
    for (let s = 0; s < nStacks; s++) {
      const from = offsets[s];
      const to = offsets[s + 1];
      if (from === to) continue;
      let stalled = 0;
      let flowing = 0;
      for (let v = from; v < to; v++) {
        const cell = 2 * (2 * annotatorOf[v] + label[v]);
        stalled += logP[cell];
        flowing += logP[cell + 1];
      }
      let p = 1;
      let q = 0;
      if (clamp[s] === FREE) {
        stalled += logStalled;
        flowing += logFlowing;
        // Both tails are computed, because 1 − p loses the small counts that decide a good annotator's error rate.
        const e = Math.exp(-Math.abs(stalled - flowing));
        const major = 1 / (1 + e);
        p = stalled >= flowing ? major : e * major;
        q = stalled >= flowing ? e * major : major;
        massStalled += p;
        logLikelihood += Math.max(stalled, flowing) + Math.log1p(e);
      } else {
        p = clamp[s];
        q = 1 - p;
        logLikelihood += p === 1 ? stalled : flowing;
      }
      for (let v = from; v < to; v++) {
        const cell = 2 * (2 * annotatorOf[v] + label[v]);
        count[cell] += p;
        count[cell + 1] += q;
      }
    }
    const objective = logLikelihood + logPrior;
    const previous = trace.length === 0 ? Number.NEGATIVE_INFINITY : trace[trace.length - 1];
    trace.push(objective);
    converged = objective - previous < input.tolerance * nVotes;
  }
  return {
    sensitivity,
    specificity,
    pooled,
    prevalence,
    logLikelihood,
    trace: Float64Array.from(trace),
    converged,
  };
};

/** P(stalled), kept off 0 and 1 where its logarithm ends; ½ when no stack is free to tell. */
const share = (stalled: number, all: number): number =>
  all === 0 ? 0.5 : Math.min(Math.max(stalled / all, FLOOR), 1 - FLOOR);

/** Votes per cell `2 · annotator + label`. */
const labelsUsed = ({ annotatorOf, label, nAnnotators }: EmInput): Uint32Array => {
  const used = new Uint32Array(2 * nAnnotators);
  for (let v = 0; v < label.length; v++) used[2 * annotatorOf[v] + label[v]]++;
  return used;
};

/** Rates of the whole crowd from expected counts, one pseudo-vote each way. */
const pool = (count: Float64Array): { sensitivity: number; specificity: number } => {
  let missed = 0;
  let cleared = 0;
  let caught = 0;
  let alarmed = 0;
  for (let c = 0; c < count.length; c += 4) {
    missed += count[c];
    cleared += count[c + 1];
    caught += count[c + 2];
    alarmed += count[c + 3];
  }
  return {
    sensitivity: (caught + 1) / (caught + missed + 2),
    specificity: (cleared + 1) / (cleared + alarmed + 2),
  };
};
