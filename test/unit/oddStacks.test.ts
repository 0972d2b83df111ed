import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { format } from '../../src/domain/errors.js';
import type { Pipeline } from '../../src/model/pipeline/pipeline.js';
import {
  type DecodeOptions,
  decodeStack,
  type ModelFailure,
  type Prepared,
  prepareStack,
  presets,
  type StackSource,
  stackFromBytes,
  stackFromFile,
  stackFromFrames,
} from '../../src/model.js';
import { frames, HEIGHT, joined, mp4, npy, RING, rgbFrame, steady, tiff, WIDTH, yuvFrame } from './stackFixture.js';

/** Broken and odd stacks: each is a tagged failure with a reason and a remedy, never a tensor. */

const folder = mkdtempSync(join(tmpdir(), 'tandem-odd-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const good = frames(steady(12), rgbFrame);
let film: Uint8Array;
beforeAll(async () => {
  film = await mp4(frames(steady(12), yuvFrame));
});

const outcome = async (
  source: StackSource,
  pipeline: Pipeline = presets.zfturbo,
  options: DecodeOptions = {},
): Promise<E.Either<ModelFailure, Prepared>> => prepareStack({ ...options, pipeline })(source);

const fails = async (
  source: StackSource,
  tag: ModelFailure['_tag'],
  more: {
    readonly pipeline?: Pipeline;
    readonly options?: DecodeOptions;
    readonly says?: RegExp;
    readonly frame?: number;
  } = {},
): Promise<void> => {
  const result = await outcome(source, more.pipeline, more.options);
  if (E.isRight(result)) throw new Error(`expected ${tag}, got a tensor`);
  const text = format(result.left);
  expect(result.left._tag, text).toBe(tag);
  // Where, what, and how to mend it.
  expect(text).toContain(source.stack);
  if (result.left._tag !== 'IoFailure') expect(result.left.fix.length).toBeGreaterThan(20);
  if (more.says !== undefined) expect(text).toMatch(more.says);
  if (more.frame !== undefined) expect(result.left).toMatchObject({ frame: more.frame });
};

const raw = (list: readonly Uint8Array[]): StackSource =>
  stackFromFrames('raw', { width: WIDTH, height: HEIGHT, pixels: { _tag: 'Rgb' }, frames: list });
const bytes = (data: Uint8Array): StackSource => stackFromBytes('stack.mp4', data);
const file = (name: string, data: Uint8Array): StackSource => {
  writeFileSync(join(folder, name), data);
  return stackFromFile(join(folder, name));
};
const same = (a: Float32Array, b: Float32Array): boolean => Buffer.from(a.buffer).equals(Buffer.from(b.buffer));
const find = (data: Uint8Array, text: string): number => Buffer.from(data).indexOf(text, 0, 'latin1');
const patched = (data: Uint8Array, at: number, ...values: readonly number[]): Uint8Array => {
  const copy = data.slice();
  copy.set(values, at);
  return copy;
};
const ascii = (text: string): readonly number[] => [...Buffer.from(text, 'latin1')];

describe('files', () => {
  test('no file', () => fails(stackFromFile(join(folder, 'absent.mp4')), 'IoFailure'));
  test('a folder', () => fails(stackFromFile(folder), 'FormatUnknown'));
  test('an empty file', () => fails(file('empty.mp4', new Uint8Array(0)), 'StackEmpty'));
  test('no bytes', () => fails(bytes(new Uint8Array(0)), 'StackEmpty'));
  test('a web page under a film’s name', () =>
    fails(bytes(Uint8Array.from(ascii('<!doctype html><title>404</title>'))), 'FormatUnknown'));
  test('zeros', () => fails(bytes(new Uint8Array(4096)), 'FormatUnknown'));
  test('a few bytes', () => fails(bytes(Uint8Array.of(1, 2, 3)), 'FormatUnknown'));
  test('more bytes than allowed', () =>
    fails(file('long.mp4', film), 'StackTooLarge', { options: { limits: { bytes: 1000 } }, says: /1000/ }));
  test('aborted before it began', () =>
    fails(bytes(film), 'DecodeAborted', { options: { signal: AbortSignal.abort() } }));
  test('no time at all', () =>
    fails(file('slow.mp4', film), 'DecodeTimedOut', { options: { limits: { seconds: 0 } } }));
});

describe('films', () => {
  test('are read from files and from memory alike', async () => {
    const [a, b] = [await outcome(file('good.mp4', film)), await outcome(bytes(film))];
    if (E.isLeft(a) || E.isLeft(b)) throw new Error('expected tensors');
    expect(a.right.frames).toBe(12);
    expect(same(a.right.tensor.data, b.right.tensor.data)).toBe(true);
  });
  test('cut before its index', () =>
    fails(bytes(film.subarray(0, find(film, 'moov') + 40)), 'StackTruncated', { says: /moov/ }));
  test('cut inside its frames', () =>
    fails(bytes(film.subarray(0, film.length - 400)), 'StackTruncated', { says: /12 frames/ }));
  test('whose index is noise', () => {
    const at = find(film, 'trak') + 4;
    return fails(bytes(patched(film, at, ...ascii('noise!! noise!! noise!!'))), 'StackDamaged', { says: /index/ });
  });
  test('without a picture', () =>
    fails(bytes(patched(film, find(film, 'vide'), ...ascii('soun'))), 'FormatUnknown', { says: /video track/ }));
  test('whose frame table lies', () =>
    fails(bytes(patched(film, find(film, 'stsz') + 12, 0xff, 0xff, 0xff, 0xff)), 'StackDamaged'));
  test('without frames', () => fails(bytes(patched(film, find(film, 'stsz') + 12, 0, 0, 0, 0)), 'StackEmpty'));
  test('whose frames are noise', () => {
    const at = find(film, 'mdat') + 4;
    return fails(
      bytes(patched(film, at, ...Array.from({ length: film.length - at }, (_, i) => (i * 37) & 255))),
      'StackDamaged',
    );
  });
  test('with a hole of zeros, as broken downloads leave it', () => {
    const at = film.length - 300;
    return fails(bytes(patched(film, at, ...Array(64).fill(0))), 'StackDamaged', { says: /frame \d+/ });
  });
  test('of a codec that only ffmpeg knows, where there is none', () => {
    const at = Buffer.from(film).indexOf('avc1', find(film, 'stsd'), 'latin1');
    return fails(bytes(patched(film, at, ...ascii('mp4v'))), 'DecoderMissing', {
      options: { decoder: 'webcodecs' },
      says: /mp4v/,
    });
  });
  test('more frames than allowed', () =>
    fails(bytes(film), 'StackTooLarge', { options: { limits: { frames: 11 } }, says: /12 frames/ }));
  test('more memory than allowed', () =>
    fails(bytes(film), 'StackTooLarge', { options: { limits: { decodedBytes: 100_000 } } }));
  test('one frame', async () =>
    fails(bytes(await mp4(frames(steady(1), yuvFrame))), 'StackTooShort', { says: /1 frame;/ }));
  test('three frames for four groups', async () =>
    fails(bytes(await mp4(frames(steady(3), yuvFrame))), 'StackTooShort', { pipeline: presets.azKa, says: /needs 4/ }));
  test('AVI, where there is no ffmpeg', () =>
    fails(bytes(Uint8Array.from(ascii('RIFF\x08\0\0\0AVI LIST'))), 'DecoderMissing', {
      options: { ffmpeg: '/no/such/ffmpeg' },
    }));
  test('a pipeline that re-encodes, where there is no ffmpeg', () =>
    fails(bytes(film), 'DecoderMissing', {
      pipeline: presets.lauraOnac,
      options: { ffmpeg: '/no/such/ffmpeg' },
      says: /lauraOnacBot/,
    }));
});

describe('arrays', () => {
  const shape = [12, HEIGHT, WIDTH, 3];
  const stack = (data: Uint8Array): StackSource => stackFromBytes('stack.npy', data);
  const body = joined(good);
  test('raw frames, .npy and TIFF give one tensor', async () => {
    const all = [raw(good), stack(npy(body, { shape })), stackFromBytes('stack.tif', tiff(good))];
    const tensors = (await Promise.all(all.map((source) => outcome(source)))).map((result) => {
      if (E.isLeft(result)) throw new Error(format(result.left));
      return result.right.tensor.data;
    });
    expect(same(tensors[0], tensors[1])).toBe(true);
    expect(same(tensors[0], tensors[2])).toBe(true);
  });
  test('.npy of floats', () => fails(stack(npy(body, { shape, descr: '<f4' })), 'FormatUnknown', { says: /<f4/ }));
  test('.npy in Fortran order', () => fails(stack(npy(body, { shape, fortran: true })), 'FormatUnknown'));
  test('.npy of one picture', () => fails(stack(npy(good[0], { shape: shape.slice(1, 3) })), 'FormatUnknown'));
  test('.npy without frames', () => fails(stack(npy(body, { shape: [0, ...shape.slice(1)] })), 'StackEmpty'));
  test('.npy cut off', () =>
    fails(stack(npy(body, { shape }).subarray(0, 200_000)), 'StackTruncated', { says: /frame 2/ }));
  test('.npy cut in its header', () => fails(stack(npy(body, { shape }).subarray(0, 60)), 'StackTruncated'));
  test('.npy that promises the moon', () =>
    fails(stack(npy(body, { shape: [2000, 100_000, 100_000, 3] })), 'StackTooLarge'));
  test('TIFF cut off', () => {
    const whole = tiff(good);
    // The index stays; the pixels of the last page are said to lie further out than the file reaches.
    const at = Buffer.from(whole).lastIndexOf(Buffer.from([0x11, 0x01, 4, 0]));
    return fails(stackFromBytes('stack.tif', patched(whole, at + 8, 0, 0, 0, 0x7f)), 'StackTruncated', { frame: 11 });
  });
  test('TIFF of 16 bits', () =>
    fails(stackFromBytes('stack.tif', tiff(good, { bits: 16, height: HEIGHT / 2 })), 'FormatUnknown', {
      says: /16 bits/,
    }));
  test('TIFF of noise', () =>
    fails(stackFromBytes('stack.tif', Uint8Array.from(ascii('II*\0noise noise noise'))), 'StackTruncated'));
  test('grey TIFF has no orange', () => {
    const grey = good.map((frame) => frame.filter((_, i) => i % 3 === 0));
    return fails(stackFromBytes('stack.tif', tiff(grey, { samples: 1 })), 'OutlineMissing');
  });
  test('no frames', () => fails(raw([]), 'StackEmpty'));
  test('a frame too short', () => fails(raw([...good.slice(0, 4), good[4].subarray(9)]), 'StackDamaged', { frame: 4 }));
});

describe('outlines', () => {
  const rings = { ...RING };
  const moved = { ...RING, col: RING.col + 50 };
  const second = { row: 40, col: 150, radius: 20 };
  const accepting = (pipeline: Pipeline): Pipeline => ({
    ...pipeline,
    guard: { ...pipeline.guard, jump: 'accept', twoOutlines: 'accept' },
  });
  test('none', () => fails(raw(frames(steady(8, []), rgbFrame)), 'OutlineMissing', { frame: 0 }));
  test('none in one frame', () =>
    fails(raw(frames([...steady(5), [], ...steady(3)], rgbFrame)), 'OutlineMissing', { frame: 5 }));
  test('none in one frame, as a decoder leaves it that painted over damage, is told how to check the file', () =>
    fails(raw(frames([...steady(5), [], ...steady(3)], rgbFrame)), 'OutlineMissing', {
      says: /damaged.*`ffmpeg -v error -i FILE -f null -`/,
    }));
  test('none in one frame, for a pipeline that looks at the first', async () => {
    const result = await outcome(raw(frames([...steady(5), [], ...steady(3)], rgbFrame)), presets.lauraOnacBot);
    expect(result._tag).toBe('Right');
  });
  test('none in the first frame, for a pipeline that looks at the first', () =>
    fails(raw(frames([[], ...steady(5)], rgbFrame)), 'OutlineMissing', { pipeline: presets.lauraOnacBot, frame: 0 }));
  test.each(Object.values(presets).filter((pipeline) => pipeline.reencode === undefined))(
    'that jumps, for $name',
    (pipeline) =>
      fails(raw(frames([...steady(6), ...steady(6, [moved])], rgbFrame)), 'OutlineJumps', {
        pipeline,
        frame: 6,
        says: /50 pixels/,
      }),
  );
  test('two', () => fails(raw(frames(steady(8, [rings, second]), rgbFrame)), 'OutlineAmbiguous', { says: /2 closed/ }));
  test('two, in a film', async () =>
    fails(bytes(await mp4(frames(steady(8, [rings, second]), yuvFrame))), 'OutlineAmbiguous'));
  test('in pieces, of which the wrong one is filled, is no black picture with a probability', () => {
    const specks = Array.from({ length: 12 }, (_, k) => ({ row: 8 + 12 * k, col: 170, radius: 1 }));
    return fails(raw(frames(steady(8, [RING, ...specks]), rgbFrame)), 'OutlineAmbiguous', {
      pipeline: presets.azKa,
      says: /in pieces/,
    });
  });
  test('that jumps, or two, where the pipeline accepts it', async () => {
    for (const list of [[...steady(6), ...steady(6, [moved])], steady(8, [rings, second])]) {
      expect((await outcome(raw(frames(list, rgbFrame)), accepting(presets.zfturbo)))._tag).toBe('Right');
    }
  });
  test('broken into two arcs is one outline', async () => {
    const result = await outcome(raw(frames(steady(8, [{ ...RING, broken: true }]), rgbFrame)));
    expect(result._tag).toBe('Right');
  });
  test('drawn as two strokes is one outline', async () => {
    const double = [RING, { ...RING, radius: RING.radius - 8 }];
    expect((await outcome(raw(frames(steady(8, double), rgbFrame))))._tag).toBe('Right');
  });
  test('that drifts by a pixel or two is no jump', async () => {
    const drift = Array.from({ length: 9 }, (_, f) => [{ ...RING, col: RING.col + 2 * f }]);
    expect((await outcome(raw(frames(drift, rgbFrame))))._tag).toBe('Right');
  });
  test('with a stray speck widens the box and is no jump', async () => {
    const speck = { row: 12, col: 170, radius: 1 };
    const list = Array.from({ length: 8 }, (_, f) => (f === 4 ? [RING, speck] : [RING]));
    const result = await outcome(raw(frames(list, rgbFrame)));
    if (E.isLeft(result)) throw new Error(format(result.left));
    expect(result.right.box.row0).toBeLessThan(12);
  });
});

test('decoding alone gives frames as coded', async () => {
  const clip = await decodeStack()(bytes(film));
  if (E.isLeft(clip)) throw new Error(format(clip.left));
  expect(clip.right).toMatchObject({
    width: WIDTH,
    height: HEIGHT,
    pixels: { _tag: 'Yuv', shiftX: 1, shiftY: 1, full: false },
  });
  expect(clip.right.frames.map((frame) => frame.length)).toEqual(Array(12).fill((WIDTH * HEIGHT * 3) / 2));
});
