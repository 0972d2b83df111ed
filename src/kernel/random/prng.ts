/** Seeded chance: the only source of randomness in this library, always passed in, the same on every machine forever. */

/** The next number, uniform in [0, 1) on the grid of 2^-53. */
export type Random = () => number;

/** An integer or any text. `7` and `'7'` name the same seed, so that a seed survives a command line. */
export type Seed = number | string;

const TWO_POW_26 = 0x4000000;
const TWO_POW_53 = 0x20000000000000;
/** 2^32 / golden ratio: the step of splitmix, whose multiples are spread evenly. */
const GOLDEN = 0x9e3779b9;
/** sfc32 forgets how it was seeded within a dozen steps; its author advises 12 to 15. */
const WARM_UP = 15;

/** One step of splitmix32: a bijection of 32-bit words whose output bits each depend on all input bits. */
const splitmix32 = (word: number): number => {
  let z = (word + GOLDEN) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return z ^ (z >>> 15);
};

/** Absorbs a text into one word. Lanes make independent words, so that 96 bits, not 32, keep two streams apart. */
const absorb = (text: string, lane: number): number => {
  let word = splitmix32(lane);
  for (let i = 0; i < text.length; i++) word = splitmix32(word ^ text.charCodeAt(i));
  return word;
};

/** sfc32 of PractRand: 96 bits of chaotic state and a counter, so that no cycle is shorter than 2^32. */
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
 * The stream called `name` of a seed, independent of its streams of other names.
 *
 * Give every part of a simulation its own name, and changing one part leaves the chance of the others as it was.
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
  // The length says where the seed ends, so that ('ab', 'c') and ('a', 'bc') differ.
  const next = sfc32(`${text.length}:${text}:${name}`);
  return () => ((next() >>> 5) * TWO_POW_26 + (next() >>> 6)) / TWO_POW_53;
};

/** The unnamed stream of a seed. */
export const seeded = (seed: Seed): Random => splitSeed(seed, '');

/** Anything with numbered places whose items can be exchanged. */
interface Places<Item> {
  readonly length: number;
  [place: number]: Item;
}

/**
 * Puts `items` in random order, every order equally likely (Fisher–Yates).
 *
 * The same stream and length give the same permutation: call it once per column, each time with a fresh stream of the
 * same name, and rows stay together.
 */
export const shuffleInPlace = <Item>(items: Places<Item>, random: Random): void => {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const held = items[last];
    items[last] = items[other];
    items[other] = held;
  }
};
