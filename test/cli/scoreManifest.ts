import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { shared } from '../shared.js';
import { rows, tandem } from './tandem.js';

/** The tensors of the winners' own code, and what `tandem score --tensors-only` says of the same stacks. */

export const MANIFEST = 'winners/manifest.json';

export const STACKS: readonly string[] = ['900001.mp4', '900002.mp4', '900003.mp4', '900005.mp4', '900007.mp4'];

export const video = (stack: string): string => `winners/videos/${stack}`;

/** Where the manifest keeps the tensors of a preset; it leaves out an axis of one channel. */
export const PRESETS = [
  { preset: 'zfturbo', at: ['zfturbo', 'videos'], lead: [] },
  { preset: 'zfturboBot', at: ['zfturbo', 'videos'], lead: [] },
  { preset: 'kbrodt', at: ['kbrodt', 'videos'], lead: [1] },
  { preset: 'kbrodtAlone', at: ['kbrodt', 'videos'], lead: [1] },
  { preset: 'kbrodtBot', at: ['bots', 'clsc2_rows_skipped'], lead: [1] },
  { preset: 'lauraOnac', at: ['laura', 'videos'], lead: [] },
  { preset: 'lauraOnacBot', at: ['bots', 'gaia'], lead: [] },
] as const;

interface Listed {
  readonly input: { readonly sha256: string; readonly shape: readonly number[] };
}

/** Every one of the stacks has the listed shape and SHA-256. */
export const expectListed = (
  { preset, at, lead }: (typeof PRESETS)[number],
  out: string,
  stacks: readonly string[],
): void => {
  const paths = stacks.map((stack) => shared(video(stack)));
  expect(tandem('score', ...paths, '--preset', preset, '--tensors-only', '--out', out).code).toBe(0);
  const found = rows(out).filter(({ input }) => input === 'input');
  const manifest: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, Listed>>>>>> = JSON.parse(
    readFileSync(shared(MANIFEST), 'utf8'),
  );
  const listed = stacks.map((stackId) => {
    const { sha256, shape } = manifest[at[0]][at[1]][stackId].input;
    return { stackId, input: 'input', shape: [...lead, ...shape].join('x'), sha256 };
  });
  expect(found).toEqual(listed);
};
