import type { Verdict } from '../policy.js';

/** Exit codes: what a script can act on without reading the output. 2 is work that is done and not all good. */
export const EXIT = {
  certified: 0,
  error: 1,
  targetsNotMet: 2,
  someFailed: 2,
  insufficientEvidence: 3,
  interrupted: 130,
} as const;

export const exitCodeOf = (verdict: Verdict): number => {
  switch (verdict) {
    case 'certified':
      return EXIT.certified;
    case 'targets not met':
      return EXIT.targetsNotMet;
    case 'insufficient evidence':
      return EXIT.insufficientEvidence;
  }
};
