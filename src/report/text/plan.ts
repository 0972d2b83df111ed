import { countText, fixed, lines, percent, some } from '../../output/format.js';
import type { Frontier, FrontierRow, GoldPlan, Rung } from '../../study/index.js';
import { refusedText, targetsText } from './certification.js';
import { bullets } from './words.js';

/**
 * How much gold to label, with what chance it suffices, and what each further point costs.
 *
 * @param plan - from `Study.plan`
 * @param labelCost - of one expert label, in any unit
 */
export const planText = (plan: GoldPlan, labelCost?: number): string => {
  const { targets, refused } = plan;
  return lines(
    refused === undefined ? undefined : [...refused.map(refusedText), '  So it counts as none here.', ''],
    `Gold to certify ${targetsText(targets)} with ${percent(targets.confidence)} confidence, in labels of a whole file`,
    `  (the part of it that fits is counted; the next fit spends ${percent(plan.level)} of error)`,
    '',
    headText(plan, labelCost),
    '',
    classText('stalled', plan),
    classText('flowing', plan),
    '',
    ladderLines('sensitivity', plan, labelCost),
    '',
    ladderLines('specificity', plan, labelCost),
  );
};

const headText = ({ labels, file, have }: GoldPlan, labelCost: number | undefined): readonly string[] => {
  if (labels === undefined || file === undefined) {
    return ['No amount of gold certifies decisions with as many errors as assumed.'];
  }
  const chance = `${percent(labels.chance)} chance`;
  if (file.missing === 0) {
    return [
      `There are ${countText(have.stalled)} stalled and ${countText(have.flowing)} flowing: enough, with a ${chance} or better.`,
    ];
  }
  const price =
    file.cost === undefined || labelCost === undefined
      ? ''
      : `; at ${labelCost} each ${countText(Math.round(file.cost))}, if each class can be picked`;
  return [
    `Label ${countText(labels.stalled)} more stalled and ${countText(labels.flowing)} more flowing stacks: a ${chance} that they suffice${price}.`,
    `  Then the file holds ${countText(file.stalled)} stalled and ${countText(file.flowing)} flowing.`,
  ];
};

const classText = (name: 'stalled' | 'flowing', { minimum, have, random }: GoldPlan): readonly string[] => {
  const there = have[name] > 0 ? `; there are ${countText(have[name])}` : '';
  const lacking = Math.max(0, minimum[name] - have[name]);
  const more = lacking > 0 ? `, so ${countText(lacking)} more` : ', which is enough for that';
  const found = [`  ${name}: at least ${countText(minimum[name])}, all of them right${there}${more}`];
  if (random !== undefined) {
    const { expected, assured } = random[name];
    found.push(
      `    by random sampling: ${countText(expected)} stacks on average, ${countText(assured)} to be 95 % sure of enough`,
    );
  }
  return found;
};

const WIDTHS = [10, 14, 14, 24, 22];

const tableRow = (cells: readonly string[]): string => `  ${cells.map((cell, i) => cell.padStart(WIDTHS[i])).join('')}`;

const ladderLines = (
  rate: 'sensitivity' | 'specificity',
  { ladder, targets, labels }: GoldPlan,
  cost: number | undefined,
): readonly string[] => {
  const name = rate === 'sensitivity' ? 'stalled' : 'flowing';
  const chance = labels === undefined ? 'likely' : 'with the chance above';
  const prices = cost === undefined ? '' : ` (in brackets at ${cost} a label)`;
  const pointText = ({ perPoint }: Rung): string => {
    if (perPoint === undefined) return '';
    const count = countText(Math.round(perPoint));
    return cost === undefined ? count : `${count} (${countText(Math.round(perPoint * cost))})`;
  };
  return [
    `What a point of ${rate} costs in ${name} labels${prices}; each with a third of the risk allowed, ${chance}`,
    tableRow(['target', 'all right', 'likely', 'per further point', 'if drawn at random']),
    ...ladder[name].map((rung) => {
      const { target, minimum, randomExpected } = rung;
      const cells = [
        String(target),
        countText(minimum),
        countText(rung.labels),
        pointText(rung),
        countText(randomExpected),
      ];
      return `${tableRow(cells)}${target === targets[rate] ? '  ← wanted' : ''}`;
    }),
  ];
};

const FRONTIER_WIDTHS = [12, 8, 12, 12, 12, 10, 8];

const frontierCells = (cells: readonly string[]): string =>
  `  ${cells.map((cell, i) => cell.padStart(FRONTIER_WIDTHS[i])).join('')}`;

/**
 * The frontier as tables, one for each price of an expert.
 *
 * @param frontier - from `Study.frontier`
 */
export const frontierText = ({ targets, prevalence, level, rows, refused, warnings }: Frontier): string => {
  const prices = [...new Set(rows.map(({ expertPrice }) => expertPrice))];
  return lines(
    `What a certified sensitivity costs, with specificity ≥ ${targets.specificity}, where ${percent(prevalence)} are stalled`,
    prices.flatMap((price) => [
      '',
      `An expert’s look costs ${some(price, 'vote')}`,
      frontierCells(['sensitivity', 'gold', 'votes', 'experts', 'automatic', 'cost', 'MCC']),
      ...rows.filter(({ expertPrice }) => expertPrice === price).map(frontierLine),
    ]),
    '',
    bullets([
      ...refused.map((reason) => `nothing can be told: ${reason}`),
      `a table to choose from, not a certificate: each row by itself errs with probability ≤ ${percent(level)}; choose targets, then let \`tandem fit\` certify them`,
      '× 2 and × 4 are a forecast: all counts of the gold there is, multiplied',
      'votes, experts and cost (votes + price × experts) are per stack; MCC is that of the final decisions on this gold, experts right',
      ...warnings,
    ]),
  );
};

const frontierLine = ({ sensitivity, times, stalled, found }: FrontierRow): string => {
  const gold = times === 1 ? 'there is' : `× ${times}`;
  if (found === undefined) {
    return `${frontierCells([String(sensitivity), gold])}  nothing passes with ${countText(stalled)} stalled for tuning`;
  }
  const { votes, experts, automatic, cost, mcc } = found;
  return frontierCells([
    String(sensitivity),
    gold,
    votes.toFixed(2),
    percent(experts),
    percent(automatic),
    cost.toFixed(2),
    fixed(mcc),
  ]);
};
