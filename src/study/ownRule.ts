import type { Arrivals } from '../asking/replay/index.js';
import { DEFAULT_EXPERT_PRICE, type RuleReplay, spending } from '../asking/stopRule/index.js';
import type { GoldSet } from '../domain/gold.js';
import type { Rate } from '../domain/interval.js';
import { FLOWING, STALLED } from '../domain/label.js';
import type { VoteTable } from '../domain/voteTable.js';
import { rowOfId } from '../kernel/ids/voteColumns.js';
import { inRuleOrder, type Policy } from '../policy/index.js';
import * as Evaluation from '../stages/evaluation/index.js';
import * as Gold from '../stages/gold.js';
import { RAN_OUT, UNDECIDED, UNSEEN } from '../stages/riskControl/index.js';

/** A stopping rule that a laboratory uses by itself. */
export type OwnRule =
  /** Stalled where at least half of the first `votes` votes say so. */
  | { readonly _tag: 'Mean'; readonly votes: number }
  /** Stops when `agreeing` votes agree. After `most` votes the majority decides, and an expert where there is none. */
  | { readonly _tag: 'Agreeing'; readonly agreeing: number; readonly most: number };

/** What a rule spends and how often it is wrong. */
export interface RuleFigures {
  /** Mean votes per stack at the prevalence. */
  readonly votes: number;
  /** Share of stacks left to an expert at the prevalence, in [0, 1]. */
  readonly experts: number;
  /** Votes per stack, with an expert's look at its price. */
  readonly cost: number;
  /** `hits` are stalled gold called flowing. */
  readonly missedStalls: Rate;
  /** `hits` are flowing gold called stalled. */
  readonly falseAlarms: Rate;
}

/** The stop rule of a policy beside a laboratory's own, both on the same gold. */
export interface AgainstOwnRule {
  readonly rule: OwnRule;
  /** Price of an expert's look, in votes. */
  readonly expertPrice: number;
  /** Gold on which both rules came to an end, and gold whose votes were too few for one of them. */
  readonly gold: { readonly stalled: number; readonly flowing: number; readonly tooFewVotes: number };
  /** Absent where no gold has enough votes. */
  readonly figures?: { readonly own: RuleFigures; readonly tandem: RuleFigures };
}

/**
 * Reads a stopping rule from words.
 *
 * @param text - "mean of 7" or "3 agreeing, at most 7"
 * @returns `undefined` where it is neither
 * @example
 * Study.ownRule('mean of 7') // => { _tag: 'Mean', votes: 7 }
 * Study.ownRule('3 agreeing, at most 7') // => { _tag: 'Agreeing', agreeing: 3, most: 7 }
 * Study.ownRule('as long as it takes') // => undefined
 */
export const ownRule = (text: string): OwnRule | undefined => {
  const mean = /^\s*(?:mean|majority)\s+of\s+(\d{1,4})(?:\s+votes)?\s*$/i.exec(text);
  if (mean !== null) {
    const votes = Number(mean[1]);
    return votes >= 1 ? { _tag: 'Mean', votes } : undefined;
  }
  const agree = /^\s*(\d{1,4})\s+agree(?:ing)?\s*,?\s*at\s+most\s+(\d{1,4})(?:\s+votes)?\s*$/i.exec(text);
  if (agree === null) return undefined;
  const [agreeing, most] = [Number(agree[1]), Number(agree[2])];
  return agreeing >= 1 && most >= agreeing ? { _tag: 'Agreeing', agreeing, most } : undefined;
};

/** Where one stack ends under a laboratory's own rule, and after how many votes. */
const endOf = (rule: OwnRule, label: Uint8Array): { readonly decision: number; readonly votes: number } => {
  const counts = [0, 0];
  const most = rule._tag === 'Mean' ? rule.votes : rule.most;
  for (let n = 0; n < Math.min(most, label.length); n++) {
    counts[label[n]]++;
    if (rule._tag === 'Agreeing' && counts[label[n]] >= rule.agreeing) return { decision: label[n], votes: n + 1 };
  }
  if (label.length < most) return { decision: RAN_OUT, votes: label.length };
  if (rule._tag === 'Mean') return { decision: counts[STALLED] >= counts[FLOWING] ? STALLED : FLOWING, votes: most };
  if (counts[STALLED] === counts[FLOWING]) return { decision: UNDECIDED, votes: most };
  return { decision: counts[STALLED] > counts[FLOWING] ? STALLED : FLOWING, votes: most };
};

