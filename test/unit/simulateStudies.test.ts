import { describe, expect, it } from 'vitest';
import * as Simulate from '../../src/simulate/index.js';
import * as Evaluation from '../../src/stages/evaluation/index.js';

import * as RiskControl from '../../src/stages/riskControl/index.js';

const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, x) => sum + x, 0) / values.length;

const text = (file: Iterable<string>): string[] => [...file].join('').trimEnd().split('\n');

describe('dataset() with play', () => {
  const lab = Simulate.dataset({
    stacks: 25_000,
    prevalence: 0.01,
    votes: { perStack: 7, play: { events: 1 } },
    crowd: { annotators: 1100 },
    gold: { chosen: 'known' },
  })(1);
  const { seconds = new Float64Array(0), known = new Uint8Array(0) } = lab.votes;

  it('dataset() gives votes in order of time, whole seconds, nobody twice on one stack', () => {
    expect(seconds.length).toBe(lab.votes.label.length);
    expect(seconds.every((second, v) => Number.isInteger(second) && (v === 0 || second >= seconds[v - 1]))).toBe(true);
    const pairs = Array.from(lab.votes.stackOf, (s, v) => s * 1100 + lab.votes.annotatorOf[v]);
    expect(new Set(pairs).size).toBe(pairs.length);
  });

  it('dataset() sees the published rates: 6,700 answers a day, 14 times that on an event day, Mondays above Thursdays', () => {
    const perDay: number[] = [];
    for (const second of seconds) {
      const day = Math.floor(second / 86_400);
      perDay[day] = (perDay[day] ?? 0) + 1;
    }
    const busiest = Math.max(...perDay);
    expect(busiest).toBeGreaterThan(50_000);
    const weekday = (k: number): number => mean(perDay.filter((n, day) => day % 7 === k && n < busiest && day < 28));
    expect(weekday(0)).toBeGreaterThan(1.6 * weekday(3));
  });

  it('dataset() serves known answers to most people at .45 and to nobody twice, and hands them over as gold', () => {
    const asked = new Map<number, number[]>();
    lab.votes.annotatorOf.forEach((a, v) => {
      const counts = asked.get(a) ?? [0, 0];
      counts[known[v]]++;
      asked.set(a, counts);
    });
    const usual = [...asked.values()].filter(([research]) => research > 100 && research < 500);
    expect(Math.abs(mean(usual.map(([research, ofKnown]) => ofKnown / (research + ofKnown))) - 0.45)).toBeLessThan(
      0.01,
    );
    expect(Math.max(...[...asked.values()].map(([, ofKnown]) => ofKnown))).toBe(444);
    expect([lab.gold.stackIds.length, lab.gold.chosen]).toEqual([444, 'stratified']);
    expect(mean(lab.gold.label)).toBeCloseTo(0.3, 2);
  });

  it('dataset() has beginners for about a tenth of the votes, and they are worse', () => {
    const seen = new Uint32Array(1100);
    const right = { beginner: [0, 0], later: [0, 0] };
    lab.votes.label.forEach((label, v) => {
      const a = lab.votes.annotatorOf[v];
      const s = lab.votes.stackOf[v];
      const who = seen[a]++ < 60 ? right.beginner : right.later;
      if (lab.truth[s] === 0 && lab.simulated.annotators.kind[a] === 'catcher') {
        who[0] += 1 - label;
        who[1]++;
      }
    });
    const share = right.beginner[1] / (right.beginner[1] + right.later[1]);
    expect(share).toBeGreaterThan(0.08);
    expect(share).toBeLessThan(0.2);
    expect(right.beginner[0] / right.beginner[1]).toBeLessThan(right.later[0] / right.later[1] - 0.02);
  });

  it('dataset() stops asking at three that agree, also in time', () => {
    const quick = Simulate.dataset({ stacks: 4000, prevalence: 0.2, votes: { perStack: 'E3.5', play: {} } })(2);
    const [asked, stalled] = [new Uint32Array(4444), new Uint32Array(4444)];
    quick.votes.label.forEach((label, v) => {
      asked[quick.votes.stackOf[v]]++;
      stalled[quick.votes.stackOf[v]] += label;
    });
    for (let s = 0; s < 4000; s++) {
      const agree = stalled[s] === 0 || stalled[s] === asked[s];
      expect(asked[s]).toBe(agree ? 3 : 10);
    }
  });

  it('dataset() lets people tire and drift', () => {
    const specificity = (play: Simulate.PlayOptions): number => {
      const votes = { perStack: 7, play: { known: { share: 0 }, novices: { answers: 0 }, ...play } } as const;
      const tired = Simulate.dataset({ stacks: 8000, prevalence: 0, votes })(3);
      return 1 - mean(tired.votes.label);
    };
    const fresh = specificity({ driftSd: 0 });
    expect(specificity({ driftSd: 0, fatigue: { after: 0, factor: 0.6 } })).toBeLessThan(fresh - 0.02);
    expect(specificity({ driftSd: 0.5 })).not.toBe(fresh);
  });

  it('dataset() makes people on known stacks as eager as told, and research as it was', () => {
    const world = (eagerness: number) =>
      Simulate.dataset({ stacks: 6000, prevalence: 0.01, votes: { play: { known: { eagerness } } } })(4);
    const rates = ({ votes, truth }: Simulate.SimulatedDataset) => {
      const said = (y: number, isKnown: number): number =>
        mean(votes.label.filter((_, v) => truth[votes.stackOf[v]] === y && votes.known?.[v] === isKnown));
      return { known: said(1, 1), research: said(0, 0) };
    };
    const [plain, eager] = [world(0), world(0.5)].map(rates);
    expect(eager.known).toBeGreaterThan(plain.known + 0.08);
    expect(Math.abs(eager.research - plain.research)).toBeLessThan(0.004);
  });

  it('toCsv() writes time, the calibration flag and errors of bots where there are any', () => {
    const small = Simulate.dataset({
      stacks: 200,
      prevalence: 0.1,
      votes: { play: {} },
      model: { abstain: 0.1, ensemble: Simulate.TYPICAL_BOTS },
    })(1);
    const [header, ...rows] = text(Simulate.toCsv(small).votes);
    expect(header).toBe('stackId,annotatorId,label,timestamp,calibration,movieError');
    expect(rows[0]).toMatch(/^stack-\d{6},(catcher-\d{4}|bot-\d),[01],2017-01-02T\d\d:\d\d:\d\d\.000Z,[01],[01]$/);
    expect(rows.length).toBe(small.votes.label.length);
  });
});

