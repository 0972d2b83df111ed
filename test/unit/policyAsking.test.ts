import { describe, expect, test } from 'vitest';
import * as Asking from '../../src/asking/index.js';
import { getOrThrow } from '../../src/domain/errors.js';
import * as Policy from '../../src/policy/index.js';
import { askingText, auditCsv, DECISION_COLUMNS, decisionsCsv, nextCsv, summaryText } from '../../src/report/index.js';
import * as Simulate from '../../src/simulate/index.js';
import * as Gold from '../../src/stages/gold.js';
import { RAN_OUT } from '../../src/stages/riskControl/endToEnd.js';
import * as Votes from '../../src/stages/votes/index.js';
import { nextRound } from '../../src/study/nextRound.js';
import { studySummary } from '../../src/study/summary.js';

const PROVENANCE: Policy.Provenance = { package: 'p', version: '1', command: 'c', seed: 3, inputs: [] };
const TARGETS = { sensitivity: 0.95, specificity: 0.9, confidence: 0.95 };

const lab = Simulate.dataset({
  stacks: 300,
  prevalence: 0.05,
  votes: { perStack: 8 },
  model: {},
  gold: { stalled: 600, flowing: 800, chosen: 'stratified' },
})(3);
const data = Simulate.inputs(lab);

const fitWith = (
  asking: true | Policy.AskingOptions,
  more: { readonly chosen?: Gold.GoldChosen; readonly votes?: Votes.VoteTable } = {},
): Policy.Fitted =>
  Policy.fit({ seed: 3, prevalence: 0.05, targets: TARGETS, asking, duplicates: 'first', provenance: PROVENANCE })({
    ...data,
    ...more,
    gold: { ...data.gold, chosen: more.chosen ?? 'stratified' },
  });

const certified = (policy: Policy.Policy): Policy.AskingCertified => {
  if (policy.asking?._tag !== 'AskingCertified') throw Error(JSON.stringify(policy.asking));
  return policy.asking;
};

const whole = fitWith(true);
const { policy } = whole;
const batch = { votes: data.votes, scores: data.scores };

