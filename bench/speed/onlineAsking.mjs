// What a vote and the decision after it cost under a policy that asks, against one that only adds up evidence.
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
    return { event: 'vote', eventId: `v${v}`, stackId, annotatorId, label: votes.label[v] };
  }),
);
for (const asking of [true, false]) {
  const { policy } = Policy.fit({ seed: SEED, prevalence: 0.05, targets, ...(asking ? { asking } : {}), provenance })(
    data,
  );
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
  const certified = Policy.certifiedAsking(policy) !== undefined;
  console.log(
    `${asking ? 'asks' : 'adds'}, asking certified: ${certified}, ${micros.toFixed(2)} µs per vote and decision`,
  );
}
