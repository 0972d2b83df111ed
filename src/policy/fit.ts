import * as E from 'fp-ts/lib/Either.js';
import { fitTraitModel, plainTraitModel } from '../asking/index.js';
import { type Arrivals, ends, pick, type Trajectories } from '../asking/replay/index.js';
import * as StopRule from '../asking/stopRule/index.js';
import { canonicalJson } from '../decode/json/index.js';
import type { Evidence, ModelEvidence, Recalibration } from '../domain/evidence.js';
import type { GoldSet } from '../domain/gold.js';
import { present } from '../domain/present.js';
import { DEFAULT_TARGETS, type Targets } from '../domain/targets.js';
import type { Duplicates } from '../domain/vote.js';
import type { VoteTable } from '../domain/voteTable.js';
import { hashText } from '../kernel/ids/hash.js';
import { sha256 } from '../kernel/ids/sha256.js';
import { rowOfId } from '../kernel/ids/voteColumns.js';
import type { CalibrationInfeasible, Calibrator } from '../stages/calibration/index.js';
import * as Calibration from '../stages/calibration/index.js';
import type { RecalibrationInfeasible } from '../stages/fusion/index.js';
import * as Fusion from '../stages/fusion/index.js';
import * as Gold from '../stages/gold.js';
import { type GoldCheck, goldChecks } from '../stages/goldChecks/index.js';
import * as Skills from '../stages/skills/index.js';
import * as Thresholds from '../stages/thresholds/index.js';
import * as Votes from '../stages/votes/index.js';
import { PACKAGE, VERSION } from '../version.js';
import { withPolicyJson } from './document.js';
import { crowdAlone, inRuleOrder, modelAlone, pathsOn, united } from './evidence.js';
import { type Ledger, NO_LOOKS, nextLook } from './ledger.js';
import { bareSkills, type Inputs, type Policy, type Prevalence, type Proof, type Provenance } from './policy.js';
import { goldProfile } from './profile.js';

/** What `Policy.fit` takes beside the data. */
export interface FitOptions {
  readonly targets?: Targets | undefined;
  /** P(stalled) in the population to decide about, in (0, 1). Default: the share in random gold, else .01. */
  readonly prevalence?: number | undefined;
  readonly methods?: Methods | undefined;
  /** Price of an expert's look, in votes; default 20. */
  readonly expertPrice?: number | undefined;
  /** Nothing is called stalled below this posterior, in [0, 1); default ½. 0 gives the widest list of candidates. */
  readonly stalledPosterior?: number | undefined;
  /** Nothing is called flowing or stalled on fewer votes; default 0, and 2 where a stack has no score. */
  readonly leastVotes?: number | undefined;
  /** Votes on one stack at most; default 7, and never more than gold has. */
  readonly mostVotes?: number | undefined;
  /** Votes asked for at a time, ≥ 1; default 1, which is cheapest. Any number has the same certificate. */
  readonly votesPerRound?: number | undefined;
  /** Share of automatic decisions that people audit, in [0, 1]; default .02. */
  readonly auditShare?: number | undefined;
  /** Mouse or session of each stack, by its id: whole ones are divided, and the proof is by cluster. */
  readonly clusterOf?: ReadonlyMap<string, string> | undefined;
  /** Share of gold that is held back for a test, in [0, 1); default 0, because the certificate makes a test unnecessary. */
  readonly testShare?: number | undefined;
  /** Fits before this one, from the policy before. Fitting again on the same gold is another look at it. */
  readonly ledger?: Ledger | undefined;
  /** Share of the error still left that this fit may spend, in (0, 1]; default .9. 1 leaves nothing for another fit. */
  readonly spend?: number | undefined;
  /** Certify although votes and scores contradict gold; for those who know why they do. */
  readonly trustGold?: boolean | undefined;
  /** Of the audit; default 1. Gold is divided by its ids alone. */
  readonly seed?: number | undefined;
  /** Which of an annotator's repeated votes `votes` holds; the policy records it. */
  readonly duplicates?: Duplicates | undefined;
  /** Who fits from which files; the policy records it. Default: this package and the seed. */
  readonly provenance?: Provenance | undefined;
}

/** Which method each stage takes. */
export interface Methods {
  /** How skills are estimated; default `gold`. Stating it, or `fusion`, lets the sum of evidence decide. */
  readonly skills?: 'gold' | 'dawid-skene' | undefined;
  /** How scores are calibrated; default `platt`. */
  readonly calibrator?: keyof typeof CALIBRATE | undefined;
  /** How model and votes are summed; `recalibrated` where gold of both classes allows, else `additive`. */
  readonly fusion?: 'recalibrated' | 'additive' | undefined;
  /** What the rule reads: the posterior of the joint model of votes and score, the default, or the sum of evidence. */
  readonly posterior?: 'joint' | 'sum' | undefined;
}

