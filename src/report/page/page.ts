import { present } from '../../domain/present.js';
import { csvRow } from '../../output/csvRow.js';
import { type DataTable, standalone } from '../figures/index.js';
import { pitfallChecks } from './checks.js';
import type { PageData } from './data.js';
import { explore, exploredTexts, explorerStart } from './explorer.js';
import { thumbnails } from './gallery.js';
import { htmlOf, type PageContent } from './html.js';
import { sectionsOf } from './sections.js';

/** A page and its companions, as text; whoever has them decides where they are written. */
export interface PageFiles {
  /** One file that needs no other and asks no address for anything. */
  readonly html: string;
  /** The same figures as JSON. */
  readonly json: string;
  /** Every figure as SVG with its data as CSV, for a paper. */
  readonly figures: readonly FigureFile[];
}

/** One figure as files. */
export interface FigureFile {
  /** Without an ending: `roc`, or `roc-log-scale` for another view. */
  readonly name: string;
  readonly svg: string;
  readonly csv: string;
}

/** Works out a page and writes it as text. The same data give the same bytes. */
export const pageFiles = async (data: PageData): Promise<PageFiles> => {
  const content = await contentOf(data);
  return { html: htmlOf(content), json: twinOf(content), figures: figuresOf(content) };
};

const contentOf = async (data: PageData): Promise<PageContent> => {
  const { explorer, gallery } = data;
  const settings = explorer === undefined ? undefined : explorerStart(explorer);
  return present({
    data,
    checks: pitfallChecks(data),
    sections: sectionsOf(data),
    explored:
      explorer === undefined || settings === undefined ? undefined : { settings, figures: explore(explorer, settings) },
    thumbnails: gallery === undefined ? [] : await thumbnails(gallery),
  });
};

/** The JSON twin: all numbers of the page under the names of their sections. */
const twinOf = ({ data, checks, sections, explored, thumbnails: films }: PageContent): string => {
  const twin = present({
    schema: 'tandem-page/1',
    title: data.title,
    about: data.about,
    verdict: data.verdict,
    checks,
    explorer:
      explored === undefined
        ? undefined
        : {
            ...data.explorer,
            settings: explored.settings,
            figures: explored.figures,
            shown: exploredTexts(explored.figures),
          },
    sections: sections.map(({ id, heading, lead, warnings, tables, drawings }) =>
      present({
        id,
        heading,
        lead,
        warnings,
        tables,
        figures: drawings?.map(({ id: figure, title, description, table }) => ({
          id: figure,
          title,
          description,
          ...table,
        })),
      }),
    ),
    gallery:
      data.gallery === undefined
        ? undefined
        : films.map(({ film: { stackId, why, probability, votes }, frames }) =>
            present({ stackId, why, probability, votes, frames }),
          ),
  });
  return `${JSON.stringify(twin, null, 1)}\n`;
};

const figuresOf = ({ sections }: PageContent): readonly FigureFile[] =>
  sections
    .flatMap(({ drawings = [] }) => drawings)
    .flatMap(({ id, views, table }) =>
      views.map(({ name, svg }, i) => ({
        name: i === 0 ? id : `${id}-${name.toLowerCase().replace(/\W+/g, '-')}`,
        svg: standalone(svg),
        csv: csvOf(table),
      })),
    );

const csvOf = ({ columns, rows }: DataTable): string =>
  [columns, ...rows].map((row) => csvRow(row.map((cell) => String(cell).trim()))).join('');
