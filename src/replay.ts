/** What a stop rule would have done with votes that have come already, one vote at a time. */
export { type Arrivals, arrivals, pick, type VoteStream } from './replay/arrivals.js';
export { type CertifiedRule, certify, decisions } from './replay/certify.js';
export { lookTrajectories } from './replay/lookTrajectories.js';
export { type Run, run } from './replay/run.js';
export { ends, type Trajectories, trajectories } from './replay/trajectories.js';
