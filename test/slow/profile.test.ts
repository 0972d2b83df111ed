import { describe, expect, test } from 'vitest';
import { otherWorld } from '../../bench/accuracy/otherWorld.mjs';
import { arrivals, type VoteStream } from '../../src/asking/replay/index.js';
import type { Scores } from '../../src/domain/scores.js';
import { hashText } from '../../src/kernel/ids/hash.js';
import { logit } from '../../src/kernel/special/logit.js';
import {
  type BatchMismatch,
  batchProfile,
  goldProfile,
  mismatches,
  type Profiled,
  type Schedule,
} from '../../src/policy/index.js';
import * as Simulate from '../../src/simulate/index.js';
import * as Gold from '../../src/stages/gold.js';

/**
 * Does a laboratory hear that a certificate is not about its stacks, and does it hear nothing where it is? Over simulated laboratories of two worlds: gold
 * and stacks alike, and each assumption broken by itself.
 */

/** Laboratories of each setting. */
const LABORATORIES = Math.max(10, Math.round(Number(process.env['TANDEM_SLOW_REPETITIONS'] ?? 2000) / 4));
const PREVALENCE = 0.01;
const STACKS = 3000;
const GOLD = { stalled: 300, flowing: 600 };

/** Gold and stacks of one laboratory, each with votes in order of arrival. */
interface Laboratory {
  readonly stream: VoteStream;
  readonly scores: Scores;
  readonly gold: readonly { readonly stackId: string; readonly label: 0 | 1 }[];
  readonly research: readonly string[];
}

const typical =
  (votesPerStack: number) =>
  (seed: number): Laboratory => {
    const lab = Simulate.dataset({
      stacks: STACKS,
      prevalence: PREVALENCE,
      votes: { perStack: votesPerStack },
      model: {},
      gold: { ...GOLD, chosen: 'stratified' },
    })(seed);
    const isGold = new Set(lab.gold.stackIds);
    return {
      stream: lab.votes,
      scores: lab.scores,
      gold: lab.gold.stackIds.map((stackId, g) => ({ stackId, label: lab.gold.label[g] === 1 ? 1 : 0 })),
      research: lab.votes.stackIds.filter((id) => !isGold.has(id)),
    };
  };

const other =
  (votesPerStack: number) =>
  (seed: number): Laboratory => {
    const rare = Math.round(STACKS * PREVALENCE);
    const lab = otherWorld({
      counts: { gold: GOLD, research: { stalled: rare, flowing: STACKS - rare } },
      votesPerStack,
    })(seed);
    return {
      stream: lab.votes,
      scores: lab.scores,
      gold: lab.parts.gold,
      research: lab.parts.research.map(({ stackId }) => stackId),
    };
  };

/** Stacks that the platform knows, on which people say stalled more readily. */
const knownAnswers = (seed: number): Laboratory => {
  const lab = Simulate.dataset({
    stacks: { count: STACKS, unreadable: 0 },
    prevalence: PREVALENCE,
    votes: { perStack: 7, play: { known: { eagerness: 1 } } },
    model: {},
    gold: { chosen: 'known' },
  })(seed);
  const isGold = new Set(lab.gold.stackIds);
  return {
    stream: lab.votes,
    scores: lab.scores,
    gold: lab.gold.stackIds.map((stackId, g) => ({ stackId, label: lab.gold.label[g] === 1 ? 1 : 0 })),
    research: lab.votes.stackIds.filter((id) => !isGold.has(id)),
  };
};

/** A part of a laboratory; its first votes, by annotators who are wanted. */
const part = (
  { stream, scores }: Laboratory,
  ids: readonly string[],
  keep: { readonly votes?: number; readonly wanted?: (annotatorId: string) => boolean } = {},
): Profiled => {
  const place = new Map(ids.map((id, s) => [id, s]));
  const rowOf = stream.stackIds.map((id) => place.get(id) ?? -1);
  const seen = new Uint32Array(ids.length);
  const rows = Array.from(stream.label.keys()).filter((v) => {
    const s = rowOf[stream.stackOf[v]];
    if (s < 0 || seen[s] >= (keep.votes ?? 100)) return false;
    if (keep.wanted?.(stream.annotatorIds[stream.annotatorOf[v]]) === false) return false;
    seen[s]++;
    return true;
  });
  const score = new Map(scores.stackIds.map((id, row) => [id, scores.score[row]]));
  return {
    votes: arrivals({
      stackIds: ids,
      annotatorIds: stream.annotatorIds,
      stackOf: Uint32Array.from(rows, (v) => rowOf[stream.stackOf[v]]),
      annotatorOf: Uint32Array.from(rows, (v) => stream.annotatorOf[v]),
      label: Uint8Array.from(rows, (v) => stream.label[v]),
    }),
    // A calibrator is a straight line in logits; any one will do for a comparison.
    model: {
      nats: Float64Array.from(ids, (id) => logit(Math.min(Math.max(score.get(id) ?? 0.5, 1e-7), 1 - 1e-7))),
      scores: Uint32Array.from(ids, (id) => Number(score.has(id))),
    },
  };
};

