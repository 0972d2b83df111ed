import { decisionOf } from '../../domain/routing.js';
import { hashText } from '../../kernel/ids/hash.js';
import { logistic, logit } from '../../kernel/special/logit.js';
import { csvRow } from '../../output/csvRow.js';
import { type Decisions, type Policy, reasonsUnder } from '../../policy/index.js';
import type { NextRound } from '../../study/index.js';

/** Columns of decisions.csv; the three `…Nats` add up to `logOdds`. */
export const DECISION_COLUMNS: readonly string[] = [
  'stackId',
  'posterior',
  'logOdds',
  'priorNats',
  'modelNats',
  'voteNats',
  'votes',
  'decision',
  'votesWanted',
  'reason',
];

/** Enough digits to tell any two decisions apart that matter, few enough to read. */
const DIGITS = 10;

const number = (value: number): string => String(Number(value.toPrecision(DIGITS)));

/**
 * `decisions.csv`, line by line: one row per stack, with its decision, the evidence and the reason.
 *
 * @param policy - the one that decided
 * @returns lines with their line ends, the header first; a column is empty where there was no vote or no score
 * @example
 * const lab = Simulate.inputs(Simulate.dataset({ stacks: 20, prevalence: 0.1, votes: { perStack: 3 } })(1));
 * const { policy } = Policy.fit()(lab);
 * const lines = [...Report.decisionsCsv(policy)(Policy.decide(policy)(lab))];
 * lines[0] // => 'stackId,posterior,logOdds,priorNats,modelNats,voteNats,votes,decision,votesWanted,reason\n'
 * lines.length // => 21
 */
export const decisionsCsv =
  (policy: Policy) =>
  (decisions: Decisions): Generator<string> =>
    decisionRows(policy, decisions);

function* decisionRows(policy: Policy, { posterior, routing, model }: Decisions): Generator<string> {
  yield csvRow(DECISION_COLUMNS);
  const prior = logit(policy.prevalence.value);
  const reason = reasonsUnder(policy);
  for (let s = 0; s < routing.length; s++) {
    const logOdds = posterior.logOdds[s];
    const scored = posterior.scores[s] > 0 && model !== undefined;
    const modelNats = scored ? model.nats[s] : 0;
    const next = routing[s];
    yield csvRow([
      posterior.stackIds[s],
      number(logistic(logOdds)),
      number(logOdds),
      number(prior),
      scored ? number(modelNats) : '',
      posterior.votes[s] > 0 ? number(logOdds - prior - modelNats) : '',
      String(posterior.votes[s]),
      decisionOf(next),
      next._tag === 'AskCrowd' ? String(next.votesWanted) : '',
      reason(next, { logOdds, votes: posterior.votes[s], scores: posterior.scores[s] }),
    ]);
  }
}

/**
 * `audit.csv`: the automatic decisions that people label too, in random order. The list is blind: it shows neither decision
 * nor posterior, and decisions.csv does not show which stacks are on it.
 *
 * @param policy - the one that decided; its seed gives the order
 * @returns lines with their line ends, the header first; no rows where the policy has no audit
 * @example
 * const lab = Simulate.inputs(Simulate.dataset({ stacks: 20, prevalence: 0.1, votes: { perStack: 3 } })(1));
 * const { policy } = Policy.fit()(lab);
 * [...Report.auditCsv(policy)(Policy.decide(policy)(lab))] // => ['stackId\n']
 */
export const auditCsv =
  (policy: Policy) =>
  (decisions: Decisions): Generator<string> =>
    auditRows(policy, decisions);

function* auditRows(policy: Policy, { posterior, audited }: Decisions): Generator<string> {
  yield csvRow(['stackId']);
  const { seed } = policy.provenance;
  const place = (stackId: string): number => hashText(`audit list\n${stackId}`, seed);
  const stackIds = posterior.stackIds.filter((_, s) => audited?.[s] === 1);
  for (const stackId of stackIds.sort((a, b) => place(a) - place(b))) yield csvRow([stackId]);
}

/**
 * `next.csv`: the stacks people are asked about next. It shows neither posterior nor decision, so that people stay blind.
 *
 * @param round - from `Study.next`
 * @returns lines with their line ends, the header first
 * @example
 * const round = { rows: [{ stackId: 's1', votesWanted: 3 }], votesWanted: 3, waiting: { stacks: 0, votes: 0 }, retired: 0, expert: 0 };
 * [...Report.nextCsv(round)] // => ['stackId,votesWanted\n', 's1,3\n']
 */
export function* nextCsv({ rows }: NextRound): Generator<string> {
  yield csvRow(['stackId', 'votesWanted']);
  for (const { stackId, votesWanted } of rows) yield csvRow([stackId, String(votesWanted)]);
}
