import * as E from 'fp-ts/lib/Either.js';
import { inArrivalOrder } from '../asking/replay/index.js';
import type { Evidence, Recalibration } from '../domain/evidence.js';
import type { GoldSet } from '../domain/gold.js';
import { present } from '../domain/present.js';
import { type Budget, DEFAULT_BUDGET } from '../domain/routing.js';
import { DEFAULT_TARGETS, type Targets } from '../domain/targets.js';
import type { Duplicates } from '../domain/vote.js';
import type { CalibrationInfeasible, Calibrator } from '../stages/calibration/index.js';
import * as Calibration from '../stages/calibration/index.js';
import type { RecalibrationInfeasible } from '../stages/fusion/index.js';
import * as Fusion from '../stages/fusion/index.js';
import * as Gold from '../stages/gold.js';
import * as Skills from '../stages/skills/index.js';
import * as Thresholds from '../stages/thresholds/index.js';
import * as Votes from '../stages/votes/index.js';
import { PACKAGE, VERSION } from '../version.js';
import { withPolicyJson } from './document.js';
import { crowdAlone, modelAlone, united } from './evidence.js';
import { type AskingOptions, fitAsking, MOST_VOTES } from './fitAsking.js';
import { bareSkills, type Inputs, type Policy, type Prevalence, type Provenance } from './policy.js';

/** What `Policy.fit` takes beside the data. */
export interface FitOptions {
  /** Of the division of gold; default 1. */
  readonly seed?: number | undefined;
  readonly targets?: Targets;
  /** P(stalled) in the population to decide about, in (0, 1). Default: the share in random gold, else .01. */
  readonly prevalence?: number;
  readonly methods?: Methods;
  readonly budget?: Budget;
  /** Whether to certify a rule for asking one vote at a time, end to end; `true` takes every default. */
  readonly asking?: true | AskingOptions;
  /** Which of an annotator's repeated votes `votes` holds; the policy records it. */
  readonly duplicates?: Duplicates;
  /** Who fits from which files; the policy records it. Default: this package and the seed. */
  readonly provenance?: Provenance | undefined;
}

/** Which method each stage takes. */
export interface Methods {
  /** How skills are estimated; default `gold`. */
  readonly skills?: 'gold' | 'dawid-skene';
  /** How scores are calibrated; default `platt`. */
  readonly calibrator?: keyof typeof CALIBRATE;
  /** How model and votes are combined; default `recalibrated` where gold of both classes allows, else `additive`. */
  readonly fusion?: 'recalibrated' | 'additive';
}

/** A policy, the three parts of its gold, and warnings. The test part has not been used and may evaluate the policy. */
export interface Fitted {
  readonly policy: Policy;
  readonly gold: Gold.SplitGold;
  readonly warnings: readonly string[];
}

/** Evidence with measured skills, from which the votes of one stack can be left out. */
type Measured = Evidence & { readonly skills: Skills.MeasuredSkills };

const CALIBRATE = {
  platt: Calibration.platt,
  beta: Calibration.beta,
  temperature: Calibration.temperature,
  isotonic: Calibration.isotonic,
} as const;

const DEFAULT_SEED = 1;

/** Where nobody has counted, about one stack in a hundred is stalled. */
const ASSUMED_PREVALENCE = 0.01;

/**
 * Fits a policy: splits gold, estimates skills, calibrates the model, and certifies thresholds on gold kept for that.
 *
 * The result is always a policy. Where a target could not be certified, the policy says why, and retires nothing on that
 * side.
 *
 * @param options - seed of the gold split, 1 by default; targets default to .99 / .95 / .95
 * @example
 * const { votes, scores, gold } = Simulate.inputs(Simulate.dataset({ stacks: 500, prevalence: 0.05, model: {}, gold: { stalled: 700, flowing: 900, chosen: 'stratified' } })(7));
 * const { policy } = Policy.fit({ seed: 7, prevalence: 0.05 })({ votes, scores, gold });
 * policy.certification._tag // => 'Certified'
 */
