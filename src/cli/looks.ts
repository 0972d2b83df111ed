import type { DataFailure } from '../domain/errors.js';
import type { Targets } from '../domain/targets.js';
import { percent } from '../report/format.js';
import * as Thresholds from '../thresholds.js';
import { badFlags } from './invalid.js';
import type { LookFlags } from './options.js';

/** Whoever counts looks may look again; whoever does not has one, which spends everything. */
export const lookOf = ({ look, planned }: LookFlags): Thresholds.Look =>
  look === undefined ? { look: 1, planned: planned ?? 1 } : { look, ...(planned === undefined ? {} : { planned }) };

/** What is wrong with the look that the flags name, if anything. */
export const impossibleLook = ({ look = 1, planned }: LookFlags): DataFailure | undefined =>
  look >= 1 && (planned === undefined || look <= planned)
    ? undefined
    : badFlags({
        found: `--look ${look}${planned === undefined ? '' : ` --planned ${planned}`}`,
        expected: 'looks counted from 1, no more than were planned',
        fix: 'Count every look at this gold, passed or not. Leave out --planned if there was no plan.',
      });

/** Targets at this look, and a sentence about what other looks have spent. Without --look there is one look, and nothing to say. */
export const targetsNow = (
  flags: LookFlags,
  wanted: Targets,
): { readonly targets: Targets; readonly notes: readonly string[] } => {
  const look = lookOf(flags);
  const targets = Thresholds.atLook(wanted, look);
  return {
    targets,
    notes:
      targets.confidence === wanted.confidence
        ? []
        : [
            `look ${look.look}${look.planned === undefined ? '' : ` of ${look.planned}`}, so ${percent(targets.confidence)} confidence now, and ${percent(wanted.confidence)} over all looks together; the policy keeps the confidence of now, and gate and evaluate hold other gold to it`,
          ],
  };
};
