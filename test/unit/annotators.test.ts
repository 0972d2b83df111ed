import { describe, expect, test } from 'vitest';
import { getOrThrow } from '../../src/domain/errors.js';
import type { Label } from '../../src/domain/label.js';
import { splitSeed } from '../../src/kernel/random/prng.js';
import { annotatorsCsv, annotatorsText } from '../../src/report/index.js';
import * as Gold from '../../src/stages/gold.js';
import * as Skills from '../../src/stages/skills/index.js';
import * as Votes from '../../src/stages/votes/index.js';
import * as Study from '../../src/study/index.js';

/**
 * Crowds with planted annotators: who is found, and how many honest ones are flagged. Every annotator votes on every third
 * stack, in an order of their own.
 */

const HONEST = 40;
const STACKS = 900;
const PREVALENCE = 0.25;

interface Cast {
  readonly stackId: string;
  readonly annotatorId: string;
  readonly label: Label;
}

type Answer = (truth: Label, place: number, random: () => number) => Label;

const honest =
  (sensitivity: number, specificity: number): Answer =>
  (truth, _, random) =>
    random() < (truth === 1 ? sensitivity : 1 - specificity) ? 1 : 0;

const PLANTED: Readonly<Record<string, Answer>> = {
  'only-flowing': () => 0,
  'only-stalled': () => 1,
  coin: (_, __, random) => (random() < 0.3 ? 1 : 0),
  program: (_, place) => (place % 4 === 3 ? 1 : 0),
  tired: (truth, place, random) => (place < 150 ? honest(0.92, 0.95)(truth, place, random) : random() < 0.3 ? 1 : 0),
};

/** A table that knows in which order its votes came. */
const inOrder = (rows: readonly Cast[]): Votes.VoteTable => {
  const votes = getOrThrow(Votes.from()(rows));
  const place = new Map(rows.map(({ stackId, annotatorId }, row) => [`${stackId} ${annotatorId}`, row]));
  const arrival = new Uint32Array(votes.label.length);
  votes.stackIds.forEach((id, s) => {
    for (let v = votes.offsets[s]; v < votes.offsets[s + 1]; v++) {
      arrival[v] = place.get(`${id} ${votes.annotatorIds[votes.annotatorOf[v]]}`) ?? 0;
    }
  });
  return { ...votes, arrival };
};

/** Votes in order of arrival; `copy` answers what `original` does. */
const crowd = (seed: number, planted: Readonly<Record<string, Answer>>, copies: boolean) => {
  const random = splitSeed(seed, 'crowd');
  const truth = Array.from({ length: STACKS }, (): Label => (random() < PREVALENCE ? 1 : 0));
  const people: Record<string, Answer> = { ...planted };
  for (let a = 0; a < HONEST; a++) people[`h${a}`] = honest(0.6 + 0.35 * random(), 0.75 + 0.2 * random());
  const rows: Cast[] = [];
  for (const [annotatorId, answer] of Object.entries(people)) {
    const own = truth
      .flatMap((_, s) => (random() < 1 / 3 ? [s] : []))
      .sort((s, t) => ((s * 7919) % STACKS) - ((t * 7919) % STACKS));
    own.forEach((s, place) => {
      rows.push({ stackId: `s${s}`, annotatorId, label: answer(truth[s], place, random) });
    });
  }
  if (copies) {
    for (const row of rows.filter(({ annotatorId }) => annotatorId === 'h0')) {
      rows.push({ ...row, annotatorId: 'copycat', label: random() < 0.03 ? (row.label === 1 ? 0 : 1) : row.label });
    }
  }
  const gold = Gold.from({ chosen: 'random' })(truth.map((label, s) => ({ stackId: `s${s}`, label })));
  return { votes: inOrder(rows), gold };
};

const SEEDS = Array.from({ length: 12 }, (_, i) => i + 1);

