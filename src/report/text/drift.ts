import { blocks, countText, lines, percent, some, stratumName } from '../../output/format.js';
import type { DriftOfClusters, DriftOfErrors, DriftOfScores, ErrorDrift } from '../../stages/drift/index.js';
import type { DriftGroup, DriftSummary } from '../../study/index.js';
import { bullets, countOfText, pValueText } from './words.js';

/**
 * The drift watch as a page of text: alarms first, each with the n it rests on.
 *
 * @param summary - from `Study.drift`
 */
export const driftText = (summary: DriftSummary): string =>
  blocks(
    headText(summary),
    summary.groups.map((group) => groupText(group, summary)),
    lines('What it rests on', bullets([...assumptions(summary), ...summary.warnings])),
  );

const assumptions = ({ falseAlarm, by, clusterBy, groups, looks }: DriftSummary): readonly string[] => {
  const notes = [
    `any false alarm in this run or those before it (${some(looks.length, 'look')} so far): probability ≤ ${percent(falseAlarm)}; half for scores, half for errors. drift.json keeps the looks, so write each run to the same folder`,
  ];
  if (by !== undefined && groups.some(({ errorsSoFar }) => errorsSoFar !== undefined)) {
    notes.push(`“so far” counts the gold of every ${by} that was looked at, each as it was last`);
  }
  if (clusterBy !== undefined) {
    notes.push(
      `each ${clusterBy} is one unit: of each so many values are taken as nine of ten have, and errors are its share of gold that is wrong`,
    );
  }
  notes.push('errors are counted on gold of each class, so that many flowing stacks cannot hide a few missed stalls');
  notes.push('no alarm does not prove that nothing changed: each line shows what an alarm would have taken');
  return notes;
};

const headText = (summary: DriftSummary): string => {
  const { by, reference } = summary;
  const looks = by === undefined ? 'one look' : `one look at each ${by}, in order`;
  return lines(`Drift: ${verdictText(summary)}`, `  ${some(reference, 'reference value')}; ${looks}`);
};

const verdictText = ({ alarm, able, groups, by }: DriftSummary): string => {
  if (!alarm) return able ? 'no alarm' : 'NOTHING TO TELL: too few scores, and no gold';
  if (by === undefined) return 'ALARM';
  const alarmed = groups.filter((group) => group.alarm).map(({ group }) => stratumName(by, group));
  return `ALARM in ${alarmed.join(', ')}`;
};

const groupText = (group: DriftGroup, { by }: DriftSummary): string => {
  const name = by === undefined ? 'Now' : stratumName(by, group.group);
  const state = group.alarm ? 'ALARM' : 'quiet';
  const quantiles = group.quantiles.map(
    ({ at, reference, now }) => `${percent(at)} ${valueText(reference)} → ${valueText(now)}`,
  );
  return lines(
    `${name}: ${state} (look ${group.look}, ${some(group.stacks, 'stack')})`,
    distanceText(group.scores),
    unitText(group.scores),
    tailLines(group.scores),
    `  quantiles then → now: ${quantiles.join(', ')}`,
    group.errors === undefined ? '  no gold here, so no errors are counted' : errorLines('', group.errors),
    group.errorsSoFar === undefined ? undefined : errorLines('so far, ', group.errorsSoFar),
  );
};

const valueText = (value: number | undefined): string =>
  value === undefined ? '–' : value.toFixed(2).replace('-', '−');

const distanceText = ({ n, distance, alarmAbove }: DriftOfScores): string => {
  if (n.now === 0 || n.reference === 0) return '  no values to compare';
  const found = `largest distance ${distance.toFixed(4)} over all quantiles, alarm above ${alarmAbove.toFixed(4)}`;
  const counts = `(n = ${countText(n.reference)} then, ${countText(n.now)} now)`;
  const tooFew = alarmAbove >= 1 ? '; too few for any alarm' : '';
  return `  values: ${found} ${counts}${distance > alarmAbove ? ALARM : tooFew}`;
};

const unitText = (scores: DriftOfScores | DriftOfClusters): string | undefined => {
  if (!('each' in scores)) return undefined;
  const { each, left } = scores;
  const small =
    left.reference + left.now === 0 ? '' : `; ${some(left.reference + left.now, 'cluster')} with fewer take no part`;
  return `  n counts clusters, each by ${some(each, 'value')}${small}`;
};

const ALARM = ' – ALARM';

const tailLines = ({ n, tails }: DriftOfScores): readonly string[] =>
  tails.map(({ above, reference, now, pValue, alarm }) => {
    const then = `${countOfText(reference, n.reference, 'then')}, ${countOfText(now, n.now, 'now')}`;
    return `  above ${valueText(above)}: ${then}, ${pValueText(pValue)}${alarm ? ALARM : ''}`;
  });

const errorLines = (which: string, { missedStalls, falseAlarms }: DriftOfErrors): readonly string[] => [
  errorText(`${which}stalls missed`, missedStalls, 'stalled'),
  errorText(`${which}flowing called stalled`, falseAlarms, 'flowing'),
];

const errorText = (what: string, drift: ErrorDrift, gold: 'stalled' | 'flowing'): string => {
  const { errors, n, limit, logEvidence, alarmAt, alarm } = drift;
  if (n === 0) return `  ${what}: no ${gold} gold`;
  const counts = `${countOfText(errors, n, 'gold')}, allowed ${percent(limit)}`;
  const evidence = `evidence of a rise ${valueText(logEvidence)} nats, alarm at ${alarmAt.toFixed(2)}`;
  return `  ${what}: ${counts}; ${evidence}${alarm ? ALARM : ''}`;
};