/** A policy, the parts of its gold, and what the fit found out. */
export interface Fitted {
  readonly policy: Policy;
  /** `test` is empty unless `testShare` was stated; it has not been used and may evaluate the policy. */
  readonly gold: Gold.SplitGold;
  /** How `gold.tune` ends under rules that were chosen without it: for honest figures. */
  readonly crossFitted: StopRule.RuleReplay;
  /** The path of rules, the most careful first, and the trajectories it was fitted on and tested with: for the frontier. */
  readonly path: {
    readonly candidates: readonly StopRule.RuleCandidate[];
    readonly fit: Trajectories;
    readonly tune: Trajectories;
  };
  /** Whether gold can prove anything, in a fixed order. */
  readonly checks: readonly GoldCheck[];
  /** Which fit on this gold it is, from 1, and the error it may make. */
  readonly look: { readonly number: number; readonly spent: number };
  readonly warnings: readonly string[];
}

const CALIBRATE = {
  platt: Calibration.platt,
  beta: Calibration.beta,
  temperature: Calibration.temperature,
  isotonic: Calibration.isotonic,
} as const;

const DEFAULT_SEED = 1;
const DEFAULT_AUDIT_SHARE = 0.02;
/** Where nobody has counted, about one stack in a hundred is stalled. */
const ASSUMED_PREVALENCE = 0.01;
/** Stacks without gold that shape a rule; more of them hardly change it. */
const HISTORY = 5000;
/** Fixed, so that there is no seed to try again with. */
const SALT = 0;

/**
 * Fits a policy: divides gold by its ids, fits skills, calibrator, posterior and a path of stop rules on one part of it and on
 * stacks without gold, and certifies a rule on the other part, end to end. No vote on tuning gold fits anything.
 *
 * The result is always a policy. Without a certificate its rule is provisional: the best there is by estimate.
 *
 * @param options - all have defaults; targets .99 / .95 / .95
 * @throws RangeError when an option is outside its range
 * @example
 * const { votes, scores, gold } = Simulate.inputs(Simulate.dataset({ stacks: 500, prevalence: 0.05, model: {}, gold: { stalled: 700, flowing: 900, chosen: 'stratified' } })(7));
 * const { policy } = Policy.fit({ prevalence: 0.05 })({ votes, scores, gold });
 * policy.proof._tag // => 'Certified'
 */
