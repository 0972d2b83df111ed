import * as E from 'fp-ts/lib/Either.js';
import { type Candidate, fitTraitModel, path } from '../asking/index.js';
import { type Arrivals, pick, type Trajectories, traitTrajectories } from '../asking/replay/index.js';
import { plainTraitModel } from '../asking/traitModel.js';
import type { ModelEvidence } from '../domain/evidence.js';
import { present } from '../domain/present.js';
import type { Targets } from '../domain/targets.js';
import { hashText } from '../kernel/ids/hash.js';
import { rowOfId } from '../kernel/ids/voteColumns.js';
import * as Gold from '../stages/gold.js';
import { refusals } from '../stages/riskControl/index.js';
import type { AskingCertified, AskingNotCertified, VotesTooFew } from './askingPolicy.js';
import { proveAsking } from './certifyAsking.js';

/** Nats by which bounds are drawn apart where experts help out, the most careful first. */
const APART: readonly number[] = [3, 2, 1.5, 1, 0.75, 0.5, 0.25];

/**
 * The path with more careful rules before it: the same bounds drawn apart, and an expert for what is still between them in
 * the end. A path by itself always has a last call, so on little gold its most careful rule may be on the edge of the targets.
 */
const withExperts = (candidates: readonly Candidate[]): readonly Candidate[] => {
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

/** How people are to be asked, as far as it is a matter of choice. */
export interface AskingOptions {
  /** Of decisions by machine, crowd and expert together; default those of the policy. */
  readonly targets?: Targets;
  /** Nothing is retired on fewer votes; default 0 with an audit. Without one it is at least 1. */
  readonly leastVotes?: number;
  /** Votes on one stack at most; default 20, and never more than gold carries. */
  readonly mostVotes?: number;
  /** Share of automatic decisions that go to people all the same, in [0, 1]; default .02. */
  readonly auditShare?: number;
  /** Votes asked for at a time; default 1, which is cheapest. */
  readonly votesPerRound?: number;
}

/** What a fit has at hand when it comes to asking. */
export interface AskingInputs {
  /** In the order of a replay. */
  readonly votes: Arrivals;
  readonly gold: Gold.SplitGold;
  readonly prevalence: number;
  readonly targets: Targets;
  readonly seed: number;
  /** As decisions will see the model, and as it looks on fitting gold it was not calibrated with; rows follow the votes. */
  readonly model?: { readonly deployed: ModelEvidence; readonly heldOut: ModelEvidence };
}

/** Twenty answers were the project's first "magic number": no stack should cost more, nor does the look of an expert. */
export const MOST_VOTES = 20;
const AUDIT_SHARE = 0.02;
/** Stacks without gold that are looked at; more of them change a rule no further. */
const HISTORY = 20_000;
/** Share of gold that may carry fewer votes than the rule can ask for; what it lacks counts against the rule. */
const SHORT = 0.01;

/**
 * Fits how people are asked, and proves it: a posterior and a path of stop rules on gold for fitting, the cheapest rule that
 * passes on gold for tuning.
 *
 * A rule is certified however votes come in: one at a time, in rounds, and all at once, as in a batch with a history; it
 * must pass each of the three tests (intersection–union, so nothing is divided). A tuning stack whose votes run out while
 * the rule would still ask counts as an error, because nobody knows how it would have ended.
 *
 * @throws RangeError when `leastVotes` is above `mostVotes`, or there is no audit and `mostVotes` is 0
 */
export const fitAsking = (options: AskingOptions, of: AskingInputs): AskingCertified | AskingNotCertified => {
  const { votes, gold, prevalence, seed } = of;
  const targets = options.targets ?? of.targets;
  const share = options.auditShare ?? AUDIT_SHARE;
  const votesPerRound = options.votesPerRound ?? 1;
  const minVotes = Math.max(share > 0 ? 0 : 1, options.leastVotes ?? 0);
  if (minVotes > (options.mostVotes ?? MOST_VOTES)) {
    throw RangeError(`asking: expected at most ${options.mostVotes ?? MOST_VOTES} votes at least, got ${minVotes}`);
  }
  const not = (because: AskingNotCertified['because']): AskingNotCertified => ({
    _tag: 'AskingNotCertified',
    targets,
    because,
  });

  const kept = new Set([...gold.tune.stackIds, ...gold.test.stackIds]);
  const history = historyOf(votes, { kept, known: new Set(gold.fit.stackIds), seed });
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

  const scored = (model: ModelEvidence | undefined, ids: readonly string[]): ModelEvidence | undefined => {
    if (model === undefined) return undefined;
    const rows = ids.map((id) => place.get(id) ?? -1);
    return {
      nats: Float64Array.from(rows, (row) => model.nats[row]),
      scores: Uint32Array.from(rows, (row) => model.scores[row]),
    };
  };
  const seen = [...gold.fit.stackIds.filter((id) => place.has(id)), ...history];
  const heldOut = scored(of.model?.heldOut, seen);
  const look = plainTraitModel(fitTraitModel(gold.fit, present({ prevalence, model: heldOut }))(pick(seen)(votes)));
  const pathsOf = (ids: readonly string[], model: ModelEvidence | undefined): Trajectories =>
    traitTrajectories(look, scored(model, ids))(pick(ids)(votes));

  const candidates = withExperts(
    path(fit, { targets, prevalence, minVotes, maxVotes })(pathsOf(seen.filter(long), of.model?.heldOut)),
  );
  const tunePaths = pathsOf(
    gold.tune.stackIds.filter((id) => place.has(id)),
    of.model?.deployed,
  );
  const proved = proveAsking({
    gold: gold.tune,
    paths: tunePaths,
    candidates,
    prevalence,
    votesPerRound,
    expertCost: MOST_VOTES,
    options: { targets, circumstances },
  });
  if (E.isLeft(proved)) return not(proved.left);
  const { certificate, ...found } = proved.right;
  const { rule, costs } = candidates[certificate.candidate];
  return present({
    _tag: 'AskingCertified',
    targets,
    look,
    rule,
    costs,
    votesPerRound,
    audit: share > 0 ? { share, seed } : undefined,
    certificate,
    ...found,
  });
};

/** Stacks nobody keeps for tests, a fixed random part of them. */
const historyOf = (
  { stackIds, offsets }: Arrivals,
  { kept, known, seed }: { readonly kept: ReadonlySet<string>; readonly known: ReadonlySet<string>; seed: number },
): readonly string[] => {
  const all = stackIds.filter((id, s) => offsets[s] < offsets[s + 1] && !kept.has(id) && !known.has(id));
  if (all.length <= HISTORY) return all;
  const place = new Map(all.map((id) => [id, hashText(`history\n${id}`, seed)]));
  return all.sort((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0)).slice(0, HISTORY);
};

const votesTooFew = (of: Omit<VotesTooFew, '_tag' | 'fix'>): VotesTooFew => ({
  _tag: 'VotesTooFew',
  ...of,
  fix: 'Have gold stacks voted on more often than any stack will be asked about, 20 times say; they are asked about once and for all.',
});
