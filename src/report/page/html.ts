import { countText, fixed, percent } from '../../output/format.js';
import { type DataTable, type Drawing, escaped, RIGHT_MARGIN, tag, WIDTH } from '../figures/index.js';
import type { PitfallCheck } from './checks.js';
import type { PageData, VerdictClaim, VerdictPart } from './data.js';
import { CERTIFIED_TEXT, type Explored, type ExplorerSettings, exploredTexts } from './explorer.js';
import type { Thumbnail } from './gallery.js';
import { logOddsAxis } from './posteriors.js';
import { PAGE_SCRIPT } from './script.js';
import { type PageSection, shownCell } from './sections.js';
import { PAGE_STYLE } from './style.js';

/** Everything that stands on a page, worked out. */
export interface PageContent {
  readonly data: PageData;
  readonly checks: readonly PitfallCheck[];
  readonly sections: readonly PageSection[];
  readonly explored?: { readonly settings: ExplorerSettings; readonly figures: Explored };
  readonly thumbnails: readonly Thumbnail[];
}

/** No address may be asked for anything: a browser that would try is stopped here. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

/** One page as HTML. It needs no other file, and loads nothing. */
export const htmlOf = (content: PageContent): string => {
  const { data, sections } = content;
  const links = [{ id: 'verdict', heading: 'Verdict' }, ...sections];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="tandem-consensus">
<link rel="icon" href="data:,">
<title>${escaped(data.title)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<a class="skip" href="#main">To the content</a>
<header>
<h1>${escaped(data.title)}</h1>
${data.about === undefined ? '' : paragraph(data.about)}
<nav aria-label="Sections"><ul>${links.map(({ id, heading }) => `<li><a href="#${id}">${escaped(heading)}</a></li>`).join('')}</ul></nav>
</header>
<main id="main">
${verdictHtml(content)}
${sections.map((section) => sectionHtml(section, content)).join('\n')}
</main>
<footer>Made by tandem-consensus. This page holds everything it shows and asks no address for anything. The JSON file beside it has the same figures.</footer>
${explorerData(content)}<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
};

const paragraph = (text: string, name?: string): string => tag('p', { class: name }, escaped(text));

const TONES = { good: '✓', open: '○', bad: '✕' } as const;

const verdictHtml = ({ data: { verdict }, checks }: PageContent): string => {
  const card =
    verdict === undefined
      ? ''
      : tag(
          'div',
          { class: `card ${verdict.tone}` },
          tag(
            'p',
            { class: 'verdict' },
            `<span aria-hidden="true">${TONES[verdict.tone]}</span> ${escaped(verdict.verdict)}`,
          ),
          ...verdict.lines.map((one) => paragraph(one)),
          claimsHtml(verdict),
          tilesHtml((verdict.facts ?? []).map(({ name, value }) => [name, shownCell(value)])),
        );
  return `<section id="verdict" aria-labelledby="verdict-heading"><h2 id="verdict-heading">Verdict</h2>${card}${checksHtml(checks)}</section>`;
};

/** Held-out gold is a part of gold: where it is too small to show a target again, it contradicts nothing. */
const OUTCOMES = {
  met: 'shown again',
  'not met': 'not met',
  open: 'not contradicted, too few stacks to show it again',
} as const;

const claimsHtml = ({ claims = [] }: VerdictPart): string => {
  const tile = ({ name, rate, target, outcome }: VerdictClaim): string => {
    const { hits, n, estimate, interval } = rate;
    const found = estimate === undefined ? 'no such gold' : `${countText(hits)} of ${countText(n)}`;
    const bounds =
      estimate === undefined ? '' : `${fixed(estimate)} (${fixed(interval.lower)}–${fixed(interval.upper)})`;
    const against = target === undefined ? '' : `target ${percent(target)}`;
    const shown = outcome === undefined || estimate === undefined ? '' : `: ${OUTCOMES[outcome]}`;
    return `<div><dt>${escaped(name)}</dt><dd>${escaped(`${found}${bounds === '' ? '' : `: ${bounds}`}`)}</dd><dd class="note">${escaped(`${against}${shown}`)}</dd></div>`;
  };
  return claims.length === 0 ? '' : `<dl class="tiles claims">${claims.map(tile).join('')}</dl>`;
};

const tilesHtml = (facts: readonly (readonly [string, string])[]): string =>
  facts.length === 0
    ? ''
    : tag(
        'dl',
        { class: 'tiles' },
        ...facts.map(([name, value]) => `<div><dt>${escaped(name)}</dt><dd>${escaped(value)}</dd></div>`),
      );

const MARKS: Readonly<Record<PitfallCheck['state'], readonly [string, string]>> = {
  warning: ['✕', 'Warning'],
  look: ['!', 'Look'],
  fine: ['✓', 'Fine'],
  unknown: ['?', 'Not known'],
};

const checksHtml = (checks: readonly PitfallCheck[]): string => {
  const item = ({ id, name, state, found, page }: PitfallCheck): string => {
    const [mark, word] = MARKS[state];
    return `<li class="${state}"><span class="mark" aria-hidden="true">${mark}</span><span><span class="hidden">${word}: </span><strong>${id} ${escaped(name)}</strong> – ${escaped(found)}<small>${escaped(page)}</small></span></li>`;
  };
  const loud = checks.filter(({ state }) => state === 'warning' || state === 'look');
  const quiet = checks.filter(({ state }) => state === 'fine' || state === 'unknown');
  const summary = `${quiet.filter(({ state }) => state === 'fine').length} pitfalls avoided, ${quiet.filter(({ state }) => state === 'unknown').length} that these data cannot tell`;
  return `<h3>Pitfalls</h3>${
    loud.length === 0 ? '<p>None was found.</p>' : `<ul class="checks">${loud.map(item).join('')}</ul>`
  }<details><summary>${summary}</summary><ul class="checks">${quiet.map(item).join('')}</ul></details>`;
};

const sectionHtml = (section: PageSection, content: PageContent): string => {
  const { id, heading, lead, warnings = [], tables = [], drawings = [], special } = section;
  return [
    `<section id="${id}" aria-labelledby="${id}-heading"><h2 id="${id}-heading">${escaped(heading)}</h2>`,
    lead === undefined ? '' : paragraph(lead),
    ...warnings.map((one) => paragraph(`Warning: ${one}`, 'warn')),
    tables.length === 0
      ? ''
      : `<div class="tables">${tables.map((table) => tableHtml(table, table.title)).join('')}</div>`,
    special === 'explorer' ? explorerHtml(content, drawings) : '',
    special === 'gallery' ? galleryHtml(content) : '',
    drawings.length === 0 || special === 'explorer'
      ? ''
      : `<div class="figures">${drawings.map(drawingHtml).join('')}</div>`,
    '</section>',
  ].join('');
};

const drawingHtml = ({ id, title, description, views, table }: Drawing): string => {
  const picture =
    views.length === 1
      ? views[0].svg
      : `<div class="views"><fieldset><legend>Scale of ${escaped(title)}</legend>${views
          .map(
            ({ name }, i) =>
              `<label><input type="radio" name="${id}-view" value="${i}"${i === 0 ? ' checked' : ''}>${escaped(name)}</label>`,
          )
          .join('')}</fieldset>${views.map(({ svg }, i) => `<div class="view v${i}">${svg}</div>`).join('')}</div>`;
  return `<div class="figure" id="figure-${id}"><h3>${escaped(title)}</h3>${picture}${paragraph(description)}<details><summary>Table of ${escaped(title)}</summary>${tableHtml(table, title)}</details></div>`;
};

/** Text of more letters than this may break, in a column wide enough to be read. */
const LONG_CELL = 24;

/** A table that scrolls by itself where it is wider than the screen, also by keyboard. */
const tableHtml = ({ columns, rows }: DataTable, title: string): string => {
  const isNumber = columns.map((_, c) => rows.some((row) => typeof row[c] === 'number'));
  const isLong = columns.map((_, c) => rows.some((row) => String(row[c]).length > LONG_CELL));
  const name = (c: number): string => (isNumber[c] ? ' class="number"' : isLong[c] ? ' class="long"' : '');
  const head = columns.map((column, c) => `<th scope="col"${name(c)}>${escaped(column.trim())}</th>`).join('');
  const body = rows
    .map((row) => `<tr>${row.map((cell, c) => `<td${name(c)}>${escaped(shownCell(cell))}</td>`).join('')}</tr>`)
    .join('');
  return `<div class="scroll" tabindex="0" role="region" aria-label="${escaped(`Table: ${title}`)}"><table><caption>${escaped(title)}</caption><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
};

const control = (
  id: string,
  label: string,
  {
    min,
    max,
    step,
    value,
    number,
    unit,
    numberStep = 'any',
  }: {
    readonly min: number;
    readonly max: number;
    readonly step: number | 'any';
    readonly value: number;
    readonly number: string;
    readonly unit: string;
    readonly numberStep?: string;
  },
): string =>
  `<div class="control"><label for="${id}">${escaped(label)}</label><input type="range" id="${id}" min="${min}" max="${max}" step="${step}" value="${value}"><span class="unit"><input type="number" id="${id}-number" aria-label="${escaped(`${label}, as a number`)}" min="0" step="${numberStep}" value="${number}">${escaped(unit)}</span></div>`;

const probabilityText = (z: number): string => String(Number((100 / (1 + Math.exp(-z))).toPrecision(4)));

const explorerHtml = ({ data: { explorer }, explored }: PageContent, drawings: readonly Drawing[]): string => {
  if (explorer === undefined || explored === undefined) return '';
  const { settings, figures } = explored;
  const { table, command } = explorer;
  const texts = exploredTexts(figures);
  const last = table.at.length;
  const out = (name: string): string => `<span id="out-${name}">${escaped(texts[name] ?? '–')}</span>`;
  const row = (name: string, key: string): string =>
    `<tr><th scope="row">${name}</th>${['as-flowing', 'asked', 'as-stalled'].map((what) => `<td class="number">${out(`${key}-${what}`)}</td>`).join('')}</tr>`;
  const price = (id: keyof ExplorerSettings['prices'], label: string, most: number): string => {
    const value = settings.prices[id];
    return control(id, label, {
      min: 0,
      max: Math.max(most, value),
      step: 'any',
      value,
      number: String(value),
      unit: '',
    });
  };
  const tile = (label: string, key: string): string => `<div><dt>${label}</dt><dd>${out(key)}</dd></div>`;
  return `<div class="explorer">
<div class="look">${drawings.map(({ title, views }) => `<h3>${escaped(title)}</h3>${views[0].svg}`).join('')}
<p id="out-certified" role="status"${figures.certified === undefined ? '' : ` class="${figures.certified ? 'good' : 'open'}"`}>${escaped(texts['certified'] ?? 'Nothing is certified.')}</p>
</div>
<form class="controls" id="controls" autocomplete="off">
<fieldset><legend>Thresholds</legend>
${control('low', 'Retire as flowing below', { min: 0, max: last, step: 1, value: settings.low, number: settings.low === 0 ? '' : probabilityText(table.at[settings.low - 1]), unit: '%' })}
${control('high', 'Retire as stalled above', { min: 0, max: last, step: 1, value: settings.high, number: settings.high === last ? '' : probabilityText(table.at[settings.high]), unit: '%' })}
</fieldset>
<fieldset><legend>Where it is used</legend>
${control('prevalence', 'Share of stacks that are stalled', { min: -4, max: -0.3, step: 'any', value: Math.log10(settings.prevalence), number: String(Number((100 * settings.prevalence).toPrecision(4))), unit: '%' })}
</fieldset>
<fieldset><legend>Prices, in any one unit</legend>
${price('vote', 'A vote', 10)}${price('expert', 'An expert look', 200)}${price('miss', 'A missed stall', 5000)}${price('alarm', 'A false alarm', 500)}
</fieldset>
<button type="button" id="cheapest">Cheapest at these prices</button><button type="button" id="reset">Back to the start</button>
${command === undefined ? '' : '<button type="button" id="copy-command">Copy as command</button>'}<button type="button" id="copy-policy">Copy as policy</button>
<textarea id="copied" rows="5" readonly hidden aria-label="Text to copy"></textarea><p id="copied-note" role="status"></p>
</form>
<div class="numbers">
<div class="scroll" tabindex="0" role="region" aria-label="Table: gold by decision"><table><caption>Gold by decision</caption><thead><tr><td></td><th scope="col" class="number">retired as flowing</th><th scope="col" class="number">expert</th><th scope="col" class="number">retired as stalled</th></tr></thead><tbody>${row('stalled gold', 'stalled')}${row('flowing gold', 'flowing')}${table.batch === undefined ? '' : row('batch', 'batch')}</tbody></table></div>
<dl class="tiles">${[
    ['sensitivity', 'sensitivity'],
    ['specificity', 'specificity'],
    ['MCC', 'mcc'],
    ['of those called stalled, are', 'ppv'],
    ['of those called flowing, are', 'npv'],
    ['decided automatically', 'automation'],
  ]
    .map(([label, key]) => tile(label, key))
    .join('')}</dl>
<h3>Per 10,000 stacks</h3>
<dl class="tiles">${[
    ['votes', 'votes'],
    ['expert looks', 'experts'],
    ['missed stalls', 'misses'],
    ['false alarms', 'alarms'],
    ['cost', 'cost'],
  ]
    .map(([label, key]) => tile(label, key))
    .join('')}</dl>
${drawings.map(({ title, description, table: numbers }) => `${paragraph(description)}<details><summary>Table of ${escaped(title)}</summary>${tableHtml(numbers, title)}</details>`).join('')}
</div></div>`;
};

/** Where the script finds the counts; `<` is escaped, so that no text of the data can end the element. */
const explorerData = ({ data: { explorer }, explored }: PageContent): string => {
  if (explorer === undefined || explored === undefined) return '';
  const { table, certified, confidence, votesPerStack, command } = explorer;
  const { from, to } = logOddsAxis(explorer);
  const document = {
    table,
    certified:
      certified === undefined
        ? undefined
        : { flowingBelow: certified.flowingBelow, stalledAbove: certified.stalledAbove },
    confidence,
    votesPerStack,
    start: explored.settings,
    axis: { from, to, left: 18, right: WIDTH - RIGHT_MARGIN },
    command,
    texts: CERTIFIED_TEXT,
  };
  return `<script type="application/json" id="explorer-data">${JSON.stringify(document).replaceAll('<', '\\u003c')}</script>\n`;
};

const galleryHtml = ({ thumbnails, data }: PageContent): string => {
  const all = data.gallery?.films.length ?? 0;
  const films = thumbnails.map(({ film, width, height, frames, source }) => {
    const { stackId, why, probability, votes } = film;
    const facts = [
      ...(probability === undefined ? [] : [`P(stalled) ${percent(probability)}`]),
      ...(votes === undefined ? [] : [`${votes} votes`]),
    ].join(', ');
    return `<figure class="film"><div class="strip" tabindex="0" role="img" aria-label="${escaped(`Film of ${stackId}, ${frames} frames`)}" style="--n:${frames};--w:${width};--h:${height};background-image:url(${source})"></div><figcaption><strong>${escaped(stackId)}</strong><br>${escaped(why)}${facts === '' ? '' : `<br>${escaped(facts)}`}</figcaption></figure>`;
  });
  const left = all - thumbnails.length;
  return `<p><button type="button" id="play" aria-pressed="false">Play all films</button> One film plays while it is pointed at or has the focus.</p><div class="films">${films.join('')}</div>${
    left > 0 ? paragraph(`${left} more films are left out: the page would be too large.`) : ''
  }`;
};
