import type { InvalidInput, Issue } from '../../domain/errors.js';

/** Keeps the first five issues of an input and counts the rest: nobody reads 800,000 messages. */
export interface IssueLog {
  /** Counts an issue. The function is called only for the first five. */
  readonly add: (issue: () => Issue) => void;
  /** Adds an issue after which the rest cannot be read; readers stop. */
  readonly halt: (issue: Issue) => void;
  /** Readers stop, after issues already added. */
  readonly stop: () => void;
  readonly halted: () => boolean;
  readonly total: () => number;
  /** One issue in the place of many that have one cause. `summary` is asked at the end. */
  readonly instead: (isOfThem: (issue: Issue) => boolean, summary: () => IssueSummary | undefined) => void;
  readonly invalid: () => InvalidInput;
}

/** One issue, and how many it stands for. */
export interface IssueSummary extends Pick<Issue, 'found' | 'expected' | 'fix'> {
  readonly n: number;
}

const MOST_ISSUES = 5;

export const issueLog = (source: string): IssueLog => {
  const issues: Issue[] = [];
  let total = 0;
  let halted = false;
  const summaries: Parameters<IssueLog['instead']>[] = [];
  const add: IssueLog['add'] = (issue) => {
    total++;
    if (issues.length < MOST_ISSUES) issues.push(issue());
  };
  return {
    add,
    halt: (issue) => {
      add(() => issue);
      halted = true;
    },
    stop: () => {
      halted = true;
    },
    halted: () => halted,
    total: () => total,
    instead: (...one) => {
      summaries.push(one);
    },
    invalid: () => {
      let shown: readonly Issue[] = issues;
      let all = total;
      for (const [isOfThem, summary] of summaries) {
        const first = shown.find(isOfThem);
        const one = first === undefined ? undefined : summary();
        if (first === undefined || one === undefined) continue;
        const { n, ...text } = one;
        shown = shown.flatMap((issue) => (issue === first ? [{ ...first, ...text }] : isOfThem(issue) ? [] : [issue]));
        all -= n - 1;
      }
      return { _tag: 'InvalidInput', source, issues: shown, total: all };
    },
  };
};

const LONGEST = 40;

const shortened = (text: string): string => {
  const characters = Array.from(text.slice(0, 2 * LONGEST + 2));
  return characters.length > LONGEST ? `${characters.slice(0, LONGEST).join('')}…` : text;
};

/** A value as a person should see it in a message: quoted, on one line, at most 40 characters. */
export const quoted = (value: unknown): string => {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'string') return value.trim() === '' ? 'an empty cell' : JSON.stringify(shortened(value));
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : shortened(String(value));
};

const NAMED = 12;

/** Names as a list for a message. */
export const quotedNames = (names: readonly string[]): string => {
  const shown = names.slice(0, NAMED).map((name) => JSON.stringify(shortened(name)));
  const more = names.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
};
