import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { getOrThrow } from '../../src/domain/errors.js';
import type { Vote } from '../../src/domain/vote.js';
import * as Online from '../../src/online/index.js';
import * as Policy from '../../src/policy/index.js';
import * as Simulate from '../../src/simulate/index.js';
import * as Votes from '../../src/stages/votes/index.js';
import * as Arbitrary from '../../src/testing.js';

const PROVENANCE = { package: 'p', version: '1', command: 'c', seed: 7, inputs: [] };

const laboratory = () =>
  Simulate.inputs(
    Simulate.dataset({
      stacks: 20,
      prevalence: 0.05,
      model: {},
      votes: { perStack: 6 },
      gold: { stalled: 400, flowing: 600, chosen: 'stratified' },
    })(7),
  );

const TARGETS = { sensitivity: 0.95, specificity: 0.95, confidence: 0.95 };

/** The same laboratory, its votes in the order of its rows. */
const inOrder = <Lab extends Policy.Inputs>(lab: Lab): Lab => ({
  ...lab,
  votes: { ...lab.votes, arrival: Uint32Array.from(lab.votes.label, (_, v) => v) },
});

/** A policy that reads the sum of evidence, certified for votes in their order; its parts are exchanged by the tests. */
const fitted = Policy.fit({
  prevalence: 0.05,
  targets: TARGETS,
  provenance: PROVENANCE,
  methods: { posterior: 'sum' },
})(inOrder(laboratory())).policy;

/** One that reads the joint model of votes and score. */
const joint = Policy.fit({ prevalence: 0.05, targets: TARGETS, provenance: PROVENANCE })(inOrder(laboratory())).policy;

/** The trait model, with the annotators of the tests among those it knows. */
const traitAmong = (names: readonly string[]): Policy.Policy['traitModel'] =>
  joint.traitModel && {
    ...joint.traitModel,
    annotatorIds: joint.traitModel.annotatorIds.map((own, row) => names[row] ?? own),
  };

const place = (): fc.Arbitrary<number> => fc.double({ min: -6, max: 6, noNaN: true });

/** Four places that do not fall. An end of the line stands for a missing one. */
const bounds = (isLast: boolean): fc.Arbitrary<Policy.Policy['rule']['bounds'][number]> =>
  fc
    .record({ at: fc.tuple(place(), place(), place(), place()), low: fc.boolean(), high: fc.boolean() })
    .map(({ at, low, high }) => {
      const [f, from, below, s] = at.toSorted((a, b) => a - b);
      const flowingBelow = low ? f : null;
      const stalledFrom = high ? s : null;
      return isLast
        ? { flowingBelow, expertFrom: flowingBelow, expertBelow: stalledFrom, stalledFrom }
        : { flowingBelow, expertFrom: from, expertBelow: below, stalledFrom };
    });

const rule = (): fc.Arbitrary<Policy.Policy['rule']> =>
  fc
    .record({
      leastVotes: fc.nat({ max: 2 }),
      asking: fc.array(bounds(false), { minLength: 2, maxLength: 5 }),
      last: bounds(true),
      flowingAbove: fc.option(place(), { nil: null }),
      stalledBelow: fc.option(place(), { nil: null }),
    })
    .map(({ leastVotes, asking, last, flowingAbove, stalledBelow }) => ({
      leastVotes,
      bounds: [
        ...asking.map((at, n) => (n < leastVotes ? { ...at, flowingBelow: null, stalledFrom: null } : at)),
        last,
      ],
      contradiction: { flowingAbove, stalledBelow },
    }));

const id = (): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 0, max: 5 }).map((n) => `i${n}`) },
    { weight: 1, arbitrary: fc.constantFrom('__proto__', 'constructor', '🧠', '\uffff', 'é', 'x'.repeat(300)) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('6f1c9a52-0e4b-4c1d-9f3a-2b7d5e8c1a90', '6F1C9A52-0E4B-4C1D-9F3A-2B7D5E8C1A90'),
    },
  );
const annotatorId = (): fc.Arbitrary<string> => fc.oneof(id(), fc.constant(''));
const eventId = (): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 0, max: 40 }).map((n) => `e${n}`) },
    // Few, so that ids are used again for other events, and retractions meet what they name.
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 3 }).map((n) => `e${n}`) },
    { weight: 1, arbitrary: id() },
  );
