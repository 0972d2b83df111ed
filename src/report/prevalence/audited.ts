import type { Fate } from '../../decode/decisions.js';
import * as Evaluation from '../../evaluation.js';
import { groupOf } from './fates.js';
import type { Figure, Method } from './method.js';

const DECIDED: readonly Fate[] = ['stalled', 'flowing'];
const SEEN: readonly Fate[] = ['stalled', 'flowing', 'ask crowd', 'ask expert'];

/** The prediction-powered figure: what the audit found of each call, weighted to all there are of it. */
export const audited =
  (confidence: number): Method =>
  (groups, claim) =>
    [...groups].flatMap(([stratum, rows]) => {
      const undecided = rows.some(({ fate, leftOut }) => !leftOut && fate.startsWith('ask'));
      return [SEEN, ...(undecided ? [DECIDED] : [])].map((fates): Figure => {
        const calls = fates.map((called) => ({ stratum, called, ...groupOf(rows, called) }));
        const level = claim === 'all' ? 1 - (1 - confidence) / groups.size : confidence;
        const { overall } = Evaluation.auditedPrevalence({ confidence: level })(calls);
        return {
          stratum,
          about: fates === SEEN ? 'seen' : 'decided',
          stacks: overall.stacks,
          audited: overall.audited,
          auditedStalled: calls.reduce((sum, { stalled }) => sum + stalled, 0),
          ...(overall.estimate === undefined ? {} : { estimate: overall.estimate }),
          ...(overall.interval === undefined ? {} : { interval: overall.interval }),
        };
      });
    });
