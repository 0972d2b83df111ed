import { expect, test } from 'vitest';
import { scoreProgress } from '../../src/cli/scoreProgress.js';

/** Ten thousand stacks, one every 0.2 s, of which 1,000 were there before. */
const shown = (isTTY: boolean): readonly string[] => {
  const written: string[] = [];
  let ms = 0;
  const stderr = {
    isTTY,
    write: (text: string | Uint8Array) => {
      written.push(String(text));
      return true;
    },
  };
  const { to, end } = scoreProgress(stderr as Parameters<typeof scoreProgress>[0], () => ms);
  for (let done = 1001; done <= 1251; done++) {
    ms += 200;
    to({ total: 10_000, done, failed: done > 1150 ? 3 : 0, before: 1000 });
  }
  end();
  return written;
};

test('a log gets a line every ten seconds, with pace and time left', () => {
  const lines = shown(false);
  expect(lines).toHaveLength(5);
  expect(lines[0]).toBe('1,050 of 10,000 stacks, 5.0 stacks/s, 30 min left\n');
  expect(lines[4]).toBe('1,250 of 10,000 stacks, 3 failed, 5.0 stacks/s, 30 min left\n');
});

test('a terminal gets one line that is rewritten and goes away', () => {
  const lines = shown(true);
  expect(lines.length).toBeGreaterThan(200);
  expect(lines.slice(0, -1).every((line) => line.startsWith('\r') && !line.includes('\n'))).toBe(true);
  expect(lines.at(-1)).toBe('\r\x1b[2K');
});
