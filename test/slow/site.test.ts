import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Report } from '../../src/index.js';
import { pageOfLaboratory } from '../page/fixture.js';

/** The documentation site: built as `npm run docs` builds it, then every link of it is followed. */

const ROOT = join(import.meta.dirname, '..', '..');

/** The clock on the wall says little on a busy machine. */
const COUNTED = [
  '--import',
  'data:text/javascript,process.on("exit",()=>{const{user,system}=process.cpuUsage();console.log("processor seconds: "+(user+system)/1e6)})',
];

describe('the documentation site', () => {
  const site = mkdtempSync(join(tmpdir(), 'tandem-site-'));
  let printed = '';
  let seconds = 0;

  beforeAll(async () => {
    // `npm run docs` writes it with an example, from the built package.
    const { html } = await Report.page(pageOfLaboratory(1));
    mkdirSync(join(ROOT, 'docs', 'sample'), { recursive: true });
    writeFileSync(join(ROOT, 'docs', 'sample', 'report.html'), html);
    printed = execFileSync(
      process.execPath,
      [...COUNTED, 'node_modules/typedoc/bin/typedoc', '--out', site, '--pretty', 'false', '--logLevel', 'Warn'],
      { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
    );
    seconds = Number(/processor seconds: ([\d.]+)/.exec(printed)?.[1]);
  }, 300_000);

  afterAll(() => rmSync(site, { recursive: true, force: true }));

  test('builds in less than a minute, without a broken link', () => {
    console.log(`built in ${seconds.toFixed(0)} s of processor time`);
    expect(printed).not.toMatch(/failed to resolve|broken|does not exist/i);
    expect(seconds).toBeLessThan(60);
  });

  test('every link leads somewhere, and every anchor is there', () => {
    const pages = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.html'));
    expect(pages.length).toBeGreaterThan(200);
    const texts = new Map(pages.map((file) => [resolve(site, file), readFileSync(join(site, file), 'utf8')]));
    const anchors = new Map(
      [...texts].map(([file, text]) => [
        file,
        new Set([...text.matchAll(/ (?:id|name)="([^"]+)"/g)].map(([, id]) => id)),
      ]),
    );
    const broken = [...texts].flatMap(([file, text]) =>
      [...text.matchAll(/ (?:href|src)="([^"]*)"/g)].flatMap(([, link]) => {
        if (/^(?:https?|data|mailto|javascript):/.test(link)) return [];
        const [path, anchor] = link.replaceAll('&amp;', '&').split('#');
        const target = path === '' ? file : resolve(dirname(file), decodeURIComponent(path));
        const isFile = existsSync(target) && statSync(target).isFile();
        const known = anchors.get(target);
        const isAnchor =
          anchor === undefined || anchor === '' || known === undefined || known.has(decodeURIComponent(anchor));
        return isFile && isAnchor ? [] : [`${relative(site, file)}: ${link}`];
      }),
    );
    expect([...new Set(broken)]).toEqual([]);
  });

  test('guides, pitfalls, formulas, decisions and the sample report are in it, and the search knows them', () => {
    const documents = readdirSync(join(site, 'documents'));
    for (const name of [
      'Five-minute_start',
      'Read_the_report',
      'Formulas',
      'Benchmarks',
      'Glossary',
      '11._Figures_of_our_own',
    ]) {
      expect(documents.filter((file) => file.startsWith(name))).toHaveLength(1);
    }
    expect(documents.filter((file) => /^P\d\d_/.test(file))).toHaveLength(14);
    expect(readdirSync(join(site, 'media'))).toContain('report.html');
    expect(statSync(join(site, 'assets', 'search.js')).size).toBeGreaterThan(10_000);
  });
});
