import { percent, some } from '../../output/format.js';
import { shrink } from '../figures/index.js';
import type { PageData } from './data.js';
import { type Explored, explore, explorerStart } from './explorer.js';

/** One pitfall, and whether these data fall into it. */
export interface PitfallCheck {
  /** `P01` to `P14`; numbers stay, so that they can be cited. */
  readonly id: string;
  readonly name: string;
  /** `unknown`: the data to tell are not here. */
  readonly state: 'fine' | 'look' | 'warning' | 'unknown';
  /** What was found, with its counts. */
  readonly found: string;
  /** The page that explains it, in the package. */
  readonly page: string;
}

type Finding = Pick<PitfallCheck, 'state' | 'found'>;

const fine = (found: string): Finding => ({ state: 'fine', found });
const look = (found: string): Finding => ({ state: 'look', found });
const warning = (found: string): Finding => ({ state: 'warning', found });
const unknown = (found: string): Finding => ({ state: 'unknown', found });

interface Seen {
  readonly data: PageData;
  /** At the thresholds in use. */
  readonly here?: Explored;
}

/** Every pitfall with its question, in the order of their numbers. */
const PITFALLS: readonly { readonly slug: string; readonly name: string; readonly ask: (seen: Seen) => Finding }[] = [
  { slug: 'few-positives', name: 'Few stalls in gold', ask: (seen) => fewPositives(seen) },
  { slug: 'imbalance', name: 'Rare stalls', ask: (seen) => imbalance(seen) },
  { slug: 'biased-gold', name: 'Gold among candidates only', ask: (seen) => biasedGold(seen) },
  { slug: 'circular-gold', name: 'Gold made by what it judges', ask: (seen) => circularGold(seen) },
  { slug: 'clusters', name: 'Few mice', ask: (seen) => clusters(seen) },
  { slug: 'mismatch', name: 'Gold unlike the batch', ask: (seen) => mismatch(seen) },
  { slug: 'vacuous-certificate', name: 'A certificate that decides nothing', ask: (seen) => vacuous(seen) },
  { slug: 'low-bar', name: 'Called stalled at a low probability', ask: (seen) => lowBar(seen) },
  { slug: 'missing', name: 'Stacks nobody judged', ask: (seen) => missing(seen) },
  { slug: 'weak-stratum', name: 'A weak stratum', ask: (seen) => weakStratum(seen) },
  { slug: 'drift', name: 'Drift', ask: (seen) => drift(seen) },
  { slug: 'miscalibration', name: 'Probabilities that do not hold', ask: (seen) => miscalibration(seen) },
  { slug: 'few-annotators', name: 'Few people, or doubtful ones', ask: (seen) => fewAnnotators(seen) },
  { slug: 'shared-errors', name: 'Errors in common', ask: (seen) => sharedErrors(seen) },
];

/**
 * Holds the data of a page against fourteen known pitfalls.
 *
 * @param data - parts that are absent give `unknown`, never `fine`
 * @returns one entry for each pitfall, in the order of their numbers
 */
export const pitfallChecks = (data: PageData): readonly PitfallCheck[] => {
  const { explorer } = data;
  const seen: Seen = explorer === undefined ? { data } : { data, here: explore(explorer, explorerStart(explorer)) };
  return PITFALLS.map(({ slug, name, ask }, i) => {
    const number = String(i + 1).padStart(2, '0');
    return { id: `P${number}`, name, ...ask(seen), page: `docs/pitfalls/${number}-${slug}.md` };
  });
};

const NO_GOLD = 'no gold was given';
const DEFAULT_TARGETS = { sensitivity: 0.99, confidence: 0.95 };

const fewPositives = ({ data: { verdict, explorer } }: Seen): Finding => {
  const { sensitivity, confidence } = verdict?.targets ?? DEFAULT_TARGETS;
  const claim = verdict?.claims?.find(({ name }) => name === 'sensitivity');
  const stalled = claim?.rate.n ?? explorer?.table.stalled.all;
  if (stalled === undefined) return unknown(NO_GOLD);
  // With no miss at all, so many stalls are needed before the lower bound reaches the target.
  const needed = Math.ceil(Math.log(1 - confidence) / Math.log(sensitivity));
  const text = `${stalled} stalls in held-out gold; ${needed} without a miss would show ${percent(sensitivity)}`;
  return stalled < needed ? warning(text) : fine(text);
};

/** Precision below which most of what is called stalled is flowing. */
const HALF = 0.5;
const RARE = 0.05;

