import type { Rate } from '../../domain/interval.js';
import { blocks, countText, fixed, lines, percent, some } from '../../output/format.js';
import type { AcrossDatasets } from '../../stages/riskControl/index.js';
import type { DatasetGate, GateEvidence, GateSummary, GateVerdict, GoldClusters } from '../../study/index.js';
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
    mismatchText(summary),
    summary.datasets.map((dataset) => datasetText(dataset, summary)),
    summary.across === undefined || summary.by === undefined ? undefined : readingsText(summary.across, summary),
    lines('What it rests on', bullets(assumptions(summary)), strayText(summary)),
  );

const assumptions = ({ clusterBy, targets, bets, warnings }: GateSummary): readonly string[] => {
  const most = percent(1 - targets.confidence);
  return [
    `gate as often as gold arrives: P(ever shown, although a target is missed) ≤ ${most}, and P(ever revoked, although both are met) ≤ ${most}, for each dataset over all gates; keep the order of gold and append to its end`,
    `the first look of a dataset is exact and spends ${percent(bets.spend)} of that; every later stack is a bet with the rest, reckoned exactly`,
    'each verdict uses only the gold of its own dataset',
    '“kept” means not retired as flowing: stalls left to people count as kept, and what people then decide is not judged here',
    clusterBy === undefined
      ? 'gold stacks are taken as independent; if they share mice or recordings, name that column (--cluster mouse)'
      : `each ${clusterBy} is one unit, whatever its stacks share: only whole ones prove anything`,
    ...warnings,
  ];
};

const mismatchText = ({ mismatches }: GateSummary): string | undefined =>
  mismatches.length === 0
    ? undefined
    : lines(
        'Not certified for these stacks: they are not like those the policy was made for',
        bullets(mismatches.map(({ text }) => text)),
      );

const strayText = ({ goldWithoutDataset, by }: GateSummary): string | undefined =>
  goldWithoutDataset > 0
    ? `  · ${some(goldWithoutDataset, 'gold stack')} of no ${by ?? 'dataset'} take no part`
    : undefined;

const VERDICTS = ['pass', 'fail', 'insufficient', 'not certified', 'refused'] as const;

const headText = ({ targets, datasets, bets }: GateSummary): string => {
  const tallies = VERDICTS.map((verdict) => ({ verdict, n: datasets.filter((one) => one.verdict === verdict).length }))
    .filter(({ n }) => n > 0)
    .map(({ verdict, n }) => `${countText(n)} ${verdict}`);
  const gates = bets.gates > 1 ? `, over ${countText(bets.gates)} gates with gold` : '';
  return lines(
    `Gate: may this policy replace people? ${tallies.join(', ')}`,
    `  Wanted: ${targetsText(targets)} with ${percent(targets.confidence)} confidence${gates}.`,
  );
};

const MODES = {
  live: 'live: its decisions may stand',
  shadow: 'shadow: it decides and is recorded, while people decide',
  people: 'people decide',
} as const;

/** How each verdict reads for gold that keeps coming. */
const STANDING: Readonly<Record<GateVerdict, string>> = {
  pass: 'shown',
  fail: 'revoked',
  insufficient: 'holds so far',
  'not certified': 'shown on gold, not certified for these stacks',
  refused: 'nothing can be shown',
};

const datasetText = (dataset: DatasetGate, summary: GateSummary): string => {
  const { counts, verdict, mode, refusals, broken, clusters, evidence, decidesNothing } = dataset;
  const seen = counts.stalled + counts.flowing;
  const standing = seen === 0 ? 'no gold yet' : STANDING[verdict];
  const head = `${dataset.dataset}: ${verdict.toUpperCase()} (${standing}) – ${MODES[mode]}`;
  if (seen === 0 && refusals.length === 0) return lines(head, noGoldLines(dataset));
  return lines(
    head,
    `  ${keptText(dataset.sensitivity, 'audited stalls', 'kept', neededOf('stalled', dataset))}`,
    `  ${keptText(dataset.specificity, 'audited flowing', 'not called stalled', neededOf('flowing', dataset))}`,
    clusters === undefined
      ? [evidenceText('missed stalls', evidence.stalled), evidenceText('false alarms', evidence.flowing)]
      : clusterLines(clusters, dataset, summary.clusterBy ?? 'cluster'),
    decidedText(dataset),
    votesLines(dataset, summary.mostVotes),
    broken.length > 0 ? `  shown to be beyond the target: ${broken.join(' and ')}` : undefined,
    decidesNothing ? '  it decided none of them, so there is nothing that could replace people' : undefined,
    refusals.flatMap(({ reason, fix }) => [`  refused: ${reason}`, `    ${fix}`]),
  );
};

