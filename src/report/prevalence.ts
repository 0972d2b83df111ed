import type { DecisionTable, Fate } from '../decode/decisions.js';
import type { Strata } from '../decode/strata.js';
import type { Interval, Rate } from '../domain/interval.js';
import { STALLED } from '../domain/label.js';
import * as Evaluation from '../evaluation.js';
import type { GoldSet } from '../gold.js';
import type { Decisions, Provenance } from '../policy.js';
import { csvRow } from './csv.js';
import { decisionName } from './decisions.js';
import { count } from './format.js';
import { naturally } from './gate.js';

/** What became of the rows of decisions.csv; the six add up to `rows`. */
export interface FateCounts {
  readonly rows: number;
  readonly calledStalled: number;
  readonly calledFlowing: number;
  readonly askCrowd: number;
  readonly askExpert: number;
  /** Neither votes nor a score, or reading failed: in nobody's estimate, and never flowing. */
  readonly unread: number;
  /** Gold stacks chosen by class, or known to the policy: they would raise every figure, so they are left out. */
  readonly leftOut: number;
}

/** One figure with what it is about. */
export interface PrevalenceRow extends FateCounts {
  readonly method: 'prediction-powered' | 'rogan-gladen';
  /** The column of strata; absent for all stacks. */
  readonly by?: string;
  readonly stratum: string;
  /** `seen`: every stack of which anything was seen. `decided`: those called stalled or flowing only. */
  readonly about: 'seen' | 'decided';
  /** How many that is. */
  readonly stacks: number;
  readonly audited?: number;
  readonly auditedStalled?: number;
  readonly estimate?: number;
  /** Before it was moved into [0, 1]. */
  readonly unclamped?: number;
  readonly interval?: Interval;
}

export interface PrevalenceSummary {
  readonly schema: 'tandem-prevalence/1';
  readonly confidence: number;
  readonly claim: 'each' | 'all';
  readonly counts: FateCounts;
  readonly rows: readonly PrevalenceRow[];
  /** Lost stalls, by the audit of those called flowing. */
  readonly lost?: Evaluation.LostPositives;
  /** The rates of the calls on gold, for Rogan and Gladen. */
  readonly calls?: { readonly sensitivity: Rate; readonly specificity: Rate };
  /** With the cluster as the unit, by the audit. Empty without clusters or without an audit. */
  readonly between: readonly ({
    readonly cluster: string;
    readonly by?: string;
    readonly stratum: string;
    /** Clusters without a figure of their own: nothing audited in one of their groups. */
    readonly without: number;
  } & Evaluation.BetweenClusters)[];
  readonly warnings: readonly string[];
  readonly provenance?: Provenance;
}

export interface PrevalenceQuestion {
  readonly decisions: DecisionTable & { readonly fate: readonly Fate[] };
  /** Expert labels on a random, blinded audit of these decisions. */
  readonly audit?: GoldSet;
  /** Gold that did not tune the decisions; random, or random within each class. */
  readonly gold?: GoldSet;
  /** Gold that fitted or tuned the policy: no judge of it. */
  readonly goldUsed: readonly string[];
  readonly strata: readonly Strata[];
  readonly clusters?: Strata;
  readonly confidence: number;
  readonly claim: 'each' | 'all';
}

interface Row {
  readonly stackId: string;
  readonly fate: Fate;
  readonly leftOut: boolean;
  /** By the audit; absent when not audited. */
  readonly truth?: number;
}

type Method = (groups: ReadonlyMap<string, readonly Row[]>, claim: 'each' | 'all') => readonly Figure[];

/** A figure for one group; the group `''` is all of them. */
interface Figure extends Omit<PrevalenceRow, keyof FateCounts | 'by' | 'method'> {}

const ALL = '';

