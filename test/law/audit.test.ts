import { expect, test } from 'vitest';
import { getOrThrow } from '../../src/domain/errors.js';
import { STALLED } from '../../src/domain/label.js';
import { hashText } from '../../src/kernel/ids/hash.js';
import * as Policy from '../../src/policy/index.js';
import * as Simulate from '../../src/simulate/index.js';
import * as Prevalence from '../../src/stages/prevalence/index.js';
import * as Votes from '../../src/stages/votes/index.js';

const PROVENANCE = { package: 'p', version: '1', command: 'c', seed: 3, inputs: [] };
const MOST = 8;

const laboratory = Simulate.inputs(
  Simulate.dataset({
    stacks: 0,
    prevalence: 0.1,
    votes: { perStack: MOST },
    model: {},
    gold: { stalled: 500, flowing: 800, chosen: 'stratified' },
  })(3),
);
const { policy } = Policy.fit({
  prevalence: 0.1,
  targets: { sensitivity: 0.9, specificity: 0.85, confidence: 0.9 },
  provenance: PROVENANCE,
})({
  ...laboratory,
  votes: { ...laboratory.votes, arrival: Uint32Array.from(laboratory.votes.label.keys()) },
});

/** New stacks, and a model that has gone blind to half of the stalls: what an audit is there to find. */
const season = Simulate.dataset({
  stacks: 0,
  prevalence: 0.1,
  votes: { perStack: MOST },
  model: {},
  gold: { stalled: 300, flowing: 2700, chosen: 'stratified' },
})(4);
const { votes, gold } = Simulate.inputs(season);
const truth = new Map(gold.stackIds.map((stackId, g) => [stackId, gold.label[g]]));
const scores = {
  stackIds: season.scores.stackIds,
  score: season.scores.score.map((score, i) =>
    truth.get(season.scores.stackIds[i]) === STALLED && i % 2 === 0 ? 1e-6 : score,
  ),
};

/** What becomes of the season when people answer whatever they are asked, until nothing is asked any more. */
const playedWith = (audit: { readonly share: number; readonly seed: number }): Policy.Decisions => {
  if (!Policy.isCertified(policy)) throw Error('not certified');
  const deployed: Policy.Policy = { ...policy, audit };
  const answered = new Map(votes.stackIds.map((stackId) => [stackId, 0]));
  for (;;) {
    const rows = votes.stackIds.flatMap((stackId, s) => {
      const [from, to] = [votes.offsets[s], votes.offsets[s + 1]];
      const order = Array.from({ length: to - from }, (_, i) => from + i);
      order.sort((a, b) => hashText(`${stackId} ${a}`, 1) - hashText(`${stackId} ${b}`, 1));
      return order.slice(0, answered.get(stackId)).map((v) => ({
        stackId,
        annotatorId: votes.annotatorIds[votes.annotatorOf[v]],
        label: votes.label[v] === STALLED ? (1 as const) : (0 as const),
      }));
    });
    const decisions = Policy.decide(deployed)({ votes: getOrThrow(Votes.from({ order: 'rows' })(rows)), scores });
    let asked = 0;
    decisions.posterior.stackIds.forEach((stackId, s) => {
      const next = decisions.routing[s];
      const had = answered.get(stackId) ?? MOST;
      if (next._tag !== 'AskCrowd' || had >= MOST) return;
      answered.set(stackId, had + next.votesWanted);
      asked++;
    });
    if (asked === 0) return decisions;
  }
};

test('an audit bounds what is lost in the decisions that stand, however many stalls the model has gone blind to', () => {
  const unaudited = playedWith({ share: 0, seed: 0 });
  const isLost = (stackId: string): boolean => truth.get(stackId) === STALLED;
  const retired = unaudited.posterior.stackIds.filter((_, s) => {
    const next = unaudited.routing[s];
    return next._tag === 'Retire' && next.label !== STALLED;
  });
  const lost = retired.filter(isLost).length;
  expect(lost).toBeGreaterThan(30);

  const draws = 40;
  let [broken, estimates] = [0, 0];
  for (let seed = 1; seed <= draws; seed++) {
    const { posterior, routing, audited } = playedWith({ share: 0.05, seed });
    expect(routing).toEqual(unaudited.routing);
    const found = posterior.stackIds.filter((_, s) => {
      const next = routing[s];
      return audited?.[s] === 1 && next._tag === 'Retire' && next.label !== STALLED;
    });
    const { atMost, estimate = 0 } = Prevalence.lostPositives()({
      retiredFlowing: { stacks: retired.length, audited: found.length, stalled: found.filter(isLost).length },
      others: [],
    });
    if (atMost < lost) broken++;
    estimates += estimate / draws;
  }
  // 5 % are allowed; six or more of forty would come by chance once in seventy.
  expect(broken).toBeLessThanOrEqual(5);
  expect(estimates / lost).toBeGreaterThan(0.75);
  expect(estimates / lost).toBeLessThan(1.25);
});
