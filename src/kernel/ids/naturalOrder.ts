const ZERO = 48;
const NINE = 57;
const SLASH = 47;

const isDigit = (code: number): boolean => code >= ZERO && code <= NINE;

// A folder's files stand together: the separator comes before every other character.
const rank = (code: number): number => (code === SLASH ? -1 : code);

const runEnd = (text: string, from: number): number => {
  let end = from;
  while (isDigit(text.charCodeAt(end))) end++;
  return end;
};

const pastZeros = (text: string, from: number, end: number): number => {
  let at = from;
  while (at < end - 1 && text.charCodeAt(at) === ZERO) at++;
  return at;
};

/**
 * The order in which people count: `clip2` before `clip10`. It knows no language, so it is the same on every machine.
 *
 * @returns negative, 0 or positive, as `sort` wants it; 0 only for equal texts
 */
export const naturalOrder = (a: string, b: string): number => {
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const [codeA, codeB] = [a.charCodeAt(i), b.charCodeAt(j)];
    if (isDigit(codeA) && isDigit(codeB)) {
      const [endA, endB] = [runEnd(a, i), runEnd(b, j)];
      const [fromA, fromB] = [pastZeros(a, i, endA), pastZeros(b, j, endB)];
      // Of two numbers without leading zeros, the longer is larger.
      if (endA - fromA !== endB - fromB) return endA - fromA - (endB - fromB);
      for (let k = 0; fromA + k < endA; k++) {
        const difference = a.charCodeAt(fromA + k) - b.charCodeAt(fromB + k);
        if (difference !== 0) return difference;
      }
      i = endA;
      j = endB;
      continue;
    }
    if (codeA !== codeB) return rank(codeA) - rank(codeB);
    i++;
    j++;
  }
  const left = a.length - i - (b.length - j);
  if (left !== 0) return left;
  return a < b ? -1 : a > b ? 1 : 0;
};
