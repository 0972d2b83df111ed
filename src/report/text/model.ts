import * as E from 'fp-ts/lib/Either.js';
import { blocks, countText, fixed, lines, percent, some } from '../../output/format.js';
import { bullets, countOfText } from './words.js';

/** A model file, as the text needs it. */
export interface Described {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly irVersion: number;
  readonly opsets: readonly { readonly domain: string; readonly version: number }[];
  readonly producer: { readonly name: string; readonly version: string };
  readonly inputs: readonly Port[];
  readonly outputs: readonly (Port & { readonly madeBy?: string })[];
  readonly nodes: number;
  readonly parameters: number;
  readonly operators: readonly { readonly operator: string; readonly count: number }[];
  readonly external: readonly { readonly file: string; readonly tensors: number; readonly bytes?: number }[];
}

interface Port {
  readonly name: string;
  readonly type: string;
  readonly shape?: readonly (number | string)[];
}

/** How models compare with a pipeline. */
export interface Compared {
  readonly pipeline: string;
  readonly differences: readonly { readonly model?: string; readonly found: string; readonly fix: string }[];
  /** Outputs given, and models the pipeline names. */
  readonly outputs: number;
  readonly roles: number;
}

/** Operators shown; the rest is counted. */
const MOST_OPERATORS = 8;

/** One model file, for people. */
export const modelText = (model: Described): string => {
  const opsets = model.opsets.map(({ domain, version }) => `${domain} ${version}`).join(', ');
  return lines(
    model.name,
    field('file', `${size(model.bytes)}, SHA-256 ${model.sha256}`),
    field('format', `ONNX IR ${model.irVersion}, opset ${opsets}${madeWith(model.producer)}`),
    model.inputs.map((port) => field('input', portText(port))),
    model.outputs.map((port) => {
      const from = port.madeBy === undefined ? '' : `, from ${port.madeBy}`;
      return field('output', `${portText(port)}${from}`);
    }),
    field('size', `${some(model.parameters, 'parameter')} in ${some(model.nodes, 'node')}`),
    field('operators', operatorsText(model.operators)),
    model.external.map(({ file, tensors, bytes }) => {
      const state = bytes === undefined ? 'and the file is MISSING' : size(bytes);
      return field('weights', `${file}: ${some(tensors, 'tensor')}, ${state}`);
    }),
  );
};

const operatorsText = (operators: Described['operators']): string => {
  const first = operators.slice(0, MOST_OPERATORS).map(({ operator, count }) => `${count} ${operator}`);
  const more = operators.length - first.length;
  return more > 0 ? `${first.join(', ')}, ${some(more, 'more kind')}` : first.join(', ');
};

/** Whether models fit a pipeline, and what to do when not. A difference that several models share stands once. */
export const comparisonText = ({ pipeline, differences, outputs, roles }: Compared): string => {
  if (differences.length === 0) {
    const part = outputs < roles ? `, as ${outputs} of its ${roles} models` : '';
    return `Fits pipeline ${pipeline}${part}.`;
  }
  const models = new Map<string, string[]>();
  for (const { model, found, fix } of differences) {
    const text = lines(`${found}.`, `  → ${fix}`);
    const names = models.get(text) ?? [];
    models.set(text, model === undefined ? names : [...names, model]);
  }
  return blocks(
    `Does not fit pipeline ${pipeline}: ${some(models.size, 'difference')}.`,
    [...models].map(([text, names]) => `  ${names.length === 0 ? '' : `${names.join(', ')}: `}${text}`),
  );
};

const field = (name: string, text: string): string => `  ${name.padEnd(10)} ${text}`;

const portText = ({ name, type, shape }: Port): string => {
  if (shape === undefined) return `${name}: ${type}, of any shape`;
  return `${name}: ${type} ${shape.length === 0 ? 'scalar' : shape.join(' × ')}`;
};

const madeWith = ({ name, version }: Described['producer']): string => {
  if (name === '') return '';
  return version === '' ? `, made with ${name}` : `, made with ${name} ${version}`;
};

const size = (bytes: number): string => {
  if (bytes < 10_000) return `${countText(bytes)} bytes`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
};

