import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Evaluation, Report } from '../../src/index.js';
import { along, coordinate, escaped, FIGURE_STYLE, shrink, tag } from '../../src/report/figures/index.js';
import { pageOfLaboratory } from './fixture.js';
import { contrast, parsedMarkup } from './markup.js';

/** Figures as anyone gets them: each view as a file of its own. */
const { figures } = await Report.page(pageOfLaboratory(2));

describe('figures', () => {
  test('there is one for every question of the page', () => {
    expect(figures.map(({ name }) => name)).toEqual([
      'posteriors',
      'roc',
      'roc-log-scale',
      'roc-whole',
      'precision',
      'reliability',
      'reliability-even-scale',
      'probabilities',
      'votes',
      'quality',
      'frontier',
      'savings',
      'forest-sensitivity',
      'forest-specificity',
      'annotators',
      'activity',
      'agreement',
      'quadrants',
      'trajectories',
      'weeks',
      'scores-by-week',
      'power',
      'power-by-cost',
    ]);
  });

  test.each(figures)('$name is well-formed, has its title and description, and draws numbers only', ({ svg, csv }) => {
    const elements = parsedMarkup(svg);
    const [root] = elements;
    expect(root.name).toBe('svg');
    expect(root.attributes['role']).toBe('img');
    const ids = (root.attributes['aria-labelledby'] ?? '').split(' ');
    expect(elements.filter(({ attributes }) => ids.includes(attributes['id'] ?? '')).map(({ name }) => name)).toEqual([
      'title',
      'desc',
    ]);
    expect(svg).not.toMatch(/NaN|undefined|Infinity|null/);
    expect(svg).toContain('<style>');
    const [, height] = /viewBox="0 0 440 (\d+)/.exec(svg) ?? [];
    expect(Number(height)).toBeLessThan(500);
    expect(csv.trimEnd().split('\n').length).toBeGreaterThan(1);
  });

  test.each(figures)('$name keeps its marks inside the picture', ({ svg }) => {
    const [, height] = /viewBox="0 0 440 ([\d.]+)/.exec(svg) ?? [];
    for (const { name, attributes } of parsedMarkup(svg)) {
      if (name !== 'rect' && name !== 'text') continue;
      if (attributes['x'] === undefined) continue;
      const [x, y] = [Number(attributes['x']), Number(attributes['y'])];
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x + Number(attributes['width'] ?? 0)).toBeLessThanOrEqual(440);
      expect(y).toBeGreaterThanOrEqual(0);
      expect(y + Number(attributes['height'] ?? 0)).toBeLessThanOrEqual(Number(height));
    }
  });

  test('each series has a colour, a dash and a shape of its own', () => {
    const roc = figures.find(({ name }) => name === 'roc')?.svg ?? '';
    const shapes = [0, 1, 2].map(
      (series) => new RegExp(`class="dot s${series}" d="M[^a-zA-Z]*([a-zA-Z])`).exec(roc)?.[1],
    );
    expect(new Set(shapes).size).toBe(3);
    const dashes = [1, 2, 3].map(
      (series) => new RegExp(`line\\.s${series}\\{stroke-dasharray:([^}]+)`).exec(FIGURE_STYLE)?.[1],
    );
    expect(new Set(dashes).size).toBe(3);
  });

  test.each(['light', 'dark'])('in %s mode text has contrast 4.5 and marks 3', (mode) => {
    const [light, dark] = [...FIGURE_STYLE.matchAll(/:root\{([^}]+)\}/g)].map(([, body]) =>
      Object.fromEntries(body.split(';').map((pair) => pair.split(':'))),
    );
    const colours = mode === 'light' ? light : { ...light, ...dark };
    for (const text of ['--ink', '--quiet']) expect(contrast(colours[text], colours['--paper'])).toBeGreaterThan(4.5);
    for (const mark of ['--s0', '--s1', '--s2', '--s3', '--s4']) {
      expect(contrast(colours[mark], colours['--paper'])).toBeGreaterThan(3);
    }
    for (const step of [0, 1, 2, 3, 4]) {
      const fill = new RegExp(`\\.h${step}\\{fill:(#\\w+)`).exec(FIGURE_STYLE)?.[1] ?? '';
      const text = new RegExp(`\\.h${step}-text\\{fill:(#\\w+)`).exec(FIGURE_STYLE)?.[1] ?? '';
      expect(contrast(text, fill)).toBeGreaterThan(4.5);
    }
  });
});

