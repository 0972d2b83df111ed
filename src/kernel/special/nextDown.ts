const float = new Float64Array(1);
const bits = new BigInt64Array(float.buffer);

/** The largest double below a finite `value`. */
export const nextDown = (value: number): number => {
  if (value === 0) return -Number.MIN_VALUE;
  float[0] = value;
  bits[0] += value > 0 ? -1n : 1n;
  return float[0];
};
