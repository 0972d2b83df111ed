import { type OTHER_WORLD, otherWorld } from '../../bench/accuracy/otherWorld.mjs';
import { getOrThrow } from '../../src/domain/errors.js';
import type { GoldChosen, GoldSet } from '../../src/domain/gold.js';
import type { Label } from '../../src/domain/label.js';
import type { Scores } from '../../src/domain/scores.js';
import type { Targets } from '../../src/domain/targets.js';
import type { VoteTable } from '../../src/domain/voteTable.js';
import { rowOfId } from '../../src/kernel/ids/voteColumns.js';
import type { Inputs } from '../../src/policy/index.js';
import * as Policy from '../../src/policy/index.js';
import * as Simulate from '../../src/simulate/index.js';
import * as Gold from '../../src/stages/gold.js';
import { voteBuilder } from '../../src/stages/votes/index.js';

/** Simulated laboratories: what a policy is fitted on, what it is used on, and stacks kept apart to judge it. */

/** Stacks of one part, with votes in order of arrival. */
export interface Part {
  readonly votes: VoteTable;
  readonly scores: Scores;
  readonly truth: GoldSet;
}

export interface Laboratory {
  /** Gold and stacks without gold. */
  readonly fit: Inputs & { readonly scores: Scores; readonly gold: GoldSet };
  /** New stacks at the prevalence, to be decided about. */
  readonly research: Part;
  /** So many new stacks of each class that shares of them are nearly rates. */
  readonly judged: Part;
}

/** How large the parts are. */
export interface Sizes {
  readonly gold: { readonly stalled: number; readonly flowing: number };
  /** Stacks without gold in the fit, and those of `research`, at the prevalence. */
  readonly history?: number;
  readonly research?: number;
  readonly votesPerStack?: number;
  readonly prevalence?: number;
  readonly judged?: number;
}

/** Stacks of each class to judge a rule on. */
export const JUDGED = 5000;
export const PREVALENCE = 0.01;

export interface Stream {
  readonly stackIds: readonly string[];
  readonly annotatorIds: readonly string[];
  readonly stackOf: Uint32Array;
  readonly annotatorOf: Uint32Array;
  readonly label: Uint8Array;
}
export type Rows = readonly { readonly stackId: string; readonly label: number }[];

/** Which votes: of each stack the first so many, by annotators who are wanted. */
export interface Wanted {
  readonly most?: number | ((stackId: string) => number);
  readonly wanted?: (annotatorId: string) => boolean;
}

/** The votes on these stacks in order of arrival; those that are wanted. */
const votesOn = (
  { stackIds, annotatorIds, stackOf, annotatorOf, label }: Stream,
  ids: Iterable<string>,
  { most = 1000, wanted }: Wanted = {},
): VoteTable => {
  const isHere = new Set(ids);
  const builder = voteBuilder();
  const stacks = Int32Array.from(stackIds, (id) => (isHere.has(id) ? builder.stacks.internString(id) : -1));
  const people = Int32Array.from(annotatorIds, (id) =>
    wanted === undefined || wanted(id) ? builder.annotators.internString(id) : -1,
  );
  const seen = new Uint32Array(stackIds.length);
  const limit = Uint32Array.from(stackIds, (id) => (typeof most === 'number' ? most : most(id)));
  const rows: number[] = [];
  for (let v = 0; v < stackOf.length; v++) {
    if (stacks[stackOf[v]] < 0 || people[annotatorOf[v]] < 0 || seen[stackOf[v]] >= limit[stackOf[v]]) continue;
    seen[stackOf[v]]++;
    rows.push(v);
  }
  builder.append(
    Uint32Array.from(rows, (v) => stacks[stackOf[v]]),
    Uint32Array.from(rows, (v) => people[annotatorOf[v]]),
    Uint8Array.from(rows, (v) => label[v]),
    rows.length,
  );
  return getOrThrow(builder.build('all', 'rows'));
};

