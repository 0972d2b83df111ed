import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as Simulate from '../../src/simulate/index.js';
import { laboratory } from './datasets.js';
import { json, rows, scratch, tandem } from './tandem.js';

test('prevalence by audit and by gold holds the truth, and its counts add up to the rows', { timeout: 30_000 }, () => {
  const lab = laboratory(scratch());
  const done = tandem(
    ...['prevalence', '--decisions', lab.decisions, '--audit', lab.audit, '--gold', lab.gold, ...lab.policy],
    ...[...lab.strata, '--by', 'group,mouse', '--cluster', 'mouse', '--out', lab.dir],
  );
  expect(done.stderr).toBe('');
  expect(done.code).toBe(0);
  const table = rows(join(lab.dir, 'prevalence.csv'));
  const all = rows(lab.decisions).length;
  for (const row of table) {
    const parts = ['calledStalled', 'calledFlowing', 'askCrowd', 'askExpert', 'unread', 'leftOut'];
    expect(parts.reduce((sum, name) => sum + Number(row[name]), 0)).toBe(Number(row['rows']));
  }
  const research = [...lab.truth.values()];
  const stalled = research.reduce((sum, label) => sum + label, 0);
  for (const method of ['prediction-powered', 'rogan-gladen']) {
    const [whole] = table.filter((row) => row['method'] === method && row['by'] === '');
    expect(Number(whole?.['rows'])).toBe(all);
    expect(Number(whole?.['stacks'])).toBe(research.length);
    expect(Number(whole?.['lower'])).toBeLessThanOrEqual(stalled / research.length);
    expect(Number(whole?.['upper'])).toBeGreaterThanOrEqual(stalled / research.length);
    for (const by of ['group', 'mouse']) {
      const own = table.filter((row) => row['method'] === method && row['by'] === by && row['about'] === 'seen');
      expect(own.reduce((sum, row) => sum + Number(row['rows']), 0)).toBe(all);
    }
  }
  const { lost, between } = json(join(lab.dir, 'prevalence.json'));
  const decided = new Map(rows(lab.decisions).map(({ stackId = '', decision }) => [stackId, decision]));
  const truly = [...lab.truth].filter(([stackId, label]) => label === 1 && decided.get(stackId) === 'flowing').length;
  expect(lost.atMost).toBeGreaterThanOrEqual(truly);
  expect(between[0].clusters + between[0].without).toBe(30);
  expect(done.stdout).toContain('never flowing');
  expect(done.stdout).toContain('Lost stalls');
});

test('prevalence counts unread and failed stacks apart, and in no figure', () => {
  const dir = scratch();
  const decisions = join(dir, 'decisions.csv');
  const audit = join(dir, 'audit.csv');
  const row = (id: number, decision: string, reason = ''): string => `s${id},${decision},${reason}`;
  writeFileSync(
    decisions,
    [
      'stackId,decision,reason',
      ...Array.from({ length: 90 }, (_, i) => row(i, 'flowing')),
      ...Array.from({ length: 4 }, (_, i) => row(90 + i, 'stalled')),
      row(94, 'ask crowd', 'neither votes nor a score'),
      row(95, 'failed'),
      row(96, 'unread'),
    ].join('\n'),
  );
  writeFileSync(
    audit,
    ['stackId,label', 's90,1', 's91,1', 's92,0', 's93,1', ...Array.from({ length: 45 }, (_, i) => `s${i},0`)].join(
      '\n',
    ),
  );
  const done = tandem('prevalence', '--decisions', decisions, '--audit', audit, '--out', dir);
  expect(done.code).toBe(0);
  const [only] = rows(join(dir, 'prevalence.csv'));
  expect(only).toMatchObject({ rows: '97', unread: '3', askCrowd: '0', stacks: '94', audited: '49' });
  expect(Number(only?.['estimate'])).toBeCloseTo(3 / 94, 5);
  expect(readFileSync(join(dir, 'prevalence.json'), 'utf8')).toContain('"tandem-prevalence/1"');
});

test('prevalence refuses what cannot correct a call, and says what would', () => {
  const dir = scratch();
  const decisions = join(dir, 'decisions.csv');
  const labels = join(dir, 'labels.csv');
  writeFileSync(decisions, 'stackId,decision\ns1,stalled\ns2,flowing\n');
  writeFileSync(labels, 'stackId,label,chosen\ns1,1,stratified\n');
  expect(tandem('prevalence', '--decisions', decisions).stderr).toContain('neither --audit nor --gold');
  const stratified = tandem('prevalence', '--decisions', decisions, '--audit', labels);
  expect(stratified.code).toBe(1);
  expect(stratified.stderr).toContain('give them as --gold');
  const crowd = tandem('prevalence', '--decisions', decisions, '--gold', labels, '--gold-chosen', 'crowd');
  expect(crowd.code).toBe(1);
  const wrong = tandem('prevalence', '--decisions', labels, '--audit', labels);
  expect(wrong.stderr).toContain('expected a column "decision"');
});

