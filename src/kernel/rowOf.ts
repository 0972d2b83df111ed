/** Where each id stands in a column of distinct ids. */
export const rowOf = (ids: readonly string[]): ReadonlyMap<string, number> => {
  const rows = new Map<string, number>();
  for (let row = 0; row < ids.length; row++) rows.set(ids[row], row);
  return rows;
};
