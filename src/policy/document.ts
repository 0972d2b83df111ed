import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { traitModelJson } from '../asking/index.js';
import {
  AtLeast0,
  Closed,
  Count,
  canonicalJson,
  checkDocument,
  Finite,
  invalidDocument,
  number,
  Open,
  otherKind,
  Positive,
  parsedJson,
  shown,
  TargetsCodec,
  tagged,
  Whole,
  withOptional,
} from '../decode/json/index.js';
import type { InvalidInput, Issue } from '../domain/errors.js';
import { plainColumns, withJson } from '../domain/present.js';
import { sha256 } from '../kernel/ids/sha256.js';
import type { Ledger } from './ledger.js';
import { fromFirstVersion } from './migrate.js';
import type { Policy } from './policy.js';
import {
  contradictionsIn,
  LedgerCodec,
  PricesCodec,
  ProfileCodec,
  ProofCodec,
  RuleCodec,
  TraitModelCodec,
} from './ruleDocument.js';

/** A column: an array of numbers in JSON, a typed array in memory. */
const column = <C extends Float64Array | Uint32Array>(
  element: t.Type<number, unknown, unknown>,
  from: (numbers: readonly number[]) => C,
): t.Type<C, unknown, unknown> =>
  new t.Type<C, unknown, unknown>(
    `an array of ${element.name}`,
    (u): u is C => ArrayBuffer.isView(u),
    (u, context) => {
      if (!Array.isArray(u)) return t.failure(u, context);
      const wrong = u.findIndex((value) => !element.is(value));
      return wrong < 0 ? t.success(from(u)) : t.failure(u[wrong], t.appendContext(context, String(wrong), element));
    },
    (numbers) => Array.from(numbers),
  );

const Floats = (element: t.Type<number, unknown, unknown>) => column(element, (numbers) => Float64Array.from(numbers));
const Counts = column(Count, (numbers) => Uint32Array.from(numbers));

const CALIBRATORS = {
  Platt: t.strict({
    _tag: t.literal('Platt'),
    on: t.keyof({ score: null, logit: null }),
    a: number('a number, 0 or less', (n) => n <= 0 && Number.isFinite(n)),
    b: Finite,
    prevalence: Open,
  }),
  Beta: t.strict({
    _tag: t.literal('Beta'),
    a: AtLeast0,
    b: AtLeast0,
    c: Finite,
    prevalence: Open,
  }),
  Temperature: t.strict({
    _tag: t.literal('Temperature'),
    on: t.keyof({ score: null, logit: null }),
    inverse: AtLeast0,
    prevalence: Open,
  }),
  Isotonic: t.strict({
    _tag: t.literal('Isotonic'),
    x: t.readonlyArray(Finite),
    y: t.readonlyArray(Open),
    prevalence: Open,
  }),
} as const;

const Recalibration = t.strict(
  {
    voteCorrelation: number('a number from 0 to below 1', (n) => n >= 0 && n < 1),
    slopes: t.strict({ model: AtLeast0, votes: AtLeast0 }),
    variance: t.strict({ model: AtLeast0, votes: AtLeast0, both: Finite }),
    dependence: withOptional({}, { votes: Finite, modelVotes: Finite }, 'measured dependence'),
    gold: t.strict({ stalled: Count, flowing: Count }),
  },
  'a recalibration',
);

const Document = withOptional(
  {
    schema: t.literal('tandem-policy/2'),
    prevalence: t.strict({ value: Open, from: t.keyof({ stated: null, 'random gold': null, assumed: null }) }),
    targets: TargetsCodec,
    skills: t.strict({
      annotatorIds: t.readonlyArray(t.string),
      sensitivity: Floats(Closed),
      specificity: Floats(Closed),
      support: Counts,
      newcomer: t.strict({ sensitivity: Open, specificity: Open }),
    }),
    rule: RuleCodec,
    proof: ProofCodec,
    votesPerRound: Positive,
    cuts: withOptional({ fused: Finite, crowd: Finite }, { model: Finite }, 'cuts'),
    goldUsed: t.strict({ fit: t.readonlyArray(t.string), tune: t.readonlyArray(t.string) }),
    ledger: LedgerCodec,
    provenance: t.strict({
      package: t.string,
      version: t.string,
      command: t.string,
      seed: Whole,
      inputs: t.readonlyArray(t.strict({ name: t.string, sha256: t.string })),
    }),
  },
  {
    calibrator: tagged(CALIBRATORS),
    recalibration: Recalibration,
    traitModel: TraitModelCodec,
    prices: PricesCodec,
    audit: t.strict({ share: Closed, seed: Whole }),
    profile: ProfileCodec,
    duplicates: t.keyof({ first: null, last: null, all: null, reject: null }),
  },
  'a policy',
);

