import type * as Gold from '../gold.js';

/** A mean over gold, each class standing for its class of the population; `undefined` takes no part. */
export const atPrevalence = (
  { label }: Gold.GoldSet,
  prevalence: number,
  value: (g: number) => number | undefined,
): number => {
  const mean = (y: number): number => {
    const values = Array.from(label.keys()).flatMap((g) => (label[g] === y ? (value(g) ?? []) : []));
    return values.reduce((sum, each) => sum + each, 0) / Math.max(1, values.length);
  };
  return prevalence * mean(1) + (1 - prevalence) * mean(0);
};
