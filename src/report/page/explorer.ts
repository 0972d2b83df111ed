import type { Rate } from '../../domain/interval.js';
import { present } from '../../domain/present.js';
import { countText, fixed } from '../../output/format.js';
import * as Evaluation from '../../stages/evaluation/index.js';
import type { CountsAround, ExplorerPart, ExplorerPrices, ThresholdTable } from './data.js';

/** Where the sliders stand. */
export interface ExplorerSettings {
  /** 0: nothing is retired as flowing; k: below `at[k − 1]`. */
  readonly low: number;
  /** `at.length`: nothing is retired as stalled; k below that: above `at[k]`. */
  readonly high: number;
  readonly prevalence: number;
  readonly prices: ExplorerPrices;
}

/** What two thresholds do, at one prevalence. */
export interface Explored {
  /** Gold stacks by what becomes of them. */
  readonly counts: {
    readonly stalled: { readonly asStalled: number; readonly asked: number; readonly asFlowing: number };
    readonly flowing: { readonly asStalled: number; readonly asked: number; readonly asFlowing: number };
  };
  /** Stalls not retired as flowing; those still asked about count as not missed. */
  readonly sensitivity: Rate;
  readonly specificity: Rate;
  readonly ppv: Evaluation.Prevalent;
  readonly npv: Evaluation.Prevalent;
  readonly mcc: Evaluation.Prevalent;
  /** Share of stacks decided without an expert, where so many are stalled; absent without gold of both classes. */
  readonly automation?: number;
  /** Per 10,000 stacks; absent where gold does not tell. */
  readonly experts?: number;
  readonly votes?: number;
  readonly misses: PerTenThousand;
  readonly alarms: PerTenThousand;
  readonly cost?: number;
  /** Stacks of the batch. */
  readonly batch?: { readonly asFlowing: number; readonly asked: number; readonly asStalled: number };
  /** Whether the certificate holds here too. Absent without a certificate. */
  readonly certified?: boolean;
}

/** Expected errors per 10,000 stacks, with their interval. */
export interface PerTenThousand {
  readonly estimate?: number;
  readonly lower: number;
  readonly upper: number;
}

/** In units of a vote; what an error costs is a matter of taste, and only a start. */
const DEFAULT_PRICES: ExplorerPrices = { vote: 1, expert: 20, miss: 500, alarm: 20 };
const STACKS = 10_000;

/** Where the sliders stand when the page opens. */
export const explorerStart = ({
  table,
  chosen,
  prevalence,
  prices = DEFAULT_PRICES,
}: ExplorerPart): ExplorerSettings => {
  const high = chosen.stalledAbove === undefined ? table.at.length : nearest(table, chosen.stalledAbove);
  const low = chosen.flowingBelow === undefined ? 0 : nearest(table, chosen.flowingBelow) + 1;
  // At most one threshold further than `high`: beyond that a stack would be retired twice.
  return { low: Math.min(low, high + 1), high, prevalence, prices };
};

const nearest = ({ at }: ThresholdTable, logOdds: number): number =>
  at.reduce((best, z, i) => (Math.abs(z - logOdds) < Math.abs(at[best] - logOdds) ? i : best), 0);

/**
 * What two thresholds do: counts, rates with intervals, work and errors per 10,000 stacks. The script of the page computes
 * the same figures.
 *
 * @param part - counts around thresholds
 * @param settings - positions, prevalence, prices
 */
export const explore = (part: ExplorerPart, settings: ExplorerSettings): Explored => {
  const { table, certified, confidence, votesPerStack } = part;
  const { low, high, prevalence, prices } = settings;
  const [stalled, flowing] = [split(table.stalled, low, high), split(table.flowing, low, high)];
  const rate = (hits: number, n: number): Rate => Evaluation.rate({ hits, n, confidence });
  const [s, f] = [table.stalled.all, table.flowing.all];
  const sensitivity = rate(s - stalled.asFlowing, s);
  const specificity = rate(f - flowing.asStalled, f);
  const at = { prevalence, confidence };
  const known = s > 0 && f > 0;
  const automation = known
    ? prevalence * ((stalled.asStalled + stalled.asFlowing) / s) +
      (1 - prevalence) * ((flowing.asStalled + flowing.asFlowing) / f)
    : undefined;
  const experts = automation === undefined ? undefined : STACKS * (1 - automation);
  const votes =
    votesPerStack === undefined
      ? undefined
      : STACKS * (prevalence * votesPerStack.stalled + (1 - prevalence) * votesPerStack.flowing);
  const misses = errors(sensitivity, prevalence);
  const alarms = errors(specificity, 1 - prevalence);
  return present({
    counts: { stalled, flowing },
    sensitivity,
    specificity,
    ppv: Evaluation.atPrevalence({ ...at, sensitivity: rate(stalled.asStalled, s), specificity }).ppv,
    npv: Evaluation.atPrevalence({ ...at, sensitivity, specificity: rate(flowing.asFlowing, f) }).npv,
    mcc: Evaluation.atPrevalence({ ...at, sensitivity, specificity }).mcc,
    automation,
    experts,
    votes,
    misses,
    alarms,
    cost:
      experts === undefined || misses.estimate === undefined || alarms.estimate === undefined
        ? undefined
        : prices.vote * (votes ?? 0) +
          prices.expert * experts +
          prices.miss * misses.estimate +
          prices.alarm * alarms.estimate,
    batch: table.batch === undefined ? undefined : split(table.batch, low, high),
    certified: certified === undefined ? undefined : isInside(part, low, high),
  });
};

