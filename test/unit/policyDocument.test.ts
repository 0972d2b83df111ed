import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/decode/json/index.js';
import { format, getOrThrow } from '../../src/domain/errors.js';
import { sha256 } from '../../src/kernel/ids/sha256.js';
import * as Policy from '../../src/policy/index.js';
import * as Simulate from '../../src/simulate/index.js';
import type * as Gold from '../../src/stages/gold.js';

const PROVENANCE: Policy.Provenance = {
  package: 'tandem-consensus',
  version: '0.1.0',
  command: 'tandem fit',
  seed: 5,
  inputs: [{ name: 'votes.csv', sha256: 'ab' }],
};

const fitted = (
  of: {
    readonly stalled: number;
    readonly chosen?: Gold.GoldChosen;
    readonly calibrator?: 'platt' | 'isotonic';
    readonly model?: false;
  } = {
    stalled: 700,
  },
): Policy.Policy => {
  const world = Simulate.dataset({
    stacks: 200,
    prevalence: 0.05,
    ...(of.model === false ? {} : { model: {} }),
    gold: { stalled: of.stalled, flowing: 900, chosen: 'stratified' },
  })(5);
  const { votes, scores, gold } = Simulate.inputs(world);
  return Policy.fit({
    prevalence: 0.05,
    ...(of.calibrator === undefined ? {} : { methods: { calibrator: of.calibrator } }),
    provenance: PROVENANCE,
  })({
    votes,
    ...(of.model === false ? {} : { scores }),
    gold: { ...gold, chosen: of.chosen ?? gold.chosen },
  }).policy;
};

describe('a policy document', () => {
  test.each([
    ['certified', fitted()],
    ['with too little gold', fitted({ stalled: 40 })],
    ['with refused gold', fitted({ stalled: 700, chosen: 'crowd' })],
    ['with an isotonic calibrator', fitted({ stalled: 700, calibrator: 'isotonic' })],
    ['without a model', fitted({ stalled: 700, model: false })],
  ])('%s comes back as it was', (_, policy) => {
    const text = Policy.toText(policy);
    const back = getOrThrow(Policy.fromText('policy.json')(text));
    expect(back).toEqual(policy);
    expect(Policy.toText(back)).toBe(text);
    expect(Policy.hash(back)).toBe(Policy.hash(policy));
  });

  test('decides the same after a trip through JSON', () => {
    const world = Simulate.dataset({ stacks: 300, prevalence: 0.05, model: {} })(9);
    const { votes, scores } = Simulate.inputs(world);
    const policy = fitted();
    const back = getOrThrow(Policy.fromText('policy.json')(Policy.toText(policy)));
    expect(Policy.decide(back)({ votes, scores })).toEqual(Policy.decide(policy)({ votes, scores }));
  });

  test.each([
    ['certified', fitted()],
    ['with an isotonic calibrator', fitted({ stalled: 700, calibrator: 'isotonic' })],
  ])('JSON.stringify() writes a policy %s as its document, and fromJSON() reads it', (_, policy) => {
    const text = JSON.stringify(policy);
    expect(text).toBe(JSON.stringify(Policy.toJSON(policy)));
    const back = getOrThrow(Policy.fromJSON(JSON.parse(text)));
    expect(back).toEqual(policy);
    expect(JSON.stringify(back)).toBe(text);
    expect(JSON.parse(JSON.stringify(policy.skills)).sensitivity).toEqual([...policy.skills.sensitivity]);
  });

  test('has no rule that a certificate of another kind could stand over', () => {
    const document = JSON.parse(Policy.toText(fitted()));
    for (const gone of ['certification', 'asking', 'budget', 'operatingPoint'])
      expect(document).not.toHaveProperty(gone);
    expect(Object.keys(document)).toEqual(expect.arrayContaining(['rule', 'proof', 'profile', 'ledger']));
  });

  test('migrate() passes the schema of today, and names the fix for any other', () => {
    const document = Policy.toJSON(fitted());
    expect(Policy.migrate(document)).toEqual(E.right(document));
    for (const schema of ['tandem-policy/0', 'tandem-gate/1', undefined]) {
      const refused = Policy.migrate({ ...document, schema }, 'old.json');
      expect(refused).toMatchObject({ left: { source: 'old.json', total: 1, issues: [{ field: 'schema' }] } });
    }
  });

  test('hashes content, not the order of keys', () => {
    const policy = fitted();
    const backwards = Object.fromEntries(Object.entries(JSON.parse(Policy.toText(policy))).reverse());
    expect(E.isRight(Policy.fromText('policy.json')(JSON.stringify(backwards)))).toBe(true);
  });
});

