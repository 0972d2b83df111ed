import { expect, test } from 'vitest';
import { unfitLabels } from '../../src/cli/checks.js';
import type { GoldChosen } from '../../src/stages/gold.js';
import * as Gold from '../../src/stages/gold.js';

test('unfitLabels() accepts gold random within each class, and an audit random within each decision', () => {
  const judged = (what: 'gold' | 'audit', chosen: GoldChosen) => {
    const unfit = unfitLabels('labels.csv', what, Gold.from({ chosen })([{ stackId: 's', label: 1 }]));
    return unfit === undefined ? 'fit' : unfit.issues[0]?.found;
  };
  for (const what of ['gold', 'audit'] as const) {
    expect(judged(what, 'random')).toBe('fit');
    expect(judged(what, 'candidates-only')).toBe('labels chosen as candidates-only');
    expect(judged(what, 'crowd')).toBe('labels chosen as crowd');
  }
  expect(judged('gold', 'stratified')).toBe('fit');
  expect(judged('audit', 'stratified')).toBe('labels chosen as stratified');
});
