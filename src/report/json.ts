import { type Policy, type Provenance, toText } from '../policy/index.js';
import type { DriftSummary, GateSummary, PrevalenceSummary, Summary } from '../study/index.js';

const documentText = (document: object): string => `${JSON.stringify(document, null, 2)}\n`;

/**
 * `policy.json`: everything needed to decide. `Policy.fromText` reads it back.
 *
 * @example
 * const { policy } = Policy.fit()({ votes: Votes.EMPTY, gold: Gold.from({ chosen: 'random' })([]) });
 * JSON.parse(Report.policyJson(policy)).schema.startsWith('tandem-policy/') // => true
 */
export const policyJson = (policy: Policy): string => toText(policy);

/**
 * `evaluation.json`: what `Study.summary` found, and what `tandem evaluate` adds to it.
 *
 * @param summary - with `provenance`: command, seed and hashes of the files it rests on
 * @example
 * const lab = Simulate.inputs(
 *   Simulate.dataset({ stacks: 20, prevalence: 0.1, gold: { stalled: 40, flowing: 40, chosen: 'stratified' } })(1),
 * );
 * const { policy } = Policy.fit()(lab);
 * const summary = Study.summary(policy)(lab);
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
