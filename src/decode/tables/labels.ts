import type { Issue } from '../../domain/errors.js';
import { FLOWING, type Label, STALLED } from '../../domain/label.js';
import { type ValueCounts, valuesText } from '../../output/dataNotes.js';
import { textOf } from '../text/csv.js';
import { type FieldCodec, fieldCodec } from '../text/fieldCodec.js';
import type { IssueLog } from '../text/issues.js';

/** How labels are spelled, where the words known here are not enough. Case, spaces and underscores make no difference. */
export interface LabelOptions {
  /** Labels that mean stalled. Without `negative`, every other label that is no abstention means flowing. */
  readonly positive?: readonly string[] | undefined;
  /** Labels that mean flowing. */
  readonly negative?: readonly string[] | undefined;
  /** Further labels that mean no answer. "unsure", "don't know", an empty cell and the like are known. */
  readonly abstain?: readonly string[] | undefined;
  /** What to do with answers that are none: leave them out and count them (`skip`, the default), or `refuse` the file. */
  readonly unsure?: 'skip' | 'refuse' | undefined;
}

/** What a reader answers for a value that spells no label, and for an answer that is none. Neither is a label. */
export const NO_LABEL = 2;
export const ABSTAINED = 3;
export type LabelCode = Label | typeof NO_LABEL | typeof ABSTAINED;

const WORDS: Readonly<Record<Label, readonly string[]>> = {
  [FLOWING]: [
    ...['0', '0.0', '0,0', 'flowing', 'not stalled', 'false', 'no', 'n', 'f'],
    ...['falsch', 'nein', 'faux', 'non', 'falso'],
  ],
  [STALLED]: [
    ...['1', '1.0', '1,0', 'stalled', 'stall', 'true', 'yes', 'y', 't'],
    ...['wahr', 'ja', 'vrai', 'oui', 'verdadero', 'vero'],
  ],
};

const ABSTENTIONS: readonly string[] = [
  ...[
    '',
    'unsure',
    'not sure',
    'uncertain',
    'unclear',
    'undecided',
    'unknown',
    "don't know",
    'dont know',
    'do not know',
  ],
  ...['idk', '?', 'skip', 'skipped', 'na', 'n/a', 'nan', 'null', 'none', 'maybe', 'no answer', 'no label', 'abstain'],
  ...['abstention', "can't tell", 'cannot tell', 'cant tell', 'weiß nicht', 'weiss nicht', 'unsicher', 'ne sais pas'],
];

