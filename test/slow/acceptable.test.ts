import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { laboratory } from '../../src/cli/demo/laboratory.js';
import { getOrThrow } from '../../src/domain/errors.js';
import type { GoldSet } from '../../src/domain/gold.js';
import { hashText } from '../../src/kernel/ids/hash.js';
import { rowOfId } from '../../src/kernel/ids/voteColumns.js';
import type { Inputs } from '../../src/policy/index.js';
import * as Policy from '../../src/policy/index.js';
import * as Gold from '../../src/stages/gold.js';
import { voteBuilder } from '../../src/stages/votes/index.js';
import { shared, testWithShared } from '../shared.js';
import { laboratoryOf, other, PREVALENCE, typical } from './laboratories.js';

/** Would a person accept the decisions, certified or provisional? On recorded sets with much and with little gold. */

type Row = readonly string[];
const rowsOf = (text: string): readonly Row[] =>
  text
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));
const cells = (set: string, file: string): readonly Row[] =>
  rowsOf(readFileSync(shared('fusion', set, `${file}.csv`), 'utf8'));

interface RealSet {
  readonly data: Inputs;
  readonly truth: ReadonlyMap<string, number>;
}

/** A set with one class against all others. Where there are more than two, the model has a column for each. */
const realSet = (set: string, positive: number, classes: number): RealSet => {
  const builder = voteBuilder();
  for (const [stackId, annotatorId, label] of cells(set, 'votes'))
    builder.add(stackId, annotatorId, Number(label) === positive ? 1 : 0);
  const model = cells(set, 'model');
  for (const [stackId] of model) builder.includeStack(stackId);
  return {
    data: {
      votes: getOrThrow(builder.build('all')),
      scores: {
        stackIds: model.map(([id]) => id),
        score: Float64Array.from(model, (row) => Number(row[classes > 2 ? 2 + positive : 1])),
      },
    },
    truth: new Map(cells(set, 'truth').map(([id, label]) => [id, Number(Number(label) === positive)])),
  };
};

const mcc = (pairs: Iterable<readonly [truth: number, call: number]>): number => {
  const count = [0, 0, 0, 0];
  for (const [truth, call] of pairs) count[2 * truth + call]++;
  const [tn, fp, fn, tp] = count;
  const spread = Math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn));
  return spread > 0 ? (tp * tn - fp * fn) / spread : 0;
};

/** Share of all stacks that experts look at. */
const EXPERTS = 0.1;

/**
 * Decisions of a policy against one cut through the posterior by all votes, the cut chosen on the same gold.
 *
 * Of stacks that are not decided (an expert is wanted, or votes that nobody has) the nearest to the cut get an expert, who
 * is right, up to a tenth of all; the others are called by the cut.
 */
const compared = ({ data, truth }: RealSet, gold: GoldSet, judged: ReadonlySet<string>) => {
  const { policy } = Policy.fit({ targets: TARGETS, auditShare: 0 })({ ...data, gold });
  const { posterior, routing, stops } = Policy.decide(policy)(data);
  const cut = policy.cuts.fused;
  const rows = posterior.stackIds.flatMap((id, s) => (judged.has(id) ? [{ s, truth: truth.get(id) ?? 0 }] : []));
  const open = rows
    .filter(({ s }) => routing[s]._tag !== 'Retire')
    .sort((a, b) => Math.abs(posterior.logOdds[a.s] - cut) - Math.abs(posterior.logOdds[b.s] - cut));
  const seen = new Set(open.slice(0, Math.floor(EXPERTS * rows.length)).map(({ s }) => s));
  const byCut = (s: number): number => Number(posterior.logOdds[s] >= cut);
  const called = rows.filter(({ s }) => routing[s]._tag === 'Retire');
  return {
    isCertified: Policy.isCertified(policy),
    rule: mcc(
      rows.map(({ s, truth: y }) => {
        const next = routing[s];
        return [y, next._tag === 'Retire' ? next.label : seen.has(s) ? y : byCut(s)];
      }),
    ),
    cut: mcc(rows.map(({ s, truth: y }) => [y, byCut(s)])),
    automatic: called.length / rows.length,
    /** Called stalled below a posterior of ½, when it was called or by all votes. */
    rash: called.filter(({ s }) => {
      const next = routing[s];
      return next._tag === 'Retire' && next.label === 1 && Math.min(stops.logOdds[s], posterior.logOdds[s]) < 0;
    }).length,
  };
};

