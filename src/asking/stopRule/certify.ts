import * as E from 'fp-ts/lib/Either.js';
import type { Gold } from '../../domain/gold.js';
import type { Targets } from '../../domain/targets.js';
import {
  type Circumstances,
  certifyPath,
  type PathCertificate,
  type PathNotCertified,
  type Refused,
} from '../../stages/riskControl/index.js';
import type { Trajectories } from '../replay/index.js';
import type { RuleCandidate } from './path.js';
import { type RuleReplay, replayOn, type Spending, spending } from './replay.js';
import type { StopRule } from './rule.js';

/** Targets of a certificate, and the circumstances of its gold. */
export interface CertifyOptions {
  /** For tuning; it has fitted nothing. */
  readonly gold: Gold<'tune'>;
  /** From `rulePath`, the most careful first. */
  readonly candidates: readonly RuleCandidate[];
  readonly targets: Targets;
  /** P(stalled), in (0, 1): what `spending` is told at. It plays no part in the certificate. */
  readonly prevalence: number;
  readonly circumstances?: Circumstances | undefined;
  /** Replays a rule on that gold; default `replayOn` it. */
  readonly replay?: ((rule: StopRule) => RuleReplay) | undefined;
}

/** A rule proved as it is to be deployed: the first stop in the order of votes, however they come in. */
export interface CertifiedStopRule extends RuleCandidate {
  readonly certificate: PathCertificate;
  /** On the gold of the certificate, at the prevalence. */
  readonly spending: Spending;
}

/**
 * Certifies a stop rule: each candidate is replayed once, one vote at a time, on gold that fitted nothing; along the path
 * each is tested at the full δ, up to the first that fails, and the last that passed is deployed.
 *
 * p_j = max( P(Bin(n₁, 1 − sensitivity) ≤ missed_j), P(Bin(n₀, 1 − specificity) ≤ alarmed_j) )
 *
 * From integer counts. Both classes are tested at the full δ, because a rule is wrong only if the one risk that is too high
 * passes its own test. A stack whose votes run out while the rule asks counts as wrong: nobody knows how it would have ended.
 * `firstStop` decides the same in every schedule, so this one test proves them all.
 *
 * @param options - gold for tuning, candidates, targets, the prevalence spending is told at, and circumstances that may forbid a certificate
 * @returns for the trajectories of that gold; `Left` what is missing, or why nothing can be certified
 * @throws RangeError when there is no candidate, or one cannot be followed
 * @example
 * const n = 400;
 * const stackIds = Array.from({ length: 2 * n }, (_, i) => `s${i}`);
 * const gold = Gold.as('tune')(Gold.from({ chosen: 'stratified' })(stackIds.map((stackId, i) => ({ stackId, label: i < n ? 1 : 0 }))));
 * const paths = { stackIds, first: Uint32Array.from({ length: 2 * n + 1 }, (_, s) => 2 * s), logOdds: Float64Array.from({ length: 4 * n }, (_, i) => (i < 2 * n ? 1 : -1) * (1 + (i % 2))), scores: new Uint32Array(2 * n).fill(1) };
 * const candidates = [1.5, 0.5].map((z) => ({ rule: StopRule.oneLook({ votes: 1, flowingBelow: -z, stalledFrom: z }) }));
 * const options = { gold, candidates, targets: { sensitivity: 0.99, specificity: 0.95, confidence: 0.95 }, prevalence: 0.01 };
 * const certified = Errors.getOrThrow(StopRule.certifyStopRule(options)(paths));
 * [certified.certificate.candidate, certified.spending.votes] // => [1, 1]
 * @see docs/math.md#end-to-end · Maurer, Hothorn & Lehmacher (1995); Angelopoulos et al. (2021), arXiv:2110.01052
 */
export const certifyStopRule =
  ({ gold, candidates, targets, prevalence, circumstances = {}, replay }: CertifyOptions) =>
  (paths: Trajectories): E.Either<PathNotCertified | Refused, CertifiedStopRule> => {
    const replayed = replay ?? replayOn(gold)(paths);
    const replays = candidates.map(({ rule }) => replayed(rule));
    const tested = certifyPath({ gold, targets, circumstances })({ decisions: replays.map((row) => row.decisions) });
    if (E.isLeft(tested)) return tested;
    const { candidate } = tested.right;
    return E.right({
      ...candidates[candidate],
      certificate: tested.right,
      spending: spending({ gold, prevalence })(replays[candidate]),
    });
  };
