import * as E from 'fp-ts/lib/Either.js';
import { type Candidate, type Rule, stop } from '../asking/index.js';
import { decisions, run, type Trajectories } from '../asking/replay/index.js';
import { present } from '../domain/present.js';
import { rowOfId } from '../kernel/ids/voteColumns.js';
import type * as Gold from '../stages/gold.js';
import {
  certifyPath,
  type PathCertificate,
  type PathNotCertified,
  type PathTestOptions,
  type Refused,
  type Replay,
  UNDECIDED,
  UNSEEN,
} from '../stages/riskControl/index.js';
import type { Arrival } from './askingPolicy.js';

/** What was certified about asking by one of several rules. */
export interface AskingProof {
  readonly certificate: PathCertificate;
  readonly votesPerStack: number;
  readonly expertsPerStack: number;
  readonly arrivals: readonly Arrival[];
}

/** Certifies the cheapest candidate that passes for every way in which votes may arrive. */
export const certifyAsking = ({
  gold,
  paths,
  candidates,
  prevalence,
  votesPerRound,
  expertCost,
  options,
}: {
  readonly gold: Gold.Gold<'tune'>;
  readonly paths: Trajectories;
  readonly candidates: readonly Candidate[];
  readonly prevalence: number;
  readonly votesPerRound: number;
  /** What one answer of an expert costs, in votes. */
  readonly expertCost: number;
  readonly options: PathTestOptions;
}): E.Either<PathNotCertified | Refused, AskingProof> => {
  const rules = candidates.map(({ rule }) => rule);
  const oneByOne = replayOf(gold, { prevalence, rules })(paths);
  const deployed =
    votesPerRound === 1
      ? oneByOne
      : replayOf(gold, { prevalence, rules: rules.map((rule) => inRounds(rule, votesPerRound)) })(paths);
  const ways: readonly { readonly arrival: Arrival; readonly replay: Replay }[] = [
    { arrival: 'one at a time', replay: oneByOne },
    ...(votesPerRound === 1 ? [] : [{ arrival: 'in rounds' as const, replay: deployed }]),
    { arrival: 'all at once', replay: { decisions: rules.map((rule) => allAtOnce(gold, rule)(paths)) } },
  ];
  let passed = rules.length;
  for (const { replay } of ways) {
    const tested = certifyPath({ gold, ...options })({ decisions: replay.decisions });
    if (E.isLeft(tested)) return tested;
    // Each test certifies a beginning of the list, so the shortest of these beginnings passes every test.
    passed = Math.min(passed, tested.right.certified.length);
  }
  const experts = deployed.decisions.map((row) => atPrevalence(gold, prevalence, leftToExpert(row)));
  const cost = Float64Array.from({ length: passed }, (_, j) => (deployed.cost?.[j] ?? 0) + expertCost * experts[j]);
  const final = certifyPath({ gold, ...options })({
    decisions: deployed.decisions.slice(0, passed),
    cost,
  });
  if (E.isLeft(final)) return final;
  return E.right({
    certificate: final.right,
    votesPerStack: deployed.cost?.[final.right.candidate] ?? 0,
    expertsPerStack: experts[final.right.candidate],
    arrivals: ways.map(({ arrival }) => arrival),
  });
};

/** Mean over gold, each class weighted to its share in the population; `undefined` values take no part. */
const atPrevalence = (
  { label }: Gold.GoldSet,
  prevalence: number,
  value: (g: number) => number | undefined,
): number => {
  const mean = (y: number): number => {
    const values = Array.from(label.keys()).flatMap((g) => (label[g] === y ? (value(g) ?? []) : []));
    return values.reduce((sum, each) => sum + each, 0) / Math.max(1, values.length);
  };
  return prevalence * mean(1) + (1 - prevalence) * mean(0);
};

const leftToExpert = (decided: Uint8Array) => (g: number) =>
  decided[g] === UNSEEN ? undefined : Number(decided[g] === UNDECIDED);

/** A rule that may stop only when a round is complete. */
const inRounds = (rule: Rule, votesPerRound: number): Rule => {
  const masked = (bounds: Rule['flowingBelow']): (number | null)[] =>
    Array.from({ length: rule.maxVotes + 1 }, (_, n) =>
      n % votesPerRound === 0 || n === rule.maxVotes ? bounds[Math.min(n, bounds.length - 1)] : null,
    );
  return { ...rule, flowingBelow: masked(rule.flowingBelow), stalledAbove: masked(rule.stalledAbove) };
};

/** As `Replay.decisions`, but a stack counts as wrong if its votes run out while the rule would ask for more. */
const replayOf =
  (gold: Gold.Gold<'tune'>, tried: { readonly prevalence: number; readonly rules: readonly Rule[] }) =>
  (paths: Trajectories): Replay => {
    const { decisions: rows, cost } = decisions(gold, tried)(paths);
    const place = rowOfId(paths.stackIds);
    const held = rows.map((row, j) => {
      const { votes } = run(tried.rules[j])(paths);
      const judge = stop(tried.rules[j]);
      return row.map((decision, g) => {
        const s = place.get(gold.stackIds[g]);
        if (s === undefined || decision === UNSEEN) return decision;
        const there = paths.first[s + 1] - paths.first[s] - 1;
        const end = { logOdds: paths.logOdds[paths.first[s] + there], votes: there, scores: paths.scores[s] };
        return votes[s] === there && judge(end) === 'ask' ? 1 - gold.label[g] : decision;
      });
    });
    return present({ decisions: held, cost });
  };

/** What a rule decides about gold on all votes at once, as a batch does. Asking is no error here. */
const allAtOnce =
  (gold: Gold.Gold<'tune'>, rule: Rule) =>
  ({ stackIds, first, logOdds, scores }: Trajectories): Uint8Array => {
    const place = rowOfId(stackIds);
    const judge = stop(rule);
    return Uint8Array.from(gold.stackIds, (id) => {
      const s = place.get(id);
      if (s === undefined) return UNSEEN;
      const votes = first[s + 1] - first[s] - 1;
      if (votes + scores[s] === 0) return UNSEEN;
      const what = judge({ logOdds: logOdds[first[s + 1] - 1], votes, scores: scores[s] });
      return what === 'ask' || what === 'expert' ? UNDECIDED : what;
    });
  };
