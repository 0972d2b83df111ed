import { describe, expect, test } from 'vitest';
import * as StopRule from '../../src/asking/stopRule/index.js';
import { getOrThrow } from '../../src/domain/errors.js';
import type { Vote } from '../../src/domain/vote.js';
import * as Policy from '../../src/policy/index.js';
import { auditCsv, nextCsv } from '../../src/report/index.js';
import * as Simulate from '../../src/simulate/index.js';
import * as Gold from '../../src/stages/gold.js';
import { RAN_OUT } from '../../src/stages/riskControl/index.js';
import * as Votes from '../../src/stages/votes/index.js';
import { nextRound } from '../../src/study/nextRound.js';

const PROVENANCE: Policy.Provenance = { package: 'p', version: '1', command: 'c', seed: 3, inputs: [] };
const TARGETS = { sensitivity: 0.95, specificity: 0.9, confidence: 0.95 };

const lab = Simulate.dataset({
  stacks: 300,
  prevalence: 0.05,
  votes: { perStack: 8 },
  model: {},
  gold: { stalled: 600, flowing: 800, chosen: 'stratified' },
})(3);
const plain = Simulate.inputs(lab);
const { arrival: _, ...unorderedVotes } = plain.votes;
/** The votes in the order of their rows. */
const data = { ...plain, votes: { ...plain.votes, arrival: Uint32Array.from(plain.votes.label.keys()) } };

const fitWith = (
  options: Policy.FitOptions = {},
  more: { readonly chosen?: Gold.GoldChosen; readonly votes?: Votes.VoteTable } = {},
): Policy.Fitted =>
  Policy.fit({ prevalence: 0.05, targets: TARGETS, duplicates: 'first', provenance: PROVENANCE, ...options })({
    ...data,
    votes: more.votes ?? data.votes,
    gold: { ...data.gold, chosen: more.chosen ?? 'stratified' },
  });

const certificateOf = ({ proof }: Policy.Policy): Policy.RuleCertificate => {
  if (proof._tag !== 'Certified') throw Error(JSON.stringify(proof.because));
  return proof.certificate;
};

const whole = fitWith({ testShare: 0.25, mostVotes: 10 });
const { policy } = whole;
const batch = { votes: data.votes, scores: data.scores };

/** Votes as rows; `keep` says which, by their number within the stack. */
const rowsOf = (votes: Votes.VoteTable, keep: (stackId: string, i: number) => boolean): readonly Vote[] =>
  votes.stackIds.flatMap((stackId, s) =>
    Array.from(votes.label.subarray(votes.offsets[s], votes.offsets[s + 1]), (label, i) => ({
      stackId,
      annotatorId: votes.annotatorIds[votes.annotatorOf[votes.offsets[s] + i]],
      label: label === 1 ? (1 as const) : (0 as const),
    })).filter((_, i) => keep(stackId, i)),
  );

