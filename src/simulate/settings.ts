import type { VotesPerStack } from './crowd/regime.js';
import type { Recording, StrataSetting } from './laboratory/strata.js';

/** How many extra stacks an expert labels. */
export interface GoldCounts {
  readonly stalled: number;
  readonly flowing: number;
  readonly chosen: 'stratified' | 'random';
}

/**
 * Stacks whose truth the laboratory knows, or believes to know.
 *
 * - `stratified`: `stalled` stalled and `flowing` flowing extra stacks, each class like that class of the population.
 * - `random`: `stalled + flowing` extra stacks at the population's prevalence; how many are stalled is left to chance.
 * - `known`: the known-answer stacks of `votes.play`, which are easier than research stacks; they come as `stratified` gold.
 * - `candidates-only`: an expert labels the research stacks with a crowd score of `cut` or more, and no others.
 * - `crowd`: no expert; a research stack is labelled stalled when its crowd score is `cut` or more.
 *
 * The crowd score is the share of stalled votes of people; a stack without votes has none. `cut` is .5 by default.
 */
export type GoldSetting =
  | GoldCounts
  | { readonly chosen: 'known' }
  | { readonly chosen: 'candidates-only' | 'crowd'; readonly cut?: number };

/** Research stacks with mice, recordings and flaws; `{ count }` is the typical study. */
export interface StackOptions {
  readonly count: number;
  /** Name of the dataset; stack ids then begin with it. Default `dataset`. */
  readonly dataset?: string;
  readonly strata?: Partial<StrataSetting>;
  /** Share of research stacks that nobody can read, whatever their truth, in [0, 1]; default .02. Half are outline faults. */
  readonly unreadable?: number;
}

/** Why a stack cannot be read: the video, or an outline that is missing or jumps. `Stacks.flaw` has the place in this list. */
export const FLAWS = ['none', 'unreadable', 'outline missing', 'outline jumps'] as const;

/** The stacks with their truth; row s belongs to `stackIds[s]`. Research and gold stacks stand in one random order. */
export interface Stacks {
  readonly stackIds: readonly string[];
  /** 1 stalled, 0 flowing. */
  readonly truth: Uint8Array;
  /** 1 where the truth is known to the laboratory. */
  readonly isGold: Uint8Array;
  /** u, N(0, 1) over stacks: with a high u a flowing stack looks stalled and a stalled one is obvious, to people and models. */
  readonly difficulty: Float64Array;
  /** The part of u that the stacks of one recording share; without strata, row r is for stacks `250 r` .. `250 r + 249`. */
  readonly quality: Float64Array;
  /** With strata only: the recording of each stack, P(stalled) of each recording, and place in `FLAWS` of each stack. */
  readonly recordingOf?: Uint16Array;
  readonly recordings?: readonly Recording[];
  readonly prevalence?: Float64Array;
  readonly flaw?: Uint8Array;
  /** With known-answer stacks only: 1 where a stack is one of them. They come last. */
  readonly isKnown?: Uint8Array;
}

/** A pool of stacks whose answers the platform knows, to teach and test people. */
export interface KnownSetting {
  readonly stacks: number;
  /** Share of them stalled. */
  readonly stalled: number;
}

/** How stacks of one class look to people: evidence for a stall is `c + tau · u`, in probit units, u the difficulty. */
export interface TraitSetting {
  readonly c: number;
  /** At least 0. With a larger tau the votes on one stack err together more often. */
  readonly tau: number;
}

/** How often stacks are asked about, and how they look to people. */
export interface VoteSetting {
  readonly perStack: VotesPerStack;
  readonly flowing: TraitSetting;
  readonly stalled: TraitSetting;
  /** Without it votes have no times, and there are no known-answer stacks; `{}` is the typical play. */
  readonly play?: PlayOptions;
}

/** Votes as columns in order of arrival: row v is one annotator's label on one stack. At most one per pair. */
export interface SimulatedVotes {
  readonly stackIds: readonly string[];
  readonly annotatorIds: readonly string[];
  /** Vote v is on `stackIds[stackOf[v]]` … */
  readonly stackOf: Uint32Array;
  /** … by `annotatorIds[annotatorOf[v]]` … */
  readonly annotatorOf: Uint32Array;
  /** … with label 1 stalled or 0 flowing. */
  readonly label: Uint8Array;
  /** With `play` only: whole seconds since the study began, ascending; 1 where the answer was known to the platform. */
  readonly seconds?: Float64Array;
  readonly known?: Uint8Array;
  /** With bots that vote only: 1 where a bot could not read the stack and therefore voted flowing. */
  readonly movieError?: Uint8Array;
}

/** How people play: in sessions, with learning and fatigue, and known-answer stacks in between. */
export interface PlaySetting {
  /** Answers a day, research and known together, on an ordinary average day. */
  readonly answersPerDay: number;
  /** Days of 24 hours at 67 answers a minute. */
  readonly events: number;
  /** The first `answers` of an account have α times `novices.factor`. They replace novice accounts. */
  readonly novices: { readonly answers: number };
  /** Steps of the random walks of β and of log α, per day. */
  readonly driftSd: number;
  /** After `after` answers in a session α is multiplied by `factor`. */
  readonly fatigue: { readonly after: number; readonly factor: number };
  /**
   * Known-answer stacks. `share`: the chance that the next stack is one, until the account has seen them all. `tau`: of their
   * stalls. `eagerness`: how much less evidence people need there to vote stalled, because stalls are frequent.
   */
  readonly known: KnownSetting & { readonly share: number; readonly tau: number; readonly eagerness: number };
}

/** What a caller may set of play; the rest is typical. */
export type PlayOptions = { readonly [Key in keyof PlaySetting]?: Loose<PlaySetting[Key]> };

type Loose<Value> = Value extends number ? Value : Partial<Value>;
