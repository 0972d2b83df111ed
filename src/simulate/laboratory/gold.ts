import type { GoldChosen, GoldSet } from '../../domain/gold.js';
import { FLOWING, STALLED } from '../../domain/label.js';
import type { GoldSetting, SimulatedVotes, Stacks } from '../settings.js';

const DEFAULT_CUT = 0.5;

/** The share of stalled votes per stack; `undefined` where nobody voted, which is not 0. */
export const crowdScores = ({ stackIds, stackOf, label }: SimulatedVotes): readonly (number | undefined)[] => {
  const asked = new Uint32Array(stackIds.length);
  const stalled = new Uint32Array(stackIds.length);
  for (let v = 0; v < label.length; v++) {
    asked[stackOf[v]]++;
    stalled[stackOf[v]] += label[v];
  }
  return stackIds.map((_, s) => (asked[s] === 0 ? undefined : stalled[s] / asked[s]));
};

interface Labelled {
  readonly rows: readonly number[];
  readonly labelOf: (s: number) => number;
  readonly chosen: GoldChosen;
}

const labelled = (stacks: Stacks, votes: SimulatedVotes, setting: GoldSetting): Labelled => {
  const { truth, isGold, isKnown, flaw } = stacks;
  const rows = Array.from(isGold.keys());
  const truthOf = (s: number): number => truth[s];
  switch (setting.chosen) {
    case 'stratified':
    case 'random':
      return {
        rows: rows.filter((s) => isGold[s] === 1 && isKnown?.[s] !== 1),
        labelOf: truthOf,
        chosen: setting.chosen,
      };
    case 'known':
      return { rows: rows.filter((s) => isKnown?.[s] === 1), labelOf: truthOf, chosen: 'stratified' };
    case 'candidates-only':
    case 'crowd': {
      const scores = crowdScores(votes);
      const { cut = DEFAULT_CUT } = setting;
      const called = (s: number): boolean => (scores[s] ?? 0) >= cut;
      // Nobody can tell the truth of a stack that cannot be read, nor the crowd's of one without votes.
      const research = rows.filter((s) => isGold[s] === 0 && (flaw?.[s] ?? 0) === 0 && scores[s] !== undefined);
      return setting.chosen === 'crowd'
        ? { rows: research, labelOf: (s) => (called(s) ? STALLED : FLOWING), chosen: 'crowd' }
        : { rows: research.filter(called), labelOf: truthOf, chosen: 'candidates-only' };
    }
  }
};

/** Gold as the laboratory has it, and which stacks it is about. */
export const drawGold = (
  world: { readonly stacks: Stacks; readonly votes: SimulatedVotes },
  setting: GoldSetting,
): { readonly gold: GoldSet; readonly isGold: Uint8Array } => {
  const { stacks, votes } = world;
  const { rows, labelOf, chosen } = labelled(stacks, votes, setting);
  const isGold = stacks.isGold.slice();
  for (const s of rows) isGold[s] = 1;
  return {
    gold: { stackIds: rows.map((s) => stacks.stackIds[s]), label: Uint8Array.from(rows, labelOf), chosen },
    isGold,
  };
};