describe('dataset() with an ensemble', () => {
  const world = {
    stacks: 15_000,
    prevalence: 0.05,
    votes: { perStack: 3 },
    model: { abstain: 0.01, ensemble: Simulate.TYPICAL_BOTS },
  } as const;
  const lab = Simulate.dataset(world)(1);
  const models = lab.models ?? [];

  it('dataset() draws sisters whose residuals correlate by .7, and leaves the first as it is alone', () => {
    const rowTruth = new Map(lab.votes.stackIds.map((id, s) => [id, s]));
    const residual = ({ stackIds, score }: (typeof models)[number]): number[] =>
      Array.from(score, (p, i) => {
        const s = rowTruth.get(stackIds[i]) ?? 0;
        const latent = (Math.log(p / (1 - p)) - Math.log(1 / 3)) / 3.5 + 1.75;
        return latent - 3.5 * lab.truth[s] - 0.4 * lab.simulated.stacks.difficulty[s];
      });
    const r = models.map(residual);
    for (const [i, j] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ]) {
      const both = mean(r[i].map((x, k) => x * r[j][k]));
      expect(Math.abs(both / (1 - 0.4 ** 2) - 0.7)).toBeLessThan(0.03);
    }
    const alone = Simulate.dataset({ ...world, model: { abstain: 0.01 } })(1);
    expect(lab.scores).toEqual(alone.scores);
    expect(models[0]).toEqual(alone.scores);
  });

  it('dataset() lets bots say flowing, with an error mark, where they saw nothing', () => {
    const { votes } = lab;
    const unread = votes.stackIds.length - lab.scores.stackIds.length;
    const errors = votes.label.filter((_, v) => votes.movieError?.[v] === 1);
    expect(errors.length).toBe(3 * unread);
    expect(errors.every((label) => label === 0)).toBe(true);
    expect(votes.label.length).toBe(3 * (15_000 + 15_000));
    const bot = votes.label.filter((_, v) => votes.annotatorOf[v] === votes.annotatorIds.length - 1);
    expect(mean(bot)).toBeCloseTo(0.99 * mean(Array.from(models[2].score, (p) => Number(p >= 0.8))), 2);
  });

  it('dataset() makes a model taught by the crowd look too good by the crowd', () => {
    const judged = (circularity: number) => {
      const taught = Simulate.dataset({
        stacks: 20_000,
        prevalence: 0.02,
        votes: { perStack: 7, flowing: Simulate.PROJECTS.J.flowing, stalled: Simulate.STALLED_TRAITS.hardJ },
        model: { circularity },
        gold: { chosen: 'crowd' },
      })(1);
      const { score } = taught.scores;
      return {
        byTruth: Evaluation.auc({ score, label: taught.truth }) ?? 0,
        byCrowd: Evaluation.auc({ score, label: taught.gold.label }) ?? 0,
      };
    };
    const [honest, taught] = [judged(0), judged(0.3)];
    expect(taught.byTruth).toBeLessThan(honest.byTruth - 0.02);
    expect(taught.byCrowd).toBeGreaterThan(honest.byCrowd + 0.05);
    const all = judged(1);
    expect(all.byCrowd).toBeGreaterThan(all.byTruth + 0.2);
  });
});

