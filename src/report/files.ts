import { FLOWING } from '../domain/label.js';
import { decisionOf, type Routing } from '../domain/routing.js';
import { hashText } from '../kernel/ids/hash.js';
import { logistic, logit } from '../kernel/special/logit.js';
import { csvRow } from '../output/csvRow.js';
import { type Decisions, type Policy, type Provenance, reasonsUnder, toText } from '../policy/index.js';
import type {
  DriftSummary,
  Frontier,
  GateSummary,
  GoldBets,
  NextRound,
  PrevalenceSummary,
  Summary,
} from '../study/index.js';
import type { PageData, PageFiles } from './page/index.js';

/** Columns of decisions.csv; the three `…Nats` add up to `logOdds`. */
export const DECISION_COLUMNS: readonly string[] = [
  'stackId',
  'posterior',
  'logOdds',
  'priorNats',
  'modelNats',
  'voteNats',
  'votes',
  'votesCounted',
  'decision',
  'votesWanted',
  'status',
  'reason',
];

/** Enough digits to tell any two decisions apart that matter, few enough to read. */
const DIGITS = 10;

const number = (value: number): string => String(Number(value.toPrecision(DIGITS)));

/**
 * `decisions.csv`, line by line: one row per stack, with its decision, the evidence and the reason.
 *
 * `logOdds` is by all votes. The decision rests on the first `votesCounted` of them, where the rule stopped.
 *
 * @param policy - the one that decided
 * @returns lines with their line ends, the header first; a column is empty where there was no vote or no score
 * @example
 * const lab = Simulate.inputs(Simulate.dataset({ stacks: 20, prevalence: 0.1, votes: { perStack: 3 } })(1));
 * const { policy } = Policy.fit()(lab);
 * const lines = [...Report.decisionsCsv(policy)(Policy.decide(policy)(lab))];
 * lines[0] // => 'stackId,posterior,logOdds,priorNats,modelNats,voteNats,votes,votesCounted,decision,votesWanted,status,reason\n'
 * lines.length // => 21
 */
export const decisionsCsv =
  (policy: Policy) =>
  (decisions: Decisions): Generator<string> =>
    decisionRows(policy, decisions);

function* decisionRows(policy: Policy, { posterior, routing, stops, status, model }: Decisions): Generator<string> {
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
      String(stops.votes[s]),
      decisionOf(next),
      next._tag === 'AskCrowd' ? String(next.votesWanted) : '',
      status,
      reason(next, {
        logOdds: stops.logOdds[s],
        votes: stops.votes[s],
        scores: posterior.scores[s],
        all: posterior.votes[s],
      }),
    ]);
  }
}

/** Columns of review.csv. */
const REVIEW_COLUMNS: readonly string[] = ['stackId', 'posterior', 'votes', 'decision', 'status', 'reason'];

/**
 * `review.csv`: the stacks that people should look at, the most probable stalls first.
 *
 * Under a certificate these are all stacks without an automatic decision. Without one, what is called stalled is among them, because a
 * person should see it. The list is not blind, so its labels are no gold and no audit.
 *
 * @param policy - the one that decided
 * @returns lines with their line ends, the header first; stacks with neither votes nor a score come last
 * @example
 * const lab = Simulate.inputs(Simulate.dataset({ stacks: 20, prevalence: 0.1, votes: { perStack: 3 } })(1));
 * const { policy } = Policy.fit()(lab);
 * const [head, ...rows] = [...Report.reviewCsv(policy)(Policy.decide(policy)(lab))];
 * head // => 'stackId,posterior,votes,decision,status,reason\n'
 * rows.length // => 20
 */
export const reviewCsv =
  (policy: Policy) =>
  (decisions: Decisions): Generator<string> =>
    reviewRows(policy, decisions);

