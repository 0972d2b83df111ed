import type { Answer, EventStore, Sent } from './store.js';

/** How requests share transactions. */
export interface GroupCommitOptions {
  /** Events in one transaction at most; default 10,000. */
  readonly most?: number | undefined;
  /** Events that may wait before more are turned away; default 50,000. */
  readonly mostWaiting?: number | undefined;
}

/** The queue in front of a database. */
export interface GroupCommit {
  /** Resolves when the events are on disk; `undefined` at once when too many wait already. */
  readonly add: (sent: readonly Sent[]) => Promise<readonly Answer[]> | undefined;
  readonly waiting: () => number;
  /** Resolves when nothing waits any more. */
  readonly idle: () => Promise<void>;
}

interface Waiting {
  readonly sent: readonly Sent[];
  readonly done: (answers: readonly Answer[]) => void;
  readonly failed: (cause: unknown) => void;
}

/**
 * Collects the events of many requests while one transaction is on its way, and commits them together in the next. A disk that
 * syncs a thousand times a second so takes many thousand events.
 *
 * Requests are committed in the order in which they came. When a transaction fails, the requests of it fail, and none of their
 * events is stored.
 */
export const groupCommit = (
  apply: EventStore['apply'],
  { most = 10_000, mostWaiting = 50_000 }: GroupCommitOptions = {},
): GroupCommit => {
  const queue: Waiting[] = [];
  let waiting = 0;
  let running: Promise<void> | undefined;

  const commit = async (): Promise<void> => {
    while (queue.length > 0) {
      const group: Waiting[] = [];
      let size = 0;
      do {
        const one = queue.shift();
        if (one === undefined) break;
        group.push(one);
        size += one.sent.length;
      } while (queue.length > 0 && size + queue[0].sent.length <= most);
      try {
        const answers = await apply(group.flatMap(({ sent }) => sent));
        let from = 0;
        for (const { sent, done } of group) {
          done(answers.slice(from, from + sent.length));
          from += sent.length;
        }
      } catch (cause) {
        for (const { failed } of group) failed(cause);
      }
      waiting -= size;
    }
    running = undefined;
  };

  return {
    add: (sent) => {
      if (waiting > 0 && waiting + sent.length > mostWaiting) return undefined;
      waiting += sent.length;
      return new Promise((done, failed) => {
        queue.push({ sent, done, failed });
        // Not at once: what arrives in the same turn goes together.
        running ??= new Promise((resolve) => setImmediate(() => resolve(commit())));
      });
    },
    waiting: () => waiting,
    idle: async () => {
      while (running !== undefined) await running;
    },
  };
};
