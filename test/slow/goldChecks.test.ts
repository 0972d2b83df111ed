import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { otherWorld } from '../../bench/accuracy/otherWorld.mjs';
import type { GoldChosen, GoldSet } from '../../src/domain/gold.js';
import type { Scores } from '../../src/domain/scores.js';
import type { VoteTable } from '../../src/domain/voteTable.js';
import { hashText } from '../../src/kernel/ids/hash.js';
import { rowOfId } from '../../src/kernel/ids/voteColumns.js';
import { normalDeviates } from '../../src/kernel/random/normalDeviate.js';
import { splitSeed } from '../../src/kernel/random/prng.js';
import { logistic } from '../../src/kernel/special/logit.js';
import { type GoldCheck, goldChecks } from '../../src/policy/index.js';
import * as Simulate from '../../src/simulate/index.js';
import * as Gold from '../../src/stages/gold.js';
import { labelOfScore } from '../../src/stages/goldChecks/labelOfScore.js';
import { voteBuilder } from '../../src/stages/votes/index.js';
import { shared, testWithShared } from '../shared.js';

/**
 * Does a laboratory whose gold proves nothing hear of it, and does one with honest gold hear nothing? Over simulated laboratories of two worlds, and over
 * random parts of the real sets beside the checkout.
 */

/** Laboratories of each setting. */
const LABORATORIES = Math.max(10, Math.round(Number(process.env['TANDEM_SLOW_REPETITIONS'] ?? 2000) / 4));
/** Random parts of each real set; they overlap, so they are fewer than they seem. */
const REAL_DRAWS = Math.max(5, Math.round(LABORATORIES / 10));
const PREVALENCE = 0.02;
const RESEARCH = 3000;

interface Laboratory {
  readonly votes: VoteTable;
  readonly scores?: Scores;
  /** Truth of every stack. */
  readonly truth: ReadonlyMap<string, number>;
  /** Stacks drawn at random within each class, apart from research. */
  readonly enriched: readonly string[];
  readonly research: readonly string[];
}

interface Setting {
  readonly name: string;
  /** Laboratories as a share of the others; default 1. */
  readonly share?: number;
  readonly draw: (seed: number) => Laboratory;
}

interface Columns {
  readonly stackIds: readonly string[];
  readonly annotatorIds: readonly string[];
  readonly stackOf: Uint32Array;
  readonly annotatorOf: Uint32Array;
  readonly label: Uint8Array;
}

const table = ({ stackIds, annotatorIds, stackOf, annotatorOf, label }: Columns): VoteTable => {
  const votes = voteBuilder();
  for (const id of stackIds) votes.includeStack(id);
  for (let v = 0; v < label.length; v++) {
    votes.add(stackIds[stackOf[v]], annotatorIds[annotatorOf[v]], label[v] === 1 ? 1 : 0);
  }
  const built = votes.build('first');
  if (built._tag === 'Left') throw Error('duplicates');
  return built.right;
};

const simulated =
  (options: Omit<Simulate.DatasetOptions, 'stacks' | 'gold' | 'prevalence'>, gold: readonly [number, number]) =>
  (seed: number): Laboratory => {
    const lab = Simulate.dataset({
      stacks: RESEARCH,
      prevalence: PREVALENCE,
      gold: { stalled: gold[0], flowing: gold[1], chosen: 'stratified' },
      ...options,
    })(seed);
    const isGold = new Set(lab.gold.stackIds);
    return {
      votes: table(lab.votes),
      ...(lab.scores.stackIds.length === 0 ? {} : { scores: lab.scores }),
      truth: new Map(lab.votes.stackIds.map((id, s) => [id, lab.truth[s]])),
      enriched: lab.gold.stackIds,
      research: lab.votes.stackIds.filter((id) => !isGold.has(id)),
    };
  };

const other =
  (votesPerStack: number, [stalled, flowing]: readonly [number, number]) =>
  (seed: number): Laboratory => {
    const rare = Math.round(RESEARCH * PREVALENCE);
    const lab = otherWorld({
      counts: { gold: { stalled, flowing }, research: { stalled: rare, flowing: RESEARCH - rare } },
      votesPerStack,
    })(seed);
    const all = [...lab.parts.gold, ...lab.parts.research];
    return {
      votes: table(lab.votes),
      scores: lab.scores,
      truth: new Map(all.map(({ stackId, label }) => [stackId, label])),
      enriched: lab.parts.gold.map(({ stackId }) => stackId),
      research: lab.parts.research.map(({ stackId }) => stackId),
    };
  };

const PERFECT = { flowing: { c: -6, tau: 0.5 }, stalled: { c: 6, tau: 0.5 } };

