import type { Rate } from '../../domain/interval.js';
import { countText, fixed, percent, some } from '../../output/format.js';
import type { AcrossDatasets } from '../../stages/riskControl/index.js';
import type { DatasetGate, GateSummary, GoldClusters } from '../../study/index.js';
import { ranOutText } from './asking.js';
import { wantedText } from './certification.js';

/** The gate as a page of text: one block for each dataset, then what all of them say together. */
export const gateText = (summary: GateSummary): string =>
  [
    headText(summary),
    ...summary.datasets.map((one) => datasetText(one, summary)),
    ...(summary.across === undefined || summary.by === undefined ? [] : [readingsText(summary.across, summary)]),
    [
      'What it rests on',
      '  · each verdict by the gold of its own dataset alone, at the confidence above; wrong passes and wrong fails are both that rare',
      '  · “kept” are stalls not retired as flowing: those left to people count as kept, so what people then do is not judged here',
      summary.clusterBy === undefined
        ? '  · gold stacks are taken as independent; name what they share (--cluster mouse) to see what that is worth'
        : `  · a pass must also stand at the effective number of gold stacks, by ${summary.clusterBy}`,
      ...looksText(summary).map((line) => `  · ${line}`),
      ...summary.warnings.map((warning) => `  · ${warning}`),
      ...(summary.goldWithoutDataset > 0
        ? [`  · ${some(summary.goldWithoutDataset, 'gold stack')} of no ${summary.by ?? 'dataset'} take no part`]
        : []),
    ].join('\n'),
  ].join('\n\n');

const headText = ({ targets, confidence, look, datasets }: GateSummary): string => {
  const of = (verdict: DatasetGate['verdict']): number => datasets.filter((one) => one.verdict === verdict).length;
  const spent =
    confidence === targets.confidence
      ? ''
      : `; look ${look.look}${look.planned === undefined ? '' : ` of ${look.planned}`}, so ${percent(confidence)} now`;
  const tallies = (['pass', 'fail', 'insufficient', 'refused'] as const)
    .filter((verdict) => of(verdict) > 0)
    .map((verdict) => `${countText(of(verdict))} ${verdict}`);
  return [
    `Gate: may this policy replace people? ${tallies.join(', ')}`,
    `  Wanted: ${wantedText(targets)} with ${percent(targets.confidence)} confidence${spent}.`,
  ].join('\n');
};

const MODES = {
  live: 'live: its decisions may stand',
  shadow: 'shadow: it decides and is recorded, while people decide',
  people: 'people decide',
} as const;

const datasetText = (one: DatasetGate, { clusterBy, look, mostVotes }: GateSummary): string => {
  const head = `${one.dataset}: ${one.verdict.toUpperCase()} – ${MODES[one.mode]}`;
  const { counts } = one;
  if (counts.stalled + counts.flowing === 0 && one.refusals.length === 0) {
    return [
      head,
      `  ${some(one.stacks, 'stack')}, no gold yet${one.unseen > 0 ? ` (${some(one.unseen, 'gold stack')} never voted on or scored)` : ''}: a new dataset starts in shadow, whatever other datasets showed`,
      `  ${neededText(one)}`,
    ].join('\n');
  }
  const decided = {
    stalled: counts.stalled - counts.undecided.stalled - counts.ranOut.stalled,
    flowing: counts.flowing - counts.undecided.flowing - counts.ranOut.flowing,
  };
  const wantedOf = (gold: 'stalled' | 'flowing'): string => {
    if (one.more === undefined) return '';
    if (one.more[gold] === 0)
      return one.votesFor === undefined || one.votesFor[gold] === 0 ? '; enough' : '; votes needed';
    return `; ${countText(one.more[gold])} ${one.nextLook === undefined ? 'too few for this look' : 'more needed'}`;
  };
  return [
    head,
    `  ${keptText(one.sensitivity, 'audited stalls kept', wantedOf('stalled'))}`,
    `  ${keptText(one.specificity, 'audited flowing not called stalled', wantedOf('flowing'))}`,
    `  of these it decided ${countText(decided.stalled)} of ${countText(counts.stalled)} stalled and ${countText(decided.flowing)} of ${countText(counts.flowing)} flowing by itself${one.unseen > 0 ? `; ${countText(one.unseen)} more were never voted on or scored` : ''}`,
    ...votesText(one, mostVotes),
    ...(one.broken.length > 0 ? [`  shown to be beyond the target: ${one.broken.join(' and ')}`] : []),
    ...(one.decidesNothing
      ? ['  it decided none of them, so it replaces nobody and there is nothing to let pass']
      : []),
    ...(one.clusters === undefined ? [] : clusterText(one.clusters, clusterBy ?? 'cluster')),
    ...(one.fresh === undefined || one.decidesNothing ? [] : [freshText(one.fresh, look)]),
    ...one.refusals.flatMap(({ reason, fix }) => [`  refused: ${reason}`, `    ${fix}`]),
  ].join('\n');
};

const keptText = ({ hits, n, atLeast, atMost, estimate }: Rate, what: string, wanted: string): string =>
  estimate === undefined
    ? `no ${what.replace(/ (kept|not called stalled)$/, '')}${wanted}`
    : `${countText(hits)} of ${countText(n)} ${what} ⇒ ${wanted === '' && hits < n ? `between ${fixed(atLeast)} and ${fixed(atMost)}` : `lower bound ${fixed(atLeast)}`}${wanted}`;

const neededText = ({ more }: DatasetGate): string =>
  more === undefined
    ? ''
    : `needed: ${countText(more.stalled)} stalled and ${countText(more.flowing)} flowing gold stacks, if it errs on none of them`;

