import { countText, some } from '../../output/format.js';

/** What a model file says of itself, as the text needs it. */
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
  const [shown, more] = [model.operators.slice(0, MOST_OPERATORS), model.operators.slice(MOST_OPERATORS)];
  return [
    model.name,
    line('file', `${size(model.bytes)}, SHA-256 ${model.sha256}`),
    line(
      'format',
      `ONNX IR ${model.irVersion}, opset ${model.opsets.map(({ domain, version }) => `${domain} ${version}`).join(', ')}${madeWith(model.producer)}`,
    ),
    ...model.inputs.map((port) => line('input', portText(port))),
    ...model.outputs.map((port) =>
      line('output', `${portText(port)}${port.madeBy === undefined ? '' : `, from ${port.madeBy}`}`),
    ),
    line('size', `${some(model.parameters, 'parameter')} in ${some(model.nodes, 'node')}`),
    line(
      'operators',
      [
        ...shown.map(({ operator, count }) => `${count} ${operator}`),
        ...(more.length > 0 ? [`${more.length} more kind${more.length === 1 ? '' : 's'}`] : []),
      ].join(', '),
    ),
    ...model.external.map(({ file, tensors, bytes }) =>
      line(
        'weights',
        `${file}: ${some(tensors, 'tensor')}, ${bytes === undefined ? 'and the file is MISSING' : size(bytes)}`,
      ),
    ),
  ].join('\n');
};

/** Whether models fit a pipeline, and what to do when not. What several models share is said once. */
export const comparisonText = ({ pipeline, differences, outputs, roles }: Compared): string => {
  if (differences.length === 0)
    return `Fits pipeline ${pipeline}${outputs < roles ? `, as ${outputs} of its ${roles} models` : ''}.`;
  const models = new Map<string, string[]>();
  for (const { model, found, fix } of differences) {
    const text = `${found}.\n  → ${fix}`;
    models.set(text, [...(models.get(text) ?? []), ...(model === undefined ? [] : [model])]);
  }
  return [
    `Does not fit pipeline ${pipeline}: ${some(models.size, 'difference')}.`,
    ...[...models].map(([text, names]) => `  ${names.length === 0 ? '' : `${names.join(', ')}: `}${text}`),
  ].join('\n\n');
};

const line = (name: string, text: string): string => `  ${name.padEnd(10)} ${text}`;

const portText = ({ name, type, shape }: Port): string =>
  `${name}: ${type}${shape === undefined ? ', of any shape' : ` ${shape.length === 0 ? 'scalar' : shape.join(' × ')}`}`;

const madeWith = ({ name, version }: Described['producer']): string =>
  name === '' ? '' : `, made with ${name}${version === '' ? '' : ` ${version}`}`;

const size = (bytes: number): string =>
  bytes < 10_000
    ? `${countText(bytes)} bytes`
    : bytes < 1e6
      ? `${(bytes / 1e3).toFixed(0)} kB`
      : `${(bytes / 1e6).toFixed(1)} MB`;
