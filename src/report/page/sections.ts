import { countText, fixed, percent } from '../../output/format.js';
import {
  activityDrawing,
  agreementDrawing,
  annotatorsDrawing,
  type DataTable,
  type Drawing,
  forestDrawing,
  frontierDrawing,
  powerDrawing,
  precisionDrawing,
  probabilityDrawing,
  quadrantsDrawing,
  qualityDrawing,
  reliabilityDrawing,
  rocDrawing,
  savingsDrawing,
  scoresByWeekDrawing,
  short,
  trajectoriesDrawing,
  votesDrawing,
  weeksDrawing,
} from '../figures/index.js';
import type { LabelsPart, PageData } from './data.js';
import { posteriorsDrawing } from './posteriors.js';

/** One section of a page: words, then tables, then figures. */
export interface PageSection {
  readonly id: string;
  readonly heading: string;
  /** What one learns here, in a sentence or two. */
  readonly lead?: string;
  readonly warnings?: readonly string[];
  readonly tables?: readonly (DataTable & { readonly title: string })[];
  readonly drawings?: readonly Drawing[];
  /** Parts that are more than words, tables and figures. */
  readonly special?: 'explorer' | 'gallery';
}

/**
 * The sections of a page in reading order; what is absent in the data is absent here.
 *
 * @param data - of the whole page
 */
export const sectionsOf = (data: PageData): readonly PageSection[] => {
  const sections: readonly (PageSection | undefined)[] = [
    labelsSection(data.labels),
    data.explorer === undefined
      ? undefined
      : {
          id: 'explorer',
          heading: 'What may be chosen',
          lead: 'Move the two thresholds, the prevalence and the prices. All figures are of held-out gold, moved to the prevalence that you set. What lies between the thresholds goes to an expert.',
          drawings: [posteriorsDrawing(data.explorer)],
          special: 'explorer',
        },
    curvesSection(data),
    data.reliability === undefined
      ? undefined
      : {
          id: 'reliability',
          heading: 'Whether probabilities hold',
          drawings: [
            reliabilityDrawing(data.reliability),
            ...(data.reliability.histogram === undefined ? [] : [probabilityDrawing(data.reliability.histogram)]),
          ],
        },
    votesSection(data),
    data.strata === undefined || data.strata.length === 0
      ? undefined
      : {
          id: 'strata',
          heading: 'Where it is weak',
          lead: 'One row for each stratum, the worst first. With little gold a stratum looks worse or better than it is; the thick bars allow for that.',
          drawings: data.strata.flatMap((part, i) =>
            (['sensitivity', 'specificity'] as const).map((rate) => renamed(forestDrawing(part, rate), i)),
          ),
        },
    data.annotators === undefined
      ? undefined
      : {
          id: 'annotators',
          heading: 'Who votes',
          drawings: [annotatorsDrawing(data.annotators), activityDrawing(data.annotators)],
        },
    agreementSection(data),
    data.trajectories === undefined
      ? undefined
      : { id: 'trajectories', heading: 'How evidence grows', drawings: [trajectoriesDrawing(data.trajectories)] },
    data.weeks === undefined
      ? undefined
      : {
          id: 'weeks',
          heading: 'Week by week',
          drawings: [
            weeksDrawing(data.weeks),
            ...(data.weeks.quantilesAt === undefined ? [] : [scoresByWeekDrawing(data.weeks)]),
          ],
        },
    data.power === undefined
      ? undefined
      : { id: 'power', heading: 'How much gold', drawings: [powerDrawing(data.power)] },
    data.tables === undefined || data.tables.length === 0
      ? undefined
      : { id: 'tables', heading: 'In numbers', tables: data.tables },
    data.gallery === undefined || data.gallery.films.length === 0
      ? undefined
      : {
          id: 'gallery',
          heading: 'Stacks worth a look',
          lead: 'The films in which people, models and experts differ most, or a miss is most likely.',
          special: 'gallery',
        },
    data.provenance === undefined
      ? undefined
      : {
          id: 'provenance',
          heading: 'What this rests on',
          tables: [
            {
              title: 'Provenance',
              columns: ['what', 'value'],
              rows: data.provenance.facts.map(({ name, value }) => [name, value]),
            },
          ],
        },
  ];
  return sections.filter((section) => section !== undefined);
};

/** Ids of figures are unique on a page, also where there are several columns of strata. */
const renamed = (drawing: Drawing, column: number): Drawing => {
  if (column === 0) return drawing;
  const id = `${drawing.id}-${column + 1}`;
  const views = drawing.views.map(({ name, svg }) => ({ name, svg: svg.replaceAll(`${drawing.id}-`, `${id}-`) }));
  return { ...drawing, id, views };
};

