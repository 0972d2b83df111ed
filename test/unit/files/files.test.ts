/** Files as laboratories have them: each is read rightly, or refused with words that help. To add a case, add an element. */
import * as E from 'fp-ts/lib/Either.js';
import { expect, test } from 'vitest';
import * as Decode from '../../../src/decode/index.js';
import { format } from '../../../src/domain/errors.js';
import type { VoteTable } from '../../../src/domain/voteTable.js';
import { csv, type FileCase, gz, latin1, ndjson, parquet, utf16be, xlsx } from './fileCases.js';

const VOTES = [
  ['stackId', 'annotatorId', 'label'],
  ['s1', 'ann', 'stalled'],
  ['s1', 'ben', 'flowing'],
  ['s2', 'ann', 'flowing'],
];
const THREE = 's1:ann=1 s1:ben=0 s2:ann=0';
const OBJECTS = VOTES.slice(1).map(([stackId, annotatorId, label]) => ({ stackId, annotatorId, label }));
const TEXT = csv(VOTES);

const CONTAINERS: readonly FileCase[] = [
  { name: 'CSV with commas', bytes: TEXT, gives: THREE, container: { form: 'CSV', delimiter: ',', encoding: 'UTF-8' } },
  { name: 'CSV with semicolons', bytes: csv(VOTES, ';', '\r\n'), gives: THREE, container: { delimiter: ';' } },
  { name: 'CSV with tabs', bytes: csv(VOTES, '\t'), gives: THREE, container: { delimiter: '\t' } },
  { name: 'CSV with bars', bytes: csv(VOTES, '|'), gives: THREE, container: { delimiter: '|' } },
  { name: 'CSV with the line sep=;', bytes: `sep=;\r\n${csv(VOTES, ';', '\r\n')}`, gives: THREE },
  {
    name: 'quoted CSV with semicolons, and commas and semicolons inside',
    bytes: 'stackId;annotatorId;label\n"a;b";"c, d";1\n',
    gives: 'a;b:c, d=1',
  },
  {
    name: 'scores with a decimal comma',
    wanted: 'scores',
    bytes: 'stackId;score\ns1;0,25\ns2;1e-3\ns3;\ns4;1,5e-2\n',
    gives: 's1=0.25 s2=0.001 s4=0.015',
    notes: [/decimal comma/],
  },
  { name: 'CSV with a byte order mark', bytes: `\ufeff${TEXT}`, gives: THREE },
  {
    name: 'Latin-1',
    bytes: latin1('Datei,annotatorId,label,stackId\nx,José,1,Gefäß 7\n'),
    gives: 'Gefäß 7:José=1',
    container: { encoding: 'Windows-1252' },
    notes: [/Windows-1252/],
  },
  {
    name: 'a German Excel CSV',
    bytes: latin1(csv([...VOTES, ['Gefäß', 'Jörg', 1]], ';', '\r\n')),
    gives: `Gefäß:Jörg=1 ${THREE}`,
  },
  {
    name: 'Latin-1 in which the first such letter comes late',
    bytes: latin1(csv([VOTES[0], ...Array.from({ length: 40_000 }, (_, i) => [`s${i % 2}`, '', 0]), ['ß', 'ann', 1]])),
    gives: 'ß:ann=1',
    container: { encoding: 'Windows-1252' },
  },
  {
    name: 'UTF-8 with a damaged letter',
    bytes: Buffer.concat([
      Buffer.from('stackId,annotatorId,label\ns1,José,1\ns2,Jos'),
      Buffer.of(0xe9),
      Buffer.from(',1\n'),
    ]),
    refused: /^file, line 3, column 2: expected UTF-8 text, found bytes that are not UTF-8/,
  },
  {
    name: 'UTF-16 with a byte order mark, as Excel saves "Unicode text"',
    bytes: Buffer.from(`\ufeff${csv(VOTES, '\t', '\r\n')}`, 'utf16le'),
    gives: THREE,
    container: { encoding: 'UTF-16LE', delimiter: '\t' },
    notes: [/UTF-16LE/],
  },
  {
    name: 'UTF-16 without a mark',
    bytes: Buffer.from(TEXT, 'utf16le'),
    gives: THREE,
    container: { encoding: 'UTF-16LE' },
  },
  { name: 'UTF-16, big end first', bytes: utf16be(`\ufeff${TEXT}`), gives: THREE, container: { encoding: 'UTF-16BE' } },
  {
    name: 'UTF-32',
    bytes: Buffer.from([0xff, 0xfe, 0, 0, 0x73, 0, 0, 0]),
    refused: 'file, line 1: expected UTF-8 text, found UTF-32 text. Save the file as "CSV UTF-8".',
  },
  { name: 'gzip', bytes: gz(TEXT), gives: THREE, container: { compression: 'gzip' } },
  { name: 'gzip of UTF-16', bytes: gz(Buffer.from(`\ufeff${TEXT}`, 'utf16le')), gives: THREE },
  { name: 'NDJSON', bytes: ndjson(OBJECTS), gives: THREE, container: { form: 'NDJSON' } },
  { name: 'a JSON array', bytes: JSON.stringify(OBJECTS), gives: THREE, container: { form: 'JSON array' } },
  { name: 'a JSON array over lines', bytes: JSON.stringify(OBJECTS, null, 2), gives: THREE },
  {
    name: 'one JSON object over lines',
    bytes: JSON.stringify(OBJECTS[0], null, 2),
    gives: 's1:ann=1',
    container: { form: 'JSON' },
  },
  { name: 'a gzipped JSON array', bytes: gz(JSON.stringify(OBJECTS)), gives: THREE },
  {
    name: 'a JSON array with a bad label, by its line',
    bytes: '[\n {"stackId":"s1","label":1},\n {"stackId":"s2","label":"maybe not"}\n]',
    refused: /^file, line 3, field "label": expected .*found "maybe not"/,
  },
  {
    name: 'a JSON array that ends too early',
    bytes: JSON.stringify(OBJECTS).slice(0, -20),
    refused: /^file, line 1: expected a whole JSON array, or whole JSON objects, found JSON that ends too early/,
  },
  {
    name: 'a JSON array with a broken element',
    bytes: '[{"stackId":"s1","label":1},\n{"stackId":"s2","label":}]',
    refused: /^file, line 2, column 25: expected a whole JSON value, found "}"/,
  },
  {
    name: 'an empty JSON array',
    bytes: '[]',
    refused: 'file: expected at least one vote, found an empty list. Check that the export finished.',
  },
  {
    name: 'an Excel workbook',
    bytes: xlsx({ Sheet1: VOTES }),
    gives: THREE,
    container: { form: 'Excel', sheet: 'Sheet1' },
  },
  {
    name: 'an Excel workbook with a title row left empty, numbers as ids and dates',
    bytes: xlsx({
      Votes: [
        [null, null, null, null],
        ['vessel', 'worker', 'label', 'when'],
        [100041, 7, 1, new Date(Date.UTC(2026, 0, 5))],
        [null, null, null, null],
        ['007', 7, false, null],
      ],
    }),
    gives: '007:7=0 100041:7=1',
  },
  {
    name: 'the second sheet of a workbook',
    bytes: xlsx({ About: [['made by'], ['me']], Votes: VOTES }),
    as: { sheet: 'Votes' },
    gives: THREE,
    container: { sheet: 'Votes' },
  },
  {
    name: 'a workbook of two sheets: the first is read, and said',
    bytes: xlsx({ Votes: VOTES, About: [['made by'], ['me']] }),
    gives: THREE,
    notes: [/Only the first sheet, "Votes", was read.*--sheet.*"About"/],
  },
  {
    name: 'a sheet that is not there',
    bytes: xlsx({ Votes: VOTES }),
    as: { sheet: 'Vote' },
    refused: 'file: expected the sheet you asked for, found the sheets "Votes". Check the spelling of --sheet.',
  },
  {
    name: 'a workbook with a bad label, by its row',
    bytes: xlsx({ Votes: [...VOTES, ['s3', 'ann', 'x']] }),
    refused: /^file, line 5, column 3, field "label": expected .*found "x"/,
  },
  {
    name: 'a workbook without rows',
    bytes: xlsx({ Votes: [VOTES[0]] }),
    refused: /found a header with nothing below it/,
  },
  {
    name: 'a zip archive that is no workbook',
    bytes: latin1('PK\x03\x04\x14\x00\x00\x00'),
    refused: /^file: expected an Excel workbook \(\.xlsx\), found a zip archive that is no workbook/,
  },
  {
    name: 'an old workbook',
    bytes: Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]),
    refused: /an Excel workbook of the old kind \(\.xls\)\. Open it and save it as \.xlsx/,
  },
  {
    name: 'Parquet',
    bytes: parquet({ stackId: ['s1', 's1', 's2'], annotatorId: ['ann', 'ben', 'ann'], label: [1, 0, 0] }),
    gives: THREE,
    container: { form: 'Parquet' },
  },
  {
    name: 'Parquet with large integers, booleans and nothing packed',
    format: 'crowd-kit',
    bytes: parquet({ task: [7n, 8n], worker: ['ann', 'ann'], label: [true, false] }, 'UNCOMPRESSED'),
    gives: '7:ann=1 8:ann=0',
  },
  {
    name: 'scores in Parquet, one of them missing',
    wanted: 'scores',
    bytes: parquet({ stackId: ['s1', 's2'], score: [0.25, null] }),
    gives: 's1=0.25',
  },
  { name: 'damaged Parquet', bytes: Buffer.from('PAR1 and then nothing'), refused: /found a damaged Parquet file/ },
  { name: 'bzip2', bytes: Buffer.from('BZh91AY&SY'), refused: /packed with bzip2 or xz\. Unpack it/ },
];

