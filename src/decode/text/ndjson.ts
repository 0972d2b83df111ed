import { notUtf8, textOf } from './csv.js';
import { type IssueLog, quoted } from './issues.js';
import { jsonBreak } from './jsonBreak.js';
import { objectRows, type RowReader } from './objects.js';
import { type Block, CR, LF } from './wholeLines.js';

/** The deepest nesting that `jsonBreak` looks into. It calls itself, so deeper nesting could overflow the stack. */
const DEEPEST = 500;

const breakOf = (text: string): number => {
  const nested = text.match(/[[{]/g)?.length ?? 0;
  return nested > DEEPEST ? 0 : jsonBreak(text);
};

const parsed = (text: string, line: number, log: IssueLog): { readonly value: unknown } | undefined => {
  try {
    return { value: JSON.parse(text) };
  } catch {
    log.add(() => {
      const at = breakOf(text);
      return {
        line,
        column: at + 1,
        found: at < text.length ? quoted(text.slice(at)) : 'the end of the line',
        expected: 'JSON, one whole object per line',
        fix: 'Correct the line, or write the file again with a JSON library.',
      };
    });
    return undefined;
  }
};

/** Reads newline-delimited JSON, one object per line. */
export const readNdjson = async (
  blocks: AsyncIterator<Block>,
  firstLine: number,
  reader: RowReader,
  log: IssueLog,
): Promise<void> => {
  const objects = objectRows(reader, log);
  let line = firstLine - 1;
  for (let next = await blocks.next(); next.done !== true && !log.halted(); next = await blocks.next()) {
    const { bytes, to } = next.value;
    for (let from = next.value.from; from < to; ) {
      let end = from;
      while (bytes[end] !== LF && bytes[end] !== CR) end++;
      line++;
      const text = textOf(bytes, from, end);
      if (text === undefined) {
        const at = line;
        log.add(() => notUtf8({ line: at }));
      } else if (text.trim() !== '') {
        const row = parsed(text, line, log);
        if (row !== undefined) objects.take(row.value, line);
      }
      from = bytes[end] === CR && bytes[end + 1] === LF && end + 1 < to ? end + 2 : end + 1;
    }
  }
  if (!log.halted()) objects.end();
};
