import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import * as Asking from '../../src/asking/index.js';
import * as Simulate from '../../src/simulate/index.js';
import { rows, tandem } from './tandem.js';

/** Three datasets of one laboratory: `A` with much gold, `B` with the gold of 17 stalls, `C` with none. */
export interface Laboratory {
  readonly dir: string;
  readonly inputs: readonly string[];
  readonly policy: readonly string[];
  readonly strata: readonly string[];
  /** All gold, that of the policy included. */
  readonly gold: string;
  readonly audit: string;
  readonly decisions: string;
  /** Of stacks that are not gold. */
  readonly truth: ReadonlyMap<string, number>;
}

const SETS = [
  { name: 'A', stacks: 900, gold: { stalled: 3000, flowing: 600, chosen: 'stratified' } },
  { name: 'B', stacks: 900, gold: { stalled: 17, flowing: 200, chosen: 'stratified' } },
  { name: 'C', stacks: 400 },
] as const;

const MICE = 30;

/** A laboratory with a policy fitted on most gold of `A`, its decisions, and a random audit of them. */
export const laboratory = (dir: string): Laboratory => {
  const files = {
    votes: ['stackId,annotatorId,label'],
    scores: ['stackId,score'],
    gold: ['stackId,label,chosen'],
    strata: ['stackId,Dataset,mouse,group,week'],
  };
  const truth = new Map<string, number>();
  for (const [g, { name, ...options }] of SETS.entries()) {
    const lab = Simulate.dataset({ ...options, prevalence: 0.03, votes: { perStack: 'E3.5' }, model: {} })(41 + g);
    const csv = Simulate.toCsv(lab);
    for (const kind of ['votes', 'scores', 'gold'] as const) {
      const [, ...lines] = [...csv[kind]].join('').trimEnd().split('\n');
      files[kind].push(...lines.map((line) => `${name}-${line}`));
    }
    const gold = new Set(lab.gold.stackIds);
    for (const [s, id] of lab.votes.stackIds.entries()) {
      const mouse = s % MICE;
      files.strata.push(`${name}-${id},${name},m${mouse},${mouse < MICE / 2 ? 'AD' : 'WT'},week ${1 + (s % 11)}`);
      if (!gold.has(id)) truth.set(`${name}-${id}`, lab.truth[s]);
    }
  }
  const path = (name: string): string => join(dir, `${name}.csv`);
  const write = (name: string, lines: readonly string[]): string => {
    writeFileSync(path(name), `${lines.join('\n')}\n`);
    return path(name);
  };
  for (const [name, lines] of Object.entries(files)) write(name, lines);
  const ofA = files.gold.filter((line, i) => line.startsWith('A-') && i % 3 > 0);
  const fitted = write('fitted', [files.gold[0], ...ofA]);
  const inputs = ['--votes', path('votes'), '--scores', path('scores')];
  const done = tandem('run', ...inputs, '--gold', fitted, '--prevalence', '0.03', '--out', dir);
  expect(done.stderr).toBe('');
  const decisions = join(dir, 'decisions.csv');
  const inAudit = Asking.isAudited({ share: 0.1, seed: 5 });
  const audit = write('audit', [
    'stackId,label',
    ...rows(decisions).flatMap(({ stackId = '', decision }) => {
      const label = truth.get(stackId);
      return label !== undefined && (decision === 'stalled' || inAudit(stackId)) ? [`${stackId},${label}`] : [];
    }),
  ]);
  return {
    dir,
    inputs,
    policy: ['--policy', join(dir, 'policy.json')],
    strata: ['--strata', path('strata')],
    gold: path('gold'),
    audit,
    decisions,
    truth,
  };
};