const isStranger = (seed: number) => (annotatorId: string) => hashText(annotatorId, seed) % 2 === 0;

interface Case {
  readonly name: string;
  readonly draw: (seed: number) => Laboratory;
  readonly schedule: Schedule;
  readonly goldVotes?: number;
  readonly stackVotes?: number;
  readonly newcomers?: boolean;
  readonly found?: BatchMismatch['_tag'];
}

const CASES: readonly Case[] = [
  { name: 'typical: alike, any schedule', draw: typical(7), schedule: 'any' },
  { name: 'typical: alike, one look', draw: typical(7), schedule: { oneLook: 7 } },
  { name: 'other world: alike, any schedule', draw: other(7), schedule: 'any' },
  { name: 'other world: alike, one look', draw: other(7), schedule: { oneLook: 7 } },
  {
    name: 'typical: 15 votes, then 3, one look',
    draw: typical(15),
    schedule: { oneLook: 15 },
    stackVotes: 3,
    found: 'VotesPerStack',
  },
  {
    name: 'other world: 15 votes, then 3, one look',
    draw: other(15),
    schedule: { oneLook: 15 },
    stackVotes: 3,
    found: 'VotesPerStack',
  },
  { name: 'typical: newcomers only', draw: typical(7), schedule: 'any', newcomers: true, found: 'Newcomers' },
  { name: 'other world: newcomers only', draw: other(7), schedule: 'any', newcomers: true, found: 'Newcomers' },
  { name: 'known answers, criterion shift 1', draw: knownAnswers, schedule: 'any', found: 'StalledVotes' },
];

describe(`mismatches over ${LABORATORIES} laboratories`, () => {
  test.each(CASES.map((one) => [one.name, one] as const))('%s', (name, one) => {
    const by = new Map<string, number>();
    let any = 0;
    for (let seed = 1; seed <= LABORATORIES; seed++) {
      const lab = one.draw(90_000 + seed);
      const stranger = isStranger(seed);
      const wanted = one.newcomers === true ? (id: string) => !stranger(id) : () => true;
      const options = { annotatorIds: lab.stream.annotatorIds.filter(wanted), mostVotes: 7 };
      const gold = Gold.from({ chosen: 'stratified' })(lab.gold);
      const then = goldProfile({ ...options, prevalence: PREVALENCE, schedule: one.schedule })({
        ...part(lab, gold.stackIds, { votes: one.goldVotes ?? 100, wanted }),
        gold,
      });
      const now = part(lab, lab.research, {
        votes: one.stackVotes ?? 100,
        wanted: one.newcomers === true ? stranger : () => true,
      });
      const found = mismatches(then)(batchProfile(options)({ ...now, isOrdered: one.schedule === 'any' }));
      any += Number(found.length > 0);
      for (const { _tag } of found) by.set(_tag, (by.get(_tag) ?? 0) + 1);
    }
    const shares = [...by].map(([tag, n]) => `${tag} ${((100 * n) / LABORATORIES).toFixed(1)} %`).join(', ');
    console.log(`${name.padEnd(44)} any ${((100 * any) / LABORATORIES).toFixed(1).padStart(5)} %; ${shares}`);
    if (one.found === undefined)
      expect(any).toBeLessThanOrEqual(0.01 * LABORATORIES + 3 * Math.sqrt(0.0099 * LABORATORIES));
    else
      expect(by.get(one.found) ?? 0).toBeGreaterThanOrEqual(0.95 * LABORATORIES - 3 * Math.sqrt(0.0475 * LABORATORIES));
  });
});
