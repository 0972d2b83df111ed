// Simulated laboratories with 20 votes on each stack: the simulator’s presets, and a world the library was not fitted to.
import { Simulate, Votes } from '../../dist/index.js';
import { otherWorld } from './otherWorld.mjs';

const VOTES = 20;

/**
 * A laboratory of a world: votes in order of arrival, scores, and the stacks of each part with their truth.
 *
 * @param options - `world`: `other` or a preset; `gold`: stalled and flowing; `judged` of each class; `history` at the prevalence
 */
export const laboratory = ({ world, gold: [stalled, flowing], judged, history, prevalence }) => {
  const rare = { stalled: Math.round(history * prevalence), flowing: Math.round(history * (1 - prevalence)) };
  if (world === 'other') {
    return otherWorld({
      counts: { gold: { stalled, flowing }, judged: { stalled: judged, flowing: judged }, history: rare },
      votesPerStack: VOTES,
    });
  }
  const preset = Simulate.PRESETS[world];
  return (seed) => {
    const lab = Simulate.dataset({
      ...preset,
      stacks: 0,
      prevalence,
      votes: { ...preset.votes, perStack: VOTES },
      model: preset.model ?? {},
      gold: {
        stalled: stalled + judged + rare.stalled,
        flowing: flowing + judged + rare.flowing,
        chosen: 'stratified',
      },
    })(seed);
    // Stacks of one recording share their quality and stand together, so they are dealt like cards.
    const dealt = [1, 0].map((label) =>
      [...lab.gold.stackIds.entries()]
        .filter(([g]) => lab.gold.label[g] === label)
        .map(([g, stackId]) => ({ stackId, label, place: (g * 0.6180339887498949) % 1 }))
        .sort((a, b) => a.place - b.place),
    );
    const take = (one, zero) => [...dealt[0].splice(0, one), ...dealt[1].splice(0, zero)];
    return {
      votes: lab.votes,
      scores: lab.scores,
      parts: {
        gold: take(stalled, flowing),
        history: take(rare.stalled, rare.flowing),
        judged: take(judged, judged),
      },
    };
  };
};

/** Votes and scores of these stacks, the first so many votes of each, as `Policy.fit` takes them. */
export const inputsOf = ({ votes, scores }, rows, most = VOTES) => {
  const isHere = new Set(rows.map(({ stackId }) => stackId));
  const builder = Votes.voteBuilder();
  const stacks = Int32Array.from(votes.stackIds, (id) => (isHere.has(id) ? builder.stacks.internString(id) : -1));
  const people = Uint32Array.from(votes.annotatorIds, (id) => builder.annotators.internString(id));
  const seen = new Uint32Array(votes.stackIds.length);
  const kept = [];
  votes.stackOf.forEach((s, v) => {
    if (stacks[s] < 0 || seen[s] === most) return;
    seen[s]++;
    kept.push(v);
  });
  builder.append(
    Uint32Array.from(kept, (v) => stacks[votes.stackOf[v]]),
    Uint32Array.from(kept, (v) => people[votes.annotatorOf[v]]),
    Uint8Array.from(kept, (v) => votes.label[v]),
    kept.length,
  );
  const scored = [...scores.stackIds.keys()].filter((i) => isHere.has(scores.stackIds[i]));
  return {
    votes: builder.build('all', 'rows').right,
    scores: {
      stackIds: scored.map((i) => scores.stackIds[i]),
      score: Float64Array.from(scored, (i) => scores.score[i]),
    },
  };
};
