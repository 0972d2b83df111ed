import type { GoldUnsuitable } from '../../domain/operatingPoint.js';
import type { Targets } from '../../domain/targets.js';
import { countText, lines, percent } from '../../output/format.js';
import { DEFAULT_SHARES } from '../../stages/gold.js';
import type { ClassPlan, Plan, Rung } from '../../stages/thresholds/index.js';
import type { CoverageForecast, GoldFile } from '../../study/index.js';
import { claimText, targetsText } from './certification.js';

/** What `tandem plan` works out. */
export interface PlanSummary {
  readonly plan: Plan;
  readonly file: GoldFile | undefined;
  /** Why the gold there counts as none. */
  readonly unsuitable: GoldUnsuitable | undefined;
  readonly ladder: { readonly stalled: readonly Rung[]; readonly flowing: readonly Rung[] };
  readonly forecast: CoverageForecast | undefined;
  readonly targets: Targets;
  readonly power: number;
  readonly prevalence: number;
  /** Of one expert label, in any unit. */
  readonly cost: number | undefined;
}

/** How much gold to label, what each further point costs, and what it would decide. */
export const planText = (summary: PlanSummary): string => {
  const { plan, file, unsuitable, ladder, forecast, targets, power, cost, prevalence } = summary;
  const confidence = `${percent(targets.confidence)} confidence`;
  return lines(
    unsuitable === undefined ? undefined : [claimText(targets)(unsuitable), '  So it counts as none here.', ''],
    `To certify ${targetsText(targets)} with ${confidence}, tuning gold must hold:`,
    '',
    classLines('stalled', plan.stalled, summary),
    '',
    classLines('flowing', plan.flowing, summary),
    '',
    'Tuning gold is half of a gold file; the other half fits and tests: label twice these numbers, those at random too.',
    file === undefined ? undefined : fileText(file, power, cost),
    '',
    ladderLines('sensitivity', ladder.stalled, summary),
    '',
    ladderLines('specificity', ladder.flowing, summary),
    forecast === undefined ? undefined : ['', ...forecastLines(forecast, prevalence)],
    forecast === undefined && unsuitable === undefined ? ['', HOW_TO_FORECAST] : undefined,
  );
};

const HOW_TO_FORECAST =
  'Give --policy with its --gold, --votes and --scores to see how many stacks each size of gold would decide.';

const classLines = (
  name: 'stalled' | 'flowing',
  { minimum, have, more, withPower, randomExpected, randomAssured }: ClassPlan,
  { file, power }: Pick<PlanSummary, 'file' | 'power'>,
): readonly string[] => {
  const there = have > 0 ? `; there are ${countText(have)}` : '';
  const lacking = more > 0 ? `, so ${countText(more)} more` : ', which is enough';
  const both = file === undefined ? '' : `, so that both classes pass ${percent(power)} of the time`;
  const passes = `to pass ${percent(Math.sqrt(power))} of the time if errors are as rare as assumed${both}`;
  const found = [
    `  ${name}: at least ${countText(minimum)}, all of them right${there}${lacking}`,
    withPower === undefined
      ? '    no amount of gold certifies decisions with as many errors as assumed'
      : `    ${countText(withPower)} ${passes}`,
  ];
  if (randomExpected !== undefined && randomAssured !== undefined) {
    const assured = `${countText(randomAssured)} to be 95 % sure of enough`;
    found.push(`    by random sampling: ${countText(randomExpected)} stacks on average, ${assured}`);
  }
  return found;
};

const fileText = ({ stalled, flowing, missing, cost }: GoldFile, power: number, each: number | undefined): string => {
  const size = `${countText(stalled)} stalled and ${countText(flowing)} flowing`;
  const price =
    cost === undefined
      ? ''
      : `; the ${countText(missing)} labels that are missing cost ${countText(Math.round(cost))} at ${each} each, if each class can be picked`;
  return `To pass ${percent(power)} of the time the file must hold ${size}${price}.`;
};

const WIDTHS = [10, 14, 14, 20, 22];

const tableRow = (cells: readonly string[]): string => `  ${cells.map((cell, i) => cell.padStart(WIDTHS[i])).join('')}`;

const ladderLines = (
  rate: 'sensitivity' | 'specificity',
  rungs: readonly Rung[],
  { targets, power, cost }: Pick<PlanSummary, 'targets' | 'power' | 'cost'>,
): readonly string[] => {
  const name = rate === 'sensitivity' ? 'stalled' : 'flowing';
  const prices = cost === undefined ? '' : `, and (in brackets) for the whole file, twice that, at ${cost} a label`;
  const perPointText = (tuning: number): string => {
    if (cost === undefined) return countText(Math.round(tuning));
    const price = countText(Math.round((tuning / DEFAULT_SHARES.tune) * cost));
    return `${countText(Math.round(tuning))} (${price})`;
  };
  return [
    `What a point of ${rate} costs in ${name} tuning gold${prices} (each with a third of the risk allowed)`,
    tableRow(['target', 'all right', `pass ${percent(Math.sqrt(power))}`, 'per further point', 'if drawn at random']),
    ...rungs.map(({ target, minimum, withPower, perPoint, randomExpected }) => {
      const cells = [
        String(target),
        countText(minimum),
        withPower === undefined ? '–' : countText(withPower),
        perPoint === undefined ? '' : perPointText(perPoint),
        randomExpected === undefined ? '–' : countText(randomExpected),
      ];
      return `${tableRow(cells)}${target === targets[rate] ? '  ← wanted' : ''}`;
    }),
  ];
};

const forecastLines = ({ from, sizes }: CoverageForecast, prevalence: number): readonly string[] => [
  `Stacks decided without another vote where ${percent(prevalence)} are stalled, to be expected with so much tuning gold`,
  ...sizes.map(({ stalled, flowing, coverage }, i) => {
    const size = `${countText(stalled)} stalled, ${countText(flowing)} flowing`;
    const share = coverage === undefined ? 'none: nothing can be certified' : percent(coverage);
    return `  ${size.padEnd(32)}${share}${i === 0 ? '  ← there is' : ''}`;
  }),
  `  A forecast from ${countText(from.stalled)} stalled and ${countText(from.flowing)} flowing gold stacks that did not fit the policy; it certifies nothing.`,
];
