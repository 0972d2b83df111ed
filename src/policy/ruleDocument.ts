import * as t from 'io-ts';
import { type TraitModel, traitModelJson } from '../asking/index.js';
import { mostVotesOf, requireStopRule, type StopRule } from '../asking/stopRule/index.js';
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
import type { Issue } from '../domain/errors.js';
import { withJson } from '../domain/present.js';
import type { Policy } from './policy.js';
import { NATS_EDGES } from './profile.js';

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
/** The `rule` of a policy document; `contradictionsIn` says whether it can be followed. */
export const RuleCodec = t.strict({
  leastVotes: Count,
  bounds: t.readonlyArray(
    t.strict({ flowingBelow: Place, expertFrom: Place, expertBelow: Place, stalledFrom: Place }, 'bounds'),
  ),
  contradiction: t.strict({ flowingAbove: Place, stalledBelow: Place }),
});

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

const Mean = t.strict({ stacks: Count, mean: Closed, variance: AtLeast0 });
const Group = withOptional(
  {
    stacks: Count,
    votes: t.readonlyArray(Count),
    known: Mean,
    stalledVotes: Mean,
    scored: Count,
    nats: t.readonlyArray(Count),
  },
  { firstAsked: Mean },
  'a group of gold',
);

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

/** Sums of tenths are not exact. */
const ROUNDING = 1e-9;

/**
 * What contradicts itself in a policy whose every field is by itself as it should be. A hash shows that nobody has changed a
 * document since it was written, not that whoever wrote it could be followed.
 */
export const contradictionsIn = (policy: Policy): readonly Issue[] => [
  ...inColumns(policy),
  ...inRule(policy.rule),
  ...inGold(policy),
  ...inProof(policy),
  ...inProfile(policy),
];

const damaged = (field: string, found: string, expected: string): Issue => ({
  field,
  found,
  expected,
  fix: 'The document is damaged. Fit it again.',
});

/** Each issue where its condition holds. */
const where = (...issues: readonly (readonly [boolean, string, string, string])[]): readonly Issue[] =>
  issues.flatMap(([holds, field, found, expected]) => (holds ? [damaged(field, found, expected)] : []));

const hasRepeats = (ids: readonly string[]): boolean => new Set(ids).size !== ids.length;

const inColumns = ({ skills, calibrator, traitModel }: Policy): readonly Issue[] => {
  const n = skills.annotatorIds.length;
  const once = ['a repeated annotator', 'each annotator once'] as const;
  return [
    ...where(
      ...(['sensitivity', 'specificity', 'support'] as const).map(
        (field) =>
          [
            skills[field].length !== n,
            `skills.${field}`,
            `${skills[field].length} values`,
            `${n} values, one for each annotator`,
          ] as const,
      ),
      [hasRepeats(skills.annotatorIds), 'skills.annotatorIds', ...once],
      [
        calibrator?._tag === 'Isotonic' && !isMonotone(calibrator),
        'calibrator',
        'knots that fall, or columns of unequal length',
        'ascending x and non-decreasing y, one for one',
      ],
    ),
    ...(traitModel === undefined
      ? []
      : where(
          [hasRepeats(traitModel.annotatorIds), 'traitModel.annotatorIds', ...once],
          ...(['varAlpha', 'varBeta'] as const).map(
            (field) =>
              [
                traitModel[field].some((value) => !(value >= 0)),
                `traitModel.${field}`,
                'a variance below 0',
                'variances, 0 or more',
              ] as const,
          ),
        )),
  ];
};

const isMonotone = ({ x, y }: { readonly x: readonly number[]; readonly y: readonly number[] }): boolean =>
  x.length === y.length && x.length > 0 && x.every((at, i) => i === 0 || (at > x[i - 1] && y[i] >= y[i - 1]));

/** Bounds that fall, or that leave something to ask at the end, are no rule. */
const inRule = (rule: StopRule): readonly Issue[] => {
  try {
    requireStopRule(rule);
    return [];
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return [damaged('rule', error.message.replace(/^stop rule: /, ''), 'a stop rule that can be followed')];
  }
};

