import { labelName } from '../domain/label.js';
import { logistic, logit } from '../kernel/logit.js';
import type { Decisions, Policy } from '../policy.js';
import { operatingPoint } from '../policy.js';
import type { Routing } from '../routing.js';
import type { Band } from '../thresholds.js';
import { csvRow } from './csv.js';

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
  const band = operatingPoint(policy) ?? {};
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
      decisionName(next),
      next._tag === 'AskCrowd' ? String(next.votesWanted) : '',
      reason({ next, band, seen: posterior.votes[s] + posterior.scores[s] > 0, logOdds }),
    ]);
  }
}

/** The word for a routing: `stalled`, `flowing`, `ask crowd` or `ask expert`. */
export const decisionName = (next: Routing): string => {
  switch (next._tag) {
    case 'Retire':
      return labelName(next.label);
    case 'AskCrowd':
      return 'ask crowd';
    case 'AskExpert':
      return 'ask expert';
  }
};

const reason = (of: {
  readonly next: Routing;
  readonly band: Band;
  readonly seen: boolean;
  readonly logOdds: number;
}): string => {
  const { next, band, seen, logOdds } = of;
  if (next._tag === 'Retire') {
    return next.label === 1
      ? `above the certified ${number(band.stalledAbove ?? 0)}`
      : `below the certified ${number(band.flowingBelow ?? 0)}`;
  }
  const why = !seen
    ? 'neither votes nor a score'
    : band.flowingBelow === undefined && band.stalledAbove === undefined
      ? 'no threshold is certified'
      : band.flowingBelow === undefined
        ? 'no flowing threshold is certified'
        : band.stalledAbove === undefined && logOdds >= band.flowingBelow
          ? 'no stalled threshold is certified'
          : 'between the certified thresholds';
  return next._tag === 'AskExpert' ? `${why}; ${next.reason}` : why;
};