const at = fc.oneof(
  { weight: 6, arbitrary: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }) },
  // Whole and not, as short as a store writes them and longer, before the beginning of time and after its end.
  { weight: 1, arbitrary: fc.constantFrom(-1, 0.5, 1_600_000_000_000, 2 ** 48 - 1, 2 ** 48, 2 ** 53, 1e300, -0) },
);

/** Missing is missing: an absent key, not an undefined one. */
const present = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as T;

const event = (): fc.Arbitrary<Online.Event> =>
  fc
    .oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          event: fc.constant('vote' as const),
          eventId: eventId(),
          stackId: id(),
          annotatorId: annotatorId(),
          label: Arbitrary.label(),
          at,
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ event: fc.constant('retraction' as const), eventId: eventId(), of: eventId(), at }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          event: fc.constant('score' as const),
          eventId: eventId(),
          stackId: id(),
          score: fc.constantFrom(undefined, Number.NaN, 0, -0, 0.25, 0.5, 0.99, 1),
          at,
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          event: fc.constant('gold' as const),
          eventId: eventId(),
          stackId: id(),
          label: Arbitrary.label(),
          at,
        }),
      },
    )
    .map((each) => present(each) as Online.Event);

/** Events with ids of their own. */
const history = (): fc.Arbitrary<Online.Event[]> =>
  fc.uniqueArray(event(), { maxLength: 60, selector: (each) => each.eventId });

/** The same events, some of them twice, in any order. */
const delivered = (events: readonly Online.Event[]): fc.Arbitrary<Online.Event[]> =>
  fc
    .array(fc.nat(Math.max(0, events.length - 1)), { maxLength: 10 })
    .map((again) => [...events, ...again.filter((i) => i < events.length).map((i) => events[i])])
    .chain((all) => fc.shuffledSubarray(all, { minLength: all.length }));

const settings = (): fc.Arbitrary<Online.Settings> =>
  fc.constantFrom<Online.Settings>(
    {},
    { duplicates: 'first', policyHash: 'abc' },
    { duplicates: 'last' },
    { duplicates: 'all' },
  );

const policy = (): fc.Arbitrary<Policy.Policy> => {
  const names = ['i0', 'i1', 'i2', 'i3', '🧠', '__proto__'];
  const column = fc.array(Arbitrary.probability(), { minLength: names.length, maxLength: names.length });
  return fc
    .record({
      prevalence: Arbitrary.probability(),
      sensitivity: column,
      specificity: column,
      newcomer: fc.record({ sensitivity: Arbitrary.probability(), specificity: Arbitrary.probability() }),
      calibrator: fc.constantFrom(
        undefined,
        { _tag: 'Platt', on: 'logit', a: -1.3, b: 0.4, prevalence: 0.25 } as const,
        { _tag: 'Isotonic', x: [0.1, 0.5, 0.9], y: [0.05, 0.3, 0.8], prevalence: 0.4 } as const,
      ),
      rule: rule(),
      posterior: fc.constantFrom('sum', 'recalibrated', 'joint'),
      votesPerRound: fc.integer({ min: 1, max: 4 }),
      share: fc.constantFrom(undefined, 0.3),
      schedule: fc.constantFrom('any' as const, { oneLook: 3 }),
    })
    .map(({ prevalence, sensitivity, specificity, newcomer, calibrator, posterior, share, schedule, ...rest }) => {
      const { calibrator: _, recalibration, audit: __, profile, ...rested } = fitted;
      if (profile === undefined || recalibration === undefined) throw new Error('the fit lacks a part');
      return present({
        ...rested,
        ...rest,
        goldUsed: { fit: [], tune: [] },
        ledger: [],
        prevalence: { value: prevalence, from: 'stated' as const },
        skills: {
          annotatorIds: names,
          sensitivity: Float64Array.from(sensitivity),
          specificity: Float64Array.from(specificity),
          support: new Uint32Array(names.length),
          newcomer,
        },
        calibrator,
        recalibration: posterior === 'recalibrated' ? recalibration : undefined,
        traitModel: posterior === 'joint' ? traitAmong(names) : undefined,
        profile: { ...profile, schedule },
        audit: share === undefined ? undefined : { share, seed: 1 },
      }) as Policy.Policy;
    });
};

