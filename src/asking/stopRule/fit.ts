import * as E from 'fp-ts/lib/Either.js';
import type { ModelEvidence } from '../../domain/evidence.js';
import type { GoldSet } from '../../domain/gold.js';
import { present } from '../../domain/present.js';
import type { Scores } from '../../domain/scores.js';
import { DEFAULT_TARGETS, type Targets } from '../../domain/targets.js';
import type { VoteTable } from '../../domain/voteTable.js';
import { hashText } from '../../kernel/ids/hash.js';
import { rowOfId } from '../../kernel/ids/voteColumns.js';
import * as Calibration from '../../stages/calibration/index.js';
import * as Gold from '../../stages/gold.js';
import { type PathCertificate, type PathNotCertified, type Refused, refusals } from '../../stages/riskControl/index.js';
import { type Arrivals, inArrivalOrder, pick, type Trajectories, traitTrajectories } from '../replay/index.js';
import { fitTraitModel, type TraitModel } from '../traitModel.js';
import { type LabelsToCollect, labelsToCollect, type RuleByEstimate, ruleByEstimate } from './byEstimate.js';
import { certifyStopRule } from './certify.js';
import { type ByClusters, certifyByClusters } from './clusters.js';
import { divideGold } from './divide.js';
import { type RuleCandidate, rulePath, type StopPathOptions, weighted } from './path.js';
import type { Spending } from './replay.js';
import { EXPERT_AT_ONCE, type StopRule } from './rule.js';

/** What `StopRule.fit` may be told; all but the prevalence has a default. */
export interface StopFitOptions extends Pick<StopPathOptions, 'expertPrice' | 'stalledPosterior' | 'leastVotes'> {
  /** Default .99 / .95 at confidence .95. */
  readonly targets?: Targets | undefined;
  /** P(stalled) in the population to decide about, in (0, 1). */
  readonly prevalence: number;
  /** Votes on one stack at most; default 7, and never more than gold for fitting has. */
  readonly mostVotes?: number | undefined;
  /** Mouse or session of each gold stack, aligned with the gold: whole ones are divided, and the proof is by cluster. */
  readonly cluster?: readonly string[] | undefined;
}

/**
 * What a rule is applied to. Votes that are `Replay.arrivals`, or know their `arrival`, have an order. Other votes get one by
 * a hash, which is for histories only: while votes still come in, a later one could be placed before an earlier one.
 */
export interface StopBatch {
  readonly votes: VoteTable | Arrivals;
  readonly scores?: Scores | undefined;
}

/** Fewer votes on fitting gold than the least the rule is to ask for. */
export interface TooFewVotes {
  readonly _tag: 'TooFewVotes';
  readonly votes: number;
  readonly needed: number;
}

/** Gold for fitting lacks a class, so that nothing is known of its errors. */
export interface ClassMissing {
  readonly _tag: 'ClassMissing';
  /** Fitting gold with enough votes or a score. */
  readonly stalled: number;
  readonly flowing: number;
}

/** Too few clusters, or too many of them wrong, for a proof by cluster. */
export interface ClustersNotCertified extends ByClusters {
  readonly _tag: 'ClustersNotCertified';
}

/** Why a rule is not certified. */
export type Lacking = PathNotCertified | Refused | TooFewVotes | ClassMissing | ClustersNotCertified;

interface FittedPosterior {
  readonly targets: Targets;
  readonly prevalence: number;
  /** How a score becomes evidence. Absent: no scores, or none on gold of both classes. */
  readonly calibrator?: Calibration.Calibrator | undefined;
  readonly traitModel: TraitModel;
  /** Whether votes had an order of arrival, or got one by a hash of stack and annotator. */
  readonly order: 'arrival' | 'hash';
  /** Stacks of each use, sorted. */
  readonly gold: { readonly fit: readonly string[]; readonly tune: readonly string[] };
  /** What to follow. */
  readonly rule: StopRule;
  /** Of `rule`, per stack at the prevalence. */
  readonly spending: Spending;
  /** The boldest rule within the limits by estimate: `rule` itself while it is provisional. Not proved. */
  readonly byEstimate: RuleByEstimate;
}

