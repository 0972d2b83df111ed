import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { getOrThrow } from '../../src/domain/errors.js';
import { againstCrowdText } from '../../src/report/index.js';
import * as Simulate from '../../src/simulate/index.js';
import * as Gold from '../../src/stages/gold.js';

import * as RiskControl from '../../src/stages/riskControl/index.js';
import { json, scratch, tandem } from './tandem.js';

/** What first-time users do: ids written in two ways, a file forgotten, percentages, the wrong document. */

const world = Simulate.dataset({
  stacks: 400,
  prevalence: 0.01,
  model: {},
  gold: { stalled: 700, flowing: 900, chosen: 'stratified' },
})(5);
const texts = Object.fromEntries(
  Object.entries(Simulate.toCsv(world)).map(([name, text]) => [name, [...text].join('')]),
);

/** The same scores as a spreadsheet may have them. */
const percentages = texts['scores'].replaceAll(/,([\d.e-]+)$/gm, (_, score) => `,${100 * Number(score)}`);

let policy = '';

/** A folder with the laboratory's files and, once there is one, its policy. */
const laboratory = (): ((name: string) => string) => {
  const dir = scratch();
  for (const name of ['votes', 'scores', 'gold']) writeFileSync(join(dir, `${name}.csv`), texts[name]);
  if (policy !== '') writeFileSync(join(dir, 'policy.json'), policy);
  return (name) => join(dir, name);
};

const inputs = (at: (name: string) => string, ...names: readonly string[]): readonly string[] =>
  names.flatMap((name) => [`--${name}`, at(name === 'policy' ? 'policy.json' : `${name}.csv`)]);

test('a policy is fitted for the tests below', () => {
  const at = laboratory();
  // A quarter is held back, so that there is gold to evaluate with.
  const how = ['--prevalence', '0.01', '--test-share', '0.25'];
  const { code } = tandem('fit', ...inputs(at, 'votes', 'scores', 'gold'), ...how, '--out', at('.'));
  expect(code).toBe(0);
  policy = readFileSync(at('policy.json'), 'utf8');
});

describe('ids written in two ways', () => {
  const renamed = (text: string): string => text.replaceAll(/^(stack-\d+)/gm, '$1.mp4');

  test('gold that knows no stack of the votes is a slip, and no want of evidence', () => {
    const at = laboratory();
    writeFileSync(at('gold.csv'), renamed(texts['gold']));
    for (const verb of ['run', 'fit', 'evaluate', 'gate']) {
      const needed = verb === 'evaluate' || verb === 'gate' ? ['policy'] : [];
      const ended = tandem(verb, ...inputs(at, ...needed, 'votes', 'scores', 'gold'), '--out', at('out'));
      expect(ended.code, verb).toBe(1);
      expect(ended.stderr).toMatch(
        /gold\.csv, field "stackId": expected the ids of the votes and scores, found "stack-\d+\.mp4" where the votes and scores have "stack-\d+", and so for [\d,]+ stacks\. If these are the same stacks, add --ids stem; if they are different ones, rename one of each pair\.\n$/,
      );
    }
  });

  test('gold of other stacks altogether is a slip, too', () => {
    const at = laboratory();
    writeFileSync(at('gold.csv'), texts['gold'].replaceAll(/^stack-/gm, 'vessel-'));
    const ended = tandem('fit', ...inputs(at, 'votes', 'scores', 'gold'), '--out', at('out'));
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(
      /gold\.csv, field "stackId": expected stacks of the votes or the scores, such as "stack-\d+", found "vessel-\d+" and others, none of them in the batch\. Write the ids alike in all files, with or without the ending of the file name\.\n$/,
    );
  });

  test('the flag that the message names makes them one', () => {
    const at = laboratory();
    const plain = tandem('decide', ...inputs(at, 'policy', 'votes', 'scores'), '--out', at('plain'));
    writeFileSync(at('scores.csv'), renamed(texts['scores']));
    const files = inputs(at, 'policy', 'votes', 'scores');
    const refused = tandem('decide', ...files, '--out', at('out'));
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/scores\.csv, field "stackId": .* add --ids stem;/);
    const ended = tandem('decide', ...files, '--ids', 'stem', '--out', at('out'));
    expect(ended.code).toBe(plain.code);
    expect(readFileSync(at('out/decisions.csv'), 'utf8')).toBe(readFileSync(at('plain/decisions.csv'), 'utf8'));
  });

  test('votes and scores without a stack in common are told so', () => {
    const at = laboratory();
    writeFileSync(at('scores.csv'), texts['scores'].replaceAll(/^stack-/gm, 'vessel-'));
    const told = /no stack has both votes and a score: votes have ids like "stack-\d+", scores like "vessel-\d+"/;
    expect(tandem('decide', ...inputs(at, 'policy', 'votes', 'scores'), '--out', at('out')).stdout).toMatch(told);
    expect(tandem('run', ...inputs(at, 'votes', 'scores', 'gold'), '--out', at('out')).stdout).toMatch(told);
  });
});

