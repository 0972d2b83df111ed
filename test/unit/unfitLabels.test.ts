import * as E from 'fp-ts/lib/Either.js';
import { expect, test } from 'vitest';
import { fitToJudge } from '../../src/cli/checks.js';
import type { GoldChosen } from '../../src/stages/gold.js';
import * as Gold from '../../src/stages/gold.js';

test('fitToJudge() takes gold random within each class, and an audit random within each decision', () => {
  const judged = (what: 'gold' | 'audit', chosen: GoldChosen) => {
    const found = fitToJudge('labels.csv', what)(Gold.from({ chosen })([{ stackId: 's', label: 1 }]));
    return E.isRight(found) ? 'fit' : found.left.issues[0]?.found;
  };
  for (const what of ['gold', 'audit'] as const) {
    expect(judged(what, 'random')).toBe('fit');
    expect(judged(what, 'candidates-only')).toBe('labels chosen as candidates-only');
    expect(judged(what, 'crowd')).toBe('labels chosen as crowd');
  }
  expect(judged('gold', 'stratified')).toBe('fit');
  expect(judged('audit', 'stratified')).toBe('labels chosen as stratified');
});
