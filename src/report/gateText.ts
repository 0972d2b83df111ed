import type { Rate } from '../domain/interval.js';
import type { AcrossDatasets, DesignEffect } from '../thresholds.js';
import { wantedText } from './certificationText.js';
import { count, fixed, percent, some } from './format.js';
import type { DatasetGate, GateSummary } from './gate.js';

/** The gate as a page of text: one block for each dataset, then what all of them say together. */
export const gateText = (summary: GateSummary): string =>
  [
    headText(summary),
    ...summary.datasets.map(datasetText),
    ...(summary.across === undefined || summary.by === undefined ? [] : [readingsText(summary.across)]),
    [
      'What it rests on',
      '  · each verdict by the gold of its own dataset alone, at the confidence above; wrong passes and wrong fails are both that rare',
      '  · “kept” are stalls not retired as flowing: those left to people count as kept, so what people then do is not judged here',
      summary.clusterBy === undefined
        ? '  · gold stacks are taken as independent; name what they share (--cluster mouse) to see what that is worth'
        : `  · a pass must also stand at the effective number of gold stacks, by ${summary.clusterBy}`,
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
    .map((verdict) => `${count(of(verdict))} ${verdict}`);
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

const datasetText = (one: DatasetGate): string => {
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
    stalled: counts.stalled - counts.undecided.stalled,
    flowing: counts.flowing - counts.undecided.flowing,
  };
  return [
    head,
    `  ${keptText(one.sensitivity, 'audited stalls kept', one.more?.stalled)}`,
    `  ${keptText(one.specificity, 'audited flowing not called stalled', one.more?.flowing)}`,
    `  of these it decided ${count(decided.stalled)} of ${count(counts.stalled)} stalled and ${count(decided.flowing)} of ${count(counts.flowing)} flowing by itself${one.unseen > 0 ? `; ${count(one.unseen)} more were never voted on or scored` : ''}`,
    ...(one.broken.length > 0 ? [`  shown to be beyond the target: ${one.broken.join(' and ')}`] : []),
    ...(one.decidesNothing
      ? ['  it decided none of them, so it replaces nobody and there is nothing to let pass']
      : []),
    ...(one.clusters === undefined ? [] : clusterText(one.clusters)),
    ...one.refusals.flatMap(({ reason, fix }) => [`  refused: ${reason}`, `    ${fix}`]),
  ].join('\n');
};

const keptText = ({ hits, n, atLeast, atMost, estimate }: Rate, what: string, more: number | undefined): string =>
  estimate === undefined
    ? `no ${what.replace(/ (kept|not called stalled)$/, '')}${neededOf(more)}`
    : `${count(hits)} of ${count(n)} ${what} ⇒ ${more === undefined && hits < n ? `between ${fixed(atLeast)} and ${fixed(atMost)}` : `lower bound ${fixed(atLeast)}`}${neededOf(more)}`;

const neededOf = (more: number | undefined): string =>
  more === undefined ? '' : more === 0 ? '; enough' : `; ${count(more)} more needed`;

const neededText = ({ more }: DatasetGate): string =>
  more === undefined
    ? ''
    : `needed: ${count(more.stalled)} stalled and ${count(more.flowing)} flowing gold stacks, if it errs on none of them`;

const clusterText = (clusters: NonNullable<DatasetGate['clusters']>): readonly string[] => [
  `  ${some(clusters.count, 'cluster')}: ${effectText('stalled', clusters.stalled)}; ${effectText('flowing', clusters.flowing)}`,
  ...(clusters.decides
    ? ['  it would pass if gold stacks were independent; at their effective number it does not']
    : []),
];

const effectText = (name: string, { stacks, designEffect, icc, effective, tooFew }: DesignEffect): string =>
  designEffect === undefined || effective === undefined
    ? `${name} gold cannot tell its design effect`
    : `${count(stacks)} ${name} are worth ${count(Math.floor(effective))} (design effect ${designEffect.toFixed(2)}${icc === undefined ? '' : `, ICC ${icc < 0 ? '−' : ''}${Math.abs(icc).toFixed(2)}`}${tooFew ? '; a guess, from fewer than 20 clusters' : ''})`;

const readingsText = ({ share, point, partialConjunction, population }: AcrossDatasets): string => {
  const { bonferroni, simes } = partialConjunction;
  const shown = (yes: boolean): string => (yes ? 'shown' : 'not shown');
  return [
    `“On ${percent(share)} of datasets” can mean three things; say which you mean`,
    `  point: ${count(point.reached)} of ${count(point.judged)} datasets reach both targets in their gold. Describes, proves nothing`,
    `  partial conjunction: at least ${count(bonferroni.atLeast)} of these ${count(bonferroni.of)} truly meet both (wanted ${count(bonferroni.wanted)}): ${shown(bonferroni.shown)}, p = ${bonferroni.pValue.toPrecision(2)}${simes.atLeast === bonferroni.atLeast ? '' : `; ${count(simes.atLeast)} if datasets are independent (Simes): ${shown(simes.shown)}`}`,
    `  population: a new dataset of this kind meets both with probability ≥ ${fixed(population.atLeast)} (${count(population.certified)} of ${count(population.of)} certified): ${shown(population.shown)}`,
  ].join('\n');
};
