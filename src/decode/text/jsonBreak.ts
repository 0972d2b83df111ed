/**
 * Where a text stops being JSON: the index of the first wrong character, or the length of a text that ends too early.
 * The messages of JavaScript engines differ from version to version, and often name no position.
 */
export const jsonBreak = (text: string): number => {
  let i = 0;
  let furthest = 0;
  const fail = (): false => {
    furthest = Math.max(furthest, i);
    return false;
  };
  const space = (): void => {
    while (i < text.length && ' \t\n\r'.includes(text[i])) i++;
  };
  const eat = (character: string): boolean => {
    if (text[i] !== character) return fail();
    i++;
    return true;
  };
  const word = (letters: string): boolean => Array.from(letters).every(eat);
  const digits = (): boolean => {
    const from = i;
    while (text[i] >= '0' && text[i] <= '9') i++;
    return i > from || fail();
  };
  const number = (): boolean => {
    if (text[i] === '-') i++;
    if (text[i] === '0') i++;
    else if (!digits()) return false;
    if (text[i] === '.') {
      i++;
      if (!digits()) return false;
    }
    if (text[i] !== 'e' && text[i] !== 'E') return true;
    i++;
    if (text[i] === '+' || text[i] === '-') i++;
    return digits();
  };
  const string = (): boolean => {
    if (!eat('"')) return false;
    while (i < text.length && text[i] !== '"') {
      if (text[i] < ' ') return fail();
      if (text[i] === '\\') {
        const escaped = /^\\(?:["\\/bfnrt]|u[\da-f]{4})/i.exec(text.slice(i, i + 6));
        if (escaped === null) return fail();
        i += escaped[0].length;
      } else {
        i++;
      }
    }
    return eat('"');
  };
  // Nested values call each other, so depth is limited by the stack, as in JSON.parse.
  const series = (close: string, item: () => boolean): boolean => {
    i++;
    space();
    if (text[i] === close) return eat(close);
    while (true) {
      space();
      if (!item()) return false;
      space();
      if (text[i] !== ',') return eat(close);
      i++;
    }
  };
  const member = (): boolean => {
    if (!string()) return false;
    space();
    if (!eat(':')) return false;
    space();
    return value();
  };
  const value = (): boolean => {
    const c = text[i];
    if (c === '{') return series('}', member);
    if (c === '[') return series(']', value);
    if (c === '"') return string();
    if (c === 't') return word('true');
    if (c === 'f') return word('false');
    if (c === 'n') return word('null');
    return c === '-' || (c >= '0' && c <= '9') ? number() : fail();
  };
  space();
  if (value()) {
    space();
    if (i < text.length) return i;
  }
  return furthest;
};