export const fit =
  (options: FitOptions = {}) =>
  (data: Inputs & { readonly gold: GoldSet }): Fitted => {
    const { votes, scores } = united(data);
    const { methods = {}, targets = DEFAULT_TARGETS, clusterOf } = options;
    const delta = 1 - targets.confidence;
    const { test, rest } = heldBack(data.gold, options);
    const look = nextLook(options.ledger ?? NO_LOOKS)({
      delta,
      gold: rest.stackIds,
      fingerprint: fingerprint(options, { ...data, votes, gold: rest }),
      spend: options.spend,
    });
    const level = Math.max(look.spent, LEAST_LEVEL);
    const gold = StopRule.divideGold({
      targets: { ...targets, confidence: 1 - level },
      cluster: clusterOf && rest.stackIds.map((id) => clusterOf.get(id) ?? ''),
    })(rest);
    const prevalence = prevalenceOf(options.prevalence, data.gold);
    const checks = goldChecks({ prevalence: options.prevalence })(present({ ...data, votes, scores }));

    const ordered = inRuleOrder(votes);
    const used = partsOf(ordered, gold, new Set(data.gold.stackIds));
    const method = CALIBRATE[methods.calibrator ?? 'platt'];
    const calibrated = scores === undefined ? undefined : method(gold.fit)(scores);
    const calibrator = calibrated !== undefined && E.isRight(calibrated) ? calibrated.right : undefined;
    const scored = calibrator === undefined || scores === undefined ? undefined : { calibrator, scores };
    const on = (table: VoteTable): ModelEvidence | undefined => scored && Calibration.evidence(scored)(table);
    const heldOut = scored && Calibration.heldOutEvidence({ gold: gold.fit, method, ...scored })(used.open);

    // The table that may fit anything: all votes but those on gold for tuning and testing, whose annotators do not even have a place.
    const table = ownAnnotators(withoutStacks(ordered, [...gold.tune.stackIds, ...test.stackIds]));
    const skills =
      methods.skills === 'dawid-skene'
        ? Skills.dawidSkene({ gold: gold.fit })(table)
        : Skills.fromGold({ gold: gold.fit })(table);
    const refit =
      !sums(methods) || methods.fusion === 'additive' || !canRecalibrate(gold.fit)
        ? undefined
        : Fusion.recalibrate({ gold: gold.fit })(
            Fusion.heldOutTerms(
              present({
                prevalence: prevalence.value,
                skills,
                model: scored && Calibration.heldOutEvidence({ gold: gold.fit, method, ...scored })(table),
                gold: gold.fit,
              }),
            )(table),
          );
    const recalibrated = refit !== undefined && E.isRight(refit) ? refit.right : undefined;
    const traitModel = sums(methods)
      ? undefined
      : plainTraitModel(fitTraitModel(gold.fit, present({ prevalence: prevalence.value, model: heldOut }))(used.open));
    const evidenceOn = (table: VoteTable, model: ModelEvidence | undefined): Evidence =>
      present({
        prevalence: prevalence.value,
        skills: Skills.alignedTo(table)(skills),
        model,
        recalibration: recalibrated,
      });
    const pathsOf = (table: Arrivals, model: ModelEvidence | undefined): Trajectories =>
      pathsOn(present({ traitModel }), evidenceOn(table, model))(table);
    const tune = pathsOf(used.tune, on(used.tune));
    const open = pathsOf(used.open, heldOut);
    const rule = StopRule.fit({
      targets,
      prevalence: prevalence.value,
      expertPrice: options.expertPrice,
      stalledPosterior: options.stalledPosterior,
      leastVotes: options.leastVotes,
      mostVotes: options.mostVotes,
      level,
      clusterOf,
    })({ gold, paths: { fit: open, tune } });

    const refused = options.trustGold === true ? [] : checks.filter((check) => check.verdict === 'refused');
    const proof = proofOf(rule, { refused, look, unit: clusterOf === undefined ? 'stack' : 'cluster' });
    const cut = Thresholds.bestCut({ gold: gold.tune, prevalence: prevalence.value });
    const share = options.auditShare ?? DEFAULT_AUDIT_SHARE;
    const seed = options.seed ?? DEFAULT_SEED;
    const tuneModel = on(used.tune);
    const policy: Policy = present({
      schema: 'tandem-policy/2',
      prevalence,
      targets,
      skills: bareSkills(skills),
      calibrator,
      recalibration: recalibrated,
      traitModel,
      rule: rule.rule,
      prices: rule.prices,
      proof,
      votesPerRound: options.votesPerRound ?? 1,
      audit: share > 0 ? { share, seed } : undefined,
      profile: goldProfile({
        annotatorIds: (traitModel ?? skills).annotatorIds,
        mostVotes: StopRule.mostVotesOf(rule.rule),
        prevalence: prevalence.value,
        schedule: votes.arrival === undefined ? { oneLook: medianVotes(used.tune) } : 'any',
        unit: clusterOf === undefined ? 'stack' : 'cluster',
        clusterOf,
      })(
        present({
          votes: used.tune,
          model: tuneModel,
          gold: gold.tune,
          isAsked: StopRule.askedAtOnce(rule.rule)(tune),
        }),
      ),
      duplicates: options.duplicates,
      cuts: present({
        fused: cut(ends(tune)),
        crowd: cut(crowdAlone(evidenceOn(used.tune, undefined))(used.tune)),
        model: tuneModel === undefined ? undefined : cut(modelAlone(prevalence.value, tuneModel)(used.tune)),
      }),
      goldUsed: present({
        fit: [...gold.fit.stackIds].sort(),
        tune: [...gold.tune.stackIds].sort(),
        heldBack: test.stackIds.length === 0 ? undefined : [...test.stackIds].sort(),
      }),
      ledger: look.ledger,
      provenance: options.provenance ?? {
        package: PACKAGE,
        version: VERSION,
        command: 'Policy.fit',
        seed,
        inputs: [],
      },
    });
    return {
      gold: { ...gold, test },
      crossFitted: rule.crossFitted,
      path: { candidates: rule.candidates, fit: open, tune },
      checks,
      look: { number: look.look, spent: look.spent },
      warnings: [
        ...warningsOf({ data: present({ ...data, votes, scores }), prevalence, calibrated, refit }),
        ...checks.flatMap(({ verdict, text }) => (verdict === 'fine' ? [] : [text])),
        ...ruleWarnings(policy, options, look),
      ],
      policy: withPolicyJson(policy),
    };
  };