const ZOO = [
  ...['classification_id', 'user_name', 'user_id', 'user_ip', 'workflow_id', 'workflow_name', 'workflow_version'],
  ...['created_at', 'gold_standard', 'expert', 'metadata', 'annotations', 'subject_data', 'subject_ids'],
];

interface Classification {
  readonly user?: string;
  readonly id?: string;
  readonly value?: unknown;
  readonly annotations?: unknown;
  readonly subject?: string;
  readonly workflow?: string;
  readonly metadata?: object;
  readonly expert?: string;
  readonly gold?: string;
  readonly data?: object;
}

const classification = ({
  user = 'ann',
  id = '',
  value,
  subject = 's1',
  workflow = '77',
  ...other
}: Classification) => [
  ...[
    '900001',
    user,
    id,
    'ab',
    workflow,
    'Stalls',
    '3.10',
    '2026-01-05 09:15:02 UTC',
    other.gold ?? '',
    other.expert ?? '',
  ],
  JSON.stringify(other.metadata ?? {}),
  typeof other.annotations === 'string'
    ? other.annotations
    : JSON.stringify(other.annotations ?? [{ task: 'T0', task_label: 'Flow?', value }]),
  JSON.stringify({ [subject]: { retired: null, ...other.data } }),
  subject,
];

