import type { Targets } from '../domain/targets.js';
import type { ClassPlan, Plan } from '../thresholds.js';
import { wantedText } from './certificationText.js';
import { count, percent } from './format.js';

/** How much gold to label, class by class. */
export const planText = (of: { readonly plan: Plan; readonly targets: Targets; readonly power: number }): string =>
  [
    `To certify ${wantedText(of.targets)} with ${percent(of.targets.confidence)} confidence, tuning gold must hold:`,
    '',
    ...classText('stalled', of.plan.stalled, of.power),
    '',
    ...classText('flowing', of.plan.flowing, of.power),
    '',
    'Tuning gold is half of a gold file; the other half fits and tests.',
  ].join('\n');

const classText = (name: string, plan: ClassPlan, power: number): readonly string[] => [
  `  ${name}: at least ${count(plan.minimum)}, all of them right${plan.have > 0 ? `; there are ${count(plan.have)}` : ''}${plan.more > 0 ? `, so ${count(plan.more)} more` : ', which is enough'}`,
  plan.withPower === undefined
    ? '    no amount certifies decisions as bad as believed'
    : `    ${count(plan.withPower)} to pass ${percent(power)} of the time with decisions as good as believed`,
  ...(plan.randomExpected === undefined || plan.randomAssured === undefined
    ? []
    : [
        `    by random sampling: ${count(plan.randomExpected)} stacks on average, ${count(plan.randomAssured)} to be 95 % sure of enough`,
      ]),
];
