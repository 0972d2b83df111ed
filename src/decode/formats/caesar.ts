import { isRecord } from '../text/objects.js';
import {
  chooser,
  type Findings,
  type ForeignRow,
  isMissing,
  jsonIn,
  type OpenFormat,
  type Setting,
  textIn,
} from './format.js';

/** The choices of an extract or a reduction: columns `data.X` that hold a number above 0, or one column `data` of JSON. */
const choicesIn = (row: ForeignRow): readonly { readonly label: string; readonly count: number }[] => {
  const data = jsonIn(row['data']);
  const entries = isRecord(data)
    ? Object.entries(data)
    : Object.entries(row).flatMap(([name, value]) =>
        name.startsWith('data.') ? [[name.slice(5), value] as const] : [],
      );
  return entries.flatMap(([label, value]) => {
    const count = isMissing(value) ? 0 : Number(value);
    return label !== 'aggregation_version' && count > 0 ? [{ label, count }] : [];
  });
};

const isNone = ({ label }: { readonly label: string }): boolean => /^none$/i.test(label);

/** What panoptes_aggregation makes of feedback: whether the volunteer was told that the answer was right. */
const wasRight = (row: ForeignRow): boolean => {
  // Nested values are Python literals in these files.
  const feedback = textIn(row['data.feedback']);
  return feedback !== undefined && /'success': (?:True|\[True\])/.test(feedback) && !/False/.test(feedback);
};

const anonymous = (row: ForeignRow, source: string): string | undefined => {
  const name = textIn(row['user_name']);
  if (!isMissing(row['user_id'])) return textIn(row['user_id']);
  return name?.startsWith('not-logged-in') ? `${name} in ${source.split(/[\\/]/).pop()}` : name;
};

/** One row per classification: who said what about which subject. */
const extracts =
  (keyColumn: 'task' | 'extractor_key', timeColumn: 'created_at' | 'classification_at') =>
  ({ source, columns }: Setting) => {
    const { takes, end } = chooser(keyColumn.replace('_', ' '), '--label-column', columns['label']);
    return {
      end,
      row: (row: ForeignRow, findings: Findings): void => {
        const key = textIn(row[keyColumn]) ?? '';
        const extractor = textIn(row['extractor']);
        if (extractor !== undefined && !/question|dropdown|survey/.test(extractor)) return;
        const isMachine = row['machine_data'] === true || /^true$/i.test(textIn(row['machine_data']) ?? '');
        const choices = choicesIn(row).filter(({ label }) => label !== 'feedback');
        if (isMachine) {
          findings.notIndependent('a machine gave (machine_data)');
          return;
        }
        if (!takes(key, findings)) return;
        const stackId = columns['stackId'] === undefined ? row['subject_id'] : row[columns['stackId']];
        const answer = { stackId, annotatorId: anonymous(row, source), time: textIn(row[timeColumn]) };
        const real = choices.filter((choice) => !isNone(choice));
        if (real.length === 0) findings.abstention(answer);
        else if (real.length > 1) findings.invalid('with several choices for one task');
        else {
          findings.vote({ ...answer, label: real[0].label });
          if (wasRight(row)) findings.gold({ stackId, label: real[0].label });
        }
      },
    };
  };

const COUNTS =
  'A reduction holds counts, not votes: each became votes of nobody in particular, and one person may be in it twice. Extracts tell who voted.';

/** One row per subject: how many said what. */
const reductions =
  (keyColumn: 'task' | 'reducer_key') =>
  ({ columns }: Setting) => {
    const { takes, end } = chooser(keyColumn.replace('_', ' '), '--label-column', columns['label']);
    return {
      end,
      row: (row: ForeignRow, findings: Findings): void => {
        if (!takes(textIn(row[keyColumn]) ?? '', findings)) return;
        if (isMissing(row['subject_id'])) {
          findings.invalid('about a user, not about a subject');
          return;
        }
        findings.note(COUNTS);
        for (const choice of choicesIn(row)) {
          if (!Number.isInteger(choice.count)) findings.invalid('whose count is no whole number');
          for (let n = 0; n < choice.count && Number.isInteger(choice.count); n++) {
            if (isNone(choice)) findings.abstention({ stackId: row['subject_id'] });
            else findings.vote({ stackId: row['subject_id'], label: choice.label });
          }
        }
      },
    };
  };

export const aggregationExtracts: OpenFormat = extracts('task', 'created_at');
export const aggregationReductions: OpenFormat = reductions('task');
export const caesarExtracts: OpenFormat = extracts('extractor_key', 'classification_at');
export const caesarReductions: OpenFormat = reductions('reducer_key');

/** Predictions for the subject assistant: subject → {"0": [probability, …]}. */
export const bajor: OpenFormat = () => ({
  row: (row, findings) => {
    for (const [stackId, prediction] of Object.entries(isRecord(row['data']) ? row['data'] : {})) {
      const list = isRecord(prediction) ? prediction['0'] : undefined;
      const score = Array.isArray(list) ? list[0] : undefined;
      if (typeof score === 'number') findings.score({ stackId, score });
      else findings.invalid('without a probability');
    }
  },
});
