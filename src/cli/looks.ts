import type { InvalidInput } from '../domain/errors.js';
import { present } from '../domain/present.js';
import type { Targets } from '../domain/targets.js';
import { percent } from '../output/format.js';
import * as RiskControl from '../stages/riskControl/index.js';
import type { LookFlags } from './flags.js';
import { badFlags } from './verb.js';

/**
 * The interim look that the flags name. Without `--look` the whole error budget is spent now: a later test of the same gold
 * proves nothing.
 */
export const lookOf = ({ look, planned }: LookFlags): RiskControl.InterimLook =>
  look === undefined ? { look: 1, planned: planned ?? 1 } : present({ look, planned });

/** What is wrong with the look that the flags name, if anything. */
export const impossibleLook = ({ look = 1, planned }: LookFlags): InvalidInput | undefined =>
  look >= 1 && (planned === undefined || look <= planned)
    ? undefined
    : badFlags({
        found: `--look ${look}${planned === undefined ? '' : ` --planned ${planned}`}`,
        expected: 'looks counted from 1, no more than were planned',
        fix: 'Count every look at this gold, passed or not. Leave out --planned if there was no plan.',
      });

/** Targets with the confidence that is left for this look, and a sentence about it when it is less than the wanted one. */
export const targetsNow = (
  flags: LookFlags,
  wanted: Targets,
): { readonly targets: Targets; readonly notes: readonly string[] } => {
  const interim = lookOf(flags);
  const targets = RiskControl.atLook(interim)(wanted);
  if (targets.confidence === wanted.confidence) return { targets, notes: [] };
  const { look, planned } = interim;
  const number = planned === undefined ? `${look}` : `${look} of ${planned}`;
  const [now, all] = [percent(targets.confidence), percent(wanted.confidence)];
  return {
    targets,
    notes: [
      `look ${number}, so ${now} confidence now, and ${all} over all looks together; the policy keeps the confidence of now, and gate and evaluate hold other gold to it`,
    ],
  };
};
