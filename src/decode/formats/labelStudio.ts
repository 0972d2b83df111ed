import { plain, VOTE_LABEL } from '../text/header.js';
import { isRecord } from '../text/objects.js';
import {
  chooser,
  type Findings,
  type ForeignRow,
  isMissing,
  jsonIn,
  listIn,
  type OpenFormat,
  textIn,
} from './format.js';

/** The choices of a result, by the name of the question. */
const choicesOf = (result: unknown): ReadonlyMap<string, readonly string[]> => {
  const choices = new Map<string, readonly string[]>();
  for (const region of listIn(result)) {
    if (!isRecord(region) || region['type'] !== 'choices' || !isRecord(region['value'])) continue;
    const question = textIn(region['from_name']) ?? '';
    const given = listIn(region['value']['choices']).flatMap((choice) => textIn(choice) ?? []);
    choices.set(question, [...(choices.get(question) ?? []), ...given]);
  }
  return choices;
};

const annotatorOf = (completedBy: unknown): string | undefined =>
  isRecord(completedBy) ? textIn(completedBy['email'] ?? completedBy['id']) : textIn(completedBy);

/** Why an answer was not given freely: it was filled in by a model, or taken over from another person. */
const seed = (annotation: ForeignRow): string | undefined => {
  if (!isMissing(annotation['parent_prediction'])) return 'that began with the answer of a model (parent_prediction)';
  const action = textIn(annotation['last_action']);
  if (action === 'prediction' || action === 'propagated_annotation') return `that was copied (last_action ${action})`;
  const origins = listIn(annotation['result']).flatMap((region) =>
    isRecord(region) ? (textIn(region['origin']) ?? []) : [],
  );
  return origins.some((origin) => origin.startsWith('prediction'))
    ? 'that began with the answer of a model (origin)'
    : undefined;
};

/** Label Studio JSON: tasks with all their annotations and predictions. */
export const labelStudio: OpenFormat = ({ columns }) => {
  const question = chooser('question', '--label-column', columns['label']);
  const model = chooser('model', '--score-column', columns['score']);
  const annotation = (one: ForeignRow, stackId: unknown, findings: Findings): void => {
    const answer = { stackId, annotatorId: annotatorOf(one['completed_by']), time: textIn(one['created_at']) };
    if (one['was_cancelled'] === true || listIn(one['result']).length === 0) {
      findings.abstention(answer);
      return;
    }
    const given = choicesOf(one['result']);
    const taken = [...given].filter(([name]) => question.takes(name, findings));
    if (given.size === 0) findings.invalid('without a choice (only results of the type "choices" are labels)');
    else if (taken.length === 0) findings.abstention(answer);
    for (const [, choices] of taken) {
      const why = seed(one);
      if (choices.length > 1) findings.invalid('with several choices for one question');
      else if (choices.length === 0) findings.abstention(answer);
      else if (one['ground_truth'] === true) findings.gold({ stackId, label: choices[0] });
      else if (why !== undefined) findings.notIndependent(why);
      else findings.vote({ ...answer, label: choices[0] });
    }
  };
  const prediction = (one: ForeignRow, stackId: unknown, findings: Findings): void => {
    if (!model.takes(textIn(one['model_version']) ?? '', findings)) return;
    for (const [name, choices] of choicesOf(one['result'])) {
      if (!question.takes(name, findings) || choices.length !== 1) continue;
      // 0 is what Label Studio writes where a model gave no score.
      if (typeof one['score'] !== 'number' || one['score'] === 0) {
        findings.note('A prediction with the score 0 or none has no score: Label Studio writes 0 for both.');
      } else findings.score({ stackId, score: one['score'], label: choices[0] });
    }
  };
  return {
    row: (task: ForeignRow, findings: Findings): void => {
      const data = isRecord(task['data']) ? task['data'] : {};
      const stackId =
        columns['stackId'] === undefined ? task['id'] : (data[columns['stackId']] ?? task[columns['stackId']]);
      for (const one of [...listIn(task['annotations']), ...listIn(task['completions'])]) {
        if (isRecord(one)) annotation(one, stackId, findings);
      }
      for (const one of listIn(task['predictions'])) if (isRecord(one)) prediction(one, stackId, findings);
    },
    end: (findings: Findings): void => {
      question.end(findings);
      if (columns['score'] !== undefined) model.end(findings);
    },
  };
};

const OWN: ReadonlySet<string> = new Set([
  ...['id', 'annotator', 'annotation_id', 'lead_time', 'created_at', 'updated_at', 'agreement', 'sentiment_agreement'],
]);
const DATA = /^(audio|file|filename|image|img|name|path|text|uri|url|video)$/i;

/** The column of the answer: the one that is named, one with a usual name, or the only one that is neither data nor our own. */
const questionIn = (names: readonly string[], chosen: string | undefined, findings: Findings): string | undefined => {
  if (chosen !== undefined && names.includes(chosen)) return chosen;
  const others = names.filter((name) => !OWN.has(name));
  const usual = others.filter((name) => [plain(VOTE_LABEL.name), ...VOTE_LABEL.aliases].includes(plain(name)));
  const rest = others.filter((name) => !DATA.test(name));
  const found = chosen === undefined ? (usual.length === 1 ? usual : rest) : [];
  if (found.length === 1) return found[0];
  findings.refuse({
    found: `the columns ${others.map((name) => JSON.stringify(name)).join(', ')} beside those of Label Studio`,
    expected: chosen === undefined ? 'one column with the answer' : `a column ${JSON.stringify(chosen)}`,
    fix: 'Say which one holds the answer: --label-column NAME.',
  });
  return undefined;
};

/** JSON-MIN and CSV of Label Studio: one row per annotation, and some things lost. */
export const labelStudioMin: OpenFormat = ({ columns, names }) => {
  let question: string | undefined;
  return {
    row: (row: ForeignRow, findings: Findings): void => {
      question ??= questionIn(names.length > 0 ? names : Object.keys(row), columns['label'], findings);
      if (question === undefined) return;
      const stackId = row[columns['stackId'] ?? 'id'];
      const answer = { stackId, annotatorId: textIn(row['annotator']), time: textIn(row['created_at']) };
      const cell = row[question];
      const inner = typeof cell === 'string' && cell.trim().startsWith('{') ? jsonIn(cell) : cell;
      const choices = isRecord(inner) ? listIn(inner['choices']) : isMissing(inner) ? [] : [inner];
      if (choices.length === 0) findings.abstention(answer);
      else if (choices.length > 1) findings.invalid('with several choices for one question');
      else findings.vote({ ...answer, label: choices[0] });
    },
  };
};
