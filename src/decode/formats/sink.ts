import { type Label, labelName } from '../../domain/label.js';
import { present } from '../../domain/present.js';
import { labelAt, NO_LABEL } from '../tables/labels.js';
import type { IssueLog } from '../text/issues.js';
import type { RowReader } from '../text/objects.js';
import type { Counts } from '../text/recognised.js';
import type { Findings, ForeignRow, FormatReader, OpenFormat, Setting, Wanted } from './format.js';
import type { Format } from './list.js';

/** An export being read: rows go in, answers of the wanted kind go to the reader of a table. */
export interface FormatSink {
  /** The header as it is written, of a table; before the first row. */
  readonly header: (names: readonly string[]) => void;
  readonly row: (row: ForeignRow, line: number) => void;
  /** Call after the last row. */
  readonly end: () => void;
  readonly counts: () => Counts;
  readonly notes: () => readonly string[];
}

const labelIn = (label: unknown): Label | undefined => {
  const bytes = new TextEncoder().encode(String(label));
  const found = labelAt(bytes, 0, bytes.length);
  return found === NO_LABEL ? undefined : found;
};

const NOUN: Readonly<Record<Wanted, string>> = { votes: 'vote', scores: 'score', gold: 'gold label' };
const NONE: ReadonlyMap<string, unknown> = new Map();

/** How often something was left out, and where it first happened. */
const tally = () => {
  const seen = new Map<string, { n: number; readonly line: number }>();
  return {
    add: (why: string, line: number): void => {
      const before = seen.get(why);
      if (before === undefined) seen.set(why, { n: 1, line });
      else before.n++;
    },
    total: (): number => [...seen.values()].reduce((sum, { n }) => sum + n, 0),
    notes: (after: string): readonly string[] =>
      [...seen].map(
        ([why, { n, line }]) => `${n} ${n === 1 ? 'answer' : 'answers'} ${why}: ${after} The first is in row ${line}.`,
      ),
  };
};

/** What rows of an export are read for. */
interface Purpose {
  readonly rows: RowReader;
  /** The kind that is passed on; `all` passes every kind on, with its name as `kind`. */
  readonly wanted: Wanted | 'all';
  readonly setting: Pick<Setting, 'source' | 'names'>;
}

/** Takes an export apart. Votes, gold and scores are kept apart whatever is wanted, and all are counted. */
export const formatSink = (
  format: Format,
  open: OpenFormat,
  { rows, wanted, setting }: Purpose,
  log: IssueLog,
): FormatSink => {
  let header: readonly string[] = [];
  let reader: FormatReader | undefined;
  const n = { votes: 0, abstentions: 0, repeats: 0, gold: 0, scores: 0 };
  const invalid = tally();
  const notIndependent = tally();
  const rejected = tally();
  const notes = new Set<string>(format.notes);
  const answered = new Set<string>();
  let line = 0;
  let rowsSeen = 0;

  const pass = (kind: Wanted, fields: Readonly<Record<string, unknown>>): void => {
    if (wanted === kind) rows.take(present(fields), { line }, NONE);
    else if (wanted === 'all') rows.take(present({ kind, ...fields }), { line }, NONE);
  };
  const repeated = (stackId: unknown, annotatorId: unknown): void => {
    if (annotatorId === undefined || annotatorId === null || annotatorId === '') return;
    const key = JSON.stringify([stackId, annotatorId]);
    if (answered.has(key)) n.repeats++;
    answered.add(key);
  };
  const findings: Findings = {
    vote: ({ stackId, annotatorId, label, time }, against) => {
      n.votes++;
      repeated(stackId, annotatorId);
      const meant = against === undefined ? undefined : labelIn(label);
      const other =
        meant === undefined ? (against === undefined ? label : `not ${label}`) : labelName(meant === 1 ? 0 : 1);
      pass('votes', { stackId, annotatorId, label: other, time });
    },
    abstention: () => {
      n.abstentions++;
    },
    gold: ({ stackId, label }) => {
      n.gold++;
      pass('gold', { stackId, label });
    },
    score: ({ stackId, score, label }) => {
      const meant = label === undefined ? 1 : labelIn(label);
      if (meant === undefined || typeof score !== 'number' || !(score >= 0 && score <= 1)) {
        if (label === undefined) {
          n.scores++;
          pass('scores', { stackId, score });
        } else invalid.add(`score a label that is not known (${JSON.stringify(label)})`, line);
        return;
      }
      n.scores++;
      if (label !== undefined) {
        notes.add(
          'The score of a prediction is taken as the probability of its label, and turned where that is flowing.',
        );
      }
      pass('scores', { stackId, score: meant === 1 ? score : 1 - score });
    },
    invalid: (why) => invalid.add(why, line),
    notIndependent: (why) => notIndependent.add(why, line),
    rejected: (why) => rejected.add(why, line),
    note: (text) => notes.add(text),
    refuse: (issue) => {
      if (!log.halted()) log.halt({ ...(line > 0 ? { line } : {}), ...issue });
    },
  };

  const counts = (): Counts => ({
    ...n,
    invalid: invalid.total(),
    notIndependent: notIndependent.total(),
    rejected: rejected.total(),
  });

  return {
    header: (names) => {
      header = names;
    },
    row: (row, at) => {
      if (log.halted()) return;
      line = at;
      rowsSeen++;
      reader ??= open({ ...setting, header, columns: rows.columns ?? {} });
      reader.row(row, findings);
    },
    end: () => {
      if (log.halted()) return;
      line = 0;
      reader?.end?.(findings);
      if (log.total() > 0 || wanted === 'all' || n[wanted] > 0) return;
      const { abstentions } = n;
      const left = `${abstentions} abstentions, ${invalid.total()} invalid, ${notIndependent.total()} not independent, ${rejected.total()} rejected`;
      log.halt({
        found: `${rowsSeen} rows with none (${left})`,
        expected: `at least one ${NOUN[wanted]}`,
        fix: 'See what is in it: tandem inspect FILE.',
      });
    },
    counts,
    notes: () => [
      ...notes,
      ...(n.abstentions > 0
        ? [
            `${n.abstentions} ${n.abstentions === 1 ? 'answer is an abstention' : 'answers are abstentions'}: skipped, cancelled or empty. They are no votes.`,
          ]
        : []),
      ...invalid.notes('left out.'),
      ...notIndependent.notes('they are no votes of their own.'),
      ...rejected.notes('left out.'),
      ...(n.gold > 0 && wanted === 'votes'
        ? [
            `${n.gold} ${n.gold === 1 ? 'answer is' : 'answers are'} expert truth. It never becomes a vote; give the same file as --gold to use it.`,
          ]
        : []),
    ],
  };
};

/** Why an export cannot give what is wanted, if it cannot. */
export const cannotGive = ({ title, gives, instead }: Format, wanted: Wanted | 'all' | undefined) =>
  wanted === undefined || wanted === 'all' || gives.includes(wanted)
    ? undefined
    : {
        found: `a ${title}, which has no ${NOUN[wanted]}s`,
        expected: `a file with ${NOUN[wanted]}s`,
        fix: instead ?? 'Give another file, or name the format: --format table.',
      };