const zooniverse = (...rows: readonly Classification[]): string => csv([ZOO, ...rows.map(classification)]);

const ZOONIVERSE: readonly FileCase[] = [
  {
    name: 'a Zooniverse export',
    format: 'zooniverse',
    bytes: zooniverse({ value: 'Stalled' }, { user: 'ben', value: 'Flowing' }, { subject: 's2', value: 'Flowing' }),
    gives: THREE,
  },
  {
    name: 'a Zooniverse export: people by id, strangers by file',
    format: 'zooniverse',
    file: 'exports/one.csv',
    bytes: zooniverse({ id: '12', value: 'Stalled' }, { user: 'not-logged-in-0a1b', value: 'Flowing' }),
    gives: 's1:12=1 s1:not-logged-in-0a1b in one.csv=0',
  },
  {
    name: 'a Zooniverse export: null and [] are abstentions, as is a task that was not reached',
    format: 'zooniverse',
    bytes: zooniverse(
      { value: 'Stalled' },
      { user: 'b', value: null },
      { user: 'c', value: [] },
      { user: 'd', annotations: [] },
    ),
    gives: 's1:ann=1',
    counts: { abstentions: 3 },
  },
  {
    name: 'a Zooniverse export: what cannot be understood is counted, not guessed',
    format: 'zooniverse',
    bytes: zooniverse(
      { value: 'Stalled' },
      { user: 'b', value: 'unknown answer label' },
      { user: 'c', value: ['Stalled', 'Flowing'] },
      { user: 'd', annotations: '[broken' },
      { user: 'e', subject: 's1;s2', value: 'Stalled' },
    ),
    gives: 's1:ann=1',
    counts: { invalid: 4 },
    notes: [/1 answer whose label the export does not know: left out\. The first is in row 3/, /several choices/],
  },
  {
    name: 'a Zooniverse export: experts give gold, not votes',
    format: 'zooniverse',
    bytes: zooniverse(
      { value: 'Stalled' },
      { user: 'boss', value: 'Flowing', expert: 'owner' },
      { user: 'g', value: 'Stalled', gold: 'true' },
    ),
    gives: 's1:ann=1',
    counts: { gold: 2 },
    notes: [/2 answers are expert truth/],
  },
  {
    name: 'gold of a Zooniverse export: experts, and what the site said was right',
    format: 'zooniverse',
    wanted: 'gold',
    bytes: zooniverse(
      { value: 'Stalled', subject: 's1', expert: 'expert' },
      { value: 'Flowing', subject: 's2', metadata: { feedback: { T0: [{ id: '1', success: true }] } } },
      { value: 'Stalled', subject: 's3', metadata: { feedback: { T0: [{ id: '1', success: false }] } } },
    ),
    gives: 's1=1 s2=0',
    counts: { votes: 2 },
  },
  {
    name: 'a Zooniverse export: one person twice, and answers after retirement',
    format: 'zooniverse',
    bytes: zooniverse(
      { value: 'Stalled' },
      { value: 'Flowing', metadata: { subject_selection_state: { retired: true } } },
    ),
    gives: 's1:ann=1',
    counts: { repeats: 1, votes: 2 },
    notes: [/after their subject was retired/],
  },
  {
    name: 'a Zooniverse export: combo tasks, and two questions need a word',
    format: 'zooniverse',
    bytes: zooniverse({
      annotations: [
        {
          task: 'T9',
          task_label: null,
          value: [
            { task: 'T0', value: 'Stalled' },
            { task: 'T1', value: 'Sharp' },
          ],
        },
      ],
    }),
    refused: 'file, line 2: expected one task, found the tasks "T0" and "T1". Say which one: --label-column "T0".',
  },
  {
    name: 'a Zooniverse export: the task that is asked for',
    format: 'zooniverse',
    columns: { label: 'T0' },
    bytes: zooniverse({
      annotations: [
        {
          task: 'T9',
          task_label: null,
          value: [
            { task: 'T0', value: 'Stalled' },
            { task: 'T1', value: 'Sharp' },
          ],
        },
      ],
    }),
    gives: 's1:ann=1',
  },
  {
    name: 'a Zooniverse export: stacks by a field of their subject',
    format: 'zooniverse',
    columns: { stackId: 'file' },
    bytes: zooniverse({ value: 'Stalled', data: { file: 'v1.mp4' } }),
    gives: 'v1.mp4:ann=1',
  },
  {
    name: 'a Zooniverse export: surveys and dropdowns',
    format: 'zooniverse',
    bytes: zooniverse(
      { value: [{ choice: 'STALLED', answers: {}, filters: {} }] },
      { user: 'b', value: [{ select_label: 'x', option: true, value: 1, label: 'Flowing' }] },
    ),
    gives: 's1:ann=1 s1:b=0',
  },
  {
    name: 'a Zooniverse export of two workflows',
    format: 'zooniverse',
    bytes: zooniverse({ value: 'Stalled' }, { value: 'Stalled', workflow: '78' }),
    refused:
      /^file, line 3, field "workflow_id": expected those of one workflow, found classifications of the workflows 77 and 78/,
  },
  {
    name: 'a Zooniverse export with labels of its own',
    bytes: zooniverse({ value: 'No blood moves' }),
    refused: /^file, line 2, field "label": expected .*found "No blood moves"/,
  },
  {
    name: 'scores asked of a Zooniverse export',
    wanted: 'scores',
    bytes: zooniverse({ value: 'Stalled' }),
    refused: /^file: expected a file with scores, found a Zooniverse classification export, which has no scores/,
  },
  {
    name: 'a Zooniverse subject export',
    bytes: csv([
      ['subject_id', 'project_id', 'workflow_id', 'subject_set_id', 'metadata', 'locations', 'classifications_count'],
      [1, 2, 3, 4, '{}', '{}', 5],
    ]),
    refused: /found a Zooniverse subject export, which has no votes\. Give the classification export/,
  },
  {
    name: 'a Zooniverse workflow export',
    bytes: csv([
      ['workflow_id', 'display_name', 'tasks', 'strings', 'minor_version'],
      [77, 'x', '{}', '{}', 1],
    ]),
    refused: /found a Zooniverse workflow export, which has no votes/,
  },
  {
    name: 'panoptes_aggregation extracts',
    format: 'aggregation-extracts',
    bytes: csv([
      [
        'classification_id',
        'user_name',
        'user_id',
        'workflow_id',
        'task',
        'created_at',
        'subject_id',
        'extractor',
        'data.stalled',
        'data.flowing',
        'data.None',
        'data.aggregation_version',
      ],
      [1, 'ann', 12, 77, 'T0', '2026-01-05 09:15:02 UTC', 's1', 'question_extractor', '1.0', '', '', '4.1.0'],
      [2, 'ben', '', 77, 'T0', '2026-01-05 09:16:02 UTC', 's1', 'question_extractor', '', '1.0', '', '4.1.0'],
      [3, 'cy', '', 77, 'T0', '2026-01-05 09:17:02 UTC', 's1', 'question_extractor', '', '', '1.0', '4.1.0'],
    ]),
    gives: 's1:12=1 s1:ben=0',
    counts: { abstentions: 1 },
  },
  {
    name: 'panoptes_aggregation reductions are counts of nobody',
    format: 'aggregation-reductions',
    bytes: csv([
      ['subject_id', 'workflow_id', 'task', 'reducer', 'data.stalled', 'data.flowing', 'data.aggregation_version'],
      ['s1', 77, 'T0', 'question_reducer', '1.0', '2.0', '4.1.0'],
    ]),
    gives: 's1:=0 s1:=0 s1:=1',
    notes: [/counts, not votes/],
  },
  {
    name: 'Caesar extracts, machines apart',
    format: 'caesar-extracts',
    bytes: csv([
      [
        'id',
        'classification_id',
        'classification_at',
        'extractor_key',
        'workflow_id',
        'user_id',
        'subject_id',
        'machine_data',
        'data.stalled',
        'data.flowing',
      ],
      [1, 11, '2026-01-05 09:15:02 UTC', 'T0', 77, 12, 's1', 'false', 1, ''],
      [2, 12, '2026-01-05 09:15:03 UTC', 'T0', 77, '', 's1', 'false', '', 1],
      [3, '', '2026-01-05 09:15:04 UTC', 'bot', 77, '', 's1', 'true', 1, ''],
      [4, 13, '2026-01-05 09:15:05 UTC', 'T0', 77, 13, 's1', 'false', '', ''],
    ]),
    gives: 's1:12=1 s1:=0',
    counts: { notIndependent: 1, abstentions: 1 },
    notes: [/machine/],
  },
  {
    name: 'Caesar reductions of subjects',
    format: 'caesar-reductions',
    bytes: csv([
      [
        'id',
        'reducer_key',
        'workflow_id',
        'subject_id',
        'subgroup',
        'lock_version',
        'reducible_id',
        'reducible_type',
        'data',
      ],
      [1, 'count', 77, 's1', '_default', 0, 77, 'Workflow', '{"stalled":2,"flowing":1}'],
    ]),
    gives: 's1:=0 s1:=1 s1:=1',
  },
  {
    name: 'predictions for the subject assistant',
    format: 'bajor',
    wanted: 'scores',
    bytes: JSON.stringify({
      schema: { version: 1, type: 'zooniverse/subject_assistant', data: {} },
      data: { '5001': { '0': [0.9312, [1.2, 8.4]] }, '5002': { '0': [0.25, []] } },
    }),
    gives: '5001=0.9312 5002=0.25',
  },
];