function* reviewRows(policy: Policy, { posterior, routing, stops, status }: Decisions): Generator<string> {
  yield csvRow(REVIEW_COLUMNS);
  const reason = reasonsUnder(policy);
  const isAutomatic = (next: Routing): boolean =>
    next._tag === 'Retire' && (status === 'certified' || next.label === FLOWING);
  const isSeen = (s: number): number => Number(posterior.votes[s] + posterior.scores[s] > 0);
  const rows = Array.from(routing.keys()).filter((s) => !isAutomatic(routing[s]));
  rows.sort((a, b) => isSeen(b) - isSeen(a) || posterior.logOdds[b] - posterior.logOdds[a] || a - b);
  for (const s of rows) {
    yield csvRow([
      posterior.stackIds[s],
      number(logistic(posterior.logOdds[s])),
      String(posterior.votes[s]),
      decisionOf(routing[s]),
      status,
      reason(routing[s], {
        logOdds: stops.logOdds[s],
        votes: stops.votes[s],
        scores: posterior.scores[s],
        all: posterior.votes[s],
      }),
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
 * @param round - from `Study.nextRound`
 * @returns lines with their line ends, the header first
 * @example
 * const round = { rows: [{ stackId: 's1', votesWanted: 3 }], votesWanted: 3, waiting: { stacks: 0, votes: 0 }, retired: 0, expert: 0 };
 * [...Report.nextCsv(round)] // => ['stackId,votesWanted\n', 's1,3\n']
 */
export function* nextCsv({ rows }: NextRound): Generator<string> {
  yield csvRow(['stackId', 'votesWanted']);
  for (const { stackId, votesWanted } of rows) yield csvRow([stackId, String(votesWanted)]);
}

const PREVALENCE_DIGITS = 6;

/** Columns of prevalence.csv; the six counts after `rows` add up to it. */
const PREVALENCE_COLUMNS: readonly string[] = [
  ...['method', 'by', 'stratum', 'about', 'stacks', 'estimate', 'lower', 'upper', 'confidence'],
  ...['rows', 'calledStalled', 'calledFlowing', 'askCrowd', 'askExpert', 'unread', 'leftOut'],
  ...['audited', 'auditedStalled'],
];

/**
 * `prevalence.csv`: one row per method, stratum and set of stacks.
 *
 * @param summary - from `Study.prevalence`
 * @returns lines with their line ends, the header first
 * @example
 * const none = { rows: 0, calledStalled: 0, calledFlowing: 0, askCrowd: 0, askExpert: 0, unread: 0, leftOut: 0 };
 * const summary = { schema: 'tandem-prevalence/1', confidence: 0.95, claim: 'each', counts: none, rows: [], between: [], warnings: [] };
 * [...Report.prevalenceCsv(summary)][0].split(',').slice(0, 3) // => ['method', 'by', 'stratum']
 */
export function* prevalenceCsv({ rows, confidence }: PrevalenceSummary): Generator<string> {
  yield csvRow(PREVALENCE_COLUMNS);
  const number = (value: number | undefined): string =>
    value === undefined ? '' : String(Number(value.toPrecision(PREVALENCE_DIGITS)));
  for (const row of rows) {
    yield csvRow([
      ...[row.method, row.by ?? '', row.stratum, row.about, number(row.stacks), number(row.estimate)],
      ...[number(row.interval?.lower), number(row.interval?.upper), number(confidence)],
      ...[row.rows, row.calledStalled, row.calledFlowing, row.askCrowd, row.askExpert, row.unread, row.leftOut].map(
        String,
      ),
      ...[number(row.audited), number(row.auditedStalled)],
    ]);
  }
}

/** Columns of frontier.csv. */
const FRONTIER_COLUMNS: readonly string[] = [
  ...[
    'expertPrice',
    'sensitivity',
    'specificity',
    'confidence',
    'prevalence',
    'times',
    'forecast',
    'stalled',
    'flowing',
  ],
  ...['passes', 'votes', 'experts', 'expertsAtOnce', 'automatic', 'cost', 'mcc'],
];

/**
 * `frontier.csv`: one row per price of an expert, sensitivity, and multiple of the gold there is.
 *
 * @param frontier - from `Study.frontier`
 * @returns lines with their line ends, the header first; figures are empty where no rule passes
 * @example
 * const targets = { sensitivity: 0.99, specificity: 0.95, confidence: 0.95 };
 * const rows = [{ expertPrice: 20, sensitivity: 0.99, times: 2, stalled: 20, flowing: 40 }];
 * const frontier = { schema: 'tandem-frontier/1', targets, prevalence: 0.01, level: 0.045, rows, refused: [], warnings: [] };
 * [...Report.frontierCsv(frontier)][1] // => '20,0.99,0.95,0.95,0.01,2,true,20,40,false,,,,,,\n'
 */
export function* frontierCsv({ rows, targets, prevalence }: Frontier): Generator<string> {
  yield csvRow(FRONTIER_COLUMNS);
  const number = (value: number | undefined): string =>
    value === undefined ? '' : String(Number(value.toPrecision(PREVALENCE_DIGITS)));
  for (const { expertPrice, sensitivity, times, stalled, flowing, found } of rows) {
    yield csvRow([
      ...[expertPrice, sensitivity, targets.specificity, targets.confidence, prevalence, times].map(number),
      ...[String(times !== 1), number(stalled), number(flowing), String(found !== undefined)],
      ...[found?.votes, found?.experts, found?.expertsAtOnce, found?.automatic, found?.cost, found?.mcc].map(number),
    ]);
  }
}

const documentText = (document: object): string => `${JSON.stringify(document, null, 2)}\n`;

/**
 * `policy.json`: everything needed to decide. `Policy.fromText` reads it back.
 *
 * @example
 * const { policy } = Policy.fit()({ votes: Votes.EMPTY, gold: Gold.from({ chosen: 'random' })([]) });
 * JSON.parse(Report.policyJson(policy)).schema.startsWith('tandem-policy/') // => true
 */
export const policyJson = (policy: Policy): string => toText(policy);

/**
 * `evaluation.json`: what `Study.summary` found, and what `tandem evaluate` adds to it.
 *
 * @param summary - with `provenance`: command, seed and hashes of the files it rests on
 * @example
 * const lab = Simulate.inputs(
 *   Simulate.dataset({ stacks: 20, prevalence: 0.1, gold: { stalled: 40, flowing: 40, chosen: 'stratified' } })(1),
 * );
 * const { policy } = Policy.fit()(lab);
 * const summary = Study.summary(policy)(lab);
 * JSON.parse(Report.evaluationJson(summary)).schema // => 'tandem-evaluation/2'
 */
export const evaluationJson = (summary: Summary & { readonly provenance?: Provenance }): string =>
  documentText(summary);

/** `gate.json`: what `Study.gate` found, with `provenance` where it is known. */
export const gateJson = (summary: GateSummary & { readonly provenance?: Provenance }): string => documentText(summary);

/** The bets of a gate in a file of their own. `Study.readBets` reads them back. */
export const betsJson = (bets: GoldBets): string => documentText(bets);

/** `drift.json`: what `Study.drift` found, with `provenance` where it is known. */
export const driftJson = (summary: DriftSummary): string => documentText(summary);

/** `prevalence.json`: what `Study.prevalence` found, with `provenance` where it is known. */
export const prevalenceJson = (summary: PrevalenceSummary): string => documentText(summary);

/**
 * A page to look at: one HTML file that works without a network, its JSON twin, and every figure as SVG and CSV.
 *
 * The page stays below 400 kB whatever the number of stacks, because no part of `PageData` grows with them; films of a
 * gallery come on top, within their budget. The same data give the same bytes. The code of the page is loaded when this is
 * called, so that commands without a page do not wait for it.
 *
 * @param data - parts that are absent are sections that are absent; `Page` has functions that make parts
 * @example
 * const gold = Gold.from({ chosen: 'random' })([{ stackId: 'a', label: 0 }, { stackId: 'b', label: 1 }]);
 * const posterior = { stackIds: ['a', 'b'], logOdds: Float64Array.of(-4, 3), votes: Uint32Array.of(5, 5), scores: new Uint32Array(2) };
 * const table = Page.thresholdTable({ gold })(posterior);
 * const explorer = { table, chosen: { flowingBelow: -4 }, prevalence: 0.01, confidence: 0.95 };
 * const { html, json, figures } = await Report.page({ title: 'Two stacks', explorer });
 * html.startsWith('<!doctype html>') // => true
 * JSON.parse(json).explorer.shown.sensitivity // => '1.000 (0.025–1.000)'
 * figures.map(({ name }) => name) // => ['posteriors']
 * @see docs/guides/report.md
 */
export const page = async (data: PageData): Promise<PageFiles> => {
  const { pageFiles } = await import('./page/index.js');
  return pageFiles(data);
};
