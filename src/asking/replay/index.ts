/** What a stop rule would have done with votes that have come already, one vote at a time. */
export { type Arrivals, arrivals, inRandomOrder, pick, type VoteStream } from './arrivals.js';
export { type CertifiedRule, certifyRule, decisions } from './certify.js';
export { type Run, run } from './run.js';
export { traitTrajectories } from './traitTrajectories.js';
export { ends, type Trajectories, trajectories } from './trajectories.js';
