import type { PrevalenceRow } from './document.js';
import type { FateCounts, Row } from './fates.js';

/** A way to estimate prevalence, for each of some groups of stacks. */
export type Method = (groups: ReadonlyMap<string, readonly Row[]>, claim: 'each' | 'all') => readonly Figure[];

/** A figure for one group; the group `''` is all of them. */
export interface Figure extends Omit<PrevalenceRow, keyof FateCounts | 'by' | 'method'> {}
