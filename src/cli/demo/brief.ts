import type { Targets } from '../../domain/targets.js';
import { countText, percent, some } from '../../output/format.js';
import type { Verdict, Work } from '../../policy/index.js';

/** What happened to stacks, and what they still need. */
export type BriefWork = Omit<Work, 'scored' | 'audited'>;

/** The result in five lines, for a reader who knows none of the terms: verdict, decisions, votes, experts, next step. */
export const briefText = ({
  verdict,
  targets,
  name,
  out,
  ...work
}: BriefWork & {
  readonly verdict: Verdict;
  readonly targets: Targets;
  /** Which stacks these are. */
  readonly name: string;
  readonly out: string;
}): string => {
  const { stacks, retiredStalled, retiredFlowing, askCrowd, askExpert, votes, votesCounted, votesWanted } = work;
  const decided = retiredStalled + retiredFlowing;
  const unknown = stacks - decided - askCrowd - askExpert;
  const wanted =
    askCrowd === 0
      ? 'none are missing'
      : `${some(askCrowd, 'stack')} still ${askCrowd === 1 ? 'needs' : 'need'} ${some(votesWanted, 'vote')}`;
  const unusable =
    unknown === 0
      ? ''
      : `; ${some(unknown, 'stack')} without votes and without a score ${unknown === 1 ? 'stays' : 'stay'} open`;
  return [
    verdictLine(verdict, targets),
    `Of ${countText(stacks)} ${name}, ${countText(decided)} (${percent(decided / stacks)}) were decided automatically: ${countText(retiredStalled)} stalled, ${countText(retiredFlowing)} flowing.`,
    `Votes: of the ${countText(votes)} cast, the rule needed ${countText(votesCounted)}, ${(votesCounted / stacks).toFixed(1)} per stack; ${wanted}.`,
    `Experts: ${askExpert === 0 ? 'no stack needs one' : `${some(askExpert, 'stack')} ${askExpert === 1 ? 'needs' : 'need'} one; review.csv lists ${askExpert === 1 ? 'it' : 'them'}, the most probable stalls first`}${unusable}.`,
    `Next: open decisions.csv and review.csv in ${out}; then run the last command below with your own files.`,
  ].join('\n');
};

const verdictLine = (verdict: Verdict, { sensitivity, specificity, confidence }: Targets): string => {
  const missed = `at most ${percent(1 - sensitivity)} of stalled stacks are called flowing`;
  const alarms = `at most ${percent(1 - specificity)} of flowing stacks are called stalled`;
  switch (verdict) {
    case 'certified':
      return `Certified: with ${percent(confidence)} confidence, ${missed} and ${alarms}.`;
    case 'insufficient evidence':
      return `Provisional: it is not proved that ${missed} and ${alarms}.`;
    case 'not certified':
      return `Not certified for these stacks, which are not what the gold was: it is not proved that ${missed} and ${alarms}.`;
    case 'targets not met':
      return `Targets not met: gold that was kept aside refutes that ${missed} and ${alarms}.`;
  }
};
