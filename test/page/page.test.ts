import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Evaluation, Gold, Page, Report } from '../../src/index.js';
import type { PageData } from '../../src/report/page/index.js';
import { pageOfLaboratory, simulatedFilms } from './fixture.js';
import { tablesOf } from './markup.js';

const data = pageOfLaboratory(1);
const page = await Report.page(data);
const twin = JSON.parse(page.json);

const MOST_BYTES = 400_000;

describe('Report.page()', () => {
  test('is one file below 400 kB that names no address', () => {
    expect(Buffer.byteLength(page.html)).toBeLessThan(MOST_BYTES);
    const addresses = page.html.match(/(?:https?:)?\/\/[\w.-]+\.\w+[^"'\s)]*/g) ?? [];
    expect(addresses.filter((address) => address !== 'http://www.w3.org/2000/svg')).toEqual([]);
    const withoutScript = page.html.replace(/<script>.*?<\/script>/s, '');
    expect(/NaN|undefined|Infinity/.exec(withoutScript)).toBeNull();
  });

  test('gives the same bytes for the same data', async () => {
    expect(await Report.page(pageOfLaboratory(1))).toEqual(page);
  });

  test('has a section for every part, and none for an absent part', async () => {
    const ids = (html: string) => [...html.matchAll(/<section id="(\w+)"/g)].map(([, id]) => id);
    expect(ids(page.html)).toEqual([
      'verdict',
      'labels',
      'explorer',
      'curves',
      'reliability',
      'votes',
      'strata',
      'annotators',
      'agreement',
      'trajectories',
      'weeks',
      'power',
      'provenance',
    ]);
    expect(ids((await Report.page({ title: 'Nothing' })).html)).toEqual(['verdict']);
    for (const part of Object.keys(data).filter((key) => key !== 'title')) {
      const without = Object.fromEntries(Object.entries(data).filter(([key]) => key !== part));
      expect((await Report.page({ title: 'Without one', ...without })).html.endsWith('</html>\n'), part).toBe(true);
    }
  });

  test('every figure of the page stands in its JSON twin', () => {
    const tables = tablesOf(page.html);
    const figures = twin.sections.flatMap((section: { figures?: readonly unknown[] }) => section.figures ?? []);
    expect(figures.length).toBeGreaterThan(15);
    for (const { title, columns, rows } of figures) {
      const [head, ...body] = tables.get(title) ?? [];
      expect(head, title).toEqual(columns.map((column: string) => column.trim()));
      const read = (shown: string, cell: string | number) =>
        typeof cell === 'number' ? Number(shown.replaceAll(',', '')) : shown;
      expect(
        body.map((row, r) => row.map((shown, c) => read(shown, rows[r][c]))),
        title,
      ).toEqual(rows);
    }
    for (const [name, text] of Object.entries(twin.explorer.shown)) {
      expect(new RegExp(`id="out-${name}"[^>]*>([^<]*)<`).exec(page.html)?.[1], name).toBe(text);
    }
  });

  test('without gold of both classes no curve is drawn, and the page says why', async () => {
    const curves = { curves: [{ source: 'model', stalled: 0, flowing: 9, points: [] }], prevalence: 0.01 };
    const { html, figures } = await Report.page({ title: 'One class', curves });
    expect(html.includes('A curve needs held-out gold of both classes.')).toBe(true);
    expect(figures).toEqual([]);
  });

  test('names in the data stay text', async () => {
    const evil = '</script><script>alert(1)</script>"\'&<img src=x onerror=alert(1)>';
    const strata = (data.strata ?? []).map((part) => ({
      ...part,
      by: evil,
      strata: part.strata.map((one) => ({ ...one, stratum: evil })),
    }));
    const { html } = await Report.page({
      ...data,
      title: evil,
      about: evil,
      strata,
      explorer: { ...explorer(), command: evil },
    });
    expect(html.match(/<script/g)?.length).toBe(2);
    expect(html.includes('<img')).toBe(false);
  });

  test('568,000 stacks take no more room, and no more than a moment', async () => {
    const stacks = 568_000;
    const stackIds = Array.from({ length: stacks }, (_, s) => `stack-${s}`);
    const logOdds = Float64Array.from(
      { length: stacks },
      (_, s) => 12 * Math.sin(s * 1.618) - 4 + (s % 300 === 0 ? 9 : 0),
    );
    const posterior = { stackIds, logOdds, votes: new Uint32Array(stacks).fill(5), scores: new Uint32Array(stacks) };
    const gold = Gold.as('test')(
      Gold.from({ chosen: 'random' })(
        stackIds.filter((_, s) => s % 10 === 0).map((stackId, i) => ({ stackId, label: i % 30 === 0 ? 1 : 0 })),
      ),
    );
    const begun = process.cpuUsage();
    const table = Page.thresholdTable({ gold })(posterior);
    const scored = Page.onGold(gold)(posterior);
    const { html } = await Report.page({
      ...data,
      explorer: { ...explorer(), table },
      curves: { curves: [Page.sourceCurve({ source: 'fused' })(scored)], prevalence: 0.003 },
      reliability: { series: [Page.reliabilitySeries({ name: 'fused' })(scored)] },
    });
    const { user, system } = process.cpuUsage(begun);
    const seconds = (user + system) / 1e6;
    console.log(`568,000 stacks: ${Buffer.byteLength(html)} bytes, ${seconds.toFixed(2)} s of processor time`);
    expect(Buffer.byteLength(html)).toBeLessThan(MOST_BYTES);
    expect(seconds).toBeLessThan(3);
  });

  test('a gallery of 40 films stays below 2 MB, and within the budget it is given', async () => {
    const gallery = simulatedFilms(40);
    const { html } = await Report.page({ ...data, gallery });
    expect(html.match(/class="strip"/g)?.length).toBe(40);
    expect(Buffer.byteLength(html)).toBeLessThan(2_000_000);
    const small = await Report.page({ title: 'Small', gallery: { ...gallery, budget: 30_000 } });
    const sources = [...small.html.matchAll(/url\((data:[^)]+)\)/g)].map(([, source]) => source);
    expect(sources.length).toBeGreaterThan(3);
    expect(sources.reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(30_000);
    expect(small.html.includes(`${40 - sources.length} more films are left out`)).toBe(true);
  });

  test('a thumbnail is a PNG with the pixels of its frames', async () => {
    // Two frames of 2 × 1: dark bright, bright dark.
    const frames = [Uint8Array.of(10, 250), Uint8Array.of(250, 10)];
    const { html } = await Report.page({
      title: 'One film',
      gallery: { films: [{ stackId: 'f', why: 'test', width: 2, height: 1, frames }] },
    });
    const png = Buffer.from(/base64,([^)]+)\)/.exec(html)?.[1] ?? '', 'base64');
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect([png.readUInt32BE(16), png.readUInt32BE(20), png[24], png[25]]).toEqual([4, 1, 4, 0]);
    const at = png.indexOf('IDAT');
    const rows = inflateSync(png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4)));
    expect([...rows]).toEqual([0, 0x0f, 0xf0]);
  });
});

