import { isWellFormed } from '../../kernel/ids/utf8.js';

// Most of a service's state is the ids of its events, and most services number events with UUIDs: 17 bytes instead of 36.
// No UTF-8 text begins with this byte, so no other id has the same bytes.
const UUID = 0xff;
const UUID_LENGTH = 36;
const HYPHEN = 0x2d;

/** Bytes that `idBytesInto` may write for an id of so many code units. */
export const mostBytes = (codeUnits: number): number => 3 * codeUnits + 1;

const nibbleOf = (unit: number): number =>
  unit >= 0x30 && unit <= 0x39 ? unit - 0x30 : unit >= 0x61 && unit <= 0x66 ? unit - 0x57 : 16;

const isHyphenAt = (i: number): boolean => i === 8 || i === 13 || i === 18 || i === 23;

/** Writes the sixteen bytes of a UUID in its one lower-case form; false when the text is none. */
const uuidInto = (out: Uint8Array, text: string): boolean => {
  let to = 1;
  for (let i = 0; i < UUID_LENGTH; i += 2) {
    if (isHyphenAt(i)) {
      if (text.charCodeAt(i) !== HYPHEN) return false;
      i--;
      continue;
    }
    const high = nibbleOf(text.charCodeAt(i));
    const low = nibbleOf(text.charCodeAt(i + 1));
    if ((high | low) > 15) return false;
    out[to++] = 16 * high + low;
  }
  out[0] = UUID;
  return true;
};

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Writes an id as bytes, no two ids alike.
 *
 * @returns how many bytes; `undefined` for a lone surrogate, which has no UTF-8
 */
export const idBytesInto = (out: Uint8Array, text: string): number | undefined => {
  if (text.length === UUID_LENGTH && uuidInto(out, text)) return 17;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80) return isWellFormed(text) ? encoder.encodeInto(text, out).written : undefined;
    out[i] = unit;
  }
  return text.length;
};

/** The id whose bytes are `from` .. `to - 1`. */
export const idText = (bytes: Uint8Array, from: number, to: number): string => {
  if (bytes[from] !== UUID || from === to) return decoder.decode(bytes.subarray(from, to));
  let text = '';
  for (let i = from + 1; i < to; i++) {
    if (isHyphenAt(text.length)) text += '-';
    text += (bytes[i] >>> 4).toString(16) + (bytes[i] & 15).toString(16);
  }
  return text;
};
