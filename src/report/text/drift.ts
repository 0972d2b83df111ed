import { countText, percent, some, stratumName } from '../../output/format.js';
import type { DriftOfErrors, DriftOfScores, ErrorDrift } from '../../stages/drift/index.js';
import type { DriftGroup, DriftSummary } from '../../study/index.js';

/** The drift watch as a page of text: alarms first, each with the n it rests on. */
export const driftText = (summary: DriftSummary): string =>
  [
    headText(summary),
    ...summary.groups.map((group) => groupText(group, summary)),
    [
      'What it rests on',
      `  · any false alarm in all of this, and in looks that went before under other numbers: probability ≤ ${percent(summary.falseAlarm)}; half for scores, half for errors`,
      ...(summary.by === undefined || summary.groups.every(({ errorsSoFar }) => errorsSoFar === undefined)
        ? []
        : [
            `  · “so far” is counted from the first ${summary.by} here; each run begins it afresh, and spends on it what look ${summary.look.look} may`,
          ]),
      '  · errors are counted on gold of each class, so a few missed stalls are not drowned by flowing stacks',
      '  · no alarm is no proof of no drift: see what it would have taken',
      ...summary.warnings.map((warning) => `  · ${warning}`),
    ].join('\n'),
  ].join('\n\n');

const headText = ({ alarm, able, groups, by, reference }: DriftSummary): string => {
  const alarmed = groups.filter((group) => group.alarm).map(({ group }) => group);
  const verdict = alarm
    ? `ALARM${by === undefined ? '' : ` in ${alarmed.map((group) => stratumName(by, group)).join(', ')}`}`
    : able
      ? 'no alarm'
      : 'NOTHING TO TELL: too few scores, and no gold';
  return `Drift: ${verdict}\n  ${some(reference, 'reference value')}; ${by === undefined ? 'one look' : `one look at each ${by}, in order`}`;
};

const groupText = (one: DriftGroup, { by }: DriftSummary): string =>
  [
    `${by === undefined ? 'Now' : stratumName(by, one.group)}: ${one.alarm ? 'ALARM' : 'quiet'} (look ${one.look}, ${some(one.stacks, 'stack')})`,
    ...scoresText(one.scores),
    `  quantiles then → now: ${one.quantiles.map(({ at, reference, now }) => `${percent(at)} ${shown(reference)} → ${shown(now)}`).join(', ')}`,
    ...(one.errors === undefined ? ['  no gold here, so no errors are counted'] : errorsText('', one.errors)),
    ...(one.errorsSoFar === undefined ? [] : errorsText('so far, ', one.errorsSoFar)),
  ].join('\n');

/** Smaller p-values are no better evidence, only more digits. */
const SMALLEST = 1e-12;

const shown = (value: number | undefined): string => (value === undefined ? '–' : value.toFixed(2).replace('-', '−'));

const scoresText = ({ n, distance, alarmAbove, tails }: DriftOfScores): readonly string[] => [
  n.now === 0 || n.reference === 0
    ? '  no values to compare'
    : `  values: largest distance ${distance.toFixed(4)} over all quantiles, alarm above ${alarmAbove.toFixed(4)} (n = ${countText(n.reference)} then, ${countText(n.now)} now)${distance > alarmAbove ? ' – ALARM' : alarmAbove >= 1 ? '; too few for any alarm' : ''}`,
  ...tails.map(
    ({ above, reference, now, pValue, alarm }) =>
      `  above ${shown(above)}: ${countText(reference)} of ${countText(n.reference)} then, ${countText(now)} of ${countText(n.now)} now, p ${pValue < SMALLEST ? `< ${SMALLEST}` : `= ${pValue.toPrecision(2)}`}${alarm ? ' – ALARM' : ''}`,
  ),
];

const errorsText = (which: string, { missedStalls, falseAlarms }: DriftOfErrors): readonly string[] => [
  errorText(`${which}stalls missed`, missedStalls, 'stalled'),
  errorText(`${which}flowing called stalled`, falseAlarms, 'flowing'),
];

const errorText = (
  what: string,
  { errors, n, limit, logEvidence, alarmAt, alarm }: ErrorDrift,
  name: string,
): string =>
  n === 0
    ? `  ${what}: no ${name} gold`
    : `  ${what}: ${countText(errors)} of ${countText(n)} gold, allowed ${percent(limit)}; evidence of a rise ${shown(logEvidence)} nats, alarm at ${alarmAt.toFixed(2)}${alarm ? ' – ALARM' : ''}`;
