import type { InvalidInput } from '../domain/errors.js';
import { present } from '../domain/present.js';
import type * as RiskControl from '../stages/riskControl/index.js';
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