/** Gold that nobody knows the end of: how it was taken, and what to do about it. */
const votesText = (
  { counts: { ranOut }, verdict, votesFor, more, nextLook }: DatasetGate,
  mostVotes: number | undefined,
): readonly string[] => {
  if (ranOut.stalled + ranOut.flowing === 0) return [];
  const open = `  ${ranOutText(ranOut)}: nobody knows how they would have ended, so they count as wrong`;
  const asMany = mostVotes === undefined ? '' : ` (${some(mostVotes, 'vote')} on a stack at most)`;
  const whose =
    votesFor?.flowing === 0 ? 'the stalled ones' : votesFor?.stalled === 0 ? 'the flowing ones' : 'that gold';
  const toDo = (then: string): string => `  have ${whose} voted on until the rule is done${asMany}${then}`;
  if (verdict === 'fail') return [`${open} above; with all of them right the policy still fails`];
  if (votesFor === undefined || more === undefined) return [open];
  if (more.stalled + more.flowing === 0) {
    return [
      open,
      toDo('; with all of it right this passes, and other gold alone does not help. Then gate again as this same look'),
    ];
  }
  return [
    open,
    toDo(
      `: other gold does not replace its votes${nextLook === undefined ? '' : ', and what is needed counts on it ending well'}`,
    ),
  ];
};

/** A look that is over cannot be had again by adding to its gold. */
const freshText = (
  { stalled, flowing }: NonNullable<DatasetGate['fresh']>,
  { look, planned }: GateSummary['look'],
): string =>
  `  ${planned === undefined || planned === 1 ? 'this was the one look planned' : `this was look ${look} of ${planned}`}, so more of this gold proves nothing: fresh gold would have to pass by itself, ${countText(stalled)} stalled and ${countText(flowing)} flowing if it errs on none of them`;

/** What another look would rest on; said where something is still needed. */
const looksText = ({ datasets, next, look: { planned } }: GateSummary): readonly string[] => {
  if (next !== undefined) {
    return datasets.some(({ more, nextLook }) => more !== undefined && nextLook?.look === next.look)
      ? [
          `“more needed” is what the next look takes, which must have ${percent(next.confidence)} confidence: gate again with --look ${next.look}${planned === undefined ? '' : ` --planned ${planned}`}`,
        ]
      : [];
  }
  return datasets.some(({ fresh, decidesNothing }) => fresh !== undefined && !decidesNothing)
    ? [
        'this look spent all the confidence there is: looking again when gold has been added is not paid for. Another time, to look as gold comes in, say so from the first look on (--look 1, or --look 1 --planned 2), which then takes more gold',
      ]
    : [];
};

const clusterText = (clusters: NonNullable<DatasetGate['clusters']>, by: string): readonly string[] => [
  `  ${some(clusters.count, 'cluster')}: ${effectText('stalled', clusters.stalled)}; ${effectText('flowing', clusters.flowing)}`,
  ...(clusters.decides
    ? ['  it would pass if gold stacks were independent; at their effective number it does not']
    : []),
  ...(clusters.stalled.without + clusters.flowing.without > 0
    ? [
        `  ${countText(clusters.stalled.without)} stalled and ${some(clusters.flowing.without, 'flowing gold stack')} without a ${by} prove nothing here, because all of them may be of one; their errors count`,
      ]
    : []),
];

const effectText = (
  name: string,
  { stacks, clusters, designEffect, icc, effective, tooFew }: GoldClusters['stalled'],
): string =>
  designEffect === undefined || effective === undefined
    ? `${name} gold cannot tell its design effect`
    : `${countText(stacks)} ${name} from ${countText(clusters)} are worth ${countText(Math.floor(effective))} (design effect ${designEffect.toFixed(2)}${icc === undefined ? '' : `, ICC ${icc < 0 ? '−' : ''}${Math.abs(icc).toFixed(2)}`}${tooFew ? '; a guess, from fewer than 20 clusters' : ''})`;

const readingsText = (
  { share, point, partialConjunction, population }: AcrossDatasets,
  { withoutGold }: Pick<GateSummary, 'withoutGold'>,
): string => {
  const { bonferroni, simes } = partialConjunction;
  const shown = (yes: boolean): string => (yes ? 'shown' : 'not shown');
  return [
    `“On ${percent(share)} of datasets” can mean three things; say which you mean`,
    `  point: ${countText(point.reached)} of ${countText(point.judged)} datasets reach both targets in their gold. Describes, proves nothing`,
    `  partial conjunction: at least ${countText(bonferroni.atLeast)} of these ${countText(bonferroni.of)} truly meet both (wanted ${countText(bonferroni.wanted)}): ${shown(bonferroni.shown)}, p = ${bonferroni.pValue.toPrecision(2)}${simes.atLeast === bonferroni.atLeast ? '' : `; ${countText(simes.atLeast)} if datasets are independent (Simes): ${shown(simes.shown)}`}`,
    `  population: a new dataset of this kind meets both with probability ≥ ${fixed(population.atLeast)} (${countText(population.certified)} of ${countText(population.of)} certified): ${shown(population.shown)}`,
    ...(withoutGold > 0
      ? [
          `  ${countText(withoutGold)} of these ${some(bonferroni.of, 'dataset')} ${withoutGold === 1 ? 'has' : 'have'} no gold: nothing is shown of ${withoutGold === 1 ? 'it' : 'them'}, and ${withoutGold === 1 ? 'it counts' : 'they count'} among all`,
        ]
      : []),
  ].join('\n');
};