/** Prevalence of stalled stacks from decisions and what experts found: overall, for each stratum, between clusters. */
export const prevalenceSummary = (question: PrevalenceQuestion): PrevalenceSummary => {
  const { decisions, audit, gold, strata, clusters, confidence, claim } = question;
  const used = new Set(question.goldUsed);
  const enriched = gold !== undefined && gold.chosen !== 'random' ? new Set(gold.stackIds) : new Set<string>();
  const truth = new Map(audit?.stackIds.map((stackId, row) => [stackId, audit.label[row]]));
  const rows = decisions.stackIds.map((stackId, row): Row => {
    const found = truth.get(stackId);
    return {
      stackId,
      fate: decisions.fate[row],
      leftOut: enriched.has(stackId),
      ...(found === undefined ? {} : { truth: found }),
    };
  });
  const calls = gold === undefined ? undefined : callRates(rows, gold, used, confidence);
  const methods: readonly (readonly [PrevalenceRow['method'], Method])[] = [
    ...(audit === undefined ? [] : [['prediction-powered', audited(confidence)] as const]),
    ...(calls === undefined ? [] : [['rogan-gladen', corrected(confidence, calls)] as const]),
  ];
  const divisions = strata.map((one) => ({ by: one.by, groups: grouped(rows, one) }));
  const tables = methods.flatMap(([method, figures]): readonly PrevalenceRow[] => {
    const name = (by: string | undefined, groups: ReadonlyMap<string, readonly Row[]>) => (figure: Figure) => ({
      method,
      ...(by === undefined ? {} : { by }),
      ...countsOf(figure.stratum === ALL && by === undefined ? rows : (groups.get(figure.stratum) ?? [])),
      ...figure,
      stratum: by === undefined ? 'all stacks' : figure.stratum,
    });
    const whole = new Map([[ALL, rows]]);
    return [
      ...figures(whole, 'each').map(name(undefined, whole)),
      ...divisions.flatMap(({ by, groups }) => figures(groups, claim).map(name(by, groups))),
    ];
  });
  return {
    schema: 'tandem-prevalence/1',
    confidence,
    claim,
    counts: countsOf(rows),
    rows: tables,
    ...(audit === undefined ? {} : { lost: lostOf(rows, confidence) }),
    ...(calls === undefined ? {} : { calls }),
    between: clusters === undefined || audit === undefined ? [] : betweenOf(rows, divisions, clusters, confidence),
    warnings: warningsOf({ question, rows, truth, used }),
  };
};

interface Division {
  readonly by: string;
  readonly groups: ReadonlyMap<string, readonly Row[]>;
}

/** By the audit only: the error of the rates of gold is shared by all clusters, and no scatter between them shows it. */
const betweenOf = (
  rows: readonly Row[],
  divisions: readonly Division[],
  clusters: Strata,
  confidence: number,
): PrevalenceSummary['between'] => {
  const strata = divisions
    .filter(({ by }) => by !== clusters.by)
    .flatMap(({ by, groups }) => [...groups].map(([stratum, own]) => ({ named: { by, stratum }, own })));
  return [{ named: { stratum: 'all stacks' }, own: rows }, ...strata].map(({ named, own }) => {
    const found = audited(confidence)(grouped(own, clusters), 'each').filter(({ about }) => about === 'seen');
    const known = found.flatMap(({ estimate }) => (estimate === undefined ? [] : [estimate]));
    const without = found.length - known.length;
    return { cluster: clusters.by, ...named, without, ...Evaluation.betweenClusters({ confidence })(known) };
  });
};

const grouped = (rows: readonly Row[], { of }: Strata): ReadonlyMap<string, readonly Row[]> => {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const stratum = of.get(row.stackId);
    if (stratum === undefined) continue;
    const own = groups.get(stratum);
    if (own === undefined) groups.set(stratum, [row]);
    else own.push(row);
  }
  return new Map([...groups].sort(([a], [b]) => naturally(a, b)));
};

const countsOf = (rows: readonly Row[]): FateCounts => {
  const of = (fate: Fate): number => rows.reduce((n, row) => n + (row.fate === fate && !row.leftOut ? 1 : 0), 0);
  return {
    rows: rows.length,
    calledStalled: of('stalled'),
    calledFlowing: of('flowing'),
    askCrowd: of('ask crowd'),
    askExpert: of('ask expert'),
    unread: of('unread'),
    leftOut: rows.reduce((n, { leftOut }) => n + (leftOut ? 1 : 0), 0),
  };
};