describe('dataset() and gold that proves nothing', () => {
  const world = { stacks: 20_000, prevalence: 0.01, votes: { perStack: 7 } } as const;

  it('dataset() shows experts the candidates only, so that the crowd seems to miss nothing, and refusals say so', () => {
    const lab = Simulate.dataset({ ...world, gold: { chosen: 'candidates-only' } })(1);
    const called = new Set(lab.gold.stackIds);
    const stalls = lab.votes.stackIds.filter((_, s) => lab.truth[s] === 1);
    expect(stalls.filter((id) => !called.has(id)).length).toBeGreaterThan(20);
    expect(mean(lab.gold.label)).toBeGreaterThan(0.2);
    expect(RiskControl.refusals()(lab.gold).map(({ _tag }) => _tag)).toEqual(['GoldUnsuitable']);
  });

  it('dataset() labels by the crowd itself when told to, and refusals say that is circular', () => {
    const lab = Simulate.dataset({ ...world, gold: { chosen: 'crowd' } })(1);
    expect(lab.gold.stackIds.length).toBe(20_000);
    const wrong = lab.gold.label.filter((label, s) => label !== lab.truth[s]);
    expect(wrong.length).toBeGreaterThan(50);
    expect(RiskControl.refusals()(lab.gold).map(({ _tag }) => _tag)).toEqual(['GoldUnsuitable']);
  });

  it('dataset() asks candidates on where told to', () => {
    const perStack = { mix: { 3: 1 }, confirm: { share: 0.7, votes: 9 } };
    const lab = Simulate.dataset({ ...world, votes: { perStack } })(1);
    const [asked, stalled] = [new Uint32Array(20_000), new Uint32Array(20_000)];
    lab.votes.label.forEach((label, v) => {
      asked[lab.votes.stackOf[v]]++;
      stalled[lab.votes.stackOf[v]] += label;
    });
    for (let s = 0; s < 20_000; s++) {
      if (asked[s] < 9) expect(stalled[s] / asked[s]).toBeLessThan(0.7);
      else expect(asked[s]).toBe(9);
    }
    expect(Math.max(...asked)).toBe(9);
  });

  it('dataset() throws where a study makes no sense', () => {
    const wish = { stacks: 10, prevalence: 0.01 };
    expect(() => Simulate.dataset({ ...wish, stacks: { count: -1 } })(1)).toThrow('stacks.count');
    expect(() => Simulate.dataset({ ...wish, stacks: { count: 1, unreadable: 2 } })(1)).toThrow('stacks.unreadable');
    expect(() => Simulate.dataset({ ...wish, gold: { chosen: 'known' } })(1)).toThrow('votes.play');
    expect(() => Simulate.dataset({ ...wish, model: { circularity: 2 } })(1)).toThrow('model.circularity');
    expect(() => Simulate.dataset({ ...wish, model: { ensemble: { models: 0, correlation: 0 } } })(1)).toThrow(
      'models',
    );
    expect(() => Simulate.dataset({ ...wish, votes: { play: { known: { share: 1 } } } })(1)).toThrow('known.share');
    expect(() => Simulate.dataset({ ...wish, votes: { play: { answersPerDay: 0 } } })(1)).toThrow('answersPerDay');
  });
});

