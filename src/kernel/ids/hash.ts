/**
 * A seeded 53-bit hash of a text: FNV-1a in two 32-bit lanes, each finished with the murmur3 mixer. Not cryptographic;
 * it gives every id a fixed pseudo-random place, the same on every machine and in every order of rows.
 */
export const hashText = (text: string, seed: number): number => {
  let low = 0x811c9dc5 ^ seed;
  let high = 0x9747b28c ^ Math.imul(seed, 0x9e3779b1);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code, 0x85ebca6b) + 1;
  }
  return (finish(high) >>> 11) * 2 ** 32 + finish(low);
};

/**
 * A 53-bit hash of two others and a small integer: as well spread as that of a text with all three in it, without the text.
 * The two play different parts, so `hashOfPair(a, b, n)` is not `hashOfPair(b, a, n)`.
 */
export const hashOfPair = (a: number, b: number, n: number): number => {
  const low = finish(finish(a ^ n) ^ b);
  const high = finish(finish((a / 2 ** 32) ^ low) ^ (b / 2 ** 32));
  return (high >>> 11) * 2 ** 32 + low;
};

const finish = (word: number): number => {
  let h = word ^ (word >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
};
