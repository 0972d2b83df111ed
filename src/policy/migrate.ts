import { DEFAULT_EXPERT_PRICE, type StopBounds, type StopRule } from '../asking/stopRule/index.js';
import { present } from '../domain/present.js';
import { DEFAULT_BUDGET } from '../domain/routing.js';

/** The parts of a `tandem-policy/1` that decide. Its other parts are those of today. */
interface First {
  readonly targets: unknown;
  readonly budget: { readonly maxVotes: number; readonly votesPerRound: number };
  readonly goldUsed: readonly string[];
  readonly certification: {
    readonly operatingPoint?: Sides;
    readonly partial?: Sides;
  };
  readonly asking?: {
    readonly _tag: string;
    readonly targets: unknown;
    readonly look: unknown;
    readonly rule: {
      readonly flowingBelow: readonly (number | null)[];
      readonly stalledAbove: readonly (number | null)[];
      readonly minVotes: number;
      readonly maxVotes: number;
    };
    readonly costs: { readonly miss: number; readonly alarm: number };
    readonly votesPerRound: number;
    readonly audit?: unknown;
  };
}

interface Sides {
  readonly flowingBelow?: number;
  readonly stalledAbove?: number;
}

/**
 * A `tandem-policy/1` document as a `tandem-policy/2`: its bounds as a stop rule, without a certificate.
 *
 * The first version certified a look at all votes there are. The rule of today is executed at its first stop, and an expert looks
 * wherever all votes together contradict the label. So no stack gets another label than before, and some go to an expert.
 *
 * @param document - whose hash has been checked
 */
export const fromFirstVersion = (document: unknown): unknown => {
  const { certification = {}, asking, budget = DEFAULT_BUDGET, goldUsed = [], ...same } = document as Partial<First>;
  const certified = asking?._tag === 'AskingCertified' ? asking : undefined;
  const sides = certification.operatingPoint ?? certification.partial ?? {};
  const rule =
    certified === undefined
      ? ruleOf({ least: 0, most: budget.maxVotes, flowing: [sides.flowingBelow], stalled: [sides.stalledAbove] })
      : ruleOf({
          least: certified.rule.minVotes,
          most: certified.rule.maxVotes,
          flowing: certified.rule.flowingBelow,
          stalled: certified.rule.stalledAbove,
        });
  return present({
    ...same,
    schema: 'tandem-policy/2',
    targets: (certified ?? same).targets,
    traitModel: certified?.look,
    rule,
    prices: certified === undefined ? undefined : { ...certified.costs, expert: DEFAULT_EXPERT_PRICE },
    proof: { _tag: 'Provisional', because: { _tag: 'EarlierVersion', schema: 'tandem-policy/1' } },
    votesPerRound: Math.max(1, (certified ?? budget).votesPerRound),
    audit: certified?.audit,
    goldUsed: { fit: [], tune: goldUsed },
    ledger: [],
  });
};

const ruleOf = (from: {
  readonly least: number;
  readonly most: number;
  readonly flowing: readonly (number | null | undefined)[];
  readonly stalled: readonly (number | null | undefined)[];
}): StopRule => {
  const { least, most, flowing, stalled } = from;
  const at = (bounds: readonly (number | null | undefined)[], n: number): number | null =>
    bounds[Math.min(n, bounds.length - 1)] ?? null;
  const bounds = Array.from({ length: most + 1 }, (_, n): StopBounds => {
    const flowingBelow = n < least ? null : at(flowing, n);
    const above = n < least ? null : at(stalled, n);
    // Stalled was "above", and flowing came first where the two crossed.
    const stalledFrom = above === null ? null : Math.max(nextUp(above), flowingBelow ?? Number.NEGATIVE_INFINITY);
    if (n === most) return { flowingBelow, expertFrom: flowingBelow, expertBelow: stalledFrom, stalledFrom };
    const nobody = flowingBelow ?? stalledFrom ?? 0;
    return { flowingBelow, expertFrom: nobody, expertBelow: nobody, stalledFrom };
  });
  const last = bounds[most];
  return {
    leastVotes: least,
    bounds,
    contradiction: { flowingAbove: last.flowingBelow, stalledBelow: last.stalledFrom },
  };
};

/** The smallest number above z. */
const nextUp = (z: number): number => {
  const bits = new BigInt64Array(1);
  const numbers = new Float64Array(bits.buffer);
  numbers[0] = z === 0 ? 0 : z;
  bits[0] += z < 0 ? -1n : 1n;
  return numbers[0];
};
