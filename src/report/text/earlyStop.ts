import * as E from 'fp-ts/lib/Either.js';
import { countText, fixed, percent, some } from '../../output/format.js';
import { countOfText, lines } from './words.js';

/** Stacks of one band of scores, and those that an early stop moved into another band. */
interface BandCounts {
  readonly stacks: number;
  readonly moved: number;
}

/** Too few stacks to prove any rule. */
export interface Unproven {
  readonly bands: readonly BandCounts[];
  readonly stacksNeeded: number;
}

/** What was proved about a rule; `risk` is absent where the rule is exact. */
interface Proven {
  readonly risk?: {
    readonly certificate: {
      readonly risk: number;
      readonly confidence: number;
      readonly passes: number;
      readonly all: number;
      readonly bands: readonly BandCounts[];
    };
  };
}

/** A fitted early stop, and the file it was written to. */
export interface EarlyStopSummary {
  readonly fitted: E.Either<Unproven, Proven>;
  /** Scores at which the decision changes. */
  readonly edges: readonly number[];
  /** Stacks without a score. */
  readonly failed: number;
  readonly file: string;
}

/** How few passes settle a stack, and what that rests on. */
export const earlyStopText = ({ fitted, edges, failed, file }: EarlyStopSummary): string => {
  const places = edges.map((edge) => Number(edge.toPrecision(4))).join(' and of ');
  return lines(
    `The decision changes at a score of ${places}.`,
    failed === 0 ? undefined : `${some(failed, 'stack')} had no score and took no part.`,
    '',
    E.isRight(fitted) ? provenLines(fitted.right) : unprovenLines(fitted.left),
    '',
    `Wrote ${file}; use it with \`tandem score --early-stop ${file}\`, and fit and certify the policy on scores made so.`,
  );
};

const provenLines = ({ risk }: Proven): readonly string[] => {
  if (risk === undefined) return [];
  const { bands, passes, all, risk: most, confidence } = risk.certificate;
  const stacks = bands.reduce((sum, band) => sum + band.stacks, 0);
  const fewer = `${(all / passes).toFixed(1)} times fewer`;
  return [
    `${fixed(passes)} of ${all} passes per stack, ${fewer}, on ${countText(stacks)} stacks that did not choose the rule.`,
    `Of stacks in each band at most ${percent(most)} end in another, with ${percent(confidence)} confidence:`,
    ...bandLines(bands),
  ];
};

const unprovenLines = ({ bands, stacksNeeded }: Unproven): readonly string[] => [
  `No rule could be shown to be safe: every band needs ${countText(stacksNeeded)} stacks or more among the half that is counted.`,
  ...bandLines(bands),
  'The file holds the exact rule: stop when no outcome of the remaining passes can change the decision.',
];

const bandLines = (bands: readonly BandCounts[]): readonly string[] =>
  bands.map(({ stacks, moved }, b) => {
    const band = `band ${b + 1} of ${bands.length}, scores from low to high`;
    return `  ${band}: ${countOfText(moved, stacks, 'moved')}`;
  });
