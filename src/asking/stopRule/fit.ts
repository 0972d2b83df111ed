import * as E from 'fp-ts/lib/Either.js';
import type { Gold, GoldSet } from '../../domain/gold.js';
import { DEFAULT_TARGETS, type Targets } from '../../domain/targets.js';
import { hashText } from '../../kernel/ids/hash.js';
import { rowOfId } from '../../kernel/ids/voteColumns.js';
import { maxErrorsAllowed } from '../../kernel/special/binomial.js';
import { normalQuantile } from '../../kernel/special/normal.js';
import * as GoldUse from '../../stages/gold.js';
import { type PathCertificate, type PathNotCertified, type Refused, refusals } from '../../stages/riskControl/index.js';
import { part, type Trajectories } from '../replay/index.js';
import { type LabelsToCollect, labelsToCollect, type RuleByEstimate, ruleByEstimate } from './byEstimate.js';
import { certifyStopRule } from './certify.js';
import { type ByClusters, certifyByClusters } from './clusters.js';
import { type RuleCandidate, rulePath, type StopPathOptions, weighted } from './path.js';
import { type RuleReplay, remembering, replayOn, type Spending } from './replay.js';
import { EXPERT_AT_ONCE, type StopRule } from './rule.js';
import type { Prices } from './solve.js';

/** What `StopRule.fit` may be told; all but the prevalence has a default. */
export interface StopFitOptions
  extends Pick<StopPathOptions, 'expertPrice' | 'stalledPosterior' | 'leastVotes' | 'alarmsAtStart'> {
  /** Default .99 / .95 at confidence .95. */
  readonly targets?: Targets | undefined;
  /** P(stalled) in the population to decide about, in (0, 1). */
  readonly prevalence: number;
  /** Votes on one stack at most; default 7, and never more than gold for fitting has. */
  readonly mostVotes?: number | undefined;
  /** The error this test may spend, in (0, 1); default all of it, 1 − confidence. */
  readonly level?: number | undefined;
  /** Mouse or session of each stack by its id: the proof is by cluster. Gold must have been divided by whole clusters. */
  readonly clusterOf?: ReadonlyMap<string, string> | undefined;
}

