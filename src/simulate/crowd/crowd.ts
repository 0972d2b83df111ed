import { normalDeviates } from '../../kernel/random/normalDeviate.js';
import { type Seed, shuffleInPlace, splitSeed } from '../../kernel/random/prng.js';
import { numberedId } from '../laboratory/strata.js';
import { type AliasTable, aliasTable } from './alias.js';

/** Kind of an account. All but the first two are bad actors. */
export type AnnotatorKind = 'catcher' | 'novice' | 'always-flowing' | 'random' | 'always-stalled' | 'ring';

/** Who votes. Shares are shares of votes, not of accounts. */
export interface CrowdSetting {
  /** Accounts in all, ring included. */
  readonly annotators: number;
  /** Standard deviation of log activity over accounts. With 2.2 to 2.5 the most active of 363 accounts casts a quarter of the votes. */
  readonly activitySd: number;
  /** α = exp(N(logMean, logSd²)), how strongly evidence moves an annotator; β = N(0, biasSd²), reluctance to vote stalled. */
  readonly skill: { readonly logMean: number; readonly logSd: number; readonly biasSd: number };
  /** Beginners: `accounts` of the accounts cast `votes` of the votes, with α times `factor`. */
  readonly novices: { readonly accounts: number; readonly votes: number; readonly factor: number };
  /** Shares of votes by accounts that do not look. */
  readonly badActors: { readonly alwaysFlowing: number; readonly random: number; readonly alwaysStalled: number };
  /** Colluding accounts that visit a stack together and all cast the vote of their leader; `votes` is their share. A stress test. */
  readonly ring: { readonly accounts: number; readonly votes: number };
}

/** What a caller may set; the rest is as in the typical crowd. */
export type CrowdOptions = { readonly [Key in keyof CrowdSetting]?: Loose<CrowdSetting[Key]> };
type Loose<Value> = Value extends number ? Value : Partial<Value>;

/** The parameters of every annotator; row a describes `annotatorIds[a]`. */
export interface Annotators {
  readonly annotatorIds: readonly string[];
  readonly kind: readonly AnnotatorKind[];
  /** α; 0 for those who do not look at the stack. */
  readonly skill: Float64Array;
  /** β, in probit units; positive is reluctance to vote stalled. */
  readonly bias: Float64Array;
}

/** Accounts of one kind: rows `first` .. `first + accounts - 1`. */
export interface CrowdGroup {
  readonly first: number;
  readonly accounts: number;
  /** Draws a row, counted from `first`, by activity. */
  readonly byActivity: AliasTable;
}

/** Annotators with the means to draw who votes next. */
export interface Crowd extends Annotators {
  /** All but the ring; catchers first. */
  readonly groups: readonly CrowdGroup[];
  /** Draws one of `groups` by its share of votes. */
  readonly byShare: AliasTable;
  readonly ring: { readonly first: number; readonly accounts: number; readonly votes: number };
}

/** The crowd fitted to public score histograms, with the assumed few bad actors. */
export const TYPICAL_CROWD: CrowdSetting = {
  annotators: 400,
  activitySd: 2.2,
  skill: { logMean: -0.045, logSd: 0.3, biasSd: 0.15 },
  novices: { accounts: 0.35, votes: 0.1, factor: 0.6 },
  badActors: { alwaysFlowing: 0.02, random: 0.002, alwaysStalled: 0.0005 },
  ring: { accounts: 0, votes: 0 },
};

// Accounts that do not look vote stalled at a fixed rate Φ(−β): .005, .5 and .95. So one formula is enough for all.
const BIAS_ALWAYS_FLOWING = 2.5758293035489004;
const BIAS_ALWAYS_STALLED = -1.6448536269514722;

interface Plan {
  readonly kind: AnnotatorKind;
  readonly accounts: number;
  readonly votes: number;
}