const CHOSEN_TEXT: Readonly<Record<LabelsPart['chosen'], string>> = {
  random: 'Gold is a random sample: it shows rates and prevalence.',
  stratified: 'Gold was chosen within each class: it shows rates, not prevalence.',
  'candidates-only':
    'Experts saw only stacks that were called stalled. Missed stalls are invisible: nothing here shows sensitivity.',
  crowd: 'The labels are the crowd itself. Judging the crowd by them is circular.',
};

const labelsSection = (labels: LabelsPart | undefined): PageSection | undefined => {
  if (labels === undefined) return undefined;
  const { chosen, uses, prevalence, batch, clusters, notes = [] } = labels;
  const isBiased = chosen === 'candidates-only' || chosen === 'crowd';
  return {
    id: 'labels',
    heading: 'What the labels are',
    lead: `${isBiased ? '' : `${CHOSEN_TEXT[chosen]} `}Prevalence ${percent(prevalence.value)}, ${prevalence.from}.`,
    warnings: [...(isBiased ? [CHOSEN_TEXT[chosen]] : []), ...notes],
    tables: [
      {
        title: 'Gold by its use',
        columns: ['use', 'stalled', 'flowing'],
        rows: uses.map(({ use, stalled, flowing }) => [use, stalled, flowing]),
      },
      ...(batch === undefined
        ? []
        : [
            {
              title: 'Stacks, and what is missing (missing is not flowing)',
              columns: ['what', 'stacks'],
              rows: [
                ['all', batch.stacks],
                ...(batch.withoutVotes === undefined ? [] : [['without votes', batch.withoutVotes]]),
                ...(batch.withoutScore === undefined ? [] : [['without a score', batch.withoutScore]]),
                ...(batch.unread === undefined ? [] : [['that could not be read', batch.unread]]),
                ...(clusters === undefined ? [] : [[`groups of gold, by ${clusters.by}`, clusters.count]]),
              ],
            },
          ]),
    ],
  };
};

const curvesSection = ({ curves }: PageData): PageSection | undefined => {
  if (curves === undefined) return undefined;
  const section = { id: 'curves', heading: 'What each source finds' };
  const drawn = curves.curves.filter(({ stalled, flowing }) => stalled > 0 && flowing > 0);
  if (drawn.length === 0) return { ...section, warnings: ['A curve needs held-out gold of both classes.'] };
  const part = { ...curves, curves: drawn };
  return {
    ...section,
    lead: 'Sources side by side at every threshold. Point at a mark to read its threshold; the tables list them.',
    drawings: [rocDrawing(part), precisionDrawing(part)],
  };
};

const votesSection = ({ votes, frontier }: PageData): PageSection | undefined => {
  const drawings = [
    ...(votes === undefined ? [] : [votesDrawing(votes)]),
    ...(votes?.quality === undefined ? [] : [qualityDrawing(votes.quality, votes.targets)]),
    ...(frontier === undefined ? [] : [frontierDrawing(frontier)]),
    ...(votes?.savings === undefined ? [] : [savingsDrawing(votes)]),
  ];
  return drawings.length === 0 ? undefined : { id: 'votes', heading: 'What it costs', drawings };
};

const agreementSection = ({ agreement }: PageData): PageSection | undefined => {
  if (agreement === undefined) return undefined;
  const { gain, quadrants } = agreement;
  const gained =
    gain === undefined
      ? undefined
      : `With the machine, MCC changes by ${fixed(gain.estimate)} (${fixed(gain.interval.lower)} to ${fixed(gain.interval.upper)}).`;
  return {
    id: 'agreement',
    heading: 'People and machine',
    ...(gained === undefined ? {} : { lead: gained }),
    ...(gain === undefined
      ? {}
      : {
          tables: [
            {
              title: 'Gain over people alone, in MCC',
              columns: ['estimate', 'from', 'to'],
              rows: [[short(gain.estimate), short(gain.interval.lower), short(gain.interval.upper)]],
            },
          ],
        }),
    drawings: [agreementDrawing(agreement), ...(quadrants === undefined ? [] : [quadrantsDrawing(quadrants)])],
  };
};

/** A cell as a page shows it. */
export const shownCell = (cell: string | number): string => (typeof cell === 'number' ? numberText(cell) : cell);

/** Counts with separators, everything else as it is; what is read back is the same number. */
const numberText = (value: number): string =>
  Number.isInteger(value) && Math.abs(value) >= 1000 ? countText(value) : String(value);