export const fit =
  (options: FitOptions = {}) =>
  (data: Inputs & { readonly gold: GoldSet }): Fitted => {
    const { votes, scores } = united(data);
    const seed = options.seed ?? DEFAULT_SEED;
    const provenance = options.provenance ?? {
      package: PACKAGE,
      version: VERSION,
      command: 'Policy.fit',
      seed,
      inputs: [],
    };
    const targets = options.targets ?? DEFAULT_TARGETS;
    const methods = options.methods ?? {};
    const gold = Gold.split({ seed })(data.gold);
    const prevalence = prevalenceOf(options.prevalence, data.gold);
    const skills =
      methods.skills === 'dawid-skene'
        ? Skills.dawidSkene({ gold: gold.fit })(votes)
        : Skills.fromGold({ gold: gold.fit })(votes);
    const method = CALIBRATE[methods.calibrator ?? 'platt'];
    const calibrated = scores === undefined ? undefined : method(gold.fit)(scores);
    const calibrator = calibrated !== undefined && E.isRight(calibrated) ? calibrated.right : undefined;
    const model =
      calibrator === undefined || scores === undefined
        ? undefined
        : Calibration.evidence({ calibrator, scores })(votes);
    const added: Measured = present({ prevalence: prevalence.value, skills, model });
    const honest: Measured =
      calibrator === undefined || scores === undefined
        ? added
        : { ...added, model: Calibration.heldOutEvidence({ gold: gold.fit, method, calibrator, scores })(votes) };
    const refit =
      methods.fusion === 'additive' || !canRecalibrate(gold.fit)
        ? undefined
        : Fusion.recalibrate({ gold: gold.fit })(Fusion.heldOutTerms({ ...honest, gold: gold.fit })(votes));
    const recalibration = refit !== undefined && E.isRight(refit) ? refit.right : undefined;
    const evidence = present({ ...added, recalibration });
    const posterior = Fusion.fuse(evidence)(votes);
    const certified = Thresholds.certify({ gold: gold.tune, targets })(posterior);
    const cut = Thresholds.bestCut({ gold: gold.tune, prevalence: prevalence.value });
    const asking =
      options.asking === undefined
        ? undefined
        : fitAsking(
            options.asking === true ? {} : options.asking,
            present({
              votes: inArrivalOrder(seed)(votes),
              gold,
              prevalence: prevalence.value,
              targets,
              seed,
              model:
                model === undefined || honest.model === undefined
                  ? undefined
                  : { deployed: model, heldOut: honest.model },
            }),
          );
    return {
      gold,
      warnings: [
        ...warningsOf({
          data: present({ ...data, votes, scores }),
          prevalence,
          calibrated,
          refit,
        }),
        ...askingWarnings(asking, options.asking),
      ],
      policy: withPolicyJson(
        present({
          schema: 'tandem-policy/1',
          prevalence,
          targets,
          skills: bareSkills(skills),
          calibrator,
          recalibration,
          certification: E.isRight(certified)
            ? { _tag: 'Certified' as const, operatingPoint: certified.right }
            : certified.left,
          asking,
          duplicates: options.duplicates,
          budget: options.budget ?? DEFAULT_BUDGET,
          cuts: present({
            fused: cut(posterior),
            crowd: cut(crowdAlone(evidence)(votes)),
            model: model === undefined ? undefined : cut(modelAlone(prevalence.value, model)(votes)),
          }),
          goldUsed: [...gold.fit.stackIds, ...gold.tune.stackIds].sort(),
          provenance,
        }),
      ),
    };
  };

const prevalenceOf = (stated: number | undefined, gold: GoldSet): Prevalence => {
  if (stated !== undefined) return { value: stated, from: 'stated' };
  if (gold.chosen !== 'random') return { value: ASSUMED_PREVALENCE, from: 'assumed' };
  const { stalled, flowing } = Gold.count(gold);
  return { value: (stalled + 0.5) / (stalled + flowing + 1), from: 'random gold' };
};

/** Gold that was chosen or labelled by its votes cannot show how votes err together. */
const canRecalibrate = ({ chosen }: GoldSet): boolean => chosen === 'random' || chosen === 'stratified';

const askingWarnings = (asking: Policy['asking'], wished: FitOptions['asking']): readonly string[] => {
  if (asking?._tag !== 'AskingCertified') return [];
  const { rule, audit } = asking;
  const most = (wished === true ? undefined : wished?.mostVotes) ?? MOST_VOTES;
  return [
    ...(rule.maxVotes < most
      ? [
          `no stack is asked about more than ${rule.maxVotes} times, because gold carries no more votes to replay; ${most} would need gold with ${most} votes each`,
        ]
      : []),
    ...(audit === undefined
      ? ['there is no audit, so errors among automatic decisions will go unseen; every stack takes a vote at least']
      : []),
  ];
};

const warningsOf = ({
  data,
  prevalence,
  calibrated,
  refit,
}: {
  readonly data: Inputs & { readonly gold: GoldSet };
  readonly prevalence: Prevalence;
  readonly calibrated: E.Either<CalibrationInfeasible, Calibrator> | undefined;
  readonly refit: E.Either<RecalibrationInfeasible, Recalibration> | undefined;
}): readonly string[] => {
  const warnings: string[] = [];
  if (calibrated !== undefined && E.isLeft(calibrated)) {
    const { needs, scored } = calibrated.left;
    warnings.push(
      needs === undefined
        ? `scores are not used: calibrating them needs scored gold of both classes, and there are ${scored.stalled} stalled and ${scored.flowing} flowing`
        : `scores are not used: this calibrator needs ${needs}; platt and isotonic take any`,
    );
  }
  if (refit !== undefined && E.isLeft(refit)) {
    const { stalled, flowing } = refit.left.seen;
    warnings.push(
      `evidence is added as if model and votes erred independently, so far-out posteriors are too sure: telling how they depend needs gold of both classes, and there are ${stalled} stalled and ${flowing} flowing`,
    );
  }
  if (prevalence.from === 'assumed') {
    warnings.push(
      `prevalence is assumed to be ${ASSUMED_PREVALENCE}, because ${data.gold.chosen} gold cannot tell it; state it if you know it`,
    );
  }
  if (data.trainedOn === 'crowd labels' && data.scores !== undefined && Votes.count(data.votes) > 0) {
    warnings.push(
      'the model was trained on crowd labels, so where it agrees with this crowd that is partly an echo: it repeats the errors of the crowd, and only gold labelled by experts who saw neither can tell how far',
    );
  }
  const known = new Set(data.votes.stackIds);
  const unseen = data.gold.stackIds.filter((stackId) => !known.has(stackId)).length;
  if (unseen > 0)
    warnings.push(
      `${unseen} of ${data.gold.stackIds.length} gold stacks have neither votes nor a score and take no part`,
    );
  const zeros = data.scores === undefined ? 0 : data.scores.score.reduce((n, score) => n + (score === 0 ? 1 : 0), 0);
  if (data.scores !== undefined && zeros * 2 > data.scores.score.length) {
    warnings.push(
      `${zeros} of ${data.scores.score.length} scores are exactly 0; if 0 stands for "no score" there, leave those fields empty`,
    );
  }
  return warnings;
};