const scoresOf = ({ stackIds, score }: Scores, ids: Iterable<string>): Scores => {
  const isHere = new Set(ids);
  const rows = [...stackIds.keys()].filter((row) => isHere.has(stackIds[row]));
  return { stackIds: rows.map((row) => stackIds[row]), score: Float64Array.from(rows, (row) => score[row]) };
};

export const goldOf = (rows: Rows, chosen: GoldChosen = 'stratified'): GoldSet =>
  Gold.from({ chosen })(rows.map(({ stackId, label }) => ({ stackId, label: label === 1 ? 1 : (0 as Label) })));

/** All that a laboratory is made of: votes and scores of everything, and the truth of each part. */
export interface Drawn {
  readonly stream: Stream;
  readonly scores: Scores;
  readonly gold: Rows;
  readonly history: Rows;
  readonly research: Rows;
  readonly judged: Rows;
}

const idsOf = (rows: Rows): readonly string[] => rows.map(({ stackId }) => stackId);

export const partOf = ({ stream, scores }: Drawn, rows: Rows, how: Wanted = {}): Part => ({
  votes: votesOn(stream, idsOf(rows), how),
  scores: scoresOf(scores, idsOf(rows)),
  truth: goldOf(rows, 'random'),
});

/** What is fitted on: gold, and stacks without gold. */
export const fitOf = (drawn: Drawn, how: Wanted = {}): Laboratory['fit'] => {
  const { votes, scores } = partOf(drawn, [...drawn.gold, ...drawn.history], how);
  return { votes, scores, gold: goldOf(drawn.gold) };
};

export const laboratoryOf = (drawn: Drawn): Laboratory => ({
  fit: fitOf(drawn),
  research: partOf(drawn, drawn.research),
  judged: partOf(drawn, drawn.judged),
});

const asCounts = (n: number, prevalence: number) => {
  const stalled = Math.round(n * prevalence);
  return { stalled, flowing: n - stalled };
};

const DEFAULTS = { history: 500, research: 1000, votesPerStack: 7, prevalence: PREVALENCE, judged: JUDGED };

/** The simulator’s own world, by one of its presets. */
export const typical =
  (sizes: Sizes, changed: Omit<Partial<Simulate.DatasetOptions>, 'stacks' | 'prevalence' | 'gold'> = {}) =>
  (seed: number): Drawn => {
    const { gold, history, research, votesPerStack, prevalence, judged } = { ...DEFAULTS, ...sizes };
    const counts = { history: asCounts(history, prevalence), research: asCounts(research, prevalence), gold };
    const sum = (name: 'stalled' | 'flowing'): number =>
      judged + Object.values(counts).reduce((all, count) => all + count[name], 0);
    const lab = Simulate.dataset({
      stacks: 0,
      prevalence,
      votes: { perStack: votesPerStack },
      model: {},
      ...changed,
      gold: { stalled: sum('stalled'), flowing: sum('flowing'), chosen: 'stratified' },
    })(seed);
    // Stacks of one recording share their quality and stand together, so they are dealt like cards.
    const dealt = [1, 0].map((label) =>
      lab.gold.stackIds
        .flatMap((stackId, g) =>
          lab.gold.label[g] === label ? [{ stackId, label, place: (g * 0.6180339887498949) % 1 }] : [],
        )
        .sort((a, b) => a.place - b.place),
    );
    const take = ({ stalled, flowing }: { stalled: number; flowing: number }): Rows => [
      ...dealt[0].splice(0, stalled),
      ...dealt[1].splice(0, flowing),
    ];
    return {
      stream: lab.votes,
      scores: lab.scores,
      gold: take(counts.gold),
      history: take(counts.history),
      research: take(counts.research),
      judged: take({ stalled: judged, flowing: judged }),
    };
  };

