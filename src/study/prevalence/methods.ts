import type { DecisionName } from '../../decode/index.js';
import type { GoldSet } from '../../domain/gold.js';
import type { Rate } from '../../domain/interval.js';
import { STALLED } from '../../domain/label.js';
import { present } from '../../domain/present.js';
import * as Evaluation from '../../stages/evaluation/index.js';
import * as Prevalence from '../../stages/prevalence/index.js';
import { countsOf, groupOf, type OutcomeCounts, type Row } from './outcomes.js';
import type { PrevalenceRow } from './summary.js';

/** A way to estimate prevalence, for each of some groups of stacks. */
export type Method = (groups: ReadonlyMap<string, readonly Row[]>, claim: 'each' | 'all') => readonly Figure[];

/** A figure for one group; the group `''` is all of them. */
export interface Figure extends Omit<PrevalenceRow, keyof OutcomeCounts | 'by' | 'method'> {}

/** Two calls: “stalled” and “not stalled”. Stacks that are still being asked about count as the second, not as flowing. */
export const correctedMethod =
  (confidence: number, rates: { readonly sensitivity: Rate; readonly specificity: Rate }): Method =>
  (groups, claim) => {
    const counts = [...groups].map(([stratum, rows]) => {
      const own = countsOf(rows);
      return {
        stratum,
        stacks: own.rows - own.unread - own.leftOut,
        calledStalled: own.calledStalled,
      };
    });
    const level = claim === 'all' ? 1 - (1 - confidence) / Math.max(1, groups.size) : confidence;
    const { strata } = Prevalence.corrected({ ...rates, confidence: level })(counts);
    return strata.map(
      ({ stratum, stacks, estimate, unclamped, interval }): Figure =>
        present({ stratum, about: 'seen', stacks, estimate, unclamped, interval }),
    );
  };

/** Sensitivity and specificity of the calls, on gold that did not fit the policy. */
export const callRates = (rows: readonly Row[], gold: GoldSet, used: ReadonlySet<string>, confidence: number) => {
  const outcomes = new Map(rows.map(({ stackId, outcome }) => [stackId, outcome]));
  const seen = { stalled: 0, flowing: 0 };
  const called = { stalled: 0, flowing: 0 };
  for (const [g, stackId] of gold.stackIds.entries()) {
    const outcome = outcomes.get(stackId);
    if (outcome === undefined || outcome === 'unread' || used.has(stackId)) continue;
    const truth = gold.label[g] === STALLED ? 'stalled' : 'flowing';
    seen[truth]++;
    if (outcome === 'stalled') called[truth]++;
  }
  return {
    sensitivity: Evaluation.rate({ hits: called.stalled, n: seen.stalled, confidence }),
    specificity: Evaluation.rate({ hits: seen.flowing - called.flowing, n: seen.flowing, confidence }),
  };
};

/** A larger share of unfinished stacks than this, beyond that of gold, biases the figure by gold visibly. */
const UNFINISHED = 0.01;

/**
 * The shares of stacks that still wait for votes, where those that are to be judged wait more often than gold of either class:
 * then the error rates of gold are not theirs. A rule decides alike in every schedule, but only once it has the votes.
 */
export const unfinishedAgainst = (
  rows: readonly Row[],
  gold: GoldSet,
  used: ReadonlySet<string>,
): { readonly here: number; readonly gold: number } | undefined => {
  const share = (own: readonly Row[]): number => {
    const seen = own.filter(({ outcome }) => outcome !== 'unread');
    const open = seen.reduce((n, { outcome }) => n + Number(outcome === 'ask crowd'), 0);
    return seen.length === 0 ? 0 : open / seen.length;
  };
  const labels = new Map(gold.stackIds.map((stackId, g) => [stackId, gold.label[g]]));
  const judges = rows.filter(({ stackId }) => labels.has(stackId) && !used.has(stackId));
  const here = share(rows.filter(({ leftOut, stackId }) => !leftOut && !labels.has(stackId)));
  const most = Math.max(
    ...[STALLED, 1 - STALLED].map((label) => share(judges.filter(({ stackId }) => labels.get(stackId) === label))),
  );
  return here > most + UNFINISHED ? { here, gold: most } : undefined;
};

const DECIDED: readonly DecisionName[] = ['stalled', 'flowing'];
const SEEN: readonly DecisionName[] = ['stalled', 'flowing', 'ask crowd', 'ask expert'];

/** The prediction-powered figure: what the audit found for each call, weighted by the number of stacks with this call. */
export const auditedMethod =
  (confidence: number): Method =>
  (groups, claim) =>
    [...groups].flatMap(([stratum, rows]) => {
      const undecided = rows.some(({ outcome, leftOut }) => !leftOut && outcome.startsWith('ask'));
      return [SEEN, ...(undecided ? [DECIDED] : [])].map((outcomes): Figure => {
        const calls = outcomes.map((called) => ({ stratum, called, ...groupOf(rows, called) }));
        const level = claim === 'all' ? 1 - (1 - confidence) / groups.size : confidence;
        const { overall } = Prevalence.fromAudit({ confidence: level })(calls);
        return present({
          stratum,
          about: outcomes === SEEN ? 'seen' : 'decided',
          stacks: overall.stacks,
          audited: overall.audited,
          auditedStalled: calls.reduce((sum, { stalled }) => sum + stalled, 0),
          estimate: overall.estimate,
          interval: overall.interval,
        });
      });
    });
