import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CLI, scratch } from './tandem.js';

/** Calls the command with a reader that is gone before the first word; the shell writes down how it ended. */
const unheard = (redirected: string, ...args: readonly string[]) => {
  const dir = scratch();
  const code = join(dir, 'code');
  const script = `{ "$@" ${redirected}; echo $? > ${code}; } | :`;
  const { stderr } = spawnSync('sh', ['-c', script, 'sh', process.execPath, CLI, ...args], {
    encoding: 'utf8',
    cwd: dir,
  });
  return { code: Number(readFileSync(code, 'utf8')), stderr };
};

test('a closed pipe leaves the exit code of the verdict and no stack trace', () => {
  expect(unheard('', 'plan')).toEqual({ code: 3, stderr: '' });
  expect(unheard('', 'plan', '--json')).toEqual({ code: 3, stderr: '' });
  expect(unheard('', 'plan', '--help')).toEqual({ code: 0, stderr: '' });
});

test('a closed pipe for errors leaves the exit code of the error', () => {
  expect(unheard('2>&1', 'gate', '--policy', 'absent.json', '--votes', 'v.csv', '--gold', 'g.csv').code).toBe(1);
});

test('a verb that writes files has written them when nobody listens', () => {
  const dir = scratch();
  const scores = join(dir, 'scores.csv');
  writeFileSync(scores, 'stackId,score\na,0.1\nb,0.2\n');
  const done = unheard('', 'drift', '--reference', scores, '--current', scores, '--out', dir);
  expect(done).toEqual({ code: 3, stderr: '' });
  expect(readFileSync(join(dir, 'drift.json'), 'utf8')).toContain('tandem-drift/2');
});