/** How a batch of stacks stands, for people. */
export interface ScoreSummary {
  readonly status: 'finished' | 'stopped';
  readonly kind: 'scores' | 'tensors';
  readonly pipeline: string;
  readonly total: number;
  readonly scored: number;
  readonly failed: number;
  /** Done in earlier runs. */
  readonly before: number;
  readonly changed: number;
  /** Stacks the preset itself would call stalled. */
  readonly stalled?: number;
  /** Failures by tag. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly files: readonly string[];
  readonly notes: readonly string[];
}

const MANY = 4;

/** A summary as a few lines of text. */
export const scoreText = (summary: ScoreSummary): string =>
  lines(
    head(summary),
    stalledLine(summary),
    failedLines(summary),
    noteLines(summary),
    '',
    'Files',
    summary.files.map((file) => `  ${file}`),
  );

const head = ({ status, kind, pipeline, total, scored, failed, before, changed, seconds }: ScoreSummary): string => {
  const done = scored + failed;
  const verb = kind === 'scores' ? 'scored' : 'turned into tensors';
  const whole = `${countText(scored)} of ${some(total, 'stack')} ${verb} with ${pipeline}`;
  if (status === 'finished' && before === total) return `Nothing to do: ${whole} already.`;
  const now = done - before;
  const rate = seconds > 0 ? `, ${speedText(now / seconds)}` : '';
  const news = `${some(now, 'stack')} now${rate}`;
  const earlier = before > 0 ? ` (${countText(before)} in earlier runs, ${news})` : ` (${news})`;
  const again =
    changed > 0 ? `\n${some(changed, 'stack')} read again: the file, its place or its batch has changed.` : '';
  return `${whole}${earlier}.${again}`;
};

/** A rate with the digits that matter. */
export const speedText = (perSecond: number): string =>
  `${perSecond >= 10 ? Math.round(perSecond).toLocaleString('en-US') : perSecond.toPrecision(2)} stacks/s`;

const stalledLine = ({ stalled, scored }: ScoreSummary): string | undefined => {
  if (stalled === undefined || scored === 0) return undefined;
  const called = `${countText(stalled)} of the ${countText(scored)} are stalled`;
  return `By the pipeline’s own threshold ${called}; \`tandem run\` certifies one of its own.`;
};

const failedLines = ({ failed, reasons, kind }: ScoreSummary): readonly string[] => {
  if (failed === 0) return [];
  const sorted = Object.entries(reasons).sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  const first = sorted.slice(0, MANY).map(([tag, n]) => `${tag} ${countText(n)}`);
  const more = sorted.length > MANY ? `, and ${sorted.length - MANY} other reasons` : '';
  const absent = kind === 'scores' ? 'unscored, which is not the same as flowing' : 'without a tensor';
  const verb = failed === 1 ? 'stack has failed and stays' : 'stacks have failed and stay';
  return [
    `${countText(failed)} ${verb} ${absent}: ${first.join(', ')}${more}.`,
    'Repair them and start the same command with --retry-failed.',
  ];
};

const noteLines = ({ notes }: ScoreSummary): readonly string[] =>
  notes.length === 0 ? [] : ['', 'Note', ...bullets(notes)];

/** A time in usual words: `40 s`, `12 min`, `3 h 20 min`. */
export const durationText = (seconds: number): string => {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
};

/** Stacks of one band of scores, and those that an early stop moved into another band. */
interface BandCounts {
  readonly stacks: number;
  readonly moved: number;
}

/** Too few stacks to prove any rule. */
export interface Unproven {
  readonly bands: readonly BandCounts[];
  readonly stacksNeeded: number;
}

/** What was proved about a rule; `risk` is absent where the rule is exact. */
interface Proven {
  readonly risk?: {
    readonly certificate: {
      readonly risk: number;
      readonly confidence: number;
      readonly passes: number;
      readonly all: number;
      readonly bands: readonly BandCounts[];
    };
  };
}

/** A fitted early stop, and the file it was written to. */
export interface EarlyStopSummary {
  readonly fitted: E.Either<Unproven, Proven>;
  /** Scores at which the decision changes. */
  readonly edges: readonly number[];
  /** Stacks without a score. */
  readonly failed: number;
  readonly file: string;
}

/** How few passes settle a stack, and what that rests on. */
export const earlyStopText = ({ fitted, edges, failed, file }: EarlyStopSummary): string => {
  const places = edges.map((edge) => Number(edge.toPrecision(4))).join(' and of ');
  return lines(
    `The decision changes at a score of ${places}.`,
    failed === 0 ? undefined : `${some(failed, 'stack')} had no score and took no part.`,
    '',
    E.isRight(fitted) ? provenLines(fitted.right) : unprovenLines(fitted.left),
    '',
    `Wrote ${file}; use it with \`tandem score --early-stop ${file}\`, and fit and certify the policy on scores made so.`,
  );
};

const provenLines = ({ risk }: Proven): readonly string[] => {
  if (risk === undefined) return [];
  const { bands, passes, all, risk: most, confidence } = risk.certificate;
  const stacks = bands.reduce((sum, band) => sum + band.stacks, 0);
  const fewer = `${(all / passes).toFixed(1)} times fewer`;
  return [
    `${fixed(passes)} of ${all} passes per stack, ${fewer}, on ${countText(stacks)} stacks that did not choose the rule.`,
    `Of stacks in each band at most ${percent(most)} end in another, with ${percent(confidence)} confidence:`,
    ...bandLines(bands),
  ];
};

const unprovenLines = ({ bands, stacksNeeded }: Unproven): readonly string[] => [
  `No rule could be shown to be safe: every band needs ${countText(stacksNeeded)} stacks or more among the half that is counted.`,
  ...bandLines(bands),
  'The file holds the exact rule: stop when no outcome of the remaining passes can change the decision.',
];

const bandLines = (bands: readonly BandCounts[]): readonly string[] =>
  bands.map(({ stacks, moved }, b) => {
    const band = `band ${b + 1} of ${bands.length}, scores from low to high`;
    return `  ${band}: ${countOfText(moved, stacks, 'moved')}`;
  });
