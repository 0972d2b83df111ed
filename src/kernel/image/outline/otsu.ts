/**
 * Otsu's threshold of bytes as in MATLAB's `graythresh`: the largest byte of the darker class, averaged over ties.
 *
 * @returns a byte value, or a fraction when thresholds tie; bytes above it are the brighter class
 * @see Otsu (1979), doi:10.1109/TSMC.1979.4310076
 */
export const otsu = (histogram: ArrayLike<number>): number => {
  const n = histogram.length;
  let total = 0;
  let moment = 0;
  for (let i = 0; i < n; i++) {
    total += histogram[i];
    moment += (i + 1) * histogram[i];
  }
  const mean = moment / total;
  let share = 0;
  let first = 0;
  let best = Number.NEGATIVE_INFINITY;
  let [sum, ties] = [0, 0];
  for (let i = 0; i < n; i++) {
    share += histogram[i] / total;
    first += ((i + 1) * histogram[i]) / total;
    const between = (mean * share - first) ** 2 / (share * (1 - share));
    // When one class is empty, this is 0/0 and not a threshold.
    if (!Number.isFinite(between)) continue;
    if (between > best) [best, sum, ties] = [between, i, 1];
    else if (between === best) [sum, ties] = [sum + i, ties + 1];
  }
  return ties === 0 ? 0 : sum / ties;
};
