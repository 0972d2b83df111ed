import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Pipeline } from '../../src/model/pipeline/pipeline.js';
import { encodePipeline } from '../../src/model.js';
import { greyStack } from '../unit/runnerFixture.js';
import { npy } from '../unit/stackFixture.js';

/** Folders of stacks of a few hundred bytes, some of them broken. */

/** Ways in which stack number `n` is broken. */
export type Fault = 'sound' | 'empty' | 'truncated' | 'no stack' | 'too short' | 'wrong type';

const HEIGHT = 4;
const WIDTH = 5;

/** The bytes of stack number `n`: grey frames, three to nine of them. */
export const stackBytes = (n: number, fault: Fault = 'sound', sound = 3 + (n % 7)): Uint8Array => {
  if (fault === 'empty') return new Uint8Array(0);
  if (fault === 'no stack') return new TextEncoder().encode('<html>404 Not Found</html>');
  const frames = fault === 'too short' ? 1 : sound;
  const source = greyStack(n, frames);
  if (source._tag !== 'Frames') throw new Error('expected frames');
  const body = new Uint8Array(frames * HEIGHT * WIDTH);
  for (const [f, frame] of source.frames.entries()) body.set(frame, f * HEIGHT * WIDTH);
  const whole = npy(body, { shape: [frames, HEIGHT, WIDTH], descr: fault === 'wrong type' ? '<f4' : '|u1' });
  return fault === 'truncated' ? whole.subarray(0, whole.length - 30) : whole;
};

const FAULTS: readonly Fault[] = ['empty', 'truncated', 'no stack', 'too short', 'wrong type'];

/** About one stack in twelve is broken, in turn in every way. */
export const faultOf = (n: number): Fault => (n % 12 === 5 ? FAULTS[Math.floor(n / 12) % FAULTS.length] : 'sound');

/** Writes stacks `from` .. `to - 1` as `stack_<n>.npy`. */
export const writeStacks = (
  folder: string,
  from: number,
  to: number,
  fault: (n: number) => Fault = () => 'sound',
): void => {
  mkdirSync(folder, { recursive: true });
  for (let n = from; n < to; n++) writeFileSync(join(folder, `stack_${n}.npy`), stackBytes(n, fault(n)));
};

export const writePipeline = (path: string, pipeline: Pipeline): string => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, encodePipeline(pipeline));
  return path;
};
