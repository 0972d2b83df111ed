import { describe, expect, test } from 'vitest';
import { OTHER_WORLD, otherWorld } from '../../bench/accuracy/otherWorld.mjs';
import type { Targets } from '../../src/domain/targets.js';
import { rowOfId } from '../../src/kernel/ids/voteColumns.js';
import * as Policy from '../../src/policy/index.js';
import * as Gold from '../../src/stages/gold.js';
import {
  allowed,
  breaks,
  coarse,
  type Drawn,
  fitOf,
  goldOf,
  JUDGED,
  judge,
  laboratoryOf,
  looped,
  other,
  PREVALENCE,
  partOf,
  repetitions,
  risksOf,
  type Sizes,
  typical,
} from './laboratories.js';

/**
 * Is a certified policy wrong in at most 5 % of laboratories, in the ways it is used? A laboratory is wrong where a policy claims a certificate and
 * breaks a target on 5,000 stacks of each class that nobody has fitted anything with.
 */

const LABORATORIES = repetitions(0.2);
const TARGETS: Targets = { sensitivity: 0.95, specificity: 0.95, confidence: 0.95 };
const SIZES: Sizes = { gold: { stalled: 400, flowing: 400 } };

const WORLDS = {
  'the simulator’s world': typical,
  'a world it was not made for': other,
  'that world, worse: 3 % unseen by the model, scores of one decimal': (sizes: Sizes) =>
    coarse(1, other(sizes, { hidden: 0.02, blind: 0.03 })),
} as const;