const choice = (value: string, other: object = {}) => ({
  ...{ id: 'a1', from_name: 'flow', to_name: 'video', type: 'choices', origin: 'manual', value: { choices: [value] } },
  ...other,
});

const task = (id: number | string, annotations: readonly object[], other: object = {}) => ({
  ...{ id, data: { video: `v${id}.mp4` }, annotations, predictions: [] },
  ...other,
});

const annotation = (completed_by: unknown, result: readonly object[], other: object = {}) => ({
  ...{ id: 1, completed_by, was_cancelled: false, ground_truth: false, created_at: '2026-01-05T09:15:02.1Z' },
  ...{ lead_time: 8.2, parent_prediction: null, result },
  ...other,
});

const MIN = {
  id: 7,
  video: 'v1.mp4',
  annotator: 4,
  annotation_id: 31,
  created_at: '2026-01-05T09:15:02Z',
  updated_at: '2026-01-05T09:15:02Z',
  lead_time: 8,
};

const LABELLING_TOOLS: readonly FileCase[] = [
  {
    name: 'Label Studio JSON',
    format: 'label-studio',
    bytes: JSON.stringify([
      task('s1', [annotation('ann', [choice('Stalled')]), annotation('ben', [choice('Flowing')])]),
      task('s2', [annotation('ann', [choice('Flowing')])]),
    ]),
    gives: THREE,
  },
  {
    name: 'Label Studio: skipped, empty, seeded by a model, copied, and ground truth',
    format: 'label-studio',
    bytes: JSON.stringify([
      task(7, [
        annotation({ id: 4, email: 'ann@x.org' }, [choice('Stalled')]),
        annotation(5, [], { was_cancelled: true }),
        annotation(6, []),
        annotation(7, [choice('Stalled')], { parent_prediction: 9 }),
        annotation(8, [choice('Stalled', { origin: 'prediction' })]),
        annotation(9, [choice('Stalled')], { last_action: 'propagated_annotation' }),
        annotation(10, [choice('Flowing')], { ground_truth: true }),
      ]),
    ]),
    gives: '7:ann@x.org=1',
    counts: { abstentions: 2, notIndependent: 3, gold: 1 },
    notes: [/model.*no votes of their own/, /expert truth/],
  },
  {
    name: 'gold of Label Studio',
    format: 'label-studio',
    wanted: 'gold',
    bytes: JSON.stringify([
      task(7, [annotation(4, [choice('Stalled')]), annotation(10, [choice('Flowing')], { ground_truth: true })]),
    ]),
    gives: '7=0',
    counts: { votes: 1 },
  },
  {
    name: 'predictions of Label Studio, by file name; 0 is no score',
    format: 'label-studio',
    wanted: 'scores',
    columns: { stackId: 'video' },
    bytes: JSON.stringify([
      task(1, [], { predictions: [{ model_version: 'm3', score: 0.75, result: [choice('Stalled')] }] }),
      task(2, [], { predictions: [{ model_version: 'm3', score: 0.75, result: [choice('Flowing')] }] }),
      task(3, [], { predictions: [{ model_version: 'm3', score: 0, result: [choice('Flowing')] }] }),
    ]),
    gives: 'v1.mp4=0.75 v2.mp4=0.25',
    notes: [/score 0/, /turned/],
  },
  {
    name: 'predictions of two models',
    wanted: 'scores',
    bytes: JSON.stringify([
      task(1, [], {
        predictions: ['m2', 'm3'].map((model_version) => ({ model_version, score: 0.75, result: [choice('Stalled')] })),
      }),
    ]),
    refused: 'file, line 1: expected one model, found the models "m2" and "m3". Say which one: --score-column "m2".',
  },
  {
    name: 'Label Studio with two questions',
    bytes: JSON.stringify([task(1, [annotation(4, [choice('Stalled'), choice('Sharp', { from_name: 'focus' })])])]),
    refused: /expected one question, found the questions "flow" and "focus"\. Say which one: --label-column "flow"/,
  },
  {
    name: 'Label Studio with several choices for one question',
    format: 'label-studio',
    bytes: JSON.stringify([
      task(1, [
        annotation(4, [{ ...choice('x'), value: { choices: ['Stalled', 'Flowing'] } }]),
        annotation(5, [choice('Stalled')]),
      ]),
    ]),
    gives: '1:5=1',
    counts: { invalid: 1 },
  },
  {
    name: 'legacy completions of Label Studio',
    format: 'label-studio',
    bytes: JSON.stringify([{ id: 1, data: {}, completions: [annotation(4, [choice('Stalled')])] }]),
    gives: '1:4=1',
  },
  {
    name: 'Label Studio JSON-MIN',
    format: 'label-studio-min',
    bytes: JSON.stringify([
      { ...MIN, flow: 'Stalled' },
      { ...MIN, annotator: 5, flow: { choices: ['Stalled', 'Flowing'] } },
    ]),
    gives: '7:4=1',
    counts: { invalid: 1 },
    notes: [/has lost skipped tasks/],
  },
  {
    name: 'Label Studio CSV',
    format: 'label-studio-min',
    bytes: csv([
      Object.keys({ ...MIN, flow: 1 }),
      Object.values({ ...MIN, flow: 'Stalled' }),
      Object.values({ ...MIN, annotator: 5, flow: '' }),
    ]),
    gives: '7:4=1',
    counts: { abstentions: 1 },
  },
  {
    name: 'Label Studio CSV with two questions',
    bytes: csv([
      Object.keys({ ...MIN, flow: 1, focus: 2 }),
      Object.values({ ...MIN, flow: 'Stalled', focus: 'Sharp' }),
    ]),
    refused:
      /found the columns "video", "flow", "focus" beside those of Label Studio\. Say which one holds the answer: --label-column/,
  },
  {
    name: 'Prodigy classification: a rejection is a vote against the label',
    format: 'prodigy',
    bytes: ndjson([
      {
        text: 't1',
        label: 'stalled',
        answer: 'accept',
        _input_hash: 11,
        _task_hash: 1,
        _view_id: 'classification',
        _timestamp: 1767604502,
        _annotator_id: 'd-a',
      },
      {
        text: 't1',
        label: 'STALLED',
        answer: 'reject',
        _input_hash: 11,
        _task_hash: 1,
        _view_id: 'classification',
        _timestamp: 1767604503,
        _annotator_id: 'd-b',
      },
      {
        text: 't2',
        label: 'stalled',
        answer: 'ignore',
        _input_hash: 12,
        _task_hash: 2,
        _view_id: 'classification',
        _timestamp: 1767604504,
        _annotator_id: 'd-a',
      },
    ]),
    gives: '11:d-a=1 11:d-b=0',
    counts: { abstentions: 1 },
  },
  {
    name: 'Prodigy choice, unnamed sessions and reviews',
    format: 'prodigy',
    bytes: ndjson([
      {
        options: [{ id: 'stalled' }, { id: 'flowing' }],
        accept: ['stalled'],
        answer: 'accept',
        _input_hash: 1,
        _task_hash: 1,
        _view_id: 'choice',
        _session_id: 'db-2026-01-05_09-15-02',
      },
      {
        options: [{ id: 'stalled' }, { id: 'flowing' }],
        accept: [],
        answer: 'reject',
        _input_hash: 1,
        _task_hash: 1,
        _view_id: 'choice',
        _annotator_id: 'd-b',
      },
      {
        options: [{ id: 'stalled' }],
        accept: ['stalled', 'flowing'],
        answer: 'accept',
        _input_hash: 1,
        _task_hash: 1,
        _view_id: 'choice',
        _annotator_id: 'd-c',
      },
      { label: 'flowing', answer: 'accept', _input_hash: 1, _task_hash: 1, _view_id: 'review', _annotator_id: 'd-d' },
    ]),
    gives: '1:=1',
    counts: { abstentions: 1, invalid: 1, gold: 1 },
    notes: [/Sessions without a name/],
  },
  {
    name: 'Argilla, flat: only submitted responses are votes',
    format: 'argilla',
    bytes: JSON.stringify([
      {
        id: 'r1',
        'flow.responses': ['stalled', 'flowing'],
        'flow.responses.users': ['u1', 'u2'],
        'flow.responses.status': ['submitted', 'discarded'],
        'flow.suggestion': 'stalled',
        'flow.suggestion.score': 0.9,
      },
    ]),
    gives: 'r1:u1=1',
    counts: { abstentions: 1, scores: 1 },
  },
  {
    name: 'suggestions of Argilla as scores',
    format: 'argilla',
    wanted: 'scores',
    bytes: JSON.stringify([
      {
        id: 'r1',
        'flow.responses': ['stalled'],
        'flow.responses.users': ['u1'],
        'flow.suggestion': 'flowing',
        'flow.suggestion.score': 0.75,
      },
    ]),
    gives: 'r1=0.25',
    counts: { votes: 1 },
  },
  {
    name: 'Argilla, nested',
    format: 'argilla-nested',
    bytes: JSON.stringify([
      {
        id: 'r1',
        fields: { video: 'v1' },
        metadata: {},
        suggestions: {},
        responses: { flow: [{ value: 'stalled', user_id: 'u1' }] },
        _server_id: 'x',
      },
    ]),
    gives: 'r1:u1=1',
    notes: [/lost whether a response was submitted/],
  },
  {
    name: 'Argilla 1',
    format: 'argilla-v1',
    bytes: JSON.stringify([
      {
        id: 'r1',
        flow: [
          { user_id: 'u1', value: 'stalled', status: 'submitted' },
          { user_id: 'u2', value: 'flowing', status: 'draft' },
        ],
        'flow-suggestion': null,
      },
      { id: 'r2', flow: { user_id: ['u1'], value: ['flowing'], status: ['submitted'] }, 'flow-suggestion': null },
    ]),
    gives: 'r1:u1=1 r2:u1=0',
    counts: { abstentions: 1 },
  },
];

