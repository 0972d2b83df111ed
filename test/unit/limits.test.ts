import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { program } from '../../src/cli/program.js';
import {
  decodeStack,
  type Limits,
  openPool,
  openPredictor,
  presets,
  type StackSource,
  stackFromBytes,
  stackFromFrames,
} from '../../src/model.js';
import { frames, mp4, steady, yuvFrame } from './stackFixture.js';

/** Limits and raw frames that make no sense are said to, before anything is decoded. */

const decoded = (limits: Partial<Limits>, source?: StackSource) =>
  decodeStack({ limits })(
    source ?? stackFromFrames('raw', { width: 1, height: 1, pixels: { _tag: 'Grey' }, frames: [new Uint8Array(1)] }),
  );

describe('limits', () => {
  test.each(['bytes', 'frames', 'decodedBytes', 'seconds'] as const)(
    '%s that are no number are refused',
    async (name) => {
      for (const value of [Number.NaN, -1, undefined, '12'] as readonly unknown[]) {
        const limits = { [name]: value } as Partial<Limits>;
        await expect(decoded(limits)).rejects.toThrow(new RegExp(`^limits.${name}: expected a number, 0 or more, got`));
        await expect(openPredictor({ limits })({ pipeline: presets.zfturbo })).rejects.toThrow(RangeError);
        await expect(openPool({ limits })({ pipeline: presets.zfturbo })).rejects.toThrow(RangeError);
      }
    },
  );
  test.each([2_147_484, 9_999_999, Number.POSITIVE_INFINITY])(
    '%d seconds are long, not over at once',
    async (seconds) => {
      const clip = await decoded({ seconds }, stackFromBytes('film', await mp4(frames(steady(40), yuvFrame))));
      expect(E.isRight(clip)).toBe(true);
    },
  );
  test('may be without end', async () => {
    const endless = Number.POSITIVE_INFINITY;
    const limits = { bytes: endless, frames: endless, decodedBytes: endless, seconds: endless };
    expect(E.isRight(await decoded(limits))).toBe(true);
  });
});

describe('--limit-seconds', () => {
  const parsed = (text: string): unknown => {
    let given: object = {};
    const tandem = program([], async (flags) => {
      given = flags;
    });
    const silent = { writeErr: () => undefined };
    for (const command of [tandem, ...tandem.commands]) command.exitOverride().configureOutput(silent);
    tandem.parse(['score', 'videos', '--preset', 'zfturbo', '--limit-seconds', text], { from: 'user' });
    return 'limitSeconds' in given ? given.limitSeconds : undefined;
  };
  test('takes whole seconds', () => expect(parsed('600')).toBe(600));
  test('takes as many as a timer can count', () => expect(parsed('2147483')).toBe(2_147_483));
  test.each(['0', '-1', '1.5', 'NaN', '2147484', '9999999'])('refuses %s, and says what it takes', (text) =>
    expect(() => parsed(text)).toThrow(/Expected whole seconds, 1 to 2147483/),
  );
});

describe('fromFrames()', () => {
  const raw = { width: 2, height: 2, pixels: { _tag: 'Grey' }, frames: [new Uint8Array(4)] } as const;
  const yuv = { _tag: 'Yuv', shiftX: 1, shiftY: 1, full: false } as const;
  const given = (odd: object): (() => StackSource) => {
    return () => stackFromFrames('raw', { ...raw, ...odd } as Parameters<typeof stackFromFrames>[1]);
  };
  test('takes arrays of bytes, whatever their make', () => {
    for (const frame of [new Uint8Array(4), new Uint8ClampedArray(4), Buffer.alloc(4)]) {
      expect(given({ frames: [frame] })()).toMatchObject({ _tag: 'Frames', width: 2 });
    }
    expect(given({ pixels: yuv, frames: [new Uint8Array(6)] })()).toMatchObject({ pixels: yuv });
  });
  test.each([
    ['a negative width', { width: -4 }, 'raw: width: expected a whole number, 0 or more, got -4'],
    ['half a row', { height: 2.5 }, 'raw: height: expected a whole number, 0 or more, got 2.5'],
    ['no number', { width: Number.NaN }, 'raw: width: expected a whole number, 0 or more, got NaN'],
    ['no width', { width: undefined }, 'raw: width: expected a whole number, 0 or more, got undefined'],
    ['an undefined frame', { frames: [undefined] }, 'raw: expected frame 0 to be a Uint8Array, got Undefined'],
    ['a hole', { frames: Array(1) }, 'raw: expected frame 0 to be a Uint8Array, got Undefined'],
    ['floats', { frames: [new Float32Array(4)] }, 'raw: expected frame 0 to be a Uint8Array, got Float32Array'],
    ['a list', { frames: [[1, 2, 3, 4]] }, 'raw: expected frame 0 to be a Uint8Array, got Array'],
    ['no list', { frames: undefined }, 'raw: expected a list of frames, got Undefined'],
    ['unknown pixels', { pixels: { _tag: 'Bgr' } }, 'raw: expected pixels of Yuv, Rgb or Grey, got {"_tag":"Bgr"}'],
    ['no pixels', { pixels: undefined }, 'raw: expected pixels of Yuv, Rgb or Grey, got undefined'],
    ['no shift', { pixels: { ...yuv, shiftY: undefined } }, 'raw: pixels.shiftY: expected 0 to 1, got undefined'],
    ['no range', { pixels: { ...yuv, full: 1 } }, 'raw: expected pixels.full to be true or false, got 1'],
  ])('refuses %s', (_, odd, says) => expect(given(odd)).toThrow(new RangeError(says)));
});