/** A rule with the posterior it decides by, certified or the best there is. Plain data. */
export type FittedStopRule =
  | (FittedPosterior & {
      readonly status: 'certified';
      readonly certificate: PathCertificate | ByClusters;
    })
  | (FittedPosterior & {
      readonly status: 'provisional';
      readonly because: Lacking;
      /** Labels still to collect, of all gold. With clusters see `because.clusters` too: more gold of few clusters proves nothing. */
      readonly goldNeeded: LabelsToCollect;
    });

const MOST_VOTES = 7;
/** Stacks without gold that are looked at; more of them change a rule no further. */
const HISTORY = 5000;
/** Share of gold, and of history, that may carry fewer votes than a rule can ask for. */
const SHORT = 0.01;

/**
 * Fits a stop rule and proves it: divides gold by id, fits calibrator, posterior and path on one part of it and on stacks
 * without gold, and certifies on the other part. No vote on tuning gold fits anything.
 *
 * There is always a rule. Without a certificate it is the boldest one whose estimated risks are within the limits, and
 * `status` is `provisional`: an estimate of a rule that was chosen by it, not a proof. In both cases nothing is called
 * stalled below the stated posterior.
 *
 * @param options - prevalence, targets, prices, votes at least and at most, clusters
 * @returns for votes, scores and gold; stacks with neither votes nor a score take no part
 * @throws RangeError when an option is outside its range, or `cluster` is not aligned with gold
 * @example
 * const lab = Simulate.dataset({ stacks: 500, prevalence: 0.01, votes: { perStack: 7 }, model: {}, gold: { stalled: 300, flowing: 500, chosen: 'stratified' } })(1);
 * const targets = { sensitivity: 0.95, specificity: 0.95, confidence: 0.95 };
 * const batch = { votes: Replay.arrivals(lab.votes), scores: lab.scores };
 * const fitted = StopRule.fit({ targets, prevalence: 0.01 })({ ...batch, gold: lab.gold });
 * [fitted.status, fitted.spending.votes < 1, fitted.spending.experts < 0.2] // => ['certified', true, true]
 * const { decisions } = StopRule.replayOn(lab.gold)(StopRule.courses(fitted)(batch))(fitted.rule);
 * decisions.length // => 800
 * @see docs/math.md#asking · docs/math.md#end-to-end
 */