const TARGETS = { sensitivity: 0.95, specificity: 0.95, confidence: 0.95 };

/** Name, classes, and how many random samples of gold are drawn for each. */
const SETS: readonly (readonly [string, number, number])[] = [
  ['chexpert_atelectasis', 2, 5],
  ['chexpert_cardiomegaly', 2, 5],
  ['chexpert_consolidation', 2, 5],
  ['chexpert_edema', 2, 5],
  ['chexpert_pleural_effusion', 2, 5],
  ['medrelex_treat', 2, 5],
  ['sentiment_mturk', 2, 3],
  ['amazon_negative', 2, 5],
  ['labelme', 8, 1],
  ['music_genre', 10, 1],
  ['cifar10s', 10, 1],
  ['cifar10h_cat_1pct', 2, 1],
  ['cifar10h_deer_1pct', 2, 1],
  ['stallsim', 2, 1],
];

/** One class of the largest set takes half a minute for each share of gold. */
const FEW_CLASSES: readonly (readonly [string, number, readonly number[]])[] = [['cifar10h', 10, [3, 4]]];

const SHARES = [
  ['a tenth', 0.1],
  ['a third', 1 / 3],
  ['all', 1],
] as const;

describe('decisions against the best single cut on the same evidence', () => {
  const runs = [
    ...SETS.map(([set, classes, draws]) => {
      const positives = classes === 2 ? [1] : Array.from({ length: classes }, (_, c) => c);
      return { set, classes, draws, positives };
    }),
    ...FEW_CLASSES.map(([set, classes, positives]) => ({ set, classes, draws: 1, positives })),
  ];
  for (const { set, classes, draws, positives } of runs) {
    const needs = ['votes', 'model', 'truth'].map((part) => `fusion/${set}/${part}.csv`);
    testWithShared(set, needs, () => {
      const real = positives.map((positive) => realSet(set, positive, classes));
      for (const [name, share] of SHARES) {
        const all = real.flatMap((one) =>
          Array.from({ length: share === 1 ? 1 : draws }, (_, draw) => {
            const ids = [...one.truth.keys()].sort((a, b) => hashText(`gold ${a}`, draw) - hashText(`gold ${b}`, draw));
            const known = ids.slice(0, Math.round(share * ids.length));
            const gold = Gold.from({ chosen: 'random' })(
              known.map((stackId) => ({ stackId, label: one.truth.get(stackId) === 1 ? 1 : 0 })),
            );
            // All of gold judges itself, for the rule and for the cut alike; else only what is no gold judges.
            const judged = new Set(share === 1 ? ids : ids.slice(known.length));
            return compared(one, gold, judged);
          }),
        );
        const mean = (of: (one: (typeof all)[number]) => number): number =>
          all.reduce((sum, one) => sum + of(one), 0) / all.length;
        const lower = all.filter(({ rule, cut }) => rule < cut - 1e-9);
        console.log(
          `${set}, ${name} of gold: MCC ${mean(({ rule }) => rule).toFixed(3)}, by the cut ${mean(({ cut }) => cut).toFixed(3)}; certified ${all.filter(({ isCertified }) => isCertified).length} of ${all.length}, ${(100 * mean(({ automatic }) => automatic)).toFixed(0)} % automatic; below the cut in ${lower.length}, by ${Math.max(0, ...lower.map(({ rule, cut }) => cut - rule)).toFixed(3)} at most`,
        );
        expect(mean(({ rule }) => rule)).toBeGreaterThanOrEqual(mean(({ cut }) => cut) - 1e-9);
        expect(all.reduce((sum, { rash }) => sum + rash, 0)).toBe(0);
      }
    });
  }
});

/** Votes of a CSV of stack, annotator and label with a header. */
const votesOf = (rows: readonly Row[]) => {
  const builder = voteBuilder();
  for (const [stackId, annotatorId, label] of rows) builder.add(stackId, annotatorId, label === '1' ? 1 : 0);
  return getOrThrow(builder.build('all'));
};

/** Stacks that are called stalled below this posterior, when they were called or by all votes. */
const rashBelow = (policy: Policy.Policy, batch: Inputs, posterior: number): number => {
  const { routing, stops, posterior: by } = Policy.decide(policy)(batch);
  const least = Math.log(posterior / (1 - posterior));
  return routing.filter(
    (next, s) => next._tag === 'Retire' && next.label === 1 && Math.min(stops.logOdds[s], by.logOdds[s]) < least,
  ).length;
};