const plans = (setting: CrowdSetting): readonly Plan[] => {
  const { annotators, novices, badActors, ring } = setting;
  // A kind with votes has at least one account; else its accounts are in proportion to its votes.
  const accountsOf = (votes: number): number => (votes > 0 ? Math.max(1, Math.round(votes * annotators)) : 0);
  const others: readonly Plan[] = [
    {
      kind: 'novice',
      accounts: novices.votes > 0 ? Math.round(novices.accounts * annotators) : 0,
      votes: novices.votes,
    },
    { kind: 'always-flowing', accounts: accountsOf(badActors.alwaysFlowing), votes: badActors.alwaysFlowing },
    { kind: 'random', accounts: accountsOf(badActors.random), votes: badActors.random },
    { kind: 'always-stalled', accounts: accountsOf(badActors.alwaysStalled), votes: badActors.alwaysStalled },
    { kind: 'ring', accounts: ring.votes > 0 ? ring.accounts : 0, votes: ring.votes },
  ];
  const taken = others.reduce((sum, plan) => sum + plan.accounts, 0);
  const votes = others.reduce((sum, plan) => sum + plan.votes, 0);
  for (const plan of others) {
    if (!(plan.votes >= 0)) throw new RangeError(`${plan.kind}: expected a share of votes, got ${plan.votes}`);
  }
  if (votes >= 1) throw new RangeError(`crowd: expected shares of votes below 1 in all, got ${votes}`);
  if (taken >= annotators) throw new RangeError(`annotators: expected more than ${taken}, got ${annotators}`);
  return [{ kind: 'catcher', accounts: annotators - taken, votes: 1 - votes }, ...others];
};

/** Fills in what the caller left out. */
export const crowdSetting = (options: CrowdOptions): CrowdSetting => ({
  annotators: options.annotators ?? TYPICAL_CROWD.annotators,
  activitySd: options.activitySd ?? TYPICAL_CROWD.activitySd,
  skill: { ...TYPICAL_CROWD.skill, ...options.skill },
  novices: { ...TYPICAL_CROWD.novices, ...options.novices },
  badActors: { ...TYPICAL_CROWD.badActors, ...options.badActors },
  ring: { ...TYPICAL_CROWD.ring, ...options.ring },
});

/**
 * Draws the annotators.
 *
 * @throws RangeError when there are fewer accounts than the kinds need, or shares of votes reach 1
 */
export const drawCrowd = (setting: CrowdSetting, seed: Seed): Crowd => {
  const n = setting.annotators;
  const numbers = Uint32Array.from({ length: n }, (_, a) => a + 1);
  // Numbers are shuffled so that an id does not show the kind.
  shuffleInPlace(numbers, splitSeed(seed, 'annotator numbers'));
  const skillDeviate = normalDeviates(splitSeed(seed, 'skill'));
  const biasDeviate = normalDeviates(splitSeed(seed, 'bias'));
  const activityDeviate = normalDeviates(splitSeed(seed, 'activity'));
  const skill = new Float64Array(n);
  const bias = new Float64Array(n);
  const kind: AnnotatorKind[] = [];
  const groups: CrowdGroup[] = [];
  const shares: number[] = [];
  const { logMean, logSd, biasSd } = setting.skill;
  let ring = { first: n, accounts: 0, votes: 0 };

  for (const plan of plans(setting)) {
    const first = kind.length;
    const activity = new Float64Array(plan.accounts);
    for (let i = 0; i < plan.accounts; i++) {
      const a = first + i;
      // Drawn for every account, used or not: another kind of account leaves the others as they were.
      const alpha = Math.exp(logMean + logSd * skillDeviate());
      const beta = biasSd * biasDeviate();
      activity[i] = Math.exp(setting.activitySd * activityDeviate());
      kind.push(plan.kind);
      [skill[a], bias[a]] = temper(plan.kind, { alpha, beta, noviceFactor: setting.novices.factor });
    }
    if (plan.kind === 'ring') {
      ring = { first, accounts: plan.accounts, votes: plan.votes };
      // They cast the vote of the leader, so they have the leader's parameters.
      skill.fill(skill[first], first);
      bias.fill(bias[first], first);
    } else if (plan.accounts > 0) {
      groups.push({ first, accounts: plan.accounts, byActivity: aliasTable(activity) });
      shares.push(plan.votes);
    }
  }
  const annotatorIds = Array.from(numbers, (number) => numberedId({ prefix: 'catcher', number, digits: 4 }));
  return { annotatorIds, kind, skill, bias, groups, byShare: aliasTable(shares), ring };
};

const temper = (
  kind: AnnotatorKind,
  drawn: { readonly alpha: number; readonly beta: number; readonly noviceFactor: number },
): readonly [alpha: number, beta: number] => {
  switch (kind) {
    case 'catcher':
    case 'ring':
      return [drawn.alpha, drawn.beta];
    case 'novice':
      return [drawn.alpha * drawn.noviceFactor, drawn.beta];
    case 'always-flowing':
      return [0, BIAS_ALWAYS_FLOWING];
    case 'random':
      return [0, 0];
    case 'always-stalled':
      return [0, BIAS_ALWAYS_STALLED];
  }
};