/** Logistic votes with lapses, heavy tails, hidden stalls, a model blind to some: nothing the library was made for. */
export const other =
  (sizes: Sizes, changed: Partial<typeof OTHER_WORLD> = {}) =>
  (seed: number): Drawn => {
    const { gold, history, research, votesPerStack, prevalence, judged } = { ...DEFAULTS, ...sizes };
    const { votes, scores, parts } = otherWorld({
      ...changed,
      counts: {
        gold,
        history: asCounts(history, prevalence),
        research: asCounts(research, prevalence),
        judged: { stalled: judged, flowing: judged },
      },
      votesPerStack,
    })(seed);
    return { stream: votes, scores, ...parts };
  };

/** The same with scores of so many decimals. */
export const coarse =
  (decimals: number, draw: (seed: number) => Drawn) =>
  (seed: number): Drawn => {
    const drawn = draw(seed);
    const { stackIds, score } = drawn.scores;
    return { ...drawn, scores: { stackIds, score: score.map((p) => Number(p.toFixed(decimals))) } };
  };

/** Shares of each class that are decided wrongly: misses and alarms. */
export const risksOf = (truth: GoldSet, wrong: (row: number, label: number) => boolean): readonly [number, number] => {
  const risk = (label: number): number => {
    const rows = Array.from(truth.label.keys()).filter((g) => truth.label[g] === label);
    return rows.filter((g) => wrong(g, label)).length / rows.length;
  };
  return [risk(1), risk(0)];
};

export const breaks = ([missed, alarmed]: readonly [number, number], { sensitivity, specificity }: Targets): boolean =>
  missed > 1 - sensitivity || alarmed > 1 - specificity;

/** Risks of a policy on stacks that nobody fitted anything with, all votes at once. */
export const judge = (policy: Policy.Policy, { votes, scores, truth }: Part): readonly [number, number] => {
  const { posterior, routing } = Policy.decide(policy)({ votes, scores });
  const place = rowOfId(posterior.stackIds);
  return risksOf(truth, (g, label) => {
    const next = routing[place.get(truth.stackIds[g]) ?? -1];
    return next?._tag === 'Retire' && next.label !== label;
  });
};

/**
 * The loop: decide, ask for the votes that are wanted, decide again, until nothing is asked or nobody is left to ask.
 * `Policy.decide` alone decides, on all stacks each time.
 */
export const looped = (
  policy: Policy.Policy,
  stream: Stream,
  { scores, truth: { stackIds } }: Part,
  how: Wanted = {},
): {
  readonly decisions: Policy.Decisions;
  readonly statuses: readonly Policy.Status[];
  readonly mismatches: ReadonlySet<Policy.BatchMismatch['_tag']>;
} => {
  const have = new Map(stackIds.map((id) => [id, 0]));
  const statuses: Policy.Status[] = [];
  const mismatches = new Set<Policy.BatchMismatch['_tag']>();
  for (let before = -1; ; ) {
    const votes = votesOn(stream, stackIds, { ...how, most: (id) => have.get(id) ?? 0 });
    const decisions = Policy.decide(policy)({ votes, scores });
    statuses.push(decisions.status);
    for (const { _tag } of decisions.mismatches) mismatches.add(_tag);
    decisions.routing.forEach((next, s) => {
      const id = decisions.posterior.stackIds[s];
      if (next._tag === 'AskCrowd') have.set(id, decisions.posterior.votes[s] + next.votesWanted);
    });
    if (votes.label.length === before || decisions.routing.every(({ _tag }) => _tag !== 'AskCrowd'))
      return { decisions, statuses, mismatches };
    before = votes.label.length;
  }
};

/** Wrong laboratories allowed: 5 % and three standard errors. */
export const allowed = (laboratories: number): number =>
  0.05 * laboratories + 3 * Math.sqrt(0.05 * 0.95 * laboratories);

/** Laboratories of a setting: this share of the repetitions asked for, ten at least. */
export const repetitions = (share: number): number =>
  Math.max(10, Math.round(Number(process.env['TANDEM_SLOW_REPETITIONS'] ?? 2000) * share));
