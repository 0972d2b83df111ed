/** `mouse m1`; but `week 9`, and not `week week 9`, where the stratum says itself what it is. */
export const stratumName = (by: string | undefined, stratum: string): string =>
  by === undefined || stratum.toLowerCase().startsWith(by.toLowerCase()) ? stratum : `${by} ${stratum}`;
