import type { Strata } from '../../decode/index.js';
import type { GoldSet } from '../../domain/gold.js';
import { FLOWING, STALLED } from '../../domain/label.js';
import { present } from '../../domain/present.js';
import type { Targets } from '../../domain/targets.js';
import * as RiskControl from '../../stages/riskControl/index.js';

/** How a gold stack ended under the rule of a policy. `unseen`: neither votes nor a score so far, so it has not arrived. */
export type GoldEnd = 'flowing' | 'stalled' | 'expert' | 'votes ran out' | 'unseen';

/** One gold stack in a gate, and what it showed. */
export interface GoldBet {
  readonly stackId: string;
  readonly label: 'flowing' | 'stalled';
  readonly ended: GoldEnd;
  /** The gate that first judged it, counted from 1. */
  readonly gate: number;
  /** Absent where everything is one dataset, or it belongs to none. */
  readonly dataset?: string;
  /** Absent where clusters are not known, or it belongs to none. */
  readonly cluster?: string;
}

/** Gold that gates have judged, in order of arrival: what the next gate must be given. Plain data. */
export interface GoldBets {
  readonly schema: 'tandem-bets/1';
  /** Hash of the policy. A policy fitted again is another hypothesis, with bets of its own. */
  readonly policy: string;
  readonly targets: Targets;
  /** Share of the error that the first look of a dataset may spend. */
  readonly spend: number;
  readonly by?: string;
  readonly clusterBy?: string;
  /** Gates that brought gold so far. */
  readonly gates: number;
  readonly bets: readonly GoldBet[];
}

/** What a gate asks about, which must stay the same while gold grows. */
export type GateHypothesis = Omit<GoldBets, 'schema' | 'gates' | 'bets'>;

/** Why gold cannot go on where bets have stopped. */
export interface BetsConflict {
  readonly found: string;
  readonly expected: string;
  readonly fix: string;
}

const ANOTHER_FILE = 'Keep the bets of each question in a file of its own (--bets FILE, or another --out).';

/**
 * Why these bets cannot be gone on with, if they cannot: another question, gold of which a part is missing, other labels, or new
 * gold among the old.
 *
 * Bets hold for gold that only grows at its end. Gold that holds none of the old stacks is a further part of it.
 *
 * @param before - bets so far
 * @param now - the hypothesis, and gold without what the policy has met
 * @returns `undefined` where all is well
 */
export const betsConflict = (
  before: GoldBets,
  { hypothesis, gold }: { readonly hypothesis: GateHypothesis; readonly gold: GoldSet },
): BetsConflict | undefined => {
  const other = otherQuestion(before, hypothesis);
  if (other !== undefined) return { ...other, fix: ANOTHER_FILE };
  const place = new Map(before.bets.map(({ stackId }, i) => [stackId, i]));
  const old = gold.stackIds.flatMap((stackId, g) => (place.has(stackId) ? [g] : []));
  if (old.length === 0) return undefined;
  const relabelled = old.find((g) => before.bets[place.get(gold.stackIds[g]) ?? 0].label !== labelOf(gold.label[g]));
  if (relabelled !== undefined) {
    return {
      found: `${gold.stackIds[relabelled]} as ${labelOf(gold.label[relabelled])}`,
      expected: 'the label that was bet on before',
      fix: 'Take back the change; or gate in a new file (--bets FILE), on gold that no gate has seen.',
    };
  }
  const there = new Set(old.map((g) => gold.stackIds[g]));
  const gone = before.bets.find(({ stackId }) => !there.has(stackId));
  if (gone !== undefined) {
    return {
      found: `gold without ${gone.stackId}, which was bet on before`,
      expected: 'all gold of the gates before, or none of it',
      fix: 'Give the whole file, grown at its end, or new gold alone.',
    };
  }
  const last = old[old.length - 1];
  const isOrdered = last === old.length - 1 && old.every((g, i) => before.bets[i].stackId === gold.stackIds[g]);
  if (isOrdered) return undefined;
  const [wrong] = gold.stackIds.flatMap((stackId, g) => (before.bets[g]?.stackId === stackId ? [] : [stackId]));
  return {
    found: `${wrong} before gold that was bet on earlier`,
    expected: 'old gold first, in its order, and new gold after it, as it arrived',
    fix: 'Append new gold to the end of the file, and do not sort it.',
  };
};

