import { isRecord } from '../text/objects.js';
import { chooser, type Findings, type ForeignRow, isMissing, listIn, type OpenFormat, type Setting } from './format.js';

/** The status of a response: only submitted ones are votes. */
const give = (
  findings: Findings,
  answer: { readonly stackId: unknown; readonly annotatorId?: unknown },
  value: unknown,
  status: unknown,
): void => {
  if (Array.isArray(value)) {
    if (value.length === 1) give(findings, answer, value[0], status);
    else if (value.length === 0) findings.abstention(answer);
    else findings.invalid('with several choices for one question');
  } else if ((status !== undefined && status !== 'submitted') || isMissing(value)) findings.abstention(answer);
  else findings.vote({ ...answer, label: value });
};

const suggested = (findings: Findings, stackId: unknown, label: unknown, score: unknown): void => {
  if (typeof score === 'number' && typeof label === 'string') findings.score({ stackId, score, label });
};

const opened = ({ columns }: Setting) => {
  const { takes, end } = chooser('question', '--label-column', columns['label']);
  const idOf = (row: ForeignRow, ...nested: readonly unknown[]): unknown => {
    const wanted = columns['stackId'];
    if (wanted === undefined) return row['id'];
    const holder = [row, ...nested].find((one) => isRecord(one) && wanted in one);
    return isRecord(holder) ? holder[wanted] : undefined;
  };
  return { takes, end, idOf };
};

/** Records of Argilla 2, flat: parallel lists of responses, users and statuses. */
export const argilla: OpenFormat = (setting) => {
  const { takes, end, idOf } = opened(setting);
  return {
    end,
    row: (row: ForeignRow, findings: Findings): void => {
      const stackId = idOf(row);
      for (const key of Object.keys(row)) {
        const question = /^(.*)\.responses$/.exec(key)?.[1];
        if (question === undefined || !takes(question, findings)) continue;
        const users = listIn(row[`${key}.users`]);
        const statuses = listIn(row[`${key}.status`]);
        for (const [i, value] of listIn(row[key]).entries()) {
          // Records have one time for all that happened to them, which is no time of an answer.
          give(findings, { stackId, annotatorId: users[i] }, value, statuses[i]);
        }
        suggested(findings, stackId, row[`${question}.suggestion`], row[`${question}.suggestion.score`]);
      }
    },
  };
};

/** Records of Argilla 2, nested. */
export const argillaNested: OpenFormat = (setting) => {
  const { takes, end, idOf } = opened(setting);
  return {
    end,
    row: (row: ForeignRow, findings: Findings): void => {
      const stackId = idOf(row, row['fields'], row['metadata']);
      for (const [question, given] of Object.entries(isRecord(row['responses']) ? row['responses'] : {})) {
        if (!takes(question, findings)) continue;
        for (const one of listIn(given)) {
          if (isRecord(one)) give(findings, { stackId, annotatorId: one['user_id'] }, one['value'], one['status']);
        }
      }
      for (const [question, one] of Object.entries(isRecord(row['suggestions']) ? row['suggestions'] : {})) {
        if (isRecord(one) && takes(question, findings)) suggested(findings, stackId, one['value'], one['score']);
      }
    },
  };
};

/** The responses of the first version: a list of objects, or an object of lists. */
const responsesIn = (cell: unknown): readonly ForeignRow[] => {
  if (Array.isArray(cell)) return cell.filter(isRecord);
  if (!isRecord(cell)) return [];
  const [users, values, statuses] = [listIn(cell['user_id']), listIn(cell['value']), listIn(cell['status'])];
  return values.map((value, i) => ({ user_id: users[i], value, status: statuses[i] }));
};

const isResponses = (cell: unknown): boolean =>
  isRecord(cell)
    ? ['user_id', 'value', 'status'].every((key) => Array.isArray(cell[key]))
    : Array.isArray(cell) && cell.length > 0 && cell.every((one) => isRecord(one) && 'value' in one && 'status' in one);

/** Records of Argilla 1. */
export const argillaFirst: OpenFormat = (setting) => {
  const { takes, end, idOf } = opened(setting);
  return {
    end,
    row: (row: ForeignRow, findings: Findings): void => {
      const stackId =
        setting.columns['stackId'] === undefined ? (row['id'] ?? row['external_id']) : idOf(row, row['metadata']);
      for (const [question, cell] of Object.entries(row)) {
        if (!(`${question}-suggestion` in row) && !isResponses(cell)) continue;
        if (!takes(question, findings)) continue;
        for (const one of responsesIn(cell)) {
          give(findings, { stackId, annotatorId: one['user_id'] }, one['value'], one['status']);
        }
        const about = row[`${question}-suggestion-metadata`];
        suggested(findings, stackId, row[`${question}-suggestion`], isRecord(about) ? about['score'] : undefined);
      }
    },
  };
};
