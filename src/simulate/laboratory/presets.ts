import type { TraitSetting, VoteSetting } from '../settings.js';
import type { DatasetOptions } from './dataset.js';

/** How the stalled stacks of one dataset look. */
export type StalledTrait = 'typical' | 'hardJ' | 'hardJNoZero' | 'easyG' | 'reviewedG';

/**
 * Fitted traits of stalled stacks. `typical` is assumed (mean vote rate .68); `hardJ` is fitted to the 39 stalls of
 * project J (.46), `hardJNoZero` to those with a score above 0 (.57). `easyG` is an upper bound, because it was seen only
 * among stacks that the crowd had already called stalled. `reviewedG` is for G with that review in the model
 * (`PRESETS.reviewed`).
 */
export const STALLED_TRAITS: { readonly [Name in StalledTrait]: TraitSetting } = {
  typical: { c: 0.8, tau: 1.2 },
  hardJ: { c: -0.15, tau: 1.77 },
  hardJNoZero: { c: 0.3, tau: 1.07 },
  easyG: { c: 1.05, tau: 0.18 },
  reviewedG: { c: 1.5, tau: 0.9 },
};

/** A project of the public challenge, as fitted to its histogram of crowd scores. */
export interface Project extends Pick<VoteSetting, 'flowing' | 'perStack'> {
  /** Share of stalled votes on flowing stacks that the fit implies. */
  readonly fpVote: number;
  /** Stacks in the public data. */
  readonly stacks: number;
}

/** The challenge's projects by their letter: spread one into `votes`. */
export const PROJECTS = {
  A: {
    flowing: { c: -5.05, tau: 1.59 },
    fpVote: 0.0088,
    perStack: { 3: 0.35, 4: 0.2, 5: 0.1, 7: 0.15, 8: 0.1, 10: 0.1 },
    stacks: 143483,
  },
  C: {
    flowing: { c: -4.64, tau: 1.55 },
    fpVote: 0.0125,
    perStack: { 3: 0.3, 4: 0.15, 5: 0.1, 7: 0.25, 8: 0.1, 10: 0.1 },
    stacks: 66123,
  },
  D: {
    flowing: { c: -4.21, tau: 1.4 },
    fpVote: 0.0152,
    perStack: { 4: 0.05, 6: 0.1, 7: 0.25, 8: 0.25, 9: 0.2, 11: 0.15 },
    stacks: 20454,
  },
  E: {
    flowing: { c: -4.5, tau: 1.43 },
    fpVote: 0.0117,
    perStack: { 3: 0.25, 4: 0.15, 6: 0.15, 7: 0.2, 9: 0.15, 13: 0.1 },
    stacks: 31832,
  },
  F: {
    flowing: { c: -3.59, tau: 1.33 },
    fpVote: 0.0261,
    perStack: { 3: 0.15, 5: 0.15, 7: 0.25, 9: 0.2, 12: 0.15, 18: 0.1 },
    stacks: 60822,
  },
  G: {
    flowing: { c: -2.98, tau: 1.08 },
    fpVote: 0.0359,
    perStack: { 3: 0.3, 4: 0.15, 7: 0.2, 9: 0.1, 18: 0.15, 25: 0.1 },
    stacks: 81994,
  },
  H: {
    flowing: { c: -4.57, tau: 1.26 },
    fpVote: 0.0082,
    perStack: { 3: 0.45, 4: 0.25, 7: 0.2, 9: 0.1 },
    stacks: 74231,
  },
  I: {
    flowing: { c: -4.04, tau: 1.59 },
    fpVote: 0.0244,
    perStack: { 3: 0.2, 5: 0.15, 7: 0.25, 9: 0.15, 13: 0.15, 18: 0.1 },
    stacks: 21862,
  },
  J: {
    flowing: { c: -3.39, tau: 1.4 },
    fpVote: 0.0359,
    perStack: { 8: 0.2, 12: 0.25, 16: 0.3, 20: 0.25 },
    stacks: 5037,
  },
  K: {
    flowing: { c: -3.62, tau: 1.27 },
    fpVote: 0.0233,
    perStack: { 6: 0.15, 7: 0.25, 9: 0.2, 12: 0.15, 18: 0.1, 25: 0.15 },
    stacks: 27077,
  },
  M: {
    flowing: { c: -4.05, tau: 1.35 },
    fpVote: 0.0163,
    perStack: { 3: 0.25, 4: 0.15, 6: 0.2, 8: 0.15, 12: 0.15, 18: 0.1 },
    stacks: 38816,
  },
} satisfies { readonly [Letter: string]: Project };

/** The median of the challenge's datasets. */
const TYPICAL_PREVALENCE = 0.006;

/**
 * Complete settings except the number of stacks.
 *
 * - `typical`: a dataset of the challenge.
 * - `wide`: annotators differ as much as in the plaque pilot.
 * - `hard`: the stalls and the crowd of project J.
 * - `shifted`: a typical crowd, and a model on a new microscope.
 * - `stressed`: ten times the bad actors, and a ring of five that copy one vote.
 * - `reviewed`: project G; candidates with few votes get more votes, and experts label nothing else.
 */
export const PRESETS = {
  typical: { prevalence: TYPICAL_PREVALENCE, model: {} },
  wide: { prevalence: TYPICAL_PREVALENCE, crowd: { skill: { logSd: 0.5, biasSd: 0.1 } }, model: {} },
  hard: {
    prevalence: TYPICAL_PREVALENCE,
    votes: { flowing: PROJECTS.J.flowing, stalled: STALLED_TRAITS.hardJ },
    model: {},
  },
  shifted: { prevalence: TYPICAL_PREVALENCE, model: { separation: 2.4, offset: 0.7 } },
  stressed: {
    prevalence: TYPICAL_PREVALENCE,
    crowd: {
      badActors: { alwaysFlowing: 0.2, random: 0.02, alwaysStalled: 0.005 },
      ring: { accounts: 5, votes: 0.02 },
    },
    model: {},
  },
  reviewed: {
    prevalence: 0.0025,
    votes: {
      flowing: PROJECTS.G.flowing,
      stalled: STALLED_TRAITS.reviewedG,
      perStack: { mix: PROJECTS.G.perStack, confirm: { share: 0.7, votes: 9 } },
    },
    gold: { chosen: 'candidates-only' },
  },
} satisfies { readonly [Name: string]: Omit<DatasetOptions, 'stacks'> };
