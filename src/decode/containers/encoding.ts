import type { IssueLog } from '../text/issues.js';

/** How the characters of a text are written as bytes. */
export type Encoding = 'UTF-8' | 'UTF-16LE' | 'UTF-16BE' | 'Windows-1252';

/** The chunks of a text as UTF-8, without byte order mark. */
export async function* toUtf8(
  encoding: Encoding,
  chunks: AsyncIterable<Uint8Array>,
  log: IssueLog,
): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(encoding.toLowerCase(), { fatal: true });
  const encoder = new TextEncoder();
  try {
    for await (const chunk of chunks) yield encoder.encode(decoder.decode(chunk, { stream: true }));
    yield encoder.encode(decoder.decode());
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    log.halt({
      found: `bytes that are not ${encoding}`,
      expected: `${encoding} text, as it begins`,
      fix: 'Save the file as "CSV UTF-8".',
    });
  }
}

/** Bytes without a character in Windows-1252, and ÿ, which no word begins or ends with and damaged files are full of. */
const UNLIKELY: ReadonlySet<number> = new Set([0x81, 0x8d, 0x8f, 0x90, 0x9d, 0xff]);

/**
 * Whether bytes that are not UTF-8 may be Windows-1252, which holds Latin-1: text without control characters, and without a
 * sequence that is UTF-8. A file that has both is damaged, and is not guessed at.
 */
export const mayBeWindows1252 = async (chunks: AsyncIterable<Uint8Array>): Promise<boolean> => {
  let above = 0;
  let bytes = 0;
  let lead = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    for (const byte of chunk) {
      if (byte < 0x80) {
        if (byte < 32 && byte !== 9 && byte !== 10 && byte !== 13) return false;
        lead = 0;
        continue;
      }
      above++;
      if (UNLIKELY.has(byte)) return false;
      // A lead byte with a byte that continues it: é in UTF-8, or "Ã©" in Windows-1252, which nobody writes.
      if (byte < 0xc0 && lead >= 0xc2 && lead <= 0xf4) return false;
      lead = byte;
    }
  }
  // Where every other byte is above 127, it is no text in a Western language.
  return above > 0 && above < bytes / 2;
};
