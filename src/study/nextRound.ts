import * as Asking from '../asking/index.js';
import { mostVotesOf } from '../asking/stopRule/index.js';
import type { VoteTable } from '../domain/voteTable.js';
import { hashText } from '../kernel/ids/hash.js';
import type { Decisions, Policy } from '../policy/index.js';

/** The stacks that people vote on next. */
export interface NextRound {
  /** In random order, so that the order reveals nothing about the stacks. */
  readonly rows: readonly { readonly stackId: string; readonly votesWanted: number }[];
  readonly votesWanted: number;
  /** Open stacks, and the votes they want, that the budget leaves for later. */
  readonly waiting: { readonly stacks: number; readonly votes: number };
  readonly retired: number;
  readonly expert: number;
}

/**
 * The next round of questions: the stacks on which the rule asks, and if votes are short those where a vote has the highest value.
 *
 * A round of any size has the same certificate, because votes beyond the first stop change no decision.
 *
 * @param policy - from `Policy.fit` or `Policy.fromJSON`
 * @param options - `budget`: votes available now, default as many as are wanted; `votesPerRound`: default that of the policy
 * @returns from `Policy.decide`: what `tandem ask` writes to next.csv, with counts
 * @example
 * const lab = Simulate.inputs(Simulate.dataset({ stacks: 500, prevalence: 0.05, model: {}, gold: { stalled: 700, flowing: 900, chosen: 'stratified' } })(7));
 * const { policy } = Policy.fit({ prevalence: 0.05 })(lab);
 * const first = Policy.decide(policy)({ votes: Votes.EMPTY, scores: lab.scores });
 * Study.nextRound(policy, { budget: 10 })(first).votesWanted // => 10
 * Study.nextRound(policy, { votesPerRound: 3 })(first).rows.every(({ votesWanted }) => votesWanted === 3) // => true
 */
export const nextRound =
  (
    policy: Policy,
    options: { readonly budget?: number | undefined; readonly votesPerRound?: number | undefined } = {},
  ) =>
  ({ posterior, routing }: Decisions): NextRound => {
    const mostVotes = mostVotesOf(policy.rule);
    const perRound = options.votesPerRound ?? policy.votesPerRound;
    const wanted = routing.map((next, s) =>
      next._tag === 'AskCrowd' ? Math.min(perRound, mostVotes - posterior.votes[s]) : 0,
    );
    const all = wanted.reduce((sum, votes) => sum + votes, 0);
    const { waiting, votesWanted } = Asking.serve({
      budget: options.budget ?? all,
      mostVotes,
      vote: Asking.voteValueOf(policy),
      prices: policy.prices,
    })({ ...posterior, wanted });
    const rows = posterior.stackIds.flatMap((stackId, s) =>
      wanted[s] > 0 && waiting[s] === 0 ? [{ stackId, votesWanted: wanted[s] }] : [],
    );
    const { seed } = policy.provenance;
    const place = (stackId: string): number => hashText(`round\n${stackId}`, seed);
    return {
      rows: rows.sort((a, b) => place(a.stackId) - place(b.stackId)),
      votesWanted,
      waiting: { stacks: waiting.reduce((sum, one) => sum + one, 0), votes: all - votesWanted },
      retired: routing.filter(({ _tag }) => _tag === 'Retire').length,
      expert: routing.filter(({ _tag }) => _tag === 'AskExpert').length,
    };
  };

/**
 * Why the certificate of a policy cannot be about votes that are asked for and added to these, if so.
 *
 * @param policy - from `Policy.fit` or `Policy.fromJSON`
 * @returns for the votes so far: sentences with their remedy; empty where votes can be asked for
 * @example
 * const { policy } = Policy.fit()({ votes: Votes.EMPTY, gold: Gold.from({ chosen: 'random' })([]) });
 * Study.askingDoubts(policy)(Votes.EMPTY).length // => 1
 */
export const askingDoubts =
  ({ profile }: Pick<Policy, 'profile'>) =>
  ({ label, arrival }: VoteTable): readonly string[] => {
    if (profile !== undefined && profile.schedule !== 'any') {
      return [
        'The certificate is about one look at finished votes, because nobody knew in which order those on gold came. Asking again until a stack is decided is not covered. Fit again on votes with times, or with --order rows if the rows of their file stand in the order in which votes came.',
      ];
    }
    if (profile === undefined || label.length === 0 || arrival !== undefined) return [];
    return [
      'Nobody knows in which order these votes came, and the certificate is about votes in their order. Add a column with their times, or say --order rows if answers are appended to the file as they come.',
    ];
  };