const heard = (events: readonly Online.Event[]): Online.State => events.reduce(Online.reduce, Online.NO_EVENTS);
const viaJson = (state: Online.State): Online.State => JSON.parse(JSON.stringify(state));
const named = (state: Online.State): string[] => [
  ...new Set(state.events.flatMap((each) => (each.event === 'retraction' ? [] : [each.stackId]))),
];
const opened = (judging: Policy.Policy, events: readonly Online.Event[], rules?: Online.Settings): Online.Store => {
  const store = Online.open(judging, rules);
  for (const each of events) store.apply(each);
  return store;
};
const reopened = async (store: Online.Store, judging: Policy.Policy, rules?: Online.Settings): Promise<Online.Store> =>
  getOrThrow(await Online.restore(judging, rules)(Online.snapshot(store))).store;

/** What a batch sees of events with ids of their own, written without a line of the engine. */
const plainBatch = (events: readonly Online.Event[], { duplicates = 'first' }: Online.Settings): Policy.Inputs => {
  const gone = new Set(events.flatMap((each) => (each.event === 'retraction' ? [each.of] : [])));
  const live = events
    .filter((each) => !gone.has(each.eventId))
    .sort(
      (a, b) =>
        (a.at ?? Infinity) - (b.at ?? Infinity) || Buffer.compare(Buffer.from(a.eventId), Buffer.from(b.eventId)),
    );
  if (duplicates === 'last') live.reverse();
  let votes: Vote[] = [];
  const scores = new Map<string, number>();
  const cast = new Set<string>();
  for (const each of live) {
    if (each.event === 'score' && Number.isFinite(each.score) && !scores.has(each.stackId)) {
      scores.set(each.stackId, each.score ?? 0);
    }
    if (each.event !== 'vote') continue;
    const key = JSON.stringify([each.stackId, each.annotatorId]);
    if (duplicates !== 'all' && each.annotatorId !== '' && cast.has(key)) continue;
    cast.add(key);
    votes.push(each);
  }
  if (duplicates === 'last') votes = votes.toReversed();
  return {
    votes: getOrThrow(Votes.from({ duplicates: 'all', order: 'rows' })(votes)),
    scores: { stackIds: [...scores.keys()], score: Float64Array.from(scores.values()) },
  };
};

describe('reduce()', () => {
  test('any order of delivery, with repeats, gives the same state', () => {
    fc.assert(
      fc.property(
        fc.array(event(), { maxLength: 50 }).chain((events) => fc.tuple(fc.constant(events), delivered(events))),
        ([events, again]) => {
          expect(heard(again)).toEqual(heard(events));
        },
      ),
    );
  });

  test('states are plain JSON: a round trip in the middle changes nothing', () => {
    fc.assert(
      fc.property(fc.array(event(), { maxLength: 40 }), fc.nat(40), (events, cut) => {
        const state = heard(events);
        expect(viaJson(state)).toStrictEqual(state);
        expect(structuredClone(state)).toStrictEqual(state);
        expect(events.slice(cut).reduce(Online.reduce, viaJson(heard(events.slice(0, cut))))).toStrictEqual(state);
      }),
    );
  });

  test('the state given is left alone, and returned when nothing is new', () => {
    fc.assert(
      fc.property(fc.array(event(), { maxLength: 40 }), event(), (events, one) => {
        const state = heard(events);
        const before = JSON.stringify(state);
        const next = Online.reduce(state, one);
        expect(JSON.stringify(state)).toBe(before);
        expect(Online.reduce(next, one)).toBe(next);
      }),
    );
  });
});

