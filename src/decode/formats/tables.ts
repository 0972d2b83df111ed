import { type Findings, type ForeignRow, isMissing, type OpenFormat, textIn } from './format.js';

/** Rows are items and columns annotators; an empty cell or NaN is no vote. */
export const cleanlabWide: OpenFormat = ({ columns, names }) => {
  const stackColumn = columns['stackId'] ?? names[0];
  const annotators = names.filter((name) => name !== stackColumn);
  return {
    row: (row: ForeignRow, findings: Findings): void => {
      for (const annotatorId of annotators) {
        const label = row[annotatorId];
        // Nobody was asked here, which is no abstention.
        if (isMissing(label) || /^(nan|na|<na>|none|null)$/i.test(String(label))) continue;
        findings.vote({ stackId: row[stackColumn], annotatorId, label });
      }
    },
  };
};

const KNOWN =
  'Rows with the calibration flag are about vessels whose answer the game knew. The file does not say the answer, so there is no gold in it.';

/** Columns in the order in which the game wrote them; they may have no names. */
export const stallCatchers: OpenFormat = ({ names, header }) => {
  const give = (cells: readonly unknown[], findings: Findings): void => {
    const [time, stackId, annotatorId, label, known] = cells;
    findings.vote({ stackId, annotatorId: textIn(annotatorId), label, time: textIn(time) });
    if (textIn(known) === '1') findings.note(KNOWN);
  };
  let isFirst = /^\s*\d/.test(header[0] ?? '');
  return {
    row: (row: ForeignRow, findings: Findings): void => {
      if (isFirst) give(header, findings);
      isFirst = false;
      give(
        names.map((name) => row[name]),
        findings,
      );
    },
  };
};