/** Whether the sum of evidence decides, and not the joint model. */
const sums = ({ posterior, skills, fusion }: Methods): boolean =>
  posterior === 'sum' || (posterior === undefined && (skills !== undefined || fusion !== undefined));

/** Where nothing is left to spend, the sizes of gold are worked out for this; what is found then proves nothing. */
const LEAST_LEVEL = 1e-9;

/** Gold that was chosen or labelled by its votes cannot show how votes err together. */
const canRecalibrate = ({ chosen }: GoldSet): boolean => chosen === 'random' || chosen === 'stratified';

/** Votes without those on these stacks. */
const withoutStacks = (votes: Arrivals, stackIds: readonly string[]): Arrivals => {
  const gone = new Set(stackIds);
  return pick(votes.stackIds.filter((id) => !gone.has(id)))(votes);
};

/** The stacks that fit, gold and others, and those that tune. No vote of an annotator known from tuning alone is among the first. */
const partsOf = (votes: Arrivals, gold: Pick<Gold.SplitGold, 'fit' | 'tune'>, isGold: ReadonlySet<string>) => {
  const place = rowOfId(votes.stackIds);
  const there = (ids: readonly string[]): readonly string[] => ids.filter((id) => place.has(id)).sort();
  return {
    open: ownAnnotators(pick([...there(gold.fit.stackIds), ...historyOf(votes, isGold)])(votes)),
    tune: pick(there(gold.tune.stackIds))(votes),
  };
};

/** Stacks with votes and without gold, a fixed part of them, sorted. */
const historyOf = ({ stackIds, offsets }: Arrivals, isGold: ReadonlySet<string>): readonly string[] => {
  const all = stackIds.filter((id, s) => offsets[s] < offsets[s + 1] && !isGold.has(id));
  if (all.length > HISTORY) {
    const at = new Map(all.map((id) => [id, hashText(`history\n${id}`, SALT)]));
    all.sort((a, b) => (at.get(a) ?? 0) - (at.get(b) ?? 0));
    all.length = HISTORY;
  }
  return all.sort();
};

/** The same votes with those annotators only who cast them, in the order in which they first appear. */
const ownAnnotators = (votes: Arrivals): Arrivals => {
  // By number and not by a map: these may be millions of votes. 0 is nobody.
  const rowOf = new Uint32Array(votes.annotatorIds.length);
  const annotatorOf = new Uint32Array(votes.annotatorOf.length);
  const annotatorIds: string[] = [];
  for (let v = 0; v < annotatorOf.length; v++) {
    const a = votes.annotatorOf[v];
    if (rowOf[a] === 0) rowOf[a] = annotatorIds.push(votes.annotatorIds[a]);
    annotatorOf[v] = rowOf[a] - 1;
  }
  return { ...votes, annotatorIds, annotatorOf };
};

const medianVotes = ({ offsets }: Arrivals): number => {
  const counts = Array.from({ length: offsets.length - 1 }, (_, s) => offsets[s + 1] - offsets[s]);
  return counts.sort((a, b) => a - b)[Math.floor(counts.length / 2)] ?? 0;
};

/** The part of gold that nothing may touch: of each class the stacks, or of all the clusters, with the smallest hash. */
const heldBack = (
  gold: GoldSet,
  { testShare = 0, clusterOf }: FitOptions,
): { readonly test: Gold.Gold<'test'>; readonly rest: GoldSet } => {
  if (!(testShare >= 0 && testShare < 1)) throw RangeError(`testShare must be in [0, 1), got ${testShare}`);
  const unitOf = (id: string): string => clusterOf?.get(id) ?? id;
  const place = (id: string): number => hashText(`test\n${unitOf(id)}`, SALT);
  const groups =
    clusterOf === undefined
      ? [0, 1].map((label) => gold.stackIds.filter((_, g) => gold.label[g] === label))
      : [[...new Set(gold.stackIds.map(unitOf))]];
  const held = new Set(
    groups.flatMap((ids) => ids.toSorted((a, b) => place(a) - place(b)).slice(0, Math.round(testShare * ids.length))),
  );
  const isHeld = (id: string): boolean => held.has(unitOf(id));
  return {
    test: Gold.as('test')(Gold.without(gold.stackIds.filter((id) => !isHeld(id)))(gold)),
    rest: Gold.without(gold.stackIds.filter(isHeld))(gold),
  };
};

