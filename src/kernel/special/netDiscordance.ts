import { binomialTails } from './binomial.js';
import { logMassAt } from './stirling.js';

/** Mass below this on one side is given away whole, which can only raise the answer. */
const NEGLIGIBLE = 1e-17;

/**
 * P(B − C <= t), where of n pairs B are +1 with probability `harm`, C are −1 with probability `help`, the rest 0.
 *
 * = Σ_c P(C = c) · P(Bin(n − c, harm/(1 − help)) <= t + c)
 *
 * Never below the true value by more than rounding: what is not summed is counted as if it were inside.
 *
 * @param query - integers t and n >= 1; harm and help in [0, 1], together at most 1
 */
export const netDiscordanceAtMost = (query: {
  readonly t: number;
  readonly n: number;
  readonly harm: number;
  readonly help: number;
}): number => {
  const { t, n, harm, help } = query;
  const p = help >= 1 ? 0 : Math.min(1, harm / (1 - help));
  let total = 0;
  for (let c = Math.max(0, -t); c <= n; c++) {
    const weight = Math.exp(logMassAt({ k: c, n, p: help }));
    total += weight < NEGLIGIBLE ? weight : weight * binomialTails({ k: t + c, n: n - c, p }).atMost;
    if (c > n * help && weight < NEGLIGIBLE) {
      total += binomialTails({ k: c, n, p: help }).above;
      break;
    }
  }
  return Math.min(1, total);
};
