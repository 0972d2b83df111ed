import { spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test, vi } from 'vitest';
import * as Errors from '../../src/domain/errors.js';
import { lock } from '../../src/output/lock.js';
import { scratch } from '../cli/tandem.js';

/** What another process does between two steps of this one. */
let intrude: (() => void) | undefined;

vi.mock('node:fs', async (actual) => {
  const fs = await actual<typeof import('node:fs')>();
  const watched = <Do extends (...args: never[]) => unknown>(step: Do) =>
    vi.fn(((...args) => {
      intrude?.();
      return step(...args);
    }) as Do);
  return {
    ...fs,
    linkSync: watched(fs.linkSync),
    readFileSync: watched(fs.readFileSync),
    rmSync: watched(fs.rmSync),
    writeFileSync: watched(fs.writeFileSync),
  };
});

const path = (): string => join(scratch(), 's.csv.lock');
const told = (of: ReturnType<typeof lock>): string => (E.isLeft(of) ? Errors.format(of.left) : 'locked');
const linux = process.platform === 'linux' ? test : test.skip;
/** Field 22 of what Linux tells of a process. */
const startOf = (pid: number): string => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
};
const ended = spawnSync(process.execPath, ['-e', '']).pid;

describe('lock()', () => {
  test('is held until it is given back, by this process too, and leaves nothing behind', () => {
    const at = path();
    const release = Errors.getOrThrow(lock(at));
    expect(readdirSync(dirname(at))).toEqual(['s.csv.lock']);
    if (process.platform === 'linux') expect(told(lock(at))).toContain(`the mark of process ${process.pid} on`);
    release();
    expect(readdirSync(dirname(at))).toEqual([]);
    Errors.getOrThrow(lock(at))();
  });

  test('gives back only its own mark', () => {
    const at = path();
    const release = Errors.getOrThrow(lock(at));
    writeFileSync(at, '1 elsewhere\n');
    release();
    expect(readFileSync(at, 'utf8')).toBe('1 elsewhere\n');
  });

  test.each([process.pid, ended])('of another host counts while it is renewed, whatever its number: %i', (pid) => {
    const at = path();
    writeFileSync(at, `${pid} elsewhere\n`);
    expect(told(lock(at))).toBe(
      `${at}: expected no other run at work on this --out, found the mark of process ${pid} on elsewhere, which writes the ` +
        'same results. Wait for it, or give another --out. If that process has ended, its mark counts for 60 more seconds.',
    );
  });

  test('of another host that nobody has renewed for a minute is taken over, whatever the clock of this host says', () => {
    const at = path();
    writeFileSync(at, '12 elsewhere 77 abcdef\n');
    const now = Date.now() / 1000;
    utimesSync(at, now - 50, now - 50);
    expect(told(lock(at))).toContain('counts for 10 more seconds');
    utimesSync(at, now - 61, now - 61);
    Errors.getOrThrow(lock(at))();
    expect(readdirSync(dirname(at))).toEqual([]);
  });

  test('is renewed while it is held, and tells who has lost it', () => {
    vi.useFakeTimers();
    try {
      const at = path();
      let lost = 0;
      const release = Errors.getOrThrow(lock(at, () => lost++));
      utimesSync(at, 1, 1);
      vi.advanceTimersByTime(10_000);
      expect(statSync(at).mtimeMs).toBeGreaterThan(1e12);
      expect(lost).toBe(0);
      writeFileSync(at, '12 elsewhere 77 abcdef\n');
      vi.advanceTimersByTime(30_000);
      expect(lost).toBe(1);
      release();
      expect(readFileSync(at, 'utf8')).toBe('12 elsewhere 77 abcdef\n');
    } finally {
      vi.useRealTimers();
    }
  });

  test.each([
    ['of an older version, whose process has ended', () => `${ended} ${hostname()}\n`],
    ['of an older version, with our own number, as every start in a container', () => `${process.pid} ${hostname()}\n`],
    ['of a process that has ended', () => `${ended} ${hostname()} 77 abcdef\n`],
    ['cut short by a full disk before its first letter', () => ''],
    ['cut short in the number', () => '12'],
    ['cut short in the host', () => `${process.ppid} ${hostname().slice(0, 2)}`],
    ['cut short by a power cut', () => '\0\0\0\0'],
  ])('takes over a mark %s', (_, mark) => {
    const at = path();
    writeFileSync(at, mark());
    Errors.getOrThrow(lock(at))();
    expect(readdirSync(dirname(at))).toEqual([]);
  });

  linux('takes over a mark whose number now is another process', () => {
    const at = path();
    writeFileSync(at, `${process.ppid} ${hostname()} ${Number(startOf(process.ppid)) - 1} abcdef\n`);
    Errors.getOrThrow(lock(at))();
    writeFileSync(at, `${process.ppid} ${hostname()} ${startOf(process.ppid)} abcdef\n`);
    expect(told(lock(at))).toContain(`the mark of process ${process.ppid} on`);
  });

  linux('takes over the mark of a process that has ended and whom nobody has buried', async () => {
    const at = path();
    // The shell becomes a sleep before its child ends, and so does not ask what became of it.
    const parent = spawn('sh', ['-c', 'sleep 1 & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      const pid = Number(await new Promise<string>((resolve) => parent.stdout.once('data', (d) => resolve(String(d)))));
      while (!/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) await sleep(5);
      writeFileSync(at, `${pid} ${hostname()} ${startOf(pid)} abcdef\n`);
      Errors.getOrThrow(lock(at))();
    } finally {
      parent.kill('SIGKILL');
    }
  });

  test.each(['# THIS IS AN AUTOGENERATED FILE\n', '{"lockfileVersion": 3}', '12 monkeys\nand more\n'])(
    'does not touch a file that is no lock: %j',
    (text) => {
      const at = path();
      writeFileSync(at, text);
      expect(told(lock(at))).toBe(
        `${at}: expected no file, or the mark of an earlier run, found something else. Move the file away, or give another --out.`,
      );
      expect(readFileSync(at, 'utf8')).toBe(text);
    },
  );

  test('a link that leads nowhere is no lock, and does not wait for ever', () => {
    const at = path();
    symlinkSync(join(dirname(at), 'nowhere'), at);
    expect(told(lock(at))).toContain('found something else');
  });

  test('takes turns left behind by a process that died while it took over', () => {
    const at = path();
    writeFileSync(at, `${ended} ${hostname()} 77 abcdef\n`);
    writeFileSync(`${at}.turn`, `${ended} ${hostname()} 78 abcdef\n`);
    Errors.getOrThrow(lock(at))();
    expect(readdirSync(dirname(at))).toEqual([]);
  });

  test.each(['EPERM', 'EISDIR', 'UNKNOWN', 'EIO'])(
    'works where there are no hard links, and the answer is %s',
    (code) => {
      const links = vi.mocked(linkSync);
      const real = links.getMockImplementation();
      links.mockImplementation(() => {
        throw Object.assign(new Error('no links here'), { code });
      });
      const at = path();
      writeFileSync(at, `${ended} ${hostname()} 77 abcdef\n`);
      const release = Errors.getOrThrow(lock(at));
      if (process.platform === 'linux') expect(told(lock(at))).toContain(`the mark of process ${process.pid} on`);
      release();
      expect(readdirSync(dirname(at))).toEqual([]);
      links.mockImplementation(real ?? (() => undefined));
    },
  );

  test('that cannot be made is a failure of the file system, and leaves nothing', () => {
    const file = path();
    writeFileSync(file, '');
    expect(lock(join(file, 's.lock'))).toMatchObject({ _tag: 'Left', left: { _tag: 'IoFailure', doing: 'write' } });
  });
});

test('a full disk leaves no mark behind', () => {
  const at = path();
  vi.mocked(writeFileSync).mockImplementationOnce((file) => {
    closeSync(openSync(String(file), 'wx'));
    throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  });
  expect(told(lock(at))).toContain('the disk is full');
  expect(readdirSync(dirname(at))).toEqual([]);
});

linux('of two starts on one stale lock only one holds it, wherever the other comes in between', () => {
  const seen: boolean[] = [];
  for (let k = 1; k <= 40; k++) {
    const at = path();
    const stale = `${ended} ${hostname()} 77 abcdef\n`;
    writeFileSync(at, stale);
    let left = k;
    let other: ReturnType<typeof lock> | undefined;
    intrude = () => {
      if (--left === 0) other = lock(at);
    };
    const one = lock(at);
    intrude = undefined;
    const holders = [one, other].filter((of) => of !== undefined && E.isRight(of));
    expect({ k, holders: holders.length }).toEqual({ k, holders: 1 });
    expect(readdirSync(dirname(at))).toEqual(['s.csv.lock']);
    expect(readFileSync(at, 'utf8')).not.toBe(stale);
    seen.push(other !== undefined && E.isRight(other));
  }
  // In some places the other is first, in some it is late, and at last the first is done before it comes.
  expect(new Set(seen).size).toBe(2);
});
