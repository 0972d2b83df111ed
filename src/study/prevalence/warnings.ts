import { countText, percent } from '../../output/format.js';
import { type Division, sharesDiffer } from './auditShares.js';
import { unfinishedAgainst } from './methods.js';
import type { Row } from './outcomes.js';
import type { PrevalenceQuestion } from './summary.js';

export const warningsOf = ({
  question,
  rows,
  used,
  divisions,
}: {
  readonly question: PrevalenceQuestion;
  readonly rows: readonly Row[];
  readonly used: ReadonlySet<string>;
  readonly divisions: readonly Division[];
}): readonly string[] => {
  const { audit, gold, strata, clusters } = question;
  const unfinished = gold === undefined ? undefined : unfinishedAgainst(rows, gold, used);
  const known = new Set(rows.map(({ stackId }) => stackId));
  const warnings: string[] = [];
  const strangers = audit === undefined ? 0 : [...new Set(audit.stackIds)].filter((id) => !known.has(id)).length;
  if (strangers > 0)
    warnings.push(`${countText(strangers)} audited stacks are not among the decisions and take no part`);
  const unread = rows.filter(({ outcome, truth }) => outcome === 'unread' && truth !== undefined).length;
  if (unread > 0) warnings.push(`${countText(unread)} audited stacks are unread and take no part`);
  if (unfinished !== undefined) {
    warnings.push(
      `no figure by gold: ${percent(unfinished.here)} of these stacks still wait for votes, of gold ${percent(unfinished.gold)}, so the error rates of gold are not theirs. Ask until the rule is done with them, or audit a random part of these decisions (--audit)`,
    );
  } else if (gold !== undefined) {
    const judges = gold.stackIds.filter((stackId) => known.has(stackId) && !used.has(stackId)).length;
    if (judges < gold.stackIds.length) {
      warnings.push(
        `${countText(judges)} of ${countText(gold.stackIds.length)} gold stacks judge these calls; the others fitted the policy or have no decision`,
      );
    }
    if (used.size === 0)
      warnings.push('gold is taken as not having fitted or tuned these decisions; --policy checks it');
    warnings.push(
      `gold is taken as voted on and scored like the other stacks: where it has more votes, it errs at other rates, and the figure by gold is biased however much gold there is; an audit assumes nothing of the kind`,
    );
    if (strata.length > 0) {
      warnings.push(
        'Rogan–Gladen takes the error rates of gold for those of every stratum; an audit assumes nothing of the kind',
      );
    }
  }
  if (audit !== undefined) warnings.push(...divisions.flatMap(sharesDiffer));
  for (const { by, of: stratumOf } of [...strata, ...(clusters === undefined ? [] : [clusters])]) {
    const without = rows.filter(({ stackId }) => !stratumOf.has(stackId)).length;
    if (without > 0)
      warnings.push(`${countText(without)} stacks have no ${by}: they count in all stacks and in no ${by}`);
  }
  if (rows.every(({ leftOut }) => !leftOut)) {
    warnings.push(
      'every row of decisions.csv is counted: if gold chosen by its class is among them, every figure is too high; name it with --gold (and --policy), and it is left out',
    );
  } else if (used.size > 0 && !gold?.stackIds.some((stackId) => used.has(stackId))) {
    warnings.push(
      'gold that fitted or tuned the policy is left out; the part of it that was kept for tests is in no policy and counts: if it was chosen by its class every figure is too high; name all gold there is in one file with --gold',
    );
  }
  if (audit !== undefined) {
    warnings.push(
      'intervals from the audit are about these very stacks, and exact however alike the stacks of one mouse are; they are not about other mice',
    );
  }
  return warnings;
};