const toloka = (status: string, worker: string, label: string, golden = '') => [
  's1',
  label,
  golden,
  `task-${worker}`,
  worker,
  status,
  '2026-01-05T09:15:02',
];
const TOLOKA = [
  'INPUT:image',
  'OUTPUT:flow',
  'GOLDEN:flow',
  'ASSIGNMENT:task_id',
  'ASSIGNMENT:worker_id',
  'ASSIGNMENT:status',
  'ASSIGNMENT:submitted',
];
const HIT = ['HITId', 'AssignmentId', 'WorkerId', 'AssignmentStatus', 'SubmitTime'];

const MARKETS: readonly FileCase[] = [
  {
    name: 'Toloka: rejected, skipped and golden rows, and the empty rows between',
    format: 'toloka',
    bytes: csv(
      [
        TOLOKA,
        toloka('APPROVED', 'w1', 'stalled'),
        Array.from({ length: 7 }, () => ''),
        toloka('ACCEPTED', 'w2', 'flowing', 'stalled'),
        toloka('REJECTED', 'w3', 'flowing'),
        toloka('SKIPPED', 'w4', ''),
      ],
      '\t',
    ),
    gives: 's1:w1=1 s1:w2=0',
    counts: { rejected: 1, abstentions: 1, gold: 1 },
    notes: [/1 answer that the requester rejected/],
  },
  {
    name: 'gold of Toloka',
    format: 'toloka',
    wanted: 'gold',
    bytes: csv([TOLOKA, toloka('APPROVED', 'w2', 'flowing', 'stalled')], '\t'),
    gives: 's1=1',
    counts: { votes: 1 },
  },
  {
    name: 'MTurk with one answer column',
    format: 'mturk',
    bytes: csv([
      [...HIT, 'Input.video', 'Answer.flow'],
      ['h1', 'a1', 'W1', 'Approved', 'Thu Oct 09 09:00:00 UTC 2025', 'v1', 'stalled'],
      ['h1', 'a2', 'W2', 'Rejected', 'Thu Oct 09 09:01:00 UTC 2025', 'v1', 'stalled'],
      ['h1', 'a3', 'W3', 'Submitted', 'Thu Oct 09 09:02:00 UTC 2025', 'v1', ''],
      ['h1', 'a4', 'W4', 'Submitted', 'Thu Oct 09 09:03:00 UTC 2025', 'v1', 'stalled|flowing'],
    ]),
    gives: 'v1:W1=1',
    counts: { rejected: 1, abstentions: 1, invalid: 1 },
  },
  {
    name: 'MTurk with taskAnswers',
    format: 'mturk',
    bytes: csv([
      [...HIT, 'Answer.taskAnswers'],
      ['h1', 'a1', 'W1', 'Approved', '', '[{"flow":{"stalled":true,"flowing":false}}]'],
      ['h1', 'a2', 'W2', 'Approved', '', '[{"flow":{"label":"flowing"}}]'],
    ]),
    gives: 'h1:W1=1 h1:W2=0',
  },
  {
    name: 'MTurk with a column for each option',
    format: 'mturk',
    bytes: csv([
      [...HIT, 'Input.video', 'Answer.flow.stalled', 'Answer.flow.flowing'],
      ['h1', 'a1', 'W1', 'Approved', '', 'v1', 'true', 'false'],
    ]),
    gives: 'v1:W1=1',
  },
  {
    name: 'MTurk with several items in a form',
    format: 'mturk',
    bytes: csv([
      [...HIT, 'Input.url1', 'Input.url2', 'Answer.q1', 'Answer.q2'],
      ['h1', 'a1', 'W1', 'Approved', '', 'v1', 'v2', 'stalled', 'flowing'],
    ]),
    gives: 'v1:W1=1 v2:W1=0',
  },
  {
    name: 'Turkle',
    format: 'turkle',
    bytes: csv([
      ['HITId', 'AssignmentId', 'WorkerId', 'Input.video', 'Answer.flow', 'Turkle.Username'],
      ['h1', 'a1', '3', 'v1', 'stalled', 'ann'],
    ]),
    gives: 'v1:ann=1',
  },
  {
    name: 'votes asked of a Ground Truth manifest',
    bytes: ndjson([
      {
        'source-ref': 's3://b/v1.mp4',
        flow: '0',
        'flow-metadata': { 'class-name': 'stalled', confidence: 0.8, 'human-annotated': 'yes' },
      },
    ]),
    refused: /which has no votes\. A manifest holds one consolidated label per object\. Give the worker responses/,
  },
  {
    name: 'gold and machines of a Ground Truth manifest',
    format: 'ground-truth',
    wanted: 'gold',
    bytes: ndjson([
      {
        'source-ref': 's3://b/v1.mp4',
        flow: '0',
        'flow-metadata': { 'class-name': 'stalled', confidence: 0.8, 'human-annotated': 'yes' },
      },
      {
        'source-ref': 's3://b/v2.mp4',
        flow: '1',
        'flow-metadata': { 'class-name': 'flowing', confidence: 0.75, 'human-annotated': 'no' },
      },
    ]),
    gives: 's3://b/v1.mp4=1',
    counts: { notIndependent: 1, scores: 1 },
    notes: [/consolidated/],
  },
  {
    name: 'worker responses of Ground Truth, by their folder',
    format: 'ground-truth-workers',
    file: 'annotations/worker-response/iteration-1/17/2026-01-05_09:15:02.json',
    bytes: JSON.stringify({
      answers: [
        { workerId: 'w1', submissionTime: '2026-01-05T09:15:02Z', answerContent: { flow: { label: 'stalled' } } },
        {
          workerId: 'w2',
          submissionTime: '2026-01-05T09:16:02Z',
          answerContent: { flow: { stalled: false, flowing: true } },
        },
      ],
    }),
    gives: '17:w1=1 17:w2=0',
  },
  {
    name: 'A2I',
    format: 'a2i',
    bytes: JSON.stringify(
      {
        flowDefinitionArn: 'arn',
        humanLoopName: 'loop-1',
        inputContent: { video: 'v1.mp4' },
        humanAnswers: [{ workerId: 'w1', submissionTime: '2026-01-05T09:15:02Z', answerContent: { flow: 'stalled' } }],
      },
      null,
      2,
    ),
    columns: { stackId: 'video' },
    gives: 'v1.mp4:w1=1',
    notes: [/If the task showed the answer of a model/],
  },
];