const SETTINGS: readonly Setting[] = [
  { name: 'typical, 7 votes, gold 300/600', draw: simulated({ votes: { perStack: 7 }, model: {} }, [300, 600]) },
  {
    name: 'typical, 20 votes, gold 700/1,400',
    share: 0.2,
    draw: simulated({ votes: { perStack: 20 }, model: {} }, [700, 1400]),
  },
  { name: 'other world, 7 votes, gold 300/600', draw: other(7, [300, 600]) },
  { name: 'other world, 20 votes, gold 700/1,400', share: 0.2, draw: other(20, [700, 1400]) },
  {
    name: 'typical, 3 to 10 votes, gold 100/200',
    draw: simulated({ votes: { perStack: 'E3.5' }, model: {} }, [100, 200]),
  },
];

/** Honest gold only: what looks most like gold that was made up. */
const HONEST: readonly Setting[] = [
  {
    name: 'always right: crowd and model',
    draw: simulated({ votes: { ...PERFECT, perStack: 7 }, model: { separation: 9 } }, [300, 600]),
  },
  {
    name: 'hard stalls, perfect model',
    draw: simulated(
      {
        ...Simulate.PRESETS.hard,
        votes: { ...Simulate.PRESETS.hard.votes, perStack: 7 },
        model: { separation: 9, sharedDifficulty: 0.8 },
      },
      [300, 600],
    ),
  },
  {
    name: 'small gold, 30/60, good model',
    draw: simulated({ votes: { perStack: 7 }, model: { separation: 5 } }, [30, 60]),
  },
  {
    name: 'bad actors and a ring',
    draw: simulated({ ...Simulate.PRESETS.stressed, votes: { perStack: 7 } }, [300, 600]),
  },
  { name: 'no scores, 3 votes', draw: simulated({ votes: { perStack: 3 } }, [300, 600]) },
];

const goldOf = (chosen: GoldChosen, ids: readonly string[], label: (id: string) => number): GoldSet =>
  Gold.from({ chosen })(ids.map((stackId) => ({ stackId, label: label(stackId) === 1 ? 1 : 0 })));

const shareOf = ({ votes }: Laboratory): ((id: string) => number) => {
  const place = rowOfId(votes.stackIds);
  return (id) => {
    const s = place.get(id) ?? 0;
    let stalled = 0;
    for (let v = votes.offsets[s]; v < votes.offsets[s + 1]; v++) stalled += votes.label[v];
    return stalled / (votes.offsets[s + 1] - votes.offsets[s]);
  };
};

/** The laboratory without gold that was chosen by its class. */
const withoutEnriched = (lab: Laboratory): Laboratory => {
  const gone = new Set(lab.enriched);
  const builder = voteBuilder();
  const { stackIds, annotatorIds, offsets, annotatorOf, label } = lab.votes;
  stackIds.forEach((id, s) => {
    if (gone.has(id)) return;
    for (let v = offsets[s]; v < offsets[s + 1]; v++)
      builder.add(id, annotatorIds[annotatorOf[v]], label[v] === 1 ? 1 : 0);
  });
  const votes = builder.build('first');
  if (votes._tag === 'Left') throw Error('duplicates');
  const rows = lab.scores?.stackIds.flatMap((id, row) => (gone.has(id) ? [] : [row])) ?? [];
  const { scores } = lab;
  return {
    ...lab,
    votes: votes.right,
    ...(scores === undefined
      ? {}
      : {
          scores: {
            stackIds: rows.map((row) => scores.stackIds[row]),
            score: Float64Array.from(rows, (row) => scores.score[row]),
          },
        }),
  };
};

const randomPart = (ids: readonly string[], n: number, seed: number): readonly string[] =>
  [...ids].sort((a, b) => hashText(`gold ${a}`, seed) - hashText(`gold ${b}`, seed)).slice(0, n);

/** Share of stalled votes from which somebody looked at a stack again. */
const CANDIDATE = 0.3;

/** What gold is made of, how it is declared, and the check that must find it; none for honest gold. */
interface Making {
  readonly name: string;
  readonly gold: (lab: Laboratory, seed: number) => GoldSet | undefined;
  readonly prevalence?: number;
  /** Enriched gold is not in this laboratory. */
  readonly researchOnly?: boolean;
  readonly found?: readonly GoldCheck['check'][];
  /** Share of laboratories with gold 300/600 or more in which it must be found. */
  readonly power?: number;
}

const truthOf =
  ({ truth }: Laboratory) =>
  (id: string) =>
    truth.get(id) ?? 0;
const scoreOf = ({ scores }: Laboratory): ((id: string) => number) => {
  const of = new Map(scores?.stackIds.map((id, row) => [id, scores.score[row]]));
  return (id) => of.get(id) ?? 0;
};

