/** What a stop rule would have done with votes that have arrived already, one vote at a time. */
export {
  type Arrivals,
  arrivals,
  inArrivalOrder,
  inRandomOrder,
  inTableOrder,
  pick,
  type VoteStream,
} from './arrivals.js';
export { type CertifiedRule, certifyRule, decisions } from './certify.js';
export { type Run, run } from './run.js';
export { stackTrait, traitTrajectories } from './traitTrajectories.js';
export { ends, type Trajectories, trajectories } from './trajectories.js';
