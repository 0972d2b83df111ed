import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { DataFailure } from '../domain/errors.js';
import * as Gold from '../gold.js';
import { planText } from '../report/planText.js';
import * as Thresholds from '../thresholds.js';
import { EXIT } from './exit.js';
import { loadGold } from './inputs.js';
import type { GoldFlags, OutputFlags, TargetFlags } from './options.js';
import type { Verb } from './verb.js';

export interface PlanFlags {
  readonly missed?: number;
  readonly falseAlarms?: number;
  readonly power: number;
  readonly seed: number;
}

/** `tandem plan`: how much gold certification needs, and how much is still missing. */
export const plan = (flags: Partial<GoldFlags> & TargetFlags & PlanFlags & OutputFlags): Verb =>
  pipe(
    tuningGold(flags),
    TE.map((have) => {
      const targets = { sensitivity: flags.sensitivity, specificity: flags.specificity, confidence: flags.confidence };
      const planned = Thresholds.plan({
        targets,
        have,
        trueRisk: {
          missedStalls: flags.missed ?? (1 - flags.sensitivity) / 3,
          falseAlarms: flags.falseAlarms ?? (1 - flags.specificity) / 3,
        },
        power: flags.power,
        ...(flags.prevalence === undefined ? {} : { prevalence: flags.prevalence }),
      });
      const enough = planned.stalled.more === 0 && planned.flowing.more === 0;
      return {
        text: planText({ plan: planned, targets, power: flags.power }),
        json: { targets, ...planned },
        exitCode: enough ? EXIT.certified : EXIT.insufficientEvidence,
      };
    }),
  );

/** The part of a gold file that would tune, which is the part that counts. */
const tuningGold = (
  flags: Partial<GoldFlags> & PlanFlags,
): TE.TaskEither<DataFailure, { readonly stalled: number; readonly flowing: number }> =>
  flags.gold === undefined
    ? TE.right({ stalled: 0, flowing: 0 })
    : pipe(
        loadGold({ ...flags, gold: flags.gold }),
        TE.map(({ data }) => Gold.count(Gold.split({ seed: flags.seed })(data).tune)),
      );