const KIND = {
  name: 'a policy',
  schema: 'tandem-policy/2',
  codec: Document,
  origin: 'Give the policy.json that `tandem fit` or `tandem run` wrote.',
  fix: 'Fit the policy again, or restore the file.',
};

/** The document without its hash. The columns of a trait model have a JSON form of their own. */
const plain = (policy: Policy): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(policy).map(([key, value]) => [
      key,
      key === 'traitModel' ? traitModelJson(value) : plainColumns(value),
    ]),
  );

/**
 * The content hash of a policy: SHA-256 over its canonical JSON (keys sorted, no spaces).
 *
 * @returns 64 hexadecimal digits
 * @example
 * const { policy } = Policy.fit()({ votes: Votes.EMPTY, gold: Gold.from({ chosen: 'random' })([]) });
 * Policy.hash(policy).length // => 64
 */
export const policyHash = (policy: Policy): string => sha256(canonicalJson(plain(policy)));

/**
 * A policy as one JSON document, with its content hash. `JSON.stringify` writes the same of a policy from `fit` or `fromJSON`.
 *
 * @returns plain objects, arrays, texts and numbers
 * @example
 * const { policy } = Policy.fit()({ votes: Votes.EMPTY, gold: Gold.from({ chosen: 'random' })([]) });
 * Errors.getOrThrow(Policy.fromJSON(JSON.parse(JSON.stringify(policy)))).schema // => 'tandem-policy/2'
 */
export const policyToJson = (policy: Policy): Readonly<Record<string, unknown>> => ({
  hash: policyHash(policy),
  ...plain(policy),
});

/** A policy that `JSON.stringify` writes as its document. */
export const withPolicyJson = (policy: Policy): Policy => withJson(policy, policyToJson);

/**
 * A policy as the text of policy.json: its JSON document, indented, with a line end.
 *
 * @example
 * const { policy } = Policy.fit()({ votes: Votes.EMPTY, gold: Gold.from({ chosen: 'random' })([]) });
 * Errors.getOrThrow(Policy.fromText('policy.json')(Policy.toText(policy))).schema // => 'tandem-policy/2'
 */
export const encodePolicy = (policy: Policy): string => `${JSON.stringify(policyToJson(policy), null, 2)}\n`;

/** Each schema that was ever written → how to make it the next one. */
const MIGRATIONS: ReadonlyMap<string, (document: unknown) => unknown> = new Map([
  ['tandem-policy/1', fromFirstVersion],
  [KIND.schema, (document: unknown) => document],
]);

const schemaOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined;

/**
 * A policy document of an earlier schema as one of today's. Its content is not checked; `fromJSON` does both.
 *
 * @param value - a parsed JSON document
 * @param source - what to call the document in errors
 * @returns the document; `Left` when this version does not know its schema
 * @example
 * Policy.migrate({ schema: 'tandem-policy/2' }) // => { _tag: 'Right', right: { schema: 'tandem-policy/2' } }
 * Errors.format(Policy.migrate({ schema: 'tandem-policy/9' }).left).includes('another version') // => true
 */
export const migratePolicy = (value: unknown, source = 'policy'): E.Either<InvalidInput, unknown> => {
  const schema = schemaOf(value);
  const migrated = typeof schema === 'string' ? MIGRATIONS.get(schema) : undefined;
  if (migrated !== undefined) return E.right(migrated(value));
  const issue = { field: 'schema', found: shown(schema), expected: shown(KIND.schema), fix: KIND.origin };
  return invalidDocument(source, [otherKind(KIND, value) ?? issue]);
};

/**
 * Reads a policy document: schema, shape, ranges, equal columns and the content hash are all checked.
 *
 * @param value - a parsed JSON document, of today's schema or an earlier one
 * @param source - what to call the document in errors
 * @returns `fromJSON ∘ toJSON = id`; `Left` names the field that is wrong
 * @example
 * Policy.fromJSON({})._tag // => 'Left'
 */
