import * as Tandem from '../../src/index.js';
import type { PageData } from '../../src/report/page/index.js';

const { Calibration, Consensus, Errors, Evaluation, Gold, Page, Routing, Simulate, Skills, Study, Thresholds, Votes } =
  Tandem;

/** A page of a simulated laboratory, every part of it made by public functions from simulated votes, scores and gold. */
export const pageOfLaboratory = (seed: number): PageData => {
  const prevalence = 0.02;
  const lab = Simulate.inputs(
    Simulate.dataset({
      stacks: 2000,
      prevalence,
      model: {},
      gold: { stalled: 700, flowing: 1400, chosen: 'stratified' },
    })(seed),
  );
  const targets = { sensitivity: 0.99, specificity: 0.95, confidence: 0.95 };
  const parts = Gold.split({ seed })(lab.gold);
  const gold = parts.test;
  if (lab.scores === undefined) throw new Error('the laboratory has a model');
  const { scores } = lab;
  const calibrator = Errors.getOrThrow(Calibration.platt(parts.fit)(scores));

  /** People, the model, and both together, from the first `most` votes of every stack. */
  const sourcesOf = (votes: Tandem.Votes.VoteTable) => {
    const skills = Skills.alignedTo(votes)(fitted);
    const model = Calibration.evidence({ calibrator, scores })(votes);
    const crowd = Consensus.fuse({ prevalence, skills, ...honest.crowd })(votes);
    const fused = Consensus.fuse({ prevalence, skills, model, ...honest.fused })(votes);
    const prior = Math.log(prevalence / (1 - prevalence));
    const none = new Uint32Array(votes.stackIds.length);
    const alone = {
      stackIds: votes.stackIds,
      logOdds: model.nats.map((z) => z + prior),
      votes: none,
      scores: model.scores,
    };
    return { crowd, fused, model: alone };
  };
  const votes = Votes.including(scores.stackIds)(lab.votes);
  const fitted = Skills.fromGold({ gold: parts.fit })(votes);
  const recalibrationOf = (model?: Tandem.Calibration.ModelEvidence) => {
    const evidence = { prevalence, skills: fitted, ...(model === undefined ? {} : { model }) };
    const terms = Consensus.heldOutTerms({ ...evidence, gold: parts.fit })(votes);
    return { recalibration: Errors.getOrThrow(Consensus.recalibrate({ gold: parts.fit })(terms)) };
  };
  const honest = {
    crowd: recalibrationOf(),
    fused: recalibrationOf(Calibration.evidence({ calibrator, scores })(votes)),
  };
  const { crowd, fused, model } = sourcesOf(votes);
  const point = Errors.getOrThrow(Thresholds.certify({ gold: parts.tune, targets })(fused));
  const chosen = { flowingBelow: point.flowingBelow ?? -5, stalledAbove: point.stalledAbove ?? 2 };
  const decided = (posterior: typeof fused) => ({ posterior, routing: Routing.route(chosen)(posterior) });
  const decisions = decided(fused);
  const evaluation = Evaluation.evaluate({ gold, prevalence })(decisions);
  const retired = decisions.routing.filter((next) => next._tag === 'Retire').length;
  const known = { gold, keep: chosen };

  const curveOf = (source: string, posterior: typeof fused) =>
    Page.sourceCurve({ source })(Page.onGold(gold)(posterior));
  const weeks = ['W1', 'W2', 'W3', 'W4', 'W5', 'W6'];
  const weekOf = (g: number): number => g % weeks.length;
  const inGroup = (keep: (g: number) => boolean) => {
    const rows = [...gold.stackIds.keys()].filter(keep);
    return Evaluation.evaluate({
      prevalence,
      gold: {
        ...gold,
        stackIds: rows.map((g) => gold.stackIds[g]),
        label: Uint8Array.from(rows, (g) => gold.label[g]),
      },
    })(decisions);
  };

  // The first k votes of every stack, and what is believed after them.
  const truncated = (k: number) => {
    const rows = votes.stackIds.flatMap((stackId, s) => {
      const end = Math.min(votes.offsets[s + 1], votes.offsets[s] + k);
      return Array.from({ length: end - votes.offsets[s] }, (__, i) => {
        const v = votes.offsets[s] + i;
        return {
          stackId,
          annotatorId: votes.annotatorIds[votes.annotatorOf[v]],
          label: votes.label[v] === 1 ? (1 as const) : (0 as const),
        };
      });
    });
    return Votes.including(votes.stackIds)(Errors.getOrThrow(Votes.from()(rows)));
  };
  const after = [0, 1, 2, 3, 4, 5, 6, 7].map((k) => ({
    votes: k,
    decisions: decided(sourcesOf(truncated(k)).fused),
  }));
  const sampled = gold.stackIds.filter((__, g) => g % 37 === 0).slice(0, 18);

  const names = ['crowd', 'model', 'fused'] as const;
  const called = { crowd: calls(crowd, 0), model: calls(model, 0), fused: calls(fused, 0) };
  const labelOf = new Map(gold.stackIds.map((stackId, g) => [stackId, gold.label[g]]));
  const both = (a: 'crowd' | 'model' | 'fused', b: 'crowd' | 'model' | 'fused') => {
    const shared = [...called[a].keys()].filter((stackId) => called[b].has(stackId));
    const judged = shared.filter((stackId) => labelOf.has(stackId));
    const wrong = (name: 'crowd' | 'model' | 'fused', stackId: string): number =>
      Number(called[name].get(stackId) !== labelOf.get(stackId));
    const correlation = phi(judged.map((stackId) => [wrong(a, stackId), wrong(b, stackId)]));
    return {
      a,
      b,
      shared: shared.length,
      agreed: shared.filter((stackId) => called[a].get(stackId) === called[b].get(stackId)).length,
      ...(correlation === undefined ? {} : { errorCorrelation: correlation }),
    };
  };
  const right = (name: 'crowd' | 'model', stackId: string): boolean =>
    called[name].get(stackId) === labelOf.get(stackId);
  const judgedByBoth = gold.stackIds.filter((stackId) => called.crowd.has(stackId) && called.model.has(stackId));
  const quadrant = (people: boolean, machine: boolean): number =>
    judgedByBoth.filter((stackId) => right('crowd', stackId) === people && right('model', stackId) === machine).length;

  const votesOn = (label: number): number => {
    const counts = votes.stackIds.flatMap((stackId, s) =>
      labelOf.get(stackId) === label ? [votes.offsets[s + 1] - votes.offsets[s]] : [],
    );
    return counts.reduce((a, b) => a + b, 0) / Math.max(1, counts.length);
  };
  const mice = ['m1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7', 'm8'];
  return {
    title: 'A simulated laboratory',
    about: '2,000 stacks with votes and scores, and 2,100 gold stacks, all simulated.',
    verdict: {
      verdict: 'certified',
      tone: 'good',
      lines: ['Thresholds were certified on tuning gold, and held-out gold does not contradict them.'],
      certified: true,
      targets,
      claims: (['sensitivity', 'specificity'] as const).map((name) => ({
        name,
        rate: evaluation[name],
        target: targets[name],
        outcome: Evaluation.against(targets[name])(evaluation[name]),
      })),
      facts: [
        { name: 'stacks', value: votes.stackIds.length },
        { name: 'retired', value: retired },
        { name: 'still open', value: votes.stackIds.length - retired },
      ],
    },
    labels: {
      chosen: lab.gold.chosen,
      uses: (['fit', 'tune', 'test'] as const).map((use) => ({ use, ...Gold.count(parts[use]) })),
      prevalence: { value: prevalence, from: 'as stated' },
      batch: {
        stacks: votes.stackIds.length,
        withoutVotes: 0,
        withoutScore: votes.stackIds.length - scores.stackIds.length,
      },
      clusters: { by: 'mouse', count: mice.length },
      mismatch: { votesPerStack: { gold: votesOn(0), batch: Votes.count(votes) / votes.stackIds.length } },
    },
    explorer: {
      table: Page.thresholdTable(known)(decisions.posterior),
      chosen,
      certified: chosen,
      prevalence,
      confidence: targets.confidence,
      votesPerStack: { stalled: votesOn(1), flowing: votesOn(0) },
      command: 'tandem fit --prevalence {prevalence} --flowing-below {flowingBelow} --stalled-above {stalledAbove}',
    },
    curves: {
      curves: [curveOf('fused', fused), curveOf('crowd alone', crowd), curveOf('model alone', model)],
      prevalence,
      targets,
      known: [{ name: 'challenge winner', sensitivity: 0.85, specificity: 0.993 }],
    },
    reliability: {
      series: [
        Page.reliabilitySeries({ name: 'crowd alone' })(Page.onGold(gold)(crowd)),
        Page.reliabilitySeries({ name: 'fused' })(Page.onGold(gold)(fused)),
      ],
      histogram: histogramOf(decisions.posterior.logOdds),
    },
    votes: {
      ...Page.voteCounts(lab.votes),
      quality: after.slice(1).map(({ votes, decisions: then }) => {
        const { sensitivity, specificity } = Evaluation.evaluate({ gold, prevalence })(then);
        return { votes, sensitivity, specificity };
      }),
      savings: [
        { against: '20 votes for each', votesPerStack: 20 },
        { against: '7 votes for each', votesPerStack: 7 },
      ],
      targets,
    },
    frontier: {
      lines: [0.99, 0.95, 0.9].map((sensitivity, i) => ({
        sensitivity,
        points: after.slice(1).map(({ votes, decisions: then }) => {
          const asked = then.routing.filter((next) => next._tag !== 'Retire').length / then.routing.length;
          const evaluation = Evaluation.evaluate({ gold, prevalence })(then);
          return {
            votes,
            experts: asked * (1 - 0.2 * i),
            sensitivity,
            specificity: evaluation.specificity.estimate ?? 0,
          };
        }),
      })),
      chosen: { votes: 7.2, experts: 0.12, sensitivity: 0.99, specificity: 0.97 },
    },
    strata: [
      {
        by: 'mouse',
        strata: mice.map((stratum, m) => {
          const { sensitivity, specificity } = inGroup((g) => (g * 7) % mice.length === m);
          return { stratum, sensitivity, specificity };
        }),
        withoutGold: ['m9'],
        targets,
      },
    ],
    annotators: { annotators: Study.annotators({ gold: lab.gold })(lab.votes).annotators },
    agreement: {
      names: [...names],
      pairs: [both('crowd', 'model'), both('crowd', 'fused'), both('model', 'fused')],
      quadrants: {
        bothRight: quadrant(true, true),
        onlyPeople: quadrant(true, false),
        onlyMachine: quadrant(false, true),
        bothWrong: quadrant(false, false),
      },
      gain: { estimate: 0.04, interval: { lower: 0.01, upper: 0.07 } },
    },
    trajectories: {
      stacks: sampled.map((stackId) => {
        const { stackIds } = decisions.posterior;
        const s = stackIds.indexOf(stackId);
        return {
          stackId,
          truth: labelOf.get(stackId) === 1 ? 1 : 0,
          logOdds: after.map(({ decisions: then }) => then.posterior.logOdds[s]),
          ended: decisions.routing[s]._tag,
        };
      }),
      bounds: [0, 7].map((votes) => ({ votes, ...chosen })),
    },
    weeks: {
      weeks: weeks.map((week, w) => {
        const { sensitivity, specificity } = inGroup((g) => weekOf(g) === w);
        const thisWeek = scores.score.filter((__, i) => weekOf(i) === w).sort();
        return {
          week,
          stacks: thisWeek.length,
          sensitivity,
          specificity,
          quantiles: [0.5, 0.9, 0.99].map((at) => thisWeek[Math.floor(at * (thisWeek.length - 1))]),
          alarm: w === 4,
        };
      }),
      quantilesAt: [0.5, 0.9, 0.99],
      targets,
    },
    power: {
      lines: [
        { name: 'sensitivity ≥ 99 %', points: powerPoints(0.99) },
        { name: 'sensitivity ≥ 95 %', points: powerPoints(0.95) },
      ],
      wanted: 0.8,
      unit: '€',
    },
    provenance: {
      facts: [
        { name: 'seed', value: String(seed) },
        { name: 'stacks', value: String(votes.stackIds.length) },
      ],
    },
  };
};