/** A label without case, with plain apostrophes, and with one space where words are parted in any way. */
const plainLabel = (text: string): string =>
  text
    .trim()
    .toLowerCase()
    .replace(/[’`´]/g, "'")
    .replace(/(?<=[\p{L}'])[\s_-]+(?=\p{L})/gu, ' ');

const textIn = (value: unknown): string | undefined => {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined;
};

const totalOf = (values: ValueCounts): number => values.reduce((sum, [, n]) => sum + n, 0);

/** Reads the labels of one table, and remembers what it met. */
export interface LabelReader {
  /** Label of a value of unknown type. */
  readonly of: (value: unknown) => LabelCode;
  /** The label that bytes `from` .. `to - 1` spell. One digit, the usual case, needs no string. */
  readonly at: (bytes: Uint8Array, from: number, to: number) => LabelCode;
  /** Answers that were none, by their text. */
  readonly abstained: () => ValueCounts;
  /** Labels that count as flowing because they are not `positive`. */
  readonly rest: () => ValueCounts;
  /** The words for a value that spells no label. */
  readonly codec: FieldCodec<LabelCode>;
}

interface Met {
  readonly code: LabelCode;
  readonly isRest: boolean;
  n: number;
}

// Labels are few. Free text is not kept beyond this, so that a wrong column costs no memory.
const MOST_MET = 1000;
const ZERO = 48;
const TEN = 10;

const EXPECTED = '0 or flowing, 1 or stalled';
const OR_NOTHING = ', or nothing';
/** So many bad rows are told one by one. */
const FEW = 5;

const isEmptyOrAbstention = (text: string): boolean => ABSTENTIONS.includes(plainLabel(text));

const vocabulary = ({ positive, negative, abstain = [] }: LabelOptions): ReadonlyMap<string, LabelCode> => {
  const isNamed = positive !== undefined || negative !== undefined;
  const words = new Map<string, LabelCode>();
  const put = (list: readonly string[], code: LabelCode): void => {
    for (const word of list) words.set(plainLabel(word), code);
  };
  // One label against the rest: "none" may well be the rest.
  put(
    positive !== undefined && negative === undefined ? ABSTENTIONS.filter((word) => word !== 'none') : ABSTENTIONS,
    ABSTAINED,
  );
  put(isNamed ? [] : WORDS[FLOWING], FLOWING);
  put(isNamed ? [] : WORDS[STALLED], STALLED);
  put(negative ?? [], FLOWING);
  put(positive ?? [], STALLED);
  put(abstain, ABSTAINED);
  return words;
};

/** @throws RangeError when one label is given two meanings */
const requireOneMeaning = ({ positive = [], negative = [], abstain = [] }: LabelOptions): void => {
  const seen = new Set<string>();
  for (const word of [
    ...new Set(positive.map(plainLabel)),
    ...new Set(negative.map(plainLabel)),
    ...new Set(abstain.map(plainLabel)),
  ]) {
    if (seen.has(word)) throw new RangeError(`labels: ${JSON.stringify(word)} has two meanings`);
    seen.add(word);
  }
};

/**
 * A reader of labels, for one table.
 *
 * @param log - where a label that is not understood in many rows is told once, with the flag that helps
 * @throws RangeError when one label is given two meanings
 */
export const labelReader = (options: LabelOptions, log: IssueLog): LabelReader => {
  requireOneMeaning(options);
  const { positive, negative, unsure = 'skip' } = options;
  const takesRest = positive !== undefined && negative === undefined;
  const words = vocabulary(options);
  const met = new Map<string, Met>();
  /** How often each digit was read without a string. */
  const digitsMet = new Float64Array(TEN);

  const codeOf = (text: string): { readonly code: LabelCode; readonly isRest: boolean } => {
    const code = words.get(plainLabel(text));
    if (code === ABSTAINED && unsure === 'refuse') return { code: NO_LABEL, isRest: false };
    return code === undefined ? { code: takesRest ? FLOWING : NO_LABEL, isRest: takesRest } : { code, isRest: false };
  };
  const read = (text: string): LabelCode => {
    let known = met.get(text);
    if (known === undefined) {
      known = { ...codeOf(text), n: 0 };
      if (met.size < MOST_MET) met.set(text, known);
    }
    known.n++;
    return known.code;
  };

  /** Of each digit; above 1 where a digit must be remembered. */
  const digits = Uint8Array.from({ length: TEN }, (_, digit) => {
    const { code, isRest } = codeOf(String(digit));
    return isRest ? NO_LABEL : code;
  });

  const counts = (isWanted: (one: Met) => boolean): ValueCounts => {
    const merged = new Map<string, number>();
    for (const [digit, n] of digitsMet.entries()) {
      const code = digits[digit] === STALLED ? STALLED : FLOWING;
      if (n > 0 && isWanted({ code, isRest: false, n })) merged.set(String(digit), n);
    }
    for (const [text, one] of met) {
      const key = text.trim();
      if (isWanted(one)) merged.set(key, (merged.get(key) ?? 0) + one.n);
    }
    return [...merged].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  };

  const expected = isNamed(options) ? namedText(options) : EXPECTED;
  const isOfThem = (issue: Issue): boolean =>
    issue.expected === expected || issue.expected === `${expected}${OR_NOTHING}`;
  log.instead(isOfThem, () => {
    const unknown = counts(({ code }) => code === NO_LABEL);
    const known = counts(({ code }) => code <= STALLED);
    const n = totalOf(unknown);
    // A few labels among many good ones are slips of the pen: their rows are told one by one.
    const isMany = n > FEW || unknown.length > 2 || (unknown.length === 2 && known.length === 0);
    if (!isMany || 10 * n < totalOf(known) + n || unknown.some(([text]) => isEmptyOrAbstention(text))) return undefined;
    return { n, ...manyLabels(unknown, known) };
  });

  const codec = fieldCodec<LabelCode>(
    'Label',
    (value) => {
      const text = textIn(value);
      const code = text === undefined ? NO_LABEL : read(text);
      return code === NO_LABEL ? undefined : { value: code };
    },
    (value) => ({
      expected,
      fix: isEmptyOrAbstention(textIn(value) ?? '-')
        ? 'Remove the row, or leave such answers out: --unsure skip.'
        : 'Write one of these, remove the row, or say what it means: --positive, --negative or --abstain VALUE.',
    }),
  );

  return {
    of: (value) => {
      const text = textIn(value);
      return text === undefined ? NO_LABEL : read(text);
    },
    at: (bytes, from, to) => {
      if (to - from === 1) {
        const digit = bytes[from] - ZERO;
        if (digit >= 0 && digit < TEN && digits[digit] <= STALLED) {
          digitsMet[digit]++;
          return digits[digit] === STALLED ? STALLED : FLOWING;
        }
      }
      const text = textOf(bytes, from, to);
      return text === undefined ? NO_LABEL : read(text);
    },
    abstained: () => counts(({ code }) => code === ABSTAINED),
    rest: () => counts(({ isRest }) => isRest),
    codec,
  };
};

const isNamed = ({ positive, negative }: LabelOptions): boolean => positive !== undefined || negative !== undefined;

const namedText = ({ positive = [], negative = [] }: LabelOptions): string => {
  const shown = (list: readonly string[]): string => list.map((value) => JSON.stringify(value)).join(', ');
  return `${shown(positive)} for stalled, ${shown(negative)} for flowing`;
};

const MOST_CLASSES = 50;

/** One message for a column of labels that are not understood: two classes of other names, several classes, or no labels at all. */
const manyLabels = (unknown: ValueCounts, known: ValueCounts) => {
  const all = [...known, ...unknown].sort((a, b) => b[1] - a[1]);
  const classes = all.length;
  const [rarest] = all[all.length - 1];
  const shown = JSON.stringify(rarest);
  const found = valuesText(all);
  if (classes > MOST_CLASSES) {
    return {
      found: `more than ${MOST_CLASSES} different labels, such as ${found}`,
      expected: EXPECTED,
      fix: 'Say which column holds the labels: --label-column NAME.',
    };
  }
  if (classes === 2 && unknown.length === 2) {
    return {
      found: `two labels, neither of which says what it means: ${found}`,
      expected: EXPECTED,
      fix: `Say which is which, for example --positive ${shown} --negative ${JSON.stringify(all[0][0])}.`,
    };
  }
  if (classes <= 2) {
    return {
      found: `labels that do not say what they mean: ${found}`,
      expected: EXPECTED,
      fix: `Say which label is which: --positive VALUE --negative VALUE.`,
    };
  }
  return {
    found: `labels of more than two classes: ${found}`,
    expected: `two classes: ${EXPECTED}`,
    fix: `Say which class to look for; all others then count as flowing, for example --positive ${shown}. Labels that mean no answer: --abstain VALUE.`,
  };
};

/** The label of gold by the same words; an empty one, or one that says nothing, means that no expert decided. */
export const goldLabel = (reader: LabelReader): FieldCodec<Label | undefined> =>
  fieldCodec(
    'Label or nothing',
    (value) => {
      const code = reader.of(value);
      return code === NO_LABEL ? undefined : { value: code === ABSTAINED ? undefined : code };
    },
    (value) => {
      const { expected, fix } = reader.codec.explain(value);
      return { expected: `${expected}${OR_NOTHING}`, fix: `Leave it empty if no expert looked. ${fix}` };
    },
  );
