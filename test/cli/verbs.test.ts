import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { json, rows, scratch, tandem } from './tandem.js';

/** A laboratory small enough for every verb in turn. */
const laboratory = (): {
  readonly dir: string;
  readonly inputs: readonly string[];
  readonly gold: readonly string[];
} => {
  const dir = scratch();
  expect(tandem('demo', '--no-films', '--out', dir, '--seed', '3').code).toBe(0);
  return {
    dir,
    inputs: ['--votes', join(dir, 'votes.csv'), '--scores', join(dir, 'scores.csv'), '--order', 'rows'],
    gold: ['--gold', join(dir, 'gold.csv')],
  };
};

describe('tandem', () => {
  test('demo --no-films runs the main job and leaves inputs and results, nothing half-written', () => {
    const dir = scratch();
    const done = tandem('demo', '--no-films', '--out', dir);
    expect(done.stderr).toBe('');
    expect(done.code).toBe(0);
    for (const words of ['Verdict: CERTIFIED', 'Proved with', 'cross-fitting', 'MCC', 'votes so far', 'policy.json']) {
      expect(done.stdout).toContain(words);
    }
    expect(readdirSync(dir).sort()).toEqual([
      'audit.csv',
      'decisions.csv',
      'evaluation.json',
      'gold.csv',
      'ledger.json',
      'next.csv',
      'policy.json',
      'report.html',
      'report.json',
      'review.csv',
      'scores.csv',
      'votes.csv',
    ]);
  });

  test('the same seed gives the same bytes, but for the folder it is told to write to', () => {
    const [one, two] = [laboratory(), laboratory()];
    const bytes = (dir: string, name: string): string => readFileSync(join(dir, name), 'utf8').replaceAll(dir, 'DIR');
    for (const name of ['votes.csv', 'scores.csv', 'gold.csv', 'decisions.csv'])
      expect(bytes(one.dir, name)).toBe(bytes(two.dir, name));
  });

  test('fit, decide and evaluate come to what run comes to', () => {
    const { dir, inputs, gold } = laboratory();
    const [run, out] = [scratch(), scratch()];
    // A part of gold is held back, so that evaluate has the same gold as run.
    const how = ['--prevalence', '0.01', '--test-share', '0.2'];
    expect(tandem('run', ...inputs, ...gold, ...how, '--out', run).code).toBe(0);
    expect(tandem('fit', ...inputs, ...gold, ...how, '--out', out).code).toBe(0);
    const policy = ['--policy', join(out, 'policy.json')];
    expect(tandem('decide', ...policy, ...inputs, '--out', out).code).toBe(0);
    expect(tandem('evaluate', ...policy, ...inputs, ...gold, '--out', out).code).toBe(0);
    for (const name of ['decisions.csv', 'review.csv', 'audit.csv', 'ledger.json'])
      expect(readFileSync(join(out, name), 'utf8')).toBe(readFileSync(join(run, name), 'utf8'));
    const [apart, together] = [json(join(out, 'evaluation.json')), json(join(run, 'evaluation.json'))];
    for (const part of ['evaluation', 'endToEnd', 'sources', 'headline', 'againstCrowd', 'judgedBy'])
      expect(apart[part]).toEqual(together[part]);
    expect(together.judgedBy).toBe('held-out gold');
    expect(apart.warnings[0]).toContain('gold stacks fitted or tuned this policy');
    expect(json(join(dir, 'evaluation.json')).judgedBy).toBe('cross-fitting');
  });

  test('run and evaluate leave a page that asks no address, with the verdict they print and what their gold can show', () => {
    const { dir, inputs } = laboratory();
    const html = readFileSync(join(dir, 'report.html'), 'utf8');
    expect(html.length).toBeLessThan(400_000);
    expect(html).not.toMatch(/(src|href)="(https?:)?\/\//);
    const page = json(join(dir, 'report.json'));
    const evaluation = json(join(dir, 'evaluation.json'));
    expect(page.verdict.verdict).toBe(evaluation.verdict);
    expect(page.verdict.claims[0].rate).toEqual(evaluation.endToEnd.sensitivity);
    const ids = page.sections.map(({ id }: { id: string }) => id);
    expect(ids).toEqual(expect.arrayContaining(['labels', 'curves', 'votes']));
    // Gold of this laboratory was chosen by class, so its share of stalls judges no probability.
    expect(html.includes('Whether probabilities hold')).toBe(false);

    const halves = ['fit.csv', 'fresh.csv'].map((name) => join(dir, name));
    const [head, ...rest] = readFileSync(join(dir, 'gold.csv'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => line.split(',').slice(0, 2).join(','));
    for (const [half, path] of halves.entries())
      writeFileSync(path, `${[head, ...rest.filter((_, i) => i % 2 === half)].join('\n')}\n`);
    const mice = rest.map((line, i) => `${line.split(',')[0]},m${(i >> 1) % 4}`);
    writeFileSync(join(dir, 'mice.csv'), `stackId,mouse\n${mice.join('\n')}\n`);
    const out = scratch();
    tandem('fit', ...inputs, '--gold', halves[0], '--gold-chosen', 'stratified', '--prevalence', '0.01', '--out', out);
    const on = ['--policy', join(out, 'policy.json'), ...inputs, '--strata', join(dir, 'mice.csv'), '--by', 'mouse'];
    const done = tandem('evaluate', ...on, '--gold', halves[1], '--gold-chosen', 'random', '--out', out);
    expect(done.stderr).toBe('');
    expect(done.stdout).toContain(`Wrote ${join(out, 'evaluation.json')}, ${join(out, 'report.html')}`);
    const fresh = readFileSync(join(out, 'report.html'), 'utf8');
    for (const heading of ['Whether probabilities hold', 'Where it is weak'])
      expect(fresh.includes(heading), heading).toBe(true);
  });

  test('decisions.csv has one row for every stack, and its terms add up', () => {
    const { dir } = laboratory();
    const decisions = rows(join(dir, 'decisions.csv'));
    const known = new Set(
      [...rows(join(dir, 'votes.csv')), ...rows(join(dir, 'scores.csv'))].map((row) => row['stackId']),
    );
    expect(decisions.length).toBe(known.size);
    for (const row of decisions) {
      const sum = Number(row['priorNats']) + Number(row['modelNats'] ?? 0) + Number(row['voteNats'] ?? 0);
      expect(Math.abs(sum - Number(row['logOdds']))).toBeLessThan(1e-6);
      expect(['stalled', 'flowing', 'ask crowd', 'ask expert']).toContain(row['decision']);
      expect(row['reason']).not.toBe('');
      expect(row['status']).toBe('certified');
      expect(Number(row['votesCounted'])).toBeLessThanOrEqual(Number(row['votes']));
    }
  });

  test('explain takes a decision apart into the terms of decisions.csv', () => {
    const { dir, inputs } = laboratory();
    const row = rows(join(dir, 'decisions.csv')).find((decision) => decision['decision'] === 'stalled');
    const done = tandem('explain', row?.['stackId'] ?? '', '--policy', join(dir, 'policy.json'), ...inputs, '--json');
    expect(done.code).toBe(0);
    const explained = JSON.parse(done.stdout);
    expect(explained.logOdds).toBeCloseTo(Number(row?.['logOdds']), 6);
    expect(explained.routing).toEqual({ _tag: 'Retire', label: 1 });
    const text = tandem('explain', row?.['stackId'] ?? '', '--policy', join(dir, 'policy.json'), ...inputs).stdout;
    expect(text).toContain('voted stalled');
    expect(text).toMatch(/^Stack \S+: stalled \(certified\)\n/);
  });

  test('explain names a stack that nobody knows', () => {
    const { dir, inputs } = laboratory();
    const done = tandem('explain', 'nowhere', '--policy', join(dir, 'policy.json'), ...inputs);
    expect(done.code).toBe(1);
    expect(done.stderr).toContain('"nowhere", which has neither votes nor a score');
  });

  test('plan says how much gold is missing and exits 3, or 0 when there is enough', () => {
    const nothing = tandem('plan');
    expect(nothing.code).toBe(3);
    expect(nothing.stdout).toMatch(/Label [\d,]+ more stalled and [\d,]+ more flowing stacks/);
    const { gold } = laboratory();
    const enough = tandem('plan', ...gold, '--sensitivity', '0.95', '--json');
    expect(enough.code).toBe(0);
    expect(JSON.parse(enough.stdout).have.stalled).toBe(800);
  });

  test('too little gold is insufficient evidence: exit 3, a provisional rule, and it says which labels to collect', () => {
    const { dir, inputs } = laboratory();
    const few = join(dir, 'few.csv');
    const lines = readFileSync(join(dir, 'gold.csv'), 'utf8').split('\n');
    writeFileSync(few, [lines[0], ...lines.slice(1).filter((line, i) => line !== '' && i % 10 === 0)].join('\n'));
    const done = tandem('run', ...inputs, '--gold', few, '--prevalence', '0.01', '--out', join(dir, 'few'));
    expect(done.code).toBe(3);
    expect(done.stdout).toMatch(/^Verdict: INSUFFICIENT EVIDENCE\. The rule is provisional: nothing is proved\./);
    expect(done.stdout).toMatch(
      /gold still to collect: [\d,]+ stalled and \d+ flowing labels, which suffice with probability \d+ %.*`tandem plan`/,
    );
    expect(done.stdout).toMatch(/By estimate: [\d.]+ % of stalled stacks are missed \(\d+ of \d+ on gold, /);
    // Not an empty policy, and each row says that it is provisional.
    const decisions = rows(join(dir, 'few', 'decisions.csv'));
    expect(new Set(decisions.map((row) => row['status']))).toEqual(new Set(['provisional']));
    expect(decisions.filter((row) => row['decision'] === 'flowing').length).toBeGreaterThan(0.2 * decisions.length);
    // A person sees what the rule calls stalled, and what it leaves open; the most probable stalls first.
    const review = rows(join(dir, 'few', 'review.csv'));
    expect(review.length).toBe(decisions.filter((row) => row['decision'] !== 'flowing').length);
    const posteriors = review.map((row) => Number(row['posterior']));
    expect(posteriors).toEqual(posteriors.toSorted((a, b) => b - a));
  });

  test('gold that refutes the targets is exit 2', () => {
    const { dir, inputs } = laboratory();
    // Fresh gold from another world: every label turned over.
    const upside = join(dir, 'upside.csv');
    const text = readFileSync(join(dir, 'gold.csv'), 'utf8');
    // A part of gold is held back: it is the gold that refutes.
    const out = join(dir, 'out');
    tandem(
      'fit',
      ...inputs,
      '--gold',
      join(dir, 'gold.csv'),
      '--prevalence',
      '0.01',
      '--test-share',
      '0.3',
      '--out',
      out,
    );
    const { fit, tune } = json(join(out, 'policy.json')).goldUsed;
    const known = new Set<string>([...fit, ...tune]);
    const flipped = text
      .split('\n')
      .filter((line) => !known.has(line.split(',')[0]))
      .map((line) => line.replace(/,([01]),/, (_, y: string) => `,${1 - Number(y)},`));
    writeFileSync(upside, flipped.join('\n'));
    const done = tandem('evaluate', '--policy', join(out, 'policy.json'), ...inputs, '--gold', upside, '--out', dir);
    expect(done.code).toBe(2);
    expect(done.stdout).toContain('TARGETS NOT MET');
  });

  test('an error leaves no file, goes to stderr, and exits 1', () => {
    const { dir, inputs, gold } = laboratory();
    const broken = join(dir, 'broken.csv');
    writeFileSync(broken, 'stackId,annotatorId,label\ns1,ann,2\n');
    const out = join(dir, 'nothing');
    const done = tandem('run', '--votes', broken, ...gold, '--out', out);
    expect(done.code).toBe(1);
    expect(done.stdout).toBe('');
    expect(done.stderr).toContain('line 2');
    expect(() => readdirSync(out)).toThrow();
    expect(tandem('run', ...inputs, '--gold', join(dir, 'absent.csv'), '--out', out).stderr).toContain(
      'Could not read',
    );
    expect(tandem('run', ...gold).stderr).toContain('neither --votes nor --scores');
    expect(tandem('run', ...inputs, ...gold, '--sensitivity', '1.5').stderr).toContain('between 0 and 1');
  });

  test('every verb has help with examples', () => {
    for (const verb of ['run', 'fit', 'ask', 'decide', 'evaluate', 'explain', 'plan', 'demo']) {
      const help = tandem(verb, '--help');
      expect(help.code).toBe(0);
      expect(help.stdout).toMatch(/Examples?:\n {2}tandem /);
      expect(help.stdout).toContain('--json');
    }
  });
});