describe('Study.annotators()', () => {
  const expected: Readonly<Record<string, Skills.AnnotatorFlag>> = {
    'only-flowing': 'always-flowing',
    'only-stalled': 'always-stalled',
    coin: 'random',
    program: 'bot-like',
    tired: 'drift',
    h0: 'copying',
    copycat: 'copying',
  };

  test.each([true, false])('finds who is planted in at least three of four crowds (by gold: %s)', (byGold) => {
    const found = new Map<string, number>();
    for (const seed of SEEDS) {
      const { votes, gold } = crowd(seed, PLANTED, true);
      const { annotators } = Study.annotators(byGold ? { gold } : {})(votes);
      for (const { annotatorId, flags } of annotators) {
        const flag = expected[annotatorId];
        if (flag !== undefined && flags.includes(flag)) found.set(annotatorId, (found.get(annotatorId) ?? 0) + 1);
      }
    }
    for (const name of Object.keys(expected)) {
      expect(found.get(name) ?? 0, name).toBeGreaterThanOrEqual(0.75 * SEEDS.length);
    }
  });

  test.each([true, false])('gives an honest annotator each flag at most as often as said (by gold: %s)', (byGold) => {
    const falseAlarm = 0.01;
    const count = new Map<Skills.AnnotatorFlag, number>();
    for (const seed of SEEDS) {
      const { votes, gold } = crowd(100 + seed, {}, false);
      const { annotators } = Study.annotators({ falseAlarm, ...(byGold ? { gold } : {}) })(votes);
      for (const { flags } of annotators) for (const flag of flags) count.set(flag, (count.get(flag) ?? 0) + 1);
    }
    const tries = SEEDS.length * HONEST;
    // The rate that was asked for, and three standard errors.
    const most = falseAlarm * tries + 3 * Math.sqrt(falseAlarm * tries);
    for (const [flag, flagged] of count) expect(flagged, flag).toBeLessThanOrEqual(most);
  });

  test('an honest annotator with harder stacks later has not changed', () => {
    const random = splitSeed(5, 'hard');
    // The other way round of a class: nearly all stalls come late, and this crowd misses many of them.
    const truth = Array.from({ length: 600 }, (_, s): Label => (random() < (s < 300 ? 0.02 : 0.5) ? 1 : 0));
    const rows = Array.from({ length: 12 }, (_, a) => `a${a}`).flatMap((annotatorId) =>
      truth.map((label, s) => ({
        stackId: `s${String(s).padStart(3, '0')}`,
        annotatorId,
        label: honest(0.6, 0.95)(label, s, random),
      })),
    );
    const votes = getOrThrow(Votes.from()(rows));
    const timed = { ...votes, arrival: Uint32Array.from(votes.annotatorOf, (_, v) => v) };
    const gold = Gold.as('fit')(
      Gold.from({ chosen: 'random' })(truth.map((label, s) => ({ stackId: `s${String(s).padStart(3, '0')}`, label }))),
    );
    const table = Skills.annotators({ skills: Skills.fromGold({ gold })(votes), gold })(timed);
    for (const { flags, change } of table) {
      expect(flags).not.toContain('drift');
      expect((change?.earlier ?? 0) - (change?.later ?? 0)).toBeGreaterThan(0.05);
      expect(Math.abs(change?.change.estimate ?? 1)).toBeLessThan(0.1);
    }
  });

  test('counts gold votes, says what a vote is worth, and has a newcomer', () => {
    const { votes, gold } = crowd(1, PLANTED, false);
    const some = { ...gold, stackIds: gold.stackIds.slice(0, 300), label: gold.label.slice(0, 300) };
    const summary = Study.annotators({ gold: some, prevalence: 0.01 })(votes);
    const { annotators, newcomer, crowd: all } = summary;
    const isGold = new Set(some.stackIds);
    const votesOnGold = votes.stackIds.reduce(
      (sum, id, s) => sum + (isGold.has(id) ? votes.offsets[s + 1] - votes.offsets[s] : 0),
      0,
    );
    expect(annotators.reduce((sum, row) => sum + row.goldVotes, 0)).toBe(votesOnGold);
    expect(annotators.reduce((sum, row) => sum + row.votes, 0)).toBe(all.votes);
    const worth = (id: string): number =>
      annotators.find(({ annotatorId }) => annotatorId === id)?.information ?? Number.NaN;
    // The entropy of a class of 1 % is .056 nats.
    for (const { information } of annotators) expect(information).toBeLessThan(0.057);
    expect(worth('coin')).toBeLessThan(0.002);
    expect(worth('h3')).toBeGreaterThan(worth('coin'));
    expect(newcomer.sensitivity.interval.lower).toBeLessThan(newcomer.sensitivity.estimate);
    expect(all.alpha).toBeGreaterThan(0.1);
    expect(all.agreement.share).toBeGreaterThan(0.5);
  });

  test('its table has as many cells in each row, and its text begins with sentences', () => {
    const { votes, gold } = crowd(2, PLANTED, true);
    const summary = Study.annotators({ gold })(votes);
    const [head, ...rows] = [...annotatorsCsv(summary)].map((line) => line.trimEnd().split(','));
    expect(rows.length).toBe(summary.annotators.length + 1);
    for (const row of rows) expect(row.length).toBe(head.length);
    const text = annotatorsText(summary);
    expect(text).toMatch(
      /^46 annotators gave [\d,]+ votes on 900 stacks\. Two votes on one stack agree in \d+ % of pairs/,
    );
    expect(text).toContain('program, ');
    expect(text).toContain('answers by chance in an even rhythm, as a program does');
    expect(text).toContain('says flowing to everything');
    expect(text).toContain('answers as copycat does');
    expect(text).toContain('became worse');
  });
});
