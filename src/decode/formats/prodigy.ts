import { isRecord } from '../text/objects.js';
import { isMissing, listIn, type OpenFormat, textIn } from './format.js';

/** A session without a name is called by the time at which it began, which is no person. */
const UNNAMED = /\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d$/;

const timeOf = (seconds: unknown): string | undefined =>
  typeof seconds === 'number' && Number.isFinite(seconds) ? new Date(1000 * seconds).toISOString() : undefined;

/** Prodigy: one task with its answer per line. */
export const prodigy: OpenFormat = ({ columns }) => ({
  row: (row, findings) => {
    const meta = isRecord(row['meta']) ? row['meta'] : {};
    const stackId =
      columns['stackId'] === undefined ? row['_input_hash'] : (row[columns['stackId']] ?? meta[columns['stackId']]);
    const session = textIn(row['_annotator_id']) ?? textIn(row['_session_id']);
    const unnamed = session !== undefined && UNNAMED.test(session);
    if (unnamed) findings.note('Sessions without a name are called by their time; their answers count as anonymous.');
    const answer = { stackId, annotatorId: unnamed ? undefined : session, time: timeOf(row['_timestamp']) };
    const chosen = Array.isArray(row['accept']) ? row['accept'] : listIn(row['options']).length > 0 ? [] : undefined;
    const label = chosen === undefined ? row['label'] : chosen[0];
    if (typeof row['score'] === 'number' && typeof row['label'] === 'string') {
      findings.score({ stackId, score: row['score'], label: row['label'] });
    }
    if (chosen !== undefined && chosen.length > 1) findings.invalid('with several choices for one question');
    else if (row['_view_id'] === 'review') {
      // The answer of a reviewer who saw the others' answers.
      if (row['answer'] === 'accept' && !isMissing(label)) findings.gold({ stackId, label });
      else findings.notIndependent('of a review');
    } else if (row['answer'] === 'ignore' || isMissing(label)) findings.abstention(answer);
    else if (row['answer'] === 'accept') findings.vote({ ...answer, label });
    else if (row['answer'] !== 'reject') findings.invalid('that is none of accept, reject and ignore');
    else if (chosen === undefined) findings.vote({ ...answer, label }, 'against');
    // Of a choice, a rejection says that the item is no good, not which label holds.
    else findings.abstention(answer);
  },
});
