// A service that decides after every vote: open, apply, write down, restore.
import { Errors, Online, Policy, Simulate } from 'tandem-consensus';

// In real life the policy comes from a file: `tandem fit` writes policy.json, and `Policy.fromJSON` reads it.
const laboratory = Simulate.dataset({
  stacks: 0,
  prevalence: 0.05,
  model: {},
  gold: { stalled: 700, flowing: 1400, chosen: 'stratified' },
})(7);
const targets = { sensitivity: 0.98, specificity: 0.95, confidence: 0.95 };
const { policy } = Policy.fit({ seed: 7, prevalence: 0.05, targets })(Simulate.inputs(laboratory));

const store = Online.open(policy);

// Every event has an id of its own. Events may come twice or in any order: each id counts once.
store.apply({ event: 'score', eventId: 'e0', stackId: 'stack-1', score: 0.02 });
const vote = (eventId, annotatorId, label) => ({ event: 'vote', eventId, stackId: 'stack-1', annotatorId, label });
for (let v = 1; v <= 5; v++) {
  store.apply(vote(`e${v}`, `person ${v}`, 0));
  const { decision, posterior, reason } = store.decision('stack-1');
  console.log(`${v} votes: ${decision}, P(stalled) ${posterior.toPrecision(2)}, ${reason}`);
}
console.log(`The last vote once more: ${store.apply(vote('e5', 'person 5', 0)).outcome}`);

// A vote that was a mistake can be taken back.
store.apply({ event: 'retraction', eventId: 'r1', of: 'e2' });

// A snapshot is a list of lines. Write them to a file; events that come meanwhile go to a log of their own.
const snapshot = [...Online.snapshot(store)];
const log = [JSON.stringify(vote('e6', 'person 6', 0)), JSON.stringify(vote('e5', 'person 5', 0))];

// After a restart: the snapshot, then the log. What stands in both counts once.
const restored = Errors.getOrThrow(await Online.restore(policy)(snapshot, log));
console.log(`Restored with ${restored.store.decision('stack-1').votes} votes, ${restored.repeats} event heard twice`);