describe(`${LABORATORIES} laboratories`, () => {
  test.each(Object.entries(WORLDS))(
    'in rounds of 1, 3 and 7 votes and with all votes at once, in %s',
    (world, draw) => {
      let [certified, wrong, warned, batches, contradicted] = [0, 0, 0, 0, 0];
      for (let seed = 1; seed <= LABORATORIES; seed++) {
        const drawn = draw(SIZES)(20_000 + seed);
        const { fit, judged, research } = laboratoryOf(drawn);
        const { policy } = Policy.fit({ targets: TARGETS, prevalence: PREVALENCE })(fit);
        if (!Policy.isCertified(policy)) continue;
        certified++;
        wrong += Number(breaks(judge(policy, judged), TARGETS));
        // The other schedules in some laboratories, on some of the stacks: they end as all votes at once do, so they are wrong where it is.
        if (seed % 4 > 0) continue;
        const some = drawn.judged.filter((_, i) => i % 20 === seed % 20);
        const part = partOf(drawn, some);
        const whole = Policy.decide(policy)(part);
        for (const votesPerRound of [1, 3, 7]) {
          const { decisions } = looped({ ...policy, votesPerRound }, drawn.stream, part);
          whole.routing.forEach((next, s) => {
            const own = decisions.routing[s];
            const same =
              next._tag === own._tag && (next._tag !== 'Retire' || own._tag !== 'Retire' || next.label === own.label);
            const isContradiction = [next, own].some(
              (one) => one._tag === 'AskExpert' && one.reason === 'votes contradict',
            );
            contradicted += Number(isContradiction && !same);
            if (
              whole.stops.votes[s] !== decisions.stops.votes[s] ||
              whole.stops.logOdds[s] !== decisions.stops.logOdds[s]
            )
              throw Error(`rounds of ${votesPerRound} stop elsewhere`);
            if (!same && !isContradiction) throw Error(`rounds of ${votesPerRound} differ: ${next._tag}, ${own._tag}`);
          });
          const { statuses } = looped({ ...policy, votesPerRound }, drawn.stream, research);
          batches += statuses.length;
          warned += statuses.filter((status) => status !== 'certified').length;
        }
      }
      console.log(
        `${world}: ${certified} of ${LABORATORIES} certified, ${wrong} wrong; ${warned} of ${batches} batches of the loop not certified; ${contradicted} decisions to an expert by later votes`,
      );
      expect(certified).toBeGreaterThan(0.9 * LABORATORIES);
      expect(wrong).toBeLessThanOrEqual(allowed(LABORATORIES));
      expect(warned).toBeLessThanOrEqual(0.01 * batches + 3 * Math.sqrt(0.0099 * batches));
    },
  );

  test('gold with 15 votes, stacks with 3, in the order in which they came', () => {
    let [certified, wrong, warned, open] = [0, 0, 0, 0];
    for (let seed = 1; seed <= LABORATORIES; seed++) {
      const drawn = other({ ...SIZES, votesPerStack: 15 })(30_000 + seed);
      const { policy } = Policy.fit({ targets: TARGETS, prevalence: PREVALENCE })(fitOf(drawn));
      if (!Policy.isCertified(policy)) continue;
      certified++;
      wrong += Number(breaks(judge(policy, partOf(drawn, drawn.judged, { most: 3 })), TARGETS));
      const { status, routing } = Policy.decide(policy)(partOf(drawn, drawn.research, { most: 3 }));
      warned += Number(status !== 'certified');
      open += routing.filter(({ _tag }) => _tag === 'AskCrowd').length / routing.length;
    }
    console.log(
      `15 votes, then 3: ${certified} of ${LABORATORIES} certified, ${wrong} wrong, ${warned} batches not certified; still asking on ${((100 * open) / certified).toFixed(1)} % of stacks`,
    );
    expect(certified).toBeGreaterThan(0.9 * LABORATORIES);
    expect(wrong).toBeLessThanOrEqual(allowed(LABORATORIES));
  });

  test('skills by Dawid and Skene, many annotators with few votes each, no model', () => {
    let [certified, deciding, wrong] = [0, 0, 0];
    const targets = { sensitivity: 0.9, specificity: 0.9, confidence: 0.95 };
    for (let seed = 1; seed <= LABORATORIES; seed++) {
      const drawn = other(
        { gold: { stalled: 250, flowing: 250 }, history: 500, research: 0, votesPerStack: 3, prevalence: 0.2 },
        {
          annotators: 3000,
          activityShape: 5,
          // All stacks of a class look the same, so votes err independently.
          flowing: { c: -1.2, tau: 0 },
          stalled: { c: 1.2, tau: 0 },
          hidden: 0,
        },
      )(60_000 + seed);
      const { votes, gold } = fitOf(drawn);
      const methods = { skills: 'dawid-skene', fusion: 'additive' } as const;
      const { policy } = Policy.fit({ targets, prevalence: 0.2, methods })({ votes, gold });
      if (!Policy.isCertified(policy)) continue;
      certified++;
      deciding += Number((Policy.spendingOf(policy)?.automatic ?? 0) > 0.1);
      const { votes: judgedVotes, truth } = partOf(drawn, drawn.judged);
      wrong += Number(
        breaks(
          judge(policy, { votes: judgedVotes, truth, scores: { stackIds: [], score: new Float64Array(0) } }),
          targets,
        ),
      );
    }
    console.log(
      `Dawid–Skene: ${certified} of ${LABORATORIES} certified, ${deciding} decide a tenth or more, ${wrong} wrong`,
    );
    expect(deciding).toBeGreaterThan(LABORATORIES / 2);
    expect(wrong).toBeLessThanOrEqual(allowed(LABORATORIES));
  });

  test('ten settings of the options tried on the same gold, the ledger carried along', () => {
    let [tried, certified, wrong] = [0, 0, 0];
    // Ten fits each: half as many laboratories.
    const laboratories = Math.ceil(LABORATORIES / 2);
    const SETTINGS: readonly Policy.FitOptions[] = [
      {},
      { expertPrice: 5 },
      { expertPrice: 50 },
      { stalledPosterior: 0.2 },
      { stalledPosterior: 0 },
      { leastVotes: 1 },
      { mostVotes: 3 },
      { methods: { calibrator: 'isotonic' } },
      { methods: { posterior: 'sum' } },
      { expertPrice: 100, leastVotes: 2 },
    ];
    for (let seed = 1; seed <= laboratories; seed++) {
      const drawn = other(SIZES)(70_000 + seed);
      const { fit, judged } = laboratoryOf(drawn);
      let ledger: Policy.Ledger = Policy.NO_LOOKS;
      let isWrong = false;
      for (const setting of SETTINGS) {
        const { policy } = Policy.fit({ ...setting, targets: TARGETS, prevalence: PREVALENCE, ledger, spend: 0.3 })(
          fit,
        );
        ledger = policy.ledger;
        tried++;
        if (!Policy.isCertified(policy)) continue;
        certified++;
        isWrong ||= breaks(judge(policy, judged), TARGETS);
      }
      wrong += Number(isWrong);
    }
    console.log(
      `ten settings: ${certified} of ${tried} fits certified; any of them wrong in ${wrong} of ${laboratories} laboratories`,
    );
    expect(certified).toBeGreaterThan(2 * laboratories);
    expect(wrong).toBeLessThanOrEqual(allowed(laboratories));
  });

  test.each(Object.entries(WORLDS).slice(0, 2))(
    'fits again on gold that grows, the ledger carried along, in %s',
    (world, draw) => {
      let [fits, certified, wrong] = [0, 0, 0];
      for (let seed = 1; seed <= LABORATORIES; seed++) {
        const drawn = draw({ ...SIZES, gold: { stalled: 600, flowing: 600 }, history: 300 })(40_000 + seed);
        const { fit, judged } = laboratoryOf(drawn);
        const classes = [1, 0].map((label) => fit.gold.stackIds.filter((_, g) => fit.gold.label[g] === label));
        let ledger: Policy.Ledger = Policy.NO_LOOKS;
        let isWrong = false;
        for (const size of [250, 400, 600]) {
          const here = new Set(classes.flatMap((ids) => ids.slice(0, size)));
          const gold = Gold.without(fit.gold.stackIds.filter((id) => !here.has(id)))(fit.gold);
          const { policy } = Policy.fit({ targets: TARGETS, prevalence: PREVALENCE, ledger, spend: 0.5 })({
            ...fit,
            gold,
          });
          ledger = policy.ledger;
          fits++;
          if (!Policy.isCertified(policy)) continue;
          certified++;
          isWrong ||= breaks(judge(policy, judged), TARGETS);
        }
        wrong += Number(isWrong);
      }
      console.log(
        `${world}, growing gold: ${certified} of ${fits} fits certified; any of them wrong in ${wrong} of ${LABORATORIES} laboratories`,
      );
      expect(certified).toBeGreaterThan(2 * LABORATORIES);
      expect(wrong).toBeLessThanOrEqual(allowed(LABORATORIES));
    },
  );

  test('a seed is no second try: ten of them give one rule, and rows in other orders too', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const { fit } = laboratoryOf(other({ ...SIZES, history: 200, judged: 10 })(50_000 + seed));
      const options = { targets: TARGETS, prevalence: PREVALENCE };
      const first = Policy.fit(options)(fit).policy;
      for (let again = 2; again <= 10; again++) {
        const rows = [...fit.gold.stackIds.keys()].sort(
          (a, b) => ((a * again * 7919) % 1013) - ((b * again * 7919) % 1013),
        );
        const gold = goldOf(rows.map((g) => ({ stackId: fit.gold.stackIds[g], label: fit.gold.label[g] })));
        const { rule, proof } = Policy.fit({ ...options, seed: again })({ ...fit, gold }).policy;
        expect([rule, proof]).toEqual([first.rule, first.proof]);
      }
    }
  });
});

