import { csvRow } from '../../output/csvRow.js';
import type { NextRound } from '../../study/index.js';

/** `next.csv`: what people are given. Not what is thought of it, so that they stay blind. */
export function* nextCsv({ rows }: NextRound): Generator<string> {
  yield csvRow(['stackId', 'votesWanted']);
  for (const { stackId, votesWanted } of rows) yield csvRow([stackId, String(votesWanted)]);
}
