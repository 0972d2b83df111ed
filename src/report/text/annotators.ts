import { blocks, countText, fixed, lines, percent, some } from '../../output/format.js';
import type { AnnotatorRow, AnnotatorsSummary } from '../../study/index.js';
import { bullets, estimateText } from './words.js';

/** Rows of the table on the screen; annotators.csv has all. */
const SHOWN = 15;

/**
 * What annotators did, as a page of text: the crowd, whom to check, and the most active.
 *
 * @param summary - from `Study.annotators`
 */
export const annotatorsText = (summary: AnnotatorsSummary): string =>
  blocks(crowdText(summary), flaggedText(summary), tableText(summary), lines('Note', bullets(notesOf(summary))));

const crowdText = ({ crowd, newcomer, basis, prevalence }: AnnotatorsSummary): string => {
  const { annotators, votes, stacks, alpha, agreement } = crowd;
  const agree = agreement.share === undefined ? 'No stack has two votes.' : agreementText(agreement.share, alpha);
  return lines(
    `${some(annotators, 'annotator')} gave ${some(votes, 'vote')} on ${some(stacks, 'stack')}. ${agree}`,
    `A newcomer here finds ${percent(newcomer.sensitivity.estimate)} of the stalls and clears ${percent(newcomer.specificity.estimate)} of the flowing stacks (${BASIS[basis]}); one such vote is worth ${nats(newcomer.information)} nats where ${percent(prevalence)} are stalled.`,
  );
};

const BASIS: Readonly<Record<AnnotatorsSummary['basis'], string>> = {
  gold: 'measured on gold',
  'all votes': 'estimated from the votes alone',
  'gold and all votes': 'estimated from all votes, gold among them',
};

const agreementText = (share: number, alpha: number | undefined): string =>
  `Two votes on one stack agree in ${percent(share)} of pairs${alpha === undefined ? ', but all say the same, so that nothing can be said beyond chance' : `; beyond chance, Krippendorff’s alpha is ${fixed(alpha)}`}.`;

const flaggedText = ({ flagged, annotators, falseAlarm }: AnnotatorsSummary): string => {
  const expected = `by chance alone about ${flagged.expectedByChance.toFixed(1)} flags are expected among honest annotators (${percent(falseAlarm)} for each flag)`;
  if (flagged.annotators === 0) return `Nobody stands out; ${expected}.`;
  const own = annotators.filter(({ flags }) => flags.length > 0).sort((a, b) => b.votes - a.votes);
  return lines(
    `${some(flagged.annotators, 'annotator')} should be checked; ${expected}:`,
    own
      .slice(0, SHOWN)
      .map(
        (row) =>
          `  ${nameOf(row)}, ${some(row.votes, 'vote')}: ${row.flags.map((flag) => reasonOf(flag, row)).join('; ')}`,
      ),
    own.length > SHOWN ? `  … and ${countText(own.length - SHOWN)} more, in annotators.csv` : undefined,
  );
};

const nameOf = ({ annotatorId, kind }: AnnotatorRow): string => (kind === 'anonymous' ? '(anonymous)' : annotatorId);

const reasonOf = (flag: AnnotatorRow['flags'][number], row: AnnotatorRow): string => {
  switch (flag) {
    case 'always-flowing':
      return 'says flowing to everything';
    case 'always-stalled':
      return 'says stalled to everything';
    case 'random':
      return 'answers no better than chance';
    case 'copying':
      return `answers as ${row.sameAs.map(({ annotatorId, shared, identical }) => `${annotatorId} does (${countText(identical)} of ${countText(shared)} alike)`).join(', ')}`;
    case 'bot-like':
      return 'answers by chance in an even rhythm, as a program does';
    case 'drift':
      return row.change === undefined
        ? 'changed'
        : `became ${row.change.change.estimate < 0 ? 'worse' : 'better'} (${percent(row.change.earlier)} right, then ${percent(row.change.later)})`;
  }
};

const tableText = ({ annotators }: AnnotatorsSummary): string => {
  const most = [...annotators].sort((a, b) => b.votes - a.votes).slice(0, SHOWN);
  const width = Math.max(...most.map((row) => nameOf(row).length), 0) + 2;
  return lines(
    annotators.length > SHOWN ? `The ${SHOWN} most active of ${countText(annotators.length)}` : 'All annotators',
    most.map(
      (row) =>
        `  ${nameOf(row).padEnd(width)}${some(row.votes, 'vote')} (${countText(row.goldVotes)} on gold), sensitivity ${estimateText(row.sensitivity, fixed)}, specificity ${estimateText(row.specificity, fixed)}, ${nats(row.information)} nats a vote`,
    ),
  );
};

const nats = (value: number): string => String(Number(value.toPrecision(2)));

const notesOf = ({ basis, confidence, falseAlarm, annotators }: AnnotatorsSummary): readonly string[] => [
  `intervals have a confidence of ${percent(confidence)}; a flag names a pattern to check, not a person to exclude`,
  ...(basis === 'all votes'
    ? [
        'without gold, an annotator is judged by the others: where all err together, nobody sees it. Name gold with --gold',
      ]
    : []),
  ...(annotators.some(({ change }) => change !== undefined)
    ? []
    : [
        `change over time and rhythm are not looked at, because the order of the votes is not known: --time-column names the time, --order rows says that the file grows at its end`,
      ]),
  ...(falseAlarm > 0.01 ? ['with so many false alarms, a flag says little'] : []),
];
