import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, test } from 'vitest';

/** The rules of docs/decisions/0001: arrows point down, stages know only the types of earlier stages, no cycles. */

const SRC = join(import.meta.dirname, '..', 'src');

const LAYER: Readonly<Record<string, number>> = {
  domain: 1,
  version: 1,
  kernel: 2,
  votes: 3,
  gold: 3,
  skills: 3,
  calibration: 3,
  consensus: 3,
  thresholds: 3,
  routing: 3,
  evaluation: 3,
  policy: 4,
  online: 4,
  asking: 4,
  replay: 4,
  simulate: 4,
  decode: 5,
  report: 5,
  model: 6,
  index: 6,
  testing: 6,
  cli: 6,
};

/** Written by a generator that only knows enums; src/model/onnx/README.md has the command. */
const GENERATED = ['model/onnx/onnx_pb.ts'];

const STAGES = ['votes', 'gold', 'skills', 'calibration', 'consensus', 'thresholds', 'routing', 'evaluation'];

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const text = (file: string): string => readFileSync(join(SRC, file), 'utf8');

const imports: readonly Import[] = files.flatMap((file) =>
  [...text(file).matchAll(/^(?:import|export)\s+(type\s+)?([\w*{][^'"=;]*?)\s+from\s+'([^']+)'/gm)].map((match) => {
    const named = /^\{([^}]*)\}$/.exec(match[2].replaceAll('\n', ' ').trim());
    const allTypes = named?.[1].split(',').every((name) => /^\s*(type\s|$)/.test(name)) ?? false;
    return {
      from: file,
      to: match[3].startsWith('.')
        ? relative(SRC, normalize(join(SRC, dirname(file), match[3]))).replace(/\.js$/, '.ts')
        : match[3],
      typeOnly: match[1] !== undefined || allTypes,
    };
  }),
);

const room = (file: string): string => file.split('/')[0].replace(/\.ts$/, '');
const inside = imports.filter(({ to }) => to.endsWith('.ts'));
const outside = imports.filter(({ to }) => !to.endsWith('.ts'));
const arrows = (list: readonly Import[]): readonly string[] => list.map(({ from, to }) => `${from} → ${to}`);

describe('architecture', () => {
  test('every file stands in a known room', () => {
    expect(files.filter((file) => LAYER[room(file)] === undefined)).toEqual([]);
  });

  test('imports point to files that exist', () => {
    expect(arrows(inside.filter(({ to }) => !files.includes(to)))).toEqual([]);
  });

  test('arrows point down', () => {
    expect(arrows(inside.filter(({ from, to }) => LAYER[room(from)] < LAYER[room(to)]))).toEqual([]);
  });

  test('a stage imports only the types of stages before it', () => {
    const between = inside.filter(
      ({ from, to }) => STAGES.includes(room(from)) && STAGES.includes(room(to)) && room(from) !== room(to),
    );
    expect(arrows(between.filter(({ typeOnly }) => !typeOnly))).toEqual([]);
    expect(arrows(between.filter(({ from, to }) => STAGES.indexOf(room(from)) < STAGES.indexOf(room(to))))).toEqual([]);
  });

  test('there are no cycles of values', () => {
    const next = new Map(
      files.map((file) => [file, inside.filter(({ from, typeOnly }) => from === file && !typeOnly)]),
    );
    const done = new Set<string>();
    const cycles: string[] = [];
    const walk = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(' → '));
      else if (!done.has(file)) {
        for (const { to } of next.get(file) ?? []) walk(to, [...path, file]);
        done.add(file);
      }
    };
    for (const file of files) walk(file, []);
    expect(cycles).toEqual([]);
  });

  test('fp-ts comes as fp-ts/lib/<Module>.js, and only the agreed modules', () => {
    const allowed = /^fp-ts\/lib\/(Either|TaskEither|Option|function|ReadonlyArray|ReadonlyNonEmptyArray)\.js$/;
    expect(arrows(outside.filter(({ to }) => to.startsWith('fp-ts') && !allowed.test(to)))).toEqual([]);
  });

  test('the kernel and the simulator know neither fp-ts nor the outside world', () => {
    expect(arrows(outside.filter(({ from }) => ['kernel', 'simulate'].includes(room(from))))).toEqual([]);
  });

  test('io-ts, csv-parse, node and native modules stay at the edges', () => {
    const edge = (rooms: readonly string[], module: RegExp): readonly string[] =>
      arrows(outside.filter(({ from, to }) => module.test(to) && !rooms.includes(room(from))));
    expect(edge(['decode'], /^(io-ts|csv-parse)/)).toEqual([]);
    expect(edge(['decode', 'report', 'cli', 'model'], /^node:/)).toEqual([]);
    expect(edge(['cli'], /^commander/)).toEqual([]);
    expect(edge(['model'], /^onnxruntime/)).toEqual([]);
  });

  test('source is free of clocks, dice, consoles, classes, enums and default exports', () => {
    const banned =
      /Math\.random|Date\.now|\bconsole\.|^export default|^(export )?(abstract )?class |^(export )?(const )?enum /m;
    expect(files.filter((file) => banned.test(text(file)) && !GENERATED.includes(file))).toEqual([]);
    expect(files.filter((file) => /(utils|helpers|common|misc)\.ts$/.test(file))).toEqual([]);
  });

  test('kernel files stay small', () => {
    const long = files.filter((file) => room(file) === 'kernel' && text(file).split('\n').length > 220);
    expect(long).toEqual([]);
  });
});