describe('Policy.fit() with asking', () => {
  test('certifies a rule, and it keeps its word on test gold', () => {
    const { certificate, rule, votesPerStack } = certified(policy);
    expect(certificate.pValue).toBeLessThanOrEqual(0.05);
    expect(rule.maxVotes).toBe(8);
    expect(votesPerStack).toBeLessThan(6);
    expect(whole.warnings.join()).toContain('asked about more than 8 times');
    const { decisions } = Policy.replayed(policy, whole.gold.test)(batch) ?? { decisions: new Uint8Array() };
    const share = (label: number): number => {
      const rows = Array.from(decisions).filter((_, g) => whole.gold.test.label[g] === label);
      return rows.filter((decision) => decision === 1 - label).length / rows.length;
    };
    // Three standard errors of so little test gold beyond the targets would be a broken promise.
    expect(share(1)).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / 150));
    expect(share(0)).toBeLessThan(0.1 + 3 * Math.sqrt((0.1 * 0.9) / 200));
  });

  test('the posterior is fitted without the gold that certifies or tests', () => {
    const unseen = new Set(whole.gold.test.stackIds);
    const label = data.votes.label.slice();
    data.votes.stackIds.forEach((id, s) => {
      if (!unseen.has(id)) return;
      for (let v = data.votes.offsets[s]; v < data.votes.offsets[s + 1]; v++) label[v] = 1 - label[v];
    });
    const { look, ...rest } = certified(fitWith(true, { votes: { ...data.votes, label } }).policy);
    const { look: before, ...expected } = certified(policy);
    expect([rest, look]).toEqual([expected, before]);
  });

  test('the order of votes in a file does not matter', () => {
    const stackOf = data.votes.stackIds.flatMap((id, s) =>
      new Array<string>(data.votes.offsets[s + 1] - data.votes.offsets[s]).fill(id),
    );
    const rows = Array.from(data.votes.annotatorOf, (a, v) => ({
      stackId: stackOf[v],
      annotatorId: data.votes.annotatorIds[a],
      label: data.votes.label[v] === 1 ? (1 as const) : (0 as const),
    }));
    const [one, other] = [rows, rows.toReversed()].map((each) => {
      const votes = getOrThrow(Votes.from()(each));
      return Policy.toText(fitWith(true, { votes }).policy);
    });
    expect(other).toBe(one);
  });

  test('without an audit no stack is decided without a vote', () => {
    const { policy: unaudited, warnings } = fitWith({ auditShare: 0 });
    const { rule, audit } = certified(unaudited);
    expect([rule.minVotes, audit]).toEqual([1, undefined]);
    expect(warnings.join()).toContain('there is no audit');
    const { routing, posterior, audited } = Policy.decide(unaudited)({ votes: Votes.EMPTY, scores: data.scores });
    expect(routing.every((next, s) => posterior.votes[s] > 0 || next._tag === 'AskCrowd')).toBe(true);
    expect(audited).toBeUndefined();
  });

  test('rounds of several votes are replayed as rounds, and cost no less', () => {
    const rounds = certified(fitWith({ votesPerRound: 4 }).policy);
    expect(rounds.arrivals).toEqual(['one at a time', 'in rounds', 'all at once']);
    expect(rounds.votesPerRound).toBe(4);
    expect(certified(policy).arrivals).toEqual(['one at a time', 'all at once']);
  });

  test('gold that carries too few votes is refused, and decisions fall back on the thresholds', () => {
    const few = fitWith(true, { votes: Votes.including(data.votes.stackIds)(Votes.EMPTY) });
    expect(few.policy.asking).toMatchObject({
      _tag: 'AskingNotCertified',
      because: { _tag: 'VotesTooFew', votes: 0, needed: 1 },
    });
    const { asking: _, ...plain } = few.policy;
    expect(Policy.decide(few.policy)(batch)).toEqual(Policy.decide(plain)(batch));
    const text =
      few.policy.asking === undefined
        ? ''
        : askingText(Policy.askingSummary(few.policy) ?? (few.policy.asking as never));
    expect(text).toContain('gold carries too few votes to replay');
  });

  test('a stack whose votes run out while the rule would ask counts as an error', () => {
    // All tuning gold lost all but two votes: what passes can ask for no more than two.
    const tune = new Set(whole.gold.tune.stackIds);
    const rows = data.votes.stackIds.flatMap((stackId, s) =>
      Array.from(data.votes.label.subarray(data.votes.offsets[s], data.votes.offsets[s + 1]), (label, i) => ({
        stackId,
        annotatorId: data.votes.annotatorIds[data.votes.annotatorOf[data.votes.offsets[s] + i]],
        label: label === 1 ? (1 as const) : (0 as const),
        i,
      })).filter(({ i }) => !tune.has(stackId) || i < 2),
    );
    const { asking } = fitWith({ leastVotes: 3 }, { votes: getOrThrow(Votes.from()(rows)) }).policy;
    expect(asking).toMatchObject({
      because: { _tag: 'PathNotCertified', missedStalls: { gold: 300, observed: 300 } },
    });
  });

  test('more votes at least than at most is a mistake of the caller', () => {
    expect(() => fitWith({ leastVotes: 4, mostVotes: 3 })).toThrow('asking: leastVotes must be at most 3');
  });

  test('verification-biased gold is refused, with the reason', () => {
    const { asking } = fitWith(true, { chosen: 'candidates-only' }).policy;
    expect(asking).toMatchObject({ because: { _tag: 'Refused', refusals: [{ _tag: 'GoldUnsuitable' }] } });
  });
});

