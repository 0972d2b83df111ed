import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';

/** How one run of the program ended. */
export interface FfmpegRun {
  readonly stdout: Uint8Array;
  readonly stderr: string;
  readonly status: number | 'aborted' | 'too much output';
}

const NAMES = process.platform === 'win32' ? ['ffmpeg.exe'] : ['ffmpeg'];

const isProgram = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

/**
 * Finds ffmpeg: at the given path, in `TANDEM_FFMPEG`, on PATH, or in the npm package `@ffmpeg-installer/ffmpeg` if it
 * is installed.
 */
export const findFfmpeg = async (given?: string): Promise<string | undefined> => {
  const named = given ?? process.env['TANDEM_FFMPEG'];
  if (named !== undefined && named !== '') return (await isProgram(named)) ? named : undefined;
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    for (const name of NAMES) {
      if (folder !== '' && (await isProgram(join(folder, name)))) return join(folder, name);
    }
  }
  // Not a dependency: 66 MB under the GPL. The name is in a variable, so that bundlers do not try to include it.
  const installer = '@ffmpeg-installer/ffmpeg';
  const found: unknown = await import(installer).catch(() => undefined);
  const path = (found as { default?: { path?: unknown } } | undefined)?.default?.path;
  return typeof path === 'string' && (await isProgram(path)) ? path : undefined;
};

/**
 * Runs ffmpeg to its end, without a shell and without a terminal.
 *
 * @param most - stops ffmpeg when its output exceeds this number of bytes
 * @returns `Left` when the program could not be started
 */
export const runFfmpeg = (
  program: string,
  args: readonly string[],
  { input, most, signal }: { readonly input?: Uint8Array; readonly most: number; readonly signal: AbortSignal },
): Promise<E.Either<Error, FfmpegRun>> =>
  new Promise((resolve) => {
    const child = spawn(program, ['-v', 'error', '-nostdin', ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
    const parts: Uint8Array[] = [];
    let bytes = 0;
    let stderr = '';
    let stopped: 'aborted' | 'too much output' | undefined;
    const stop = (why: 'aborted' | 'too much output'): void => {
      stopped ??= why;
      child.kill('SIGKILL');
    };
    const onAbort = (): void => stop('aborted');
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    child.stdout.on('data', (part: Uint8Array) => {
      bytes += part.length;
      if (bytes > most) stop('too much output');
      else parts.push(part);
    });
    child.stderr.on('data', (part: Uint8Array) => {
      if (stderr.length < 2000) stderr += new TextDecoder().decode(part);
    });
    // The program may end before it has read all input; its exit status shows whether it failed.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input ?? new Uint8Array(0));
    const done = (result: E.Either<Error, FfmpegRun>): void => {
      signal.removeEventListener('abort', onAbort);
      resolve(result);
    };
    child.on('error', (error) => done(E.left(error)));
    child.on('close', (code) => {
      const stdout = new Uint8Array(bytes > most ? 0 : bytes);
      let at = 0;
      for (const part of bytes > most ? [] : parts) {
        stdout.set(part, at);
        at += part.length;
      }
      done(E.right({ stdout, stderr: stderr.trim(), status: stopped ?? code ?? -1 }));
    });
  });
