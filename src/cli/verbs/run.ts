import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { writeAtomically } from '../../output/files.js';
import * as Policy from '../../policy/index.js';
import { evaluationJson, nextCsv, policyJson, summaryText } from '../../report/index.js';
import * as Study from '../../study/index.js';
import { exitCodeOf, type Verb } from '../verb.js';
import { writeDecisions } from './decide.js';
import { type FitVerbFlags, loadAndFit } from './fit.js';

/** `tandem run`: fit, decide and evaluate in one go. */
export const runVerb = async (
  flags: FitVerbFlags & { readonly out: string; readonly budget?: number },
  argv: readonly string[],
): Verb => {
  const ready = await loadAndFit(flags, argv);
  if (E.isLeft(ready)) return ready;
  const { batch, fitted, dataNotes } = ready.right;
  const { policy, gold, warnings } = fitted;
  const decisions = Policy.decide(policy)(batch);
  const judged = Study.summary(policy, { warnings })({ ...batch, decisions, gold: gold.test });
  const at = (name: string): string => join(flags.out, name);
  const files: string[] = [];

  const policyWritten = await writeAtomically(at('policy.json'), [policyJson(policy)]);
  if (E.isLeft(policyWritten)) return policyWritten;
  files.push(at('policy.json'));

  const decided = await writeDecisions(flags.out, policy, decisions);
  if (E.isLeft(decided)) return decided;
  files.push(...decided.right);

  const { budget } = flags;
  // Without an asking rule and a budget, decisions.csv says all there is about who is asked next.
  if (policy.asking !== undefined || budget !== undefined) {
    const round = Study.nextRound(policy, { budget })(decisions);
    const next = await writeAtomically(at('next.csv'), nextCsv(round));
    if (E.isLeft(next)) return next;
    files.push(at('next.csv'));
  }

  const evaluated = await writeAtomically(at('evaluation.json'), [
    evaluationJson({ ...judged, provenance: policy.provenance }),
  ]);
  if (E.isLeft(evaluated)) return evaluated;
  files.push(at('evaluation.json'));

  return E.right({
    text: `${summaryText(judged)}\n\nFiles\n${files.map((file) => `  ${file}`).join('\n')}`,
    json: { ...judged, files },
    notes: dataNotes,
    exitCode: exitCodeOf(judged.verdict),
  });
};
