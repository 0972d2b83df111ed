import type { Rate } from '../domain/interval.js';
import { csvRow } from '../output/csvRow.js';
import type { Calls, CurvePoint, Evaluation } from '../stages/evaluation/index.js';

const DIGITS = 6;

const number = (value: number | undefined): string =>
  value === undefined ? '' : String(Number(value.toPrecision(DIGITS)));

/** What evaluation.csv is made of: `Study.summary` has both. */
export interface EvaluatedSources {
  /** Each source with one cut and no abstention, by name: fused, crowd, model. */
  readonly sources: Readonly<Record<string, Calls | undefined>>;
  /** Three-way decisions on the same gold. */
  readonly evaluation?: Evaluation | undefined;
}

/** Columns of evaluation.csv. `prevalence` is empty where a figure is that of gold as it is. */
const EVALUATION_COLUMNS: readonly string[] = [
  ...['source', 'metric', 'prevalence', 'estimate', 'lower', 'upper', 'confidence', 'hits', 'n'],
];

interface Figure {
  readonly metric: string;
  /** At which the figure is stated; absent for that of gold. */
  readonly prevalence?: number;
  readonly estimate?: number | undefined;
  readonly lower?: number;
  readonly upper?: number;
  readonly hits?: number;
  readonly n?: number;
}

/**
 * `evaluation.csv`: one row for each source and metric, with its interval.
 *
 * Sources are those of the summary (`fused`, `crowd`, `model`: one cut, no abstention) and `decisions` (three-way: a stack
 * that was asked about is neither right nor wrong). Rates are counts on gold with exact intervals; PPV, NPV and MCC also
 * stand at the stated prevalence.
 *
 * @param evaluated - `Study.summary(policy)(data)`, or its parts
 * @returns lines with their line ends, the header first; a cell is empty where nothing is known
 * @example
 * const posterior = { stackIds: ['s1', 's2'], logOdds: Float64Array.of(-3, 2), votes: Uint32Array.of(5, 5), scores: new Uint32Array(2) };
 * const gold = Gold.as('test')(Gold.from({ chosen: 'random' })([{ stackId: 's1', label: 0 }, { stackId: 's2', label: 1 }]));
 * const crowd = Evaluation.calls({ gold, prevalence: 0.01, cut: 0 })(posterior);
 * [...Report.evaluationCsv({ sources: { crowd } })].slice(0, 2) // => ['source,metric,prevalence,estimate,lower,upper,confidence,hits,n\n', 'crowd,sensitivity,,1,0.025,1,0.95,1,1\n']
 */
export function* evaluationCsv({ sources, evaluation }: EvaluatedSources): Generator<string> {
  yield csvRow(EVALUATION_COLUMNS);
  const row = (source: string, confidence: number, figure: Figure): string =>
    csvRow([
      ...[source, figure.metric, number(figure.prevalence), number(figure.estimate)],
      ...[number(figure.lower), number(figure.upper), figure.lower === undefined ? '' : number(confidence)],
      ...[number(figure.hits), number(figure.n)],
    ]);
  for (const [source, calls] of Object.entries(sources)) {
    if (calls === undefined) continue;
    for (const figure of figuresOfCalls(calls)) yield row(source, calls.atPrevalence.confidence, figure);
  }
  if (evaluation === undefined) return;
  for (const figure of figuresOfDecisions(evaluation)) yield row('decisions', evaluation.confidence, figure);
}

const rateFigure = (metric: string, { estimate, interval, hits, n }: Rate): Figure => ({
  metric,
  estimate,
  ...interval,
  hits,
  n,
});

const figuresOfCalls = ({
  sensitivity,
  specificity,
  ppv,
  npv,
  mcc,
  auc,
  gold,
  cut,
  atPrevalence,
}: Calls): readonly Figure[] => [
  rateFigure('sensitivity', sensitivity),
  rateFigure('specificity', specificity),
  rateFigure('ppv', ppv),
  rateFigure('npv', npv),
  { metric: 'mcc', estimate: mcc.undefined ? undefined : mcc.value, n: gold.stalled + gold.flowing },
  { metric: 'auc', estimate: auc, n: gold.stalled + gold.flowing },
  { metric: 'cut', estimate: cut },
  ...(['ppv', 'npv', 'mcc'] as const).map((metric): Figure => {
    const { estimate, interval, undefined: isUndefined } = atPrevalence[metric];
    const { prevalence } = atPrevalence;
    return { metric, prevalence, estimate: isUndefined === true ? undefined : estimate, ...interval };
  }),
];

const figuresOfDecisions = ({
  sensitivity,
  specificity,
  ppv,
  npv,
  coverage,
  prevalence,
}: Evaluation): readonly Figure[] => [
  rateFigure('sensitivity', sensitivity),
  rateFigure('specificity', specificity),
  rateFigure('coverage of stalled', coverage.stalled),
  rateFigure('coverage of flowing', coverage.flowing),
  { metric: 'coverage', prevalence, estimate: coverage.estimate },
  ...(
    [
      ['ppv', ppv],
      ['npv', npv],
    ] as const
  ).map(([metric, { estimate, interval }]): Figure => ({ metric, prevalence, estimate, ...interval })),
];

/** Columns of curves.csv; what x and y are depends on the curve, see `CurvePoint`. */
const CURVE_COLUMNS: readonly string[] = ['source', 'curve', 'threshold', 'x', 'y', 'lower', 'upper', 'n'];

/**
 * `curves.csv`: ROC, precision–recall and reliability of each source, one point a row; thresholds are log-odds.
 *
 * @param sources - points by name of the source, from `Evaluation.curvePoints`
 * @returns lines with their line ends, the header first
 * @example
 * const points = [{ curve: 'roc', threshold: 2, x: 0, y: 1, lower: 0.025, upper: 1, n: 1 }];
 * [...Report.curvesCsv({ crowd: points })][1] // => 'crowd,roc,2,0,1,0.025,1,1\n'
 */
export function* curvesCsv(sources: Readonly<Record<string, readonly CurvePoint[]>>): Generator<string> {
  yield csvRow(CURVE_COLUMNS);
  for (const [source, points] of Object.entries(sources)) {
    for (const { curve, threshold, x, y, lower, upper, n } of points) {
      yield csvRow([source, curve, ...[threshold, x, y, lower, upper, n].map(number)]);
    }
  }
}
