const CLEAR = 256;
const END = 257;
const FIRST_BITS = 9;
const MOST_BITS = 12;

// The end mark of some writers is a bit too wide or too narrow: of no matter once all bytes are there, and all that may
// be left then.
const LEFT_BITS = 8;

/**
 * Unpacks the LZW of TIFF: codes of 9 to 12 bits, highest bit first, widened one code early.
 *
 * @param most - bytes that are expected at most
 * @returns undefined when a code is impossible, or there is more than `most`; it has no checksum that could tell more
 * @see TIFF 6.0, section 13
 */
export const unpackLzw = (data: Uint8Array, most: number): Uint8Array | undefined => {
  const out = new Uint8Array(most);
  // A code's string stands in `out` where it was first written, so its place and its length are all the table needs.
  const place = new Uint32Array(1 << MOST_BITS);
  const length = new Uint16Array(1 << MOST_BITS);
  let [bits, next, filled] = [FIRST_BITS, END + 1, 0];
  let previousLength = 0;
  const total = data.length * 8;
  for (let bit = 0; bit + bits <= total; ) {
    const byte = bit >>> 3;
    const three = (data[byte] << 16) | (data[byte + 1] << 8) | data[byte + 2];
    const code = (three >>> (24 - (bit & 7) - bits)) & ((1 << bits) - 1);
    bit += bits;
    if (code === END) return out.subarray(0, filled);
    if (code === CLEAR) {
      [bits, next, previousLength] = [FIRST_BITS, END + 1, 0];
      continue;
    }
    if (filled === most) return total - bit > LEFT_BITS ? undefined : out;
    // The previous string and the first byte of this one: side by side in `out`, the last byte still to be written.
    if (previousLength > 0 && next < place.length) {
      place[next] = filled - previousLength;
      length[next] = previousLength + 1;
      next++;
    }
    if (code > END && code >= next) return undefined;
    const copied = code < CLEAR ? 1 : length[code];
    if (filled + copied > most) return undefined;
    if (code < CLEAR) out[filled] = code;
    else for (let i = 0; i < copied; i++) out[filled + i] = out[place[code] + i];
    filled += copied;
    previousLength = copied;
    if (next === (1 << bits) - 1 && bits < MOST_BITS) bits++;
  }
  return out.subarray(0, filled);
};