/** Ways to break a policy, each with the whole of what its owner is told. */
type Break = (document: ReturnType<typeof JSON.parse>) => unknown;
const certified = Policy.toText(fitted());

const BROKEN: readonly (readonly [string, string | Break, RegExp])[] = [
  [
    'no JSON',
    'stackId,label',
    /^policy\.json: expected the JSON document of a policy, found text that is no JSON \(.*\)\. Give the policy\.json that `tandem fit` or `tandem run` wrote\.$/,
  ],
  ['half a document', certified.slice(0, 200), /expected the JSON document of a policy/],
  [
    'another document of ours',
    () => ({ schema: 'tandem-evaluation/1', verdict: 'certified' }),
    /^policy\.json, field "schema": expected "tandem-policy\/2", found "tandem-evaluation\/1"\. This is another document\. Give the policy\.json that `tandem fit` or `tandem run` wrote\.$/,
  ],
  ['null', 'null', /^policy\.json: expected a policy, found null\. Fit the policy again, or restore the file\.$/m],
  ['a list', '[]', /^policy\.json: expected a policy, found \[\]/],
  [
    'a later schema',
    (d) => ({ ...d, schema: 'tandem-policy/3' }),
    /found "tandem-policy\/3"\. It was written by another version of tandem-consensus\. Use that version, or write it again\./,
  ],
  [
    'a changed threshold',
    (d) => {
      d.rule.bounds[0].flowingBelow -= 1;
      return d;
    },
    /field "hash".*certificate no longer holds/,
  ],
  [
    'a changed prevalence',
    (d) => {
      d.prevalence.value = 0.5;
      return d;
    },
    /field "hash"/,
  ],
  ['no hash', ({ hash, ...d }) => d, /field "hash": expected .* found nothing/],
  [
    'a prevalence of 1',
    (d) => {
      d.prevalence.value = 1;
      return d;
    },
    /field "prevalence\.value": expected a number between 0 and 1, both excluded, found 1/,
  ],
  [
    'a skill above 1',
    (d) => {
      d.skills.sensitivity[3] = 1.5;
      return d;
    },
    /field "skills\.sensitivity\.3": expected a number from 0 to 1, found 1\.5/,
  ],
  [
    'a column cut short',
    (d) => {
      d.skills.support.pop();
      return d;
    },
    /field "skills\.support": expected \d+ values, one for each annotator, found \d+ values/,
  ],
  [
    'a repeated annotator',
    (d) => {
      d.skills.annotatorIds[1] = d.skills.annotatorIds[0];
      return d;
    },
    /field "skills\.annotatorIds".*a repeated annotator/,
  ],
  [
    'an unknown proof',
    (d) => {
      d.proof._tag = 'Certain';
      return d;
    },
    /field "proof": expected a _tag of Certified, Provisional, found "Certain"/,
  ],
  [
    'a certificate without its spending',
    (d) => {
      delete d.proof.spending;
      return d;
    },
    /field "proof\.spending": expected spending, found nothing/,
  ],
  [
    'a falling calibrator',
    (d) => {
      d.calibrator.a = 2;
      return d;
    },
    /field "calibrator\.a": expected a number, 0 or less, found 2/,
  ],
  [
    'a round of no votes at a time',
    (d) => {
      d.votesPerRound = 0;
      return d;
    },
    /field "votesPerRound": expected a whole number, 1 or more, found 0/,
  ],
  [
    'a text for a number',
    (d) => {
      d.cuts.fused = '0';
      return d;
    },
    /field "cuts\.fused": expected a finite number, found "0"/,
  ],
  [
    'many mistakes',
    (d) => {
      d.skills.newcomer = {};
      d.targets = {};
      d.audit = {};
      return d;
    },
    /… and \d+ more, \d+ in all\.$/,
  ],
];

describe('a broken policy document', () => {
  test.each(BROKEN)('%s is refused with a reason', (_, how, message) => {
    const text = typeof how === 'string' ? how : JSON.stringify(how(JSON.parse(certified)));
    const decoded = Policy.fromText('policy.json')(text);
    if (E.isRight(decoded)) throw Error('a broken document was accepted');
    expect(format(decoded.left)).toMatch(message);
    expect(decoded.left.issues.length).toBeLessThanOrEqual(5);
  });
});

/** Written by somebody who knows how to hash, but not what a policy means. */
const rehashed = (document: ReturnType<typeof JSON.parse>): unknown => {
  const { hash: _, ...content } = document;
  return { ...content, hash: sha256(canonicalJson(content)) };
};

