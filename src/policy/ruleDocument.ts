import * as t from 'io-ts';
import { type TraitModel, traitModelJson } from '../asking/index.js';
import { requireStopRule, type StopRule } from '../asking/stopRule/index.js';
import {
  AtLeast0,
  Closed,
  Count,
  Finite,
  number,
  Open,
  oneOf,
  Risk,
  tagged,
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

const Line = t.strict({ c: Finite, slope: Finite, tau: number('a number above 0', (n) => n > 0 && isNumber(n)) });
const Lines = t.strict({ flowing: Line, stalled: Line });
const Column = new t.Type<Float64Array, unknown, unknown>(
  'a column of numbers',
  (u): u is Float64Array => u instanceof Float64Array,
  (u, context) => (u instanceof Float64Array ? t.success(u) : t.failure(u, context)),
  t.identity,
);
const TraitShape = t.strict({
  prevalence: Open,
  annotatorIds: t.readonlyArray(t.string),
  alpha: Column,
  beta: Column,
  varAlpha: Column,
  varBeta: Column,
  covariance: Column,
  newcomer: t.strict({ alpha: AtLeast0, beta: AtLeast0 }),
  blind: number('a share below 1', (n) => n >= 0 && n < 1),
  scored: Lines,
  unscored: Lines,
});

export const TraitModelCodec = new t.Type<TraitModel, unknown, unknown>(
  'a trait model, its columns one value for each annotator',
  isTraitModel,
  (u, context) => {
    const shaped = TraitShape.validate(columnsFromJson(u), context);
    if (shaped._tag === 'Left') return shaped;
    return isTraitModel(shaped.right) ? t.success(withJson(shaped.right, traitModelJson)) : t.failure(u, context);
  },
  traitModelJson,
);

const Place = t.union([Finite, t.null]);
const RuleShape = t.strict({
  leastVotes: Count,
  bounds: t.readonlyArray(
    t.strict({ flowingBelow: Place, expertFrom: Place, expertBelow: Place, stalledFrom: Place }, 'bounds'),
  ),
  contradiction: t.strict({ flowingAbove: Place, stalledBelow: Place }),
});

/** Bounds that fall, or that leave something to ask at the end, are no rule. */
export const RuleCodec = new t.Type<StopRule, unknown, unknown>(
  'a stop rule that can be followed',
  RuleShape.is,
  (u, context) => {
    const shaped = RuleShape.validate(u, context);
    if (shaped._tag === 'Left') return shaped;
    try {
      requireStopRule(shaped.right);
    } catch {
      return t.failure(u, context);
    }
    return shaped;
  },
  t.identity,
);

const Above0 = number('a number above 0', (n) => n > 0 && Number.isFinite(n));
export const PricesCodec = t.strict({ expert: Above0, miss: Above0, alarm: Above0 }, 'prices');

const PerClass = t.strict({ stalled: Count, flowing: Count });
const Spending = t.strict({ votes: AtLeast0, experts: Closed, expertsAtOnce: Closed, automatic: Closed }, 'spending');
const Clusters = t.strict({
  stalled: t.strict({ seen: Count, needed: Count }),
  flowing: t.strict({ seen: Count, needed: Count }),
});
const Rate = withOptional(
  { hits: Count, n: Count, interval: t.strict({ lower: Closed, upper: Closed }), atLeast: Closed, atMost: Closed },
  { estimate: Closed },
  'a rate',
);
const Estimated = t.strict({ estimate: Closed, counted: Rate, expected: Closed });
const Collect = t.strict({ stalled: Count, flowing: Count, chance: Closed });

const CERTIFICATE = withOptional(
  { unit: oneOf('stack', 'cluster'), pValue: Closed, assumptions: t.readonlyArray(t.string) },
  { missedStalls: Risk, falseAlarms: Risk, clusters: Clusters },
  'a certificate',
);

/** Each reason has fields of its own, for people and programs to read and nothing to compute with, so other keys pass. */
const BECAUSE = {
  PathNotCertified: t.type({ _tag: t.literal('PathNotCertified'), pValue: Closed, goldNeeded: PerClass }),
  Refused: t.type({
    _tag: t.literal('Refused'),
    refusals: t.readonlyArray(t.type({ _tag: t.string, reason: t.string, fix: t.string })),
  }),
  TooFewVotes: t.type({ _tag: t.literal('TooFewVotes'), votes: Count, needed: Count }),
  ClassMissing: t.type({ _tag: t.literal('ClassMissing'), stalled: Count, flowing: Count }),
  ClustersNotCertified: t.type({ _tag: t.literal('ClustersNotCertified'), clusters: Clusters }),
  GoldDoubted: t.type({
    _tag: t.literal('GoldDoubted'),
    checks: t.readonlyArray(t.type({ check: t.string, verdict: t.string, text: t.string })),
  }),
  ErrorSpent: t.type({ _tag: t.literal('ErrorSpent'), looks: Count }),
  EarlierVersion: t.type({ _tag: t.literal('EarlierVersion'), schema: t.string }),
} as const;

/** The `proof` of a policy document. */
export const ProofCodec = tagged({
  Certified: t.strict({ _tag: t.literal('Certified'), certificate: CERTIFICATE, spending: Spending }),
  Provisional: withOptional(
    { _tag: t.literal('Provisional'), because: tagged(BECAUSE) },
    {
      goldNeeded: Collect,
      estimate: t.strict({ missedStalls: Estimated, falseAlarms: Estimated, spending: Spending }),
    },
    'a provisional rule',
  ),
});

const Mean = t.strict({ stacks: Count, mean: AtLeast0, variance: AtLeast0 });
const Group = t.strict({
  stacks: Count,
  votes: t.readonlyArray(Count),
  known: Mean,
  stalledVotes: Mean,
  scored: Count,
  nats: t.readonlyArray(Count),
});

/** The `profile` of a policy document. */
export const ProfileCodec = withOptional(
  {
    stalled: Group,
    flowing: Group,
    prevalence: Open,
    sampling: oneOf('random', 'stratified', 'candidates-only', 'crowd'),
    schedule: t.union([t.literal('any'), t.strict({ oneLook: Count })]),
    unit: oneOf('stack', 'cluster'),
  },
  {
    clusters: t.strict({ clusters: Count, designEffect: AtLeast0, f: AtLeast0, between: Count, within: Count }),
  },
  'a profile of gold',
);

/** The `ledger` of a policy document. */
export const LedgerCodec = t.readonlyArray(
  t.strict({
    looks: t.readonlyArray(t.strict({ fingerprint: t.string, spent: Closed })),
    gold: t.readonlyArray(t.string),
  }),
  'the ledger of fits',
);