const explorer = (): NonNullable<PageData['explorer']> => {
  if (data.explorer === undefined) throw new Error('the fixture has an explorer');
  return data.explorer;
};

describe('the explorer', () => {
  /** Log-odds and labels of gold, and two positions. */
  const worlds = fc.record({
    stacks: fc.array(fc.tuple(fc.integer({ min: -8, max: 8 }), fc.integer({ min: 0, max: 1 })), {
      minLength: 2,
      maxLength: 60,
    }),
    low: fc.double({ min: 0, max: 1, noNaN: true }),
    high: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  const partOf = (stacks: readonly (readonly [number, number])[]) => {
    const stackIds = stacks.map((_, s) => `s${s}`);
    const posterior = {
      stackIds,
      logOdds: Float64Array.from(stacks, ([z]) => z / 2),
      votes: new Uint32Array(stacks.length).fill(1),
      scores: new Uint32Array(stacks.length),
    };
    const gold = Gold.as('test')(
      Gold.from({ chosen: 'stratified' })(
        stacks.map(([, label], s) => ({ stackId: stackIds[s], label: label === 1 ? 1 : 0 })),
      ),
    );
    const table = Page.thresholdTable({ gold })(posterior);
    return { posterior, gold, part: { table, chosen: {}, prevalence: 0.02, confidence: 0.95 } };
  };
  const prices = { vote: 1, expert: 20, miss: 500, alarm: 20 };

  test('agrees with Evaluation.evaluate() at every pair of thresholds', () => {
    fc.assert(
      fc.property(worlds, ({ stacks, low, high }) => {
        const { posterior, gold, part } = partOf(stacks);
        const { at } = part.table;
        const upper = Math.round(high * at.length);
        const lower = Math.min(Math.round(low * at.length), upper + 1);
        const found = Page.explore(part, { low: lower, high: upper, prevalence: 0.02, prices });
        const [flowingBelow, stalledAbove] = [at[lower - 1] ?? -99, at[upper] ?? 99];
        const routing = Array.from(posterior.logOdds, (z) =>
          z < flowingBelow
            ? ({ _tag: 'Retire', label: 0 } as const)
            : z > stalledAbove
              ? ({ _tag: 'Retire', label: 1 } as const)
              : ({ _tag: 'AskExpert', reason: 'undecided' } as const),
        );
        const wanted = Evaluation.evaluate({ gold, prevalence: 0.02 })({ posterior, routing: routing as never });
        expect(found.sensitivity).toEqual(wanted.sensitivity);
        expect(found.specificity).toEqual(wanted.specificity);
        expect(found.ppv).toEqual(wanted.ppv);
        expect(found.npv).toEqual(wanted.npv);
        expect(found.automation).toEqual(wanted.coverage.estimate);
        expect(found.counts.stalled.asFlowing).toBe(wanted.retired.fn);
        expect(found.counts.flowing.asStalled).toBe(wanted.retired.fp);
      }),
    );
  });

  test('inside the certified region no more errors are made than at its corner', () => {
    fc.assert(
      fc.property(worlds, ({ stacks, low, high }) => {
        const { part } = partOf(stacks);
        const { at } = part.table;
        const [a, b] = [Math.floor(low * at.length * 0.999), Math.floor(high * at.length * 0.999)].sort(
          (x, y) => x - y,
        );
        const corner = { ...part, certified: { flowingBelow: at[a], stalledAbove: at[b] } };
        const there = Page.explore(corner, { low: a + 1, high: b, prevalence: 0.02, prices });
        expect(there.certified).toBe(true);
        for (let i = 0; i <= at.length; i++) {
          for (let j = Math.max(0, i - 1); j <= at.length; j++) {
            const here = Page.explore(corner, { low: i, high: j, prevalence: 0.02, prices });
            if (here.certified !== true) continue;
            expect(here.counts.stalled.asFlowing).toBeLessThanOrEqual(there.counts.stalled.asFlowing);
            expect(here.counts.flowing.asStalled).toBeLessThanOrEqual(there.counts.flowing.asStalled);
          }
        }
      }),
      { numRuns: 20 },
    );
  });

  test('without gold of a class no rate, no cost and no automation is invented', () => {
    const { part } = partOf([
      [1, 0],
      [2, 0],
    ]);
    const found = Page.explore(part, { low: 0, high: 2, prevalence: 0.02, prices });
    expect([found.automation, found.cost, found.experts, found.misses.estimate]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(Page.exploredTexts(found)['sensitivity']).toBe('–');
  });
});

describe('pitfall checks', () => {
  const stateOf = (page: PageData, id: string) => Page.pitfallChecks(page).find((check) => check.id === id)?.state;
  const labels = data.labels ?? { chosen: 'random', uses: [], prevalence: { value: 0.01, from: 'stated' } };
  const verdict = { verdict: 'certified', tone: 'good', lines: [], certified: true } as const;
  const rate = (hits: number, n: number) => Evaluation.rate({ hits, n, confidence: 0.95 });

  test('know nothing of a page without data, and say so', () => {
    expect(Page.pitfallChecks({ title: 'Nothing' }).map(({ state }) => state)).toEqual(new Array(14).fill('unknown'));
  });

  test.each<[string, string, PageData]>([
    [
      'P01',
      'few stalls',
      { title: '', verdict: { ...verdict, claims: [{ name: 'sensitivity', rate: rate(40, 40) }] } },
    ],
    ['P02', 'rare stalls', { title: '', explorer: { ...explorer(), prevalence: 0.001 } }],
    ['P03', 'candidates', { title: '', labels: { ...labels, chosen: 'candidates-only' } }],
    ['P04', 'crowd labels', { title: '', labels: { ...labels, chosen: 'crowd' } }],
    ['P04', 'labels from the score', { title: '', labels: { ...labels, reproducedBy: { score: 1 } } }],
    ['P06', 'other votes', { title: '', labels: { ...labels, mismatch: { votesPerStack: { gold: 15, batch: 3 } } } }],
    ['P07', 'nothing retired', { title: '', verdict, explorer: { ...explorer(), chosen: { stalledAbove: 5 } } }],
    ['P08', 'low bar', { title: '', explorer: { ...explorer(), chosen: { flowingBelow: -6, stalledAbove: -5 } } }],
    [
      'P10',
      'a weak mouse',
      {
        title: '',
        strata: [
          {
            by: 'mouse',
            targets: { sensitivity: 0.9, specificity: 0.9 },
            strata: [1, 2, 3, 4].map((m) => ({
              stratum: `m${m}`,
              sensitivity: rate(m === 1 ? 20 : 99, 100),
              specificity: rate(99, 100),
            })),
          },
        ],
      },
    ],
    ['P11', 'an alarm', { title: '', weeks: { weeks: [{ week: 'W1', stacks: 5, alarm: true }] } }],
    [
      'P12',
      'probabilities that are off',
      {
        title: '',
        reliability: {
          series: [
            { name: 'model', bins: [0.1, 0.3, 0.5, 0.7].map((p) => ({ meanProbability: p, stalled: rate(0, 100) })) },
          ],
        },
      },
    ],
    [
      'P13',
      'a flagged annotator with many votes',
      {
        title: '',
        annotators: {
          annotators: ['a', 'b'].map((annotatorId, i) => ({
            annotatorId,
            votes: 100,
            sensitivity: { estimate: 0.5, interval: { lower: 0.4, upper: 0.6 } },
            specificity: { estimate: 0.5, interval: { lower: 0.4, upper: 0.6 } },
            flags: i === 0 ? ['random'] : [],
          })),
        },
      },
    ],
  ])('%s warns of %s', (id, _, planted) => {
    expect(stateOf(planted, id)).toBe('warning');
  });

  test.each<[string, PageData]>([
    ['P05', { title: '', labels: { ...labels, clusters: { by: 'mouse', count: 8 } } }],
    ['P09', { title: '', labels: { ...labels, batch: { stacks: 10, unread: 2 } } }],
    [
      'P14',
      { title: '', agreement: { names: [], pairs: [{ a: 'a', b: 'b', shared: 9, agreed: 9, errorCorrelation: 0.6 }] } },
    ],
  ])('%s asks for a look', (id, planted) => {
    expect(stateOf(planted, id)).toBe('look');
  });

  test('each has a page of its own that carries its number and its name', () => {
    for (const { id, name, page: path } of Page.pitfallChecks({ title: '' })) {
      const file = join(import.meta.dirname, '..', '..', path);
      expect(existsSync(file), path).toBe(true);
      expect(readFileSync(file, 'utf8').split('\n')[0]).toBe(`# ${id} ${name}`);
    }
  });
});
