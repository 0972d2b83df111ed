import { csv, parquet, xlsx } from './fileCases.js';

/**
 * The votes of a small crowd in six kinds of file, by file name. Annotators have numbers, as in Zooniverse and Label Studio; times are
 * in the order of rows.
 */
export const sameVotes = async (stacks: number): Promise<Readonly<Record<string, string | Uint8Array>>> => {
  const votes = Array.from({ length: stacks }, (_, s) =>
    Array.from({ length: 5 }, (_unused, v) => {
      const roll = Math.imul(7 * s + v + 1, 2654435761) >>> 0;
      const stalled = s % 7 === 0;
      return {
        stackId: `v${s}`,
        annotatorId: 100 + ((s + 3 * v) % 23),
        label: stalled === roll % 10 > 0 ? 'Stalled' : 'Flowing',
        time: new Date(Date.UTC(2026, 0, 5, 9, 0, 5 * s + v)),
      };
    }),
  ).flat();
  const rows = votes.map(({ stackId, annotatorId, label, time }) => [stackId, annotatorId, label, time.toISOString()]);
  const header = ['Stack ID', 'Annotator', 'Label', 'Time'];
  const zooniverse = votes.map(({ stackId, annotatorId, label, time }, i) => [
    ...[900_000 + i, `volunteer${annotatorId}`, annotatorId, 'ab', 77, 'Stalls', '3.10'],
    ...[
      time
        .toISOString()
        .replace('T', ' ')
        .replace(/\.\d+Z/, ' UTC'),
      '',
      '',
      '{}',
    ],
    JSON.stringify([{ task: 'T0', task_label: 'Does it flow?', value: label }]),
    JSON.stringify({ [stackId]: { retired: null } }),
    stackId,
  ]);
  const tasks = [...new Set(votes.map(({ stackId }) => stackId))].map((id) => ({
    id,
    data: { video: `${id}.mp4` },
    annotations: votes
      .filter(({ stackId }) => stackId === id)
      .map(({ annotatorId, label, time }) => ({
        completed_by: annotatorId,
        was_cancelled: false,
        ground_truth: false,
        created_at: time.toISOString(),
        result: [{ from_name: 'flow', to_name: 'video', type: 'choices', value: { choices: [label] } }],
      })),
    predictions: [],
  }));
  return {
    'plain.csv': csv([header, ...rows]),
    'zooniverse.csv': csv([
      [
        ...['classification_id', 'user_name', 'user_id', 'user_ip', 'workflow_id', 'workflow_name', 'workflow_version'],
        ...['created_at', 'gold_standard', 'expert', 'metadata', 'annotations', 'subject_data', 'subject_ids'],
      ],
      ...zooniverse,
    ]),
    'label-studio.json': JSON.stringify(tasks),
    'german-excel.csv': Buffer.from(
      csv([[...header, 'Prüfer'], ...rows.map((row) => [...row, 'Jörg'])], ';', '\r\n'),
      'latin1',
    ),
    'votes.xlsx': await xlsx({
      Votes: [header, ...votes.map(({ stackId, annotatorId, label, time }) => [stackId, annotatorId, label, time])],
    }),
    'votes.parquet': parquet({
      'Stack ID': votes.map(({ stackId }) => stackId),
      Annotator: votes.map(({ annotatorId }) => BigInt(annotatorId)),
      Label: votes.map(({ label }) => label),
      Time: votes.map(({ time }) => time),
    }),
  };
};
