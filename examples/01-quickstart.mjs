// Votes, model scores and expert labels → a certified policy → a decision for every stack. All data are simulated.
import { Policy, Simulate } from 'tandem-consensus';

// 2,000 stacks, about 1 % of them stalled, with votes of a crowd and scores of a model. On top come 2,100 gold stacks,
// which experts have labelled: they teach the policy and prove it.
const laboratory = Simulate.dataset({
  stacks: 2000,
  prevalence: 0.01,
  model: {},
  gold: { stalled: 700, flowing: 1400, chosen: 'stratified' },
})(1);
const { votes, scores, gold } = Simulate.inputs(laboratory);

// Gold was chosen by its class here, so the policy must be told how many stacks are stalled in the population.
const { policy } = Policy.fit({ prevalence: 0.01 })({ votes, scores, gold });
console.log(`Proof: ${policy.proof._tag}`);

// Without enough gold the rule is provisional; `policy.proof` then says what it lacks and which labels to collect.
const { posterior, routing, status } = Policy.decide(policy)({ votes, scores });
console.log(`These decisions: ${status}`);

const retired = routing.filter((next) => next._tag === 'Retire').length;
const experts = routing.filter((next) => next._tag === 'AskExpert').length;
console.log(`${posterior.stackIds.length} stacks: ${retired} decided automatically, ${experts} for an expert`);

// The truth is known, because it is simulated.
const wrong = routing.filter((next, s) => {
  const truth = laboratory.truth[laboratory.votes.stackIds.indexOf(posterior.stackIds[s])];
  return next._tag === 'Retire' && next.label !== truth;
}).length;
console.log(`${wrong} of ${retired} automatic decisions are wrong`);
