import type { GoldUnsuitable } from '../../domain/operatingPoint.js';
import type { Targets } from '../../domain/targets.js';
import { countText, percent } from '../../output/format.js';
import { DEFAULT_SHARES } from '../../stages/gold.js';
import type { ClassPlan, Plan, Rung } from '../../stages/thresholds/index.js';
import type { CoverageForecast, GoldFile } from '../../study/index.js';
import { claimText, wantedText } from './certification.js';

/** How much gold to label, what each further point costs, and what it would decide. */
export const planText = (of: {
  readonly plan: Plan;
  readonly file: GoldFile | undefined;
  /** Why the gold there is counts as none. */
  readonly unsuitable: GoldUnsuitable | undefined;
  readonly ladder: { readonly stalled: readonly Rung[]; readonly flowing: readonly Rung[] };
  readonly forecast: CoverageForecast | undefined;
  readonly targets: Targets;
  readonly power: number;
  readonly prevalence: number;
  /** Of one expert label, in any unit. */
  readonly cost: number | undefined;
}): string =>
  [
    ...(of.unsuitable === undefined ? [] : [claimText(of.unsuitable, of.targets), '  So it counts as none here.', '']),
    `To certify ${wantedText(of.targets)} with ${percent(of.targets.confidence)} confidence, tuning gold must hold:`,
    '',
    ...classText('stalled', of.plan.stalled, of),
    '',
    ...classText('flowing', of.plan.flowing, of),
    '',
    'Tuning gold is half of a gold file; the other half fits and tests: label twice these numbers, those at random too.',
    ...(of.file === undefined ? [] : [fileText(of.file, of.power, of.cost)]),
    '',
    ...ladderText('sensitivity', of.ladder.stalled, of),
    '',
    ...ladderText('specificity', of.ladder.flowing, of),
    ...(of.forecast === undefined
      ? of.unsuitable === undefined
        ? [
            '',
            'Give --policy with its --gold, --votes and --scores to see how many stacks each size of gold would decide.',
          ]
        : []
      : ['', ...forecastText(of.forecast, of.prevalence)]),
  ].join('\n');

const classText = (
  name: string,
  plan: ClassPlan,
  { file, power }: { readonly file: GoldFile | undefined; readonly power: number },
): readonly string[] => [
  `  ${name}: at least ${countText(plan.minimum)}, all of them right${plan.have > 0 ? `; there are ${countText(plan.have)}` : ''}${plan.more > 0 ? `, so ${countText(plan.more)} more` : ', which is enough'}`,
  plan.withPower === undefined
    ? '    no amount certifies decisions as bad as believed'
    : `    ${countText(plan.withPower)} to pass ${percent(Math.sqrt(power))} of the time with decisions as good as believed${file === undefined ? '' : `, so that both classes pass ${percent(power)} of the time`}`,
  ...(plan.randomExpected === undefined || plan.randomAssured === undefined
    ? []
    : [
        `    by random sampling: ${countText(plan.randomExpected)} stacks on average, ${countText(plan.randomAssured)} to be 95 % sure of enough`,
      ]),
];

const fileText = ({ stalled, flowing, missing, cost }: GoldFile, power: number, each: number | undefined): string =>
  `To pass ${percent(power)} of the time the file must hold ${countText(stalled)} stalled and ${countText(flowing)} flowing${cost === undefined ? '' : `; the ${countText(missing)} labels that are missing cost ${countText(Math.round(cost))} at ${each} each, if each class can be picked`}.`;

const WIDTHS = [10, 14, 14, 20, 22];

const tableRow = (cells: readonly string[]): string => `  ${cells.map((cell, i) => cell.padStart(WIDTHS[i])).join('')}`;

const ladderText = (
  rate: 'sensitivity' | 'specificity',
  rungs: readonly Rung[],
  of: { readonly targets: Targets; readonly power: number; readonly cost: number | undefined },
): readonly string[] => {
  const name = rate === 'sensitivity' ? 'stalled' : 'flowing';
  const price = (tuning: number): string =>
    of.cost === undefined ? '' : ` (${countText(Math.round((tuning / DEFAULT_SHARES.tune) * of.cost))})`;
  return [
    `What a point of ${rate} costs in ${name} tuning gold${of.cost === undefined ? '' : `, and (in brackets) for the whole file, twice that, at ${of.cost} a label`} (each with a third of the risk allowed)`,
    tableRow([
      'target',
      'all right',
      `pass ${percent(Math.sqrt(of.power))}`,
      'per further point',
      'if drawn at random',
    ]),
    ...rungs.map(
      ({ target, minimum, withPower, perPoint, randomExpected }) =>
        `${tableRow([
          String(target),
          countText(minimum),
          withPower === undefined ? '–' : countText(withPower),
          perPoint === undefined ? '' : `${countText(Math.round(perPoint))}${price(perPoint)}`,
          randomExpected === undefined ? '–' : countText(randomExpected),
        ])}${target === of.targets[rate] ? '  ← wanted' : ''}`,
    ),
  ];
};

const forecastText = ({ from, sizes }: CoverageForecast, prevalence: number): readonly string[] => [
  `Stacks decided without another vote where ${percent(prevalence)} are stalled, to be expected with so much tuning gold`,
  ...sizes.map(
    ({ stalled, flowing, coverage }, i) =>
      `  ${`${countText(stalled)} stalled, ${countText(flowing)} flowing`.padEnd(32)}${coverage === undefined ? 'none: nothing can be certified' : percent(coverage)}${i === 0 ? '  ← there is' : ''}`,
  ),
  `  A forecast from ${countText(from.stalled)} stalled and ${countText(from.flowing)} flowing gold stacks that did not fit the policy; it certifies nothing.`,
];
