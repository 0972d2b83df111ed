import type { Gold } from '../../domain/gold.js';
import { present } from '../../domain/present.js';
import type { Targets } from '../../domain/targets.js';
import { type EndToEndCounts, endToEndCounts, heldWrong } from './endToEnd.js';
import { type TargetTest, testTargets } from './exactTest.js';
import { atLook, type InterimLook, nextLook } from './looks.js';
import { type Circumstances, type Refusal, refusals } from './refusals.js';

/** Targets of a gate, which interim look it is, and the circumstances of its gold. */
export interface GateOptions {
  /** Of this dataset; it fitted nothing, and `tune` gold did not tune this policy. */
  readonly gold: Gold<'tune'> | Gold<'test'>;
  readonly targets: Targets;
  /** Which look at this dataset's gold it is; default the first of one planned. */
  readonly look?: InterimLook;
  readonly circumstances?: Circumstances;
}

/** What the policy may do on this dataset. In `shadow` it decides and is recorded, while people decide. */
export type Mode = 'live' | 'shadow' | 'people';

/** Counts and p-values of a gate. Gold whose votes ran out counts as wrong in `pMeets` and as right in `pFails`. */
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
      /** More gold of this dataset with which it would pass at `nextLook`, without further errors and without errors in `votesFor`. */
      readonly more: { readonly stalled: number; readonly flowing: number };
      /**
       * The look of the next gate; this same look where only votes are missing. Absent: no look is left. Then `more` is what
       * this look lacked, and only gold that was never tested can still pass.
       */
      readonly nextLook?: InterimLook;
      /** Gold whose votes ran out: it needs votes until the rule stops, and other gold cannot replace them. 0 where the class meets its target without them. */
      readonly votesFor: EndToEndCounts['ranOut'];
      readonly evidence: GateEvidence;
    }
  | { readonly _tag: 'Refused'; readonly mode: 'shadow'; readonly refusals: readonly Refusal[] };

/**
 * The validation gate: may a policy fixed beforehand replace people on this dataset?
 *
 * Pass: max(p₁, p₀) ≤ δ_k. Fail: 2·min(p₁′, p₀′) ≤ δ_k. Insufficient otherwise. p as in `testTargets`, δ_k as in `atLook`.
 *
 * Gold whose votes ran out (`RAN_OUT`) counts as wrong for a pass and as right for a fail, because its outcome is unknown.
 * `more` is counted at the next look, which has less confidence to spend than this one.
 *
 * A dataset without gold is Insufficient and so starts in shadow mode. It goes live when its own gold passes, and never
 * because of the gold of another dataset. Pass is wrong with probability ≤ 1 − confidence over all its looks, and so is Fail.
 *
 * @param options - gold of this dataset; targets; the look; circumstances
 * @returns pass, fail, or how much more gold; or why no gold like this can tell
 * @throws RangeError when decisions are not aligned with gold
 * @example
 * const stackIds = Array.from({ length: 317 }, (_, i) => `s${i}`);
 * const gold = Gold.as('test')(Gold.from({ chosen: 'stratified' })(stackIds.map((stackId, i) => ({ stackId, label: i < 17 ? 1 : 0 }))));
 * const targets = { sensitivity: 0.99, specificity: 0.95, confidence: 0.95 };
 * const gate = RiskControl.gate({ gold, targets })(Uint8Array.from(gold.label));
 * [gate._tag, gate.mode, gate.more, gate.nextLook] // => ['Insufficient', 'shadow', { stalled: 282, flowing: 0 }, undefined]
 * const planned = RiskControl.gate({ gold, targets, look: { look: 1, planned: 2 } })(Uint8Array.from(gold.label));
 * [planned.more.stalled, planned.nextLook] // => [351, { look: 2, planned: 2 }]
 * @see docs/math.md#the-gate
 */
export const gate =
  ({ gold, targets, look = { look: 1, planned: 1 }, circumstances = {} }: GateOptions) =>
  (decisions: Uint8Array): Gate => {
    const refused = refusals(circumstances)(gold);
    if (refused.length > 0) return { _tag: 'Refused', mode: 'shadow', refusals: refused };
    const now = atLook(look)(targets);
    const counts = endToEndCounts(gold)(decisions);
    const atWorst = testTargets(now)(heldWrong(counts));
    const atBest = testTargets(now)(counts);
    const evidence = { ...counts, pMeets: atWorst.pMeets, pFails: atBest.pFails, confidence: now.confidence };
    if (atWorst.verdict === 'meets') return { _tag: 'Pass', mode: 'live', evidence };
    if (atBest.verdict === 'fails') return { _tag: 'Fail', mode: 'people', broken: atBest.broken, evidence };
    // Where only votes are missing, the same look may be repeated: what passes now would pass then, so both are one test.
    const next = atBest.verdict === 'meets' ? look : nextLook(look);
    const then = testTargets(atLook(next ?? look)(targets));
    const wanting = then(heldWrong(counts)).goldNeeded;
    return present({
      _tag: 'Insufficient',
      mode: 'shadow',
      more: then(counts).goldNeeded,
      nextLook: next,
      votesFor: {
        stalled: wanting.stalled === 0 ? 0 : counts.ranOut.stalled,
        flowing: wanting.flowing === 0 ? 0 : counts.ranOut.flowing,
      },
      evidence,
    });
  };