describe('Policy.fit()', () => {
  test('certifies a rule, and it keeps its word on test gold', () => {
    const certificate = certificateOf(policy);
    expect(certificate.pValue).toBeLessThanOrEqual(0.045);
    expect(StopRule.mostVotesOf(policy.rule)).toBeLessThanOrEqual(8);
    expect(Policy.spendingOf(policy)?.votes).toBeLessThan(6);
    expect(whole.warnings.join()).toContain('asked about more than');
    const { decisions } = Policy.replayed(policy, whole.gold.test)(batch);
    const share = (label: number): number => {
      const rows = Array.from(decisions).filter((_, g) => whole.gold.test.label[g] === label);
      return rows.filter((decision) => decision === 1 - label).length / rows.length;
    };
    // Three standard errors of so little test gold beyond the targets would be a broken promise.
    expect(share(1)).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / 150));
    expect(share(0)).toBeLessThan(0.1 + 3 * Math.sqrt((0.1 * 0.9) / 200));
  });

  test('the certificate is about the replay of the deployed rule on tuning gold, and its spending is told on that', () => {
    const replay = Policy.replayed(policy, whole.gold.tune)(batch);
    const { missedStalls, falseAlarms } = certificateOf(policy);
    const count = (label: number, wrong: number): number =>
      replay.decisions.filter((d, g) => whole.gold.tune.label[g] === label && (d === wrong || d === RAN_OUT)).length;
    expect([missedStalls?.observed, falseAlarms?.observed]).toEqual([count(1, 0), count(0, 1)]);
    expect(StopRule.spending({ gold: whole.gold.tune, prevalence: 0.05 })(replay)).toEqual(Policy.spendingOf(policy));
  });

  test('nothing is called stalled below the stated posterior, and nothing is decided on fewer votes than stated', () => {
    for (const [options, least] of [
      [{}, 0.5],
      [{ stalledPosterior: 0.9 }, 0.9],
    ] as const) {
      const { rule } = fitWith(options).policy;
      for (const { stalledFrom } of rule.bounds) {
        if (stalledFrom !== null) expect(1 / (1 + Math.exp(-stalledFrom))).toBeGreaterThanOrEqual(least);
      }
    }
    const { policy: careful } = fitWith({ leastVotes: 2 });
    const { routing, stops } = Policy.decide(careful)(batch);
    expect(routing.every((next, s) => next._tag !== 'Retire' || stops.votes[s] >= 2)).toBe(true);
    expect(() => fitWith({ leastVotes: 4, mostVotes: 3 }).policy.rule).not.toThrow();
  });

  test('the size of a round is not a part of the rule: the same rule, the same certificate', () => {
    const rounds = fitWith({ votesPerRound: 4 }).policy;
    const single = fitWith({}).policy;
    expect([rounds.votesPerRound, single.votesPerRound]).toEqual([4, 1]);
    expect([rounds.rule, rounds.proof]).toEqual([single.rule, single.proof]);
  });

  test('without an audit it is said that errors go unseen', () => {
    const { policy: unaudited, warnings } = fitWith({ auditShare: 0 });
    expect(unaudited.audit).toBeUndefined();
    expect(warnings.join()).toContain('there is no audit');
    expect(Policy.decide(unaudited)(batch).audited).toBeUndefined();
  });

  test('votes without an order give one look at finished histories: certified for that, and for nothing else', () => {
    const unordered = fitWith({}, { votes: unorderedVotes }).policy;
    expect(unordered.profile?.schedule).toEqual({ oneLook: 8 });
    expect(Policy.decide(unordered)({ ...batch, votes: unorderedVotes }).status).toBe('certified');
    const { status, mismatches } = Policy.decide(unordered)(batch);
    expect([status, mismatches.map(({ _tag }) => _tag)]).toEqual(['not certified', ['Order']]);
    expect(policy.profile?.schedule).toBe('any');
    expect(Policy.decide(policy)({ ...batch, votes: unorderedVotes }).status).toBe('not certified');
  });

  test('gold without votes lets the model decide alone, at no vote', () => {
    const few = fitWith({}, { votes: Votes.including(data.votes.stackIds)(Votes.EMPTY) }).policy;
    expect(few.rule.bounds.length).toBe(1);
    const asked = fitWith({ leastVotes: 1 }, { votes: Votes.including(data.votes.stackIds)(Votes.EMPTY) }).policy;
    expect(asked.proof).toMatchObject({ because: { _tag: 'TooFewVotes', votes: 0, needed: 1 } });
    expect(Policy.decide(asked)(batch).routing.every((next) => next._tag === 'AskExpert')).toBe(true);
  });

  test('a stack whose votes run out while the rule would ask counts as an error', () => {
    // All tuning gold lost all but two votes: a rule that never decides on fewer than three is wrong on all of it.
    const { gold } = fitWith();
    const tune = new Set(gold.tune.stackIds);
    const rows = rowsOf(data.votes, (stackId, i) => !tune.has(stackId) || i < 2);
    const { policy: short, path } = fitWith(
      { leastVotes: 3 },
      { votes: getOrThrow(Votes.from({ order: 'rows' })(rows)) },
    );
    const bold = path.candidates.at(-1)?.rule ?? StopRule.EXPERT_AT_ONCE;
    const { decisions } = StopRule.replayOn(gold.tune)(path.tune)(bold);
    expect(decisions.every((decision) => decision > 1)).toBe(true);
    // What is left is what goes to an expert at once.
    expect(Policy.spendingOf(short)?.automatic).toBe(0);
  });

  test('verification-biased gold is refused, with the reason', () => {
    const { proof } = fitWith({}, { chosen: 'candidates-only' }).policy;
    expect(proof).toMatchObject({
      _tag: 'Provisional',
      because: { _tag: 'Refused', refusals: [{ _tag: 'GoldUnsuitable' }] },
    });
  });
});

