import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import * as Tandem from '../../src/index.js';
import * as Model from '../../src/model.js';

/** One runnable example of the documentation. */
export interface Example {
  readonly name: string;
  readonly code: string;
}

const ROOT = join(import.meta.dirname, '..', '..');

/** Every `@example` of the source. */
export const sourceExamples = (): readonly Example[] =>
  readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .sort()
    .flatMap((file) => {
      const text = readFileSync(join(ROOT, 'src', file), 'utf8');
      return [...text.matchAll(/\/\*\*([\s\S]*?)\*\//g)].flatMap((comment) => {
        const lines = comment[1].split('\n').map((line) => line.replace(/^\s*\* ?/, ''));
        const starts = lines.flatMap((line, i) => (line.startsWith('@example') ? [i] : []));
        return starts.map((start) => {
          const end = lines.findIndex((line, i) => i > start && /^@\w+/.test(line));
          const line = text.slice(0, comment.index).split('\n').length + start;
          return { name: `src/${file}:${line}`, code: lines.slice(start + 1, end < 0 ? undefined : end).join('\n') };
        });
      });
    });

/** Every fenced `js` block of a Markdown file; its import of the package is given by the runner. */
export const markdownExamples = (file: string): readonly Example[] => {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return [...text.matchAll(/^```(?:js|ts)\n([\s\S]*?)^```/gm)].map((block) => ({
    name: `${file}:${text.slice(0, block.index).split('\n').length}`,
    code: block[1].replace(/^import .* from 'tandem-consensus';?\n/gm, ''),
  }));
};

/** Results `// =>` found, as pairs of what is claimed and what is. */
export interface Claim {
  readonly line: string;
  readonly claimed: unknown;
  readonly actual: unknown;
}

/** Runs an example with the library in scope, its second entry as `Model`, and collects its `// =>` claims. */
export const run = async (example: Example): Promise<readonly Claim[]> => {
  const claims: Claim[] = [];
  const code = example.code
    .split('\n')
    .map((line) => {
      const claim = /^(.*?);?\s*\/\/ => (.*)$/.exec(line);
      if (claim === null) return line;
      const literal = claim[2].replace(/\b(\w+Array) \[/g, '$1.from([').replace(/(Array\.from\(\[[^\]]*\])/g, '$1)');
      return `__claim(${JSON.stringify(line.trim())}, await (${claim[1].trim()}), (${literal}));`;
    })
    .join('\n');
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  const scope: Readonly<Record<string, unknown>> = { ...Tandem, Model };
  const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor as new (
    ...args: string[]
  ) => (...values: unknown[]) => Promise<void>;
  await new AsyncFunction(...Object.keys(scope), '__claim', outputText.replace(/^export \{\};?$/m, ''))(
    ...Object.values(scope),
    (line: string, actual: unknown, claimed: unknown) =>
      claims.push({ line, claimed: rounded(claimed), actual: rounded(actual) }),
  );
  return claims;
};

/** Numbers to six significant digits; typed arrays keep their name. */
const rounded = (value: unknown): unknown => {
  if (typeof value === 'number') return Number.isFinite(value) ? Number(value.toPrecision(6)) + 0 : value;
  if (Array.isArray(value)) return value.map(rounded);
  if (ArrayBuffer.isView(value)) return [value.constructor.name, ...Array.from(value as Float64Array, rounded)];
  if (value instanceof Map) return new Map([...value].map(([key, inner]) => [rounded(key), rounded(inner)]));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, rounded(inner)]));
  }
  return value;
};
