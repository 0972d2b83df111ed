// Policies of version 0.1, and what that version decided by them. In a build of commit 7116d50:
//
//     node make.mjs DIST        DIST is its dist folder; writes thresholds.json, asking.json and decisions.json beside this file
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { batchOf, SEEDS } from './batch.mjs';

const { Policy, Simulate, Errors, Votes } = await import(pathToFileURL(join(process.argv[2], 'index.js')).href);

const lab = Simulate.inputs(
  Simulate.dataset({
    stacks: 100,
    prevalence: 0.05,
    model: {},
    votes: { perStack: 8 },
    crowd: { annotators: 25 },
    gold: { stalled: 400, flowing: 600, chosen: 'stratified' },
  })(5),
);
const targets = { sensitivity: 0.95, specificity: 0.95, confidence: 0.95 };
const CODES = { AskCrowd: 'a', AskExpert: 'e' };
const codeOf = (next) => (next._tag === 'Retire' ? 'fs'[next.label] : CODES[next._tag]);
const write = (name, text) => writeFileSync(join(import.meta.dirname, name), text);

const decisions = {};
for (const [name, options] of [
  ['thresholds', {}],
  ['asking', { asking: true }],
]) {
  const { policy } = Policy.fit({ seed: 5, prevalence: 0.05, targets, ...options })(lab);
  if (policy.certification._tag !== 'Certified') throw Error('not certified');
  write(`${name}.json`, `${JSON.stringify(Policy.toJSON(policy))}\n`);
  decisions[name] = SEEDS.map((seed) => {
    const { stackIds, rows, scores } = batchOf(policy.skills.annotatorIds, seed);
    const { posterior, routing } = Policy.decide(policy)({ votes: Errors.getOrThrow(Votes.from()(rows)), scores });
    const at = new Map(posterior.stackIds.map((id, s) => [id, s]));
    return stackIds.map((id) => (at.has(id) ? codeOf(routing[at.get(id)]) : '-')).join('');
  });
}
write('decisions.json', `${JSON.stringify(decisions, null, 1)}\n`);
