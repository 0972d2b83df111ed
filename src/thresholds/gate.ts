import type { Gold } from '../domain/gold.js';
import type { Targets } from '../domain/targets.js';
import { type EndToEndCounts, endToEndCounts } from './endToEnd.js';
import { type TargetTest, testTargets } from './exactTest.js';
import { atLook, type Look } from './looks.js';
import { type Circumstances, type Refusal, refusals } from './refusals.js';

export interface GateOptions {
  readonly targets: Targets;
  /** Which look at this dataset's gold it is; default the first of one planned. */
  readonly look?: Look;
  readonly circumstances?: Circumstances;
}

/** What the policy may do on this dataset. In `shadow` it decides and is recorded, while people decide. */
export type Mode = 'live' | 'shadow' | 'people';

/** What a gate rests on. */
export interface GateEvidence extends EndToEndCounts, Pick<TargetTest, 'pMeets' | 'pFails'> {
  /** Confidence of this look. */
  readonly confidence: number;
}

/** May this policy replace people on this dataset? */
export type Gate =
  | { readonly _tag: 'Pass'; readonly mode: 'live'; readonly evidence: GateEvidence }
  | {
      readonly _tag: 'Fail';
      readonly mode: 'people';
      readonly broken: TargetTest['broken'];
      readonly evidence: GateEvidence;
    }
  | {
      readonly _tag: 'Insufficient';
      readonly mode: 'shadow';
      /** More gold of this dataset with which it would pass if it erred no more. */
      readonly more: { readonly stalled: number; readonly flowing: number };
      readonly evidence: GateEvidence;
    }
  | { readonly _tag: 'Refused'; readonly mode: 'shadow'; readonly refusals: readonly Refusal[] };

/**
 * The validation gate: may a policy fixed beforehand replace people on this dataset?
 *
 * Pass: max(p₁, p₀) ≤ δ_k. Fail: 2·min(p₁′, p₀′) ≤ δ_k. Insufficient otherwise. p as in `testTargets`, δ_k as in `atLook`.
 *
 * A dataset without gold is Insufficient and so starts in shadow; it goes live when its own gold lets it, and never on
 * the gold of another dataset. Pass is wrong with probability ≤ 1 − confidence over all its looks, and so is Fail.
 *
 * @param gold - of this dataset; it fitted nothing, and `tune` gold did not tune this policy
 * @param options - targets; the look; circumstances
 * @returns pass, fail, or how much more gold; or why no gold like this can tell
 * @throws RangeError when decisions are not aligned with gold
 * @example
 * const stackIds = Array.from({ length: 317 }, (_, i) => `s${i}`);
 * const gold = Gold.as('test')(Gold.set(stackIds.map((stackId, i) => ({ stackId, label: i < 17 ? 1 : 0 })), 'stratified'));
 * const targets = { sensitivity: 0.99, specificity: 0.95, confidence: 0.95 };
 * const gate = Thresholds.gate(gold, { targets })(Uint8Array.from(gold.label));
 * [gate._tag, gate.mode, gate.more] // => ['Insufficient', 'shadow', { stalled: 282, flowing: 0 }]
 * @see docs/math.md#the-gate
 */
export const gate =
  (gold: Gold<'tune'> | Gold<'test'>, { targets, look = { look: 1, planned: 1 }, circumstances = {} }: GateOptions) =>
  (decisions: Uint8Array): Gate => {
    const refused = refusals(gold, circumstances);
    if (refused.length > 0) return { _tag: 'Refused', mode: 'shadow', refusals: refused };
    const now = atLook(targets, look);
    const counts = endToEndCounts(gold, decisions);
    const { verdict, pMeets, pFails, broken, goldNeeded } = testTargets(now)(counts);
    const evidence = { ...counts, pMeets, pFails, confidence: now.confidence };
    switch (verdict) {
      case 'meets':
        return { _tag: 'Pass', mode: 'live', evidence };
      case 'fails':
        return { _tag: 'Fail', mode: 'people', broken, evidence };
      case 'undetermined':
        return { _tag: 'Insufficient', mode: 'shadow', more: goldNeeded, evidence };
    }
  };