/** The films of a gallery, from the simulator. */
export const simulatedFilms = (count: number): NonNullable<PageData['gallery']> => ({
  films: Array.from({ length: count }, (_, i) => {
    const { width, height, frames } = Simulate.clip({ truth: i % 2 === 0 ? 1 : 0, frames: 24, view: 'outline' })(i + 1);
    return {
      stackId: `film-${String(i + 1).padStart(3, '0')}`,
      why: i % 3 === 0 ? 'people and model disagree' : 'likely miss',
      probability: 0.02 + i / 100,
      votes: 5,
      width,
      height,
      frames,
    };
  }),
});

/** Stacks called stalled or not at a cut, by id; those without evidence are left out. */
const calls = (posterior: Tandem.Consensus.Posterior, cut: number): ReadonlyMap<string, number> =>
  new Map(
    posterior.stackIds.flatMap((stackId, s) =>
      posterior.votes[s] + posterior.scores[s] > 0 ? [[stackId, Number(posterior.logOdds[s] >= cut)] as const] : [],
    ),
  );

const histogramOf = (logOdds: Float64Array) => {
  const edges = Array.from({ length: 21 }, (_, i) => i / 20);
  const counts = new Array<number>(20).fill(0);
  for (const z of logOdds) counts[Math.min(19, Math.floor(20 / (1 + Math.exp(-z))))]++;
  return { edges, counts };
};

/** Correlation of two columns of 0 and 1. */
const phi = (pairs: readonly (readonly [number, number])[]): number | undefined => {
  const n = pairs.length;
  const mean = (c: 0 | 1): number => pairs.reduce((sum, pair) => sum + pair[c], 0) / n;
  const [a, b] = [mean(0), mean(1)];
  const spread = Math.sqrt(a * (1 - a) * b * (1 - b));
  return spread === 0 ? undefined : (pairs.reduce((sum, [x, y]) => sum + x * y, 0) / n - a * b) / spread;
};

/** Probability that n stalls of a rule with a third of the allowed risk show no more misses than the bound allows: n ≥ 309 none. */
const powerPoints = (target: number) =>
  [100, 200, 400, 800, 1600, 3200].map((gold) => ({
    gold,
    power: Math.max(0, 1 - Math.exp((-gold * (1 - target)) / 6)),
    cost: 2 * gold,
  }));
