import type * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import type { InvalidInput, IoFailure } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import { decodeRow, type FieldCodec, fieldCodec } from '../text/fieldCodec.js';
import { type Columns, type Field, STACK_ID } from '../text/header.js';
import { type IssueLog, quoted } from '../text/issues.js';
import type { Source } from '../text/source.js';
import { decodeTable, type TableReader } from '../text/table.js';
import { type IdRule, idsUnder, StackId } from './ids.js';
import { Score } from './scores.js';

/** The decision on a stack. `unread` is none: the stack has neither votes nor a score, or its film could not be read. */
export type DecisionName = 'stalled' | 'flowing' | 'ask crowd' | 'ask expert' | 'unread';

/** Decisions as they stand in decisions.csv; columns in file order. */
export interface DecisionTable {
  /** Distinct stack ids. */
  readonly stackIds: readonly string[];
  /** Aligned with `stackIds`. Absent when the file has scores and no decisions. */
  readonly decision?: readonly DecisionName[];
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

const DECISIONS: ReadonlyMap<string, DecisionName> = new Map<string, DecisionName>([
  ['stalled', 'stalled'],
  ['flowing', 'flowing'],
  ['ask crowd', 'ask crowd'],
  ['ask expert', 'ask expert'],
  ['unread', 'unread'],
  ['unreadable', 'unread'],
  ['failed', 'unread'],
  ['', 'unread'],
]);

const Decision: FieldCodec<DecisionName | undefined> = fieldCodec(
  'Decision',
  (value) => {
    if (value === undefined || value === null) return { value: undefined };
    const decision = typeof value === 'string' ? DECISIONS.get(value.trim().toLowerCase()) : undefined;
    return decision === undefined ? undefined : { value: decision };
  },
  () => ({
    expected: 'stalled, flowing, ask crowd, ask expert, or unread',
    fix: 'Give the decisions.csv that `tandem decide` or `tandem run` wrote.',
  }),
);

const Reason: FieldCodec<string> = fieldCodec(
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
  { stackId: StackId, decision: Decision, reason: Reason, logOdds: Score },
  'Decision',
);

/** The reasons in decisions.csv of stacks without votes and scores: their posterior is the prevalence. */
const NOTHING_SEEN = /^(neither votes nor a score|unread|failed)/;

const decisionReader =
  ({ columns, wanted, ids }: DecisionOptions) =>
  (log: IssueLog): TableReader<DecisionTable> => {
    const rename = idsUnder(ids, log);
    const decisions = new Map<string, DecisionName | undefined>();
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
          const stackId = rename(row.stackId, place.line);
          if (decisions.has(stackId)) {
            log.add(() => ({
              line: place.line,
              field: 'stackId',
              found: `stack ${quoted(stackId)} again`,
              expected: 'one row per stack',
              fix: 'Remove one of the rows, or give one batch at a time.',
            }));
            return;
          }
          const seen = !NOTHING_SEEN.test(row.reason) && row.decision !== 'unread';
          decisions.set(stackId, seen || row.decision === undefined ? row.decision : 'unread');
          if (seen && row.logOdds !== undefined) values.set(stackId, row.logOdds);
        },
      },
      value: () => {
        const stackIds = Array.from(decisions.keys());
        const decision = Array.from(decisions.values()).filter((one) => one !== undefined);
        return present({
          stackIds,
          decision: decision.length === stackIds.length ? decision : undefined,
          value: { stackIds: Array.from(values.keys()), score: Float64Array.from(values.values()) },
        });
      },
    };
  };

export interface DecisionOptions {
  /** Which column to take for a field, e.g. `{ logOdds: 'p_resnet110' }`. */
  readonly columns?: Columns | undefined;
  /** Which of the two columns the file must have. */
  readonly wanted: 'decisions' | 'values';
  /** What makes no difference between stack ids; default nothing. */
  readonly ids?: readonly IdRule[] | undefined;
}

/**
 * Decodes decisions.csv, or, where only values are wanted, any table of scores.
 *
 * A stack without votes and scores is `unread`, whatever its routing, and has no value: its log-odds are the prior.
 *
 * @returns decisions and values by stack
 * @left InvalidInput with the first five issues and their number; IoFailure
 * @example
 * const text = 'stackId,logOdds,decision,reason\ns1,-7.1,flowing,below\ns2,-4.6,ask crowd,neither votes nor a score\n';
 * const decode = Decode.decisions({ wanted: 'decisions' });
 * const table = Errors.getOrThrow(await decode(Decode.fromText('decisions.csv', text)));
 * table.decision // => ['flowing', 'unread']
 * table.value.stackIds // => ['s1']
 */
export const decodeDecisions =
  (options: DecisionOptions) =>
  (source: Source): Promise<E.Either<InvalidInput | IoFailure, DecisionTable>> =>
    decodeTable(source, decisionReader(options));
