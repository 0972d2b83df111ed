/** The first 32 bits of the fractional part of the `power`-th root of the first primes (FIPS 180-4, sections 4.2.2 and 5.3.3). */
const rootsOfPrimes = (count: number, power: number): Int32Array => {
  const words = new Int32Array(count);
  for (let n = 2, i = 0; i < count; n++) {
    let divisor = 2;
    while (n % divisor !== 0) divisor++;
    if (divisor === n) words[i++] = (n ** power % 1) * 2 ** 32;
  }
  return words;
};

const START = rootsOfPrimes(8, 1 / 2);
const ROUND = rootsOfPrimes(64, 1 / 3);

const BLOCK = 64;

/** The message, then one bit, then zeros, then its length in bits: whole blocks. */
const padded = (message: Uint8Array): DataView => {
  const bytes = new Uint8Array(Math.ceil((message.length + 9) / BLOCK) * BLOCK);
  bytes.set(message);
  bytes[message.length] = 0x80;
  const view = new DataView(bytes.buffer);
  view.setUint32(bytes.length - 8, Math.floor(message.length / 2 ** 29));
  view.setUint32(bytes.length - 4, message.length << 3);
  return view;
};

const rotated = (x: number, by: number): number => (x >>> by) | (x << (32 - by));

/**
 * SHA-256 of a text in UTF-8, in 64 hexadecimal digits. Our own, because documents are hashed in browsers too, and
 * theirs only answers later.
 *
 * @see FIPS 180-4, section 6.2
 */
export const sha256 = (text: string): string => {
  const message = padded(new TextEncoder().encode(text));
  const state = Int32Array.from(START);
  const w = new Int32Array(64);
  for (let block = 0; block < message.byteLength; block += BLOCK) {
    for (let t = 0; t < 16; t++) w[t] = message.getUint32(block + 4 * t);
    for (let t = 16; t < 64; t++) {
      const s0 = rotated(w[t - 15], 7) ^ rotated(w[t - 15], 18) ^ (w[t - 15] >>> 3);
      const s1 = rotated(w[t - 2], 17) ^ rotated(w[t - 2], 19) ^ (w[t - 2] >>> 10);
      w[t] = (w[t - 16] + s0 + w[t - 7] + s1) | 0;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let t = 0; t < 64; t++) {
      const choice = (e & f) ^ (~e & g);
      const majority = (a & b) ^ (a & c) ^ (b & c);
      const s0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22);
      const s1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
      const next = (h + s1 + choice + ROUND[t] + w[t]) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + next) | 0;
      d = c;
      c = b;
      b = a;
      a = (next + s0 + majority) | 0;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
  }
  return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
};
