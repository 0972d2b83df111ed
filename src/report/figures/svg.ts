/** Values of an element's attributes; an undefined one is left out. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

/**
 * One element as text. Attributes keep their order, so the same figure is the same bytes.
 *
 * @param children - markup, not text: text goes through `escaped` first
 */
export const tag = (name: string, attributes: Attributes, ...children: readonly string[]): string => {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? coordinate(value) : escaped(String(value))}"`)
    .join('');
  return children.length === 0 ? `<${name}${written}/>` : `<${name}${written}>${children.join('')}</${name}>`;
};

/** Text for the inside of an element or of an attribute. Control characters and halves of pairs, which XML forbids, become `\ufffd`. */
export const escaped = (text: string): string =>
  text
    .replace(/(?![\t\n\r])[\p{Cc}\p{Cs}\ufffe\uffff]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');

/** A coordinate with one decimal: a tenth of a pixel, and the same text on every machine. */
export const coordinate = (x: number): string => String(Math.round(10 * x) / 10 + 0);

/**
 * What figures look like, on screens light and dark and on paper. Colours are those of Okabe and Ito (2008), which people
 * with any colour vision tell apart: the darker ones on white, the lighter ones on black. A series also has its own dash
 * and its own shape.
 */
export const FIGURE_STYLE: string = [
  ':root{--ink:#1b1f24;--quiet:#4d5560;--grid:#dfe3e8;--paper:#fff;--zone:#009e73;--s0:#0072b2;--s1:#d55e00;--s2:#009e73;--s3:#cc79a7;--s4:#1b1f24}',
  '@media screen and (prefers-color-scheme:dark){:root{--ink:#eceff3;--quiet:#aab2bd;--grid:#333a44;--paper:#14181d;--zone:#009e73;--s0:#56b4e9;--s1:#e69f00;--s2:#00b386;--s3:#cc79a7;--s4:#eceff3}}',
  '.tandem-figure{display:block;width:100%;height:auto;font:12px system-ui,sans-serif;background:var(--paper)}',
  '.tandem-figure text{fill:var(--ink)}.tandem-figure .quiet{fill:var(--quiet)}',
  '.tandem-figure .halo{paint-order:stroke;stroke:var(--paper);stroke-width:3px;stroke-linejoin:round}',
  '.tandem-figure .grid{stroke:var(--grid);fill:none}.tandem-figure .rule{stroke:var(--quiet);stroke-dasharray:5 3;fill:none}',
  '.tandem-figure .zone{fill:var(--zone);fill-opacity:.16;stroke:var(--zone);stroke-dasharray:3 2}',
  '.tandem-figure .line{fill:none;stroke-width:1.8}.tandem-figure .whisker{fill:none;stroke-width:1.2}',
  '.tandem-figure .thick{fill:none;stroke-width:3.5;stroke-opacity:.75}.tandem-figure .faint{fill:none;stroke-width:1;stroke-opacity:.35}',
  '.tandem-figure .dot{stroke:var(--paper);stroke-width:.8}.tandem-figure .bar{stroke:none}',
  ...[0, 1, 2, 3, 4].map(
    (series) =>
      `.tandem-figure .s${series}{stroke:var(--s${series})}.tandem-figure .dot.s${series},.tandem-figure .bar.s${series}{fill:var(--s${series});stroke:var(--paper)}.tandem-figure .dot.s${series}.open{fill:var(--paper);stroke:var(--s${series});stroke-width:1.5}`,
  ),
  '.tandem-figure .line.s1{stroke-dasharray:7 3}.tandem-figure .line.s2{stroke-dasharray:2 3}.tandem-figure .line.s3{stroke-dasharray:8 3 2 3}',
  '.tandem-figure .line.s6{stroke:var(--quiet);stroke-dasharray:4 4;stroke-width:1.3}',
  '.tandem-figure .cell{stroke:var(--grid)}.tandem-figure .hnone{fill:none}',
  ...(
    [
      ['#eef5fb', '#1b1f24'],
      ['#c9dff0', '#1b1f24'],
      ['#93c3e6', '#1b1f24'],
      ['#1f6fab', '#fff'],
      ['#0b4a82', '#fff'],
    ] as const
  ).map(
    ([fill, text], step) => `.tandem-figure .h${step}{fill:${fill}}.tandem-figure text.h${step}-text{fill:${text}}`,
  ),
].join('\n');

/** A figure as a file of its own, which carries its style. */
export const standalone = (svg: string): string =>
  `${svg.replace('>', `>${tag('style', {}, FIGURE_STYLE.replaceAll('<', '&lt;'))}`)}\n`;
