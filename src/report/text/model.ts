import { countText, some } from '../../output/format.js';
import { blocks, lines } from './words.js';

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