const imbalance = ({ data: { explorer, labels }, here }: Seen): Finding => {
  const prevalence = explorer?.prevalence ?? labels?.prevalence.value;
  if (prevalence === undefined) return unknown('no prevalence is known');
  const share = `${percent(prevalence)} are stalled`;
  const ppv = here?.ppv.estimate;
  if (ppv !== undefined && ppv < HALF) return warning(`${share}: of those called stalled, only ${percent(ppv)} are`);
  const precision = ppv === undefined ? '' : `; of those called stalled, ${percent(ppv)} are`;
  return prevalence < RARE
    ? look(`${share}${precision}. Accuracy says nothing here, and MCC holds for this share alone`)
    : fine(`${share}${precision}`);
};

const biasedGold = ({ data: { labels } }: Seen): Finding => {
  if (labels === undefined) return unknown(NO_GOLD);
  return labels.chosen === 'candidates-only'
    ? warning('experts saw only what was called stalled, so missed stalls are invisible')
    : fine(`gold is ${labels.chosen}`);
};

/** A score or a majority that reproduces almost all of gold may have made it. */
const REPRODUCED = 0.999;

const circularGold = ({ data: { labels } }: Seen): Finding => {
  if (labels === undefined) return unknown(NO_GOLD);
  if (labels.chosen === 'crowd') return warning('the labels are the thresholded crowd');
  const { score, votes } = labels.reproducedBy ?? {};
  if (score === undefined && votes === undefined)
    return unknown('not tried whether scores or votes reproduce the labels');
  const texts = [
    ...(score === undefined ? [] : [`the score reproduces ${percent(score)} of gold`]),
    ...(votes === undefined ? [] : [`the majority of votes ${percent(votes)}`]),
  ];
  return Math.max(score ?? 0, votes ?? 0) >= REPRODUCED ? warning(texts.join(', ')) : fine(texts.join(', '));
};

/** Fewer groups than this cannot show that one in twenty is bad. */
const ENOUGH_CLUSTERS = 59;

const clusters = ({ data: { labels } }: Seen): Finding => {
  if (labels?.clusters === undefined) return unknown('no column of mice or experiments was given');
  const { by, count } = labels.clusters;
  const text = `gold from ${count} groups (by ${by}); ${ENOUGH_CLUSTERS} would show that at most one in twenty is bad`;
  return count < ENOUGH_CLUSTERS ? look(text) : fine(text);
};

/** Votes per stack, or shares of known annotators, that differ by more than this factor. */
const FAR_APART = 1.5;

const mismatch = ({ data: { labels } }: Seen): Finding => {
  const { votesPerStack, knownAnnotators } = labels?.mismatch ?? {};
  if (votesPerStack === undefined && knownAnnotators === undefined) return unknown('gold and batch were not compared');
  const isFar = (pair: { readonly gold: number; readonly batch: number } | undefined): boolean =>
    pair !== undefined && Math.max(pair.gold, pair.batch) > FAR_APART * Math.min(pair.gold, pair.batch);
  const text = [
    ...(votesPerStack === undefined
      ? []
      : [`${votesPerStack.gold.toFixed(1)} votes per gold stack, ${votesPerStack.batch.toFixed(1)} in the batch`]),
    ...(knownAnnotators === undefined
      ? []
      : [
          `${percent(knownAnnotators.gold)} of votes on gold by known annotators, ${percent(knownAnnotators.batch)} in the batch`,
        ]),
  ].join('; ');
  return isFar(votesPerStack) || isFar(knownAnnotators) ? warning(text) : fine(text);
};

/** Less than this share decided is next to nothing. */
const NEXT_TO_NOTHING = 0.01;

const vacuous = ({ data: { verdict, explorer }, here }: Seen): Finding => {
  if (here === undefined || explorer === undefined) return unknown('no thresholds to look at');
  if (verdict?.certified !== true) return fine('nothing is certified, so nothing is claimed');
  const { asFlowing } = here.counts.flowing;
  const share = asFlowing / Math.max(1, explorer.table.flowing.all);
  const text = `${asFlowing} of ${explorer.table.flowing.all} flowing gold stacks are retired as flowing`;
  return share < NEXT_TO_NOTHING ? warning(`certified, but ${text}`) : fine(text);
};

