import { ANONYMOUS } from '../../domain/vote.js';
import { type FieldCodec, fieldCodec } from '../text/fieldCodec.js';
import { type IssueLog, quoted } from '../text/issues.js';

const LONE_SURROGATE = /\p{Surrogate}/u;

/** Ids are used as they are written. JSON may write them as whole numbers. */
const idOf = (value: unknown): string | undefined => {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : undefined;
  return typeof value === 'string' && !LONE_SURROGATE.test(value) ? value : undefined;
};

const isBroken = (value: unknown): boolean => typeof value === 'string' && LONE_SURROGATE.test(value);

export const StackId: FieldCodec<string> = fieldCodec(
  'StackId',
  (value) => {
    const id = idOf(value);
    return id === undefined || id === '' ? undefined : { value: id };
  },
  (value) => {
    if (isBroken(value)) return { expected: 'well-formed Unicode', fix: 'Write the id with whole characters.' };
    const isEmpty = value === undefined || value === null || value === '';
    return {
      expected: 'a stack id',
      fix: isEmpty
        ? 'Write which stack the row is about, or remove the row.'
        : 'Write the id as text or as a whole number.',
    };
  },
);

/** An empty or absent annotator is the anonymous one. */
export const AnnotatorId: FieldCodec<string> = fieldCodec(
  'AnnotatorId',
  (value) => {
    const id = value === undefined || value === null ? ANONYMOUS : idOf(value);
    return id === undefined ? undefined : { value: id };
  },
  (value) =>
    isBroken(value)
      ? { expected: 'well-formed Unicode', fix: 'Write the id with whole characters.' }
      : {
          expected: 'an annotator id, or nothing for an anonymous vote',
          fix: 'Write the id as text or as a whole number.',
        },
);

/**
 * What makes no difference between two stack ids: the folder (`basename`), the ending of a file name (`stem`), capital letters
 * (`lowercase`), leading zeros of a number (`unpadded`).
 */
export type IdRule = 'basename' | 'stem' | 'lowercase' | 'unpadded';

const RULES: Readonly<Record<IdRule, (id: string) => string>> = {
  basename: (id) => id.slice(Math.max(id.lastIndexOf('/'), id.lastIndexOf('\\')) + 1),
  // An ending begins with a letter: "1.5" has none.
  stem: (id) => id.replace(/\.[a-z][a-z0-9]{0,4}$/i, ''),
  lowercase: (id) => id.toLowerCase(),
  unpadded: (id) => id.replace(/(?<![\d.])0+(?=\d)/g, ''),
};

/** The order in which rules are applied. */
export const ID_RULES: readonly IdRule[] = ['basename', 'stem', 'lowercase', 'unpadded'];

/**
 * Stack ids under rules.
 *
 * @example
 * Decode.idUnder(['basename', 'stem'])('films/007.mp4') // => '007'
 */
export const idUnder = (rules: readonly IdRule[]): ((id: string) => string) => {
  const steps = ID_RULES.filter((rule) => rules.includes(rule)).map((rule) => RULES[rule]);
  return (id) => {
    const under = steps.reduce((one, step) => step(one), id);
    return under === '' ? id : under;
  };
};

/** The ids of one table under rules. Two stacks of a table that become one are an issue: they were told apart for a reason. */
export const idsUnder = (
  rules: readonly IdRule[] | undefined,
  log: IssueLog,
): ((id: string, line: number) => string) => {
  if (rules === undefined || rules.length === 0) return (id) => id;
  const under = idUnder(rules);
  const known = new Map<string, string>();
  const writtenAs = new Map<string, string>();
  return (id, line) => {
    const before = known.get(id);
    if (before !== undefined) return before;
    const one = under(id);
    const other = writtenAs.get(one);
    if (other === undefined) writtenAs.set(one, id);
    else {
      log.add(() => ({
        line,
        field: 'stackId',
        found: `${quoted(id)}, which --ids ${rules.join(',')} makes the same as ${quoted(other)}`,
        expected: 'different stacks to stay different',
        fix: 'Leave out the rule that makes them one, or write the ids alike.',
      }));
    }
    known.set(id, one);
    return one;
  };
};
