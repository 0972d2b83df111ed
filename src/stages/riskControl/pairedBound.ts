import { binomialTails } from '../../kernel/special/binomial.js';
import { clopperPearson } from '../../kernel/special/clopperPearson.js';
import { netDiscordanceAtMost } from '../../kernel/special/netDiscordance.js';

/** Two procedures on the same gold of one class; integers. */
export interface PairedCounts {
  readonly n: number;
  /** The new procedure errs, the old one does not. */
  readonly harmed: number;
  /** The old procedure errs, the new one does not. */
  readonly helped: number;
}

/** Share of the permitted failure probability spent on bounding how often the two disagree. */
const SHARE_FOR_DISCORDANCE = 1 / 10;
/** Above this share of disagreement the law of the net harm need not be monotone in it. */
const MOST_DISCORDANCE = 0.5;

/**
 * p-value against "the error rate rises by at least `margin`": exact and unconditional.
 *
 * With ψ = P(the two disagree), T = harmed − helped, and ψ* the Clopper–Pearson bound of ψ at γ = δ/10:
 *
 * p = P(T ≤ t | harm = (ψ* + margin)/2, help = (ψ* − margin)/2) + γ
 *
 * That is Berger & Boos' p-value: the supremum over the nuisance ψ within a confidence set, plus what the set misses. The
 * supremum is at ψ*, no search: T + n is a sum of 2n independent Bernoulli variables while ψ ≤ ½, so by Darroch its mass
 * rises up to the mean, and shifting mass from 0 to ±1 raises P(T ≤ t) wherever t + 1 ≤ ⌊(n − 1)·margin⌋. Elsewhere p = 1.
 *
 * @param counts - discordant pairs among n
 * @param query - margin in (−1, 1); delta in (0, 1), the level p will be held against
 * @see Berger & Boos (1994), doi:10.1080/01621459.1994.10476836 · Darroch (1964), doi:10.1214/aoms/1177703287
 */
export const pairedPValue = (
  { n, harmed, helped }: PairedCounts,
  { margin, delta }: { readonly margin: number; readonly delta: number },
): number => {
  if (n === 0) return 1;
  const gamma = delta * SHARE_FOR_DISCORDANCE;
  const discordance = clopperPearson({ hits: harmed + helped, n, delta: gamma }).upper;
  // No pair of rates within the confidence set is so harmful.
  if (margin > discordance) return gamma;
  const t = harmed - helped;
  const provable = discordance <= MOST_DISCORDANCE && margin >= -discordance && t + 1 <= Math.floor((n - 1) * margin);
  if (!provable) return 1;
  const help = (discordance - margin) / 2;
  return Math.min(1, netDiscordanceAtMost({ t, n, harm: help + margin, help }) + gamma);
};

/** Bisection ends here: finer than any margin anyone states. */
const FINEST = 1e-7;

/**
 * Upper confidence bound of the rise in error rate: the smallest margin that `pairedPValue` refutes.
 *
 * @returns in [−1, 1]; 1 when n is 0
 */
export const pairedBound = (counts: PairedCounts, delta: number): number => {
  if (counts.n === 0) return 1;
  let refuted = 1;
  let open = -1;
  while (refuted - open > FINEST) {
    const margin = (refuted + open) / 2;
    if (pairedPValue(counts, { margin, delta }) <= delta) refuted = margin;
    else open = margin;
  }
  return refuted;
};

/**
 * p-value against "the new procedure errs at least as often", given that they disagree: the exact sign test.
 *
 * p = P(Bin(harmed + helped, ½) ≤ harmed)
 *
 * @see McNemar (1947), doi:10.1007/BF02295996, exact form
 */
export const signTest = ({ harmed, helped }: PairedCounts): number =>
  binomialTails({ k: harmed, n: harmed + helped, p: 0.5 }).atMost;