describe('decision()', () => {
  test('is what Policy.decide says of the votes in their order and the scores that count: routing, votes and where the rule stopped exactly', () => {
    fc.assert(
      fc.property(
        history().chain((events) => fc.tuple(fc.constant(events), delivered(events))),
        policy(),
        settings(),
        ([events, again], judging, rules) => {
          const state = heard(again);
          const { posterior, routing, stops, audited } = Policy.decide(judging)(plainBatch(events, rules));
          const decide = Online.decision(judging, rules);
          posterior.stackIds.forEach((stackId, s) => {
            const online = decide(state, stackId);
            const z = posterior.logOdds[s];
            expect(Math.abs((online?.logOdds ?? Number.NaN) - z)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(z)));
            expect([online?.votes, online?.scores]).toEqual([posterior.votes[s], posterior.scores[s]]);
            expect([online?.routing, online?.votesCounted]).toEqual([routing[s], stops.votes[s]]);
            expect(online?.audited ?? false).toBe(audited?.[s] === 1);
          });
          for (const stackId of named(state)) {
            if (posterior.stackIds.includes(stackId)) continue;
            expect([decide(state, stackId)?.votes, decide(state, stackId)?.scores]).toEqual([0, 0]);
          }
        },
      ),
    );
  });

  test('is certified only under a certificate for votes in their order, and where each of several votes says when it came', () => {
    fc.assert(
      fc.property(fc.array(event(), { maxLength: 40 }), policy(), settings(), (events, judging, rules) => {
        const state = heard(events);
        for (const stackId of named(state)) {
          const said = Online.decision(judging, rules)(state, stackId);
          const counted = Online.explain(
            judging,
            stackId,
            rules,
          )(events)?.trail.filter((each) => each.because === undefined && each.event.event === 'vote');
          const isOrdered = (counted?.length ?? 0) < 2 || counted?.every((each) => each.event.at !== undefined);
          const covers = judging.profile?.schedule === 'any' && isOrdered;
          expect(said?.status).toBe(covers ? 'certified' : 'not certified');
          expect(said?.votesCounted).toBeLessThanOrEqual(said?.votes ?? -1);
        }
        const provisional: Policy.Policy = {
          ...judging,
          proof: { _tag: 'Provisional', because: { _tag: 'EarlierVersion', schema: 'tandem-policy/1' } },
        };
        for (const stackId of named(state)) {
          expect(Online.decision(provisional, rules)(state, stackId)?.status).toBe('provisional');
        }
      }),
      { numRuns: 50 },
    );
  });

  test('rounds of any size give the decision of all votes at once, once they have stopped', () => {
    fc.assert(
      fc.property(
        policy(),
        fc.array(fc.record({ label: Arbitrary.label(), annotatorId: annotatorId() }), { maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 12, maxLength: 12 }),
        (judging, votes, rounds) => {
          const judge = Online.judge(judging, { duplicates: 'all' });
          const events = votes.map(
            (vote, v): Online.Event => ({ ...vote, event: 'vote', eventId: `e${v}`, stackId: 's', at: v }),
          );
          const all = judge(events);
          let seen = 0;
          for (const round of rounds) {
            seen = Math.min(events.length, seen + round);
            const said = judge(events.slice(0, seen));
            if (said === undefined || said.routing._tag === 'AskCrowd') continue;
            expect(all?.votesCounted).toBe(said.votesCounted);
            const moved = JSON.stringify(all?.routing) !== JSON.stringify(said.routing);
            // The one thing that later votes may do: call an expert, and take the call back.
            const contradicted = { _tag: 'AskExpert', reason: 'votes contradict' };
            if (moved) expect([all?.routing, said.routing]).toContainEqual(contradicted);
          }
        },
      ),
    );
  });

  test('needs the events of its own stack alone', () => {
    fc.assert(
      fc.property(fc.array(event(), { maxLength: 50 }), policy(), settings(), (events, judging, rules) => {
        const store = opened(judging, events, rules);
        const judge = Online.judge(judging, rules);
        for (const stackId of store.stackIds()) {
          expect(judge(store.events(stackId))).toStrictEqual(store.decision(stackId));
        }
      }),
    );
  });

  test('batch() is that batch, where every vote has its time', () => {
    const timed = history().map((events) => events.map((each, i) => ({ ...each, at: each.at ?? i })));
    fc.assert(
      fc.property(timed, policy(), settings(), (events, judging, rules) => {
        const plain = Policy.decide(judging)(plainBatch(events, rules));
        const batch = Online.inputs(rules)(events);
        const decided = Policy.decide(judging)(batch);
        const rows = plain.posterior.stackIds.map((stackId) => decided.posterior.stackIds.indexOf(stackId));
        expect(rows.map((row) => decided.posterior.votes[row])).toEqual([...plain.posterior.votes]);
        expect(rows.map((row) => decided.posterior.logOdds[row])).toEqual([...plain.posterior.logOdds]);
        expect(rows.map((row) => decided.routing[row])).toEqual(plain.routing);
        expect(rows.map((row) => decided.stops.votes[row])).toEqual([...plain.stops.votes]);
        expect(batch.votes.stackIds).toEqual(expect.arrayContaining(named(heard(events))));
      }),
    );
  });

  test('explain() comes to the same decision, term by term, to the last bit', () => {
    fc.assert(
      fc.property(fc.array(event(), { maxLength: 50 }), policy(), settings(), (events, judging, rules) => {
        const state = heard(events);
        for (const stackId of named(state)) {
          const explained = Online.explain(judging, stackId, rules)(events);
          expect(explained?.decision).toEqual(Online.decision(judging, rules)(state, stackId));
          expect(explained?.explanation.logOdds).toBe(explained?.decision.logOdds);
          expect(explained?.trail.length).toBe(
            state.events.filter((each) => each.event !== 'retraction' && each.stackId === stackId).length,
          );
        }
      }),
    );
  });
});

