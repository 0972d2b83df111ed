import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as Simulate from '../../src/simulate/index.js';
import { type Ended, json, tandem } from './tandem.js';

const TARGETS = { sensitivity: 0.9, specificity: 0.9, confidence: 0.95 };
const MOST = 7;

describe('gold with too few votes for the rule', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tandem-gate-votes-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  const path = (name: string): string => join(dir, name);
  const lab = Simulate.dataset({
    ...{ stacks: 300, prevalence: 0.05, votes: { perStack: MOST } },
    gold: { stalled: 1200, flowing: 1600, chosen: 'stratified' },
  })(3);
  const csv = Simulate.toCsv(lab);
  /** Half of gold makes the policy, the other half judges it. */
  const isFresh = new Map(lab.gold.stackIds.map((id, g) => [id, g % 2 === 1]));
  const stalls = lab.gold.stackIds.filter((_, g) => lab.gold.label[g] === 1 && g % 2 === 1);

  /** Votes, so many on each stack of fresh gold. */
  const kept = (most: number): string => {
    const used = new Map<string, number>();
    const [head, ...lines] = [...csv.votes].join('').trimEnd().split('\n');
    const few = lines.filter((line) => {
      const id = line.split(',')[0];
      used.set(id, (used.get(id) ?? 0) + 1);
      return isFresh.get(id) !== true || (used.get(id) ?? 0) <= most;
    });
    writeFileSync(path('votes.csv'), `${[head, ...few].join('\n')}\n`);
    return path('votes.csv');
  };
  const goldOf = (fresh: boolean): string => {
    const [head, ...lines] = [...csv.gold].join('').trimEnd().split('\n');
    const own = lines.filter((line) => isFresh.get(line.split(',')[0]) === fresh);
    writeFileSync(path(`${fresh}.csv`), `${[head, ...own].join('\n')}\n`);
    return path(`${fresh}.csv`);
  };
  const run = (verb: string, most: number): Ended => {
    const inputs = ['--votes', kept(most), '--order', 'rows', '--gold', goldOf(true)];
    rmSync(path('gate.json'), { force: true });
    return tandem(verb, '--policy', path('policy.json'), ...inputs, '--out', dir);
  };

  beforeAll(() => {
    const wanted = ['--prevalence', '0.05', '--sensitivity', '0.9', '--specificity', '0.9', '--out', dir];
    const inputs = ['--votes', kept(MOST), '--order', 'rows', '--gold', goldOf(false)];
    expect(tandem('fit', ...inputs, ...wanted)).toMatchObject({ stderr: '', code: 0 });
  }, 30_000);

  test('passes the gate with all its votes', () => {
    const done = run('gate', MOST);
    expect([done.stderr, done.code]).toEqual(['', 0]);
    expect(json(path('gate.json')).targets).toEqual(TARGETS);
  });

  test('with three votes each does not pass, and votes are asked for', () => {
    const done = run('gate', 3);
    expect([done.stderr, done.code]).toEqual(['', 3]);
    const [{ counts, verdict, votesFor }] = json(path('gate.json')).datasets;
    expect(verdict).toBe('insufficient');
    expect(votesFor).toEqual(counts.ranOut);
    expect(votesFor.stalled).toBeGreaterThan(0);
    expect(done.stdout).toContain(
      `the votes of ${votesFor.stalled} stalled and ${votesFor.flowing} flowing gold stacks ran out`,
    );
    expect(done.stdout).toContain('collect more votes on that gold until the rule is done');
    expect(done.stdout).not.toContain('more needed');
  });

  test('counts as wrong in the rates of evaluate, which says so', () => {
    const done = run('evaluate', 3);
    expect(done.stderr).toBe('');
    const { endToEnd, againstCrowd } = json(path('evaluation.json'));
    expect(endToEnd.ranOut.stalled).toBeGreaterThan(0);
    expect(endToEnd.sensitivity.n).toBe(stalls.length);
    expect(endToEnd.sensitivity.hits).toBeLessThanOrEqual(stalls.length - endToEnd.ranOut.stalled);
    // Nobody knows how they would have ended, so they refute nothing either.
    expect(endToEnd.against.sensitivity).toBe('open');
    expect(done.stdout).toContain('ran out before the rule was done');
    expect(done.stdout).toContain('other gold does not replace its votes');
    // Margins are the risks that the targets of the rule allow.
    expect(againstCrowd.compared.missedStalls.margin).toBeCloseTo(0.1, 12);
    expect(againstCrowd.ranOut).toBe(endToEnd.ranOut.stalled + endToEnd.ranOut.flowing);
    expect(againstCrowd.compared.verdict).not.toBe('non-inferior');
  });
});
