import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { afterAll, describe, expect, test } from 'vitest';
import { format } from '../../src/domain/errors.js';
import { findFfmpeg } from '../../src/model/frames/ffmpeg.js';
import { readMp4 } from '../../src/model/frames/mp4.js';
import { firstDamaged } from '../../src/model/frames/webcodecs.js';
import { cropOf } from '../../src/model/pipeline/crop.js';
import {
  type Clip,
  type DecodeOptions,
  decodePipeline,
  decodeStack,
  encodeMp4,
  encodePipeline,
  type Pipeline,
  pipelineHash,
  presets,
  type StackSource,
  stackFromBytes,
  stackFromFile,
} from '../../src/model.js';
import * as Simulate from '../../src/simulate/index.js';
import { frames, HEIGHT, joined, mp4, steady, WIDTH, yuvFrame } from './stackFixture.js';

const ffmpeg = await findFfmpeg();
const folder = mkdtempSync(join(tmpdir(), 'tandem-decoders-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const planes = frames(steady(9), yuvFrame);
const clipOf = async (source: StackSource, options: DecodeOptions = {}): Promise<Clip> => {
  const clip = await decodeStack(options)(source);
  if (E.isLeft(clip)) throw new Error(format(clip.left));
  return clip.right;
};

/** Mean absolute difference of lossy frames from what went in. */
const loss = (clip: Clip): number => {
  const [a, b] = [joined(clip.frames), joined(planes)];
  return a.reduce((sum, byte, i) => sum + Math.abs(byte - b[i]), 0) / a.length;
};

const withFfmpeg = (name: string, body: (program: string) => Promise<void>): void => {
  if (ffmpeg === undefined) test.skip(`${name} (skipped: ffmpeg is not on PATH)`, () => undefined);
  else test(name, () => body(ffmpeg));
};

describe('decodeStack()', () => {
  test('gives the frames of an H.264 film in order', async () => {
    const clip = await clipOf(stackFromBytes('h264', await mp4(planes)));
    expect(clip.frames).toHaveLength(planes.length);
    expect(loss(clip)).toBeLessThan(1.5);
  });

  withFfmpeg('gives the same bytes by either decoder', async () => {
    const film = stackFromBytes('h264', await mp4(planes));
    const [a, b] = [await clipOf(film, { decoder: 'webcodecs' }), await clipOf(film, { decoder: 'ffmpeg' })];
    expect(Buffer.from(joined(a.frames)).equals(joined(b.frames))).toBe(true);
  });

  test('reads films so tiny that their level is 1b, number 9, which the binding does not know', async () => {
    const film = Simulate.clip({ truth: 1, frames: 17, view: { width: 94, height: 64 } })(3);
    const coded = await encodeMp4({ encoder: 'webcodecs' })({ stack: 'tiny', ...film });
    if (E.isLeft(coded)) throw new Error(format(coded.left));
    const levelAt = Buffer.from(coded.right).indexOf('avcC', 0, 'latin1') + 7;
    expect(coded.right[levelAt]).toBe(9);
    const clip = await clipOf(stackFromBytes('tiny', coded.right), { decoder: 'webcodecs' });
    expect([clip.width, clip.height, clip.frames.length]).toEqual([94, 64, 17]);
  });

  const CODERS = [
    ['MPEG-4 part 2', 'mpeg4', 'film.mp4', false],
    ['MPEG-4 part 2 in AVI', 'mpeg4', 'film.avi', false],
    ['MJPEG', 'mjpeg', 'film.avi', true],
    ['fragmented H.264', 'libx264', 'fragments.mp4', false],
  ] as const;
  for (const [name, coder, file, full] of CODERS) {
    withFfmpeg(`reads ${name} without being told`, async (program) => {
      const path = join(folder, `${coder}-${file}`);
      const raw = join(folder, 'raw');
      writeFileSync(raw, joined(planes));
      const size = ['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${WIDTH}x${HEIGHT}`, '-r', '15', '-i', raw];
      const fragments = file === 'fragments.mp4' ? ['-movflags', 'frag_keyframe+empty_moov'] : [];
      const coded = ['-c:v', coder, '-q:v', '2', ...(full ? ['-pix_fmt', 'yuvj420p'] : []), ...fragments];
      execFileSync(program, ['-v', 'error', '-y', ...size, ...coded, path]);
      for (const source of [stackFromFile(path), stackFromBytes(file, readFileSync(path))]) {
        const clip = await clipOf(source);
        expect(clip.frames).toHaveLength(planes.length);
        expect(clip.pixels).toEqual({ _tag: 'Yuv', shiftX: 1, shiftY: 1, full });
        if (!full) expect(loss(clip)).toBeLessThan(2);
      }
    });
  }

  /** Planes as a film, and what ffmpeg makes of it when it is asked for red, green and blue as OpenCV is. */
  const coded = (program: string, name: string, height: number, args: readonly string[]): string => {
    const [raw, path] = [join(folder, 'raw'), join(folder, name)];
    writeFileSync(raw, joined(planes));
    const size = ['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${WIDTH}x${HEIGHT}`, '-r', '15', '-i', raw];
    execFileSync(program, ['-v', 'error', '-y', ...size, '-vf', `crop=${WIDTH}:${height}:0:0:exact=1`, ...args, path]);
    return path;
  };
  const asOpenCv = (program: string, path: string): Buffer =>
    execFileSync(
      program,
      ['-v', 'error', '-i', path, '-vf', 'scale=in_color_matrix=bt601', '-pix_fmt', 'bgr24', '-f', 'rawvideo', '-'],
      { maxBuffer: 2 ** 28 },
    );
  const ours = async (path: string, options: DecodeOptions = {}): Promise<Buffer> => {
    const clip = await clipOf(stackFromFile(path), options);
    const whole = { box: { row0: 0, row1: clip.height, col0: 0, col1: clip.width } };
    return Buffer.from(cropOf(clip, whole, ['blue', 'green', 'red']).data);
  };

  withFfmpeg(
    'gives OpenCV’s pixels at odd heights, where swscale mixes colours of neighbouring rows',
    async (program) => {
      for (const height of [HEIGHT - 2, HEIGHT - 1]) {
        const path = coded(program, 'odd.mp4', height, ['-c:v', 'mpeg4', '-q:v', '2']);
        expect((await ours(path)).equals(asOpenCv(program, path))).toBe(true);
      }
    },
  );

  withFfmpeg('leaves out what an edit list hides: a film cut without being coded again', async (program) => {
    const path = coded(program, 'long.mp4', HEIGHT, ['-c:v', 'libx264', '-pix_fmt', 'yuv420p']);
    const cut = join(folder, 'cut.mp4');
    execFileSync(program, ['-v', 'error', '-y', '-ss', '0.21', '-i', path, '-c', 'copy', cut]);
    const index = readMp4('cut', readFileSync(cut));
    expect(E.isRight(index) && [index.right.isCut, index.right.samples.length]).toEqual([true, planes.length]);
    expect((await ours(cut)).equals(asOpenCv(program, cut))).toBe(true);
    expect((await clipOf(stackFromFile(cut))).frames.length).toBeLessThan(planes.length);
    const alone = await decodeStack({ decoder: 'webcodecs' })(stackFromFile(cut));
    expect(E.isLeft(alone) && format(alone.left)).toContain('leaves out some of its frames');
    // The usual edit list only says when the first frame is due.
    const plain = readMp4('long', readFileSync(path));
    expect(E.isRight(plain) && plain.right.isCut).toBe(false);
  });

  withFfmpeg(
    'says of films in red, green and blue that they are not read, not that they are damaged',
    async (program) => {
      const path = coded(program, 'rgb.mkv', HEIGHT, ['-c:v', 'ffv1', '-pix_fmt', 'bgr0']);
      const result = await decodeStack()(stackFromFile(path));
      expect(E.isLeft(result) && result.left).toMatchObject({
        _tag: 'FormatUnknown',
        fix: expect.stringMatching(/npy/),
      });
    },
  );

  withFfmpeg('does not turn a film, whichever decoder reads it', async (program) => {
    const path = coded(program, 'upright.mp4', HEIGHT, ['-c:v', 'libx264', '-pix_fmt', 'yuv420p']);
    const turned = join(folder, 'turned.mp4');
    execFileSync(program, ['-v', 'error', '-y', '-i', path, '-c', 'copy', '-metadata:s:v', 'rotate=90', turned]);
    const [a, b] = [await ours(turned, { decoder: 'webcodecs' }), await ours(turned, { decoder: 'ffmpeg' })];
    expect(a.equals(b) && a.equals(await ours(path))).toBe(true);
  });

  test('never throws and never invents frames, wherever a film is cut', async () => {
    const film = await mp4(planes);
    for (let length = 0; length < film.length; length += 97) {
      const result = await decodeStack()(stackFromBytes('cut', film.subarray(0, length)));
      expect(result._tag).toBe('Left');
    }
  });

  test('never throws, whatever byte of the index is wrong', async () => {
    const film = await mp4(planes);
    const [from, to] = [0, Buffer.from(film).indexOf('mdat', 0, 'latin1')];
    for (let at = from; at < to; at += 5) {
      const broken = film.slice();
      broken[at] ^= 0xa5;
      const result = await decodeStack({ limits: { seconds: 10 } })(stackFromBytes('broken', broken));
      if (E.isRight(result)) expect(result.right.frames.length).toBeGreaterThan(0);
      else if (result.left._tag !== 'IoFailure') expect(result.left.reason).not.toBe('');
    }
  });
});

test('firstDamaged() finds lengths that do not add up, and zeros that no encoder writes', () => {
  const sample = (size: number) => ({ offset: 0, size, isKey: true, shownAt: 0 });
  const unit = (...bytes: readonly number[]): Uint8Array => Uint8Array.of(0, bytes.length, ...bytes);
  const check = (bytes: Uint8Array): number => firstDamaged(bytes, [sample(bytes.length)], 2);
  expect(check(joined([unit(1, 2, 3), unit(4, 0, 0, 3, 0, 0)]))).toBe(-1);
  expect(check(joined([unit(1, 2, 3), Uint8Array.of(0, 9, 1)]))).toBe(0);
  for (const bare of [
    [0, 0, 0],
    [0, 0, 1],
    [0, 0, 2],
    [7, 0, 0, 0],
    [7, 7, 0, 0, 1, 7],
  ]) {
    expect(check(unit(...bare))).toBe(0);
  }
});

describe('decodePipeline()', () => {
  const wrong = (change: object): { readonly fields: readonly (string | undefined)[]; readonly text: string } => {
    const result = decodePipeline('mine.json', JSON.stringify({ ...presets.zfturbo, ...change }));
    if (E.isRight(result)) throw new Error('expected a failure');
    return { fields: result.left.issues.map((issue) => issue.field), text: JSON.stringify(result.left.issues) };
  };

  test('gives back a pipeline of one’s own', () => {
    const mine: Pipeline = {
      ...presets.kbrodtAlone,
      name: 'mine',
      outline: { _tag: 'Whole' },
      channels: ['green'],
      models: [{ role: 'only' }],
    };
    expect(decodePipeline('mine.json', encodePipeline(mine))).toEqual(E.right(mine));
  });

  test('names a field that is wrong', () => {
    expect(wrong({ layout: 'HWC' }).fields).toEqual(['layout']);
    expect(wrong({ flips: ['none', 'X'] }).fields).toEqual(['flips.1']);
    expect(wrong({ flips: [] }).fields).toEqual(['flips']);
    expect(wrong({ outline: { ...presets.zfturbo.outline, box: { _tag: 'Margin', before: 1 } } }).fields).toEqual([
      'outline.box.after',
    ]);
    expect(wrong({ ensemble: { _tag: 'Median' } }).text).toContain('Mean, Votes');
    expect(wrong({ resize: { method: 'nearest', height: 128, width: 0 } }).fields).toEqual([
      'resize.method',
      'resize.width',
    ]);
  });

  test('names parts that do not go together', () => {
    expect(wrong({ depth: { _tag: 'Keep' } }).fields).toEqual(['depth']);
    expect(wrong({ layout: 'CHW' }).fields).toEqual(['layout', 'flips']);
    expect(wrong({ channels: ['red'] }).fields).toEqual(['scaling.mean', 'scaling.deviation']);
    expect(wrong({ ensemble: { _tag: 'Votes', atLeast: 6 } }).fields).toEqual(['ensemble.atLeast', 'models']);
  });

  test('a hash knows what a pipeline does, not what it is called', () => {
    expect(pipelineHash({ ...presets.zfturbo, name: 'mine', about: '' })).toBe(pipelineHash(presets.zfturbo));
    expect(new Set(Object.values(presets).map(pipelineHash)).size).toBe(Object.keys(presets).length);
  });

  test('says what is no JSON', () => {
    expect(decodePipeline('mine.json', '{')).toMatchObject({ _tag: 'Left', left: { source: 'mine.json', total: 1 } });
  });
});