describe('open()', () => {
  const agrees = (store: Online.Store, state: Online.State, judging: Policy.Policy, rules: Online.Settings): void => {
    const decide = Online.decision(judging, rules);
    for (const stackId of [...named(state), 'nobody']) {
      expect(store.decision(stackId)).toStrictEqual(decide(state, stackId));
    }
    expect([...store.stackIds()].sort()).toEqual(named(state).sort());
    expect([...store.events()].reduce(Online.reduce, Online.NO_EVENTS)).toStrictEqual(state);
    expect(store.size().events).toBe(state.events.length);
  };

  test('agrees with reduce() and decision() after every event, through restarts and new policies', async () => {
    const step = fc.oneof(
      { weight: 12, arbitrary: event().map((value) => ({ do: 'hear' as const, value })) },
      { weight: 1, arbitrary: fc.constant({ do: 'restart' as const }) },
      {
        weight: 1,
        arbitrary: fc.tuple(policy(), settings()).map(([next, rules]) => ({ do: 'refresh' as const, next, rules })),
      },
    );
    await fc.assert(
      fc.asyncProperty(policy(), settings(), fc.array(step, { maxLength: 60 }), async (first, firstRules, steps) => {
        let judging = first;
        let rules = firstRules;
        let state = Online.NO_EVENTS;
        let store = Online.open(judging, rules);
        for (const each of steps) {
          if (each.do === 'hear') {
            const next = Online.reduce(state, each.value);
            const { outcome } = store.apply(each.value);
            if (outcome === 'repeat') expect(next).toBe(state);
            if (outcome === 'new') expect(next.events.length).toBe(state.events.length + 1);
            if (outcome === 'conflict') expect(next.events.length).toBe(state.events.length);
            state = next;
          } else if (each.do === 'restart') {
            state = viaJson(state);
            store = await reopened(store, judging, rules);
          } else {
            judging = each.next;
            rules = each.rules;
            store.refresh(judging, rules);
          }
          agrees(store, state, judging, rules);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('names every stack whose decision has moved, and no stack that it has never heard of', () => {
    fc.assert(
      fc.property(policy(), settings(), fc.array(event(), { maxLength: 50 }), (judging, rules, events) => {
        const store = Online.open(judging, rules);
        const known = new Map<string, unknown>();
        for (const each of events) {
          const { outcome, affected } = store.apply(each);
          expect(new Set(affected).size).toBe(affected.length);
          if (outcome === 'repeat') expect(affected).toEqual([]);
          for (const stackId of store.stackIds()) {
            const said = store.decision(stackId);
            if (!affected.includes(stackId)) expect(said).toStrictEqual(known.get(stackId));
            known.set(stackId, said);
          }
          // A stack whose only event has moved to another is named once more.
          for (const stackId of [...known.keys()]) {
            if (store.decision(stackId) !== undefined) continue;
            expect(affected).toContain(stackId);
            known.delete(stackId);
          }
          for (const stackId of affected) expect(events).toContainEqual(expect.objectContaining({ stackId }));
        }
      }),
    );
  });

  test('whatever was accepted can be restored, and nothing else was stored', async () => {
    const anything = fc.oneof(
      { weight: 4, arbitrary: event() },
      {
        weight: 4,
        arbitrary: fc.record(
          {
            event: fc.constantFrom('vote', 'score', 'gold', 'retraction', 'like', 7),
            eventId: fc.oneof(eventId(), fc.constantFrom('', 7, null, 'a\ud800')),
            stackId: fc.oneof(id(), fc.constantFrom('', 7, null, 'a\ud800')),
            annotatorId: fc.oneof(annotatorId(), fc.constantFrom(7, null, 'a\ud800', {})),
            of: fc.oneof(eventId(), fc.constantFrom('', 7, undefined)),
            label: fc.constantFrom(0, 1, 2, '1', null, true),
            score: fc.constantFrom(0.5, '0.5', null, Number.NaN, -1),
            at: fc.constantFrom(1, '1', null, Number.NaN),
          },
          { requiredKeys: ['event'] },
        ),
      },
      { weight: 1, arbitrary: fc.jsonValue() },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(anything, { maxLength: 40 }), policy(), async (given, judging) => {
        const store = Online.open(judging);
        for (const each of given) {
          const before = store.size();
          const applied = store.apply(each as Online.Event);
          if (applied.outcome !== 'refused') continue;
          expect(store.size()).toEqual(before);
          expect(applied.invalid.issues.length).toBeGreaterThan(0);
          expect(() => Online.reduce(Online.NO_EVENTS, each as Online.Event)).toThrow(RangeError);
        }
        const again = await reopened(store, judging);
        expect([...again.events()]).toEqual([...store.events()]);
        for (const one of store.events()) expect(getOrThrow(Online.readEvent(one))).toEqual(one);
      }),
    );
  });

  test('stores that heard the same give the same snapshot, byte for byte', () => {
    fc.assert(
      fc.property(
        fc.array(event(), { maxLength: 50 }).chain((events) => fc.tuple(fc.constant(events), delivered(events))),
        ([events, again]) => {
          expect([...Online.snapshot(opened(fitted, again))]).toEqual([...Online.snapshot(opened(fitted, events))]);
        },
      ),
    );
  });

  test('a service interrupted at any byte of its log resumes from snapshot and log with nothing lost', async () => {
    await fc.assert(
      fc.asyncProperty(history(), fc.nat(60), fc.nat(5000), async (events, cut, byte) => {
        const snapshot = [...Online.snapshot(opened(fitted, events.slice(0, cut)))];
        const log = events.map((each) => `${JSON.stringify(each)}\n`).join('');
        const written = log.slice(0, byte);
        const whole = written.split('\n').length - 1;
        const { store } = getOrThrow(await Online.restore(fitted)(snapshot, written.split('\n')));
        const last = written.split('\n')[whole];
        const isWhole = last !== '' && JSON.stringify(events[whole] ?? null) === last;
        const heardThen = events.filter((_, i) => i < cut || i < whole || (isWhole && i === whole));
        expect([...store.events()].reduce(Online.reduce, Online.NO_EVENTS)).toStrictEqual(heard(heardThen));
      }),
    );
  });

  test('a stack whose votes fill many blocks is decided as the specification has it, whatever is taken back when', () => {
    const steps = fc.array(fc.record({ takesBack: fc.boolean(), which: fc.nat(24), label: Arbitrary.label() }), {
      minLength: 20,
      maxLength: 60,
    });
    fc.assert(
      fc.property(steps, policy(), settings(), (rows, judging, rules) => {
        const store = Online.open(judging, rules);
        const decide = Online.decision(judging, rules);
        let state = Online.NO_EVENTS;
        // Nearly everyone votes once; a few retractions change what they name, which undoes them.
        rows.forEach(({ takesBack, which, label }, i) => {
          const one: Online.Event = takesBack
            ? { event: 'retraction', eventId: `r${which % 9}`, of: `e${which}` }
            : { event: 'vote', eventId: `e${i % 25}`, stackId: 's', annotatorId: `i${which}`, label, at: i % 7 };
          store.apply(one);
          state = Online.reduce(state, one);
          expect(store.decision('s')).toStrictEqual(decide(state, 's'));
        });
      }),
    );
  });

  test('a stack with hundreds of votes, many of them repeats, is decided as the specification has it', () => {
    const votes = fc.array(fc.record({ who: fc.nat(60), label: Arbitrary.label(), at: fc.nat(20) }), {
      minLength: 100,
      maxLength: 300,
    });
    fc.assert(
      fc.property(votes, policy(), settings(), (rows, judging, rules) => {
        const events = rows.map(
          ({ who, label, at: time }, i): Online.Event => ({
            event: 'vote',
            eventId: `e${i}`,
            stackId: 's',
            annotatorId: who === 60 ? '' : `i${who}`,
            label,
            at: time,
          }),
        );
        const spec = Online.decision(judging, rules)(heard(events), 's');
        expect(opened(judging, events, rules).decision('s')).toStrictEqual(spec);
      }),
      { numRuns: 30 },
    );
  });
});
