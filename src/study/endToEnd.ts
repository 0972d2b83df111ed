import * as E from 'fp-ts/lib/Either.js';
import type { RuleReplay } from '../asking/stopRule/index.js';
import type { Rate } from '../domain/interval.js';
import { FLOWING, STALLED } from '../domain/label.js';
import { present } from '../domain/present.js';
import { rowOfId } from '../kernel/ids/voteColumns.js';
import { some } from '../output/format.js';
import type { Decisions, Policy, Sources } from '../policy/index.js';
import * as Evaluation from '../stages/evaluation/index.js';
import * as Gold from '../stages/gold.js';
import { type NonInferiority, nonInferiority, RAN_OUT, type Refused, UNSEEN } from '../stages/riskControl/index.js';

/** Gold of each class whose votes ran out while the rule would have asked for more. */
export interface RanOut {
  readonly stalled: number;
  readonly flowing: number;
}

/** A rate of which a part is unknown: unknown outcomes count as wrong, as in every certificate; upper bounds count them as right. */
export const heldRate = ({
  hits,
  ranOut,
  n,
  confidence,
}: {
  readonly hits: number;
  readonly ranOut: number;
  readonly n: number;
  readonly confidence: number;
}): Rate => {
  const worst = Evaluation.rate({ hits, n, confidence });
  if (ranOut === 0) return worst;
  const best = Evaluation.rate({ hits: hits + ranOut, n, confidence });
  return { ...worst, interval: { lower: worst.interval.lower, upper: best.interval.upper }, atMost: best.atMost };
};

/** Why gold that a policy has met does not judge it. */
export const usedText = (used: number): string =>
  `${some(used, 'gold stack')} fitted or tuned this policy and ${used === 1 ? 'is' : 'are'} left out here`;

/** The result of the stop rule on gold, votes taken one at a time. */
export interface EndToEnd {
  readonly stalled: number;
  readonly flowing: number;
  /** Stacks whose votes ran out count as wrong; the upper bounds count them as right (`heldRate`). */
  readonly sensitivity: Rate;
  readonly specificity: Rate;
  /** Mean votes at the prevalence. */
  readonly votesPerStack: number;
  /** Share of stalled gold called flowing without a single vote. Only the audit would find them. */
  readonly lostUnasked: Rate;
  /** Gold of each class whose votes ran out while the rule would have asked for more. */
  readonly ranOut: RanOut;
}

/** Machine and crowd compared with the crowd alone, on the same gold. */
export interface AgainstCrowd {
  /** Mean votes of each at the prevalence. */
  readonly votesPerStack: { readonly tandem: number; readonly crowd: number };
  /**
   * Number of gold stacks whose votes ran out before the rule stopped. Absent when none. They count as wrong; the verdict
   * `inferior` must hold even if they count as right.
   */
  readonly ranOut?: number;
  readonly compared: NonInferiority | Refused;
}

/** Gold, how it ends under the stop rule, and what a policy knows of it. Rows of the replay follow the gold. */
export interface JudgedGold {
  readonly policy: Policy;
  readonly decisions: Decisions;
  readonly sources: Sources;
  readonly gold: Gold.Gold<'test'>;
  readonly replay: RuleReplay;
}

