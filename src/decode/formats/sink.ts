import { FLOWING, STALLED } from '../../domain/label.js';
import { present } from '../../domain/present.js';
import { ABSTAINED, type LabelCode, type LabelOptions, labelReader } from '../tables/labels.js';
import { type IssueLog, issueLog } from '../text/issues.js';
import type { RowReader } from '../text/objects.js';
import type { Counts } from '../text/recognised.js';
import type { Findings, ForeignRow, FormatReader, GivenAnswer, OpenFormat, Setting, Wanted } from './format.js';
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

/** What a label means under the words of the caller, without counting it as met. */
const meaningOf = (words: LabelOptions | undefined): ((label: unknown) => LabelCode) => {
  const reader = labelReader(words ?? {}, issueLog('labels'));
  return (label) => reader.of(label);
};

/** The label that holds where this one does not; undefined where it may be one of several. */
const opposite = (code: LabelCode, { positive, negative }: LabelOptions): string | undefined => {
  if (code === STALLED) return positive === undefined ? 'flowing' : (negative?.[0] ?? 'none of these');
  // Of one class against all others, who rejects one of the others has not chosen yet.
  if (code !== FLOWING || (positive !== undefined && negative === undefined)) return undefined;
  return positive?.[0] ?? 'stalled';
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
  const meaning = meaningOf(rows.labels);
  const { annotatorId: annotatorColumn, time: timeColumn } = rows.columns ?? {};
  const read: ReadonlySet<string> = new Set(rows.fields.map(({ name }) => name));
  const preferred = rows.fields.find(({ name }) => name === 'stackId')?.preferred;
  let raw: ForeignRow = {};
  let line = 0;
  let rowsSeen = 0;

  const pass = (kind: Wanted, fields: Readonly<Record<string, unknown>>): void => {
    if (wanted === 'all') {
      rows.take(present({ kind, ...fields }), { line }, NONE);
    } else if (wanted === kind) {
      const known = Object.entries(fields).filter(([name, value]) => value !== undefined && read.has(name));
      rows.take(Object.fromEntries(known), { line }, NONE);
    }
  };
  /** Who answered and when; the caller may name other columns for both. */
  const who = ({ annotatorId, time }: Pick<GivenAnswer, 'annotatorId' | 'time'>) => ({
    annotatorId:
      annotatorColumn === undefined
        ? annotatorId
        : annotatorColumn === ''
          ? undefined
          : (raw[annotatorColumn] ?? annotatorId),
    time: timeColumn === undefined ? time : (raw[timeColumn] ?? time),
  });
  const repeated = (stackId: unknown, annotatorId: unknown): void => {
    if (annotatorId === undefined || annotatorId === null || annotatorId === '') return;
    const key = JSON.stringify([stackId, annotatorId]);
    if (answered.has(key)) n.repeats++;
    answered.add(key);
  };
  const findings: Findings = {
    vote: (answer, against) => {
      const { stackId, label } = answer;
      const code = meaning(label);
      if (code === ABSTAINED) {
        findings.abstention(answer);
        return;
      }
      const { annotatorId, time } = who(answer);
      const meant = against === undefined ? label : opposite(code, rows.labels ?? {});
      if (against !== undefined && meant === undefined) {
        invalid.add('that rejects a label, and does not say which other label holds', line);
        return;
      }
      n.votes++;
      repeated(stackId, annotatorId);
      pass('votes', { stackId, annotatorId, label: meant, time });
    },
    abstention: (answer) => {
      n.abstentions++;
      // What an empty label is, the reader of the table says.
      pass('votes', { stackId: answer.stackId, ...who(answer), label: '' });
    },
    gold: ({ stackId, label }) => {
      n.gold++;
      pass('gold', { stackId, label });
    },
    score: ({ stackId, score, label }) => {
      const code = label === undefined ? STALLED : meaning(label);
      if (code !== STALLED && code !== FLOWING) {
        invalid.add(`that score a label which is neither stalled nor flowing (${JSON.stringify(label)})`, line);
        return;
      }
      if (label !== undefined && !(typeof score === 'number' && score >= 0 && score <= 1)) {
        invalid.add('whose score is no probability of a label', line);
        return;
      }
      n.scores++;
      if (label !== undefined) {
        notes.add(
          'The score of a prediction is taken as the probability of its label, and turned where that is flowing.',
        );
      }
      pass('scores', { stackId, score: code === FLOWING && typeof score === 'number' ? 1 - score : score });
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
      raw = row;
      rowsSeen++;
      reader ??= open({ ...setting, header, columns: present({ stackId: preferred, ...rows.columns }) });
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