describe('a certificate is not about decisions made without', () => {
  test('the scores its gold was judged with', () => {
    const at = laboratory();
    const ended = tandem('decide', ...inputs(at, 'policy', 'votes'), '--out', at('out'));
    expect(ended.code).toBe(3);
    expect(ended.stdout).toMatch(
      /^Not certified for these stacks: The policy was certified with scores, and there are none here; give --scores, or fit a policy without\.\n/,
    );
    const evaluated = tandem('evaluate', ...inputs(at, 'policy', 'votes', 'gold'), '--out', at('out'));
    expect(evaluated.code).toBe(3);
    expect(evaluated.stdout).toMatch(
      /^Not certified for these stacks: The policy was certified with scores[^\n]*\nVerdict: NOT CERTIFIED for these stacks/,
    );
    expect(json(at('out/evaluation.json')).uncovered).toHaveLength(1);
  });

  test('the votes its gold was judged with', () => {
    const at = laboratory();
    const ended = tandem('decide', ...inputs(at, 'policy', 'scores'), '--out', at('out'), '--json');
    expect(ended.code).toBe(3);
    expect(JSON.parse(ended.stdout)).toMatchObject({ verdict: 'not certified', status: 'not certified' });
    // The number that differs.
    expect(JSON.parse(ended.stdout).mismatches[0]).toMatchObject({ _tag: 'VotesPerStack', here: 0 });
  });

  test('scores on the scale its gold was judged with: percentages would all be called stalled', () => {
    const at = laboratory();
    writeFileSync(at('scores.csv'), percentages);
    for (const verb of ['decide', 'ask']) {
      const ended = tandem(verb, ...inputs(at, 'policy', 'votes', 'scores'), '--out', at(verb));
      expect(ended.code, verb).toBe(3);
      expect(ended.stdout).toMatch(
        /^Not certified for these stacks: The policy was fitted on scores from 0 to 1, and here is [\d.]+; give scores on the same scale\.\n/,
      );
    }
  });

  test('anything else: with both it is certified as before', () => {
    const at = laboratory();
    const ended = tandem('decide', ...inputs(at, 'policy', 'votes', 'scores'), '--out', at('out'), '--json');
    expect([ended.code, JSON.parse(ended.stdout).doubts]).toEqual([0, undefined]);
  });
});

test.each([
  ['30', 'Expected a share between 0 and 1; if 30 % is meant, write 0.3.'],
  ['1%', 'Expected a share between 0 and 1; if 1% is meant, write 0.01.'],
  ['0,01', 'Expected a share between 0 and 1; if 0,01 is meant, write 0.01.'],
  ['1', 'Expected a share between 0 and 1, e.g. 0.5.'],
  ['few', 'Expected a share between 0 and 1, e.g. 0.5.'],
])('--prevalence %s is no share, and what it may have meant is named', (value, told) => {
  const ended = tandem('plan', '--prevalence', value);
  expect([ended.code, ended.stderr.split('\n')[0]]).toEqual([
    1,
    `error: option '--prevalence <rate>' argument '${value}' is invalid. ${told}`,
  ]);
});

