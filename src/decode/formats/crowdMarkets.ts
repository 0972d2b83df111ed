import { answersIn, type FormAnswer } from './answerContent.js';
import { chooser, type Findings, type ForeignRow, isMissing, jsonIn, type OpenFormat, textIn } from './format.js';

const withPrefix = (names: readonly string[], prefix: string): readonly string[] =>
  names.filter((name) => name.startsWith(prefix));

const TOLOKA_SKIPPED = /^(SKIPPED|EXPIRED|ACTIVE)$/;

/** Toloka: one row per assignment and task. */
export const toloka: OpenFormat = ({ columns, names }) => {
  const { takes, end } = chooser('question', '--label-column', columns['label']?.replace(/^OUTPUT:/, ''));
  const questions = withPrefix(names, 'OUTPUT:').map((name) => name.slice(7));
  const inputs = withPrefix(names, 'INPUT:');
  const named = columns['stackId'];
  const stackColumn =
    named === undefined
      ? inputs.length === 1
        ? inputs[0]
        : 'ASSIGNMENT:task_id'
      : names.includes(named)
        ? named
        : `INPUT:${named}`;
  return {
    end,
    row: (row: ForeignRow, findings: Findings): void => {
      // Assignments are parted by empty rows.
      if (names.every((name) => isMissing(row[name]))) return;
      const answer = {
        stackId: row[stackColumn],
        annotatorId: textIn(row['ASSIGNMENT:worker_id']),
        time: textIn(row['ASSIGNMENT:submitted']) ?? textIn(row['ASSIGNMENT:started']),
      };
      const status = textIn(row['ASSIGNMENT:status']) ?? '';
      for (const question of questions.filter((one) => takes(one, findings))) {
        const truth = row[`GOLDEN:${question}`];
        if (!isMissing(truth)) findings.gold({ stackId: answer.stackId, label: truth });
        const label = row[`OUTPUT:${question}`];
        if (status === 'REJECTED') findings.rejected('that the requester rejected');
        else if (TOLOKA_SKIPPED.test(status) || isMissing(label)) findings.abstention(answer);
        else findings.vote({ ...answer, label });
      }
    },
  };
};

/** The answers of an assignment: `taskAnswers`, groups `Answer.q.option` of true and false, or one column for each question. */
const answersOf = (row: ForeignRow, names: readonly string[]): readonly FormAnswer[] => {
  const form = jsonIn(row['Answer.taskAnswers']);
  if (form !== undefined && form !== null) return answersIn(form);
  const options = new Map<string, { readonly option: string; readonly value: unknown }[]>();
  const answers: FormAnswer[] = [];
  for (const name of names) {
    const [, question, option] = /^Answer\.([^.]+)(?:\.(.+))?$/.exec(name) ?? [];
    if (question === undefined) continue;
    const value = textIn(row[name]);
    if (option === undefined) answers.push({ question, choice: value?.includes('|') ? undefined : (value ?? null) });
    else options.set(question, [...(options.get(question) ?? []), { option, value }]);
  }
  for (const [question, list] of options) {
    const chosen = list.filter(({ value }) => /^(true|on)$/i.test(String(value))).map(({ option }) => option);
    answers.push({ question, choice: chosen.length === 0 ? null : chosen.length === 1 ? chosen[0] : undefined });
  }
  return answers;
};

const PACIFIC: Readonly<Record<string, string>> = { PDT: '-0700', PST: '-0800' };

/** MTurk wrote "Thu Oct 09 02:00:00 PDT 2025", in the time of its makers. */
const timeIn = (cell: unknown): string | undefined => {
  const text = textIn(cell);
  const [, month, day, clock, zone, year] =
    /^\w{3} (\w{3}) +(\d{1,2}) (\d\d:\d\d:\d\d) (PDT|PST) (\d{4})$/.exec(text ?? '') ?? [];
  return zone === undefined ? text : new Date(`${month} ${day} ${year} ${clock} GMT${PACIFIC[zone]}`).toISOString();
};

/** `q7` asks about `url7`: a form with several items has a number behind the names of both. */
const NUMBERED = /^(.*?)(\d+)$/;

/** MTurk, and Turkle, which kept its file format: one row per assignment. */
export const mturk: OpenFormat = ({ columns, names }) => {
  const { takes, end } = chooser('question', '--label-column', columns['label']?.replace(/^Answer\./, ''));
  const inputs = withPrefix(names, 'Input.').map((name) => name.slice(6));
  const named = columns['stackId']?.replace(/^Input\./, '');
  const numbered = inputs.flatMap((name) => NUMBERED.exec(name) ?? []).length > 3;
  const bases = new Set(inputs.map((name) => NUMBERED.exec(name)?.[1] ?? name));
  /** The item a question is about, and the question without its number. */
  const item = (row: ForeignRow, question: string): { readonly question: string; readonly stackId: unknown } => {
    const [, base, number] = NUMBERED.exec(question) ?? [];
    if (numbered && number !== undefined) {
      const input = `${named?.replace(/\d+$/, '') ?? (bases.size === 1 ? [...bases][0] : '')}${number}`;
      if (inputs.includes(input)) return { question: base, stackId: row[`Input.${input}`] };
    }
    if (named !== undefined) return { question, stackId: row[`Input.${named}`] ?? row[named] };
    return { question, stackId: inputs.length === 1 ? row[`Input.${inputs[0]}`] : row['HITId'] };
  };
  return {
    end,
    row: (row: ForeignRow, findings: Findings): void => {
      const annotatorId = textIn(row['Turkle.Username']) ?? textIn(row['WorkerId']);
      const rejected = textIn(row['AssignmentStatus']) === 'Rejected' || !isMissing(row['RejectionTime']);
      for (const { question: written, choice } of answersOf(row, names)) {
        const { question, stackId } = item(row, written);
        if (!takes(question, findings)) continue;
        const answer = { stackId, annotatorId, time: timeIn(row['SubmitTime']) };
        if (rejected) findings.rejected('that the requester rejected');
        else if (choice === undefined) findings.invalid('with several choices for one question');
        else if (choice === null || choice === '{}') findings.abstention(answer);
        else findings.vote({ ...answer, label: choice });
      }
    },
  };
};