describe('nothing is called stalled below the stated posterior', () => {
  const STATED = [0.2, 0.5, 0.8] as const;

  test('on the embedded example', () => {
    const { votes, gold } = laboratory({ stacks: 300, seed: 3 });
    const batch = { votes: votesOf(rowsOf([...votes].join(''))) };
    const known = Gold.from({ chosen: 'stratified' })(
      rowsOf([...gold].join('')).map(([stackId, label]) => ({ stackId, label: label === '1' ? 1 : 0 })),
    );
    for (const stalledPosterior of STATED) {
      const { policy } = Policy.fit({ stalledPosterior, prevalence: 0.1 })({ ...batch, gold: known });
      expect(rashBelow(policy, batch, stalledPosterior)).toBe(0);
    }
  });

  testWithShared('on the metadata of the challenge', ['stallcatchers/metadata.csv.gz'], () => {
    const rows = rowsOf(gunzipSync(readFileSync(shared('stallcatchers', 'metadata.csv.gz'))).toString('utf8'));
    // Project L has no crowd data; its score of 0 stands for that.
    const scored = rows.filter(([, project]) => project !== 'L').filter((_, i) => i % 7 === 0);
    const scores = {
      stackIds: scored.map(([id]) => id),
      score: Float64Array.from(scored, (row) => Number(row[3])),
    };
    const gold = Gold.from({ chosen: 'random' })(
      scored.filter((_, i) => i % 3 === 0).map((row) => ({ stackId: row[0], label: row[7] === '1' ? 1 : 0 })),
    );
    const votes = votesOf([]);
    for (const stalledPosterior of STATED) {
      const { policy, checks } = Policy.fit({ stalledPosterior, trustGold: true })({ votes, scores, gold });
      console.log(
        `challenge, posterior ${stalledPosterior}: ${policy.proof._tag}, ${JSON.stringify(Policy.spendingOf(policy))}; ${checks.filter(({ verdict }) => verdict !== 'fine').map(({ check, verdict }) => `${check} ${verdict}`)}`,
      );
      expect(rashBelow(policy, { votes, scores }, stalledPosterior)).toBe(0);
    }
  });
});

describe('one vote by a stranger', () => {
  const stranger = (stackId: string, label: 0 | 1): Inputs => {
    const builder = voteBuilder();
    builder.add(stackId, 'a stranger', label);
    return { votes: getOrThrow(builder.build('all', 'rows')) };
  };

  test.each([
    ['the simulator’s world', typical],
    ['a world it was not made for', other],
  ])('closes no stack without a score, in %s, with scores in the fit or without', (_, world) => {
    for (let seed = 1; seed <= 10; seed++) {
      const { fit } = laboratoryOf(world({ gold: { stalled: 100, flowing: 200 }, judged: 0 })(110_000 + seed));
      for (const data of [fit, { votes: fit.votes, gold: fit.gold }]) {
        for (const options of [{}, { stalledPosterior: 0 }, { methods: { posterior: 'sum' } as const }]) {
          const { policy } = Policy.fit({ ...options, targets: TARGETS, prevalence: PREVALENCE })(data);
          for (const label of [0, 1] as const) {
            const [next] = Policy.decide(policy)(stranger('new', label)).routing;
            expect(next._tag).not.toBe('Retire');
          }
        }
      }
    }
  });

  test('closes a scored stack only together with its score: the posterior of both is as stated', () => {
    const { fit } = laboratoryOf(typical({ gold: { stalled: 300, flowing: 300 }, judged: 0 })(120_000));
    const { policy } = Policy.fit({ targets: TARGETS, prevalence: PREVALENCE })(fit);
    const ids = Array.from({ length: 200 }, (_, i) => `new ${i}`);
    const builder = voteBuilder();
    for (const id of ids) builder.add(id, 'a stranger', 1);
    const scores = { stackIds: ids, score: Float64Array.from(ids, (_, i) => (i + 0.5) / 200) };
    const { posterior, routing } = Policy.decide(policy)({ votes: getOrThrow(builder.build('all', 'rows')), scores });
    const place = rowOfId(posterior.stackIds);
    for (const id of ids) {
      const s = place.get(id) ?? -1;
      const next = routing[s];
      if (next._tag === 'Retire' && next.label === 1) expect(posterior.logOdds[s]).toBeGreaterThanOrEqual(0);
    }
  });
});