const TABLES: readonly FileCase[] = [
  {
    name: 'crowd-kit',
    format: 'crowd-kit',
    bytes: csv([
      ['task', 'worker', 'label'],
      ['s1', 'ann', 1],
    ]),
    gives: 's1:ann=1',
  },
  {
    name: 'crowd-kit of old',
    format: 'crowd-kit',
    bytes: csv([
      ['task', 'performer', 'label'],
      ['s1', 'ann', 1],
    ]),
    gives: 's1:ann=1',
  },
  {
    name: 'a benchmark of crowds',
    format: 'crowd-kit',
    bytes: csv([
      ['taskId', 'workerId', 'answer'],
      ['s1', 'ann', 1],
    ]),
    gives: 's1:ann=1',
  },
  {
    name: 'cleanlab, when it is named',
    format: 'cleanlab-wide',
    as: { format: 'cleanlab-wide' },
    bytes: csv([
      ['item', 'ann', 'ben'],
      ['s1', '1', '0.0'],
      ['s2', '0', 'nan'],
      ['s3', '', ''],
    ]),
    gives: 's1:ann=1 s1:ben=0 s2:ann=0',
  },
  {
    name: 'the raw export of Stall Catchers, when it is named, without a header',
    format: 'stall-catchers-2017',
    as: { format: 'stall-catchers-2017' },
    bytes: '2017-06-01 10:00:00,1001,55,1,0\n2017-06-01 10:00:01,1001,56,0,1\n',
    gives: '1001:55=1 1001:56=0',
    notes: [/so there is no gold in it/],
  },
  {
    name: 'the metadata of the challenge, as scores',
    wanted: 'scores',
    format: 'drivendata-metadata',
    bytes: csv([
      ['filename', 'url', 'project_id', 'num_frames', 'crowd_score', 'tier1', 'micro'],
      ['1.mp4', 'x', 'G', 50, 0.25, 'True', 'True'],
    ]),
    gives: '1.mp4=0.25',
    notes: [/crowd_score of 0/],
  },
  {
    name: 'the list of films of the challenge',
    bytes: csv([
      ['filename', 'url', 'num_frames'],
      ['1.mp4', 'x', 50],
    ]),
    refused: /found a list of films of the Clog Loss challenge, which has no votes\. It lists films/,
  },
  {
    name: 'an export that is named a table: it has no columns of ours',
    as: { format: 'table' },
    bytes: zooniverse({ value: 'Stalled' }),
    refused: /field "label": expected a column "label"/,
  },
  {
    name: 'an MTurk result in Excel',
    format: 'mturk',
    bytes: xlsx({
      Batch: [
        [...HIT, 'Input.video', 'Answer.flow'],
        ['h1', 'a1', 'W1', 'Approved', '', 'v1', 'stalled'],
      ],
    }),
    gives: 'v1:W1=1',
    container: { form: 'Excel' },
  },
  {
    name: 'an export with nothing that is wanted',
    bytes: zooniverse({ value: null }),
    refused:
      /^file: expected at least one vote, found 1 rows with none \(1 abstentions, 0 invalid, 0 not independent, 0 rejected\)/,
  },
];

