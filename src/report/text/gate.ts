import type { Rate } from '../../domain/interval.js';
import { blocks, countText, fixed, lines, percent, some } from '../../output/format.js';
import type { AcrossDatasets } from '../../stages/riskControl/index.js';
import type { DatasetGate, GateSummary, GoldClusters } from '../../study/index.js';
import { ranOutText, targetsText } from './certification.js';
import { bullets } from './words.js';

/**
 * The gate as a page of text: one block for each dataset, then what all of them show together.
 *
 * @param summary - from `Study.gate`
 */
export const gateText = (summary: GateSummary): string =>
  blocks(
    headText(summary),
    summary.datasets.map((dataset) => datasetText(dataset, summary)),
    summary.across === undefined || summary.by === undefined ? undefined : readingsText(summary.across, summary),
    lines('What it rests on', bullets(assumptions(summary)), strayText(summary)),
  );

const assumptions = (summary: GateSummary): readonly string[] => {
  const { clusterBy, warnings } = summary;
  return [
    'each verdict uses only the gold of its own dataset, at the confidence above; a wrong pass and a wrong fail are both that rare',
    '“kept” means not retired as flowing: stalls left to people count as kept, and what people then decide is not judged here',
    clusterBy === undefined
      ? 'gold stacks are taken as independent; if they share mice or recordings, name that column (--cluster mouse)'
      : `a pass must also stand at the effective number of gold stacks, by ${clusterBy}`,
    ...looksText(summary),
    ...warnings,
  ];
};

const strayText = ({ goldWithoutDataset, by }: GateSummary): string | undefined =>
  goldWithoutDataset > 0
    ? `  · ${some(goldWithoutDataset, 'gold stack')} of no ${by ?? 'dataset'} take no part`
    : undefined;

const VERDICTS = ['pass', 'fail', 'insufficient', 'refused'] as const;

const headText = (summary: GateSummary): string => {
  const { targets, datasets } = summary;
  const tallies = VERDICTS.map((verdict) => ({ verdict, n: datasets.filter((one) => one.verdict === verdict).length }))
    .filter(({ n }) => n > 0)
    .map(({ verdict, n }) => `${countText(n)} ${verdict}`);
  const confidence = `${percent(targets.confidence)} confidence${spentText(summary)}`;
  return lines(
    `Gate: may this policy replace people? ${tallies.join(', ')}`,
    `  Wanted: ${targetsText(targets)} with ${confidence}.`,
  );
};

/** The confidence of this look, where it is not that of the targets. */
const spentText = ({ targets, confidence, look: { look, planned } }: GateSummary): string => {
  if (confidence === targets.confidence) return '';
  const number = planned === undefined ? `look ${look}` : `look ${look} of ${planned}`;
  return `; ${number}, so ${percent(confidence)} now`;
};

const MODES = {
  live: 'live: its decisions may stand',
  shadow: 'shadow: it decides and is recorded, while people decide',
  people: 'people decide',
} as const;

const datasetText = (dataset: DatasetGate, summary: GateSummary): string => {
  const { counts, verdict, mode, refusals, broken, clusters, fresh, decidesNothing } = dataset;
  const head = `${dataset.dataset}: ${verdict.toUpperCase()} – ${MODES[mode]}`;
  if (counts.stalled + counts.flowing === 0 && refusals.length === 0) return lines(head, noGoldLines(dataset));
  return lines(
    head,
    `  ${keptText(dataset.sensitivity, 'audited stalls', 'kept', neededOf('stalled', dataset))}`,
    `  ${keptText(dataset.specificity, 'audited flowing', 'not called stalled', neededOf('flowing', dataset))}`,
    decidedText(dataset),
    votesLines(dataset, summary.mostVotes),
    broken.length > 0 ? `  shown to be beyond the target: ${broken.join(' and ')}` : undefined,
    decidesNothing ? '  it decided none of them, so there is nothing that could replace people' : undefined,
    clusters === undefined ? undefined : clusterLines(clusters, summary.clusterBy ?? 'cluster'),
    fresh === undefined || decidesNothing ? undefined : freshText(fresh, summary.look),
    refusals.flatMap(({ reason, fix }) => [`  refused: ${reason}`, `    ${fix}`]),
  );
};