const DECIDED: readonly Fate[] = ['stalled', 'flowing'];
const SEEN: readonly Fate[] = ['stalled', 'flowing', 'ask crowd', 'ask expert'];

const groupOf = (rows: readonly Row[], fate: Fate): Evaluation.AuditedGroup => {
  const own = rows.filter((row) => row.fate === fate && !row.leftOut);
  const known = own.filter(({ truth }) => truth !== undefined);
  return {
    stacks: own.length,
    audited: known.length,
    stalled: known.filter(({ truth }) => truth === STALLED).length,
  };
};

const audited =
  (confidence: number): Method =>
  (groups, claim) =>
    [...groups].flatMap(([stratum, rows]) => {
      const undecided = rows.some(({ fate, leftOut }) => !leftOut && fate.startsWith('ask'));
      return [SEEN, ...(undecided ? [DECIDED] : [])].map((fates): Figure => {
        const calls = fates.map((called) => ({ stratum, called, ...groupOf(rows, called) }));
        const level = claim === 'all' ? 1 - (1 - confidence) / groups.size : confidence;
        const { overall } = Evaluation.auditedPrevalence({ confidence: level })(calls);
        return {
          stratum,
          about: fates === SEEN ? 'seen' : 'decided',
          stacks: overall.stacks,
          audited: overall.audited,
          auditedStalled: calls.reduce((sum, { stalled }) => sum + stalled, 0),
          ...(overall.estimate === undefined ? {} : { estimate: overall.estimate }),
          ...(overall.interval === undefined ? {} : { interval: overall.interval }),
        };
      });
    });

/** “Not called stalled” is the other call, so stacks still asked are in it as what they are, and flowing is assumed of none. */
const corrected =
  (confidence: number, rates: { readonly sensitivity: Rate; readonly specificity: Rate }): Method =>
  (groups, claim) => {
    const counts = [...groups].map(([stratum, rows]) => {
      const own = countsOf(rows);
      return {
        stratum,
        stacks: own.rows - own.unread - own.leftOut,
        calledStalled: own.calledStalled,
      };
    });
    const level = claim === 'all' ? 1 - (1 - confidence) / Math.max(1, groups.size) : confidence;
    const { strata } = Evaluation.prevalence({ ...rates, confidence: level })(counts);
    return strata.map(
      ({ stratum, stacks, estimate, unclamped, interval }): Figure => ({
        stratum,
        about: 'seen',
        stacks,
        ...(estimate === undefined ? {} : { estimate }),
        ...(unclamped === undefined ? {} : { unclamped }),
        ...(interval === undefined ? {} : { interval }),
      }),
    );
  };

const callRates = (rows: readonly Row[], gold: GoldSet, used: ReadonlySet<string>, confidence: number) => {
  const fates = new Map(rows.map(({ stackId, fate }) => [stackId, fate]));
  const seen = { stalled: 0, flowing: 0 };
  const called = { stalled: 0, flowing: 0 };
  for (const [g, stackId] of gold.stackIds.entries()) {
    const fate = fates.get(stackId);
    if (fate === undefined || fate === 'unread' || used.has(stackId)) continue;
    const truth = gold.label[g] === STALLED ? 'stalled' : 'flowing';
    seen[truth]++;
    if (fate === 'stalled') called[truth]++;
  }
  return {
    sensitivity: Evaluation.rate({ hits: called.stalled, n: seen.stalled, confidence }),
    specificity: Evaluation.rate({ hits: seen.flowing - called.flowing, n: seen.flowing, confidence }),
  };
};

/** What the audit says about stalls retired as flowing. */
const lostOf = (rows: readonly Row[], confidence: number): Evaluation.LostPositives =>
  Evaluation.lostPositives({ confidence })({
    retiredFlowing: groupOf(rows, 'flowing'),
    kept: (['stalled', 'ask crowd', 'ask expert'] as const).map((fate) => groupOf(rows, fate)),
  });