/** Gold for the two uses, and the trajectories of the stacks of each. Those for fitting may have other stacks beside gold. */
export interface StopFitData {
  readonly gold: { readonly fit: Gold<'fit'>; readonly tune: Gold<'tune'> };
  readonly paths: { readonly fit: Trajectories; readonly tune: Trajectories };
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

interface FittedRule {
  /** What to follow. */
  readonly rule: StopRule;
  /** Prices at which it is the best. Absent where everything goes to an expert. */
  readonly prices?: Prices | undefined;
  /** Of `rule`, per stack at the prevalence. */
  readonly spending: Spending;
  /** The boldest rule within the limits by estimate: `rule` itself while it is provisional. Not proved. */
  readonly byEstimate: RuleByEstimate;
  /** The path it was chosen from, the most careful rule first. */
  readonly candidates: readonly RuleCandidate[];
  /**
   * How tuning gold ends when the rule is chosen without it: five times, each without a fifth of tuning gold, which that rule
   * then decides. Rows follow tuning gold. For honest figures; the certificate does not need them.
   */
  readonly crossFitted: RuleReplay;
}

/** A rule, certified or the best there is. Plain data. */
export type FittedStopRule =
  | (FittedRule & {
      readonly status: 'certified';
      readonly certificate: PathCertificate | ByClusters;
    })
  | (FittedRule & {
      readonly status: 'provisional';
      readonly because: Lacking;
      /** Labels still to collect, of all gold. With clusters see `because.clusters` too: more gold of few clusters proves nothing. */
      readonly goldNeeded: LabelsToCollect;
    });

/** Votes on one stack at most. */
export const DEFAULT_MOST_VOTES = 7;
/** Share of gold that may have fewer votes than a rule can ask for. Such a stack counts as wrong where its votes run out. */
export const SHORT = 0.01;

/**
 * Fits a stop rule and proves it: a path of rules from the part of gold that fits, and the certificate from the part that tunes.
 *
 * There is always a rule. Without a certificate it is the boldest one whose estimated risks are within the limits, and
 * `status` is `provisional`: an estimate of a rule that was chosen by it, not a proof. In both cases nothing is called
 * stalled below the stated posterior.
 *
 * @param options - prevalence, targets, prices, votes at least and at most, clusters
 * @returns for gold that `divideGold` divided, and its trajectories by a posterior that no tuning gold fitted
 * @throws RangeError when an option is outside its range
 * @example
 * const lab = Simulate.dataset({ stacks: 0, prevalence: 0.01, votes: { perStack: 7 }, model: {}, gold: { stalled: 300, flowing: 500, chosen: 'stratified' } })(1);
 * const targets = { sensitivity: 0.95, specificity: 0.95, confidence: 0.95 };
 * const gold = StopRule.divideGold({ targets })(lab.gold);
 * const votes = Replay.arrivals(lab.votes);
 * const model = Calibration.evidence({ calibrator: Errors.getOrThrow(Calibration.platt(gold.fit)(lab.scores)), scores: lab.scores })(votes);
 * const traitModel = Asking.fitTraitModel(gold.fit, { prevalence: 0.01, model })(votes);
 * const all = Replay.traitTrajectories(traitModel, model)(votes);
 * const fitted = StopRule.fit({ targets, prevalence: 0.01 })({ gold, paths: { fit: Replay.part(gold.fit.stackIds)(all), tune: all } });
 * [fitted.status, fitted.spending.votes < 1, fitted.spending.experts < 0.2] // => ['certified', true, true]
 * @see docs/math.md#asking · docs/math.md#end-to-end
 */
export const fit =
  (options: StopFitOptions) =>
  ({ gold, paths: given }: StopFitData): FittedStopRule => {
    const { targets = DEFAULT_TARGETS, prevalence, leastVotes = 0, clusterOf } = options;
    const inTest = { ...targets, confidence: 1 - (options.level ?? 1 - targets.confidence) };
    const { candidates, fitGold, fitPaths, classes, canFit, mostVotes, enough } = candidatesFor({
      alarmsAtStart: alarmsAtStart(gold, inTest),
      ...options,
    })({
      gold: gold.fit,
      paths: given.fit,
    });
    const paths = { fit: fitPaths, tune: given.tune };
    const weight = canFit
      ? weighted(fitGold, prevalence, paths.fit).weight
      : new Float64Array(paths.fit.stackIds.length).fill(1);
    const onTune = remembering(replayOn(gold.tune)(paths.tune));
    const onFit = remembering(replayOn(paths.fit)(paths.fit));
    const choose = (tune: Gold<'tune'>): Chosen => {
      const replay = tune === gold.tune ? onTune : rowsReplayed(onTune, gold.tune, tune);
      const estimating = {
        gold: { fit: fitGold, tune },
        targets,
        prevalence,
        weight,
        replay: { tune: replay, fit: onFit },
      };
      const byEstimate = ruleByEstimate(estimating)(candidates, paths);
      const provisional = (because: Lacking): Chosen => ({ byEstimate, because });
      const refused = refusals()(tune);
      if (refused.length > 0) return provisional({ _tag: 'Refused', refusals: refused });
      if (mostVotes < leastVotes) return provisional({ _tag: 'TooFewVotes', votes: enough, needed: leastVotes });
      if (!canFit) return provisional({ _tag: 'ClassMissing', ...classes });
      const tuning = { gold: tune, candidates, targets: inTest, prevalence, replay };
      if (clusterOf !== undefined) {
        const cluster = tune.stackIds.map((id) => clusterOf.get(id) ?? '');
        const found = certifyByClusters({ ...tuning, cluster })(paths.tune);
        const { certificate } = found;
        return certificate === undefined
          ? provisional({ _tag: 'ClustersNotCertified', ...found })
          : { byEstimate, certified: { ...certificate, certificate: found } };
      }
      const found = certifyStopRule(tuning)(paths.tune);
      return E.isLeft(found) ? provisional(found.left) : { byEstimate, certified: found.right };
    };
    const { byEstimate, certified, because } = choose(gold.tune);
    const { rule, prices, spending } = certified ?? byEstimate;
    const common = { rule, prices, spending, byEstimate, candidates };
    const crossFitted = leavingOut(gold.tune, { clusterOf, replay: onTune })((rest) => {
      const chosen = choose(rest);
      // Where four fifths of gold are too little for any proof, the rule is what all of gold has proved.
      return (chosen.certified ?? certified ?? chosen.byEstimate).rule;
    });
    if (certified !== undefined) {
      return { ...common, crossFitted, status: 'certified', certificate: certified.certificate };
    }
    return {
      ...common,
      crossFitted,
      status: 'provisional',
      because,
      // Gold that can prove nothing does not count.
      goldNeeded: labelsToCollect({ targets: inTest })(
        because._tag === 'Refused'
          ? { label: new Uint8Array(0) }
          : { label: Uint8Array.of(...gold.fit.label, ...gold.tune.label) },
      ),
    };
  };

/** A path of rules, and what it was made from. */
export interface FittedPath {
  /** The most careful first; all to an expert where gold allows no other rule. */
  readonly candidates: readonly RuleCandidate[];
  /** Fitting gold with enough votes. */
  readonly fitGold: Gold<'fit'>;
  /** Its trajectories, and those of the stacks without gold that shaped the path. */
  readonly fitPaths: Trajectories;
  readonly classes: { readonly stalled: number; readonly flowing: number };
  readonly canFit: boolean;
  /** Votes that a rule may use at most. */
  readonly mostVotes: number;
  /** Votes that all but a few stacks of fitting gold have. */
  readonly enough: number;
}

/**
 * The path of rules that `fit` proves along, without any proof: to see what other prices would give.
 *
 * @param options - as for `fit`; targets play a part by their specificity alone
 * @returns for gold of the fitting part, and the trajectories of its stacks and of others without gold
 * @throws RangeError when an option is outside its range
 */
export const candidatesFor =
  (options: StopFitOptions) =>
  ({ gold, paths }: { readonly gold: Gold<'fit'>; readonly paths: Trajectories }): FittedPath => {
    const { targets = DEFAULT_TARGETS, leastVotes = 0 } = options;
    const votesOn = votesByStack(paths);
    const fitIds = gold.stackIds.filter((id) => votesOn.has(id));
    const carried = fitIds.map((id) => votesOn.get(id) ?? 0).sort((a, b) => a - b);
    const enough = carried[Math.floor(SHORT * carried.length)] ?? 0;
    const mostVotes = Math.min(options.mostVotes ?? DEFAULT_MOST_VOTES, enough);
    const isLong = (id: string): boolean => (votesOn.get(id) ?? -1) >= mostVotes;
    const fitGold = GoldUse.as('fit')(GoldUse.without(gold.stackIds.filter((id) => !isLong(id)))(gold));
    const isGold = new Set(gold.stackIds);
    const history = paths.stackIds.filter((id) => !isGold.has(id));
    // Where history was asked about as it needed, its long stacks are the doubtful ones: they would mislead the rule.
    const isWhole = history.filter((id) => !isLong(id)).length <= SHORT * history.length;
    const fitPaths = part([...fitIds.filter(isLong), ...(isWhole ? history : [])])(paths);
    const classes = GoldUse.count(fitGold);
    const canFit = classes.stalled > 0 && classes.flowing > 0 && mostVotes >= leastVotes;
    const candidates: readonly RuleCandidate[] = canFit
      ? rulePath({ ...options, gold: fitGold, targets, mostVotes })(fitPaths)
      : [{ rule: EXPERT_AT_ONCE }];
    return { candidates, fitGold, fitPaths, classes, canFit, mostVotes, enough };
  };

/** Chance that the start of a path passes among flowing stacks, as far as fitting gold can tell. */
const CHANCE_AT_START = 0.95;

/**
 * Alarms on flowing fitting gold with which a path may start. Where its first rule failed by its alarms, nothing but "everything to an
 * expert" would be certified. From the sizes of gold alone.
 *
 * largest r ≤ limit/2 for which the alarms of tuning gold, of mean n r and variance n r (1 + n/m), stay within the k errors allowed of
 * n with the chance wanted;   m stacks fit
 */
const alarmsAtStart = (
  { fit, tune }: { readonly fit: GoldSet; readonly tune: GoldSet },
  { specificity, confidence }: Targets,
): number | undefined => {
  const [m, n] = [GoldUse.count(fit).flowing, GoldUse.count(tune).flowing];
  const limit = 1 - specificity;
  const k = n === 0 ? undefined : maxErrorsAllowed({ n, rate: limit, delta: 1 - confidence });
  if (k === undefined || m === 0) return undefined;
  const z = normalQuantile(CHANCE_AT_START);
  let rate = limit / 2;
  while (n * rate + z * Math.sqrt(n * rate * (1 + n / m)) > k + 0.5 && rate > 1e-6) rate *= 0.9;
  return rate;
};

/** What tuning gold says of a path: the certified rule, or why there is none. */
type Chosen = { readonly byEstimate: RuleByEstimate } & (
  | {
      readonly certified: RuleCandidate & {
        readonly spending: Spending;
        readonly certificate: PathCertificate | ByClusters;
      };
      readonly because?: never;
    }
  | { readonly certified?: never; readonly because: Lacking }
);

const FOLDS = 5;

/** Replays each fold of tuning gold by the rule that the other folds choose. Clusters are not divided. */
const leavingOut =
  (
    tune: Gold<'tune'>,
    by: {
      readonly clusterOf: ReadonlyMap<string, string> | undefined;
      readonly replay: (rule: StopRule) => RuleReplay;
    },
  ) =>
  (ruleFrom: (rest: Gold<'tune'>) => StopRule): RuleReplay => {
    const foldOf = tune.stackIds.map((id) => hashText(`fold\n${by.clusterOf?.get(id) ?? id}`, 0) % FOLDS);
    const ended = { decisions: new Uint8Array(foldOf.length), votes: new Uint32Array(foldOf.length) };
    for (let fold = 0; fold < FOLDS; fold++) {
      const own = tune.stackIds.filter((_, g) => foldOf[g] === fold);
      if (own.length === 0) continue;
      const rule = ruleFrom(GoldUse.as('tune')(GoldUse.without(own)(tune)));
      const { decisions, votes } = by.replay(rule);
      foldOf.forEach((one, g) => {
        if (one !== fold) return;
        ended.decisions[g] = decisions[g];
        ended.votes[g] = votes[g];
      });
    }
    return ended;
  };

/** Replays of a part of gold, from those of the whole. */
const rowsReplayed = (
  replay: (rule: StopRule) => RuleReplay,
  whole: GoldSet,
  part: GoldSet,
): ((rule: StopRule) => RuleReplay) => {
  const place = rowOfId(whole.stackIds);
  const rows = Uint32Array.from(part.stackIds, (id) => place.get(id) ?? 0);
  return (rule) => {
    const { decisions, votes } = replay(rule);
    const own = { decisions: new Uint8Array(rows.length), votes: new Uint32Array(rows.length) };
    for (let i = 0; i < rows.length; i++) {
      own.decisions[i] = decisions[rows[i]];
      own.votes[i] = votes[rows[i]];
    }
    return own;
  };
};

const votesByStack = ({ stackIds, first }: Trajectories): ReadonlyMap<string, number> =>
  new Map(stackIds.map((id, s) => [id, first[s + 1] - first[s] - 1]));
