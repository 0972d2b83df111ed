/** From files and rows of unknown origin to checked values. Every failure says where it is, what is wrong, and how to correct it. */

export type { DataNote, DataTopic, Noted } from '../output/dataNotes.js';
export { FORMAT_NAMES, type FormatName } from './formats/list.js';
export { type DecisionName, type DecisionTable, decodeDecisions as decisions } from './tables/decisions.js';
export { decodeGold as gold, decodeGoldRows as goldRows, type GoldOptions, type Where } from './tables/gold.js';
export { ID_RULES as idRules, type IdRule, idUnder } from './tables/ids.js';
export {
  type ColumnRole,
  type InspectedColumn,
  type InspectedLabel,
  type Inspection,
  type InspectOptions,
  inspectSource as inspect,
} from './tables/inspect.js';
export { auditNotes, type IdMismatch, idMismatch, type Joined, joinNotes, type NamedIds } from './tables/joins.js';
export type { LabelOptions } from './tables/labels.js';
export { decodeScoreRows as scoreRows, decodeScores as scores, type ScoreOptions } from './tables/scores.js';
export { decodeStackList as stackList, type ListedPath } from './tables/stackList.js';
export { decodeStacks as stacks, type StackTable } from './tables/stacks.js';
export { type Strata, strata } from './tables/strata.js';
export { decodeVoteRows as voteRows, decodeVotes as votes, type VoteOptions } from './tables/votes.js';
export type { Columns } from './text/header.js';
export type { Container, Counts, Recognised } from './text/recognised.js';
export { fromFile, fromFiles, fromText, type ReadAs, readAs, type Source } from './text/source.js';