/**
 * What tells one fit from another: all that can change a rule. Not who gave it, nor what has no part in the rule. Votes count in the
 * order in which the rule reads them: the same votes in another order would be another try.
 */
const fingerprint = (
  {
    ledger: _,
    provenance: __,
    seed: ___,
    auditShare: ____,
    votesPerRound: _____,
    duplicates: ______,
    trustGold: _______,
    clusterOf,
    ...options
  }: FitOptions,
  { votes, scores, gold }: Inputs & { readonly gold: GoldSet },
): string => {
  const rows = gold.stackIds.map((id, g) => [id, gold.label[g], clusterOf?.get(id) ?? null] as const);
  const { stackIds, offsets, annotatorOf, label } = inRuleOrder(votes);
  return sha256(
    canonicalJson({
      options: JSON.parse(JSON.stringify(options)),
      gold: rows.toSorted(([a], [b]) => (a < b ? -1 : 1)),
      votes: [hashText(stackIds.join('\n'), SALT), columnHash(offsets), columnHash(annotatorOf), columnHash(label)],
      scores:
        scores === undefined
          ? null
          : [
              hashText(scores.stackIds.join('\n'), SALT),
              columnHash(new Uint32Array(Float64Array.from(scores.score).buffer)),
            ],
    }),
  );
};

/** FNV-1a over the entries of a column. */
const columnHash = (column: ArrayLike<number>): number => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < column.length; i++) hash = Math.imul(hash ^ column[i], 0x01000193);
  return hash >>> 0;
};

const proofOf = (
  rule: StopRule.FittedStopRule,
  {
    refused,
    look,
    unit,
  }: {
    readonly refused: readonly GoldCheck[];
    readonly look: { readonly look: number; readonly spent: number };
    readonly unit: 'stack' | 'cluster';
  },
): Proof => {
  const { missedStalls, falseAlarms, spending } = rule.byEstimate;
  const estimate = { missedStalls, falseAlarms, spending };
  // What somebody said of gold stands above what its votes and scores say.
  const isRefused = rule.status === 'provisional' && rule.because._tag === 'Refused';
  if (refused.length > 0 && !isRefused)
    return { _tag: 'Provisional', because: { _tag: 'GoldDoubted', checks: refused }, estimate };
  if (look.spent < LEAST_LEVEL)
    return { _tag: 'Provisional', because: { _tag: 'ErrorSpent', looks: look.look }, estimate };
  if (rule.status === 'provisional') {
    return { _tag: 'Provisional', because: rule.because, goldNeeded: rule.goldNeeded, estimate };
  }
  const { certificate } = rule;
  return {
    _tag: 'Certified',
    spending: rule.spending,
    certificate:
      'method' in certificate
        ? {
            unit,
            pValue: certificate.pValue,
            missedStalls: certificate.missedStalls,
            falseAlarms: certificate.falseAlarms,
            assumptions: certificate.assumptions,
          }
        : {
            unit,
            pValue: certificate.certificate?.pValue ?? 1,
            clusters: certificate.clusters,
            assumptions: BY_CLUSTER,
          },
  };
};

const BY_CLUSTER: readonly string[] = [
  'the candidates and their order were fixed on other clusters than these',
  'clusters of gold are a random sample of the clusters the policy will decide about',
  'an expert who is asked is right',
];

const prevalenceOf = (stated: number | undefined, gold: GoldSet): Prevalence => {
  if (stated !== undefined) return { value: stated, from: 'stated' };
  if (gold.chosen !== 'random') return { value: ASSUMED_PREVALENCE, from: 'assumed' };
  const { stalled, flowing } = Gold.count(gold);
  return { value: (stalled + 0.5) / (stalled + flowing + 1), from: 'random gold' };
};

const ruleWarnings = (
  { rule, prices, audit }: Policy,
  options: FitOptions,
  look: { readonly look: number; readonly spent: number },
): readonly string[] => {
  const most = StopRule.mostVotesOf(rule);
  const wished = options.mostVotes ?? StopRule.DEFAULT_MOST_VOTES;
  const warnings: string[] = [];
  if (prices !== undefined && most < wished) {
    warnings.push(
      `no stack is asked about more than ${most} times, because gold has no more votes to replay; ${wished} would need gold with ${wished} votes each`,
    );
  }
  if (audit === undefined) warnings.push('there is no audit, so errors among automatic decisions will go unseen');
  if (look.look > 1) {
    warnings.push(
      `this is fit ${look.look} on the same gold and may err with probability ${look.spent}, because earlier fits have spent the rest`,
    );
  }
  return warnings;
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
