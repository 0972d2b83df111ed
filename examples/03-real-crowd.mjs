// Real votes of a real crowd, by three methods. Nothing is fitted to the truth: it only judges.
import { fileURLToPath } from 'node:url';
import { Consensus, Decode, Errors, Evaluation, Skills } from 'tandem-consensus';

// Is this sentence about a film positive? 203 workers on 4,999 sentences; source and licence in bench/data/NOTICE.
const file = (name) => Decode.fromFile(fileURLToPath(new URL(`../bench/data/sp/${name}`, import.meta.url)));
const votes = Errors.getOrThrow(await Decode.votes({ duplicates: 'all' })(file('votes.csv.gz')));
const truth = Errors.getOrThrow(await Decode.gold()(file('truth.csv.gz')));

const skills = Skills.dawidSkene()(votes);
const posteriors = {
  'majority vote': Consensus.majority()(votes),
  'Dawid-Skene': Consensus.fuse({ prevalence: skills.prevalence, skills })(votes),
  'item response': Consensus.itemResponse()(votes),
};

// MCC judges the calls, log-loss the probabilities: a method that claims .99 and is right in 90 % pays for it.
const label = new Map(truth.stackIds.map((stackId, row) => [stackId, truth.label[row]]));
for (const [name, { stackIds, logOdds }] of Object.entries(posteriors)) {
  const truths = Uint8Array.from(stackIds, (stackId) => label.get(stackId));
  const probability = logOdds.map((z) => 1 / (1 + Math.exp(-z)));
  const count = (called, is) => truths.filter((y, s) => Number(logOdds[s] > 0) === called && y === is).length;
  const { value } = Evaluation.mcc({ tp: count(1, 1), fp: count(1, 0), fn: count(0, 1), tn: count(0, 0) });
  const loss = Evaluation.logLoss({ probability, label: truths });
  console.log(`${name.padEnd(14)} MCC ${value.toFixed(3)}   log-loss ${loss.toFixed(3)}`);
}
