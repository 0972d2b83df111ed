import * as E from 'fp-ts/lib/Either.js';
import { type Candidate, fitTraitModel, path, plainTraitModel } from '../asking/index.js';
import { type Arrivals, pick, type Trajectories, traitTrajectories } from '../asking/replay/index.js';
import type { ModelEvidence } from '../domain/evidence.js';
import { present } from '../domain/present.js';
import type { Targets } from '../domain/targets.js';
import { hashText } from '../kernel/ids/hash.js';
import { rowOfId } from '../kernel/ids/voteColumns.js';
import * as Gold from '../stages/gold.js';
import { refusals } from '../stages/riskControl/index.js';
import type { AskingCertified, AskingNotCertified, VotesTooFew } from './askingPolicy.js';
import { certifyAsking } from './certifyAsking.js';

/** How people are to be asked. */
export interface AskingOptions {
  /** For the decisions of machine, crowd and expert together; default those of the policy. */
  readonly targets?: Targets;
  /** Nothing is retired on fewer votes; default 0 with an audit. Without one it is at least 1. */
  readonly leastVotes?: number;
  /** Votes on one stack at most; default 20, and never more than gold carries. */
  readonly mostVotes?: number;
  /** Share of automatic decisions that people audit, in [0, 1]; default .02. */
  readonly auditShare?: number;
  /** Votes asked for at a time; default 1, which is cheapest. */
  readonly votesPerRound?: number;
}

/** What `Policy.fit` hands over. */
export interface AskingInputs {
  /** In the random order of a replay. */
  readonly votes: Arrivals;
  readonly gold: Gold.SplitGold;
  readonly prevalence: number;
  readonly targets: Targets;
  readonly seed: number;
  /** Evidence of the model as decisions will have it, and cross-fitted on the gold that calibrated it; rows follow the votes. */
  readonly model?: { readonly deployed: ModelEvidence; readonly heldOut: ModelEvidence };
}

/** No stack should cost more votes than this, and one answer of an expert counts as this many. */
export const MOST_VOTES = 20;
const AUDIT_SHARE = 0.02;
/** Most stacks without gold that shape a rule; more of them hardly change it. */
const HISTORY = 20_000;
/** Share of gold that may have fewer votes than the rule can ask for. Such a stack counts as an error where its votes run out. */
const SHORT = 0.01;

/**
 * Fits and certifies a rule for asking. A trait model and a path of stop rules are fitted on gold for fitting; the result is
 * the cheapest rule that passes on gold for tuning.
 *
 * A rule must pass for each way in which votes may arrive: one at a time, in rounds, and all at once. This is an
 * intersection–union test, so the error budget is not divided. A tuning stack whose votes run out while the rule would still
 * ask counts as an error, because its outcome is unknown.
 *
 * @throws RangeError when `leastVotes` is above `mostVotes`, or there is no audit and `mostVotes` is 0
 */