export const fit =
  (options: StopFitOptions) =>
  ({ votes, scores, gold }: StopBatch & { readonly gold: GoldSet }): FittedStopRule => {
    const { targets = DEFAULT_TARGETS, prevalence, cluster, leastVotes = 0 } = options;
    const ordered = inOrder({ votes, scores });
    const parts = divideGold({ targets, cluster })(gold);
    const place = rowOfId(ordered.stackIds);
    const votesOn = (id: string): number => {
      const s = place.get(id) ?? -1;
      return s < 0 ? 0 : ordered.offsets[s + 1] - ordered.offsets[s];
    };
    const there = (ids: readonly string[]): readonly string[] => ids.filter((id) => place.has(id)).sort();

    const fitIds = there(parts.fit.stackIds);
    const history = historyOf(ordered, new Set(gold.stackIds));
    const seen = ownAnnotators(pick([...fitIds, ...history])(ordered));
    const calibrated = scores === undefined ? undefined : Calibration.platt(parts.fit)(scores);
    const calibrator = calibrated !== undefined && E.isRight(calibrated) ? calibrated.right : undefined;
    const model =
      calibrator === undefined || scores === undefined
        ? undefined
        : Calibration.heldOutEvidence({ gold: parts.fit, method: Calibration.platt, calibrator, scores })(seen);
    const traitModel = fitTraitModel(parts.fit, present({ prevalence, model }))(seen);
    const posterior = present({ calibrator, traitModel });

    const carried = fitIds.map(votesOn).sort((a, b) => a - b);
    const enough = carried[Math.floor(SHORT * carried.length)] ?? 0;
    const mostVotes = Math.min(options.mostVotes ?? MOST_VOTES, enough);
    const isLong = (id: string): boolean => votesOn(id) >= mostVotes;
    // Where history was asked about as it needed, its long stacks are the doubtful ones: they would mislead the rule.
    const isWhole = history.filter((id) => !isLong(id)).length <= SHORT * history.length;
    const rows = [...fitIds.filter(isLong), ...(isWhole ? history : [])];
    const fitGold = Gold.as('fit')(
      Gold.without(parts.fit.stackIds.filter((id) => !place.has(id) || !isLong(id)))(parts.fit),
    );
    const paths = {
      fit: traitTrajectories(
        traitModel,
        rowsOf(model, seen.stackIds, rows),
      )(firstVotes(mostVotes)(pick(rows)(ordered))),
      tune: onVotes(posterior, scores)(firstVotes(mostVotes)(pick(there(parts.tune.stackIds))(ordered))),
    };

    const classes = Gold.count(fitGold);
    const canFit = classes.stalled > 0 && classes.flowing > 0 && mostVotes >= leastVotes;
    const candidates: readonly RuleCandidate[] = canFit
      ? rulePath({ ...options, gold: fitGold, targets, mostVotes })(paths.fit)
      : [{ rule: EXPERT_AT_ONCE }];
    const weight = canFit ? weighted(fitGold, prevalence, paths.fit).weight : new Float64Array(rows.length).fill(1);
    const byEstimate = ruleByEstimate({ gold: { fit: fitGold, tune: parts.tune }, targets, prevalence, weight })(
      candidates,
      paths,
    );
    const common = {
      targets,
      prevalence,
      ...posterior,
      order: isArrivals(votes) ? ('arrival' as const) : ('hash' as const),
      gold: { fit: [...parts.fit.stackIds].sort(), tune: [...parts.tune.stackIds].sort() },
      byEstimate,
    };
    const provisional = (because: Lacking): FittedStopRule => ({
      ...common,
      status: 'provisional',
      rule: byEstimate.rule,
      spending: byEstimate.spending,
      because,
      // Gold that can prove nothing does not count.
      goldNeeded: labelsToCollect({ targets })(because._tag === 'Refused' ? { label: new Uint8Array(0) } : gold),
    });
    const refused = refusals()(parts.tune);
    if (refused.length > 0) return provisional({ _tag: 'Refused', refusals: refused });
    if (mostVotes < leastVotes) return provisional({ _tag: 'TooFewVotes', votes: enough, needed: leastVotes });
    if (!canFit) return provisional({ _tag: 'ClassMissing', ...classes });
    const tuning = { gold: parts.tune, candidates, targets, prevalence };
    if (cluster !== undefined) {
      const clusterOf = new Map(gold.stackIds.map((id, g) => [id, cluster[g]]));
      const found = certifyByClusters({ ...tuning, cluster: parts.tune.stackIds.map((id) => clusterOf.get(id) ?? '') })(
        paths.tune,
      );
      if (found.certificate === undefined) return provisional({ _tag: 'ClustersNotCertified', ...found });
      const { rule, spending } = found.certificate;
      return { ...common, status: 'certified', rule, spending, certificate: found };
    }
    const found = certifyStopRule(tuning)(paths.tune);
    if (E.isLeft(found)) return provisional(found.left);
    const { rule, spending, certificate } = found.right;
    return { ...common, status: 'certified', rule, spending, certificate };
  };

/**
 * The log-odds of each stack after each of its votes, by the posterior of a fitted rule: for `replayOn` and `firstStop`.
 *
 * @param fitted - from `fit`
 * @returns for votes and scores; stacks with a score and no vote are among them
 * @example
 * const lab = Simulate.dataset({ stacks: 200, prevalence: 0.05, votes: { perStack: 3 }, gold: { stalled: 50, flowing: 90, chosen: 'stratified' } })(1);
 * const votes = Replay.arrivals(lab.votes);
 * const fitted = StopRule.fit({ prevalence: 0.05 })({ votes, gold: lab.gold });
 * const { first, logOdds } = StopRule.courses(fitted)({ votes });
 * StopRule.firstStop(fitted.rule)({ logOdds: logOdds.subarray(first[0], first[1]), scored: false }).seen // => 3
 */