test('a matrix of many long names has numbers for heads, and long strata keep their ends', async () => {
  const names = ['a bot with a long name', 'another', 'crowd'];
  const pairs = [{ a: names[0], b: names[1], shared: 10, agreed: 7 }];
  const rate = Evaluation.rate({ hits: 9, n: 10, confidence: 0.95 });
  const strata = [1, 2].map((i) => ({
    stratum: `mouse of the second cohort, number ${i}`,
    sensitivity: rate,
    specificity: rate,
  }));
  const { figures: drawn } = await Report.page({
    title: '',
    agreement: { names, pairs },
    strata: [{ by: 'mouse', strata }],
  });
  const textsOf = (name: string) =>
    [...(drawn.find((one) => one.name === name)?.svg ?? '').matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text);
  expect(textsOf('agreement')).toEqual(expect.arrayContaining(['1', '2', '3', 'a bot with … 1', 'crowd 3', '.70']));
  expect(textsOf('forest-sensitivity')).toEqual(expect.arrayContaining(['mouse of… number 1', 'mouse of… number 2']));
});

test('along() is monotone and stays inside, on every stretch', () => {
  const inside = { noNaN: true, min: 1e-6, max: 1 - 1e-6 };
  fc.assert(
    fc.property(
      fc.constantFrom('linear' as const, 'log' as const, 'logit' as const),
      fc.tuple(fc.double(inside), fc.double(inside), fc.double(inside), fc.double(inside)),
      (stretch, [a, b, u, v]) => {
        fc.pre(Math.abs(a - b) > 1e-6);
        const axis = { label: '', stretch, from: Math.min(a, b), to: Math.max(a, b), show: String };
        const [low, high] = [along(axis)(Math.min(u, v)), along(axis)(Math.max(u, v))];
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(low).toBeLessThanOrEqual(high);
      },
    ),
  );
});

const HOSTILE = fc.constantFrom(
  '<',
  '>',
  '&',
  '"',
  "'",
  '/',
  '=',
  ' ',
  'a',
  'é',
  '\u0000',
  '\u001b',
  '\ud800',
  '\ufffe',
);

test('text of the data never becomes markup', () => {
  fc.assert(
    fc.property(fc.string({ unit: HOSTILE }), (text) => {
      const [element] = parsedMarkup(tag('text', { 'data-name': text }, escaped(text)));
      expect(element.name).toBe('text');
      expect(Object.keys(element.attributes)).toEqual(['data-name']);
    }),
  );
});

test('coordinates have one decimal and no negative zero', () => {
  expect([coordinate(-0.01), coordinate(1 / 3), coordinate(12)]).toEqual(['0', '0.3', '12']);
});

describe('shrink()', () => {
  const rate = (hits: number, n: number) => Evaluation.rate({ hits, n, confidence: 0.95 });

  test('draws a stratum with little gold towards the others, and one with much hardly at all', () => {
    const many = Array.from({ length: 12 }, () => rate(190, 200));
    const [little, much] = shrink([rate(1, 2), rate(1000, 2000), ...many]);
    expect(little.estimate).toBeGreaterThan(0.6);
    expect(much.estimate).toBeCloseTo(0.5, 2);
  });

  test('lies between the own rate and the pooled one, inside its interval', () => {
    const counts = fc.array(fc.tuple(fc.nat(50), fc.nat(50)), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(counts, (rows) => {
        const rates = rows.map(([hits, misses]) => rate(hits, hits + misses));
        const hits = rows.reduce((sum, [a]) => sum + a, 0.5);
        const mean = hits / rows.reduce((sum, [a, b]) => sum + a + b, 1);
        for (const [i, { estimate, lower, upper }] of shrink(rates).entries()) {
          const own = rates[i].estimate ?? mean;
          expect(estimate).toBeGreaterThanOrEqual(Math.min(own, mean) - 1e-9);
          expect(estimate).toBeLessThanOrEqual(Math.max(own, mean) + 1e-9);
          expect(lower).toBeLessThanOrEqual(upper);
        }
      }),
    );
  });
});