/** Each by its field. */
const MEANINGLESS: readonly (readonly [string, (document: ReturnType<typeof JSON.parse>) => void, string, RegExp])[] = [
  ['a negative skill', (d) => (d.skills.specificity[0] = -0.1), 'skills.specificity.0', /-0\.1/],
  ['a variance below 0', (d) => (d.traitModel.varAlpha.float64[2] = -1), 'traitModel.varAlpha', /variance/],
  ['a trait column cut short', (d) => d.traitModel.beta.float64.pop(), 'traitModel', /trait model/],
  [
    'crossed bounds',
    (d) => {
      d.rule.bounds[2].flowingBelow = 3;
      d.rule.bounds[2].expertFrom = -3;
    },
    'rule',
    /bounds after 2 votes must not fall/,
  ],
  [
    'a rule that asks after its last vote',
    (d) => {
      const last = d.rule.bounds.at(-1);
      last.expertBelow = last.expertFrom = last.flowingBelow;
    },
    'rule',
    /nothing may be left to ask/,
  ],
  ['a rule that decides too soon', (d) => (d.rule.leastVotes = 3), 'rule', /of at least 3 votes/],
  ['a rule without bounds', (d) => (d.rule.bounds = []), 'rule', /expected bounds/],
  ['a profile with negative counts', (d) => (d.profile.stalled.votes[0] = -1), 'profile.stalled.votes.0', /-1/],
  ['a profile whose counts do not add up', (d) => (d.profile.flowing.votes[3] += 5), 'profile.flowing.votes', /stacks/],
  [
    'a profile with more scores than stacks',
    (d) => (d.profile.flowing.scored = 1e6),
    'profile.flowing.scored',
    /1000000/,
  ],
  ['a profile with a share above 1', (d) => (d.profile.stalled.known.mean = 1.2), 'profile.stalled.known.mean', /1\.2/],
  ['more spent than there was', (d) => (d.ledger[0].looks[0].spent = 0.2), 'ledger', /0\.2 spent/],
  ['a certificate without a look', (d) => (d.ledger = []), 'ledger', /no look/],
  [
    'a certificate worse than its look may be',
    (d) => (d.proof.certificate.pValue = 0.049),
    'proof.certificate.pValue',
    /0\.049/,
  ],
  [
    'more errors than gold',
    (d) => (d.proof.certificate.missedStalls.observed = 1e5),
    'proof.certificate.missedStalls.observed',
    /100000/,
  ],
  ['a certificate without a profile', (d) => delete d.profile, 'profile', /nothing/],
  ['a profile of other units', (d) => (d.profile.unit = 'cluster'), 'profile.unit', /cluster/],
  ['more than all decided', (d) => (d.proof.spending.automatic = 1), 'proof.spending.automatic', /1/],
  ['more votes than the rule asks for', (d) => (d.proof.spending.votes = 99), 'proof.spending.votes', /99/],
  [
    'more experts at once than in all',
    (d) => (d.proof.spending.expertsAtOnce = 0.9),
    'proof.spending.expertsAtOnce',
    /0\.9/,
  ],
  ['gold that both fitted and tuned', (d) => (d.goldUsed.tune[0] = d.goldUsed.fit[0]), 'goldUsed.tune', /fitted/],
  ['gold that tuned twice', (d) => (d.goldUsed.tune[1] = d.goldUsed.tune[0]), 'goldUsed.tune', /repeated/],
  ['a price of 0', (d) => (d.prices.miss = 0), 'prices.miss', /above 0/],
  ['an audit of more than everything', (d) => (d.audit.share = 1.5), 'audit.share', /1\.5/],
  ['a confidence of 1', (d) => (d.targets.confidence = 1), 'targets.confidence', /1/],
];

describe('a policy document whose hash is right and whose meaning is wrong', () => {
  test('is accepted as long as nothing is wrong', () => {
    expect(E.isRight(Policy.fromJSON(rehashed(JSON.parse(certified))))).toBe(true);
  });

  test.each(MEANINGLESS)('%s is refused, and the field is named', (_, spoil, field, message) => {
    const document = JSON.parse(certified);
    spoil(document);
    const decoded = Policy.fromJSON(rehashed(document), 'policy.json');
    if (E.isRight(decoded)) throw Error('accepted');
    expect(decoded.left.issues.map((issue) => issue.field)).toContain(field);
    expect(format(decoded.left)).toMatch(message);
  });
});
