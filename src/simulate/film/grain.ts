import { normalDeviates } from '../../kernel/random/normalDeviate.js';
import { splitSeed } from '../../kernel/random/prng.js';

const DEVIATES = 4096;

/** Standard normal deviates to be looked up by place, so that a pixel's noise does not depend on what else is drawn. */
export const deviateTable: Float32Array = Float32Array.from(
  { length: DEVIATES },
  normalDeviates(splitSeed('grain', 'table')),
);

/** Where noise of a row starts. */
export const rowKey = (key: number, row: number, f: number): number => {
  const z = Math.imul((key ^ Math.imul(row + 1, 0x9e3779b1)) + Math.imul(f + 1, 0x85ebca6b), 0x2c1b3c6d);
  return Math.imul(z ^ (z >>> 15), 0x297a2d39);
};

/** Entry of the table for column `col` of a row: two rounds of multiply and shift, which is all that noise needs. */
export const deviateIndex = (row: number, col: number): number => {
  const z = Math.imul(row + Math.imul(col + 1, 0x9e3779b1), 0x2c1b3c6d);
  return Math.imul(z ^ (z >>> 15), 0x297a2d39) >>> 20;
};
