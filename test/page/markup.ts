/** One element of a document, in the order of its opening. */
export interface MarkupElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Reads XML strictly: throws where an element is not closed, an attribute is not quoted, or a `&` or `<` stands bare. */
export const parsedMarkup = (text: string): readonly MarkupElement[] => {
  const elements: MarkupElement[] = [];
  const open: string[] = [];
  const pattern = /<(\/?)([a-zA-Z][\w-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)|(<)/g;
  for (const [, closes, name, attributes, empty, content, bare] of text.matchAll(pattern)) {
    if (bare !== undefined) throw new Error(`a bare "<" after ${elements.length} elements`);
    if (content !== undefined) {
      requireEntities(content);
      continue;
    }
    if (closes === '/') {
      const last = open.pop();
      if (last !== name) throw new Error(`</${name}> closes <${last}>`);
      continue;
    }
    const pairs = [...attributes.matchAll(/([\w:-]+)="([^"]*)"/g)];
    for (const [, , value] of pairs) requireEntities(value);
    elements.push({ name, attributes: Object.fromEntries(pairs.map(([, key, value]) => [key, value])) });
    if (empty !== '/') open.push(name);
  }
  if (open.length > 0) throw new Error(`<${open.join('> <')}> stay open`);
  return elements;
};

const requireEntities = (text: string): void => {
  const bare = /&(?!(?:amp|lt|gt|quot);)/.exec(text);
  if (bare !== null) throw new Error(`a bare "&" in "${text.slice(bare.index, bare.index + 20)}"`);
};

/** Contrast of two colours as `#rgb` or `#rrggbb` (WCAG 2.2), from 1 to 21. */
export const contrast = (a: string, b: string): number => {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
};

const luminance = (colour: string): number => {
  const hex = colour.length === 4 ? colour.replace(/[0-9a-f]/gi, '$&$&') : colour;
  const [r, g, b] = [1, 3, 5]
    .map((i) => Number.parseInt(hex.slice(i, i + 2), 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};

/** The numbers and words of every table of a page, as they are read. */
export const tablesOf = (html: string): ReadonlyMap<string, readonly (readonly string[])[]> =>
  new Map(
    [...html.matchAll(/<table><caption>(.*?)<\/caption>(.*?)<\/table>/gs)].map(([, caption, body]) => [
      unescaped(caption),
      [...body.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row]) =>
        [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell]) => unescaped(cell)),
      ),
    ]),
  );

const unescaped = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
