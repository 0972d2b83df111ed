/** The simulated laboratory whose stacks are scored in full: half of them stalled, so that both bands fill up. */
export const WORLD = {
  seed: 20_201_004,
  options: {
    stacks: 6000,
    prevalence: 0.5,
    votes: { perStack: 8 },
    crowd: { annotators: 300 },
    gold: { stalled: 1000, flowing: 1000, chosen: 'stratified' },
  },
};