const inGold = ({ goldUsed: { fit, tune } }: Policy): readonly Issue[] => {
  const fitted = new Set(fit);
  const both = tune.find((id) => fitted.has(id));
  return where(
    [both !== undefined, 'goldUsed.tune', `"${both}", which is among those that fitted`, 'stacks that fitted nothing'],
    [hasRepeats(fit), 'goldUsed.fit', 'a repeated stack', 'each stack once'],
    [hasRepeats(tune), 'goldUsed.tune', 'a repeated stack', 'each stack once'],
  );
};

const inProof = ({ proof, ledger, targets, profile, rule }: Policy): readonly Issue[] => {
  const { spending } = proof._tag === 'Certified' ? proof : (proof.estimate ?? {});
  const at = proof._tag === 'Certified' ? 'proof.spending' : 'proof.estimate.spending';
  const spent =
    spending === undefined
      ? []
      : where(
          [
            spending.expertsAtOnce > spending.experts + ROUNDING,
            `${at}.expertsAtOnce`,
            String(spending.expertsAtOnce),
            `at most experts, ${spending.experts}`,
          ],
          [
            spending.experts + spending.automatic > 1 + ROUNDING,
            `${at}.automatic`,
            String(spending.automatic),
            `at most 1 − experts, ${1 - spending.experts}`,
          ],
          [
            spending.votes > mostVotesOf(rule) + ROUNDING,
            `${at}.votes`,
            String(spending.votes),
            `at most the votes of the rule, ${mostVotesOf(rule)}`,
          ],
        );
  if (proof._tag === 'Provisional') return spent;
  const delta = 1 - targets.confidence;
  const looks = ledger[ledger.length - 1]?.looks ?? [];
  const own = looks[looks.length - 1]?.spent ?? 0;
  const { pValue, missedStalls, falseAlarms, unit } = proof.certificate;
  const risks = Object.entries({ missedStalls, falseAlarms }).flatMap(([name, risk]) =>
    risk === undefined
      ? []
      : where([
          risk.observed > risk.gold,
          `proof.certificate.${name}.observed`,
          String(risk.observed),
          `at most the gold there was, ${risk.gold}`,
        ]),
  );
  return [
    ...spent,
    ...risks,
    ...where(
      [looks.length === 0, 'ledger', 'no look', 'the look of the fit that certified'],
      [own > delta + ROUNDING, 'ledger', `${own} spent`, `at most 1 − confidence, ${Number(delta.toPrecision(12))}`],
      [
        looks.length > 0 && pValue > own + ROUNDING,
        'proof.certificate.pValue',
        String(pValue),
        `at most the error that its look has spent, ${own}`,
      ],
      [profile === undefined, 'profile', 'nothing', 'what the gold of the certificate was like'],
      [
        profile !== undefined && profile.unit !== unit,
        'profile.unit',
        `"${profile?.unit}"`,
        `"${unit}", as in the certificate`,
      ],
    ),
  ];
};

const inProfile = ({ profile }: Policy): readonly Issue[] => {
  if (profile === undefined) return [];
  const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
  return (['stalled', 'flowing'] as const).flatMap((label) => {
    const { stacks, votes, scored, nats, known, stalledVotes } = profile[label];
    return where(
      [total(votes) !== stacks, `profile.${label}.votes`, `${total(votes)} stacks`, `the ${stacks} of the group`],
      [scored > stacks, `profile.${label}.scored`, String(scored), `at most the ${stacks} stacks of the group`],
      [
        nats.length !== NATS_EDGES.length + 1,
        `profile.${label}.nats`,
        `${nats.length} counts`,
        `${NATS_EDGES.length + 1} counts`,
      ],
      [total(nats) !== scored, `profile.${label}.nats`, `${total(nats)} stacks`, `the ${scored} that are scored`],
      [known.stacks > stacks, `profile.${label}.known.stacks`, String(known.stacks), `at most ${stacks}`],
      [
        stalledVotes.stacks > stacks,
        `profile.${label}.stalledVotes.stacks`,
        String(stalledVotes.stacks),
        `at most ${stacks}`,
      ],
    );
  });
};
