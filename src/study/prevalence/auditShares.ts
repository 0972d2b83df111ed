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
  /** Two-sided, against an audit drawn from all strata alike. */
  readonly pValue: number;
}

const FATES: readonly (readonly [DecisionName, string])[] = [
  ['stalled', 'called stalled'],
  ['flowing', 'called flowing'],
  ['ask crowd', 'with the crowd'],
  ['ask expert', 'with an expert'],
];

/** Over all strata and decisions together; an audit drawn alike everywhere is accused once in a thousand times. */
const BY_CHANCE = 0.001;
/** A smaller difference of shares, however certain, moves a pooled figure little. */
const FACTOR = 1.5;

/**
 * Where strata were audited at clearly different shares of one kind of decision. A figure that pools them weighs every audited
 * stack of a kind alike, so it leans to the strata that were audited most; the figure of each stratum does not.
 *
 * Given how many of a kind were audited in all, those of a stratum are hypergeometric if the draw was one for all strata.
 */
export const sharesDiffer = ({ by, groups }: Division): readonly string[] =>
  FATES.flatMap(([fate, called]) => {
    const [low, high] = extremes(sharesOf(groups, fate), BY_CHANCE / FATES.length);
    if (low === undefined || high === undefined) return [];
    const shown = ({ stratum, audited, stacks }: Share): string =>
      `${percent(audited / stacks)} in ${stratum === OTHERS ? OTHERS : stratumName(by, stratum)} (${countText(audited)} of ${countText(stacks)})`;
    return [
      `of stacks ${called}, ${shown(low)} were audited and ${shown(high)}: figures that pool them, lost stalls with them, take one share and lean to what was audited more; those of each ${by} stand`,
    ];
  });

const OTHERS = 'all others';

const sharesOf = (groups: Division['groups'], fate: DecisionName): readonly Share[] => {
  const own = [...groups]
    .map(([stratum, rows]) => ({ stratum, ...groupOf(rows, fate) }))
    .filter(({ stacks }) => stacks > 0);
  const of = own.reduce((sum, { stacks }) => sum + stacks, 0);
  const marked = own.reduce((sum, { audited }) => sum + audited, 0);
  return own.map(({ stratum, stacks, audited }): Share => {
    const { atMost, atLeast } = hypergeometricTails({ k: audited, drawn: stacks, marked, population: of });
    return { stratum, stacks, audited, pValue: Math.min(1, 2 * Math.min(atMost, atLeast)) };
  });
};

/** The lowest and the highest share among strata that chance does not explain; where all of those are on one side, against the rest. */
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
