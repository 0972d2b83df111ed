/** Classic TIFFs of any tags, to the byte. */

export interface Page {
  /** Tags and their values, all of them stored as LONG; offsets and lengths of the parts are filled in. */
  readonly tags: Readonly<Record<number, readonly number[]>>;
  /** Strips or tiles. */
  readonly parts: readonly Uint8Array[];
}

export interface Written {
  readonly bytes: Uint8Array;
  /** Where each page's table begins. */
  readonly tables: readonly number[];
  /** Where the number is that names the next table. */
  readonly nexts: readonly number[];
}

/** Page by page: its parts, its table, its far values. */
export const writeTiff = (pages: readonly Page[], { little = true }: { readonly little?: boolean } = {}): Written => {
  const all: number[] = [];
  const u16 = (n: number): readonly number[] => (little ? [n & 255, n >>> 8] : [n >>> 8, n & 255]);
  const u32 = (n: number): readonly number[] =>
    little ? [...u16(n & 0xffff), ...u16(n >>> 16)] : [...u16(n >>> 16), ...u16(n & 0xffff)];
  const set = (at: number, bytes: readonly number[]): void => {
    for (const [i, byte] of bytes.entries()) all[at + i] = byte;
  };
  const [tables, nexts]: [number[], number[]] = [[], []];
  all.push(...(little ? [0x49, 0x49] : [0x4d, 0x4d]), ...u16(42), ...u32(0));
  for (const { tags, parts } of pages) {
    const offsets = parts.map((part) => {
      const at = all.length;
      for (const byte of part) all.push(byte);
      return at;
    });
    const lengths = parts.map((part) => part.length);
    const places = 322 in tags ? { 324: offsets, 325: lengths } : { 273: offsets, 279: lengths };
    // Integer keys come in ascending order, as TIFF wants them.
    const entries = Object.entries({ ...places, ...tags }).map(([tag, values]) => ({ tag: Number(tag), values }));
    const table = all.length;
    set(nexts.at(-1) ?? 4, u32(table));
    tables.push(table);
    const next = table + 2 + 12 * entries.length;
    nexts.push(next);
    let far = next + 4;
    const beyond: number[] = [];
    all.push(...u16(entries.length));
    for (const { tag, values } of entries) {
      all.push(...u16(tag), ...u16(4), ...u32(values.length), ...u32(values.length === 1 ? values[0] : far));
      if (values.length === 1) continue;
      beyond.push(...values.flatMap(u32));
      far += 4 * values.length;
    }
    all.push(...u32(0), ...beyond);
  }
  return { bytes: Uint8Array.from(all), tables, nexts };
};

/** Tags of a page in red, green, blue. */
export const rgb = (width: number, height: number, more: Page['tags'] = {}): Page['tags'] => ({
  256: [width],
  257: [height],
  258: [8, 8, 8],
  259: [1],
  262: [2],
  277: [3],
  ...more,
});
