const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

// Bytes decoded by one call, at most; strings sliced from them keep them alive.
const CHUNK = 1 << 16;

/** Whether bytes `from` .. `to - 1` are well-formed UTF-8. */
export const isUtf8 = (bytes: Uint8Array, from: number, to: number): boolean => {
  try {
    strict.decode(bytes.subarray(from, to));
    return true;
  } catch {
    return false;
  }
};

const isAscii = (bytes: Uint8Array, from: number, to: number): boolean => {
  let or = 0;
  for (let i = from; i < to; i++) or |= bytes[i];
  return or < 0x80;
};

/**
 * Strings of consecutive slices: string i is `bytes[ends[i - 1]] .. bytes[ends[i] - 1]`, where `ends[-1]` is 0. The bytes must
 * be UTF-8. One decoder call serves many short ASCII slices: a call per slice costs ten times more.
 */
export const decodeSlices = (bytes: Uint8Array, ends: Uint32Array): string[] => {
  const out = new Array<string>(ends.length);
  let i = 0;
  let from = 0;
  while (i < ends.length) {
    let last = i;
    while (last + 1 < ends.length && ends[last + 1] - from <= CHUNK) last++;
    const to = ends[last];
    if (isAscii(bytes, from, to)) {
      const text = strict.decode(bytes.subarray(from, to));
      for (let at = from; i <= last; at = ends[i++]) out[i] = text.slice(at - from, ends[i] - from);
    } else {
      for (let at = from; i <= last; at = ends[i++]) out[i] = strict.decode(bytes.subarray(at, ends[i]));
    }
    from = to;
  }
  return out;
};

/** A lone surrogate has no UTF-8, and encoders replace it: two different ids would become one. */
export const isWellFormed = (text: string): boolean => {
  // Nearly every id is ASCII, and a loop is faster than the expression on so few characters.
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= 0x80) return !LONE.test(text);
  return true;
};

const LONE = /\p{Surrogate}/u;
