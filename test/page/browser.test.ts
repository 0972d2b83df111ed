import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Browser, Page as Tab } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Page, Report } from '../../src/index.js';
import { browserNote, hasChromium, launched } from './chromium.js';
import { pageOfLaboratory, simulatedFilms } from './fixture.js';

/** The page as people use it: in a browser, by mouse and by keyboard, on screens wide and narrow, light and dark. */

const AXE = axe.source;

const part = pageOfLaboratory(1).explorer;

const explorerOf = (explorer: typeof part): NonNullable<typeof part> => {
  if (explorer === undefined) throw new Error('the fixture has an explorer');
  return explorer;
};

describe.skipIf(!hasChromium)(`a page in a browser${browserNote}`, { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-page-'));
  const file = join(folder, 'page.html');
  let browser: Browser;

  beforeAll(async () => {
    const { html } = await Report.page({ ...pageOfLaboratory(1), gallery: simulatedFilms(6) });
    writeFileSync(file, html);
    browser = await launched();
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Opens the page; every word on the console, every error and every request that leaves it is collected. */
  const opened = async (
    options: {
      readonly width?: number;
      readonly colorScheme?: 'light' | 'dark';
      readonly hash?: string;
      readonly audit?: boolean;
    } = {},
  ) => {
    const { width = 1280, colorScheme = 'light', hash = '', audit = false } = options;
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, bypassCSP: audit });
    const tab = await context.newPage();
    const complaints: string[] = [];
    tab.on('console', (message) => complaints.push(message.text()));
    tab.on('pageerror', ({ message }) => complaints.push(message));
    tab.on('request', (request) => {
      if (!/^(file|data):/.test(request.url())) complaints.push(request.url());
    });
    await tab.goto(`file://${file}${hash}`);
    return { tab, complaints, close: () => context.close() };
  };

  const shown = async (tab: Tab): Promise<Readonly<Record<string, string>>> =>
    Object.fromEntries(
      await tab.$$eval('[id^="out-"]', (cells) => cells.map((cell) => [cell.id.slice(4), cell.textContent ?? ''])),
    );

  const setTo = async (tab: Tab, id: string, value: string): Promise<void> => {
    await tab.$eval(
      `#${id}`,
      (input, text) => {
        if (!('value' in input)) return;
        input.value = text;
        input.dispatchEvent(new Event('input', { bubbles: true }));
      },
      value,
    );
  };

  test('every slider and every number field moves a figure, without a complaint or a request', async () => {
    const { tab, complaints, close } = await opened();
    const start = await shown(tab);
    const { table } = explorerOf(part);
    const moves: readonly (readonly [string, string, string])[] = [
      ['low', '3', 'flowing-as-flowing'],
      ['high', '250', 'stalled-as-stalled'],
      ['low-number', '0.5', 'flowing-as-flowing'],
      ['high-number', '99', 'stalled-as-stalled'],
      // Where stalls are missed, alarms are false and experts are asked, so that every price counts.
      ['high', String(table.flowing.upTo.findLastIndex((count) => count < table.flowing.all)), 'flowing-as-stalled'],
      ['low', String(table.stalled.below.findIndex((count) => count > 0) + 1), 'stalled-as-flowing'],
      ['prevalence', '-1', 'ppv'],
      ['prevalence-number', '0.3', 'misses'],
      ...['vote', 'expert', 'miss', 'alarm'].flatMap((name) => [
        [name, '3', 'cost'] as const,
        [`${name}-number`, '777', 'cost'] as const,
      ]),
    ];
    await setTo(tab, 'low', '60');
    let before = await shown(tab);
    expect(before).not.toEqual(start);
    for (const [id, value, figure] of moves) {
      await setTo(tab, id, value);
      const after = await shown(tab);
      if (!(id.startsWith('miss') && before['stalled-as-flowing'] === '0'))
        expect(after[figure], id).not.toBe(before[figure]);
      before = after;
    }
    await tab.click('#reset');
    expect(await shown(tab)).toEqual(start);
    expect(complaints).toEqual([]);
    await close();
  });

  test('the script shows what the library computes, at any position', async () => {
    const explorer = explorerOf(part);
    const { tab, close } = await opened();
    const n = explorer.table.at.length;
    const positions = [0, 1, 17, 60, 111, 190, n - 1, n].flatMap((low) =>
      [0, 40, 130, 222, n - 1, n].filter((high) => low <= high + 1).map((high) => ({ low, high })),
    );
    for (const [i, { low, high }] of positions.entries()) {
      const prevalence = [0.001, 0.02, 0.25][i % 3];
      await setTo(tab, 'low', '0');
      await setTo(tab, 'high', String(high));
      await setTo(tab, 'low', String(low));
      await setTo(tab, 'prevalence-number', String(100 * prevalence));
      const settings = { low, high, prevalence, prices: { vote: 1, expert: 20, miss: 500, alarm: 20 } };
      expect(await shown(tab), `${low} ${high}`).toMatchObject(Page.exploredTexts(Page.explore(explorer, settings)));
    }
    await close();
  });

  test('the keyboard alone is enough', async () => {
    const { tab, complaints, close } = await opened();
    const focused = (): Promise<string> => tab.evaluate('document.activeElement.id');
    const reached = new Set<string>();
    await tab.evaluate("document.getElementById('explorer').scrollIntoView()");
    for (let i = 0; i < 120 && (await focused()) !== 'copy-policy'; i++) {
      await tab.keyboard.press('Tab');
      reached.add(await focused());
    }
    const controls = [
      'low',
      'low-number',
      'high',
      'high-number',
      'prevalence',
      'vote',
      'expert',
      'miss',
      'alarm',
      'cheapest',
      'reset',
    ];
    expect(controls.filter((id) => !reached.has(id))).toEqual([]);
    await tab.focus('#low');
    const before = await shown(tab);
    for (let i = 0; i < 25; i++) await tab.keyboard.press('ArrowRight');
    expect((await shown(tab))['flowing-as-flowing']).not.toBe(before['flowing-as-flowing']);
    expect(await tab.getAttribute('#low', 'aria-valuetext')).toMatch(/ %$/);
    await tab.focus('#copy-policy');
    await tab.keyboard.press('Enter');
    const copied = JSON.parse(await tab.inputValue('#copied'));
    expect(copied.operatingPoint.flowingBelow).toBeTypeOf('number');
    expect(complaints).toEqual([]);
    await close();
  });

  test('its state stands in the address, and comes back from it', async () => {
    const { tab, close } = await opened();
    await setTo(tab, 'low', '40');
    await setTo(tab, 'high', '200');
    await setTo(tab, 'prevalence-number', '0.7');
    const state = await shown(tab);
    const hash = new URL(tab.url()).hash;
    await close();
    const again = await opened({ hash });
    expect(await shown(again.tab)).toEqual(state);
    // A section link in the same address leaves the sliders alone.
    await again.tab.click('nav a[href="#curves"]');
    expect(await shown(again.tab)).toEqual(state);
    await again.close();
    const broken = await opened({ hash: '#low=x&high=&prevalence=9&vote=-1' });
    expect(broken.complaints).toEqual([]);
    await broken.close();
  });

  test('the certificate is said to hold inside the shaded region, and not outside', async () => {
    const { tab, close } = await opened();
    const inside = (await shown(tab))['certified'];
    await setTo(tab, 'low', '1');
    expect((await shown(tab))['certified']).toBe(inside);
    await setTo(tab, 'low', '200');
    expect((await shown(tab))['certified']).not.toBe(inside);
    await close();
  });

  test('the cheapest thresholds are no dearer than any other', async () => {
    const { tab, close } = await opened();
    const cost = async (): Promise<number> => Number((await shown(tab))['cost'].replaceAll(',', ''));
    for (const miss of ['0', '30', '500', '100000']) {
      await setTo(tab, 'miss-number', miss);
      await tab.click('#cheapest');
      const cheapest = await cost();
      for (const [low, high] of [
        ['0', '300'],
        ['50', '60'],
        ['120', '200'],
        ['10', '30'],
      ]) {
        await setTo(tab, 'low', low);
        await setTo(tab, 'high', high);
        expect(await cost()).toBeGreaterThanOrEqual(cheapest - 1);
      }
    }
    await close();
  });

  test.each([
    [1280, 'light'],
    [1280, 'dark'],
    [400, 'light'],
    [400, 'dark'],
  ] as const)('axe finds no violation and nothing sticks out, %i wide and %s', async (width, colorScheme) => {
    const { tab, close } = await opened({ width, colorScheme, audit: true });
    await tab.$$eval('details', (all) => {
      for (const one of all) one.setAttribute('open', '');
    });
    await tab.addScriptTag({ content: AXE });
    const found: { readonly passes: number; readonly violations: readonly string[] } = await tab.evaluate(
      `axe.run().then(({ passes, violations }) => ({
        passes: passes.length,
        violations: violations.map(({ id, nodes }) => id + ': ' + nodes[0].html.slice(0, 200)),
      }))`,
    );
    expect(found.violations).toEqual([]);
    expect(found.passes).toBeGreaterThan(20);
    expect(await tab.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    await close();
  });

  test('on paper there are no controls, and everything is dark on white', async () => {
    const { tab, close } = await opened({ colorScheme: 'dark' });
    await tab.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await tab.isVisible('#controls')).toBe(false);
    expect(await tab.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
    expect((await tab.pdf({ format: 'A4' })).length).toBeGreaterThan(10_000);
    await close();
  });

  test('films play when asked, and rest for those who want no motion', async () => {
    const { tab, close } = await opened();
    const playing = (): Promise<string> =>
      tab.evaluate("getComputedStyle(document.querySelector('.strip')).animationName");
    expect(await playing()).toBe('none');
    await tab.click('#play');
    expect(await playing()).toBe('film');
    await tab.click('#play');
    await tab.emulateMedia({ reducedMotion: 'reduce' });
    await tab.focus('.strip');
    expect(await playing()).toBe('none');
    await close();
  });
});
