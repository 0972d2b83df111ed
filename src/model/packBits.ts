/**
 * Unpacks PackBits: a count and as many bytes as they are, or a count and one byte to repeat.
 *
 * @param most - bytes that are expected at most
 * @returns undefined when there is more than `most`; it has no checksum that could tell more
 * @see TIFF 6.0, section 9
 */
export const unpackPackBits = (data: Uint8Array, most: number): Uint8Array | undefined => {
  const out = new Uint8Array(most);
  let [at, filled] = [0, 0];
  while (at + 1 < data.length) {
    const head = data[at];
    // 128 says nothing; it pads.
    if (head === 128) {
      at++;
      continue;
    }
    const [count, isRun] = head < 128 ? [head + 1, false] : [257 - head, true];
    if (filled + count > most) return undefined;
    const left = isRun ? 1 : Math.min(count, data.length - at - 1);
    if (isRun) out.fill(data[at + 1], filled, filled + count);
    else out.set(data.subarray(at + 1, at + 1 + left), filled);
    filled += isRun ? count : left;
    at += 1 + left;
  }
  return out.subarray(0, filled);
};
