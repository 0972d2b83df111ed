import { isRecord } from '../text/objects.js';
import { answersIn } from './answerContent.js';
import { chooser, type Findings, type ForeignRow, listIn, type OpenFormat, type Setting, textIn } from './format.js';

/** Labels of a manifest: keys K whose sibling `K-metadata` says whether a person or a machine gave the label. */
const labelKeys = (row: ForeignRow): readonly string[] =>
  Object.keys(row).filter((key) => {
    const about = row[`${key}-metadata`];
    return isRecord(about) && 'human-annotated' in about;
  });

/** The output manifest of Ground Truth: one consolidated label per object. */
export const groundTruth: OpenFormat = ({ columns }) => {
  const { takes, end } = chooser('label attribute', '--label-column', columns['label']);
  return {
    end,
    row: (row: ForeignRow, findings: Findings): void => {
      const stackId = row[columns['stackId'] ?? ('source-ref' in row ? 'source-ref' : 'source')];
      for (const key of labelKeys(row)) {
        const about = row[`${key}-metadata`];
        if (!isRecord(about) || !takes(key, findings)) continue;
        const label = textIn(about['class-name']) ?? row[key];
        if (about['human-annotated'] === 'yes') findings.gold({ stackId, label });
        else {
          findings.notIndependent('that a machine gave ("human-annotated": "no")');
          if (typeof about['confidence'] === 'number') findings.score({ stackId, score: about['confidence'], label });
        }
      }
    },
  };
};

/** Of worker responses, the folder names the data object: worker-response/iteration-1/17/2026-01-05….json. */
const objectOf = (source: string): string => {
  const numbered = /iteration-\d+[\\/](\d+)[\\/][^\\/]+$/.exec(source)?.[1];
  return numbered ?? source.replace(/^.*[\\/]/, '').replace(/\.json$/i, '');
};

const workers =
  (list: 'answers' | 'humanAnswers') =>
  ({ source, columns }: Setting) => {
    const { takes, end } = chooser('question', '--label-column', columns['label']);
    return {
      end,
      row: (row: ForeignRow, findings: Findings): void => {
        const input = isRecord(row['inputContent']) ? row['inputContent'] : {};
        const named =
          columns['stackId'] === undefined ? undefined : (input[columns['stackId']] ?? row[columns['stackId']]);
        const stackId = columns['stackId'] === undefined ? (row['humanLoopName'] ?? objectOf(source)) : named;
        const shown = 'inputAiServiceResponse' in row || 'aiServiceRequest' in row;
        for (const one of listIn(row[list])) {
          if (!isRecord(one)) continue;
          const answer = { stackId, annotatorId: textIn(one['workerId']), time: textIn(one['submissionTime']) };
          const given = answersIn(one['answerContent']);
          if (given.length === 0) findings.abstention(answer);
          for (const { choice } of given.filter((each) => takes(each.question, findings))) {
            if (choice === undefined) findings.invalid('with several choices for one question');
            else if (choice === null) findings.abstention(answer);
            else if (shown) findings.notIndependent('of workers who saw the answer of a model');
            else findings.vote({ ...answer, label: choice });
          }
        }
      },
    };
  };

export const groundTruthWorkers: OpenFormat = workers('answers');
export const a2i: OpenFormat = workers('humanAnswers');
