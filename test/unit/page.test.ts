import { writeFileSync, mkdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Report } from '../../src/index.js';
import { pageOfLaboratory, simulatedFilms } from './pageFixture.js';

test('try', async () => {
  const data = { ...pageOfLaboratory(1), gallery: simulatedFilms(12) };
  const t = performance.now();
  const { html, json, figures } = await Report.page(data);
  console.log(performance.now() - t, html.length, json.length, figures.length);
  mkdirSync('/tmp/page', { recursive: true });
  writeFileSync('/tmp/page/page.html', html);
  writeFileSync('/tmp/page/page.json', json);
  for (const f of figures) writeFileSync(`/tmp/page/${f.name}.svg`, f.svg);
  expect(html.length).toBeLessThan(2e6);
});
