import { isRecord } from '../text/objects.js';
import type { ForeignRow, OpenFormat, Wanted } from './format.js';

/** The marks by which a file is recognised: the column names of a table, or its first JSON value. */
export type Sample =
  | { readonly kind: 'table'; readonly names: readonly string[] }
  | { readonly kind: 'json'; readonly value: ForeignRow };

/** One export of the field: how it is recognised, what it holds, and what reads it. */
export interface Format<Name extends string = string> {
  readonly name: Name;
  /** For people: "Zooniverse classification export". */
  readonly title: string;
  /** By which mark it is one, as in "the columns …"; undefined if it is none. Absent: only when it is named. */
  readonly mark?: (sample: Sample) => string | undefined;
  readonly gives: readonly Wanted[];
  /** What to do instead, where something is wanted that the export does not hold. */
  readonly instead?: string;
  /** Loads what takes its rows apart. Absent: a table that is read by its columns. */
  readonly open?: () => Promise<OpenFormat>;
  /** Said whenever such a file is read. */
  readonly notes?: readonly string[];
}

/** The mark of a table that has all these columns. A name that ends in … is the beginning of one. */
const columns =
  (...wanted: readonly string[]) =>
  (sample: Sample): string | undefined => {
    if (sample.kind !== 'table') return undefined;
    const has = (name: string): boolean =>
      name.endsWith('…') ? sample.names.some((one) => one.startsWith(name.slice(0, -1))) : sample.names.includes(name);
    return wanted.every(has) ? `the columns ${wanted.join(', ')}` : undefined;
  };

/** The mark of a JSON value that has all these keys. */
const keys =
  (...wanted: readonly string[]) =>
  (sample: Sample): string | undefined =>
    sample.kind === 'json' && wanted.every((key) => key in sample.value) ? `the keys ${wanted.join(', ')}` : undefined;

/** The mark of a JSON value of which this holds. */
const json =
  (says: string, holds: (value: ForeignRow) => boolean) =>
  (sample: Sample): string | undefined =>
    sample.kind === 'json' && holds(sample.value) ? says : undefined;

/** The mark of a key or column that stands beside another: `flow.responses` beside `flow.responses.users`. */
const beside =
  (matches: (name: string) => boolean, suffix: string) =>
  (sample: Sample): string | undefined => {
    const names = sample.kind === 'json' ? Object.keys(sample.value) : sample.names;
    const found = names.find((name) => matches(name) && names.includes(name + suffix));
    return found === undefined ? undefined : `${found} beside ${found}${suffix}`;
  };

/** The first mark that is found. */
const either =
  (...marks: readonly ((sample: Sample) => string | undefined)[]) =>
  (sample: Sample): string | undefined => {
    for (const mark of marks) {
      const found = mark(sample);
      if (found !== undefined) return found;
    }
    return undefined;
  };

const zooniverse = () => import('./zooniverse.js');
const caesar = () => import('./caesar.js');
const labelStudio = () => import('./labelStudio.js');
const argilla = () => import('./argilla.js');
const markets = () => import('./crowdMarkets.js');
const groundTruth = () => import('./groundTruth.js');
const tables = () => import('./tables.js');

const CLASSIFICATIONS = 'Give the classification export (Data Exports, "Request new classification export").';
const MIN = ['id', 'annotator', 'annotation_id', 'lead_time', 'created_at', 'updated_at'] as const;

/** A file whose columns say what they are. */
const TABLE = { name: 'table', title: 'table', gives: ['votes', 'scores', 'gold'] } as const satisfies Format;

const list = <Name extends string>(formats: readonly Format<Name>[]): readonly Format<Name>[] => formats;

