// What a vote and the decision after it cost where the rule reads the joint posterior, against the sum of evidence.
// `node bench/speed/onlineAsking.mjs` after a build.
import { Online, Policy, Simulate } from '../../dist/index.js';

const SEED = 7;
const lab = Simulate.dataset({
  stacks: 6000,
  prevalence: 0.05,
  votes: { perStack: 8 },
  model: {},
  gold: { stalled: 1500, flowing: 2500, chosen: 'stratified' },
})(SEED);
const data = Simulate.inputs(lab);
const provenance = { package: 'tandem-consensus', version: '0', command: 'bench', seed: SEED, inputs: [] };
const targets = { sensitivity: 0.95, specificity: 0.9, confidence: 0.95 };
const { votes, scores } = data;
const events = votes.stackIds.flatMap((stackId, s) =>
  Array.from({ length: votes.offsets[s + 1] - votes.offsets[s] }, (_, k) => {
    const v = votes.offsets[s] + k;
    const annotatorId = votes.annotatorIds[votes.annotatorOf[v]];
    return { event: 'vote', eventId: `v${v}`, stackId, annotatorId, label: votes.label[v], at: v };
  }),
);
const ordered = { ...data, votes: { ...votes, arrival: Uint32Array.from(votes.label.keys()) } };
for (const posterior of ['joint', 'sum']) {
  const { policy } = Policy.fit({ prevalence: 0.05, targets, methods: { posterior }, provenance })(ordered);
  const store = Online.open(policy);
  scores.stackIds.forEach((stackId, i) => {
    store.apply({ event: 'score', eventId: `s${i}`, stackId, score: scores.score[i] });
  });
  const start = performance.now();
  for (const event of events) {
    store.apply(event);
    store.decision(event.stackId);
  }
  const micros = (1000 * (performance.now() - start)) / events.length;
  const { status } = store.decision(events[0].stackId);
  console.log(`${posterior}, ${status}: ${micros.toFixed(2)} µs per vote and decision`);
}
