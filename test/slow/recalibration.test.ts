import { describe, expect, test } from 'vitest';
import { getOrThrow } from '../../src/domain/errors.js';
import { logistic } from '../../src/kernel/special/logit.js';
import * as Simulate from '../../src/simulate/index.js';
import * as Calibration from '../../src/stages/calibration/index.js';
import * as Consensus from '../../src/stages/consensus/index.js';
import * as Evaluation from '../../src/stages/evaluation/index.js';
import * as Gold from '../../src/stages/gold.js';
import * as Skills from '../../src/stages/skills/index.js';

/**
 * Is a posterior of .999 right 99.9 times in 100? At 1 % stalled, seven votes that share each stack's difficulty, and
 * little gold. Printed beside it: the same evidence simply added, which believes seven agreeing votes seven times.
 */

/** Worlds per setting: eight in full, two where the suite is shortened. */
const SEEDS = Number(process.env['TANDEM_SLOW_REPETITIONS'] ?? 2000) < 2000 ? 2 : 8;
const PREVALENCE = 0.01;
const STACKS = 40_000;
const BINS = 20;

interface Study {
  readonly kind: 'typical' | 'hard';
  readonly model: boolean;
  readonly stalled: number;
  readonly flowing: number;
  /** Largest calibration error on bins of equal mass. */
  readonly errorAtMost: number;
}

const STUDIES: readonly Study[] = (['typical', 'hard'] as const).flatMap((kind) =>
  [true, false].flatMap((model) => [
    { kind, model, stalled: 20, flowing: 180, errorAtMost: 0.005 },
    { kind, model, stalled: 200, flowing: 400, errorAtMost: 0.005 },
  ]),
);

interface Claims {
  made: number;
  right: number;
  error: number;
}

const count = (claims: Claims, posterior: Consensus.Posterior, truth: ReadonlyMap<string, number>): void => {
  const rows = posterior.stackIds.flatMap((id, s) => (truth.has(id) ? [s] : []));
  const probability = Float64Array.from(rows, (s) => logistic(posterior.logOdds[s]));
  const label = Uint8Array.from(rows, (s) => truth.get(posterior.stackIds[s]) ?? 0);
  probability.forEach((p, i) => {
    if (p < 0.999) return;
    claims.made++;
    claims.right += label[i];
  });
  claims.error += (Evaluation.ece({ probability, label, bins: BINS }).ece ?? Number.NaN) / SEEDS;
};

const shown = ({ made, right, error }: Claims): string =>
  `${right} of ${made} claims ≥ .999 right, calibration error ${error.toFixed(4)}`;

describe(`recalibrated fusion over ${SEEDS} worlds of ${STACKS} stacks`, () => {
  test.each(
    STUDIES.map(
      (study) =>
        [
          `${study.kind}, ${study.model ? 'votes and model' : 'votes only'}, gold ${study.stalled}/${study.flowing}`,
          study,
        ] as const,
    ),
  )('%s', (name, study) => {
    const honest: Claims = { made: 0, right: 0, error: 0 };
    const added: Claims = { made: 0, right: 0, error: 0 };
    for (let seed = 1; seed <= SEEDS; seed++) {
      const preset: Partial<Simulate.DatasetOptions> = Simulate.PRESETS[study.kind];
      const world = Simulate.dataset({
        stacks: STACKS,
        prevalence: PREVALENCE,
        votes: { ...preset.votes, perStack: 7 },
        ...(study.model ? { model: {} } : {}),
        gold: { stalled: study.stalled, flowing: study.flowing, chosen: 'stratified' },
      })(seed);
      const { votes, scores, gold } = Simulate.inputs(world);
      const fit = Gold.as('fit')(gold);
      const skills = Skills.fromGold({ gold: fit })(votes);
      const model = study.model
        ? { model: Calibration.evidence({ calibrator: getOrThrow(Calibration.platt(fit)(scores)), scores })(votes) }
        : {};
      const evidence = { prevalence: PREVALENCE, skills, ...model };
      const recalibration = getOrThrow(
        Consensus.recalibrate({ gold: fit })(Consensus.heldOutTerms({ ...evidence, gold: fit })(votes)),
      );
      const isGold = new Set(gold.stackIds);
      const truth = new Map(
        world.votes.stackIds.flatMap((id, s) => (isGold.has(id) ? [] : [[id, world.truth[s]] as const])),
      );
      count(honest, Consensus.fuse({ ...evidence, recalibration })(votes), truth);
      count(added, Consensus.fuse(evidence)(votes), truth);
    }
    console.log(`${name}: ${shown(honest)}; simply added: ${shown(added)}`);
    if (honest.made > 0) expect(honest.right / honest.made).toBeGreaterThanOrEqual(0.99);
    expect(honest.error).toBeLessThanOrEqual(study.errorAtMost);
  });
});
