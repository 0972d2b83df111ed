import type { GoldChosen } from '../../domain/gold.js';
import type { Rate } from '../../domain/interval.js';
import type { Targets } from '../../domain/targets.js';
import type {
  AgreementPart,
  AnnotatorsPart,
  Cell,
  CurvesPart,
  DataTable,
  FrontierPart,
  PowerPart,
  ReliabilityPart,
  StrataPart,
  TrajectoriesPart,
  VotesPart,
  WeeksPart,
} from '../figures/index.js';

/**
 * Everything a page shows, as plain data. Each part is optional: an absent part is an absent section. No part grows with the
 * number of stacks, so neither does the page.
 */
export interface PageData {
  readonly title: string;
  /** What was judged, in one sentence. */
  readonly about?: string;
  readonly verdict?: VerdictPart;
  readonly labels?: LabelsPart;
  readonly explorer?: ExplorerPart;
  readonly curves?: CurvesPart;
  readonly reliability?: ReliabilityPart;
  readonly votes?: VotesPart;
  readonly frontier?: FrontierPart;
  /** One entry for each column that divides the stacks. */
  readonly strata?: readonly StrataPart[];
  readonly annotators?: AnnotatorsPart;
  readonly agreement?: AgreementPart;
  readonly trajectories?: TrajectoriesPart;
  readonly weeks?: WeeksPart;
  readonly power?: PowerPart;
  readonly gallery?: GalleryPart;
  /** Tables that belong to a command alone: the datasets of a gate, the rows of a prevalence. */
  readonly tables?: readonly (DataTable & { readonly title: string; readonly about?: string })[];
  readonly provenance?: ProvenancePart;
}

/** The answer, before everything else. */
export interface VerdictPart {
  /** One or two words: `certified`, `not certified`, `pass`. */
  readonly verdict: string;
  /** Whether it is what was hoped for; `open` where evidence is missing. */
  readonly tone: 'good' | 'open' | 'bad';
  /** The same sentences that the command prints. */
  readonly lines: readonly string[];
  readonly targets?: Targets;
  /** Whether a certificate was given. */
  readonly certified?: boolean;
  /** Counted rates with their targets. */
  readonly claims?: readonly VerdictClaim[];
  /** A few figures that matter: `stacks`, `retired`, `votes per stack`. */
  readonly facts?: readonly { readonly name: string; readonly value: Cell }[];
}

/** A counted rate, and what it shows of its target. */
export interface VerdictClaim {
  readonly name: string;
  readonly rate: Rate;
  readonly target?: number;
  readonly outcome?: 'met' | 'not met' | 'open';
}

/** Where the labels come from, and what they can prove. */
export interface LabelsPart {
  readonly chosen: GoldChosen;
  /** Gold by its use. */
  readonly uses: readonly { readonly use: string; readonly stalled: number; readonly flowing: number }[];
  readonly prevalence: { readonly value: number; readonly from: string };
  /** Stacks of the batch, and those of them about which something is unknown. Missing is not flowing. */
  readonly batch?: {
    readonly stacks: number;
    readonly withoutVotes?: number;
    readonly withoutScore?: number;
    readonly unread?: number;
  };
  /** Groups of stacks that share their errors, such as mice, on gold. */
  readonly clusters?: { readonly by: string; readonly count: number };
  /** Share of gold labels that the model's score, or the majority of the votes, reproduces at its best cut. */
  readonly reproducedBy?: { readonly score?: number; readonly votes?: number };
  /** How gold differs from the batch. */
  readonly mismatch?: {
    readonly votesPerStack?: { readonly gold: number; readonly batch: number };
    readonly knownAnnotators?: { readonly gold: number; readonly batch: number };
  };
  readonly notes?: readonly string[];
}

/** Two thresholds to play with: counts of gold and of the batch around every position of them. */
export interface ExplorerPart {
  readonly table: ThresholdTable;
  /** Thresholds at the start, in log-odds, both strict: flowing below, stalled above. An absent side decides nothing. */
  readonly chosen: TwoThresholds;
  /** What is certified. A lower `flowingBelow` or a higher `stalledAbove` errs no more, so it needs no new certificate. */
  readonly certified?: TwoThresholds;
  /** P(stalled), in (0, 1). */
  readonly prevalence: number;
  /** Of every interval, in (0, 1). */
  readonly confidence: number;
  /** Mean votes spent on stacks of each class. */
  readonly votesPerStack?: { readonly stalled: number; readonly flowing: number };
  /** Default: a vote 1, an expert look 20, a missed stall 500, a false alarm 20. */
  readonly prices?: ExplorerPrices;
  /** A command to copy, with `{flowingBelow}`, `{stalledAbove}` (probabilities) and `{prevalence}` where they belong. */
  readonly command?: string;
}

/** Where to decide, in log-odds. */
export interface TwoThresholds {
  readonly flowingBelow?: number;
  readonly stalledAbove?: number;
}

/** In any one unit. */
export interface ExplorerPrices {
  readonly vote: number;
  readonly expert: number;
  readonly miss: number;
  readonly alarm: number;
}

/** Counts on both sides of each possible threshold, from `Page.thresholdTable`. */
export interface ThresholdTable {
  /** Log-odds, finite, rising, at most a few hundred. */
  readonly at: readonly number[];
  /** Gold stacks that are stalled. */
  readonly stalled: CountsAround;
  /** Gold stacks that are flowing. */
  readonly flowing: CountsAround;
  /** Stacks of the batch. */
  readonly batch?: CountsAround;
}

/** How many of a group stand below each threshold, and how many at or below it. */
export interface CountsAround {
  readonly all: number;
  readonly below: readonly number[];
  readonly upTo: readonly number[];
}

/** Films worth looking at, the most important first. */
export interface GalleryPart {
  readonly films: readonly GalleryFilm[];
  /** Bytes that the pictures may take in the page; default 1,200,000. */
  readonly budget?: number;
}

/** One film, and why it is shown. */
export interface GalleryFilm {
  readonly stackId: string;
  /** `disagreement`, `likely miss`, `audit find`. */
  readonly why: string;
  /** P(stalled) by the policy. */
  readonly probability?: number;
  readonly votes?: number;
  readonly width: number;
  readonly height: number;
  /** Brightness row by row; the first width × height bytes of each are read, as in frames of `Simulate.clip`. */
  readonly frames: readonly Uint8Array[];
}

/** What the page rests on. */
export interface ProvenancePart {
  readonly facts: readonly { readonly name: string; readonly value: string }[];
}
