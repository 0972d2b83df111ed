import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { writeTogether } from '../../output/files.js';
import * as Policy from '../../policy/index.js';
import { evaluationJson, nextCsv, page, policyJson, summaryText } from '../../report/index.js';
import { ofSummary } from '../../report/page/index.js';
import * as Study from '../../study/index.js';
import { exitCodeOf, type Verb } from '../verb.js';
import { decisionFiles } from './decide.js';
import { type FitVerbFlags, loadAndFit } from './fit.js';

/** `tandem run`: fit, decide and evaluate in one go, and all files as one set. */
export const runVerb = async (
  flags: FitVerbFlags & { readonly out: string; readonly budget?: number },
  argv: readonly string[],
): Verb => {
  const ready = await loadAndFit(flags, argv);
  if (E.isLeft(ready)) return ready;
  const { batch, fitted, options, compare, ledgerPath, dataNotes } = ready.right;
  const { policy, gold, crossFitted, warnings } = fitted;
  const decisions = Study.decide(policy)({ ...batch, gold: ready.right.gold });
  const isTested = gold.test.stackIds.length > 0;
  const frontier = Study.frontier({ fit: options, fitted, expertPrices: prices(options.expertPrice) })({
    ...batch,
    gold: ready.right.gold,
  });
  const judges = isTested ? gold.test : gold.tune;
  const sources = Policy.sources(policy)(batch);
  const judged = Study.summary(policy, { compare, frontier, warnings })({
    ...batch,
    ...{ decisions, sources },
    gold: judges,
    crossFitted: isTested ? undefined : crossFitted,
  });
  const at = (name: string): string => join(flags.out, name);
  const report = await page(
    ofSummary({ gold: judges, votes: batch.votes, sources, provenance: policy.provenance })(judged),
  );
  const round = Study.nextRound(policy, { budget: flags.budget })(decisions);
  const files = await writeTogether([
    [at('policy.json'), [policyJson(policy)]],
    [ledgerPath, [Policy.ledgerToText(policy.ledger)]],
    ...decisionFiles(flags.out, policy, decisions),
    [at('next.csv'), nextCsv(round)],
    [at('evaluation.json'), [evaluationJson({ ...judged, provenance: policy.provenance })]],
    [at('report.html'), [report.html]],
    [at('report.json'), [report.json]],
  ]);
  if (E.isLeft(files)) return files;
  return E.right({
    text: [
      summaryText(judged),
      `Open ${at('report.html')} in a browser to see all this as figures`,
      `Files\n${files.right.map((file) => `  ${file}`).join('\n')}`,
    ].join('\n\n'),
    json: { ...judged, files: files.right },
    notes: dataNotes,
    exitCode: exitCodeOf(judged.verdict),
  });
};

/** Prices of an expert's look for which the frontier is told, that of the policy among them. */
const prices = (own: number | undefined): readonly number[] =>
  [...new Set([5, 10, 20, 50, ...(own === undefined ? [] : [own])])].sort((a, b) => a - b);
