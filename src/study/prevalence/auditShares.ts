import type { DecisionName } from '../../decode/index.js';
import { hypergeometricTails } from '../../kernel/special/hypergeometric.js';
import { countText, percent, stratumName } from '../../output/format.js';
import { groupOf, type Row } from './outcomes.js';

/** Rows divided by a column of strata. */
export interface Division {
  readonly by: string;
  readonly groups: ReadonlyMap<string, readonly Row[]>;
}

interface Share {
  readonly stratum: string;
  readonly audited: number;
  readonly stacks: number;
  /** Two-sided p-value of an audit drawn at one share from all strata. */
  readonly pValue: number;
}

const OUTCOMES: readonly (readonly [DecisionName, string])[] = [
  ['stalled', 'called stalled'],
  ['flowing', 'called flowing'],
  ['ask crowd', 'with the crowd'],
  ['ask expert', 'with an expert'],
];

/** Probability of any such warning when the audit was drawn at one share everywhere. */
const BY_CHANCE = 0.001;
/** A smaller ratio of shares hardly moves a pooled figure, even if it is certain. */
const FACTOR = 1.5;

/**
 * Warns when strata were audited at clearly different shares of one kind of decision. A pooled figure gives each audited
 * stack the same weight, so it is biased towards the strata that were audited most. The figure of each stratum is not.
 *
 * If all strata were audited at one share, the audited stacks of a stratum are hypergeometric, given their total.
 */
export const sharesDiffer = ({ by, groups }: Division): readonly string[] =>
  OUTCOMES.flatMap(([outcome, called]) => {
    const [low, high] = extremes(sharesOf(groups, outcome), BY_CHANCE / OUTCOMES.length);
    if (low === undefined || high === undefined) return [];
    const shown = ({ stratum, audited, stacks }: Share): string => {
      const name = stratum === OTHERS ? OTHERS : stratumName(by, stratum);
      return `${percent(audited / stacks)} in ${name} (${countText(audited)} of ${countText(stacks)})`;
    };
    return [
      `of stacks ${called}, ${shown(low)} were audited and ${shown(high)}: figures that pool them, lost stalls with them, take one share and lean to what was audited more; those of each ${by} stand`,
    ];
  });

const OTHERS = 'all others';

const sharesOf = (groups: Division['groups'], outcome: DecisionName): readonly Share[] => {
  const own = [...groups]
    .map(([stratum, rows]) => ({ stratum, ...groupOf(rows, outcome) }))
    .filter(({ stacks }) => stacks > 0);
  const all = own.reduce((sum, { stacks }) => sum + stacks, 0);
  const marked = own.reduce((sum, { audited }) => sum + audited, 0);
  return own.map(({ stratum, stacks, audited }): Share => {
    const { atMost, atLeast } = hypergeometricTails({ k: audited, drawn: stacks, marked, population: all });
    return { stratum, stacks, audited, pValue: Math.min(1, 2 * Math.min(atMost, atLeast)) };
  });
};

/** The lowest and the highest share that chance does not explain. If these are all on one side, the other is that of the rest. */
const extremes = (shares: readonly Share[], level: number): readonly (Share | undefined)[] => {
  const odd = shares.filter(({ pValue }) => pValue <= level / shares.length);
  if (odd.length === 0) return [];
  const rate = ({ audited, stacks }: Share): number => audited / stacks;
  const pooled = restOf(shares, new Set());
  const ordered = [...odd].sort((a, b) => rate(a) - rate(b));
  const [first, last] = [ordered[0], ordered[ordered.length - 1]];
  const rest = restOf(shares, new Set(odd.map(({ stratum }) => stratum)));
  const low = rate(first) < rate(pooled) ? first : rest;
  const high = rate(last) > rate(pooled) ? last : rest;
  return rate(high) > FACTOR * rate(low) ? [low, high] : [];
};

const restOf = (shares: readonly Share[], without: ReadonlySet<string>): Share => {
  const own = shares.filter(({ stratum }) => !without.has(stratum));
  return {
    stratum: OTHERS,
    audited: own.reduce((sum, { audited }) => sum + audited, 0),
    stacks: own.reduce((sum, { stacks }) => sum + stacks, 0),
    pValue: 1,
  };
};
