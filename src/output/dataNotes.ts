import { countText, percent, some } from './format.js';

/** What may be noted about data. */
export type DataTopic =
  | 'file'
  | 'abstentions'
  | 'labels'
  | 'repeats'
  | 'times'
  | 'annotators'
  | 'ids'
  | 'coverage'
  | 'direction'
  | 'gold'
  | 'strata';

/** Something about the data that is no error and that their owner should know. */
export interface DataNote {
  readonly about: DataTopic;
  /** How many rows, votes or stacks it is about. */
  readonly n: number;
  /** One sentence for a person, without its full stop. */
  readonly text: string;
}

/** Data, and beside them what their owner should know. Without `notes` there is nothing. */
export type Noted<Data> = Data & { readonly notes?: readonly DataNote[] };

/** Data with their notes; without any, the data as they are. */
export const withNotes = <Data extends object>(data: Data, notes: readonly DataNote[]): Noted<Data> =>
  notes.length === 0 ? data : { ...data, notes };

/** Values with how often each occurs, most frequent first. */
export type ValueCounts = readonly (readonly [value: string, n: number])[];

const SHOWN = 6;

/** `"cat" 310×, "dog" 200×, 3 empty cells and 4 other values`. */
export const valuesText = (values: ValueCounts): string => {
  const shown = values
    .slice(0, SHOWN)
    .map(([value, n]) => (value === '' ? some(n, 'empty cell') : `${JSON.stringify(value)} ${countText(n)}×`));
  const more = values.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${some(more, 'other value')}` : ''}`;
};

const total = (values: ValueCounts): number => values.reduce((sum, [, n]) => sum + n, 0);

/** Answers that say nothing. */
export const abstentionsNote = (values: ValueCounts): DataNote => {
  const n = total(values);
  return {
    about: 'abstentions',
    n,
    text: `${some(n, 'answer')} ${n === 1 ? 'is an abstention' : 'are abstentions'} and no ${n === 1 ? 'vote' : 'votes'}: ${valuesText(values)}`,
  };
};

/** One label against all others. */
export const oneAgainstRestNote = (positive: readonly string[], rest: ValueCounts): DataNote => {
  const n = total(rest);
  return {
    about: 'labels',
    n,
    text: `${positive.map((value) => JSON.stringify(value)).join(', ')} counts as stalled and every other label as flowing: ${valuesText(rest)}`,
  };
};

/** Votes of one annotator on one stack after the one that counts. */
export const repeatsNote = (
  which: 'first' | 'last',
  {
    dropped,
    contradicting,
    byTime,
  }: { readonly dropped: number; readonly contradicting: number; readonly byTime: boolean },
): DataNote => ({
  about: 'repeats',
  n: dropped,
  text: `${some(dropped, 'repeat')} dropped, ${countText(contradicting)} of them ${contradicting === 1 ? 'contradicts' : 'contradict'} the vote that counts, which is the ${which} ${byTime ? 'in time' : 'in the order of rows'}; --duplicates chooses another`,
});

/** Times that are not in the order of rows. */
export const timesNote = (earlier: number, votes: number): DataNote => ({
  about: 'times',
  n: earlier,
  text: `${countText(earlier)} of ${some(votes, 'vote')} stand below a later one: votes are taken in the order of their times, not of rows`,
});

/** Votes that may not be anonymous. */
export const annotatorsNote = (column: string): DataNote => ({
  about: 'annotators',
  n: 1,
  text: `no column is known to name annotators, so all votes count as those of one anonymous annotator; column ${JSON.stringify(column)} may name them: --annotator-column ${quotedForShell(column)}, or --annotator-column none if nobody is named`,
});

const quotedForShell = (text: string): string => (/^[\w.-]+$/.test(text) ? text : `'${text}'`);

/** What experts were unsure about. */
export const unsureGoldNote = (values: ValueCounts): DataNote => {
  const n = total(values);
  return {
    about: 'gold',
    n,
    text: `${some(n, 'row')} of gold ${n === 1 ? 'has' : 'have'} no label and ${n === 1 ? 'takes' : 'take'} no part: ${valuesText(values)}`,
  };
};

/** Ids of the same stacks that two files write in two ways. */
export const idsNote = (
  [first, second]: readonly [string, string],
  {
    rules,
    n,
    example,
  }: { readonly rules: readonly string[]; readonly n: number; readonly example: readonly [string, string] },
): DataNote => ({
  about: 'ids',
  n,
  text: `${some(n, 'stack')} ${n === 1 ? 'has' : 'have'} other ids in ${first} than in ${second}, such as ${JSON.stringify(example[0])} and ${JSON.stringify(example[1])}, and ${n === 1 ? 'counts' : 'count'} as two: if they are the same, add --ids ${rules.join(',')}`,
});

/** Stacks with votes alone beside stacks with a score alone. */
export const coverageNote = ({
  votesAlone,
  scoresAlone,
  both,
}: {
  readonly votesAlone: number;
  readonly scoresAlone: number;
  readonly both: number;
}): DataNote => ({
  about: 'coverage',
  n: votesAlone + scoresAlone,
  text: `${some(votesAlone, 'stack')} with votes and no score, ${countText(scoresAlone)} with a score and no votes, ${countText(both)} with both: check that the files are of one batch`,
});

/** Labels of stacks that are not in the data. */
export const droppedNote = (what: 'gold' | 'audited', n: number, all: number): DataNote => ({
  about: 'gold',
  n,
  text: `${countText(n)} of ${some(all, `${what} stack`)} ${n === 1 ? 'has' : 'have'} ${what === 'gold' ? 'neither votes nor a score' : 'no decision'} and ${n === 1 ? 'takes' : 'take'} no part`,
});

/** Stacks that are in no stratum. */
export const strataNote = (by: string, without: number, all: number): DataNote => ({
  about: 'strata',
  n: without,
  text:
    without === all
      ? `no stack has a ${by}: the table of strata is about other stacks, or writes their ids otherwise`
      : `${countText(without)} of ${some(all, 'stack')} ${without === 1 ? 'has' : 'have'} no ${by}`,
});

/** Scores or votes that say the opposite of gold. */
export const directionNote = (
  what: 'scores' | 'votes',
  { stalled, flowing, n }: { readonly stalled: number; readonly flowing: number; readonly n: number },
): DataNote => ({
  about: 'direction',
  n,
  text:
    what === 'scores'
      ? `scores look upside down: of ${some(n, 'gold stack')}, the stalled ones score lower (${stalled.toPrecision(2)} on average) than the flowing ones (${flowing.toPrecision(2)}); if a score means flowing, give one minus it`
      : `votes look upside down: ${percent(stalled)} of votes on stalled gold say stalled, and ${percent(flowing)} of those on flowing gold; if 1 means flowing in one of the two files, swap its labels`,
});
