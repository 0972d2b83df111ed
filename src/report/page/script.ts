/**
 * The script of a page: plain JavaScript without a library, as text. It repeats `explore` and `exploredTexts` for the sliders;
 * a test in a browser holds both to the same figures.
 */
export const PAGE_SCRIPT = `(() => {
'use strict';
const byId = (id) => document.getElementById(id);
const holder = byId('explorer-data');
const play = byId('play');
if (play) play.addEventListener('click', () => {
  const on = document.body.classList.toggle('playing');
  play.setAttribute('aria-pressed', String(on));
});
if (!holder) return;
const { table, certified, confidence, votesPerStack, start, axis, command, texts } = JSON.parse(holder.textContent);
const n = table.at.length;
const copyOf = (state) => ({ ...state, prices: { ...state.prices } });
let state = copyOf(start);

/* Exact intervals (Clopper and Pearson 1934) by the incomplete beta function. */
const G = [676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7];
const logGamma = (x) => {
  let sum = 0.99999999999980993;
  G.forEach((g, i) => { sum += g / (x + i); });
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
};
const beta = (x, a, b) => {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - beta(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x)) / a;
  let f = 1, c = 1, d = 0;
  for (let i = 0; i <= 2000; i++) {
    const m = i >> 1;
    const part = i === 0 ? 1 : i % 2 === 0 ? (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)) : (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + part * d || 1e-30);
    c = 1 + part / c || 1e-30;
    f *= c * d;
    if (Math.abs(1 - c * d) < 1e-14) break;
  }
  return front * (f - 1);
};
const quantile = (p, a, b) => {
  let low = 0, high = 1;
  for (let i = 0; i < 70; i++) {
    const middle = (low + high) / 2;
    if (beta(middle, a, b) < p) low = middle; else high = middle;
  }
  return (low + high) / 2;
};
const memory = new Map();
const bounds = (hits, all, delta) => {
  const key = hits + '/' + all + '/' + delta;
  if (!memory.has(key)) memory.set(key, [hits === 0 ? 0 : quantile(delta, hits, all - hits + 1), hits === all ? 1 : quantile(1 - delta, hits + 1, all - hits)]);
  return memory.get(key);
};

const split = ({ all, below, upTo }, low, high) => {
  const flowing = low === 0 ? 0 : below[low - 1];
  const stalled = high === n ? 0 : all - upTo[high];
  return { stalled, asked: all - flowing - stalled, flowing };
};
const ratio = (part, rest) => (part + rest === 0 ? undefined : part / (part + rest));
const mccAt = (se, sp, p) => {
  const q = p * se + (1 - p) * (1 - sp), r = p * (1 - se) + (1 - p) * sp, v = p * (1 - p);
  return v === 0 || q === 0 || r === 0 ? 0 : Math.max(-1, Math.min(1, (se + sp - 1) * Math.sqrt(v / (q * r))));
};
const count = (x) => x.toLocaleString('en-US');
const fixed = (x) => x.toFixed(3);
const amount = (x) => (x < 100 ? x.toFixed(1) : count(Math.round(x)));
const interval = (x, [low, high], show) => (x === undefined ? '–' : show(x) + ' (' + show(low) + '–' + show(high) + ')');
const inside = ({ low, high }) => (low === 0 || table.at[low - 1] <= certified.flowingBelow) && (high === n || table.at[high] >= certified.stalledAbove);

const figures = (now) => {
  const { low, high, prevalence: p, prices } = now;
  const a = split(table.stalled, low, high), b = split(table.flowing, low, high);
  const S = table.stalled.all, F = table.flowing.all;
  const share = (hits, all) => (all === 0 ? undefined : hits / all);
  const two = (hits, all) => (all === 0 ? [0, 1] : bounds(hits, all, (1 - confidence) / 2));
  const four = (hits, all) => (all === 0 ? [0, 1] : bounds(hits, all, (1 - confidence) / 4));
  const se = share(S - a.flowing, S), sp = share(F - b.stalled, F);
  const se2 = two(S - a.flowing, S), sp2 = two(F - b.stalled, F);
  const se4 = four(S - a.flowing, S), sp4 = four(F - b.stalled, F), found4 = four(a.stalled, S), cleared4 = four(b.flowing, F);
  const found = share(a.stalled, S), cleared = share(b.flowing, F);
  const known = S > 0 && F > 0;
  const ppv = (x, y) => ratio(p * x, (1 - p) * (1 - y)), npv = (x, y) => ratio((1 - p) * y, p * (1 - x));
  const ends = (at, x, y) => [at(x[0], y[0]), at(x[1], y[1])];
  const per = (x, all2, w) => [x === undefined ? undefined : 1e4 * w * (1 - x), [1e4 * w * (1 - all2[1]), 1e4 * w * (1 - all2[0])]];
  const automation = known ? p * ((a.stalled + a.flowing) / S) + (1 - p) * ((b.stalled + b.flowing) / F) : undefined;
  const experts = known ? 1e4 * (1 - automation) : undefined;
  const votes = votesPerStack ? 1e4 * (p * votesPerStack.stalled + (1 - p) * votesPerStack.flowing) : undefined;
  const [misses, missEnds] = per(se, se2, p), [alarms, alarmEnds] = per(sp, sp2, 1 - p);
  const cost = known ? prices.vote * (votes || 0) + prices.expert * experts + prices.miss * misses + prices.alarm * alarms : undefined;
  const c = table.batch ? split(table.batch, low, high) : undefined;
  return {
    'stalled-as-stalled': count(a.stalled), 'stalled-asked': count(a.asked), 'stalled-as-flowing': count(a.flowing),
    'flowing-as-stalled': count(b.stalled), 'flowing-asked': count(b.asked), 'flowing-as-flowing': count(b.flowing),
    'batch-as-stalled': c && count(c.stalled), 'batch-asked': c && count(c.asked), 'batch-as-flowing': c && count(c.flowing),
    sensitivity: interval(se, se2, fixed), specificity: interval(sp, sp2, fixed),
    ppv: interval(known ? ppv(found, sp) : undefined, ends(ppv, found4, sp4), fixed),
    npv: interval(known ? npv(se, cleared) : undefined, ends(npv, se4, cleared4), fixed),
    mcc: interval(known ? mccAt(se, sp, p) : undefined, [mccAt(se4[0], sp4[0], p), mccAt(se4[1], sp4[1], p)], fixed),
    automation: known ? (100 * automation).toFixed(1) + ' %' : '–',
    votes: votes === undefined ? '–' : amount(votes), experts: known ? amount(experts) : '–',
    misses: interval(misses, missEnds, amount), alarms: interval(alarms, alarmEnds, amount),
    cost: known ? amount(cost) : '–',
    certified: certified && (inside(now) ? texts.inside : texts.outside),
  };
};

const probability = (z) => 1 / (1 + Math.exp(-z));
const percentOf = (z) => Number((100 * probability(z)).toPrecision(4));
const lowAt = () => (state.low === 0 ? undefined : table.at[state.low - 1]);
const highAt = () => (state.high === n ? undefined : table.at[state.high]);
const words = (z, off) => (z === undefined ? off : percentOf(z) + ' %');
const place = (z) => Math.max(0, Math.min(1, (z - axis.from) / (axis.to - axis.from))) * (axis.right - axis.left) + axis.left;
const move = (side, z) => {
  for (const line of document.querySelectorAll('.threshold.' + side)) line.setAttribute('transform', 'translate(' + Math.round(10 * place(z)) / 10 + ' 0)');
};
const PRICES = ['vote', 'expert', 'miss', 'alarm'];

const show = (from) => {
  for (const [name, text] of Object.entries(figures(state))) {
    const cell = byId('out-' + name);
    if (cell && text !== undefined && cell.textContent !== text) cell.textContent = text;
  }
  const set = (id, value) => { if (byId(id) !== from) byId(id).value = value; };
  const low = lowAt(), high = highAt();
  set('low', state.low); set('high', state.high);
  set('low-number', low === undefined ? '' : percentOf(low)); set('high-number', high === undefined ? '' : percentOf(high));
  byId('low').setAttribute('aria-valuetext', words(low, 'nothing'));
  byId('high').setAttribute('aria-valuetext', words(high, 'nothing'));
  const p = Number((100 * state.prevalence).toPrecision(4));
  set('prevalence', Math.log10(state.prevalence)); set('prevalence-number', p);
  byId('prevalence').setAttribute('aria-valuetext', p + ' %');
  for (const name of PRICES) { set(name, state.prices[name]); set(name + '-number', state.prices[name]); }
  move('low', low === undefined ? axis.from : low); move('high', high === undefined ? axis.to : high);
  const status = byId('out-certified');
  if (status && certified) status.className = inside(state) ? 'good' : 'open';
};

const keep = () => {
  const z = (x) => (x === undefined ? 'off' : x.toFixed(4));
  const pairs = [['low', z(lowAt())], ['high', z(highAt())], ['prevalence', Number(state.prevalence.toPrecision(6))], ...PRICES.map((name) => [name, state.prices[name]])];
  history.replaceState(null, '', '#' + pairs.map(([key, value]) => key + '=' + value).join('&'));
};
const nearest = (z) => table.at.reduce((best, x, i) => (Math.abs(x - z) < Math.abs(table.at[best] - z) ? i : best), 0);
const recall = () => {
  const hash = new URLSearchParams(location.hash.slice(1));
  if (!hash.has('low')) return;
  const position = (text, off) => (text === null || text === 'off' || !Number.isFinite(Number(text)) ? off : nearest(Number(text)));
  const low = position(hash.get('low'), -1) + 1;
  const high = position(hash.get('high'), n);
  const number = (key, old, fits) => { const x = Number(hash.get(key) ?? NaN); return fits(x) ? x : old; };
  state = { low: Math.min(low, high + 1), high, prevalence: number('prevalence', state.prevalence, (x) => x > 0 && x < 1), prices: Object.fromEntries(PRICES.map((name) => [name, number(name, state.prices[name], (x) => x >= 0)])) };
};
const changed = (from) => { show(from); keep(); };

/* One threshold pushes the other along, so that no stack is retired twice. */
const setLow = (value, from) => { state.low = value; state.high = Math.max(state.high, value - 1); changed(from); };
const setHigh = (value, from) => { state.high = value; state.low = Math.min(state.low, value + 1); changed(from); };
const on = (id, then) => byId(id).addEventListener('input', (event) => then(event.target));
const logit = (percent) => Math.log(percent / (100 - percent));
on('low', (input) => setLow(Number(input.value), input));
on('high', (input) => setHigh(Number(input.value), input));
on('low-number', (input) => {
  const x = Number(input.value);
  if (input.value === '') setLow(0, input); else if (x > 0 && x < 100) setLow(nearest(logit(x)) + 1, input);
});
on('high-number', (input) => {
  const x = Number(input.value);
  if (input.value === '') setHigh(n, input); else if (x > 0 && x < 100) setHigh(nearest(logit(x)), input);
});
on('prevalence', (input) => { state.prevalence = Number((10 ** Number(input.value)).toPrecision(4)); changed(input); });
on('prevalence-number', (input) => { const x = Number(input.value) / 100; if (x > 0 && x < 1) { state.prevalence = x; changed(input); } });
for (const name of PRICES) for (const id of [name, name + '-number']) on(id, (input) => { const x = Number(input.value); if (input.value !== '' && x >= 0) { state.prices[name] = x; changed(input); } });
for (const input of document.querySelectorAll('#controls input')) input.addEventListener('change', () => show());
byId('controls').addEventListener('submit', (event) => event.preventDefault());

/* The two sides of the cost do not depend on each other, unless the thresholds cross. */
byId('cheapest').addEventListener('click', () => {
  const { prevalence: p, prices } = state;
  const S = table.stalled.all, F = table.flowing.all;
  if (S === 0 || F === 0) return;
  const below = (low) => { const x = split(table.stalled, low, n), y = split(table.flowing, low, n); return (p * x.flowing / S) * (prices.miss - prices.expert) - ((1 - p) * y.flowing / F) * prices.expert; };
  const above = (high) => { const x = split(table.stalled, 0, high), y = split(table.flowing, 0, high); return ((1 - p) * y.stalled / F) * (prices.alarm - prices.expert) - (p * x.stalled / S) * prices.expert; };
  const best = (positions, cost) => positions.reduce((a, b) => (cost(b) < cost(a) ? b : a));
  const all = Array.from({ length: n + 1 }, (_, i) => i);
  let low = best(all, below), high = best([...all].reverse(), above);
  if (low > high + 1) { low = best(all.slice(1), (k) => below(k) + above(k - 1)); high = low - 1; }
  state.low = low; state.high = high; changed();
});
byId('reset').addEventListener('click', () => { state = copyOf(start); show(); history.replaceState(null, '', location.pathname + location.search); });

const offer = (text) => {
  const box = byId('copied');
  box.hidden = false; box.value = text; box.focus(); box.select();
  const said = (ok) => { byId('copied-note').textContent = ok ? 'Copied.' : 'Press Ctrl+C to copy.'; };
  if (navigator.clipboard) navigator.clipboard.writeText(text).then(() => said(true), () => said(false)); else said(false);
};
if (byId('copy-command')) byId('copy-command').addEventListener('click', () => {
  const value = (z) => (z === undefined ? 'off' : String(Number(probability(z).toPrecision(8))));
  offer(command.replaceAll('{flowingBelow}', value(lowAt())).replaceAll('{stalledAbove}', value(highAt())).replaceAll('{prevalence}', String(state.prevalence)));
});
byId('copy-policy').addEventListener('click', () => offer(JSON.stringify({ operatingPoint: { flowingBelow: lowAt(), stalledAbove: highAt() }, unit: 'log-odds', prevalence: state.prevalence, certified: certified ? inside(state) : undefined }, null, 2)));
addEventListener('hashchange', () => { recall(); show(); });
recall();
show();
})();
`;
