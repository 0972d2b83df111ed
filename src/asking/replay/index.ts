/** The posterior of each stack vote by vote, in the order of its votes. */
export {
  type Arrivals,
  arrivals,
  inArrivalOrder,
  inRandomOrder,
  pick,
  type VoteStream,
} from './arrivals.js';
export { stackTrait, traitTrajectories } from './traitTrajectories.js';
export { ends, part, type Trajectories, trajectories } from './trajectories.js';