describe('a policy', () => {
  test('comes back from JSON as it was, and decides the same', () => {
    const text = Policy.toText(policy);
    const back = getOrThrow(Policy.fromText('policy.json')(text));
    expect(back).toEqual(policy);
    expect(Policy.toText(back)).toBe(text);
    expect(Policy.decide(back)(batch)).toEqual(Policy.decide(policy)(batch));
    for (const other of [fitWith({ auditShare: 0 }), fitWith({}, { chosen: 'crowd' }), fitWith({ leastVotes: 9 })]) {
      expect(getOrThrow(Policy.fromText('policy.json')(Policy.toText(other.policy)))).toEqual(other.policy);
    }
  });

  test('the loop of asking and deciding in rounds of any size ends as one decision on all votes', () => {
    const whole = Policy.decide(policy)(batch);
    const first = (n: number) => getOrThrow(Votes.from({ order: 'rows' })(rowsOf(data.votes, (_, i) => i < n)));
    for (const sizes of [
      [1, 2, 3, 4, 5, 6, 7, 8],
      [3, 6, 8],
      [7, 8],
    ]) {
      const stopped = new Map<string, string>();
      for (const n of sizes) {
        const now = Policy.decide(policy)({ votes: first(n), scores: data.scores });
        now.posterior.stackIds.forEach((id, s) => {
          if (now.routing[s]._tag === 'AskCrowd' || stopped.has(id)) return;
          stopped.set(id, JSON.stringify([now.routing[s], now.stops.votes[s]]));
        });
      }
      whole.posterior.stackIds.forEach((id, s) => {
        const next = whole.routing[s];
        // Whoever has stopped asking does not see the votes that contradict later.
        if (next._tag === 'AskExpert' && next.reason === 'votes contradict') return;
        const kept = stopped.get(id);
        if (kept?.includes('votes contradict') === true) return;
        expect(kept).toBe(JSON.stringify([next, whole.stops.votes[s]]));
      });
    }
  });

  test('endedBy() judges gold under the rule, and everything else as it was decided', () => {
    const decided = Policy.decide(policy)(batch);
    const replay = Policy.replayed(policy, whole.gold.test)(batch);
    const { routing } = Policy.endedBy(replay, whole.gold.test)(decided);
    const gold = new Map(whole.gold.test.stackIds.map((id, g) => [id, replay.decisions[g]]));
    decided.posterior.stackIds.forEach((id, s) => {
      const end = gold.get(id);
      if (end === undefined) expect(routing[s]).toBe(decided.routing[s]);
      else if (end > 1) expect(routing[s]._tag).toBe('AskExpert');
      else expect(routing[s]).toEqual({ _tag: 'Retire', label: end });
    });
    expect(new Set(replay.decisions).size).toBeGreaterThan(1);
  });

  test('a changed rule or a column cut short is refused', () => {
    const changed = JSON.parse(Policy.toText(policy));
    changed.rule.bounds[0].flowingBelow -= 1;
    expect(Policy.fromText('policy.json')(JSON.stringify(changed))._tag).toBe('Left');
    const short = JSON.parse(Policy.toText(policy));
    short.traitModel.alpha.float64.pop();
    expect(Policy.fromText('policy.json')(JSON.stringify(short))).toMatchObject({
      left: { issues: [{ field: 'traitModel' }] },
    });
  });

  test('of gold that made the policy the answer is known already, so nothing of it is audited', () => {
    const audited = { ...policy, audit: { share: 1, seed: 5 } };
    const known = new Set(Policy.goldMet(policy));
    const decided = Policy.decide(audited)(batch);
    decided.posterior.stackIds.forEach((id, s) => {
      const isRetired = decided.routing[s]._tag === 'Retire';
      expect(decided.audited?.[s]).toBe(Number(isRetired && !known.has(id)));
    });
  });

  test('explain() re-derives the log-odds term by term', () => {
    const { posterior } = Policy.decide(policy)(batch);
    for (const s of [0, 17, 400]) {
      const stackId = posterior.stackIds[s];
      const explanation = Policy.explain(policy, stackId)(batch);
      expect(explanation?.logOdds).toBe(posterior.logOdds[s]);
      const sum = explanation?.contributions.reduce((all, { nats }) => all + nats, 0) ?? Number.NaN;
      expect(sum).toBeCloseTo(posterior.logOdds[s], 10);
      expect(explanation?.contributions.filter(({ source }) => source === 'vote').length).toBe(posterior.votes[s]);
    }
    expect(Policy.explain(policy, 'nobody')(batch)).toBeUndefined();
  });

  test('reasons say where the rule stopped', () => {
    const reason = Policy.reasonsUnder(policy);
    const { routing, stops, posterior } = Policy.decide(policy)(batch);
    routing.forEach((next, s) => {
      const at = { logOdds: stops.logOdds[s], votes: stops.votes[s], scores: posterior.scores[s] };
      const text = reason(next, at);
      expect(text).not.toContain(',');
      if (next._tag === 'Retire') expect(text).toMatch(/^(below|at least) .* after \d+ votes?$/);
    });
  });

  test('audit.csv names the audited in an order that tells nothing, and nothing else', () => {
    const decisions = Policy.decide(policy)(batch);
    const [head, ...lines] = [...auditCsv(policy)(decisions)];
    expect(head).toBe('stackId\n');
    const stackIds = decisions.posterior.stackIds.filter((_, s) => decisions.audited?.[s] === 1);
    expect(lines.toSorted()).toEqual(stackIds.map((stackId) => `${stackId}\n`).toSorted());
    expect(lines).not.toEqual(lines.toSorted());
  });

  test('the audit has its share of gold for fitting and tuning, so that its labels may become gold', () => {
    const isAudited = Policy.audits({ ...policy, audit: { share: 0.3, seed: 5 } });
    const everything = Gold.from({ chosen: 'stratified' })(
      Array.from({ length: 6000 }, (_, i) => ({ stackId: `g${i}`, label: i % 2 === 0 ? 0 : 1 })),
    );
    for (const part of Object.values(StopRule.divideGold({ targets: TARGETS })(everything))) {
      const share = part.stackIds.filter(isAudited).length / part.stackIds.length;
      expect(Math.abs(share - 0.3)).toBeLessThan(0.06);
    }
  });
});

