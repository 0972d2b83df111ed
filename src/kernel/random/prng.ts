/** Seeded random numbers, the same on every machine: the library's only randomness, always passed as an argument. */

/** The next number, uniform in [0, 1) on the grid of 2^-53. */
export type Random = () => number;

/** An integer or any text. `7` and `'7'` name the same seed, because a command line passes numbers as text. */
export type Seed = number | string;

const TWO_POW_26 = 0x4000000;
const TWO_POW_53 = 0x20000000000000;
/** 2^32 / golden ratio: the step of splitmix. Its multiples are spread evenly. */
const GOLDEN = 0x9e3779b9;
/** The first outputs of sfc32 still depend on the seed's pattern. Its author advises to discard 12 to 15. */
const WARM_UP = 15;

/** One step of splitmix32: a bijection of 32-bit words whose output bits each depend on all input bits. */
const splitmix32 = (word: number): number => {
  let z = (word + GOLDEN) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return z ^ (z >>> 15);
};

/** Hashes a text to one 32-bit word. Each lane gives an independent word, so three lanes give a state of 96 bits. */
const absorb = (text: string, lane: number): number => {
  let word = splitmix32(lane);
  for (let i = 0; i < text.length; i++) word = splitmix32(word ^ text.charCodeAt(i));
  return word;
};

/** sfc32 of PractRand: 96 bits of chaotic state and a counter. The counter makes every cycle at least 2^32 long. */
const sfc32 = (text: string): (() => number) => {
  let a = absorb(text, 1);
  let b = absorb(text, 2);
  let c = absorb(text, 3);
  let counter = 1;
  const next = (): number => {
    const out = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + out) | 0;
    return out >>> 0;
  };
  for (let i = 0; i < WARM_UP; i++) next();
  return next;
};

/**
 * The random stream called `name` of a seed. Streams with different names are independent.
 *
 * Give every part of a simulation its own name: a change in one part then leaves the others' random numbers unchanged.
 *
 * @param seed - an integer (exact, so at most 2^53 in size) or a text
 * @param name - any text
 * @throws RangeError when a numeric seed is not a safe integer
 * @see Doty-Humphrey, PractRand (sfc32) · Steele, Lea & Flood (2014), doi:10.1145/2660193.2660195 (splitmix)
 */
export const splitSeed = (seed: Seed, name: string): Random => {
  if (typeof seed === 'number' && !Number.isSafeInteger(seed)) {
    throw new RangeError(`seed: expected an integer, got ${seed}`);
  }
  const text = String(Object.is(seed, -0) ? 0 : seed);
  // The length marks where the seed ends, so that ('ab', 'c') and ('a', 'bc') differ.
  const next = sfc32(`${text.length}:${text}:${name}`);
  return () => ((next() >>> 5) * TWO_POW_26 + (next() >>> 6)) / TWO_POW_53;
};

/** The unnamed stream of a seed. */
export const seeded = (seed: Seed): Random => splitSeed(seed, '');

/** An array or typed array, whose items can be swapped. */
interface Places<Item> {
  readonly length: number;
  [place: number]: Item;
}

/**
 * Puts `items` in random order, every order equally likely (Fisher–Yates).
 *
 * The same stream and length give the same permutation. To keep rows together, call this once per column, each time
 * with a fresh stream of the same name.
 */
export const shuffleInPlace = <Item>(items: Places<Item>, random: Random): void => {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const held = items[last];
    items[last] = items[other];
    items[other] = held;
  }
};