/** Where the look and the bets of one class stand. */
const evidenceText = (risk: string, { test, shownAt, logWealth, against, n }: GateEvidence): string => {
  const { firstLook, logWealth: needed } = test;
  const bets =
    needed === undefined ? 'the one look is over' : `evidence ${nats(logWealth)} of ${nats(needed)} nats needed`;
  const look =
    firstLook === undefined || firstLook.n <= n
      ? ''
      : `, or at most ${some(firstLook.allowed, 'error')} of the first ${countText(firstLook.n)}`;
  const standing = shownAt === undefined ? `${bets}${look}` : `shown after ${some(shownAt, 'stack')}`;
  return `  ${risk}: ${standing}; against it at most ${nats(against.bestLogWealth)} of the ${nats(against.needed)} nats that revoke`;
};

const nats = (value: number): string => value.toFixed(1).replace('-', '−');

const noGoldLines = ({ stacks, unseen, more }: DatasetGate): readonly string[] => {
  const unread = unseen > 0 ? ` (${some(unseen, 'gold stack')} never voted on or scored)` : '';
  const needed =
    more === undefined
      ? ''
      : `needed: ${countText(more.stalled ?? 0)} stalled and ${countText(more.flowing ?? 0)} flowing gold stacks, if it errs on none of them`;
  return [
    `  ${some(stacks, 'stack')}, no gold yet${unread}: a new dataset starts in shadow, whatever other datasets showed`,
    `  ${needed}`,
  ];
};

/** What gold of one class still lacks for a pass. */
const neededOf = (gold: 'stalled' | 'flowing', { more, votesFor, clusters }: DatasetGate): string => {
  if (more === undefined || (more.unit === 'clusters' && clusters !== undefined)) return '';
  const missing = more[gold];
  if (missing === undefined) return '; the one look is over';
  if (missing > 0) return `; ${countText(missing)} more needed, if it errs on none of them`;
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
const votesLines = (dataset: DatasetGate, mostVotes: number): readonly string[] => {
  const { counts, verdict, votesFor, more } = dataset;
  const { ranOut } = counts;
  if (ranOut.stalled + ranOut.flowing === 0) return [];
  const open = `  ${ranOutText(ranOut)}: nobody knows how they would have ended, so they count as wrong`;
  if (verdict === 'fail') return [`${open} above; with all of them right the policy still fails`];
  if (votesFor === undefined || more === undefined) return [open];
  const collect = `  collect more votes on ${goldToVoteOn(votesFor)} until the rule is done (${some(mostVotes, 'vote')} on a stack at most)`;
  if (more.stalled === 0 && more.flowing === 0) {
    return [
      open,
      `${collect}; with all of it right this passes, and other gold alone does not help. Then gate again with the same gold`,
    ];
  }
  return [
    open,
    `${collect}: other gold does not replace its votes, and the gold needed above assumes that all of it ends right`,
  ];
};

const goldToVoteOn = ({ stalled, flowing }: NonNullable<DatasetGate['votesFor']>): string => {
  if (flowing === 0) return 'the stalled ones';
  return stalled === 0 ? 'the flowing ones' : 'that gold';
};

const clusterLines = (
  clusters: NonNullable<DatasetGate['clusters']>,
  { more }: DatasetGate,
  by: string,
): readonly string[] => {
  const { count, stalled, flowing, decides, sensitivityAnalysis } = clusters;
  const found = [
    `  ${some(count, 'cluster')}: ${effectText('stalled', stalled)}; ${effectText('flowing', flowing)}`,
    unitText('missed stalls', stalled, more?.stalled, by),
    unitText('false alarms', flowing, more?.flowing, by),
  ];
  if (decides) {
    found.push(
      `  it would pass if gold stacks were independent; with the ${by} as the unit it is not shown, because a rare bad ${by} may be missing among so few`,
    );
  }
  if (sensitivityAnalysis !== undefined) {
    found.push(
      `  at the effective number of stacks it ${sensitivityAnalysis}: a sensitivity analysis, not a proof, for it cannot see a rare bad ${by}`,
    );
  }
  if (stalled.without + flowing.without > 0) {
    const without = `${countText(stalled.without)} stalled and ${some(flowing.without, 'flowing gold stack')} without a ${by}`;
    found.push(`  ${without} prove nothing here, because all of them may share one; their errors count`);
  }
  if (stalled.late + flowing.late > 0) {
    found.push(
      `  ${some(stalled.late + flowing.late, 'gold stack')} came to a ${by} that had been bet on already and prove nothing: bring whole ones`,
    );
  }
  return found;
};

const unitText = (
  risk: string,
  { below, needed }: GoldClusters['stalled'],
  more: number | undefined,
  by: string,
): string => {
  const standing = below.shown
    ? 'shown'
    : `evidence ${nats(below.logWealth)}; ${countText(more ?? below.more ?? 0)} more needed, if it errs in none of them`;
  return `  ${risk}, each ${by} one unit: ${countText(below.n)} seen, ${countText(needed)} needed at the very least; ${standing}`;
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
