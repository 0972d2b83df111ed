import { type ChildProcess, fork } from 'node:child_process';
import * as E from 'fp-ts/lib/Either.js';
import { MOST_SECONDS } from '../../frames/limits.js';
import type { WorkerReply, WorkerRequest } from './worker.js';

/** How a child ended, as a participle: `killed by SIGKILL`. */
export interface Died {
  readonly _tag: 'Died';
  readonly how: string;
  /** Present when it was killed because it gave no sign of life for so many seconds. */
  readonly silentFor?: number;
}

/** A child that answers one request at a time. */
export interface WorkerProcess {
  readonly pid: number | undefined;
  readonly isAlive: () => boolean;
  /** @param seconds - until the first sign of life, after which the child says how long the next one may take */
  readonly request: (message: WorkerRequest, seconds: number) => Promise<E.Either<Died, WorkerReply>>;
  /** Lets it go; kills it when it does not go by itself. */
  readonly end: () => Promise<void>;
  readonly kill: () => Promise<void>;
}

const YOUNG_MB = 2;
const STDERR_KEPT = 2000;
const GRACE_MS = 1000;
const STDERR_MS = 200;

/** Starts a child. It dies with its channel to this process, however that closes. */
export const startWorker = (entry: URL): WorkerProcess => {
  const child = fork(entry, [], {
    // Structured clone: bytes stay bytes.
    serialization: 'advanced',
    // A test runner's or debugger's flags are not meant for it. Left alone, V8 widens the room for young objects over the
    // first hundreds of stacks; pixels and tensors lie elsewhere, so that only costs memory.
    execArgv: [`--max-semi-space-size=${YOUNG_MB}`],
    // Each decoding thread would else keep a heap of its own (glibc; others ignore it), and those fill up slowly.
    env: { MALLOC_ARENA_MAX: '2', ...process.env },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_KEPT);
  });
  let died: Died | undefined;
  let settle: ((reply: E.Either<Died, WorkerReply>) => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  const expect = (seconds: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      died ??= { _tag: 'Died', how: `killed after ${seconds} s without an answer`, silentFor: seconds };
      child.kill('SIGKILL');
    }, Math.min(seconds, MOST_SECONDS) * 1000);
  };
  const answer = (reply: E.Either<Died, WorkerReply>): void => {
    clearTimeout(timer);
    const waiting = settle;
    settle = undefined;
    waiting?.(reply);
  };
  const ended = new Promise<void>((resolve) => {
    const end = (how: string): void => {
      died ??= { _tag: 'Died', how };
      answer(E.left(died));
      resolve();
    };
    child.once('error', (error) => end(`not started (${error.message})`));
    // `close` comes when stderr has been read to its end, but a grandchild may hold that open.
    child.once('close', (code, signal) => end(howEnded(code, signal, stderr)));
    child.once('exit', (code, signal) => setTimeout(() => end(howEnded(code, signal, stderr)), STDERR_MS));
  });
  child.on('message', (reply: WorkerReply) => {
    if (reply._tag === 'Alive') expect(reply.seconds);
    else answer(E.right(reply));
  });
  const kill = async (): Promise<void> => {
    if (died === undefined) child.kill('SIGKILL');
    await ended;
  };
  return {
    pid: child.pid,
    isAlive: () => died === undefined && child.exitCode === null && child.signalCode === null,
    request: (message, seconds) =>
      died === undefined
        ? new Promise((resolve) => {
            settle = resolve;
            expect(seconds);
            send(child, message);
          })
        : Promise.resolve(E.left(died)),
    end: async () => {
      if (child.connected) child.disconnect();
      const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
      await ended;
      clearTimeout(timer);
    },
    kill,
  };
};

/** A child that cannot be written to is as good as dead; its end is told by `close`. */
const send = (child: ChildProcess, message: WorkerRequest): void => {
  child.send(message, (error) => {
    if (error !== null) child.kill('SIGKILL');
  });
};

const howEnded = (code: number | null, signal: string | null, stderr: string): string => {
  const last = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /\S/.test(line) && !/^(at |Node\.js v|\^|throw )/.test(line));
  const said = last.find((line) => /Error|terminate|fatal/i.test(line)) ?? last.at(-1);
  const how = signal === null ? `ended with code ${code}` : `killed by ${signal}`;
  return said === undefined ? how : `${how} (${said.slice(0, 200)})`;
};
