/** What a stop rule would have done with votes that have arrived already, one vote at a time. */
export { type Arrivals, arrivals, inRandomOrder, inTableOrder, pick, type VoteStream } from './arrivals.js';
export { stackTrait, traitTrajectories } from './traitTrajectories.js';
export { ends, part, type Trajectories, trajectories } from './trajectories.js';
