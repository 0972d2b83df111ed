import { decisionOf } from '../../domain/routing.js';
import { hashText } from '../../kernel/ids/hash.js';
import { logistic, logit } from '../../kernel/special/logit.js';
import { csvRow } from '../../output/csvRow.js';
import { type Decisions, type Policy, reasonsUnder } from '../../policy/index.js';

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

/** `decisions.csv`, line by line: one row per stack, saying what was decided, on what evidence, and why. */
export function* decisionsCsv(policy: Policy, { posterior, routing, model }: Decisions): Generator<string> {
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
 * `audit.csv`: the automatic decisions that people are to look at all the same, in random order. They are blind: neither what
 * was decided nor how sure it was stands here, and decisions.csv does not say which these are.
 */
export function* auditCsv(policy: Policy, { posterior, audited }: Decisions): Generator<string> {
  yield csvRow(['stackId']);
  const { seed } = policy.provenance;
  const place = (stackId: string): number => hashText(`audit list\n${stackId}`, seed);
  const stackIds = posterior.stackIds.filter((_, s) => audited?.[s] === 1);
  for (const stackId of stackIds.sort((a, b) => place(a) - place(b))) yield csvRow([stackId]);
}
