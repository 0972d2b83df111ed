// Your own CSV files: votes.csv, truth.csv and a file with a mistake in it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Decode, Errors, Policy, Report } from 'tandem-consensus';

const folder = mkdtempSync(join(tmpdir(), 'tandem-'));
const path = (name) => join(folder, name);

// Columns may have their usual names (`task`, `worker`, `answer` …), in any order. Labels are 1 or 0, stalled or flowing.
const answers = [];
for (let stack = 1; stack <= 30; stack++) {
  for (const worker of ['ann', 'bob', 'cyd']) {
    const isStalled = stack % 10 === 0 && !(worker === 'cyd' && stack === 30);
    answers.push(`stack-${stack},${worker},${isStalled ? 'stalled' : 'flowing'}`);
  }
}
writeFileSync(path('votes.csv'), `task,worker,answer\n${answers.join('\n')}\n`);
writeFileSync(path('truth.csv'), 'stack,label\nstack-1,0\nstack-2,0\nstack-3,0\nstack-10,1\nstack-20,1\nstack-30,1\n');
writeFileSync(path('typing-error.csv'), 'task,worker,answer\nstack-1,ann,flowign\n');

// `Decode` never throws on bad data. `_tag` tells what came back; `Errors.format` puts a failure into words.
const bad = await Decode.votes()(Decode.fromFile(path('typing-error.csv')));
if (bad._tag === 'Left') console.log(Errors.format(bad.left).replaceAll(folder, '…'));

// `Errors.getOrThrow` is for those who prefer exceptions.
const votes = Errors.getOrThrow(await Decode.votes()(Decode.fromFile(path('votes.csv'))));
const gold = Errors.getOrThrow(await Decode.gold({ chosen: 'random' })(Decode.fromFile(path('truth.csv'))));

// Six gold stacks prove nothing, so the rule is provisional, and says what it lacks.
const { policy } = Policy.fit()({ votes, gold });
const decisions = Policy.decide(policy)({ votes });
console.log(Report.proofText(policy.targets)(policy.proof));

// The same decisions.csv that `tandem run` writes: decision, evidence and reason for every stack.
const rows = [...Report.decisionsCsv(policy)(decisions)];
writeFileSync(path('decisions.csv'), rows.join(''));
console.log(`decisions.csv: ${rows.length - 1} rows`);

rmSync(folder, { recursive: true });
