import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { afterAll, describe, expect, test } from 'vitest';
import { format } from '../../src/domain/errors.js';
import { findFfmpeg } from '../../src/model/frames/ffmpeg.js';
import { decodeStack, stackFromBytes } from '../../src/model.js';
import { joined } from './stackFixture.js';

/** An AVI that ends between two frames has nothing wrong with it but its length. */

const program = await findFfmpeg();
const folder = mkdtempSync(join(tmpdir(), 'tandem-avi-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const outcome = async (bytes: Uint8Array): Promise<string> => {
  const clip = await decodeStack()(stackFromBytes('film.avi', bytes));
  return E.isRight(clip) ? `${clip.right.frames.length} frames` : `${clip.left._tag}: ${format(clip.left)}`;
};

describe.skipIf(program === undefined)('AVI (needs ffmpeg on PATH)', () => {
  const path = join(folder, 'film.avi');
  if (program !== undefined) {
    const source = ['-f', 'lavfi', '-i', 'testsrc=size=64x48:rate=10:duration=1'];
    execFileSync(program, ['-v', 'error', ...source, '-c:v', 'mjpeg', '-threads', '1', path]);
  }
  const film = program === undefined ? new Uint8Array(0) : Uint8Array.from(readFileSync(path));
  const sized = (size: number): Uint8Array => {
    const copy = film.slice();
    new DataView(copy.buffer).setUint32(4, size, true);
    return copy;
  };
  const text = Buffer.from(film);
  const starts: number[] = [];
  const movi = text.indexOf('movi');
  for (let at = text.indexOf('00dc', movi); at >= 0 && at < text.indexOf('idx1'); at = text.indexOf('00dc', at + 1)) {
    starts.push(at);
  }

  test('whole, gives all its frames', async () => expect(await outcome(film)).toBe('10 frames'));
  test('cut between any two frames, is cut', async () => {
    expect(starts).toHaveLength(10);
    for (const start of starts.slice(1)) {
      expect(await outcome(film.subarray(0, start))).toMatch(
        new RegExp(`^StackTruncated: .*it promises ${film.length} bytes and has ${start}\\. Copy`),
      );
    }
  });
  test('with bytes behind its end, gives all its frames', async () =>
    expect(await outcome(joined([film, new Uint8Array(7)]))).toBe('10 frames'));
  test.each([0, 0xffffffff])('whose length was never written (%d), cannot be known to be whole', async (size) =>
    expect(await outcome(sized(size))).toMatch(
      /^StackTruncated: .*never wrote how long it is\. .*ffmpeg -i FILE -c copy/,
    ),
  );
  test('with noise in a frame, fails in the same words every time', async () => {
    const noisy = film.slice();
    for (let i = starts[4] + 700; i < starts[5]; i++) noisy[i] = (i * 37) & 255;
    const text = await outcome(noisy);
    expect(text).toMatch(/^StackDamaged: .*ffmpeg found errors in it: \[mjpeg\]/);
    expect(await outcome(noisy)).toBe(text);
  });
  test('whose second chunk (OpenDML) is cut, is cut', async () => {
    const second = Uint8Array.from([...Buffer.from('RIFF'), 200, 0, 0, 0, ...Buffer.from('AVIXLIST')]);
    expect(await outcome(joined([film, second]))).toMatch(/^StackTruncated/);
  });
});