const lowBar = ({ data: { explorer } }: Seen): Finding => {
  if (explorer === undefined) return unknown('no thresholds to look at');
  const { stalledAbove } = explorer.chosen;
  if (stalledAbove === undefined) return fine('nothing is called stalled automatically');
  const probability = 1 / (1 + Math.exp(-stalledAbove));
  const text = `stalled is called above a probability of ${percent(probability)}`;
  return stalledAbove < 0 ? warning(text) : fine(text);
};

const missing = ({ data: { labels } }: Seen): Finding => {
  if (labels?.batch === undefined) return unknown('no batch was given');
  const { stacks, withoutVotes = 0, withoutScore = 0, unread = 0 } = labels.batch;
  const text = `of ${stacks} stacks ${withoutVotes} have no votes, ${withoutScore} no score, ${unread} could not be read`;
  return unread > 0 ? look(text) : fine(text);
};

const weakStratum = ({ data: { strata = [] } }: Seen): Finding => {
  if (strata.length === 0) return unknown('no strata were given');
  const weak = strata.flatMap(({ by, strata: each, targets }) =>
    (['sensitivity', 'specificity'] as const).flatMap((rate) => {
      const measured = each.filter((one) => one[rate].n > 0);
      const shrunken = shrink(measured.map((one) => one[rate]));
      return measured
        .filter((_, i) => targets !== undefined && shrunken[i].upper < targets[rate])
        .map(({ stratum, [rate]: { hits, n } }) => `${by} ${stratum}: ${rate} ${hits} of ${n}`);
    }),
  );
  const unseen = strata.flatMap(({ withoutGold = [] }) => withoutGold);
  if (weak.length > 0) return warning(weak.slice(0, 3).join('; '));
  if (unseen.length > 0) return look(`no gold in ${some(unseen.length, 'group')}, so nothing is known there`);
  return fine('none is below the targets by more than chance');
};

const drift = ({ data: { weeks } }: Seen): Finding => {
  if (weeks === undefined) return unknown('weeks were not compared');
  const alarms = weeks.weeks.filter(({ alarm }) => alarm === true).map(({ week }) => week);
  return alarms.length > 0 ? warning(`alarm in ${alarms.join(', ')}`) : fine(`no alarm in ${weeks.weeks.length} weeks`);
};

/** Of ten 95 % intervals, two outside happen by chance in 9 % of cases, three in 1 %. */
const BY_CHANCE = 2;

const miscalibration = ({ data: { reliability } }: Seen): Finding => {
  const last = reliability?.series.at(-1);
  if (last === undefined) return unknown(NO_GOLD);
  const outside = last.bins.filter(
    ({ meanProbability, stalled: { interval } }) =>
      meanProbability < interval.lower || meanProbability > interval.upper,
  ).length;
  const text = `${last.name}: ${outside} of ${last.bins.length} bins lie outside their interval`;
  return outside > BY_CHANCE ? warning(text) : fine(text);
};

/** A tenth of people with more of the votes than this decides alone. */
const CONCENTRATED = 0.9;

const fewAnnotators = ({ data: { annotators } }: Seen): Finding => {
  if (annotators === undefined) return unknown('no annotators are known');
  const rows = annotators.annotators;
  const counts = rows.map(({ votes }) => votes).sort((a, b) => b - a);
  const all = counts.reduce((a, b) => a + b, 0);
  const share = counts.slice(0, Math.ceil(counts.length / 10)).reduce((a, b) => a + b, 0) / Math.max(1, all);
  const doubtful = rows.filter(({ flags }) => flags.length > 0);
  const theirs = doubtful.reduce((sum, { votes }) => sum + votes, 0) / Math.max(1, all);
  const text = `the busiest tenth of ${rows.length} gave ${percent(share)} of the votes; ${doubtful.length} with a flag gave ${percent(theirs)}`;
  return theirs > RARE ? warning(text) : share > CONCENTRATED ? look(text) : fine(text);
};

/** Correlation of errors above which two sources are not two. */
const CORRELATED = 0.3;

const sharedErrors = ({ data: { agreement } }: Seen): Finding => {
  const known = agreement?.pairs.filter(({ errorCorrelation }) => errorCorrelation !== undefined) ?? [];
  if (known.length === 0) return unknown('errors of sources were not compared');
  const worst = known.reduce((a, b) => ((b.errorCorrelation ?? 0) > (a.errorCorrelation ?? 0) ? b : a));
  const text = `errors of ${worst.a} and ${worst.b} correlate by ${(worst.errorCorrelation ?? 0).toFixed(2)}`;
  return (worst.errorCorrelation ?? 0) > CORRELATED ? look(text) : fine(text);
};