export const courses =
  (fitted: Pick<FittedPosterior, 'calibrator' | 'traitModel'>) =>
  (batch: StopBatch): Trajectories =>
    onVotes(fitted, batch.scores)(inOrder(batch));

const onVotes =
  ({ calibrator, traitModel }: Pick<FittedPosterior, 'calibrator' | 'traitModel'>, scores: Scores | undefined) =>
  (votes: Arrivals): Trajectories => {
    const model =
      calibrator === undefined || scores === undefined
        ? undefined
        : Calibration.evidence({ calibrator, scores })(votes);
    return traitTrajectories(traitModel, model)(votes);
  };

const isArrivals = (votes: VoteTable | Arrivals): votes is Arrivals => 'order' in votes;

/** Fixed, so that there is no seed to try again with. */
const SALT = 0;

/** Votes in their order, with stacks that have a score and no vote behind the others. */
const inOrder = ({ votes, scores }: StopBatch): Arrivals => {
  const ordered = isArrivals(votes) ? votes : inArrivalOrder(SALT)(votes);
  const known = new Set(ordered.stackIds);
  const more = scores?.stackIds.filter((id) => !known.has(id)) ?? [];
  if (more.length === 0) return ordered;
  const offsets = new Uint32Array(ordered.offsets.length + more.length).fill(ordered.label.length);
  offsets.set(ordered.offsets);
  return { ...ordered, stackIds: [...ordered.stackIds, ...more], offsets };
};

/** Stacks with votes and without gold, a fixed part of them, sorted. */
const historyOf = ({ stackIds, offsets }: Arrivals, isGold: ReadonlySet<string>): readonly string[] => {
  const all = stackIds.filter((id, s) => offsets[s] < offsets[s + 1] && !isGold.has(id));
  if (all.length > HISTORY) {
    const at = new Map(all.map((id) => [id, hashText(`history\n${id}`, SALT)]));
    all.sort((a, b) => (at.get(a) ?? 0) - (at.get(b) ?? 0));
    all.length = HISTORY;
  }
  return all.sort();
};

/** The same votes with those annotators only who cast them, in the order in which they first appear. */
const ownAnnotators = (votes: Arrivals): Arrivals => {
  const rowOf = new Map<number, number>();
  const annotatorOf = votes.annotatorOf.map((a) => {
    const row = rowOf.get(a) ?? rowOf.size;
    rowOf.set(a, row);
    return row;
  });
  return { ...votes, annotatorIds: [...rowOf.keys()].map((a) => votes.annotatorIds[a]), annotatorOf };
};

/** The first votes of each stack: a rule looks at no more. */
const firstVotes =
  (most: number) =>
  ({ offsets, annotatorOf, label, arrival, ...rest }: Arrivals): Arrivals => {
    const cut = new Uint32Array(offsets.length);
    const rows: number[] = [];
    for (let s = 0; s + 1 < offsets.length; s++) {
      for (let v = offsets[s]; v < Math.min(offsets[s + 1], offsets[s] + most); v++) rows.push(v);
      cut[s + 1] = rows.length;
    }
    return present({
      ...rest,
      offsets: cut,
      annotatorOf: Uint32Array.from(rows, (v) => annotatorOf[v]),
      label: Uint8Array.from(rows, (v) => label[v]),
      arrival: arrival === undefined ? undefined : Uint32Array.from(rows, (v) => arrival[v]),
    });
  };

const rowsOf = (
  model: ModelEvidence | undefined,
  stackIds: readonly string[],
  wanted: readonly string[],
): ModelEvidence | undefined => {
  if (model === undefined) return undefined;
  const place = rowOfId(stackIds);
  const rows = wanted.map((id) => place.get(id) ?? -1);
  return {
    nats: Float64Array.from(rows, (row) => model.nats[row]),
    scores: Uint32Array.from(rows, (row) => model.scores[row]),
  };
};
