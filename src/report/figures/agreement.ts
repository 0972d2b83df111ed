import type { Interval } from '../../domain/interval.js';
import { percent } from '../../output/format.js';
import { type Drawing, LETTER, picture, WIDTH, words } from './chart.js';
import { short } from './marks.js';
import { coordinate, escaped, tag } from './svg.js';

/** How two sources agree on the stacks that both judged. */
export interface AgreementPair {
  readonly a: string;
  readonly b: string;
  /** Stacks that both judged. */
  readonly shared: number;
  /** Of them, with the same answer. */
  readonly agreed: number;
  /** Correlation of their errors on gold, in [-1, 1]; absent where one makes none. */
  readonly errorCorrelation?: number;
}

/** People and models side by side. */
export interface AgreementPart {
  /** People, models, the fused decision; at most twelve are drawn. */
  readonly names: readonly string[];
  readonly pairs: readonly AgreementPair[];
  /** Stacks of gold by who was right: people × machine. */
  readonly quadrants?: {
    readonly bothRight: number;
    readonly onlyPeople: number;
    readonly onlyMachine: number;
    readonly bothWrong: number;
  };
  /** What the machine adds to people alone, in units of MCC. */
  readonly gain?: { readonly estimate: number; readonly interval: Interval };
}

const MOST_NAMES = 12;
const LONGEST = 12;
/** Five steps from none to full agreement. Each has its own text colour with enough contrast. */
const STEPS = 5;

/**
 * A matrix of agreement: the share of shared stacks with the same answer, as a number in every cell.
 *
 * @param part - pairs in any order, each once
 */
export const agreementDrawing = ({ names: all, pairs }: AgreementPart): Drawing => {
  const names = all.slice(0, MOST_NAMES);
  const title = 'Who agrees with whom';
  const description =
    'Share of the stacks judged by both that got the same answer. Where almost all are flowing, agreement is high by chance alone: the table also has the correlation of errors on gold.';
  const left = 34 + LETTER * Math.min(LONGEST, Math.max(4, ...names.map((name) => name.length)));
  const side = Math.min(56, (WIDTH - left - 8) / Math.max(1, names.length));
  const row = Math.max(20, Math.min(34, side));
  const top = 24;
  const cut = (name: string, most: number): string => (name.length > most ? `${name.slice(0, most - 1)}…` : name);
  const cells = names.flatMap((a, i) =>
    names.map((b, j) => {
      const pair = pairs.find((one) => (one.a === a && one.b === b) || (one.a === b && one.b === a));
      const share = pair === undefined || pair.shared === 0 ? undefined : pair.agreed / pair.shared;
      const step = share === undefined ? 'none' : Math.min(STEPS - 1, Math.floor(STEPS * share));
      const [x, y] = [left + side * j, top + row * i];
      return (
        tag(
          'rect',
          { class: `cell h${step}`, x, y, width: side - 1, height: row - 1 },
          tag(
            'title',
            {},
            escaped(
              pair === undefined ? `${a}, ${b}: not compared` : `${a}, ${b}: ${pair.agreed} of ${pair.shared} the same`,
            ),
          ),
        ) +
        words(x + side / 2, y + row / 2 + 4, share === undefined ? '' : cellText(share), {
          class: `h${step}-text`,
          anchor: 'middle',
        })
      );
    }),
  );
  // Where a name is wider than its column, columns have the numbers of the rows.
  const isWide = names.some((name) => LETTER * name.length > side);
  const heads = names.map(
    (name, j) =>
      words(left + side * (j + 0.5), top - 8, isWide ? String(j + 1) : name, { anchor: 'middle' }) +
      words(left - 6, top + row * (j + 0.5) + 4, isWide ? `${cut(name, LONGEST)} ${j + 1}` : cut(name, LONGEST), {
        anchor: 'end',
      }),
  );
  const svg = picture(
    { id: 'agreement', title, description, height: Number(coordinate(top + row * names.length + 6)) },
    ...heads,
    ...cells,
  );
  return {
    id: 'agreement',
    title,
    description,
    views: [{ name: 'whole', svg }],
    table: {
      columns: ['one', 'other', 'shared stacks', 'same answer', 'share', 'correlation of errors'],
      rows: pairs.map(({ a, b, shared, agreed, errorCorrelation }) => [
        a,
        b,
        shared,
        agreed,
        shared === 0 ? '' : short(agreed / shared),
        short(errorCorrelation),
      ]),
    },
  };
};

const cellText = (share: number): string => (share === 1 ? '1' : share.toFixed(share > 0.99 ? 3 : 2).replace(/^0/, ''));

/**
 * Gold by who was right, people or machine: what each adds to the other.
 *
 * @param quadrants - counts of gold stacks that both judged
 */
export const quadrantsDrawing = (quadrants: NonNullable<AgreementPart['quadrants']>): Drawing => {
  const { bothRight, onlyPeople, onlyMachine, bothWrong } = quadrants;
  const all = bothRight + onlyPeople + onlyMachine + bothWrong;
  const title = 'Where people and machine err';
  const description = `Gold stacks judged by both. Where only one is right, the other can learn from it; ${bothWrong} stacks fool both.`;
  const boxes: readonly (readonly [string, number, number, number, number])[] = [
    ['both right', bothRight, 0, 0, 3],
    ['only people right', onlyPeople, 1, 0, 1],
    ['only machine right', onlyMachine, 0, 1, 1],
    ['both wrong', bothWrong, 1, 1, 0],
  ];
  const svg = picture(
    { id: 'quadrants', title, description, height: 130 },
    ...boxes.map(([name, count, column, row, step]) => {
      const [x, y] = [8 + 214 * column, 4 + 62 * row];
      return (
        tag('rect', { class: `cell h${step}`, x, y, width: 208, height: 56 }) +
        words(x + 104, y + 24, name, { class: `h${step}-text`, anchor: 'middle' }) +
        words(x + 104, y + 44, `${count.toLocaleString('en-US')} (${all === 0 ? '–' : percent(count / all)})`, {
          class: `h${step}-text`,
          anchor: 'middle',
        })
      );
    }),
  );
  return {
    id: 'quadrants',
    title,
    description,
    views: [{ name: 'whole', svg }],
    table: {
      columns: ['who was right', 'stacks', 'share'],
      rows: boxes.map(([name, count]) => [name, count, all === 0 ? '' : short(count / all)]),
    },
  };
};
