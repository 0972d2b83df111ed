/**
 * Adds to `logOdds` the evidence of every vote: the hot loop of the library, about a nanosecond or two per vote.
 *
 * @param out.logOdds - holds what is known before the votes (prior and model), one entry per stack; written in place
 */
export const fuseInto = (
  votes: { readonly offsets: Uint32Array; readonly annotatorOf: Uint32Array; readonly label: Uint8Array },
  evidence: { readonly stalled: Float64Array; readonly flowing: Float64Array },
  out: { readonly logOdds: Float64Array },
): void => {
  const { offsets, annotatorOf, label } = votes;
  const { stalled, flowing } = evidence;
  const { logOdds } = out;
  const nStacks = logOdds.length;
  // Votes of stack s are rows offsets[s] .. offsets[s + 1] - 1 in canonical order, so sums are reproducible to the bit.
  for (let s = 0; s < nStacks; s++) {
    const to = offsets[s + 1];
    let z = logOdds[s];
    for (let v = offsets[s]; v < to; v++) {
      z += label[v] === 1 ? stalled[annotatorOf[v]] : flowing[annotatorOf[v]];
    }
    logOdds[s] = z;
  }
};