const MAKINGS: readonly Making[] = [
  { name: 'honest, by class', gold: (lab) => goldOf('stratified', lab.enriched, truthOf(lab)), prevalence: PREVALENCE },
  {
    name: 'honest, random',
    researchOnly: true,
    gold: (lab, seed) => goldOf('random', randomPart(lab.research, 1000, seed), truthOf(lab)),
  },
  {
    name: 'label = score ≥ .5, by class',
    gold: (lab) => goldOf('stratified', lab.enriched, (id) => Number(scoreOf(lab)(id) >= 0.5)),
    found: ['label is the score'],
    power: 0.7,
  },
  {
    name: 'label = score ≥ .5, random',
    researchOnly: true,
    gold: (lab, seed) => {
      const score = scoreOf(lab);
      return goldOf('random', randomPart(lab.research, 2000, seed), (id) => Number(score(id) >= 0.5));
    },
    found: ['label is the score'],
    power: 0.7,
  },
  {
    name: 'label = majority, by class',
    gold: (lab) => {
      const share = shareOf(lab);
      return goldOf('stratified', lab.enriched, (id) => Number(share(id) >= 0.5));
    },
    found: ['label is the votes'],
    power: 0.95,
  },
  {
    name: 'candidates called random',
    researchOnly: true,
    gold: (lab) => {
      const share = shareOf(lab);
      return goldOf(
        'random',
        lab.research.filter((id) => share(id) >= CANDIDATE),
        truthOf(lab),
      );
    },
    found: ['candidates only'],
    power: 0.95,
  },
  {
    name: 'candidates called by class',
    researchOnly: true,
    gold: (lab) => {
      const share = shareOf(lab);
      return goldOf(
        'stratified',
        lab.research.filter((id) => share(id) >= CANDIDATE),
        truthOf(lab),
      );
    },
    found: ['candidates only'],
    power: 0.95,
  },
  {
    name: 'by class, flowing unseen below the cut',
    gold: (lab) => {
      const share = shareOf(lab);
      return goldOf('stratified', lab.enriched, (id) => (share(id) >= 0.5 ? truthOf(lab)(id) : 0));
    },
    found: ['candidates only', 'label is the votes'],
    power: 0.95,
  },
  {
    name: 'enriched to 33 % called random',
    gold: (lab) => goldOf('random', lab.enriched, truthOf(lab)),
    found: ['class share'],
    power: 0.95,
  },
];

const percent = (n: number, of: number): string => `${((100 * n) / Math.max(1, of)).toFixed(1).padStart(5)} %`;

interface Tally {
  laboratories: number;
  found: number;
  by: Map<string, number>;
}

const NAMES: readonly GoldCheck['check'][] = [
  'label is the score',
  'label is the votes',
  'candidates only',
  'class share',
];

const line = (name: string, { laboratories, found, by }: Tally): string =>
  `${name.padEnd(78)} any ${percent(found, laboratories)}; ${NAMES.map((check) => `${check} ${percent(by.get(check) ?? 0, laboratories)}`).join(', ')}`;

const tallied = (tally: Tally, checks: readonly GoldCheck[]): void => {
  const alarms = checks.filter(({ verdict }) => verdict !== 'fine');
  tally.laboratories++;
  tally.found += Number(alarms.length > 0);
  for (const { check } of alarms) tally.by.set(check, (tally.by.get(check) ?? 0) + 1);
};

const allowed = (rate: number, n: number): number => rate * n + 3 * Math.sqrt(rate * (1 - rate) * n);

describe(`gold checks over ${LABORATORIES} laboratories`, () => {
  for (const { name, draw, share = 1, honestOnly } of [
    ...SETTINGS.map((setting) => ({ ...setting, honestOnly: false })),
    ...HONEST.map((setting) => ({ ...setting, honestOnly: true })),
  ]) {
    test(name, () => {
      const makings = MAKINGS.filter(({ found }) => !honestOnly || found === undefined);
      const tallies = makings.map((): Tally => ({ laboratories: 0, found: 0, by: new Map() }));
      for (let seed = 1; seed <= Math.max(10, share * LABORATORIES); seed++) {
        const whole = draw(70_000 + seed);
        const research = withoutEnriched(whole);
        makings.forEach((making, m) => {
          const lab = making.researchOnly === true ? research : whole;
          const gold = making.gold(lab, seed);
          if (gold === undefined) return;
          tallied(
            tallies[m],
            goldChecks({ prevalence: making.prevalence })({ votes: lab.votes, scores: lab.scores, gold }),
          );
        });
      }
      for (const [m, making] of makings.entries()) console.log(line(`${name}: ${making.name}`, tallies[m]));
      for (const [m, { found, power = 0, name: made }] of makings.entries()) {
        const { laboratories, found: alarms } = tallies[m];
        if (found === undefined) expect(alarms, made).toBeLessThanOrEqual(allowed(0.01, laboratories));
        else if (!name.includes('100/200')) {
          const missed = laboratories - Math.max(...found.map((check) => tallies[m].by.get(check) ?? 0));
          expect(missed, made).toBeLessThanOrEqual(allowed(1 - power, laboratories));
        }
      }
    });
  }
});

