import type { IssueLog } from '../text/issues.js';

/** One value of a JSON text, as text, and the line on which it begins. */
export interface JsonPiece {
  readonly bytes: Uint8Array;
  readonly line: number;
}

const [QUOTE, BACKSLASH, COMMA, LF] = [34, 92, 44, 10];
const [OPEN_LIST, CLOSE_LIST, OPEN, CLOSE] = [91, 93, 123, 125];
const SPACE = 32;
/** A string of a JavaScript engine holds about twice as much. */
const LARGEST = 1 << 28;

const broken = (line: number, found: string) => ({
  line,
  found,
  expected: 'a whole JSON array, or whole JSON objects',
  fix: 'Export the file again, or write it with a JSON library.',
});

/**
 * Divides a JSON text into the elements of its array, or, where it is no array, into the values that follow each other. The
 * whole text is never in memory, so that an export may be larger than a string. Brackets are counted; what stands between
 * them is checked by who parses the piece.
 *
 * @param firstLine - line of the first chunk
 */
export async function* jsonValues(
  chunks: AsyncIterable<Uint8Array>,
  firstLine: number,
  log: IssueLog,
): AsyncGenerator<JsonPiece> {
  let piece = new Uint8Array(1 << 16);
  let used = 0;
  let line = firstLine;
  let startLine = line;
  let depth = 0;
  let isArray: boolean | undefined;
  let ended = false;
  let inString = false;
  let escaped = false;

  const push = (byte: number): void => {
    if (used === piece.length) {
      const bigger = new Uint8Array(2 * piece.length);
      bigger.set(piece);
      piece = bigger;
    }
    if (used === 0) startLine = line;
    piece[used++] = byte;
  };
  const taken = (): JsonPiece => {
    const bytes = piece.slice(0, used);
    used = 0;
    return { bytes, line: startLine };
  };

  for await (const chunk of chunks) {
    for (const byte of chunk) {
      if (log.halted()) return;
      if (inString) {
        push(byte);
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inString = false;
      } else if (byte <= SPACE) {
        if (used > 0) push(byte);
      } else if (ended) {
        log.halt(broken(line, 'more text after the end of the array'));
      } else if (isArray === undefined && byte === OPEN_LIST) {
        isArray = true;
      } else {
        isArray ??= false;
        if (isArray && depth === 0 && (byte === COMMA || byte === CLOSE_LIST)) {
          if (used > 0) yield taken();
          ended = byte === CLOSE_LIST;
        } else {
          push(byte);
          if (byte === QUOTE) inString = true;
          else if (byte === OPEN || byte === OPEN_LIST) depth++;
          else if (byte === CLOSE || byte === CLOSE_LIST) {
            depth--;
            if (depth === 0 && !isArray) yield taken();
          }
        }
      }
      if (byte === LF) line++;
    }
    if (used > LARGEST) {
      log.halt(broken(startLine, `one JSON value of more than ${LARGEST / 2 ** 20} MB`));
      return;
    }
  }
  if (log.halted() || (isArray === true && ended)) return;
  if (isArray === true || used > 0) log.halt(broken(line, 'JSON that ends too early'));
}