const votesText = ({ stackIds, annotatorIds, offsets, annotatorOf, label }: VoteTable): string =>
  stackIds
    .flatMap((stackId, s) =>
      Array.from({ length: offsets[s + 1] - offsets[s] }, (_, i) => offsets[s] + i)
        .map((v) => `${stackId}:${annotatorIds[annotatorOf[v]]}=${label[v]}`)
        .sort(),
    )
    .sort()
    .join(' ');

const columnText = (stackIds: readonly string[], values: Iterable<number>): string =>
  Array.from(values, (value, i) => `${stackIds[i]}=${value}`)
    .sort()
    .join(' ');

const NO_COUNTS: Decode.Counts = {
  ...{ votes: 0, abstentions: 0, invalid: 0, repeats: 0, notIndependent: 0, rejected: 0, gold: 0, scores: 0 },
};

const read = async ({ bytes, file = 'file', wanted = 'votes', as = {}, columns }: FileCase) => {
  const content = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : await bytes;
  let recognised: Decode.Recognised | undefined;
  const onRecognised = (one: Decode.Recognised): void => {
    recognised = one;
  };
  const source = Decode.readAs({ ...as, onRecognised })({
    name: file,
    bytes: {
      async *[Symbol.asyncIterator]() {
        // Cut as a stream may cut it.
        for (let at = 0; at < content.length; at += 1000) yield content.slice(at, at + 1000);
      },
    },
  });
  const text = await (async (): Promise<E.Either<Parameters<typeof format>[0], string>> => {
    if (wanted === 'votes') return E.map(votesText)(await Decode.votes({ columns })(source));
    const decoded =
      wanted === 'scores' ? await Decode.scores({ columns })(source) : await Decode.gold({ columns })(source);
    if (E.isLeft(decoded)) return decoded;
    const { stackIds } = decoded.right;
    return E.right(columnText(stackIds, 'score' in decoded.right ? decoded.right.score : decoded.right.label));
  })();
  return { text: E.isLeft(text) ? `refused: ${format(text.left)}` : text.right, recognised };
};