/** What the audit says about stalls retired as flowing, for decisions that have not been to a file and back. */
export const lostAmong = (
  { posterior, routing }: Decisions,
  {
    audit,
    leftOut,
    confidence,
  }: {
    readonly audit: GoldSet;
    /** Stacks that are here because of their class. */
    readonly leftOut: ReadonlySet<string>;
    readonly confidence: number;
  },
): Evaluation.LostPositives => {
  const truth = new Map(audit.stackIds.map((stackId, row) => [stackId, audit.label[row]]));
  const rows = posterior.stackIds.map((stackId, s): Row => {
    const label = truth.get(stackId);
    const seen = posterior.votes[s] + posterior.scores[s] > 0;
    return {
      stackId,
      fate: seen ? decisionName(routing[s]) : 'unread',
      leftOut: leftOut.has(stackId),
      ...(label === undefined ? {} : { truth: label }),
    };
  });
  return lostOf(rows, confidence);
};

const warningsOf = (of: {
  readonly question: PrevalenceQuestion;
  readonly rows: readonly Row[];
  readonly truth: ReadonlyMap<string, number>;
  readonly used: ReadonlySet<string>;
}): readonly string[] => {
  const { question, rows, truth, used } = of;
  const { audit, gold, strata, clusters } = question;
  const known = new Set(rows.map(({ stackId }) => stackId));
  const warnings: string[] = [];
  const strangers = [...truth.keys()].filter((stackId) => !known.has(stackId)).length;
  if (strangers > 0) warnings.push(`${count(strangers)} audited stacks are not among the decisions and take no part`);
  const unread = rows.filter(({ fate, truth: label }) => fate === 'unread' && label !== undefined).length;
  if (unread > 0) warnings.push(`${count(unread)} audited stacks are unread and take no part`);
  if (gold !== undefined) {
    const judges = gold.stackIds.filter((stackId) => known.has(stackId) && !used.has(stackId)).length;
    if (judges < gold.stackIds.length) {
      warnings.push(
        `${count(judges)} of ${count(gold.stackIds.length)} gold stacks judge these calls; the others fitted the policy or have no decision`,
      );
    }
    if (used.size === 0)
      warnings.push('gold is taken as not having fitted or tuned these decisions; --policy checks it');
    if (strata.length > 0) {
      warnings.push(
        'Rogan–Gladen takes the error rates of gold for those of every stratum; an audit assumes nothing of the kind',
      );
    }
  }
  for (const { by, of: stratumOf } of [...strata, ...(clusters === undefined ? [] : [clusters])]) {
    const without = rows.filter(({ stackId }) => !stratumOf.has(stackId)).length;
    if (without > 0) warnings.push(`${count(without)} stacks have no ${by}: they count in all stacks and in no ${by}`);
  }
  if (rows.every(({ leftOut }) => !leftOut)) {
    const taught = rows.filter(({ stackId }) => used.has(stackId)).length;
    warnings.push(
      `every row of decisions.csv is counted${taught === 0 ? '' : `, ${count(taught)} with gold that fitted the policy`}: if gold chosen by its class is among them, every figure is too high; name it with --gold, and it is left out`,
    );
  }
  if (audit !== undefined) {
    warnings.push(
      'intervals from the audit are about these very stacks, and exact however alike the stacks of one mouse are; they are not about other mice',
    );
  }
  return warnings;
};

/** Columns of prevalence.csv; the six counts after `rows` add up to it. */
export const PREVALENCE_COLUMNS: readonly string[] = [
  ...['method', 'by', 'stratum', 'about', 'stacks', 'estimate', 'lower', 'upper', 'confidence'],
  ...['rows', 'calledStalled', 'calledFlowing', 'askCrowd', 'askExpert', 'unread', 'leftOut'],
  ...['audited', 'auditedStalled'],
];

const DIGITS = 6;

/** `prevalence.csv`: one row per method, stratum and set of stacks. */
export function* prevalenceCsv({ rows, confidence }: PrevalenceSummary): Generator<string> {
  yield csvRow(PREVALENCE_COLUMNS);
  const number = (value: number | undefined): string =>
    value === undefined ? '' : String(Number(value.toPrecision(DIGITS)));
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