const noGoldLines = ({ stacks, unseen, more }: DatasetGate): readonly string[] => {
  const unread = unseen > 0 ? ` (${some(unseen, 'gold stack')} never voted on or scored)` : '';
  const needed =
    more === undefined
      ? ''
      : `needed: ${countText(more.stalled)} stalled and ${countText(more.flowing)} flowing gold stacks, if it errs on none of them`;
  return [
    `  ${some(stacks, 'stack')}, no gold yet${unread}: a new dataset starts in shadow, whatever other datasets showed`,
    `  ${needed}`,
  ];
};

/** What gold of one class still lacks for a pass. */
const neededOf = (gold: 'stalled' | 'flowing', { more, votesFor, nextLook }: DatasetGate): string => {
  if (more === undefined) return '';
  if (more[gold] > 0)
    return `; ${countText(more[gold])} ${nextLook === undefined ? 'too few for this look' : 'more needed'}`;
  return votesFor === undefined || votesFor[gold] === 0 ? '; enough' : '; votes needed';
};

const keptText = (rate: Rate, gold: string, kept: string, needed: string): string => {
  const { hits, n, atLeast, atMost, estimate } = rate;
  if (estimate === undefined) return `no ${gold}${needed}`;
  const bound =
    needed === '' && hits < n ? `between ${fixed(atLeast)} and ${fixed(atMost)}` : `lower bound ${fixed(atLeast)}`;
  return `${countText(hits)} of ${countText(n)} ${gold} ${kept} ⇒ ${bound}${needed}`;
};

const decidedText = ({ counts, unseen }: DatasetGate): string => {
  const { undecided, ranOut } = counts;
  const stalled = counts.stalled - undecided.stalled - ranOut.stalled;
  const flowing = counts.flowing - undecided.flowing - ranOut.flowing;
  const shares = `${countText(stalled)} of ${countText(counts.stalled)} stalled and ${countText(flowing)} of ${countText(counts.flowing)} flowing`;
  const more = unseen > 0 ? `; ${countText(unseen)} more were never voted on or scored` : '';
  return `  of these it decided ${shares} by itself${more}`;
};

/** Gold that nobody knows the end of: how it was taken, and what to do about it. */
const votesLines = (dataset: DatasetGate, mostVotes: number | undefined): readonly string[] => {
  const { counts, verdict, votesFor, more, nextLook } = dataset;
  const { ranOut } = counts;
  if (ranOut.stalled + ranOut.flowing === 0) return [];
  const open = `  ${ranOutText(ranOut)}: nobody knows how they would have ended, so they count as wrong`;
  if (verdict === 'fail') return [`${open} above; with all of them right the policy still fails`];
  if (votesFor === undefined || more === undefined) return [open];
  const most = mostVotes === undefined ? '' : ` (${some(mostVotes, 'vote')} on a stack at most)`;
  const collect = `  collect more votes on ${goldToVoteOn(votesFor)} until the rule is done${most}`;
  if (more.stalled + more.flowing === 0) {
    return [
      open,
      `${collect}; with all of it right this passes, and other gold alone does not help. Then gate again as this same look`,
    ];
  }
  const counted = nextLook === undefined ? '' : ', and the gold needed above assumes that all of it ends right';
  return [open, `${collect}: other gold does not replace its votes${counted}`];
};

const goldToVoteOn = ({ stalled, flowing }: NonNullable<DatasetGate['votesFor']>): string => {
  if (flowing === 0) return 'the stalled ones';
  return stalled === 0 ? 'the flowing ones' : 'that gold';
};

/** A look that is over cannot be repeated by adding to its gold. */
const freshText = (fresh: NonNullable<DatasetGate['fresh']>, { look, planned }: GateSummary['look']): string => {
  const which =
    planned === undefined || planned === 1 ? 'this was the one look planned' : `this was look ${look} of ${planned}`;
  const needed = `${countText(fresh.stalled)} stalled and ${countText(fresh.flowing)} flowing if it errs on none of them`;
  return `  ${which}, so more of this gold proves nothing: fresh gold would have to pass by itself, ${needed}`;
};