test('a kind of decision that nobody audited leaves an interval and no estimate: exit 3', () => {
  const dir = scratch();
  const decisions = join(dir, 'decisions.csv');
  const audit = join(dir, 'audit.csv');
  writeFileSync(
    decisions,
    ['stackId,decision', 's0,stalled', ...Array.from({ length: 50 }, (_, i) => `f${i},flowing`)].join('\n'),
  );
  writeFileSync(audit, 'stackId,label\ns0,1\n');
  const done = tandem('prevalence', '--decisions', decisions, '--audit', audit, '--out', dir);
  expect(done.code).toBe(3);
  expect(done.stdout).toContain('some kind of decision was not audited at all');
  expect(done.stdout).toContain('nothing is known of what was lost');
});

test('gold that has all its votes is no judge of stacks that wait for theirs; the audit stands', {
  timeout: 60_000,
}, () => {
  const dir = scratch();
  const path = (name: string): string => join(dir, name);
  const lab = Simulate.dataset({
    ...{ stacks: 300, prevalence: 0.3, votes: { perStack: 10 } },
    gold: { stalled: 800, flowing: 1000, chosen: 'stratified' },
  })(4);
  const csv = Simulate.toCsv(lab);
  const isGold = new Set(lab.gold.stackIds);
  const [head, ...lines] = [...csv.votes].join('').trimEnd().split('\n');
  const used = new Map<string, number>();
  const few = lines.filter((line) => {
    const id = line.split(',')[0] ?? '';
    used.set(id, (used.get(id) ?? 0) + 1);
    return isGold.has(id) || used.get(id) === 1;
  });
  const gold = [...csv.gold].join('').trimEnd().split('\n');
  const half = (odd: number): string => [gold[0], ...gold.slice(1).filter((_, g) => g % 2 === odd)].join('\n');
  writeFileSync(path('votes.csv'), `${[head, ...few].join('\n')}\n`);
  writeFileSync(path('fit.csv'), `${half(0)}\n`);
  writeFileSync(path('fresh.csv'), `${half(1)}\n`);
  const inputs = ['--votes', path('votes.csv'), '--order', 'rows', '--gold', path('fit.csv')];
  const wanted = ['--sensitivity', '0.9', '--specificity', '0.9', '--prevalence', '0.3'];
  expect(tandem('run', ...inputs, ...wanted, '--out', dir).stderr).toBe('');
  const judged = ['prevalence', '--decisions', path('decisions.csv'), '--gold', path('fresh.csv'), '--out', dir];
  const alone = tandem(...judged, '--policy', path('policy.json'));
  expect([alone.code, alone.stderr]).toEqual([3, '']);
  expect(alone.stdout).toContain('no figure by gold: 100 % of these stacks still wait for votes, of gold 0 %');
  expect(alone.stdout).toContain('(--audit)');
  const research = lab.votes.stackIds.map((id, s) => [id, lab.truth[s]] as const).filter(([id]) => !isGold.has(id));
  writeFileSync(path('audit.csv'), ['stackId,label', ...research.map((row) => row.join(','))].join('\n'));
  const done = tandem(...judged, '--policy', path('policy.json'), '--audit', path('audit.csv'));
  expect([done.code, done.stderr]).toEqual([0, '']);
  expect(done.stdout).not.toContain('Prevalence of stalls by gold');
  expect(done.stdout).toContain('no figure by gold');
});

test('strata audited at different shares are named; the fault is in the pooled figure', () => {
  const dir = scratch();
  const path = (name: string): string => join(dir, name);
  const stacks = Array.from({ length: 10_000 }, (_, i) => i);
  writeFileSync(
    path('d.csv'),
    ['stackId,decision', ...stacks.flatMap((i) => [`a${i},flowing`, `b${i},flowing`])].join('\n'),
  );
  writeFileSync(path('s.csv'), ['stackId,mouse', ...stacks.flatMap((i) => [`a${i},A`, `b${i},B`])].join('\n'));
  const audit = (ofB: number): string => {
    const rows = stacks.flatMap((i) => [
      ...(i < 800 ? [`a${i},0`] : []),
      ...(i < ofB ? [`b${i},${i < ofB / 100 ? 1 : 0}`] : []),
    ]);
    writeFileSync(path(`${ofB}.csv`), ['stackId,label', ...rows].join('\n'));
    return path(`${ofB}.csv`);
  };
  const found = (ofB: number): string =>
    tandem(
      ...['prevalence', '--decisions', path('d.csv'), '--audit', audit(ofB), '--strata', path('s.csv')],
      ...['--by', 'mouse', '--out', dir],
    ).stdout;
  expect(found(100)).toContain('1 % in mouse B (100 of 10,000) were audited and 8 % in mouse A (800 of 10,000)');
  expect(found(810)).not.toContain('figures that pool them');
});