/** Share of the stalls of one mouse that look like flowing vessels to people and model. */
const MICE = {
  'mice that differ normally': (normal: () => number) => 1 / (1 + Math.exp(2.75 - 1.2 * normal())),
  'rare bad mice': (normal: () => number) => (normal() > 1.175 ? 1 : 0.01),
} as const;

describe.each(Object.entries(MICE))(`${LABORATORIES} laboratories with %s`, (kind, hiddenOf) => {
  const targets = { sensitivity: 0.9, specificity: 0.9, confidence: 0.95 };
  // The mean over many mice: the risk is that of a random mouse.
  const many = normals(5);
  const hidden = Array.from({ length: 200_000 }, () => hiddenOf(many)).reduce((sum, h) => sum + h, 0) / 200_000;

  test.each([12, 25, 100])(
    '%i clusters: no certificate below the clusters needed, and few wrong ones above',
    (mice) => {
      let [certified, wrong, deciding] = [0, 0, 0];
      const perMouse = mice === 100 ? 6 : 20;
      for (let seed = 1; seed <= LABORATORIES; seed++) {
        const n = mice * perMouse;
        const lab = otherWorld({
          counts: {
            gold: { stalled: n, flowing: 2 * n },
            judged: { stalled: JUDGED, flowing: JUDGED },
          },
          votesPerStack: 5,
          hidden: 0,
          blind: 0,
          annotators: OTHER_WORLD.annotators,
        })(80_000 + seed);
        const normal = normals(seed);
        const ofMouse = Array.from({ length: mice }, () => hiddenOf(normal));
        const stalls = lab.parts.gold.filter(({ label }) => label === 1);
        const flowing = lab.parts.gold.filter(({ label }) => label === 0);
        // A hidden stall is a stack that was drawn as flowing.
        const stalled = stalls.map(({ stackId }, i) => {
          const isHidden = (Math.floor(i / mice) + 0.5) / perMouse < ofMouse[i % mice];
          return { stackId: isHidden ? flowing[n + i].stackId : stackId, label: 1, mouse: i % mice };
        });
        const used = [...stalled, ...flowing.slice(0, n).map((row, i) => ({ ...row, mouse: i % mice }))];
        const drawn: Drawn = {
          stream: lab.votes,
          scores: lab.scores,
          gold: used,
          history: [],
          research: [],
          judged: lab.parts.judged,
        };
        const clusterOf = new Map(used.map(({ stackId, mouse }) => [stackId, `mouse ${mouse}`]));
        const { policy } = Policy.fit({ targets, prevalence: PREVALENCE, clusterOf })(fitOf(drawn));
        if (!Policy.isCertified(policy)) continue;
        certified++;
        deciding += Number((Policy.spendingOf(policy)?.automatic ?? 0) > 0.1);
        const { votes, scores, truth } = partOf(drawn, drawn.judged);
        const { posterior, routing } = Policy.decide(policy)({ votes, scores });
        const place = rowOfId(posterior.stackIds);
        const called = (g: number): number | undefined => {
          const next = routing[place.get(truth.stackIds[g]) ?? -1];
          return next?._tag === 'Retire' ? next.label : undefined;
        };
        const [missed, alarmed] = risksOf(truth, (g, label) => called(g) === 1 - label);
        const cleared = 1 - risksOf(truth, (g, label) => label === 1 || called(g) !== 0)[1];
        wrong += Number(breaks([hidden * cleared + (1 - hidden) * missed, alarmed], targets));
      }
      console.log(
        `${kind}, ${mice} mice, mean hidden ${hidden.toFixed(3)}: ${certified} of ${LABORATORIES} certified, ${deciding} decide a tenth or more, ${wrong} wrong`,
      );
      if (mice < 29) expect(certified).toBe(0);
      expect(wrong).toBeLessThanOrEqual(allowed(LABORATORIES));
    },
  );
});

/** Normal deviates from a small generator. */
function normals(seed: number): () => number {
  let state = (seed * 0x9e3779b1) | 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
