// A policy from one dataset, and new datasets: may it replace people there? Only gold of the new dataset can tell.
import { Policy, Simulate, Study } from 'tandem-consensus';

const targets = { sensitivity: 0.95, specificity: 0.95, confidence: 0.95 };

// The same people vote on all datasets.
const draw = (seed, options) =>
  Simulate.inputs(Simulate.dataset({ stacks: 1000, prevalence: 0.02, model: {}, crowdSeed: 1, ...options })(seed));
const gold = (stalled, flowing) => ({ stalled, flowing, chosen: 'stratified' });

const { policy } = Policy.fit({ prevalence: 0.02, targets })(draw(1, { gold: gold(400, 800) }));

const datasets = {
  'much gold': draw(2, { stacks: { count: 1000, dataset: 'B' }, gold: gold(600, 200) }),
  'little gold': draw(3, { stacks: { count: 1000, dataset: 'C' }, gold: gold(30, 200) }),
  // Another microscope: here the model calls many stalled stacks flowing.
  'another microscope': draw(4, {
    stacks: { count: 1000, dataset: 'D' },
    gold: gold(200, 200),
    model: { separation: 1, offset: -6 },
  }),
};

// Gold may grow: every test of it is counted, so that all of them together keep the confidence.
for (const [name, data] of Object.entries(datasets)) {
  const [{ verdict, counts, more }] = Study.gate(policy)(data).datasets;
  console.log(`${name}: ${verdict}, ${counts.stalled - counts.missed} of ${counts.stalled} stalls kept`);
  if (more !== undefined)
    console.log(`  ${more.stalled} more stalled and ${more.flowing} more flowing gold stacks would pass`);
}