const split = ({ all, below, upTo }: CountsAround, low: number, high: number) => {
  const asFlowing = low === 0 ? 0 : below[low - 1];
  const asStalled = high === upTo.length ? 0 : all - upTo[high];
  return { asStalled, asked: all - asFlowing - asStalled, asFlowing };
};

const errors = ({ estimate, interval }: Rate, share: number): PerTenThousand =>
  present({
    estimate: estimate === undefined ? undefined : STACKS * share * (1 - estimate),
    lower: STACKS * share * (1 - interval.upper),
    upper: STACKS * share * (1 - interval.lower),
  });

/** Both thresholds are no bolder than the certified ones. */
const isInside = ({ table, certified = {} }: ExplorerPart, low: number, high: number): boolean =>
  (low === 0 || (certified.flowingBelow !== undefined && table.at[low - 1] <= certified.flowingBelow)) &&
  (high === table.at.length || (certified.stalledAbove !== undefined && table.at[high] >= certified.stalledAbove));

/**
 * What the explorer shows, as text: the script of the page writes the same words into the same places.
 *
 * @param explored - from `explore`
 */
export const exploredTexts = (explored: Explored): Readonly<Record<string, string>> => {
  const { counts, batch, certified } = explored;
  return present({
    'stalled-as-stalled': countText(counts.stalled.asStalled),
    'stalled-asked': countText(counts.stalled.asked),
    'stalled-as-flowing': countText(counts.stalled.asFlowing),
    'flowing-as-stalled': countText(counts.flowing.asStalled),
    'flowing-asked': countText(counts.flowing.asked),
    'flowing-as-flowing': countText(counts.flowing.asFlowing),
    'batch-as-stalled': batch === undefined ? undefined : countText(batch.asStalled),
    'batch-asked': batch === undefined ? undefined : countText(batch.asked),
    'batch-as-flowing': batch === undefined ? undefined : countText(batch.asFlowing),
    sensitivity: intervalText(explored.sensitivity.estimate, explored.sensitivity.interval, fixed),
    specificity: intervalText(explored.specificity.estimate, explored.specificity.interval, fixed),
    ppv: intervalText(explored.ppv.estimate, explored.ppv.interval, fixed),
    npv: intervalText(explored.npv.estimate, explored.npv.interval, fixed),
    mcc: intervalText(explored.mcc.estimate, explored.mcc.interval, fixed),
    automation: explored.automation === undefined ? '–' : `${(100 * explored.automation).toFixed(1)} %`,
    votes: explored.votes === undefined ? '–' : amountText(explored.votes),
    experts: explored.experts === undefined ? '–' : amountText(explored.experts),
    misses: intervalText(explored.misses.estimate, explored.misses, amountText),
    alarms: intervalText(explored.alarms.estimate, explored.alarms, amountText),
    cost: explored.cost === undefined ? '–' : amountText(explored.cost),
    certified: certified === undefined ? undefined : certified ? CERTIFIED_TEXT.inside : CERTIFIED_TEXT.outside,
  });
};

export const CERTIFIED_TEXT = {
  inside: 'Both thresholds are within what is certified: the certificate holds.',
  outside: 'Outside what is certified: this needs a new certificate on fresh gold.',
} as const;

const intervalText = (
  estimate: number | undefined,
  { lower, upper }: { readonly lower: number; readonly upper: number },
  show: (x: number) => string,
): string => (estimate === undefined ? '–' : `${show(estimate)} (${show(lower)}–${show(upper)})`);

/** An amount per 10,000 stacks. */
const amountText = (x: number): string => (x < 100 ? x.toFixed(1) : countText(Math.round(x)));
