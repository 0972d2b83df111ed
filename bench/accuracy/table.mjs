// Tables for the screen and for Markdown.

const cell = (value) => (typeof value === 'number' ? value.toFixed(3) : String(value ?? '–'));

/** Rows as Markdown, columns padded so that it reads well on a screen too. */
export const table = (columns, rows) => {
  const text = [columns, ...rows.map((row) => columns.map((column) => cell(row[column])))];
  const width = columns.map((_, i) => Math.max(...text.map((line) => line[i].length)));
  const line = (cells) =>
    `| ${cells.map((value, i) => (i === 0 ? value.padEnd(width[i]) : value.padStart(width[i]))).join(' | ')} |`;
  return [
    line(text[0]),
    `| ${width.map((w, i) => (i === 0 ? '-'.repeat(w) : `${'-'.repeat(w - 1)}:`)).join(' | ')} |`,
    ...text.slice(1).map(line),
  ].join('\n');
};
