// One line of 500 points with axes, by each chart library and by ours: milliseconds, bytes, labels (docs/decisions/0011).
//   mkdir charts && cd charts && npm init -y
//   npm install --ignore-scripts @observablehq/plot linkedom vega vega-lite echarts d3-scale d3-shape
//   npm run build && TANDEM_CHARTS=charts node bench/compare/charts.mjs
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const { TANDEM_CHARTS: folder } = process.env;
const points = Array.from({ length: 500 }, (_, i) => ({ x: i / 499, y: Math.sqrt(i / 499) + 0.02 * Math.sin(i) }));

/** A package of that folder; this project has none of them. */
const from = (name) => {
  const file = createRequire(join(resolve(folder), 'package.json')).resolve(name);
  return import(pathToFileURL(file));
};

const candidates = {
  plot: async () => {
    const { plot, lineY } = await from('@observablehq/plot');
    const { document } = (await from('linkedom')).parseHTML('<html></html>');
    const marks = [lineY(points, { x: 'x', y: 'y' })];
    return () => plot({ document, width: 440, height: 300, ariaLabel: 'line', marks }).outerHTML;
  },
  vega: async () => {
    const [vega, lite] = [await from('vega'), await from('vega-lite')];
    const encoding = { x: { field: 'x', type: 'quantitative' }, y: { field: 'y', type: 'quantitative' } };
    const { spec } = lite.compile({
      width: 400,
      height: 250,
      description: 'line',
      data: { values: points },
      mark: 'line',
      encoding,
    });
    return () => new vega.View(vega.parse(spec), { renderer: 'none' }).toSVG();
  },
  echarts: async () => {
    const echarts = await from('echarts');
    const data = points.map(({ x, y }) => [x, y]);
    return () => {
      const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: 440, height: 300 });
      chart.setOption({
        animation: false,
        aria: { enabled: true },
        xAxis: { type: 'value' },
        yAxis: { type: 'value' },
        series: [{ type: 'line', showSymbol: false, data }],
      });
      const svg = chart.renderToSVGString();
      chart.dispose();
      return svg;
    };
  },
  'd3 + own': async () => {
    const [{ scaleLinear }, { line }] = [await from('d3-scale'), await from('d3-shape')];
    return () => {
      const [x, y] = [scaleLinear([0, 1], [50, 420]), scaleLinear([0, 1.1], [280, 10])];
      const draw = line(
        (p) => x(p.x),
        (p) => y(p.y),
      ).digits(1);
      const across = y.ticks(6).map((t) => `<path d="M50 ${y(t)}H420"/><text x="44" y="${y(t)}">${t}</text>`);
      const up = x.ticks(6).map((t) => `<path d="M${x(t)} 10V280"/><text x="${x(t)}" y="296">${t}</text>`);
      const marks = `${across.join('')}${up.join('')}<path d="${draw(points)}"/>`;
      return `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 440 300"><title>line</title>${marks}</svg>`;
    };
  },
  own: async () => {
    const figures = (part) => import(`../../dist/report/figures/${part}.js`);
    const [{ chart }, { shareAxis }, { line }] = [
      await figures('chart'),
      await figures('axis'),
      await figures('marks'),
    ];
    const frame = { id: 'a', title: 'line', description: 'line', x: shareAxis('x'), y: shareAxis('y', { to: 1.1 }) };
    return () => chart(frame, (plot) => [line(plot, 0, points)]);
  },
};

const milliseconds = async (work) => {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
};

const count = (svg, pattern) => (svg.match(pattern) ?? []).length;

for (const [name, load] of Object.entries(candidates)) {
  if (folder === undefined && name !== 'own') {
    console.log(`${name.padEnd(10)} skipped: TANDEM_CHARTS names no folder with the package`);
    continue;
  }
  const draw = await load();
  let svg = '';
  const first = await milliseconds(async () => {
    svg = await draw();
  });
  const times = [];
  for (let i = 0; i < 30; i++) times.push(await milliseconds(draw));
  times.sort((a, b) => a - b);
  console.log(
    [
      name.padEnd(10),
      `first ${first.toFixed(1)} ms, then ${times[15].toFixed(2)} ms`,
      `${svg.length} bytes, ${svg === (await draw()) ? 'the same' : 'NOT the same'} twice`,
      `aria ${count(svg, /aria-/g)}, role ${count(svg, /role=/g)}, title ${count(svg, /<title/g)}, desc ${count(svg, /<desc/g)}`,
    ].join('; '),
  );
}
