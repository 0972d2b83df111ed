import * as E from 'fp-ts/lib/Either.js';
import type { Gold } from '../../domain/gold.js';
import { rowOfId } from '../../kernel/ids/voteColumns.js';
import {
  certifyPath,
  type PathCertificate,
  type PathNotCertified,
  type PathTestOptions,
  type Refused,
  type Replay,
  UNSEEN,
} from '../../stages/riskControl/index.js';
import type { Rule } from '../rule.js';
import { run } from './run.js';
import type { Trajectories } from './trajectories.js';

/** A rule proved end to end, as it is to be deployed. */
export interface CertifiedRule {
  readonly rule: Rule;
  readonly certificate: PathCertificate;
  /** Mean votes per stack at the prevalence, on the gold of the certificate. */
  readonly votesPerStack: number;
}

/**
 * What each rule finally decides about gold, and what it costs there.
 *
 * @param gold - its stacks should be among the trajectories; those that are not are UNSEEN
 * @param prevalence - each class of gold is weighted to it
 * @param rules - candidates, the most careful first
 * @returns for `RiskControl.certifyPath`; costs in votes per stack
 * @example
 * const paths = { stackIds: ['s1', 's2'], first: Uint32Array.of(0, 3, 5), logOdds: Float64Array.of(-4, -5, -7, -4, 3), scores: Uint32Array.of(1, 1) };
 * const gold = Gold.from({ chosen: 'random' })([{ stackId: 's2', label: 1 }, { stackId: 's1', label: 0 }]);
 * Replay.decisions(gold, { prevalence: 0.5, rules: [Asking.constant({ flowingBelow: -4.5, stalledAbove: 2 }, { maxVotes: 2 })] })(paths) // => { decisions: [Uint8Array [1, 0]], cost: Float64Array [1] }
 */
export const decisions =
  (
    gold: Pick<Gold<'tune'>, 'stackIds' | 'label'>,
    { prevalence, rules }: { readonly prevalence: number; readonly rules: readonly Rule[] },
  ) =>
  (paths: Trajectories): Replay => {
    const place = rowOfId(paths.stackIds);
    const cost = new Float64Array(rules.length);
    const rows = rules.map((rule, j) => {
      const all = run(rule)(paths);
      const used = [0, 0];
      const seen = [0, 0];
      const decided = Uint8Array.from(gold.stackIds, (id, g) => {
        const s = place.get(id);
        if (s === undefined || all.decisions[s] === UNSEEN) return UNSEEN;
        used[gold.label[g]] += all.votes[s];
        seen[gold.label[g]]++;
        return all.decisions[s];
      });
      cost[j] = prevalence * (used[1] / Math.max(1, seen[1])) + (1 - prevalence) * (used[0] / Math.max(1, seen[0]));
      return decided;
    });
    return { decisions: rows, cost };
  };

/**
 * Certifies the cheapest of several rules end to end, on gold that neither fitted the posterior nor shaped the rules.
 *
 * @param gold - for tuning; its votes replayed as they arrived
 * @param options - as for `RiskControl.certifyPath`, with the prevalence and the rules, the most careful first
 * @returns the rule to deploy as it is; `Left` what is missing
 * @example
 * const n = 400;
 * const stackIds = Array.from({ length: 2 * n }, (_, i) => `s${i}`);
 * const gold = Gold.as('tune')(Gold.from({ chosen: 'stratified' })(stackIds.map((stackId, i) => ({ stackId, label: i < n ? 1 : 0 }))));
 * const paths = { stackIds, first: Uint32Array.from({ length: 2 * n + 1 }, (_, s) => 2 * s), logOdds: Float64Array.from({ length: 4 * n }, (_, i) => (i < 2 * n ? 1 : -1) * (1 + (i % 2))), scores: new Uint32Array(2 * n).fill(1) };
 * const rules = [1.5, 0.5].map((z) => Asking.constant({ flowingBelow: -z, stalledAbove: z }, { maxVotes: 1 }));
 * const certified = Errors.getOrThrow(Replay.certifyRule(gold, { targets: { sensitivity: 0.99, specificity: 0.95, confidence: 0.95 }, prevalence: 0.01, rules })(paths));
 * [certified.certificate.candidate, certified.votesPerStack] // => [1, 0]
 * @see docs/math.md#end-to-end · Angelopoulos et al. (2021), arXiv:2110.01052
 */
export const certifyRule =
  (gold: Gold<'tune'>, options: PathTestOptions & { readonly prevalence: number; readonly rules: readonly Rule[] }) =>
  (paths: Trajectories): E.Either<PathNotCertified | Refused, CertifiedRule> => {
    const replay = decisions(gold, options)(paths);
    const tested = certifyPath({ gold, ...options })(replay);
    if (E.isLeft(tested)) return tested;
    const certificate = tested.right;
    return E.right({
      rule: options.rules[certificate.candidate],
      certificate,
      votesPerStack: replay.cost?.[certificate.candidate] ?? 0,
    });
  };
