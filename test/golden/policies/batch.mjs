/** Seeds of the batches that version 0.1 decided about. */
export const SEEDS = Array.from({ length: 12 }, (_, i) => i + 1);

const STACKS = 150;

/** mulberry32. */
const randomFrom = (seed) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let z = Math.imul(state ^ (state >>> 15), state | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
};

/**
 * Stacks with none to ten votes by known annotators and strangers, in the order in which they came; a third is stalled. Without
 * any library, so that two versions decide about the same. A fifth has no score.
 */
export const batchOf = (annotatorIds, seed) => {
  const random = randomFrom(seed);
  const people = [...annotatorIds, 'stranger 1', 'stranger 2', 'stranger 3'];
  const rows = [];
  const scored = [];
  const score = [];
  const stackIds = Array.from({ length: STACKS }, (_, s) => `batch-${seed}-${String(s).padStart(3, '0')}`);
  for (const stackId of stackIds) {
    const isStalled = random() < 0.33;
    const wanted = Math.floor(11 * random());
    const who = people.map((id) => ({ id, place: random() })).sort((a, b) => a.place - b.place);
    for (const { id } of who.slice(0, wanted)) {
      rows.push({ stackId, annotatorId: id, label: random() < (isStalled ? 0.7 : 0.06) ? 1 : 0 });
    }
    const noise = random() + random() + random() - 1.5;
    const own = 1 / (1 + Math.exp(-((isStalled ? 1.5 : -2.5) + 4 * noise)));
    if (random() < 0.2) continue;
    scored.push(stackId);
    score.push(own);
  }
  return { stackIds, rows, scores: { stackIds: scored, score: Float64Array.from(score) } };
};
