import type { GroupCommit } from './groupCommit.js';
import type { Answer, EventStore } from './store.js';

/** Counters for Prometheus: base units, and no ids as labels. */
export interface Metrics {
  readonly request: (route: string, status: number, seconds: number) => void;
  readonly events: (answers: readonly Answer[]) => void;
  readonly text: () => Promise<string>;
  readonly contentType: string;
}

/** Seconds; p99 should stay below .05. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];

/** Opens the metrics of one service; what is counted in the database is counted when somebody asks. */
export const openMetrics = async (from: {
  readonly store: EventStore;
  readonly commit: GroupCommit;
}): Promise<Metrics> => {
  const { Counter, Gauge, Histogram, Registry } = await import('prom-client');
  const registry = new Registry();
  const registers = [registry];
  const seconds = new Histogram({
    name: 'tandem_request_seconds',
    help: 'Time of a request',
    labelNames: ['route', 'status'],
    buckets: BUCKETS,
    registers,
  });
  const outcomes = new Counter({
    name: 'tandem_events_total',
    help: 'Events by what became of them',
    labelNames: ['outcome'],
    registers,
  });
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
  const gauges = {
    events: gauge('tandem_stored_events', 'Events in the database'),
    stacks: gauge('tandem_stacks', 'Stacks in the database'),
    open: gauge('tandem_open_stacks', 'Stacks that are not decided'),
    outbox: gauge('tandem_outbox_rows', 'Changes that subscribers have still to be told'),
  };
  const waiting = gauge('tandem_waiting_events', 'Events that wait for a transaction');
  const shadow = gauge('tandem_shadow_differences', 'Decisions in which the policy on trial differs');
  return {
    request: (route, status, time) => seconds.observe({ route, status: String(status) }, time),
    events: (answers) => {
      for (const { outcome } of answers) outcomes.inc({ outcome });
    },
    text: async () => {
      const counts = await from.store.counts();
      for (const name of ['events', 'stacks', 'open', 'outbox'] as const) gauges[name].set(counts[name]);
      waiting.set(from.commit.waiting());
      shadow.set(from.store.shadow()?.differ ?? 0);
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
};
