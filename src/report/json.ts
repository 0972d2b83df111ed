import { encodePolicy } from '../decode/index.js';
import type { Policy, Provenance } from '../policy/index.js';
import type { DriftSummary } from '../study/drift.js';
import type { GateSummary } from '../study/gate.js';
import type { PrevalenceSummary } from '../study/prevalence/summary.js';
import type { Summary } from '../study/summary.js';

const documentText = (document: object): string => `${JSON.stringify(document, null, 2)}\n`;

/**
 * `policy.json`: everything needed to decide. `Decode.policy` reads it back.
 *
 * @example
 * const { policy } = Policy.fit()({ votes: Votes.EMPTY, gold: Gold.from({ chosen: 'random' })([]) });
 * JSON.parse(Report.policyJson(policy)).schema.startsWith('tandem-policy/') // => true
 */
export const policyJson = (policy: Policy): string => encodePolicy(policy);

/**
 * `evaluation.json`: what `Study.summary` found, and what `tandem evaluate` adds to it.
 *
 * @param summary - with `provenance`: command, seed and hashes of the files it rests on
 * @example
 * const lab = Simulate.inputs(
 *   Simulate.dataset({ stacks: 20, prevalence: 0.1, gold: { stalled: 40, flowing: 40, chosen: 'stratified' } })(1),
 * );
 * const { policy, gold } = Policy.fit()(lab);
 * const decisions = Policy.decide(policy)(lab);
 * const summary = Study.summary({ policy, policyHash: 'abc', batch: lab, decisions, gold: gold.test, warnings: [] });
 * JSON.parse(Report.evaluationJson(summary)).schema // => 'tandem-evaluation/1'
 */
export const evaluationJson = (summary: Summary & { readonly provenance?: Provenance }): string =>
  documentText(summary);

/** `gate.json`: what `Study.gate` found, with `provenance` where it is known. */
export const gateJson = (summary: GateSummary & { readonly provenance?: Provenance }): string => documentText(summary);

/** `drift.json`: what `Study.drift` found, with `provenance` where it is known. */
export const driftJson = (summary: DriftSummary): string => documentText(summary);

/** `prevalence.json`: what `Study.prevalence` found, with `provenance` where it is known. */
export const prevalenceJson = (summary: PrevalenceSummary): string => documentText(summary);
