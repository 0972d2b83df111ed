/** `stack-000123`: a word and a number padded to at least `digits`. */
export const numberedId = (id: { readonly prefix: string; readonly number: number; readonly digits: number }): string =>
  `${id.prefix}-${String(id.number).padStart(id.digits, '0')}`;