const CASES = [...CONTAINERS, ...ZOONIVERSE, ...LABELLING_TOOLS, ...MARKETS, ...TABLES];

test('there are at least 60 of them, each with a name of its own', () => {
  expect(new Set(CASES.map(({ name }) => name)).size).toBe(CASES.length);
  expect(CASES.length).toBeGreaterThanOrEqual(60);
});

test.each(CASES)('$name', async (file) => {
  const { text, recognised } = await read(file);
  if (file.refused !== undefined) {
    if (typeof file.refused === 'string') expect(text).toBe(`refused: ${file.refused}`);
    else expect(text.replace(/^refused: /, '')).toMatch(file.refused);
    expect(text).toMatch(/^refused: /);
    return;
  }
  if (file.name.includes('comes late')) expect(text).toContain(file.gives);
  else expect(text).toBe(file.gives);
  expect(recognised?.format.name).toBe(file.format ?? 'table');
  expect(recognised?.container).toMatchObject(file.container ?? {});
  for (const note of file.notes ?? []) expect(recognised?.notes.join('\n')).toMatch(note);
  if (recognised?.counts === undefined) return;
  const wanted = file.wanted ?? 'votes';
  const { [wanted]: given, ...rest } = { ...NO_COUNTS, ...file.counts };
  const { [wanted]: counted, ...others } = recognised.counts;
  expect(others).toEqual(rest);
  expect(counted).toBe(given > 0 ? given : (file.gives ?? '').split(' ').filter((one) => one.includes('=')).length);
});
