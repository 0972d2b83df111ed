import type { Gold } from '../../domain/gold.js';

/** Each part of gold is judged by what was fitted on the other four. */
export const FOLDS = 5;

/** Folds dealt out within each class in the order of ids, so that the order of rows does not matter. */
export const foldsOf = (gold: Gold<'fit'>): Uint8Array => {
  const order = gold.stackIds.map((_, row) => row).sort((a, b) => (gold.stackIds[a] < gold.stackIds[b] ? -1 : 1));
  const dealt = [0, 0];
  const fold = new Uint8Array(order.length);
  for (const row of order) fold[row] = dealt[gold.label[row]]++ % FOLDS;
  return fold;
};

/** The rows of gold to keep, in their order. */
export const partOf = (gold: Gold<'fit'>, keep: (row: number) => boolean): Gold<'fit'> => {
  const rows = gold.stackIds.flatMap((_, row) => (keep(row) ? [row] : []));
  return {
    ...gold,
    stackIds: rows.map((row) => gold.stackIds[row]),
    label: Uint8Array.from(rows, (row) => gold.label[row]),
  };
};
