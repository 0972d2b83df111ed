/** How good each annotator is: sensitivity P(vote stalled | stalled) and specificity P(vote flowing | flowing). */

export type { MeasuredSkills, Newcomer, Skills } from '../../domain/skills.js';
export { alignedTo } from './align.js';
export {
  type Annotator,
  type AnnotatorFlag,
  type AnnotatorsOptions,
  annotators,
  type NewcomerRates,
  newcomerRates,
  type RateEstimate,
} from './annotators.js';
export { type DawidSkene, type DawidSkeneOptions, dawidSkene } from './dawidSkene.js';
export { type FromGoldOptions, fromGold } from './fromGold.js';
export { information, type VoteRates } from './information.js';
export { type Bounds, intervals, type SkillIntervals } from './intervals.js';
export { type OneCoin, type OneCoinOptions, oneCoin } from './oneCoin.js';
export type { SkillChange } from './sequence.js';
