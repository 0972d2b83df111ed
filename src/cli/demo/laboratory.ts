import { FLOWING, type Label, STALLED } from '../../domain/label.js';
import { present } from '../../domain/present.js';
import { dataset, type SimulatedDataset, type SimulatedVotes, toCsv } from '../../simulate/index.js';

/** What is wrong with a film: two faults of the outline, and a file that was copied only in part. */
export type FilmFault = 'noOutline' | 'jumpingOutline' | 'truncated';

/** One new stack: what is to be filmed, and what people said. */
export interface NewStack {
  /** Its file name, as in the tables of the challenge. */
  readonly stackId: string;
  readonly truth: Label;
  readonly difficulty: number;
  readonly fault?: FilmFault;
  readonly votes: { readonly stalled: number; readonly all: number };
}

export interface Laboratory {
  readonly stacks: readonly NewStack[];
  /** Votes on gold and new stacks, and the gold, as CSV. */
  readonly votes: Iterable<string>;
  readonly gold: Iterable<string>;
  readonly goldStacks: number;
}

/** Share of new stacks that are stalled; ten times that of real data, so that a few dozen films have some to see. */
export const FILMED_PREVALENCE = 0.1;

/** The gold never changes, because its scores come with the package; training/score-gold.mjs draws the same. */
const GOLD_SEED = 1;
const GOLD = { stalled: 800, flowing: 1600, chosen: 'stratified' } as const;
const VOTES = { perStack: 'E7' } as const;

/** Where faults stand among the new stacks, as a share of the list. */
const FAULTS: readonly (readonly [at: number, fault: FilmFault])[] = [
  [0.2, 'noOutline'],
  [0.5, 'truncated'],
  [0.8, 'jumpingOutline'],
];

/** Draws the fixed gold, and new stacks by the seed; the same people vote on both. */
export const laboratory = ({ stacks, seed }: { readonly stacks: number; readonly seed: number }): Laboratory => {
  const shared = { prevalence: FILMED_PREVALENCE, votes: VOTES };
  const gold = named('gold', 6, dataset({ ...shared, stacks: 0, gold: GOLD })(GOLD_SEED));
  const fresh = named('stack', 3, dataset({ ...shared, stacks, crowdSeed: GOLD_SEED })(`new ${seed}`));
  const faults = new Map(FAULTS.map(([at, fault]) => [Math.floor(at * stacks), fault]));
  // Nobody can tell which vessel is meant where the outline is at fault; a bad copy of a film is not what people saw.
  const cast = without(fresh.votes, (s) => (faults.get(s) ?? 'truncated') !== 'truncated');
  const counts = Array.from({ length: stacks }, () => ({ stalled: 0, all: 0 }));
  for (let v = 0; v < cast.label.length; v++) {
    const count = counts[cast.stackOf[v]];
    count.all++;
    count.stalled += cast.label[v];
  }
  const { truth, simulated } = fresh;
  return {
    stacks: fresh.votes.stackIds.map((stackId, s) => {
      const fault = faults.get(s);
      return present({
        stackId,
        truth: truth[s] === STALLED ? STALLED : FLOWING,
        difficulty: simulated.stacks.difficulty[s],
        fault,
        votes: counts[s],
      });
    }),
    votes: concatenated(toCsv(gold).votes, toCsv({ ...fresh, votes: cast }).votes),
    gold: toCsv(gold).gold,
    goldStacks: gold.gold.stackIds.length,
  };
};

/** The dataset with file names for ids: `gold-000001.mp4`. */
const named = (prefix: string, digits: number, simulated: SimulatedDataset): SimulatedDataset => {
  const nameOf = new Map(
    simulated.votes.stackIds.map((id, s) => [id, `${prefix}-${String(s + 1).padStart(digits, '0')}.mp4`]),
  );
  const name = (ids: readonly string[]): readonly string[] => ids.map((id) => nameOf.get(id) ?? id);
  return {
    ...simulated,
    votes: { ...simulated.votes, stackIds: name(simulated.votes.stackIds) },
    gold: { ...simulated.gold, stackIds: name(simulated.gold.stackIds) },
  };
};

/** The votes without those on some stacks. */
const without = (votes: SimulatedVotes, drops: (s: number) => boolean): SimulatedVotes => {
  const kept = Array.from(votes.label.keys()).filter((v) => !drops(votes.stackOf[v]));
  return {
    stackIds: votes.stackIds,
    annotatorIds: votes.annotatorIds,
    stackOf: Uint32Array.from(kept, (v) => votes.stackOf[v]),
    annotatorOf: Uint32Array.from(kept, (v) => votes.annotatorOf[v]),
    label: Uint8Array.from(kept, (v) => votes.label[v]),
  };
};

/** Two tables with one header. */
const concatenated = (first: Iterable<string>, second: Iterable<string>): Iterable<string> => ({
  *[Symbol.iterator]() {
    yield* first;
    let isHeader = true;
    for (const chunk of second) {
      if (!isHeader) yield chunk;
      isHeader = false;
    }
  },
});
