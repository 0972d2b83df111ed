import * as t from 'io-ts';
import type { TraitModel } from '../../asking/index.js';
import {
  AtLeast0,
  Closed,
  Count,
  Finite,
  number,
  Positive,
  Risk,
  TargetsCodec,
  tagged,
  Whole,
  withOptional,
} from '../json/index.js';
import { plainColumns } from './plainColumns.js';

/** Every column of a look is one per annotator. */
const isLook = (data: unknown): data is TraitModel => {
  if (typeof data !== 'object' || data === null || !('annotatorIds' in data) || !('prevalence' in data)) return false;
  const { annotatorIds } = data;
  return (
    Array.isArray(annotatorIds) &&
    annotatorIds.every((id) => typeof id === 'string') &&
    Object.values(data).every((value) => !(value instanceof Float64Array) || value.length === annotatorIds.length)
  );
};

const Bound = t.readonlyArray(t.union([Finite, t.null]));

/** Not cut to these keys: the rule is hashed whole, and what else it says is for `Asking` to understand. */
const Rule = t.intersection(
  [
    t.type({ flowingBelow: Bound, stalledAbove: Bound, minVotes: Count, maxVotes: Count }),
    t.partial({ lastCall: Finite }),
  ],
  'a stop rule',
);

const Above0 = number('a number above 0', (n) => n > 0 && Number.isFinite(n));
const PerClass = t.strict({ stalled: Count, flowing: Count });

const Certificate = t.strict({
  method: t.literal('learn-then-test'),
  testing: t.keyof({ 'fixed-sequence': null, holm: null }),
  targets: TargetsCodec,
  candidate: Count,
  certified: t.readonlyArray(Count),
  pValue: Closed,
  missedStalls: Risk,
  falseAlarms: Risk,
  undecided: PerClass,
  assumptions: t.readonlyArray(t.string),
});

const BECAUSE = {
  PathNotCertified: t.strict({
    _tag: t.literal('PathNotCertified'),
    candidate: Count,
    pValue: Closed,
    missedStalls: Risk,
    falseAlarms: Risk,
    goldNeeded: PerClass,
  }),
  Refused: t.strict({
    _tag: t.literal('Refused'),
    // Refusals have fields of their own, so they are not cut to what they share.
    refusals: t.readonlyArray(t.type({ _tag: t.string, reason: t.string, fix: t.string })),
  }),
  VotesTooFew: t.strict({ _tag: t.literal('VotesTooFew'), votes: Count, needed: Count, gold: PerClass, fix: t.string }),
} as const;

/** The `asking` part of a policy document. */
export const Asking = tagged({
  AskingCertified: withOptional(
    {
      _tag: t.literal('AskingCertified'),
      targets: TargetsCodec,
      look: plainColumns('a look, its columns one value for each annotator', isLook),
      rule: Rule,
      costs: t.strict({ miss: Above0, alarm: Above0 }),
      votesPerRound: Positive,
      certificate: Certificate,
      arrivals: t.readonlyArray(t.keyof({ 'one at a time': null, 'in rounds': null, 'all at once': null })),
      votesPerStack: AtLeast0,
      expertsPerStack: Closed,
    },
    {
      audit: t.strict({ share: Closed, seed: Whole }),
    },
    'certified asking',
  ),
  AskingNotCertified: t.strict({
    _tag: t.literal('AskingNotCertified'),
    targets: TargetsCodec,
    because: tagged(BECAUSE),
  }),
});
