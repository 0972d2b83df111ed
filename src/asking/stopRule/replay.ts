import type { GoldSet } from '../../domain/gold.js';
import { FLOWING, STALLED } from '../../domain/label.js';
import { rowOfId } from '../../kernel/ids/voteColumns.js';
import { RAN_OUT, UNDECIDED, UNSEEN } from '../../stages/riskControl/index.js';
import type { Trajectories } from '../replay/index.js';
import { type Action, firstStop } from './firstStop.js';
import type { StopRule } from './rule.js';

/** How gold ends under a rule, one vote at a time; rows follow the gold. */
export interface RuleReplay {
  /** FLOWING, STALLED, `RiskControl.UNDECIDED` (an expert), `RiskControl.RAN_OUT` (still asking) or `RiskControl.UNSEEN`. */
  readonly decisions: Uint8Array;
  /** Votes used until the rule stopped, or until they ran out. */
  readonly votes: Uint32Array;
}

/** What a rule spends and decides, per stack at a stated prevalence. */
export interface Spending {
  /** Mean votes on a stack. */
  readonly votes: number;
  /** Share of stacks that go to an expert, in [0, 1]. */
  readonly experts: number;
  /** Share that goes to an expert before any vote; inside `experts`. */
  readonly expertsAtOnce: number;
  /** Share decided without an expert, in [0, 1]. */
  readonly automatic: number;
}

const CODES: Readonly<Record<Action, number>> = {
  flowing: FLOWING,
  stalled: STALLED,
  expert: UNDECIDED,
  ask: RAN_OUT,
};

/**
 * Replays a rule on gold: where each stack first stops, in the order of its votes.
 *
 * A stack with neither votes nor a score is UNSEEN and takes no part. A stack whose votes end while the rule asks is RAN_OUT.
 *
 * @param gold - stacks to replay; those without a trajectory are UNSEEN
 * @returns for one rule; the trajectories are looked up once
 * @throws RangeError when the rule cannot be followed
 * @example
 * const paths = { stackIds: ['s1', 's2'], first: Uint32Array.of(0, 3, 5), logOdds: Float64Array.of(-4, -5, -7, -4, 3), scores: Uint32Array.of(1, 1) };
 * const gold = Gold.from({ chosen: 'random' })([{ stackId: 's2', label: 1 }, { stackId: 's1', label: 0 }]);
 * const rule = StopRule.oneLook({ votes: 1, flowingBelow: -4.5, stalledFrom: 2 });
 * StopRule.replayOn(gold)(paths)(rule) // => { decisions: Uint8Array [1, 0], votes: Uint32Array [1, 1] }
 */
export const replayOn =
  (gold: Pick<GoldSet, 'stackIds'>) =>
  ({ stackIds, first, logOdds, scores }: Trajectories): ((rule: StopRule) => RuleReplay) => {
    const place = rowOfId(stackIds);
    const courses = gold.stackIds.map((id) => {
      const s = place.get(id);
      return s === undefined || first[s + 1] - first[s] - 1 + scores[s] === 0
        ? undefined
        : { logOdds: logOdds.subarray(first[s], first[s + 1]), scored: scores[s] > 0 };
    });
    return (rule) => {
      const stop = firstStop(rule);
      const decisions = new Uint8Array(courses.length).fill(UNSEEN);
      const votes = new Uint32Array(courses.length);
      courses.forEach((course, g) => {
        if (course === undefined) return;
        const ended = stop(course);
        decisions[g] = CODES[ended.first];
        votes[g] = ended.votes;
      });
      return { decisions, votes };
    };
  };

/**
 * Stacks that a rule asks about before any vote: by their score alone, so the same in every schedule.
 *
 * @returns for trajectories: 1 where it asks, rows as there
 * @example
 * const paths = { stackIds: ['s1', 's2'], first: Uint32Array.of(0, 3, 5), logOdds: Float64Array.of(-4, -5, -7, -4, 3), scores: Uint32Array.of(1, 1) };
 * StopRule.askedAtOnce(StopRule.oneLook({ votes: 1, flowingBelow: -4.5 }))(paths) // => Uint8Array [1, 1]
 * StopRule.askedAtOnce(StopRule.EXPERT_AT_ONCE)(paths) // => Uint8Array [0, 0]
 */
export const askedAtOnce =
  (rule: StopRule) =>
  ({ stackIds, first, logOdds, scores }: Trajectories): Uint8Array => {
    const stop = firstStop(rule);
    return Uint8Array.from(stackIds, (_, s) =>
      Number(stop({ logOdds: logOdds.subarray(first[s], first[s] + 1), scored: scores[s] > 0 }).first === 'ask'),
    );
  };

/** A replay that keeps what it has replayed, for rules that are asked for again and again. */
export const remembering = (replay: (rule: StopRule) => RuleReplay): ((rule: StopRule) => RuleReplay) => {
  const known = new Map<StopRule, RuleReplay>();
  return (rule) => {
    const found = known.get(rule) ?? replay(rule);
    known.set(rule, found);
    return found;
  };
};

/**
 * What a replayed rule spends per stack, each class of gold standing for that class of the population.
 *
 * Σ over classes of P(class) · mean over its gold; UNSEEN gold takes no part, what ran out counts as still asking.
 *
 * @param options - `gold`: what was replayed, rows in the same order; `prevalence`: P(stalled), in (0, 1)
 * @example
 * const gold = Gold.from({ chosen: 'random' })([{ stackId: 's2', label: 1 }, { stackId: 's1', label: 0 }]);
 * StopRule.spending({ gold, prevalence: 0.01 })({ decisions: Uint8Array.of(2, 0), votes: Uint32Array.of(0, 3) }) // => { votes: 2.97, experts: 0.01, expertsAtOnce: 0.01, automatic: 0.99 }
 */
export const spending =
  ({ gold: { label }, prevalence }: { readonly gold: Pick<GoldSet, 'label'>; readonly prevalence: number }) =>
  ({ decisions, votes }: RuleReplay): Spending => {
    const mean = (value: (g: number) => number): number => {
      const sum = [0, 0];
      const seen = [0, 0];
      for (let g = 0; g < decisions.length; g++) {
        if (decisions[g] === UNSEEN) continue;
        seen[label[g]]++;
        sum[label[g]] += value(g);
      }
      const meanOf = (y: number): number => (seen[y] === 0 ? 0 : sum[y] / seen[y]);
      return (1 - prevalence) * meanOf(0) + prevalence * meanOf(1);
    };
    return {
      votes: mean((g) => votes[g]),
      experts: mean((g) => Number(decisions[g] === UNDECIDED)),
      expertsAtOnce: mean((g) => Number(decisions[g] === UNDECIDED && votes[g] === 0)),
      automatic: mean((g) => Number(decisions[g] === FLOWING || decisions[g] === STALLED)),
    };
  };
