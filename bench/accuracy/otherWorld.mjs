// A world the library was not fitted to: votes are logistic with lapses, difficulty has heavy tails (t with 4 degrees of
// freedom), activity is Pareto, some stalls look like flowing vessels to people, and to some the model is blind.

/** mulberry32: one number in [0, 1) at each call. */
const uniforms = (seed) => {
  let state = (seed * 0x9e3779b1) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
};

export const OTHER_WORLD = {
  annotators: 400,
  /** Pareto tail of activity. */
  activityShape: 1.16,
  /** Log skill and bias of an annotator; probit units, times `LOGISTIC` below. */
  skill: { logMean: -0.045, logSd: 0.3, biasSd: 0.15 },
  /** An annotator answers without looking this often at most, by a coin. */
  lapses: 0.1,
  flowing: { c: -3.5, tau: 1.3 },
  stalled: { c: 0.8, tau: 1.2 },
  /** Distance of the classes for the model, and its share of the difficulty people see. */
  model: { separation: 3, shared: 0.4, trainingPrevalence: 0.25 },
  /** Stalled stacks that look to people as flowing ones do, and those that the model scores so. */
  hidden: 0.02,
  blind: 0.01,
};

/** A logistic of unit slope is as steep as a probit of this. */
const LOGISTIC = 1.7;

/**
 * Draws a laboratory.
 *
 * @param options - `counts`: stacks of each part, `{ name: { stalled, flowing } }`; `votesPerStack`; more as in OTHER_WORLD
 * @returns `votes` in order of arrival and `scores` as `Simulate.dataset` has them, and `parts`: name → rows of `{ stackId, label }`
 */
export const otherWorld =
  ({ counts, votesPerStack, ...changed }) =>
  (seed) => {
    const world = { ...OTHER_WORLD, ...changed };
    const random = uniforms(seed);
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    // A t deviate with 4 degrees of freedom, brought to unit variance: χ²₄ = −2 ln(u₁ u₂).
    const heavy = () => normal() / Math.sqrt(-Math.log((1 - random()) * (1 - random())));
    const people = Array.from({ length: world.annotators }, (_, a) => ({
      id: `person-${String(a + 1).padStart(4, '0')}`,
      skill: Math.exp(world.skill.logMean + world.skill.logSd * normal()),
      bias: world.skill.biasSd * normal(),
      lapses: world.lapses * random(),
      activity: (1 - random()) ** (-1 / world.activityShape),
    }));
    const upTo = new Float64Array(people.length);
    people.reduce((sum, { activity }, a) => {
      upTo[a] = sum + activity;
      return upTo[a];
    }, 0);
    const draw = () => {
      const at = random() * upTo[upTo.length - 1];
      let [low, high] = [0, upTo.length - 1];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (upTo[middle] > at) high = middle;
        else low = middle + 1;
      }
      return low;
    };
    const stackIds = [];
    const stackOf = [];
    const annotatorOf = [];
    const label = [];
    const score = [];
    const parts = {};
    const { separation, shared, trainingPrevalence } = world.model;
    const training = Math.log(trainingPrevalence / (1 - trainingPrevalence));
    for (const [name, count] of Object.entries(counts)) {
      parts[name] = [];
      for (const truth of [1, 0]) {
        for (let i = 0; i < (truth === 1 ? count.stalled : count.flowing); i++) {
          const s = stackIds.length;
          const stackId = `${name}-${truth}-${String(i).padStart(6, '0')}`;
          stackIds.push(stackId);
          parts[name].push({ stackId, label: truth });
          const difficulty = heavy();
          const look = truth === 1 && random() >= world.hidden ? world.stalled : world.flowing;
          const seen = truth === 1 && random() >= world.blind ? 1 : 0;
          const latent = seen * separation + shared * difficulty + Math.sqrt(1 - shared * shared) * normal();
          score.push(1 / (1 + Math.exp(-(separation * (latent - separation / 2) + training))));
          const evidence = look.c + look.tau * difficulty;
          const asked = new Set();
          while (asked.size < votesPerStack) {
            const a = draw();
            if (asked.has(a)) continue;
            asked.add(a);
            const { skill, bias, lapses } = people[a];
            const sees = 1 / (1 + Math.exp(-LOGISTIC * (skill * evidence - bias)));
            stackOf.push(s);
            annotatorOf.push(a);
            label.push(random() < lapses ? Number(random() < 0.5) : Number(random() < sees));
          }
        }
      }
    }
    return {
      votes: {
        stackIds,
        annotatorIds: people.map(({ id }) => id),
        stackOf: Uint32Array.from(stackOf),
        annotatorOf: Uint32Array.from(annotatorOf),
        label: Uint8Array.from(label),
      },
      scores: { stackIds, score: Float64Array.from(score) },
      parts,
    };
  };