describe('a policy that asks', () => {
  test('comes back from JSON as it was, and decides the same', () => {
    const text = Policy.toText(policy);
    const back = getOrThrow(Policy.fromText('policy.json')(text));
    expect(back).toEqual(policy);
    expect(Policy.toText(back)).toBe(text);
    expect(Policy.decide(back)(batch)).toEqual(Policy.decide(policy)(batch));
    for (const other of [fitWith({ auditShare: 0 }), fitWith(true, { chosen: 'crowd' }), fitWith({ leastVotes: 9 })]) {
      expect(getOrThrow(Policy.fromText('policy.json')(Policy.toText(other.policy)))).toEqual(other.policy);
    }
  });

  test('endedBy() judges gold under the rule, and everything else as it was decided', () => {
    const decided = Policy.decide(policy)(batch);
    const replay = Policy.replayed(policy, whole.gold.test)(batch);
    if (replay === undefined) throw Error('no rule');
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
    changed.asking.rule.flowingBelow[0] = 0;
    expect(Policy.fromText('policy.json')(JSON.stringify(changed))._tag).toBe('Left');
    const short = JSON.parse(Policy.toText(policy));
    short.asking.look.alpha.float64.pop();
    expect(Policy.fromText('policy.json')(JSON.stringify(short))).toMatchObject({
      left: { issues: [{ field: 'asking.look' }] },
    });
  });

  test('decide() routes as Asking.next() under the rule', () => {
    const { posterior, routing, audited } = Policy.decide(policy)(batch);
    const { rule, costs, votesPerRound, audit } = certified(policy);
    const plan = {
      ...Policy.askingPlan(policy, { rule, costs, ...(audit === undefined ? {} : { audit }) }),
      votesPerRound,
    };
    const asked = Asking.next(plan)(posterior);
    expect(asked.routing).toEqual(routing);
    // Of gold that made the policy the answer is known already.
    const known = new Set(policy.goldUsed);
    expect(audited).toEqual(asked.audited.map((one, s) => (known.has(posterior.stackIds[s]) ? 0 : one)));
    expect(asked.audited).not.toEqual(audited);
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

  test('decisions.csv has the columns it had, says why, and does not say what is audited', () => {
    const decisions = Policy.decide(policy)(batch);
    const lines = [...decisionsCsv(policy)(decisions)];
    expect(lines[0].trim().split(',')).toEqual(DECISION_COLUMNS);
    for (const line of lines.slice(1))
      expect(line).toMatch(/(certified|last call|between|nothing is retired).* after \d+ votes?\n$/);
  });

  test('audit.csv names the audited in an order that tells nothing, and nothing else', () => {
    const decisions = Policy.decide(policy)(batch);
    const [head, ...lines] = [...auditCsv(policy)(decisions)];
    expect(head).toBe('stackId\n');
    const stackIds = decisions.posterior.stackIds.filter((_, s) => decisions.audited?.[s] === 1);
    expect(lines.toSorted()).toEqual(stackIds.map((stackId) => `${stackId}\n`).toSorted());
    expect(lines).not.toEqual(lines.toSorted());
  });

  test('the audit has its share of gold for fitting, tuning and testing, so that its labels may become gold', () => {
    const isAudited = Policy.audits({ ...policy, asking: { ...certified(policy), audit: { share: 0.3, seed: 5 } } });
    const everything = Gold.from({ chosen: 'stratified' })(
      Array.from({ length: 6000 }, (_, i) => ({ stackId: `g${i}`, label: i % 2 === 0 ? 0 : 1 })),
    );
    for (const part of Object.values(Gold.split({ seed: 5 })(everything))) {
      const share = part.stackIds.filter(isAudited).length / part.stackIds.length;
      expect(Math.abs(share - 0.3)).toBeLessThan(0.06);
    }
  });
});

describe('nextRound()', () => {
  // Half of the stacks have all their votes, and most of those are retired; of the others no score alone may decide.
  const { stackIds, offsets, annotatorOf, label, annotatorIds } = batch.votes;
  const half = stackIds.length >> 1;
  const votes = {
    annotatorIds,
    stackIds: stackIds.slice(0, half),
    offsets: offsets.slice(0, half + 1),
    annotatorOf: annotatorOf.slice(0, offsets[half]),
    label: label.slice(0, offsets[half]),
  };
  const { rule } = certified(policy);
  const careful = { ...policy, asking: { ...certified(policy), rule: { ...rule, minVotes: 1 } } };
  const decisions = Policy.decide(careful)({ votes, scores: data.scores });

  test('lists open stacks in an order that tells nothing, and no audited one: a vote would change what is audited', () => {
    const round = nextRound(careful)(decisions);
    const open = decisions.routing.flatMap((next, s) =>
      next._tag === 'AskCrowd' ? [decisions.posterior.stackIds[s]] : [],
    );
    const listed = round.rows.map(({ stackId }) => stackId);
    expect(listed.toSorted()).toEqual(open.toSorted());
    expect(listed).not.toEqual(listed.toSorted());
    expect(decisions.audited?.includes(1)).toBe(true);
    expect([...nextCsv(round)][0]).toBe('stackId,votesWanted\n');
    expect(nextRound(careful)(decisions)).toEqual(round);
  });

  test('a budget is never exceeded, and what waits for the next is counted', () => {
    const all = nextRound(careful)(decisions);
    for (const budget of [1, 7, 40, 500]) {
      const { votesWanted, rows, waiting } = nextRound(careful, { budget })(decisions);
      expect(votesWanted).toBeLessThanOrEqual(budget);
      expect(rows.reduce((sum, row) => sum + row.votesWanted, 0)).toBe(votesWanted);
      expect(rows.length + waiting.stacks).toBe(all.rows.length);
      expect(votesWanted + waiting.votes).toBe(all.votesWanted);
    }
  });
});

describe('studySummary()', () => {
  const judged = studySummary(policy)({ ...batch, gold: whole.gold.test });

  test('reports the rule end to end and the comparison with the crowd alone', () => {
    expect(judged.verdict).toBe('certified');
    expect(judged.endToEnd?.sensitivity.n).toBe(150);
    expect(judged.endToEnd?.heldOut.sensitivity).not.toBe('not met');
    expect(judged.againstCrowd.tandem).toBe('asking rule');
    expect(judged.againstCrowd.compared).toMatchObject({
      method: 'exact-unconditional-paired',
      missedStalls: { n: 150, margin: expect.closeTo(0.05) },
      falseAlarms: { n: 200, margin: expect.closeTo(0.1) },
    });
    expect(judged.asking).not.toHaveProperty('look');
    const text = summaryText(judged);
    for (const words of [
      'Automatic + crowd + expert path certified end to end',
      'The rule on held-out gold, one vote at a time',
      'stalls lost without one vote',
      'Against the crowd alone',
    ]) {
      expect(text).toContain(words);
    }
  });

  test('without a rule the decisions so far are compared, and what is still asked counts as right', () => {
    const { asking: _, ...plain } = policy;
    const { againstCrowd, endToEnd } = studySummary(plain)({ ...batch, gold: whole.gold.test });
    expect(endToEnd).toBeUndefined();
    expect(againstCrowd.tandem).toBe('decisions so far');
  });

  test('gold whose votes ran out is neither decided nor an expert’s', () => {
    const { rule } = certified(policy);
    const careful = { ...policy, asking: { ...certified(policy), rule: { ...rule, minVotes: 1 } } };
    const scoresAlone = { votes: Votes.EMPTY, scores: data.scores };
    const { decisions, votes } = Policy.replayed(careful, whole.gold.test)(scoresAlone) ?? { decisions: [], votes: [] };
    expect([...new Set(decisions)]).toEqual([RAN_OUT]);
    expect([...new Set(votes)]).toEqual([0]);
  });

  test('gold of one class or none is reported, not divided by', () => {
    const none = { ...whole.gold.test, stackIds: [], label: new Uint8Array() };
    const empty = studySummary(policy)({ ...batch, gold: none });
    expect(summaryText(empty)).toContain('no such gold');
  });
});
