import { isRecord } from '../text/objects.js';
import { chooser, type Findings, isMissing, jsonIn, listIn, type OpenFormat, textIn } from './format.js';

/** One answer to one task: the text of the choice, `null` for none, undefined where several were given. */
interface TaskAnswer {
  readonly task: string;
  readonly value: unknown;
}

const UNKNOWN = 'unknown answer label';

/** The choice that a value stands for: text, nothing, or undefined where it cannot be one choice. */
const choiceOf = (value: unknown): string | null | undefined => {
  if (value === null || value === undefined || value === '') return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return value.length === 0 ? null : value.length === 1 ? choiceOf(value[0]) : undefined;
  if (!isRecord(value)) return undefined;
  // A survey names its choice, a dropdown the label of its option.
  const inner = value['choice'] ?? value['label'] ?? value['value'];
  return inner === undefined ? undefined : choiceOf(inner);
};

/** The answers of a classification; a combo task holds those of its parts. */
const answersIn = (annotations: unknown): readonly TaskAnswer[] =>
  listIn(annotations).flatMap((annotation): readonly TaskAnswer[] => {
    if (!isRecord(annotation)) return [];
    const parts = listIn(annotation['value']);
    if (parts.length > 0 && parts.every((part) => isRecord(part) && 'task' in part)) return answersIn(parts);
    const task = textIn(annotation['task']);
    return task === undefined ? [] : [{ task, value: annotation['value'] }];
  });

/** Hashes of addresses are drawn anew for each export, so the same one in two files is not the same person. */
const annotatorOf = (user: unknown, name: unknown, source: string): string | undefined => {
  const text = textIn(name);
  if (!isMissing(user)) return textIn(user);
  return text?.startsWith('not-logged-in') ? `${text} in ${source.split(/[\\/]/).pop()}` : text;
};

const isTrue = (value: unknown): boolean => value === true || value === 'true';

/** Whether the site told this volunteer that the answer was right, on a subject whose answer is known. */
const feedbackOf = (metadata: unknown, task: string): boolean | undefined => {
  const feedback = isRecord(metadata) && isRecord(metadata['feedback']) ? listIn(metadata['feedback'][task]) : [];
  const outcomes = feedback.flatMap((one) =>
    isRecord(one) && typeof one['success'] === 'boolean' ? [one['success']] : [],
  );
  return outcomes.length === 0 ? undefined : outcomes.every((success) => success);
};

const oneWorkflow = () => {
  let first: string | undefined;
  return (workflow: unknown, findings: Findings): void => {
    const id = textIn(workflow);
    if (id === undefined) return;
    first ??= id;
    if (id === first) return;
    findings.refuse({
      field: 'workflow_id',
      found: `classifications of the workflows ${first} and ${id}`,
      expected: 'those of one workflow',
      fix: 'Export one workflow, or keep the rows of one: each workflow asks questions of its own.',
    });
  };
};

/** The classification export of Zooniverse: one row per classification, with its answers as JSON. */
export const zooniverse: OpenFormat = ({ source, columns }) => {
  const { takes, end } = chooser('task', '--label-column', columns['label']);
  const sameWorkflow = oneWorkflow();
  return {
    end,
    row: (row, findings) => {
      sameWorkflow(row['workflow_id'], findings);
      const annotations = jsonIn(row['annotations']);
      const subjects = (textIn(row['subject_ids']) ?? '').split(';').filter((id) => id !== '');
      if (!Array.isArray(annotations) || subjects.length !== 1) {
        findings.invalid(Array.isArray(annotations) ? 'not about one subject' : 'whose annotations are no JSON array');
        return;
      }
      const [subject] = subjects;
      const metadata = jsonIn(row['metadata']);
      const data = jsonIn(row['subject_data']);
      const about = isRecord(data) && isRecord(data[subject]) ? data[subject] : {};
      const stackId = columns['stackId'] === undefined ? subject : about[columns['stackId']];
      const answer = {
        stackId,
        annotatorId: annotatorOf(row['user_id'], row['user_name'], source),
        time: textIn(row['created_at']),
      };
      const selection = isRecord(metadata) ? metadata['subject_selection_state'] : undefined;
      if (isRecord(selection) && isTrue(selection['retired'])) {
        findings.note('Some answers came after their subject was retired. They count: they were given freely.');
      }
      const given = answersIn(annotations).filter(({ task }) => takes(task, findings));
      if (given.length === 0) {
        // The volunteer was led past the question, which is no answer to it.
        findings.abstention(answer);
        return;
      }
      const choices = given.map(({ value }) => choiceOf(value));
      const [choice] = choices;
      if (choices.includes(UNKNOWN)) findings.invalid('whose label the export does not know');
      else if (choice === undefined || choices.some((other) => other !== choice)) {
        findings.invalid('with several choices for one task');
      } else if (choice === null) findings.abstention(answer);
      else if (isTrue(row['gold_standard']) || !isMissing(row['expert'])) findings.gold({ stackId, label: choice });
      else {
        findings.vote({ ...answer, label: choice });
        if (feedbackOf(metadata, given[0].task) === true) findings.gold({ stackId, label: choice });
      }
    },
  };
};