/** Every export that is read, in the order in which marks are tried. To add one, add an element. */
const FORMATS = list([
  {
    name: 'zooniverse',
    title: 'Zooniverse classification export',
    mark: columns('classification_id', 'annotations', 'subject_data', 'subject_ids'),
    gives: ['votes', 'gold'],
    open: async () => (await zooniverse()).zooniverse,
  },
  {
    name: 'zooniverse-subjects',
    title: 'Zooniverse subject export',
    mark: columns('subject_id', 'subject_set_id', 'metadata', 'locations', 'classifications_count'),
    gives: [],
    instead: CLASSIFICATIONS,
  },
  {
    name: 'zooniverse-workflows',
    title: 'Zooniverse workflow export',
    mark: columns('workflow_id', 'tasks', 'strings', 'minor_version'),
    gives: [],
    instead: CLASSIFICATIONS,
  },
  {
    name: 'aggregation-extracts',
    title: 'panoptes_aggregation extracts',
    mark: columns('classification_id', 'task', 'extractor', 'subject_id', 'data…'),
    gives: ['votes', 'gold'],
    open: async () => (await caesar()).aggregationExtracts,
  },
  {
    name: 'aggregation-reductions',
    title: 'panoptes_aggregation reductions',
    mark: columns('subject_id', 'task', 'reducer', 'data…'),
    gives: ['votes'],
    open: async () => (await caesar()).aggregationReductions,
  },
  {
    name: 'caesar-extracts',
    title: 'Caesar extracts',
    mark: columns('extractor_key', 'classification_at', 'machine_data'),
    gives: ['votes', 'gold'],
    open: async () => (await caesar()).caesarExtracts,
  },
  {
    name: 'caesar-reductions',
    title: 'Caesar reductions',
    mark: columns('reducer_key', 'subgroup', 'lock_version', 'reducible_id'),
    gives: ['votes'],
    open: async () => (await caesar()).caesarReductions,
  },
  {
    name: 'bajor',
    title: 'predictions of bajor for the Zooniverse subject assistant',
    mark: json(
      'schema.type "zooniverse/subject_assistant"',
      ({ schema }) => isRecord(schema) && schema['type'] === 'zooniverse/subject_assistant',
    ),
    gives: ['scores'],
    notes: [
      'The first number of each prediction is the score. A subject that could not be read is not in such a file.',
    ],
    open: async () => (await caesar()).bajor,
  },
  {
    name: 'label-studio',
    title: 'Label Studio JSON',
    mark: either(keys('data', 'annotations'), keys('data', 'completions')),
    gives: ['votes', 'scores', 'gold'],
    open: async () => (await labelStudio()).labelStudio,
  },
  {
    name: 'label-studio-min',
    title: 'Label Studio JSON-MIN or CSV',
    mark: either(columns(...MIN), keys(...MIN)),
    gives: ['votes'],
    notes: [
      'This short form of Label Studio has lost skipped tasks, ground truth, predictions, and whether a model had filled in the answer. The JSON export has them.',
    ],
    open: async () => (await labelStudio()).labelStudioMin,
  },
  {
    name: 'prodigy',
    title: 'Prodigy annotations',
    mark: keys('_input_hash', '_task_hash', 'answer'),
    gives: ['votes', 'scores', 'gold'],
    open: async () => (await import('./prodigy.js')).prodigy,
  },
  {
    name: 'argilla',
    title: 'Argilla records, flat',
    mark: beside((name) => name.endsWith('.responses'), '.users'),
    gives: ['votes', 'scores'],
    open: async () => (await argilla()).argilla,
  },
  {
    name: 'argilla-nested',
    title: 'Argilla records, nested',
    mark: keys('fields', 'responses', 'suggestions'),
    gives: ['votes', 'scores'],
    notes: ['Nested records of Argilla have lost whether a response was submitted. The flat export keeps it.'],
    open: async () => (await argilla()).argillaNested,
  },
  {
    name: 'argilla-v1',
    title: 'Argilla 1 records',
    mark: beside(() => true, '-suggestion'),
    gives: ['votes', 'scores'],
    open: async () => (await argilla()).argillaFirst,
  },
  {
    name: 'toloka',
    title: 'Toloka assignments',
    mark: columns('INPUT:…', 'OUTPUT:…', 'ASSIGNMENT:…'),
    gives: ['votes', 'gold'],
    open: async () => (await markets()).toloka,
  },
  {
    name: 'turkle',
    title: 'Turkle results',
    mark: columns('HITId', 'AssignmentId', 'WorkerId', 'Turkle.Username', 'Answer.…'),
    gives: ['votes'],
    open: async () => (await markets()).mturk,
  },
  {
    name: 'mturk',
    title: 'MTurk results',
    mark: columns('HITId', 'AssignmentId', 'WorkerId', 'Answer.…'),
    gives: ['votes'],
    open: async () => (await markets()).mturk,
  },
  {
    name: 'ground-truth',
    title: 'SageMaker Ground Truth output manifest',
    mark: json('a key K beside K-metadata with "human-annotated"', (value) =>
      Object.entries(value).some(
        ([key, about]) => key.endsWith('-metadata') && isRecord(about) && 'human-annotated' in about,
      ),
    ),
    gives: ['scores', 'gold'],
    instead:
      'A manifest holds one consolidated label per object. Give the worker responses (annotations/worker-response/…).',
    notes: [
      'The labels of a manifest are consolidated from several workers: they are gold only if these workers are experts.',
    ],
    open: async () => (await groundTruth()).groundTruth,
  },
  {
    name: 'a2i',
    title: 'Amazon A2I human loops',
    mark: keys('humanAnswers', 'flowDefinitionArn'),
    gives: ['votes'],
    notes: ['If the task showed the answer of a model, these answers are not independent of it.'],
    open: async () => (await groundTruth()).a2i,
  },
  {
    name: 'ground-truth-workers',
    title: 'SageMaker Ground Truth worker responses',
    mark: json(
      'the key answers with workerId',
      ({ answers }) => Array.isArray(answers) && answers.some((one) => isRecord(one) && 'workerId' in one),
    ),
    gives: ['votes'],
    open: async () => (await groundTruth()).groundTruthWorkers,
  },
  {
    name: 'crowd-kit',
    title: 'crowd-kit answers',
    mark: either(
      columns('task', 'worker', 'label'),
      columns('task', 'performer', 'label'),
      columns('taskId', 'workerId', 'answer'),
    ),
    gives: ['votes'],
  },
  {
    name: 'drivendata-metadata',
    title: 'metadata of the Clog Loss challenge',
    mark: columns('filename', 'crowd_score', 'tier1'),
    gives: ['scores', 'gold'],
    notes: ['A crowd_score of 0 may also mean that nobody was asked.'],
  },
  {
    name: 'drivendata-stacks',
    title: 'list of films of the Clog Loss challenge',
    mark: (sample) =>
      sample.kind === 'table' && sample.names.join() === 'filename,url,num_frames'
        ? 'the columns filename, url, num_frames and no other'
        : undefined,
    gives: [],
    instead: 'It lists films. Score them with `tandem score`, or give a file of votes.',
  },
  {
    name: 'cleanlab-wide',
    title: 'table with one column per annotator (cleanlab)',
    gives: ['votes'],
    open: async () => (await tables()).cleanlabWide,
  },
  {
    name: 'stall-catchers-2017',
    title: 'raw export of Stall Catchers (2017)',
    gives: ['votes'],
    open: async () => (await tables()).stallCatchers,
  },
]);

/** The name of an export. `table` is any file whose columns say what they are. */
export type FormatName = (typeof FORMATS)[number]['name'] | (typeof TABLE)['name'];

/**
 * Every name that `format` takes.
 *
 * @example
 * Decode.FORMAT_NAMES.slice(0, 2) // => ['table', 'zooniverse']
 */
export const FORMAT_NAMES: readonly FormatName[] = [...new Set([TABLE.name, ...FORMATS.map(({ name }) => name)])];

/** An export that a sample is of, and by which mark. */
export interface Match {
  readonly format: Format<FormatName>;
  readonly why: string;
}

/** The export that a sample is of, and why; a table that is read by its columns, where no mark is found. */
export const recognise = (sample: Sample, named: FormatName | undefined): Match => {
  if (named === TABLE.name) return { format: TABLE, why: 'it was named' };
  for (const format of FORMATS) {
    const mark = named === undefined || named === format.name ? format.mark?.(sample) : undefined;
    if (mark !== undefined) return { format, why: mark };
  }
  const asked = FORMATS.find(({ name }) => name === named);
  if (asked !== undefined) return { format: asked, why: 'it was named' };
  return { format: TABLE, why: `no export is known with its ${sample.kind === 'table' ? 'columns' : 'keys'}` };
};