test('drift does not compare log-odds with scores', () => {
  const at = laboratory();
  writeFileSync(at('decisions.csv'), 'stackId,logOdds,decision,reason\ns1,-7.1,flowing,below\n');
  const ended = tandem('drift', '--reference', at('decisions.csv'), '--current', at('scores.csv'), '--out', at('out'));
  expect([ended.code, ended.stderr]).toEqual([
    1,
    'command line: expected two files of one kind: log-odds are on another scale than scores, found decisions as --reference and scores alone as --current. Compare decisions with decisions, or scores with scores; or name a column that both have, with --column.\n',
  ]);
});

test('prevalence leaves out gold that fitted the policy, and says what it cannot know', () => {
  const at = laboratory();
  tandem('decide', ...inputs(at, 'policy', 'votes', 'scores'), '--out', at('.'));
  const fresh = world.votes.stackIds.flatMap((stackId, s) =>
    world.simulated.stacks.isGold[s] === 1 ? [] : [`${stackId},${world.truth[s]}`],
  );
  writeFileSync(at('fresh.csv'), `stackId,label\n${fresh.join('\n')}\n`);
  const files = ['--decisions', at('decisions.csv'), '--gold', at('fresh.csv'), '--policy', at('policy.json')];
  const { stdout } = tandem('prevalence', ...files, '--out', at('out'));
  expect(stdout).toContain('left out: 1,200 gold stacks, known to the policy or chosen by class');
  expect(stdout).toContain('the part of it that was kept for tests is in no policy and counts');
});

test('a stratum without stalled gold has no predictive value, and no “undefined”', () => {
  const at = laboratory();
  const rows = world.gold.stackIds.map((stackId, g) => `${stackId},${world.gold.label[g] === 1 ? 'AD' : 'WT'}`);
  writeFileSync(at('stacks.csv'), `stackId,group\n${rows.join('\n')}\n`);
  const by = ['--strata', at('stacks.csv'), '--by', 'group', '--out', at('out')];
  const { stdout } = tandem('evaluate', ...inputs(at, 'policy', 'votes', 'scores', 'gold'), ...by);
  expect(stdout).toContain('group WT, where 1 % are stalled: no figure without gold of both classes');
  expect(stdout).not.toContain('undefined');
});

test('fitting on percentages, or on votes without annotators, is told so', () => {
  const at = laboratory();
  writeFileSync(at('scores.csv'), percentages);
  writeFileSync(at('votes.csv'), texts['votes'].replaceAll(/^([^,\n]+),[^,\n]+,/gm, '$1,'));
  const { stdout } = tandem('fit', ...inputs(at, 'votes', 'scores', 'gold'), '--out', at('out'));
  expect(stdout).toMatch(
    /scores go up to [\d.]+, so they are used as plain numbers; if they are percentages, write shares/,
  );
  expect(stdout).toContain('votes name no annotators: all of them count as votes of one anonymous annotator');
});

describe('against the crowd alone', () => {
  test('nothing is compared where nobody has voted', () => {
    const at = laboratory();
    const { stdout } = tandem('run', ...inputs(at, 'scores', 'gold'), '--prevalence', '0.01', '--out', at('out'));
    expect(stdout).toContain('Against the crowd alone\n  not compared: no gold stack was voted on\n');
    expect(stdout).toMatch(/crowd alone {2}– /);
    expect(stdout).not.toContain('undefined');
  });

  test('a bound that says nothing is not shown as a number', () => {
    const stackIds = Array.from({ length: 20 }, (_, g) => `s${g}`);
    const gold = Gold.as('tune')(
      Gold.from({ chosen: 'stratified' })(stackIds.map((stackId) => ({ stackId, label: 1 as const }))),
    );
    const compared = getOrThrow(
      RiskControl.nonInferiority({ gold, margins: { sensitivity: 0.01, specificity: 0.05 } })({
        tandem: new Uint8Array(20).fill(1),
        crowd: Uint8Array.from(stackIds, (_, g) => (g < 11 ? 0 : 1)),
      }),
    );
    const text = againstCrowdText({ votesPerStack: { tandem: 1, crowd: 7 }, compared });
    expect(text).toContain(
      'stalls missed: 0 of 20 by tandem only, 11 by the crowd only; too few such stacks to bound how many more, margin 1 %; fewer, by the sign test',
    );
    expect(text).toMatch(
      /more stalled and [\d,]+ more flowing gold stacks on which the two agree would show it as good/,
    );
  });
});
