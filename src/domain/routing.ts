import { type Label, labelName } from './label.js';

/** Why an expert is asked. */
export type ExpertReason = 'votes exhausted';
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

/** The word for a routing: `stalled`, `flowing`, `ask crowd` or `ask expert`. */
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
