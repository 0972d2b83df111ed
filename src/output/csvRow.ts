/** One CSV row (RFC 4180): fields with a comma, a quote or a line break are quoted. */
export const csvRow = (fields: readonly string[]): string => `${fields.map(csvField).join(',')}\n`;

const csvField = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