const replayOwn = (rule: OwnRule, { stackIds, offsets, label }: Arrivals, gold: Pick<GoldSet, 'stackIds'>) => {
  const place = rowOfId(stackIds);
  const decisions = new Uint8Array(gold.stackIds.length).fill(UNSEEN);
  const votes = new Uint32Array(gold.stackIds.length);
  gold.stackIds.forEach((id, g) => {
    const s = place.get(id);
    if (s === undefined) return;
    const ended = endOf(rule, label.subarray(offsets[s], offsets[s + 1]));
    decisions[g] = ended.decision;
    votes[g] = ended.votes;
  });
  return { decisions, votes };
};

/**
 * Replays a laboratory's own rule on the gold on which a stop rule was replayed.
 *
 * Gold whose votes are too few for one of the two rules takes no part, so that both are judged on the same stacks.
 *
 * @param options - the policy, for prevalence and confidence; the rule, from `Study.ownRule`
 * @returns from the votes, the gold, and its replay under the stop rule
 * @example
 * const votes = Errors.getOrThrow(Votes.from()([{ stackId: 's1', annotatorId: 'ann', label: 1 }]));
 * const gold = Gold.from({ chosen: 'random' })([{ stackId: 's1', label: 1 }]);
 * const { policy } = Policy.fit()({ votes, gold });
 * const replay = { decisions: Uint8Array.of(1), votes: Uint32Array.of(1) };
 * Study.againstOwnRule(policy, { _tag: 'Mean', votes: 1 })({ votes, gold, replay }).figures.own.votes // => 0.75
 * Study.againstOwnRule(policy, { _tag: 'Mean', votes: 7 })({ votes, gold, replay }).gold.tooFewVotes // => 1
 */
export const againstOwnRule =
  ({ prevalence, targets, prices }: Pick<Policy, 'prevalence' | 'targets' | 'prices'>, rule: OwnRule) =>
  ({
    votes,
    gold,
    replay,
  }: {
    readonly votes: VoteTable;
    readonly gold: GoldSet;
    readonly replay: RuleReplay;
  }): AgainstOwnRule => {
    const expertPrice = prices?.expert ?? DEFAULT_EXPERT_PRICE;
    const own = replayOwn(rule, inRuleOrder(votes), gold);
    const hasEnded = (decision: number): boolean => decision !== RAN_OUT && decision !== UNSEEN;
    const rows = gold.stackIds.flatMap((_, g) =>
      hasEnded(own.decisions[g]) && hasEnded(replay.decisions[g]) ? [g] : [],
    );
    const compared = { label: Uint8Array.from(rows, (g) => gold.label[g]) };
    const { stalled, flowing } = Gold.count({ ...gold, ...compared });
    const figures = (ended: RuleReplay): RuleFigures => {
      const decisions = Uint8Array.from(rows, (g) => ended.decisions[g]);
      const used = Uint32Array.from(rows, (g) => ended.votes[g]);
      const spent = spending({ gold: compared, prevalence: prevalence.value })({ decisions, votes: used });
      const wrong = (truth: number, n: number): Rate => {
        const hits = rows.filter((g) => gold.label[g] === truth && ended.decisions[g] === 1 - truth).length;
        return Evaluation.rate({ hits, n, confidence: targets.confidence });
      };
      return {
        votes: spent.votes,
        experts: spent.experts,
        cost: spent.votes + expertPrice * spent.experts,
        missedStalls: wrong(STALLED, stalled),
        falseAlarms: wrong(FLOWING, flowing),
      };
    };
    const known = { rule, expertPrice, gold: { stalled, flowing, tooFewVotes: gold.stackIds.length - rows.length } };
    return rows.length === 0 ? known : { ...known, figures: { own: figures(own), tandem: figures(replay) } };
  };
