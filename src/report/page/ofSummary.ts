import type { GoldSet } from '../../domain/gold.js';
import { present } from '../../domain/present.js';
import type { VoteTable } from '../../domain/voteTable.js';
import { countText } from '../../output/format.js';
import type { Provenance, Sources } from '../../policy/index.js';
import * as Gold from '../../stages/gold.js';
import type { Frontier, Summary } from '../../study/index.js';
import type { CurvesPart, FrontierPart, StrataPart } from '../figures/index.js';
import { firstLines } from '../text/summary.js';
import type { LabelsPart, PageData, VerdictPart } from './data.js';
import { onGold, reliabilitySeries, sourceCurve, voteCounts } from './summaries.js';

/** What a page about an evaluation is made from, beside the evaluation. */
export interface Evaluated {
  /** The gold that judged: `gold.tune` or `gold.test` of `Policy.fit`, or gold that the policy never met. */
  readonly gold: GoldSet;
  readonly votes: VoteTable;
  /** From `Policy.sources` on the same batch. */
  readonly sources: Sources;
  /** Of this evaluation, or of the policy where both were made at once. */
  readonly provenance: Provenance;
}

/**
 * The page of `tandem run` and `tandem evaluate`: verdict, labels, curves, reliability where gold is random, votes, frontier and
 * strata.
 *
 * @param evaluated - the gold that judged, the batch, and where all came from
 * @returns from an evaluation: data for `Report.page`
 * @example
 * const lab = Simulate.inputs(Simulate.dataset({ stacks: 500, prevalence: 0.05, model: {}, gold: { stalled: 700, flowing: 900, chosen: 'stratified' } })(7));
 * const { policy, gold, crossFitted } = Policy.fit({ prevalence: 0.05 })(lab);
 * const summary = Study.summary(policy)({ ...lab, gold: gold.tune, crossFitted });
 * const data = Page.ofSummary({ gold: gold.tune, votes: lab.votes, sources: Policy.sources(policy)(lab), provenance: policy.provenance })(summary);
 * [data.verdict.verdict, data.curves.curves.length] // => ['certified', 3]
 */
export const ofSummary =
  ({ gold, votes, sources, provenance }: Evaluated) =>
  (summary: Summary): PageData =>
    present({
      title: 'Consensus of people and model',
      about: `${countText(summary.work.stacks)} stacks, judged by ${summary.judgedBy} on ${countText(gold.stackIds.length)} gold stacks.`,
      verdict: verdictOf(summary),
      labels: labelsOf(gold, summary),
      curves: curvesOf(gold, sources, summary),
      reliability: reliabilityOf(gold, sources, summary),
      votes: {
        ...voteCounts(votes),
        targets: summary.targets,
      },
      frontier: summary.frontier === undefined ? undefined : frontierOf(summary.frontier, summary),
      strata: summary.strata?.map(({ by, strata, withoutGold }): StrataPart => {
        const rates = strata.map(({ stratum, evaluation: { sensitivity, specificity } }) => ({
          stratum,
          sensitivity,
          specificity,
        }));
        return { by, strata: rates, withoutGold, targets: summary.targets };
      }),
      provenance: {
        facts: [
          { name: 'command', value: provenance.command },
          { name: 'version', value: `${provenance.package} ${provenance.version}` },
          { name: 'policy', value: summary.policyHash },
          ...provenance.inputs.map(({ name, sha256 }) => ({ name, value: `SHA-256 ${sha256}` })),
        ],
      },
    });

const verdictOf = (summary: Summary): VerdictPart => {
  const { verdict, endToEnd, targets, work } = summary;
  return {
    verdict,
    tone: verdict === 'certified' ? 'good' : verdict === 'targets not met' ? 'bad' : 'open',
    lines: firstLines(summary)
      .split('\n')
      .map((line) => line.trim()),
    targets,
    certified: verdict === 'certified',
    claims: (['sensitivity', 'specificity'] as const).map((name) => ({
      name,
      rate: endToEnd[name],
      target: targets[name],
      outcome: endToEnd.against[name],
    })),
    facts: [
      { name: 'stacks', value: work.stacks },
      { name: 'decided as stalled', value: work.retiredStalled },
      { name: 'decided as flowing', value: work.retiredFlowing },
      { name: 'for an expert', value: work.askExpert },
      { name: 'for the crowd', value: work.askCrowd },
    ],
  };
};

const FROM = { stated: 'as stated', 'random gold': 'as in random gold', assumed: 'assumed' } as const;

const labelsOf = (gold: GoldSet, { judgedBy, prevalence, work, warnings }: Summary): LabelsPart => ({
  chosen: gold.chosen,
  uses: [{ use: judgedBy === 'cross-fitting' ? 'tuned, judged by cross-fitting' : 'held out', ...Gold.count(gold) }],
  prevalence: { value: prevalence.value, from: FROM[prevalence.from] },
  batch: { stacks: work.stacks, withoutScore: work.stacks - work.scored },
  notes: warnings,
});

const namedSources = ({ fused, crowd, model }: Sources) =>
  model === undefined
    ? [{ source: 'crowd', posterior: fused }]
    : [
        { source: 'fused', posterior: fused },
        { source: 'crowd alone', posterior: crowd },
        { source: 'model alone', posterior: model },
      ];

/** Absent where gold lacks a class: then there is no curve. */
const curvesOf = (gold: GoldSet, sources: Sources, { prevalence, targets }: Summary): CurvesPart | undefined => {
  const curves = namedSources(sources)
    .map(({ source, posterior }) => ({ source, known: onGold(gold)(posterior) }))
    .filter(({ known: { label } }) => label.includes(0) && label.includes(1))
    .map(({ source, known }) => sourceCurve({ source })(known));
  return curves.length === 0 ? undefined : { curves, prevalence: prevalence.value, targets };
};

/** Probabilities are about stacks as they come. Gold that was chosen by its class has another share of stalls, so it cannot judge them. */
const reliabilityOf = (gold: GoldSet, sources: Sources, { targets: { confidence } }: Summary) => {
  if (gold.chosen !== 'random') return undefined;
  const series = namedSources(sources)
    .map(({ source, posterior }) => ({ name: source, known: onGold(gold)(posterior) }))
    .filter(({ known: { label } }) => label.length > 0)
    .map(({ name, known }) => reliabilitySeries({ name, confidence })(known));
  return series.length === 0 ? undefined : { series };
};

/** One line for each sensitivity that the gold there is certifies, along the prices of an expert. */
const frontierOf = ({ rows, targets }: Frontier, { headline, endToEnd }: Summary): FrontierPart | undefined => {
  const lines = [...new Set(rows.map(({ sensitivity }) => sensitivity))]
    .map((sensitivity) => ({
      sensitivity,
      points: rows.flatMap((row) =>
        row.sensitivity === sensitivity && row.times === 1 && row.found !== undefined
          ? [{ votes: row.found.votes, experts: row.found.experts, sensitivity, specificity: targets.specificity }]
          : [],
      ),
    }))
    .filter(({ points }) => points.length > 0);
  const { sensitivity, specificity } = endToEnd;
  if (lines.length === 0 || sensitivity.estimate === undefined || specificity.estimate === undefined) return undefined;
  return {
    lines: lines.reverse(),
    chosen: {
      votes: headline.votes / headline.stacks,
      experts: headline.experts / headline.stacks,
      sensitivity: sensitivity.estimate,
      specificity: specificity.estimate,
    },
  };
};
