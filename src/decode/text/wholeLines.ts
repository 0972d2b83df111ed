import type { IssueLog } from './issues.js';

/** Bytes `from` .. `to - 1` of a buffer that the next block reuses: copy what must last. */
export interface Block {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
}

export const LF = 10;
export const CR = 13;

// The id interner reads whole words, past the end of the last field.
const SLACK = 16;
const LONGEST_LINE = 1 << 24;

// A carriage return at the very end may be half of a CRLF, so it waits.
const endOfLines = (bytes: Uint8Array, length: number): number => {
  const lf = bytes.lastIndexOf(LF, length - 1);
  return 1 + (lf >= 0 || length < 2 ? lf : bytes.lastIndexOf(CR, length - 2));
};

/** Divides chunks into blocks that end at the end of a line. The last line gets a line feed if it has none. */
export async function* wholeLines(chunks: AsyncIterable<Uint8Array>, log: IssueLog): AsyncGenerator<Block> {
  let bytes = new Uint8Array(1 << 17);
  let held = 0;
  for await (const chunk of chunks) {
    if (log.halted()) return;
    if (held + chunk.length + SLACK > bytes.length) {
      const bigger = new Uint8Array(2 * (held + chunk.length) + SLACK);
      bigger.set(bytes.subarray(0, held));
      bytes = bigger;
    }
    bytes.set(chunk, held);
    held += chunk.length;
    const to = held === 0 ? 0 : endOfLines(bytes, held);
    if (to > 0) {
      yield { bytes, from: 0, to };
      bytes.copyWithin(0, to, held);
      held -= to;
    }
    if (held > LONGEST_LINE) {
      log.halt({
        found: `a line longer than ${LONGEST_LINE / 2 ** 20} MB`,
        expected: 'CSV or NDJSON text, one record per line',
        fix: 'Check that this is the right file.',
      });
      return;
    }
  }
  if (log.halted() || held === 0) return;
  bytes[held] = LF;
  yield { bytes, from: 0, to: held + 1 };
}

/** The physical lines of a piece of text, counted by LF, CRLF or CR. */
export const lineEnds = (bytes: Uint8Array, from: number, to: number): number => {
  let n = 0;
  for (let i = from; i < to; i++) {
    if (bytes[i] === LF || (bytes[i] === CR && bytes[i + 1] !== LF)) n++;
  }
  return n;
};
