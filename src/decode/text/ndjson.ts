import type { Issue } from '../../domain/errors.js';
import { notUtf8, textOf } from './csv.js';
import { type IssueLog, quoted } from './issues.js';
import { jsonBreak } from './jsonBreak.js';
import { type Block, CR, LF } from './wholeLines.js';

/** The deepest nesting that `jsonBreak` looks into. It calls itself, so deeper nesting could overflow the stack. */
const DEEPEST = 500;

const breakOf = (text: string): number => {
  const nested = text.match(/[[{]/g)?.length ?? 0;
  return nested > DEEPEST ? 0 : jsonBreak(text);
};

/** The value of a JSON text, wrapped because it may be `null`; undefined where it is no JSON. */
export const jsonOf = (text: string): { readonly value: unknown } | undefined => {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
};

/** Where a text that begins on `line` stops being JSON. */
export const jsonIssue = (text: string, line: number, expected = 'JSON, one whole object per line'): Issue => {
  const at = breakOf(text);
  const before = text.slice(0, at).split('\n');
  return {
    line: line + before.length - 1,
    column: (before.at(-1) ?? '').length + 1,
    found: at < text.length ? quoted(text.slice(at)) : 'the end of the line',
    expected,
    fix: 'Correct the line, or write the file again with a JSON library.',
  };
};

/** Reads newline-delimited JSON, one object per line. */
export const readNdjson = async (
  blocks: AsyncIterator<Block>,
  firstLine: number,
  objects: { readonly take: (value: unknown, line: number) => void | Promise<void>; readonly end: () => void },
  log: IssueLog,
): Promise<void> => {
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
        const row = jsonOf(text);
        const at = line;
        if (row === undefined) log.add(() => jsonIssue(text, at));
        else {
          // Only the first row may have to wait.
          const waiting = objects.take(row.value, line);
          if (waiting !== undefined) await waiting;
        }
      }
      from = bytes[end] === CR && bytes[end + 1] === LF && end + 1 < to ? end + 2 : end + 1;
    }
  }
  if (!log.halted()) objects.end();
};
