import type { Provenance } from '../policy.js';
import { PACKAGE, VERSION } from '../version.js';

/** Who made a document, from what, with which words. */
export const provenance = (of: {
  readonly argv: readonly string[];
  readonly seed: number;
  readonly inputs: Provenance['inputs'];
}): Provenance => ({
  package: PACKAGE,
  version: VERSION,
  command: ['tandem', ...of.argv].join(' '),
  seed: of.seed,
  inputs: of.inputs,
});
