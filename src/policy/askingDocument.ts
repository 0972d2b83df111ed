import * as t from 'io-ts';
import { type TraitModel, traitModelJson } from '../asking/index.js';
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
} from '../decode/json/index.js';
import { withJson } from '../domain/present.js';

/** Every column of a trait model has one value for each annotator. */
const isTraitModel = (data: unknown): data is TraitModel => {
  if (typeof data !== 'object' || data === null || !('annotatorIds' in data) || !('prevalence' in data)) return false;
  const { annotatorIds } = data;
  return (
    Array.isArray(annotatorIds) &&
    annotatorIds.every((id) => typeof id === 'string') &&
    Object.values(data).every((value) => !(value instanceof Float64Array) || value.length === annotatorIds.length)
  );
};

const Bound = t.readonlyArray(t.union([Finite, t.null]));

/** Other keys pass, because the whole rule is hashed and only `Asking` knows all of them. */
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
    // Each refusal has more fields of its own, so other keys pass.
    refusals: t.readonlyArray(t.type({ _tag: t.string, reason: t.string, fix: t.string })),
  }),
  VotesTooFew: t.strict({ _tag: t.literal('VotesTooFew'), votes: Count, needed: Count, gold: PerClass, fix: t.string }),
} as const;

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/** The inverse of `traitModelJson`: a column is an object with the one key `float64`. */
const columnsFromJson = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(columnsFromJson);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  if (entries.length === 1 && entries[0][0] === 'float64') {
    const numbers: unknown = entries[0][1];
    return Array.isArray(numbers) && numbers.every(isNumber) ? Float64Array.from(numbers) : value;
  }
  return Object.fromEntries(entries.map(([key, inner]) => [key, columnsFromJson(inner)]));
};

/** Only the shape is checked: the numbers are those of a fit, and the hash shows that nobody changed them. */
const TraitModelCodec = new t.Type<TraitModel, unknown, unknown>(
  'a trait model, its columns one value for each annotator',
  isTraitModel,
  (u, context) => {
    const data = columnsFromJson(u);
    return isTraitModel(data) ? t.success(withJson(data, traitModelJson)) : t.failure(u, context);
  },
  traitModelJson,
);

/** The `asking` part of a policy document. */
export const AskingCodec = tagged({
  AskingCertified: withOptional(
    {
      _tag: t.literal('AskingCertified'),
      targets: TargetsCodec,
      look: TraitModelCodec,
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
