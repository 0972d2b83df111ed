import * as E from 'fp-ts/lib/Either.js';
import { type StackFailure, stackFailure } from '../../../domain/modelFailure.js';

/** The tags of one page. */
export interface TiffPage {
  /** Number of values of a tag; 0 if it is absent. */
  readonly count: (tag: number) => number;
  /** One value of a tag whose values are whole numbers. */
  readonly value: (tag: number, i?: number) => number | undefined;
  /** The text of a text tag; else ''. */
  readonly text: (tag: number) => string;
}

interface Entry {
  readonly type: number;
  readonly count: number;
  /** Position of the values in the file. */
  readonly at: number;
}

/** Bytes of one value, by type. */
const SIZES: Readonly<Record<number, number>> = {
  ...{ 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1 },
  ...{ 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4 },
};

const [BYTE, ASCII, SHORT, LONG] = [1, 2, 3, 4];
const ENTRY_BYTES = 12;

/**
 * Lists the pages of a classic TIFF, and fails when a page is missing.
 *
 * Every table, value and page must lie inside the file. Otherwise a cut file would look like one with fewer pages.
 *
 * @param wanted - tags that the caller will read
 * @param most - maximum number of pages
 */
export const tiffIndex = (
  stack: string,
  bytes: Uint8Array,
  { wanted, most }: { readonly wanted: readonly number[]; readonly most: number },
): E.Either<StackFailure, readonly TiffPage[]> => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = bytes[0] === 0x49;
  const cut = (reason: string) => E.left(stackFailure('StackTruncated', stack, reason));
  if (bytes.length < 8) return cut('it ends inside its header');
  const seen = new Set<number>();
  const pages: TiffPage[] = [];
  for (let at = view.getUint32(4, little); at !== 0; ) {
    const frame = pages.length;
    const from = frame === 0 ? 'its index lies' : `its index says that page ${frame + 1} follows,`;
    if (seen.has(at)) {
      const reason = `its index runs in a circle after ${frame} page${frame === 1 ? '' : 's'}`;
      return E.left(stackFailure('StackDamaged', stack, reason));
    }
    if (frame >= most) return E.left(stackFailure('StackTooLarge', stack, `it has more than ${most} pages, the limit`));
    seen.add(at);
    if (at + 2 > bytes.length) return cut(`${from} beyond the end of the file`);
    const rows = view.getUint16(at, little);
    if (rows === 0) return E.left(stackFailure('StackDamaged', stack, 'the table of a page is empty', { frame }));
    const end = at + 2 + rows * ENTRY_BYTES;
    if (end + 4 > bytes.length) return cut(`it ends inside the table of page ${frame + 1}`);
    const entries = new Map<number, Entry>();
    for (let row = at + 2; row < end; row += ENTRY_BYTES) {
      const [tag, type] = [view.getUint16(row, little), view.getUint16(row + 2, little)];
      const count = view.getUint32(row + 4, little);
      const size = (SIZES[type] ?? 0) * count;
      const place = size <= 4 ? row + 8 : view.getUint32(row + 8, little);
      if (place + size > bytes.length)
        return cut(`what the table of page ${frame + 1} points to lies beyond the end of the file`);
      if (wanted.includes(tag)) entries.set(tag, { type, count, at: place });
    }
    pages.push(pageOf(entries, view, little));
    at = view.getUint32(end, little);
  }
  return E.right(pages);
};

const pageOf = (entries: ReadonlyMap<number, Entry>, view: DataView, little: boolean): TiffPage => ({
  count: (tag) => entries.get(tag)?.count ?? 0,
  value: (tag, i = 0) => {
    const entry = entries.get(tag);
    if (entry === undefined || i >= entry.count) return undefined;
    if (entry.type === BYTE) return view.getUint8(entry.at + i);
    if (entry.type === SHORT) return view.getUint16(entry.at + 2 * i, little);
    return entry.type === LONG ? view.getUint32(entry.at + 4 * i, little) : undefined;
  },
  text: (tag) => {
    const entry = entries.get(tag);
    if (entry?.type !== ASCII) return '';
    return Buffer.from(view.buffer, view.byteOffset + entry.at, entry.count).toString('latin1');
  },
});
