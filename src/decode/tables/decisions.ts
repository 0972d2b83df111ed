import type * as TE from 'fp-ts/lib/TaskEither.js';
import * as t from 'io-ts';
import type { InvalidInput, IoFailure } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import { type Door, decodeRow, door } from '../text/door.js';
import { type Columns, type Field, STACK_ID } from '../text/header.js';
import { type IssueLog, quoted } from '../text/issues.js';
import type { Source } from '../text/source.js';
import { decodeTable, type TableReader } from '../text/table.js';
import { StackId } from './ids.js';
import { Score } from './scores.js';

/** What became of a stack. `unread`: nothing was seen of it, or reading it failed; that is never an answer. */
export type DecisionName = 'stalled' | 'flowing' | 'ask crowd' | 'ask expert' | 'unread';

/** Decisions as they stand in decisions.csv; columns in file order. */
export interface DecisionTable {
  /** Distinct stack ids. */
  readonly stackIds: readonly string[];
  /** Aligned with `stackIds`. Absent when the file is one of scores alone. */
  readonly fate?: readonly DecisionName[];
  /** Log-odds, or the score in their place, of the rows that have one. */
  readonly value: { readonly stackIds: readonly string[]; readonly score: Float64Array };
}

const DECISION: Field = { name: 'decision', required: 'no', aliases: ['routing', 'verdict'] };
const REASON: Field = { name: 'reason', required: 'no', aliases: [] };
const VALUE: Field = {
  name: 'logOdds',
  required: 'no',
  aliases: ['score', 'probability', 'p', 'prediction', 'posterior', 'crowdscore'],
};

const FATES: ReadonlyMap<string, DecisionName> = new Map<string, DecisionName>([
  ['stalled', 'stalled'],
  ['flowing', 'flowing'],
  ['ask crowd', 'ask crowd'],
  ['ask expert', 'ask expert'],
  ['unread', 'unread'],
  ['unreadable', 'unread'],
  ['failed', 'unread'],
  ['', 'unread'],
]);

const FateDoor: Door<DecisionName | undefined> = door(
  'Decision',
  (value) => {
    if (value === undefined || value === null) return { value: undefined };
    const fate = typeof value === 'string' ? FATES.get(value.trim().toLowerCase()) : undefined;
    return fate === undefined ? undefined : { value: fate };
  },
  () => ({
    expected: 'stalled, flowing, ask crowd, ask expert, or unread',
    fix: 'Give the decisions.csv that `tandem decide` or `tandem run` wrote.',
  }),
);

const Reason: Door<string> = door(
  'Reason',
  (value) => ({ value: typeof value === 'string' ? value.trim() : '' }),
  () => ({ expected: 'text', fix: 'Write why, or leave it empty.' }),
);

interface DecisionRow {
  readonly stackId: string;
  readonly decision: DecisionName | undefined;
  readonly reason: string;
  readonly logOdds: number | undefined;
}

const DecisionCodec: t.Type<DecisionRow, unknown, unknown> = t.strict(
  { stackId: StackId, decision: FateDoor, reason: Reason, logOdds: Score },
  'Decision',
);

/** How decisions.csv says that the posterior of a stack is its prior and nothing else. */
const NOTHING_SEEN = /^(neither votes nor a score|unread|failed)/;

const decisionReader =
  ({ columns, wanted }: DecisionOptions) =>
  (log: IssueLog): TableReader<DecisionTable> => {
    const fates = new Map<string, DecisionName | undefined>();
    const values = new Map<string, number>();
    const decisionField: Field = wanted === 'decisions' ? { ...DECISION, required: 'table' } : DECISION;
    const valueField: Field = wanted === 'values' ? { ...VALUE, required: 'table' } : VALUE;
    return {
      rows: {
        what: 'decision',
        fields: [STACK_ID, decisionField, REASON, valueField],
        columns,
        take: (cells, place) => {
          const row = decodeRow(DecisionCodec, cells, place, log);
          if (row === undefined) return;
          if (fates.has(row.stackId)) {
            log.add(() => ({
              line: place.line,
              field: 'stackId',
              found: `stack ${quoted(row.stackId)} again`,
              expected: 'one row per stack',
              fix: 'Remove one of the rows, or give one batch at a time.',
            }));
            return;
          }
          const seen = !NOTHING_SEEN.test(row.reason) && row.decision !== 'unread';
          fates.set(row.stackId, seen || row.decision === undefined ? row.decision : 'unread');
          if (seen && row.logOdds !== undefined) values.set(row.stackId, row.logOdds);
        },
      },
      value: () => {
        const stackIds = Array.from(fates.keys());
        const fate = Array.from(fates.values()).filter((one) => one !== undefined);
        return present({
          stackIds,
          fate: fate.length === stackIds.length ? fate : undefined,
          value: { stackIds: Array.from(values.keys()), score: Float64Array.from(values.values()) },
        });
      },
    };
  };

export interface DecisionOptions {
  /** Which column to take for a field, e.g. `{ logOdds: 'p_resnet110' }`. */
  readonly columns?: Columns | undefined;
  /** Which of the two the file must have. */
  readonly wanted: 'decisions' | 'values';
}

/**
 * Decodes decisions.csv, or, where only values are wanted, any table of scores.
 *
 * A stack of which nothing was seen is `unread`, whatever it was routed to, and has no value: its log-odds are the prior.
 *
 * @returns decisions and values by stack
 * @left InvalidInput with the first five issues and their number; IoFailure
 * @example
 * const text = 'stackId,logOdds,decision,reason\ns1,-7.1,flowing,below\ns2,-4.6,ask crowd,neither votes nor a score\n';
 * const table = Errors.getOrThrow(await Decode.decisions(Decode.fromText('decisions.csv', text), { wanted: 'decisions' })());
 * table.fate // => ['flowing', 'unread']
 * table.value.stackIds // => ['s1']
 */
export const decodeDecisions = (
  source: Source,
  options: DecisionOptions,
): TE.TaskEither<InvalidInput | IoFailure, DecisionTable> => decodeTable(source, decisionReader(options));
