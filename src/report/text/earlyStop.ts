import * as E from 'fp-ts/lib/Either.js';
import type { EarlyStop } from '../../model/inference/earlyStop.js';
import { countText, fixed, percent, some } from '../../output/format.js';

/** Too few stacks to prove any rule. */
export interface Unproven {
  readonly bands: readonly { readonly stacks: number; readonly moved: number }[];
  readonly stacksNeeded: number;
}

/** How few passes settle a stack, and what that rests on. */
export const earlyStopText = (of: {
  readonly fitted: E.Either<Unproven, Pick<EarlyStop, 'risk'>>;
  readonly edges: readonly number[];
  /** Stacks without a score. */
  readonly failed: number;
  readonly file: string;
}): string =>
  [
    `The decision changes at a score of ${of.edges.map((edge) => Number(edge.toPrecision(4))).join(' and of ')}.`,
    ...(of.failed === 0 ? [] : [`${some(of.failed, 'stack')} had no score and took no part.`]),
    '',
    ...(E.isRight(of.fitted) ? fittedText(of.fitted.right) : infeasibleText(of.fitted.left)),
    '',
    `Wrote ${of.file}; use it with \`tandem score --early-stop ${of.file}\`, and fit and certify the policy on scores made so.`,
  ].join('\n');

const fittedText = ({ risk }: Pick<EarlyStop, 'risk'>): readonly string[] => {
  if (risk === undefined) return [];
  const { certificate } = risk;
  const stacks = certificate.bands.reduce((sum, band) => sum + band.stacks, 0);
  return [
    `${fixed(certificate.passes)} of ${certificate.all} passes per stack, ${(certificate.all / certificate.passes).toFixed(1)} times fewer, on ${countText(stacks)} stacks that did not choose the rule.`,
    `Of stacks in each band at most ${percent(certificate.risk)} end in another, with ${percent(certificate.confidence)} confidence:`,
    ...bandsText(certificate.bands),
  ];
};

const infeasibleText = ({ bands, stacksNeeded }: Unproven): readonly string[] => [
  `No rule could be shown to be safe: every band needs ${countText(stacksNeeded)} stacks or more among the half that is counted.`,
  ...bandsText(bands),
  'The file holds the exact rule: stop when the remaining passes cannot move the stack, whatever they say.',
];

const bandsText = (bands: Unproven['bands']): readonly string[] =>
  bands.map(
    ({ stacks, moved }, b) =>
      `  band ${b + 1} of ${bands.length}, scores from low to high: ${countText(moved)} of ${countText(stacks)} moved`,
  );