const otherQuestion = (before: GoldBets, now: GateHypothesis): Omit<BetsConflict, 'fix'> | undefined => {
  const named = (by: string | undefined): string => by ?? 'nothing';
  if (before.policy !== now.policy)
    return { found: 'bets about another policy', expected: `policy ${now.policy.slice(0, 12)}` };
  const rates = ({ sensitivity, specificity, confidence }: Targets): string =>
    `${sensitivity} / ${specificity} / ${confidence}`;
  if (rates(before.targets) !== rates(now.targets) || before.spend !== now.spend) {
    return {
      found: `bets about ${rates(before.targets)}, ${before.spend} of the error for the first look`,
      expected: `${rates(now.targets)}, ${now.spend}`,
    };
  }
  if (before.by !== now.by) return { found: `bets divided by ${named(before.by)}`, expected: named(now.by) };
  if (before.clusterBy !== now.clusterBy)
    return { found: `bets by cluster of ${named(before.clusterBy)}`, expected: named(now.clusterBy) };
  return undefined;
};

const labelOf = (label: number): GoldBet['label'] => (label === STALLED ? 'stalled' : 'flowing');

const ENDS: Readonly<Record<number, GoldEnd>> = {
  [FLOWING]: 'flowing',
  [STALLED]: 'stalled',
  [RiskControl.UNDECIDED]: 'expert',
  [RiskControl.UNSEEN]: 'unseen',
  [RiskControl.RAN_OUT]: 'votes ran out',
};

const CODES: Readonly<Record<GoldEnd, number>> = {
  flowing: FLOWING,
  stalled: STALLED,
  expert: RiskControl.UNDECIDED,
  unseen: RiskControl.UNSEEN,
  'votes ran out': RiskControl.RAN_OUT,
};

/** How a gold stack ended, as the replay says it. */
export const codeOf = ({ ended }: GoldBet): number => CODES[ended];

/** Whether the end of a stack is still to come. What has ended stays as it ended. */
const isOpen = ({ ended }: GoldBet): boolean => ended === 'votes ran out' || ended === 'unseen';

/**
 * Appends gold to the bets. A stack whose votes had run out ends where it now ends; counting it as wrong meanwhile could only hide
 * a pass, so this may be revised. One that was unseen arrives when it is first seen.
 *
 * @param now - gold without what the policy has met, and how each row of it ended in the replay
 * @returns the same bets where there is nothing new
 * @throws RangeError when the bets cannot be gone on with (`betsConflict`)
 */
export const betsAfter = (
  before: GoldBets | undefined,
  {
    hypothesis,
    gold,
    ends,
    strata,
    clusters,
  }: {
    readonly hypothesis: GateHypothesis;
    readonly gold: GoldSet;
    readonly ends: Uint8Array;
    readonly strata: Strata | undefined;
    readonly clusters: Strata | undefined;
  },
): GoldBets => {
  const start: GoldBets = before ?? { schema: 'tandem-bets/1', ...hypothesis, gates: 0, bets: [] };
  const conflict = betsConflict(start, { hypothesis, gold });
  if (conflict !== undefined) throw RangeError(`bets: expected ${conflict.expected}, got ${conflict.found}`);
  const row = new Map(gold.stackIds.map((stackId, g) => [stackId, g]));
  const gate = start.gates + 1;
  const revised = start.bets.map((bet): GoldBet => {
    const g = row.get(bet.stackId);
    if (g === undefined || !isOpen(bet) || ends[g] === RiskControl.UNSEEN) return bet;
    return { ...bet, ended: ENDS[ends[g]], gate: bet.ended === 'unseen' ? gate : bet.gate };
  });
  const known = new Set(start.bets.map(({ stackId }) => stackId));
  const added = gold.stackIds.flatMap((stackId, g): readonly GoldBet[] =>
    known.has(stackId)
      ? []
      : [
          present({
            stackId,
            label: labelOf(gold.label[g]),
            ended: ENDS[ends[g]],
            gate,
            dataset: strata?.of.get(stackId),
            cluster: clusters?.of.get(stackId),
          }),
        ],
  );
  const bets = [...revised, ...added];
  const gates = bets.some((bet) => bet.gate === gate && bet.ended !== 'unseen') ? gate : start.gates;
  return { ...start, gates, bets };
};

/** Gold that has been seen, in order of arrival. */
export const arrived = (bets: readonly GoldBet[]): readonly GoldBet[] =>
  bets.filter(({ ended }) => ended !== 'unseen').sort((a, b) => a.gate - b.gate);