export const fitAsking = (options: AskingOptions, inputs: AskingInputs): AskingCertified | AskingNotCertified => {
  const { votes, gold, prevalence, seed, model } = inputs;
  const targets = options.targets ?? inputs.targets;
  const share = options.auditShare ?? AUDIT_SHARE;
  const votesPerRound = options.votesPerRound ?? 1;
  const minVotes = Math.max(share > 0 ? 0 : 1, options.leastVotes ?? 0);
  if (minVotes > (options.mostVotes ?? MOST_VOTES)) {
    throw RangeError(`asking: leastVotes must be at most ${options.mostVotes ?? MOST_VOTES}, got ${minVotes}`);
  }
  const not = (because: AskingNotCertified['because']): AskingNotCertified => ({
    _tag: 'AskingNotCertified',
    targets,
    because,
  });

  const reserved = new Set([...gold.tune.stackIds, ...gold.test.stackIds]);
  const history = historyOf(votes, { reserved, known: new Set(gold.fit.stackIds), seed });
  const circumstances = { fittedOn: [...history, ...gold.fit.stackIds] };
  const refused = refusals(circumstances)(gold.tune);
  if (refused.length > 0) return not({ _tag: 'Refused', refusals: refused });

  const place = rowOfId(votes.stackIds);
  const votesOn = (id: string): number => {
    const s = place.get(id);
    return s === undefined ? 0 : votes.offsets[s + 1] - votes.offsets[s];
  };
  const carried = gold.fit.stackIds.map(votesOn).sort((a, b) => a - b);
  const enough = carried[Math.floor(SHORT * carried.length)] ?? 0;
  const maxVotes = Math.min(options.mostVotes ?? MOST_VOTES, enough);
  const long = (id: string): boolean => votesOn(id) >= maxVotes;
  const fit = Gold.as('fit')(Gold.without(gold.fit.stackIds.filter((id) => !long(id)))(gold.fit));
  const classes = Gold.count(fit);
  if (maxVotes < Math.max(1, minVotes) || classes.stalled === 0 || classes.flowing === 0) {
    return not(votesTooFew({ votes: enough, needed: Math.max(1, minVotes), gold: classes }));
  }

  const scored = (evidence: ModelEvidence | undefined, ids: readonly string[]): ModelEvidence | undefined => {
    if (evidence === undefined) return undefined;
    const rows = ids.map((id) => place.get(id) ?? -1);
    return {
      nats: Float64Array.from(rows, (row) => evidence.nats[row]),
      scores: Uint32Array.from(rows, (row) => evidence.scores[row]),
    };
  };
  const seen = [...gold.fit.stackIds.filter((id) => place.has(id)), ...history];
  const heldOut = scored(model?.heldOut, seen);
  const traitModel = plainTraitModel(
    fitTraitModel(gold.fit, present({ prevalence, model: heldOut }))(pick(seen)(votes)),
  );
  const pathsOf = (ids: readonly string[], evidence: ModelEvidence | undefined): Trajectories =>
    traitTrajectories(traitModel, scored(evidence, ids))(pick(ids)(votes));

  const candidates = conservativeRules(
    path(fit, { targets, prevalence, minVotes, maxVotes })(pathsOf(seen.filter(long), model?.heldOut)),
  );
  const tunePaths = pathsOf(
    gold.tune.stackIds.filter((id) => place.has(id)),
    model?.deployed,
  );
  const certified = certifyAsking({
    gold: gold.tune,
    paths: tunePaths,
    candidates,
    prevalence,
    votesPerRound,
    expertCost: MOST_VOTES,
    options: { targets, circumstances },
  });
  if (E.isLeft(certified)) return not(certified.left);
  const { certificate, ...figures } = certified.right;
  const { rule, costs } = candidates[certificate.candidate];
  return present({
    _tag: 'AskingCertified',
    targets,
    look: traitModel,
    rule,
    costs,
    votesPerRound,
    audit: share > 0 ? { share, seed } : undefined,
    certificate,
    ...figures,
  });
};

/** Stacks that are not reserved as tuning or test gold; at most `HISTORY`, a fixed random part of them. */
const historyOf = (
  { stackIds, offsets }: Arrivals,
  {
    reserved,
    known,
    seed,
  }: { readonly reserved: ReadonlySet<string>; readonly known: ReadonlySet<string>; readonly seed: number },
): readonly string[] => {
  const all = stackIds.filter((id, s) => offsets[s] < offsets[s + 1] && !reserved.has(id) && !known.has(id));
  if (all.length <= HISTORY) return all;
  const place = new Map(all.map((id) => [id, hashText(`history\n${id}`, seed)]));
  return all.sort((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0)).slice(0, HISTORY);
};

const votesTooFew = (counts: Omit<VotesTooFew, '_tag' | 'fix'>): VotesTooFew => ({
  _tag: 'VotesTooFew',
  ...counts,
  fix: 'Have gold stacks voted on more often than any stack will be asked about, 20 times say; they are asked about once and for all.',
});

/** Nats by which bounds are moved apart, the most conservative rule first. */
const APART: readonly number[] = [3, 2, 1.5, 1, 0.75, 0.5, 0.25];

/**
 * Candidates preceded by more conservative ones: the same bounds, moved apart, and an expert for what stays between them.
 *
 * Every candidate from `path` has a last call, so with little gold even the most conservative of them may miss the targets.
 */
const conservativeRules = (candidates: readonly Candidate[]): readonly Candidate[] => {
  const [first] = candidates;
  const apart = (nats: number): Candidate => {
    const { lastCall: _, ...rule } = first.rule;
    return {
      ...first,
      rule: {
        ...rule,
        flowingBelow: rule.flowingBelow.map((bound) => (bound === null ? null : bound - nats)),
        stalledAbove: rule.stalledAbove.map((bound) => (bound === null ? null : bound + nats)),
      },
    };
  };
  return [...APART.map(apart), ...candidates];
};
