/** Fractional parts of the cube roots of the first 64 primes, 32 bits each (FIPS 180-4, §4.2.2). */
const ROUNDS = Uint32Array.from(primes(64), (p) => fraction(Math.cbrt(p)));
/** Fractional parts of the square roots of the first 8 primes (§5.3.3). */
const START = Uint32Array.from(primes(8), (p) => fraction(Math.sqrt(p)));

function primes(n: number): number[] {
  const found: number[] = [];
  for (let p = 2; found.length < n; p++) if (found.every((q) => p % q !== 0)) found.push(p);
  return found;
}

function fraction(x: number): number {
  return Math.floor((x - Math.floor(x)) * 2 ** 32);
}

const rotated = (x: number, by: number): number => (x >>> by) | (x << (32 - by));

const encoder = new TextEncoder();

/**
 * SHA-256 of a text in UTF-8, as 64 hexadecimal digits: `node:crypto` gives the same, and a browser has no such thing
 * without waiting.
 *
 * @see FIPS 180-4, doi:10.6028/NIST.FIPS.180-4
 */
export const sha256 = (text: string): string => {
  const bytes = encoder.encode(text);
  const blocks = Math.ceil((bytes.length + 9) / 64);
  const padded = new Uint8Array(64 * blocks);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(bytes.length / 2 ** 29));
  view.setUint32(padded.length - 4, bytes.length << 3);
  const state = START.slice();
  const w = new Uint32Array(64);
  for (let block = 0; block < padded.length; block += 64) {
    for (let t = 0; t < 16; t++) w[t] = view.getUint32(block + 4 * t);
    for (let t = 16; t < 64; t++) {
      const [x, y] = [w[t - 15], w[t - 2]];
      const s0 = rotated(x, 7) ^ rotated(x, 18) ^ (x >>> 3);
      const s1 = rotated(y, 17) ^ rotated(y, 19) ^ (y >>> 10);
      w[t] = w[t - 16] + s0 + w[t - 7] + s1;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let t = 0; t < 64; t++) {
      const s1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
      const first = (h + s1 + ((e & f) ^ (~e & g)) + ROUNDS[t] + w[t]) | 0;
      const s0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22);
      const second = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + first) | 0;
      d = c;
      c = b;
      b = a;
      a = (first + second) | 0;
    }
    [a, b, c, d, e, f, g, h].forEach((word, i) => {
      state[i] += word;
    });
  }
  return Array.from(state, (word) => word.toString(16).padStart(8, '0')).join('');
};
