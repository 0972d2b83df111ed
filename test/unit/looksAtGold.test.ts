import { describe, expect, test } from 'vitest';
import { getOrThrow } from '../../src/domain/errors.js';
import * as Policy from '../../src/policy/index.js';
import * as Simulate from '../../src/simulate/index.js';
import * as Votes from '../../src/stages/votes/index.js';

const lab = Simulate.dataset({
  stacks: 100,
  prevalence: 0.05,
  model: {},
  votes: { perStack: 3 },
  gold: { stalled: 80, flowing: 120, chosen: 'stratified' },
})(1);
const { scores, gold } = lab;
const OPTIONS: Policy.FitOptions = {
  prevalence: 0.05,
  targets: { sensitivity: 0.9, specificity: 0.9, confidence: 0.95 },
};

/** The same votes as rows in another order, or by other names. */
const again = (
  order: Votes.VoteOrder,
  { backwards = false, prefix = '' }: { readonly backwards?: boolean; readonly prefix?: string } = {},
) => {
  const { stackIds, annotatorIds, stackOf, annotatorOf, label } = lab.votes;
  const builder = Votes.voteBuilder();
  for (const id of stackIds) builder.includeStack(id);
  const rows = [...label.keys()];
  for (const v of backwards ? rows.reverse() : rows)
    builder.add(stackIds[stackOf[v]], `${prefix}${annotatorIds[annotatorOf[v]]}`, label[v] === 1 ? 1 : 0);
  return getOrThrow(builder.build('all', order));
};

const votes = again('rows');
const first = Policy.fit(OPTIONS)({ votes, scores, gold });

/** The next fit of the same laboratory. */
const next = (options: Policy.FitOptions, data: Partial<Parameters<ReturnType<typeof Policy.fit>>[0]>) =>
  Policy.fit({ ...OPTIONS, ledger: first.policy.ledger, ...options })({ votes, scores, gold, ...data });

describe('another look at the same gold', () => {
  test.each([
    ['a seed', { seed: 99 }],
    ['a share that is audited', { auditShare: 0.5 }],
    ['votes in rounds', { votesPerRound: 5 }],
  ])('%s cannot change a rule, so it is none and spends nothing', (_, options) => {
    const { look, policy } = next(options, {});
    expect(look).toEqual({ number: 1, spent: 0.045 });
    expect([policy.rule, policy.proof]).toEqual([first.policy.rule, first.policy.proof]);
  });

  test.each([
    ['another price', { expertPrice: 5 }],
    ['another least posterior', { stalledPosterior: 0.3 }],
  ])('%s is one, and spends of what is left', (_, options) => {
    expect(next(options, {}).look).toEqual({ number: 2, spent: 0.0045 });
  });

  test('the same votes in another order are one', () => {
    expect(next({}, { votes: again('rows') }).look.number).toBe(1);
    expect(next({}, { votes: again('rows', { backwards: true }) }).look.number).toBe(2);
  });

  test('other names of annotators are one where names say in which order votes are read, else none', () => {
    expect(next({}, { votes: again('rows', { prefix: 'renamed ' }) }).look.number).toBe(1);
    const unordered = Policy.fit(OPTIONS)({ votes: again('time'), scores, gold }).policy.ledger;
    const renamed = Policy.fit({ ...OPTIONS, ledger: unordered })({
      votes: again('time', { prefix: 'renamed ' }),
      scores,
      gold,
    });
    expect(renamed.look.number).toBe(2);
  });

  test('other scores are one, and scores of other stacks', () => {
    const shifted = { ...scores, score: scores.score.map((p) => p ** 2) };
    expect(next({}, { scores: shifted }).look.number).toBe(2);
    const turned = { stackIds: [...scores.stackIds].reverse(), score: scores.score };
    expect(next({}, { scores: turned }).look.number).toBe(2);
  });
});