describe('nextRound()', () => {
  // No score alone may decide, so every stack without votes is asked about.
  const { rule } = policy;
  const careful: Policy.Policy = {
    ...policy,
    rule: {
      ...rule,
      leastVotes: 1,
      bounds: rule.bounds.map((at, n) =>
        n < 1 ? { flowingBelow: null, expertFrom: 0, expertBelow: 0, stalledFrom: null } : at,
      ),
    },
  };
  const votes = getOrThrow(
    Votes.from({ order: 'rows' })(rowsOf(data.votes, (stackId) => data.votes.stackIds.indexOf(stackId) % 2 === 0)),
  );
  const decisions = Policy.decide(careful)({ votes, scores: data.scores });

  test('lists open stacks in an order that tells nothing, and no audited one: a vote would change what is audited', () => {
    const round = nextRound(careful)(decisions);
    const open = decisions.routing.flatMap((next, s) =>
      next._tag === 'AskCrowd' ? [decisions.posterior.stackIds[s]] : [],
    );
    const listed = round.rows.map(({ stackId }) => stackId);
    expect(listed.toSorted()).toEqual(open.toSorted());
    expect(listed).not.toEqual(listed.toSorted());
    expect([...nextCsv(round)][0]).toBe('stackId,votesWanted\n');
    expect(nextRound(careful)(decisions)).toEqual(round);
  });

  test('a budget is never exceeded, and what waits for the next is counted', () => {
    const all = nextRound(careful)(decisions);
    expect(all.rows.length).toBeGreaterThan(500);
    for (const budget of [1, 7, 40, 500]) {
      const { votesWanted, rows, waiting } = nextRound(careful, { budget })(decisions);
      expect(votesWanted).toBeLessThanOrEqual(budget);
      expect(rows.reduce((sum, row) => sum + row.votesWanted, 0)).toBe(votesWanted);
      expect(rows.length + waiting.stacks).toBe(all.rows.length);
      expect(votesWanted + waiting.votes).toBe(all.votesWanted);
    }
  });

  test('gold whose votes ran out is neither decided nor an expert’s', () => {
    const replay = Policy.replayed(careful, whole.gold.test)({ votes: Votes.EMPTY, scores: data.scores });
    expect([...new Set(replay.decisions)]).toEqual([RAN_OUT]);
    expect([...new Set(replay.votes)]).toEqual([0]);
  });
});