/** Sets of votes, model and truth; votes kept for each stack, and the share of stacks that are gold. */
const FUSION_SETS: readonly (readonly [string, number])[] = [
  ['chexpert_cardiomegaly', 3],
  ['sentiment_mturk', 100],
  ['medrelex_treat', 100],
  ['amazon_negative', 100],
  ['cifar10h_cat_1pct', 7],
  ['cifar10h_deer_1pct', 25],
];
const GOLD_SHARE = 0.3;

const cells = (set: string, file: string): readonly (readonly string[])[] =>
  readFileSync(shared('fusion', set, file), 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((row) => row.split(','));

const fusionSet = (set: string, keep: number): Laboratory => {
  const builder = voteBuilder();
  const seen = new Map<string, number>();
  for (const [stackId, annotatorId, label] of cells(set, 'votes.csv')) {
    const n = seen.get(stackId) ?? 0;
    if (n >= keep) continue;
    seen.set(stackId, n + 1);
    builder.add(stackId, annotatorId, label === '1' ? 1 : 0);
  }
  const model = cells(set, 'model.csv');
  for (const [stackId] of model) builder.includeStack(stackId);
  const votes = builder.build('all');
  if (votes._tag === 'Left') throw Error('duplicates');
  const truth = new Map(cells(set, 'truth.csv').map(([id, label]) => [id, Number(label)]));
  return {
    votes: votes.right,
    scores: { stackIds: model.map(([id]) => id), score: Float64Array.from(model, ([, score]) => Number(score)) },
    truth,
    enriched: [],
    research: [...truth.keys()],
  };
};

describe(`gold checks on real sets, ${REAL_DRAWS} random parts each`, () => {
  for (const [set, keep] of FUSION_SETS) {
    const needs = ['votes', 'model', 'truth'].map((part) => `fusion/${set}/${part}.csv`);
    testWithShared(set, needs, () => {
      const lab = fusionSet(set, keep);
      const share = shareOf(lab);
      const score = scoreOf(lab);
      const makings: readonly (readonly [string, (id: string) => number])[] = [
        ['honest, random', truthOf(lab)],
        ['label = score ≥ .5', (id) => Number(score(id) >= 0.5)],
        ['label = majority', (id) => Number(share(id) >= 0.5)],
      ];
      for (const [name, label] of makings) {
        const tally: Tally = { laboratories: 0, found: 0, by: new Map() };
        for (let seed = 1; seed <= REAL_DRAWS; seed++) {
          const ids = randomPart(lab.research, Math.round(GOLD_SHARE * lab.research.length), seed);
          const gold = goldOf('random', ids, label);
          tallied(tally, goldChecks()({ votes: lab.votes, scores: lab.scores, gold }));
        }
        console.log(line(`${set}: ${name}`, tally));
        if (name.startsWith('honest')) expect(tally.found).toBeLessThanOrEqual(allowed(0.01, tally.laboratories));
      }
    });
  }
});

describe('a score that divides gold by luck', () => {
  test.each([
    [30, 60, 4],
    [64, 64, 4.5],
    [100, 200, 5],
    [300, 600, 6],
  ])('gold %i/%i, classes %f standard deviations apart', (stalled, flowing, distance) => {
    const normal = normalDeviates(splitSeed(11, `${stalled} ${flowing}`));
    let divided = 0;
    let refused = 0;
    for (let seed = 1; seed <= 2 * LABORATORIES; seed++) {
      const gold = Array.from({ length: stalled + flowing }, (_, i) => {
        const label = Number(i < stalled);
        return { n: 0, k: 0, label, score: logistic(distance * (normal() + (label - 0.5) * distance)) };
      });
      const { divides, pValue } = labelOfScore(gold);
      divided += Number(divides);
      refused += Number(pValue <= 0.01);
    }
    console.log(
      `gold ${stalled}/${flowing}, distance ${distance}: divided ${percent(divided, 2 * LABORATORIES)}, refused ${percent(refused, 2 * LABORATORIES)}`,
    );
    expect(refused).toBeLessThanOrEqual(allowed(0.005, 2 * LABORATORIES));
  });
});
