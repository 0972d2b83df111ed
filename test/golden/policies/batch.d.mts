import type { Scores } from '../../../src/domain/scores.js';
import type { Vote } from '../../../src/domain/vote.js';

export const SEEDS: readonly number[];
export const batchOf: (
  annotatorIds: readonly string[],
  seed: number,
) => { readonly stackIds: readonly string[]; readonly rows: readonly Vote[]; readonly scores: Scores };