/** Counts a replay of the stop rule on gold. */
export const endToEndOf = ({
  policy,
  gold,
  replay,
}: Pick<JudgedGold, 'gold' | 'replay'> & {
  readonly policy: Pick<Policy, 'targets' | 'prevalence'>;
}): EndToEnd => {
  const { confidence } = policy.targets;
  const [stalled, flowing] = [STALLED, FLOWING].map((label) => {
    const rows = rowsOf(gold, label).filter((g) => replay.decisions[g] !== UNSEEN);
    const wrong = rows.filter((g) => replay.decisions[g] === 1 - label);
    const ranOut = rows.filter((g) => replay.decisions[g] === RAN_OUT).length;
    return {
      n: rows.length,
      ranOut,
      hits: rows.length - wrong.length - ranOut,
      unasked: wrong.filter((g) => replay.votes[g] === 0).length,
    };
  });
  return {
    stalled: stalled.n,
    flowing: flowing.n,
    sensitivity: heldRate({ ...stalled, confidence }),
    specificity: heldRate({ ...flowing, confidence }),
    votesPerStack: meanVotes(gold, policy.prevalence.value, (g) => replay.votes[g]),
    lostUnasked: Evaluation.rate({ hits: stalled.unasked, n: stalled.n, confidence }),
    ranOut: { stalled: stalled.ranOut, flowing: flowing.ranOut },
  };
};

/**
 * Non-inferiority to the crowd alone: a paired comparison with the crowd's posterior on all of its votes, at one cut.
 *
 * The margins are the risks that the targets allow. On cross-fitted gold the cut of the crowd was chosen on this very gold, which favours
 * the crowd.
 */
export const againstCrowdOf = ({ policy, decisions, sources, gold, replay }: JudgedGold): AgainstCrowd => {
  const place = rowOfId(decisions.posterior.stackIds);
  const row = (g: number): number => place.get(gold.stackIds[g]) ?? -1;
  const crowd = Uint8Array.from(gold.stackIds, (_, g) => {
    const s = row(g);
    if (s < 0 || sources.crowd.votes[s] === 0) return UNSEEN;
    return sources.crowd.logOdds[s] >= policy.cuts.crowd ? STALLED : FLOWING;
  });
  const tandem = replay.decisions;
  const votesOf = (g: number): number => (row(g) < 0 ? 0 : decisions.posterior.votes[row(g)]);
  const { prevalence, targets } = policy;
  // The rule was not fitted on this gold, and that is all the role `tune` has to guarantee here.
  const against = nonInferiority({
    gold: Gold.as('tune')(gold),
    margins: { sensitivity: 1 - targets.sensitivity, specificity: 1 - targets.specificity },
    confidence: targets.confidence,
  });
  const held = (as: (label: number) => number) =>
    against({ tandem: tandem.map((end, g) => (end === RAN_OUT ? as(gold.label[g]) : end)), crowd });
  const ranOut = tandem.reduce((n, end) => n + (end === RAN_OUT ? 1 : 0), 0);
  const compared = notMoreThanShown(
    held((label) => 1 - label),
    held((label) => label),
  );
  return present({
    votesPerStack: {
      tandem: meanVotes(gold, prevalence.value, (g) => replay.votes[g]),
      crowd: meanVotes(gold, prevalence.value, votesOf),
    },
    ranOut: ranOut === 0 ? undefined : ranOut,
    compared: E.isRight(compared) ? compared.right : compared.left,
  });
};

/** `inferior` must hold with unknown outcomes counted as right, every other verdict with them counted as wrong. */
const notMoreThanShown = (
  worst: E.Either<Refused, NonInferiority>,
  best: E.Either<Refused, NonInferiority>,
): E.Either<Refused, NonInferiority> =>
  E.isRight(worst) && E.isRight(best) && worst.right.verdict === 'inferior' && best.right.verdict !== 'inferior'
    ? E.right({ ...worst.right, verdict: 'undetermined' })
    : worst;

const rowsOf = ({ label }: Gold.GoldSet, wanted: number): number[] =>
  Array.from(label.keys()).filter((g) => label[g] === wanted);

/** Each class of gold stands for its class of the population. */
const meanVotes = (gold: Gold.GoldSet, prevalence: number, votes: (g: number) => number): number => {
  const mean = (label: number): number => {
    const rows = rowsOf(gold, label);
    return rows.reduce((sum, g) => sum + votes(g), 0) / Math.max(1, rows.length);
  };
  return prevalence * mean(STALLED) + (1 - prevalence) * mean(FLOWING);
};