/** What another look would rest on; stands where something is still needed. */
const looksText = ({ datasets, next, look: { planned } }: GateSummary): readonly string[] => {
  if (next === undefined) {
    return datasets.some(({ fresh, decidesNothing }) => fresh !== undefined && !decidesNothing)
      ? [
          'this look spent the whole error budget: a second test of the same gold with more added proves nothing. To test while gold grows, number the looks from the first (--look 1, or --look 1 --planned 2); each look then needs more gold',
        ]
      : [];
  }
  const isNext = ({ more, nextLook }: DatasetGate): boolean => more !== undefined && nextLook?.look === next.look;
  if (!datasets.some(isNext)) return [];
  const flags = planned === undefined ? `--look ${next.look}` : `--look ${next.look} --planned ${planned}`;
  return [
    `“more needed” is what the next look needs, at ${percent(next.confidence)} confidence: gate again with ${flags}`,
  ];
};

const clusterLines = (clusters: NonNullable<DatasetGate['clusters']>, by: string): readonly string[] => {
  const { count, stalled, flowing, decides } = clusters;
  const found = [`  ${some(count, 'cluster')}: ${effectText('stalled', stalled)}; ${effectText('flowing', flowing)}`];
  if (decides) found.push('  it would pass if gold stacks were independent; at their effective number it does not');
  if (stalled.without + flowing.without > 0) {
    const without = `${countText(stalled.without)} stalled and ${some(flowing.without, 'flowing gold stack')} without a ${by}`;
    found.push(`  ${without} prove nothing here, because all of them may share one; their errors count`);
  }
  return found;
};

const effectText = (name: 'stalled' | 'flowing', effect: GoldClusters['stalled']): string => {
  const { stacks, clusters, designEffect, icc, effective, tooFew } = effect;
  if (designEffect === undefined || effective === undefined) return `${name} gold cannot show its design effect`;
  const sign = (icc ?? 0) < 0 ? '−' : '';
  const likeness = icc === undefined ? '' : `, ICC ${sign}${Math.abs(icc).toFixed(2)}`;
  const few = tooFew ? '; rough, from fewer than 20 clusters' : '';
  const worth = `${countText(stacks)} ${name} from ${countText(clusters)} are worth ${countText(Math.floor(effective))}`;
  return `${worth} (design effect ${designEffect.toFixed(2)}${likeness}${few})`;
};

const readingsText = (across: AcrossDatasets, { withoutGold }: GateSummary): string => {
  const { share, point, partialConjunction, population } = across;
  const { bonferroni, simes } = partialConjunction;
  const atLeast = `at least ${countText(bonferroni.atLeast)} of these ${countText(bonferroni.of)} truly meet both`;
  const wanted = `(wanted ${countText(bonferroni.wanted)}): ${shown(bonferroni.shown)}, p = ${bonferroni.pValue.toPrecision(2)}`;
  const independent =
    simes.atLeast === bonferroni.atLeast
      ? ''
      : `; ${countText(simes.atLeast)} if datasets are independent (Simes): ${shown(simes.shown)}`;
  const certified = `(${countText(population.certified)} of ${countText(population.of)} certified)`;
  return lines(
    `“On ${percent(share)} of datasets” can mean three things; say which you mean`,
    `  point: ${countText(point.reached)} of ${countText(point.judged)} datasets reach both targets in their gold. Describes, proves nothing`,
    `  partial conjunction: ${atLeast} ${wanted}${independent}`,
    `  population: a new dataset of this kind meets both with probability ≥ ${fixed(population.atLeast)} ${certified}: ${shown(population.shown)}`,
    withoutGold > 0 ? `  ${withoutGoldText(withoutGold, bonferroni.of)}` : undefined,
  );
};

const shown = (yes: boolean): string => (yes ? 'shown' : 'not shown');

const withoutGoldText = (without: number, all: number): string => {
  const datasets = `${countText(without)} of these ${some(all, 'dataset')}`;
  return without === 1
    ? `${datasets} has no gold: nothing is shown of it, and it counts among all`
    : `${datasets} have no gold: nothing is shown of them, and they count among all`;
};