describe('campaign()', () => {
  it('campaign() has the twelve projects, cut down with weights, and the known-answer set without a single vote', () => {
    const drawn = [...Simulate.campaign({ stacksAtMost: 1000, votes: { perStack: 3 } })(1)];
    expect(drawn.map(({ project }) => project).join('')).toBe('ACDEFGHIJKLM');
    for (const { project, weight, dataset } of drawn) {
      if (project === 'L') {
        expect([dataset.votes.label.length, dataset.gold.label.length, mean(dataset.gold.label)]).toEqual([
          0,
          444,
          133 / 444,
        ]);
      } else {
        expect(weight * 1000).toBeCloseTo(Simulate.PROJECTS[project].stacks, 6);
        expect(dataset.strata?.dataset).toBe(project);
        expect(dataset.votes.stackIds[0]).toBe(`${project}-stack-000001`);
      }
    }
  });

  it('campaign() keeps its people from dataset to dataset, and a dataset whatever stands beside it', () => {
    const [j, k] = Simulate.campaign({ projects: ['J', 'K'], stacksAtMost: 500 })(3);
    const [alone] = Simulate.campaign({ projects: ['K'], stacksAtMost: 500 })(3);
    expect(alone).toEqual(k);
    expect(j.dataset.simulated.annotators).toEqual(k.dataset.simulated.annotators);
    expect(j.dataset.truth).not.toEqual(k.dataset.truth);
  });

  it('campaign() draws prevalence, separation and temperature as published, and one stroke-like dataset', () => {
    const drawn = Array.from({ length: 60 }, (_, seed) => [
      ...Simulate.campaign({ stacksAtMost: 1, votes: { perStack: 0 }, crowd: { annotators: 30 } })(seed),
    ])
      .flat()
      .filter(({ project }) => project !== 'L')
      .map(({ options }) => options);
    const prevalence = drawn.map((options) => options.prevalence).toSorted((a, b) => a - b);
    const at = (p: number): number => prevalence[Math.floor(p * prevalence.length)];
    expect(at(0.5)).toBeGreaterThan(0.0053);
    expect(at(0.5)).toBeLessThan(0.0068);
    expect(Math.abs(Math.log(at(0.05) / 0.0015))).toBeLessThan(0.25);
    expect(Math.abs(Math.log(at(0.95) / 0.02))).toBeLessThan(0.25);
    const usual = drawn.filter(({ model }) => model?.offset === undefined).map(({ model }) => model?.separation ?? 0);
    expect(drawn.length - usual.length).toBe(60);
    expect(Math.abs(mean(usual) - 3.3)).toBeLessThan(0.08);
    expect(Math.min(...usual)).toBeGreaterThanOrEqual(2);
    const temperature = drawn.map(({ model }) => Math.log(model?.temperature ?? 1));
    expect(Math.abs(Math.sqrt(mean(temperature.map((t) => t * t))) - 0.3)).toBeLessThan(0.04);
  });
});
