import type { Gold } from '../../domain/gold.js';
import type { Rate } from '../../domain/interval.js';
import { FLOWING, STALLED } from '../../domain/label.js';
import type { Posterior } from '../../domain/posterior.js';
import { present } from '../../domain/present.js';
import type { Routing } from '../../domain/routing.js';
import { rowOfId } from '../../kernel/ids/voteColumns.js';
import { type AtPrevalence, atPrevalence } from './atPrevalence.js';
import { type Confusion, confusion } from './confusion.js';
import { auc } from './curves.js';
import { rate } from './intervals.js';
import { type Mcc, mcc } from './mcc.js';

/** Settings of `evaluate`. */
export interface EvaluationOptions {
  /** Gold for testing: it neither fitted nor tuned the decisions. */
  readonly gold: Gold<'test'>;
  /** P(stalled) where the figures are to be read, in (0, 1). Class rates come from gold and are re-expressed there. */
  readonly prevalence: number;
  /** Of every interval, in (0, 1); default .95. */
  readonly confidence?: number;
}

/** Gold with votes or scores, by class, and gold without either (`unseen`). */
export interface GoldJudged {
  readonly stalled: number;
  readonly flowing: number;
  readonly unseen: number;
}

/** Retired stacks against gold. A stack that was asked about is neither right nor wrong yet. */
export interface Evaluation {
  readonly gold: GoldJudged;
  readonly prevalence: number;
  readonly confidence: number;
  /** Gold stacks that were retired. */
  readonly retired: Confusion;
  /** Gold stacks that were not. */
  readonly asked: { readonly stalled: number; readonly flowing: number };
  /** Share of stalled gold not retired as flowing: what the first certificate is about. */
  readonly sensitivity: Rate;
  /** Share of flowing gold not retired as stalled: what the second certificate is about. */
  readonly specificity: Rate;
  /** Of those retired as stalled, the share truly stalled, at the stated prevalence. */
  readonly ppv: AtPrevalence['ppv'];
  /** Of those retired as flowing, the share truly flowing, at the stated prevalence. */
  readonly npv: AtPrevalence['npv'];
  readonly coverage: {
    /** Share of stalled gold retired, either way. */
    readonly stalled: Rate;
    /** Share of flowing gold retired, either way. */
    readonly flowing: Rate;
    /** Share of all stacks retired at the stated prevalence. Absent when gold lacks a class. */
    readonly estimate?: number;
  };
}

/** Calls that may not abstain: stalled when the log-odds are at or above a cut. */
export interface Calls {
  readonly gold: GoldJudged;
  readonly cut: number;
  readonly confusion: Confusion;
  readonly sensitivity: Rate;
  readonly specificity: Rate;
  /** In this gold, as enriched as it may be. */
  readonly ppv: Rate;
  /** In this gold, as enriched as it may be. */
  readonly npv: Rate;
  /** In this gold, as enriched as it may be; 0 and flagged when undefined. */
  readonly mcc: Mcc;
  /** Area under the ROC curve. Absent when gold lacks a class. */
  readonly auc?: number;
  /** PPV, NPV and MCC where stalls are as rare as stated. */
  readonly atPrevalence: AtPrevalence;
}

const DEFAULT_CONFIDENCE = 0.95;

/**
 * Evaluates three-way decisions against gold kept for testing.
 *
 * sensitivity = 1 − (stalled retired as flowing) / stalled;   specificity = 1 − (flowing retired as stalled) / flowing
 *
 * @param options - gold for testing; the prevalence to state PPV, NPV and coverage at; confidence of the intervals
 * @returns counts, rates with exact intervals, and the same at the stated prevalence
 * @example
 * const posterior = { stackIds: ['s1', 's2', 's3'], logOdds: Float64Array.of(-7, 0.2, 3), votes: Uint32Array.of(5, 20, 4), scores: new Uint32Array(3) };
 * const gold = Gold.as('test')(Gold.from({ chosen: 'random' })([{ stackId: 's1', label: 0 }, { stackId: 's2', label: 1 }, { stackId: 's3', label: 1 }]));
 * const routing = Routing.route({ flowingBelow: -2, stalledAbove: 2 })(posterior);
 * Evaluation.evaluate({ gold, prevalence: 0.01 })({ posterior, routing }).retired // => { tp: 1, fp: 0, fn: 0, tn: 1 }
 */