export const policyFromJson = (value: unknown, source = 'policy'): E.Either<InvalidInput, Policy> => {
  const isOld = schemaOf(value) !== KIND.schema && MIGRATIONS.has(String(schemaOf(value)));
  // A document of an earlier schema has the hash of what it was.
  const changed = isOld ? changedSince(value, sha256(canonicalJson(withoutHash(value)))) : undefined;
  if (changed !== undefined) return invalidDocument(source, [changed]);
  const migrated = typeof schemaOf(value) === 'string' ? migratePolicy(value, source) : E.right(value);
  if (E.isLeft(migrated)) return migrated;
  const json = migrated.right;
  const checked = checkDocument(KIND)(source, json);
  if (E.isLeft(checked)) return checked;
  // io-ts types an absent key as possibly undefined; the codec never makes one, so the types say the same thing.
  const policy = checked.right as unknown as Policy;
  const broken = contradictionsIn(policy);
  if (broken.length > 0) return invalidDocument(source, broken);
  const edited = isOld ? undefined : changedSince(json, policyHash(policy));
  if (edited !== undefined) return invalidDocument(source, [edited]);
  return E.right(withPolicyJson({ ...policy, skills: withJson(policy.skills) }));
};

const LEDGER_KIND = {
  name: 'a ledger of fits',
  schema: 'tandem-ledger/1',
  codec: t.strict({ schema: t.literal('tandem-ledger/1'), ledger: LedgerCodec }, 'a ledger of fits'),
  origin: 'Give the ledger.json, or the policy.json, that `tandem fit` or `tandem run` wrote.',
  fix: 'Restore the file: without it nobody knows what earlier fits on this gold have spent.',
};

/**
 * A ledger as the text of ledger.json.
 *
 * @example
 * JSON.parse(Policy.ledgerToText(Policy.NO_LOOKS)) // => { schema: 'tandem-ledger/1', ledger: [] }
 */
export const encodeLedger = (ledger: Ledger): string =>
  `${JSON.stringify({ schema: LEDGER_KIND.schema, ledger }, null, 2)}\n`;

/**
 * Reads the text of ledger.json, or the ledger that a policy.json carries.
 *
 * @param source - what to call the document in errors
 * @returns `Left` names the field that is wrong
 * @example
 * Policy.ledgerFromText('ledger.json')(Policy.ledgerToText(Policy.NO_LOOKS)) // => { _tag: 'Right', right: [] }
 */
export const decodeLedger =
  (source: string) =>
  (text: string): E.Either<InvalidInput, Ledger> => {
    const json = parsedJson(LEDGER_KIND)(source, text);
    if (E.isLeft(json)) return json;
    if (MIGRATIONS.has(String(schemaOf(json.right)))) {
      return E.map(({ ledger }: Policy) => ledger)(policyFromJson(json.right, source));
    }
    return E.map(({ ledger }: { readonly ledger: Ledger }) => ledger)(checkDocument(LEDGER_KIND)(source, json.right));
  };

const withoutHash = (document: unknown): unknown =>
  Object.fromEntries(Object.entries(document as object).filter(([key]) => key !== 'hash'));

const changedSince = (document: unknown, expected: string): Issue | undefined => {
  const hash = typeof document === 'object' && document !== null && 'hash' in document ? document.hash : undefined;
  if (hash === expected) return undefined;
  return {
    field: 'hash',
    found: typeof hash === 'string' ? `"${hash.slice(0, 12)}…"` : shown(hash),
    expected: `"${expected.slice(0, 12)}…"`,
    fix: 'The document was changed after it was written, so its certificate no longer holds. Fit it again.',
  };
};

/**
 * Reads the text of policy.json.
 *
 * @param source - what to call the document in errors
 * @returns as `fromJSON`; `Left` also when the text is not JSON
 * @example
 * Policy.fromText('policy.json')('{}')._tag // => 'Left'
 */
export const decodePolicy =
  (source: string) =>
  (text: string): E.Either<InvalidInput, Policy> => {
    const json = parsedJson(KIND)(source, text);
    return E.isLeft(json) ? json : policyFromJson(json.right, source);
  };
