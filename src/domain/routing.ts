import { type Label, labelName } from './label.js';

/** Why an expert is asked: by the rule, because later votes contradict its label, or because votes decided nothing. */
export type ExpertReason = 'expert is cheaper' | 'votes contradict' | 'votes exhausted';
/** What happens next to one stack. */
export type Routing =
  | { readonly _tag: 'Retire'; readonly label: Label }
  | { readonly _tag: 'AskCrowd'; readonly votesWanted: number }
  | { readonly _tag: 'AskExpert'; readonly reason: ExpertReason };
/** How many votes a stack may cost. */
export interface Budget {
  /** Votes on one stack before an expert is asked; ≥ 0. */
  readonly maxVotes: number;
  /** Votes to ask for at a time; ≥ 1. */
  readonly votesPerRound: number;
}
/** Twenty answers were the project's first "magic number"; three are its present usual round. */
export const DEFAULT_BUDGET: Budget = { maxVotes: 20, votesPerRound: 3 };

/**
 * The word for a routing, as in decisions.csv.
 *
 * @example
 * Routing.decisionOf({ _tag: 'AskCrowd', votesWanted: 3 }) // => 'ask crowd'
 */
export const decisionOf = (next: Routing): 'stalled' | 'flowing' | 'ask crowd' | 'ask expert' => {
  switch (next._tag) {
    case 'Retire':
      return labelName(next.label);
    case 'AskCrowd':
      return 'ask crowd';
    case 'AskExpert':
      return 'ask expert';
  }
};

/** The routings without a number, shared: a million routed stacks do not need a million objects. `RETIRE` is indexed by label. */
export const RETIRE: readonly [Routing, Routing] = [
  { _tag: 'Retire', label: 0 },
  { _tag: 'Retire', label: 1 },
];
export const ASK_EXPERT: Readonly<Record<ExpertReason, Routing>> = {
  'expert is cheaper': { _tag: 'AskExpert', reason: 'expert is cheaper' },
  'votes contradict': { _tag: 'AskExpert', reason: 'votes contradict' },
  'votes exhausted': { _tag: 'AskExpert', reason: 'votes exhausted' },
};