export const evaluate =
  ({ gold, prevalence, confidence = DEFAULT_CONFIDENCE }: EvaluationOptions) =>
  ({ posterior, routing }: { readonly posterior: Posterior; readonly routing: readonly Routing[] }): Evaluation => {
    if (routing.length !== posterior.stackIds.length) {
      throw RangeError(`routing: expected ${posterior.stackIds.length} rows, got ${routing.length}`);
    }
    const { rows, labels, judged } = judge(gold, posterior);
    const truth: number[] = [];
    const predicted: number[] = [];
    const asked = { stalled: 0, flowing: 0 };
    for (const [g, s] of rows.entries()) {
      const next = routing[s];
      if (next._tag === 'Retire') {
        truth.push(labels[g]);
        predicted.push(next.label);
      } else if (labels[g] === STALLED) asked.stalled++;
      else asked.flowing++;
    }
    const retired = confusion({ truth: Uint8Array.from(truth), predicted: Uint8Array.from(predicted) });
    const stalledRate = (hits: number): Rate => rate({ hits, n: judged.stalled, confidence });
    const flowingRate = (hits: number): Rate => rate({ hits, n: judged.flowing, confidence });
    const sensitivity = stalledRate(judged.stalled - retired.fn);
    const specificity = flowingRate(judged.flowing - retired.fp);
    const stalledCoverage = stalledRate(retired.tp + retired.fn);
    const flowingCoverage = flowingRate(retired.fp + retired.tn);
    return {
      gold: judged,
      prevalence,
      confidence,
      retired,
      asked,
      sensitivity,
      specificity,
      ppv: atPrevalence({ sensitivity: stalledRate(retired.tp), specificity, prevalence, confidence }).ppv,
      npv: atPrevalence({ sensitivity, specificity: flowingRate(retired.tn), prevalence, confidence }).npv,
      coverage: present({
        stalled: stalledCoverage,
        flowing: flowingCoverage,
        estimate:
          stalledCoverage.estimate === undefined || flowingCoverage.estimate === undefined
            ? undefined
            : prevalence * stalledCoverage.estimate + (1 - prevalence) * flowingCoverage.estimate,
      }),
    };
  };

/**
 * Evaluates a posterior cut in two, as a model without abstention is: for comparing sources on equal terms.
 *
 * @param options - gold, prevalence and confidence as in `evaluate`; `cut` in log-odds, chosen on other gold (`Thresholds.bestCut`)
 * @example
 * const posterior = { stackIds: ['s1', 's2', 's3'], logOdds: Float64Array.of(-7, 0.2, 3), votes: Uint32Array.of(5, 20, 4), scores: new Uint32Array(3) };
 * const gold = Gold.as('test')(Gold.from({ chosen: 'random' })([{ stackId: 's1', label: 0 }, { stackId: 's2', label: 1 }, { stackId: 's3', label: 1 }]));
 * Evaluation.calls({ gold, prevalence: 0.01, cut: 0 })(posterior).mcc // => { value: 1, undefined: false }
 */
export const calls =
  ({ gold, prevalence, confidence = DEFAULT_CONFIDENCE, cut }: EvaluationOptions & { readonly cut: number }) =>
  (posterior: Posterior): Calls => {
    const { rows, labels, judged } = judge(gold, posterior);
    const score = Float64Array.from(rows, (s) => posterior.logOdds[s]);
    const counts = confusion({
      truth: labels,
      predicted: Uint8Array.from(score, (z) => (z >= cut ? STALLED : FLOWING)),
    });
    const sensitivity = rate({ hits: counts.tp, n: judged.stalled, confidence });
    const specificity = rate({ hits: counts.tn, n: judged.flowing, confidence });
    const area = auc({ score, label: labels });
    return present({
      gold: judged,
      cut,
      confusion: counts,
      sensitivity,
      specificity,
      ppv: rate({ hits: counts.tp, n: counts.tp + counts.fp, confidence }),
      npv: rate({ hits: counts.tn, n: counts.tn + counts.fn, confidence }),
      mcc: mcc(counts),
      auc: area,
      atPrevalence: atPrevalence({ sensitivity, specificity, prevalence, confidence }),
    });
  };

/** Whether a measured rate meets its target. */
export type TargetVerdict = 'met' | 'not met' | 'open';

/**
 * Compares a measured rate with its target by one-sided exact bounds.
 *
 * `met`: the lower bound reaches the target; `not met`: the upper bound stays below it; `open`: neither is shown.
 *
 * @example
 * Evaluation.against(0.99)(Evaluation.rate({ hits: 299, n: 299, confidence: 0.95 })) // => 'met'
 * Evaluation.against(0.99)(Evaluation.rate({ hits: 90, n: 100, confidence: 0.95 })) // => 'not met'
 * Evaluation.against(0.99)(Evaluation.rate({ hits: 17, n: 17, confidence: 0.95 })) // => 'open'
 */
export const against =
  (target: number) =>
  (measured: Rate): TargetVerdict =>
    measured.atLeast >= target ? 'met' : measured.atMost < target ? 'not met' : 'open';

/** Rows and labels of the gold stacks that have votes or scores. */
const judge = (
  gold: Gold<'test'>,
  posterior: Posterior,
): { readonly rows: readonly number[]; readonly labels: Uint8Array; readonly judged: GoldJudged } => {
  const rowById = rowOfId(posterior.stackIds);
  const rows: number[] = [];
  const labels: number[] = [];
  let stalled = 0;
  for (const [g, stackId] of gold.stackIds.entries()) {
    const s = rowById.get(stackId);
    if (s === undefined || posterior.votes[s] + posterior.scores[s] === 0) continue;
    rows.push(s);
    labels.push(gold.label[g]);
    stalled += gold.label[g];
  }
  return {
    rows,
    labels: Uint8Array.from(labels),
    judged: { stalled, flowing: rows.length - stalled, unseen: gold.stackIds.length - rows.length },
  };
};
