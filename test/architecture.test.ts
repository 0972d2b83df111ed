import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, test } from 'vitest';

/**
 * The laws of the house (docs/decisions/0006): what may know what, and what stands where. Each law is a function from
 * files to violations. It finds none in `src`, and it finds the violation that a test plants.
 */

/** File name relative to `src`, with `/` → text. */
type House = ReadonlyMap<string, string>;

/** Top first: a file may import its own room and the rooms after it in this list, never one before it. */
const ORDER: readonly string[] = [
  // entries
  'cli.ts',
  'index.ts',
  'model.ts',
  'service.ts',
  'testing.ts',
  // edges
  'cli',
  'service',
  'report',
  // questions of a laboratory
  'study',
  // from a film to a score
  'model/scoring',
  'model/inference',
  'model/pipeline',
  'model/frames',
  // the loop
  'online',
  'policy',
  'asking',
  // from the unknown to checked values
  'decode',
  // worlds to try it on
  'simulate',
  // stages
  'stages/goldChecks',
  'stages/prevalence',
  'stages/evaluation',
  'stages/drift',
  'stages/thresholds',
  'stages/riskControl',
  'stages/consensus',
  'stages/fusion',
  'stages/calibration',
  'stages/skills',
  'stages/routing.ts',
  'stages/votes',
  'stages/gold.ts',
  // kernels
  'kernel/image',
  'kernel/trait',
  'kernel/crowd',
  'kernel/optimise',
  'kernel/random',
  'kernel/special',
  'kernel/ids',
  // text and files, and the nouns that travel
  'output',
  'version.ts',
  'domain',
];

/** Written by a generator that only knows enums; src/model/inference/onnx/README.md has the command. */
const GENERATED = ['model/inference/onnx/onnx_pb.ts'];

const MOST_FILES_IN_A_FOLDER = 15;

interface Import {
  readonly from: string;
  /** A file of the house, or the name of a package. */
  readonly to: string;
  /** Loaded when called: `import('…')`. */
  readonly whenCalled: boolean;
  /** `import type`: nothing is loaded. */
  readonly typesOnly: boolean;
}

const grouped = <T, K>(list: Iterable<T>, keyOf: (one: T) => K): ReadonlyMap<K, readonly T[]> => {
  const groups = new Map<K, T[]>();
  for (const one of list) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  return groups;
};

const importsOf = (house: House): readonly Import[] =>
  [...house].flatMap(([from, text]) => {
    const target = (specifier: string): string =>
      specifier.startsWith('.')
        ? posix.normalize(posix.join(posix.dirname(from), specifier)).replace(/\.js$/, '.ts')
        : specifier;
    const found = (pattern: RegExp, whenCalled: boolean): readonly Import[] =>
      [...text.matchAll(pattern)].map((match) => ({
        from,
        to: target(match[1]),
        whenCalled,
        typesOnly: /^(?:import|export) type\s/.test(match[0]),
      }));
    return [
      ...found(/^(?:import|export)\s[^;'"]*?from\s+'([^']+)'/gm, false),
      ...found(/^import\s+'([^']+)'/gm, false),
      ...found(/\bimport\('([^']+)'\)/g, true),
    ];
  });

const isInside = ({ to }: Import): boolean => to.endsWith('.ts');
const isUnder = (file: string, room: string): boolean => file === room || file.startsWith(`${room}/`);
const roomOf = (file: string): string | undefined => ORDER.find((room) => isUnder(file, room));
const arrow = ({ from, to }: Import): string => `${from} → ${to}`;
const insideOf = (house: House): readonly Import[] => importsOf(house).filter(isInside);
const outsideOf = (house: House): readonly Import[] => importsOf(house).filter((one) => !isInside(one));

/** Folders with a face, innermost first. */
const facedFolders = (house: House, file: string): string[] => {
  const folders: string[] = [];
  for (let folder = posix.dirname(file); folder !== '.'; folder = posix.dirname(folder)) {
    if (house.has(`${folder}/index.ts`)) folders.push(folder);
  }
  return folders;
};

/** The room a file is entered through: the outermost folder with a face that the importer is not in. */
const faceFor = (house: House, { from, to }: Import): string | undefined =>
  facedFolders(house, to)
    .reverse()
    .map((folder) => `${folder}/index.ts`)
    .find((face) => !isUnder(from, posix.dirname(face)));

const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');

const exportsOf = (text: string): readonly string[] =>
  [...text.matchAll(/^export (?:async )?(?:const|function\*?|interface|type) (\w+)/gm)].map((match) => match[1]);

/** Files that are loaded as soon as one of `entries` is. */
const loadedBy = (house: House, entries: readonly string[]): ReadonlySet<string> => {
  const next = grouped(
    insideOf(house).filter(({ whenCalled, typesOnly }) => !whenCalled && !typesOnly),
    ({ from }) => from,
  );
  const loaded = new Set<string>();
  const open = [...entries];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (loaded.has(file)) continue;
    loaded.add(file);
    open.push(...(next.get(file) ?? []).map(({ to }) => to));
  }
  return loaded;
};

const isFace = (file: string): boolean => posix.basename(file) === 'index.ts';

/** Strongly connected files (Tarjan 1972), each circle as one line. */
const circles = (house: House): readonly string[] => {
  const next = grouped(insideOf(house), ({ from }) => from);
  const number = new Map<string, number>();
  const lowest = new Map<string, number>();
  const path: string[] = [];
  const found: string[] = [];
  const visit = (file: string): void => {
    number.set(file, number.size);
    lowest.set(file, number.size - 1);
    path.push(file);
    for (const { to } of next.get(file) ?? []) {
      if (!number.has(to)) visit(to);
      if (path.includes(to)) lowest.set(file, Math.min(lowest.get(file) ?? 0, lowest.get(to) ?? 0));
    }
    if (lowest.get(file) !== number.get(file)) return;
    const circle = path.splice(path.indexOf(file));
    if (circle.length > 1) found.push(circle.join(' → '));
  };
  for (const file of house.keys()) if (!number.has(file)) visit(file);
  return found;
};

/** Where the outside world may come in. */
const EDGES: readonly { readonly module: RegExp; readonly rooms: readonly string[] }[] = [
  // A room that owns a document checks it there, with the pieces of decode/json.
  {
    module: /^io-ts/,
    rooms: [
      'decode',
      'policy/document.ts',
      'policy/ruleDocument.ts',
      'study/drift/looksDocument.ts',
      'study/gate/betsDocument.ts',
      'model',
    ],
  },
  { module: /^#?csv-parse/, rooms: ['decode'] },
  { module: /^node:/, rooms: ['decode', 'output', 'report', 'cli', 'cli.ts', 'model', 'service'] },
  { module: /^commander/, rooms: ['cli'] },
  { module: /^onnxruntime/, rooms: ['model/inference'] },
  { module: /^(kysely|fastify|@fastify|libsql|pg|prom-client)/, rooms: ['service'] },
];

interface Law {
  readonly says: string;
  /** What breaks the law, a line each. */
  readonly broken: (house: House) => readonly string[];
  /** Files that break it when they are added: the law must find them. */
  readonly planted: Readonly<Record<string, string>>;
}

/** `index.ts` tells the science in the order in which data flow: what is voted, who votes, what it means, what follows. */
const PIPELINE = [
  './domain/label.js',
  './domain/vote.js',
  './domain/scores.js',
  './domain/targets.js',
  './domain/errors.js',
  './decode/index.js',
  './stages/votes/index.js',
  './stages/gold.js',
  './stages/skills/index.js',
  './stages/calibration/index.js',
  './stages/consensus/index.js',
  './stages/thresholds/index.js',
  './stages/riskControl/index.js',
  './stages/routing.js',
  './policy/index.js',
  './asking/index.js',
  './asking/stopRule/index.js',
  './asking/replay/index.js',
  './online/index.js',
  './stages/evaluation/index.js',
  './stages/prevalence/index.js',
  './stages/drift/index.js',
  './study/index.js',
  './report/index.js',
  './report/page/index.js',
  './simulate/index.js',
];

/** Imports that pass by a face: parts a neighbour needs and strangers do not. This list may only shrink. */
const PAST_THE_FACE: readonly string[] = [];

/** Files under 30 lines with a single importer, and why each is not a part of that importer. */
const SMALL_ON_PURPOSE: Readonly<Record<string, string>> = {};

/** Names with one meaning that stands at several levels, as a verb of the namespace it is in. */
const FAMILIES: Readonly<Record<string, string>> = {
  explain: 'one stack taken to pieces: its evidence (Consensus), its decision (Policy), its history (Online)',
  from: 'rows → the noun of the namespace (Votes, Gold)',
  fit: 'votes, scores and gold → what decides, with its proof (Policy, StopRule)',
  count: 'how many rows the noun has (Votes, Gold)',
  inputs: 'what `Policy.fit` takes, from a simulated laboratory (Simulate) or from events (Online)',
};

/** What `tandem decide` must not wait for. */
const SLOW_ROOMS = ['model/frames', 'model/inference', 'simulate', 'report/figures', 'report/page'];
/** Half of the 377 before its rooms were parted would be 188. Formats, notes about data and one rule with its proof came; this may only shrink. */
const MOST_LOADED_BY_DECIDE = 229;

const LAWS: readonly Law[] = [
  {
    says: 'every file stands in a known room',
    broken: (house) => [...house.keys()].filter((file) => roomOf(file) === undefined),
    planted: { 'attic/trunk.ts': '' },
  },
  {
    says: 'imports point to files that exist',
    broken: (house) =>
      insideOf(house)
        .filter(({ to }) => !house.has(to))
        .map(arrow),
    planted: { 'domain/planted.ts': "import { gone } from './gone.js';" },
  },
  {
    says: 'arrows point down, those of types and of what is loaded later included',
    broken: (house) =>
      insideOf(house)
        .filter(({ from, to }) => ORDER.indexOf(roomOf(from) ?? '') > ORDER.indexOf(roomOf(to) ?? ''))
        .map(arrow),
    planted: { 'domain/planted.ts': "import type { Policy } from '../policy/policy.js';" },
  },
  {
    says: 'there are no circles, of types neither',
    broken: circles,
    planted: {
      'domain/planted.ts': "import type { B } from './planted2.js';",
      'domain/planted2.ts': "import type { A } from './planted.js';",
    },
  },
  {
    says: 'a face only re-exports',
    broken: (house) =>
      [...house]
        .filter(([file]) => isFace(file) || file === 'model.ts')
        .filter(([, text]) => /\S/.test(withoutComments(text).replace(/^export [^;]*? from '[^']+';$/gms, '')))
        .map(([file]) => file),
    planted: { 'planted/index.ts': "export * from './a.js';\nexport const here = 1;" },
  },
  {
    says: 'no file imports a face of a folder it stands in',
    broken: (house) =>
      insideOf(house)
        .filter(({ from, to }) => isFace(to) && to !== 'index.ts' && isUnder(from, posix.dirname(to)))
        .map(arrow),
    planted: { 'policy/planted.ts': "import { fit } from './index.js';" },
  },
  {
    says: 'other rooms come in through the face',
    broken: (house) => {
      const past = insideOf(house)
        .filter((one) => {
          const face = faceFor(house, one);
          return face !== undefined && one.to !== face && !isFace(one.to);
        })
        .map(arrow);
      return [
        ...past.filter((one) => !PAST_THE_FACE.includes(one)),
        ...PAST_THE_FACE.filter((one) => !past.includes(one)).map((one) => `${one}: gone, take it off the list`),
      ];
    },
    planted: { 'study/planted.ts': "import { fit } from '../policy/fit.js';" },
  },
  {
    says: 'a file under 30 lines with one importer stands in the list, with its reason',
    broken: (house) => {
      const importers = grouped(insideOf(house), ({ to }) => to);
      const small = [...house]
        .filter(([file, text]) => !isFace(file) && text.split('\n').length <= 30 && importers.get(file)?.length === 1)
        .map(([file]) => file);
      return [
        ...small.filter((file) => !(file in SMALL_ON_PURPOSE)),
        ...Object.keys(SMALL_ON_PURPOSE)
          .filter((file) => !small.includes(file))
          .map((file) => `${file}: take it off the list`),
      ];
    },
    planted: {
      'domain/planted.ts': 'export const one = 1;',
      'domain/planted2.ts': "import { one } from './planted.js';\nexport const two = 2 * one;",
      'domain/planted3.ts': "import { two } from './planted2.js';\nimport { two as deux } from './planted2.js';",
    },
  },
  {
    says: 'one exported name has one meaning',
    broken: (house) => {
      const files = grouped(
        [...house]
          .filter(([file]) => !GENERATED.includes(file) && file !== 'testing.ts')
          .flatMap(([file, text]) => exportsOf(text).map((name) => ({ name, file }))),
        ({ name }) => name,
      );
      return [...files]
        .filter(([name, places]) => places.length > 1 && !(name in FAMILIES))
        .map(([name, places]) => `${name}: ${places.map(({ file }) => file).join(', ')}`);
    },
    planted: { 'domain/planted.ts': 'export interface Policy {}' },
  },
  {
    says: 'index.ts tells the science in the order of the pipeline',
    broken: (house) => {
      const told = importsOf(new Map([['index.ts', house.get('index.ts') ?? '']])).map(
        ({ to }) => `./${to.replace(/\.ts$/, '.js')}`,
      );
      return told.filter((room, i) => i > 0 && PIPELINE.indexOf(room) < PIPELINE.indexOf(told[i - 1]));
    },
    planted: {
      'index.ts': "export * as Policy from './policy/index.js';\nexport * as Votes from './stages/votes/index.js';",
    },
  },
  {
    says: '`tandem decide` loads no frames, no networks and no simulator, and half of what it did; --help loads no verb',
    broken: (house) => {
      const loaded = [...loadedBy(house, ['cli.ts', 'cli/verbs/decide.ts'])];
      return [
        ...loaded.filter((file) => SLOW_ROOMS.some((room) => isUnder(file, room))),
        ...(loaded.length > MOST_LOADED_BY_DECIDE ? [`${loaded.length} files`] : []),
        ...[...loadedBy(house, ['cli.ts'])].filter((file) => isUnder(file, 'cli/verbs') || isUnder(file, 'policy')),
      ];
    },
    planted: { 'cli.ts': "import { simulate } from './simulate/index.js';" },
  },
  {
    says: `a folder has at most ${MOST_FILES_IN_A_FOLDER} files, and src about a dozen folders`,
    broken: (house) => {
      const folders = grouped(house.keys(), (file) => posix.dirname(file));
      const rooms = new Set([...house.keys()].filter((file) => file.includes('/')).map((file) => file.split('/')[0]));
      return [
        ...[...folders].filter(([, files]) => files.length > MOST_FILES_IN_A_FOLDER).map(([folder]) => folder),
        ...(rooms.size > 14 ? [...rooms] : []),
      ];
    },
    planted: Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`study/planted/${i}.ts`, ''])),
  },
  {
    says: 'fp-ts comes as fp-ts/lib/<Module>.js, and only the agreed modules',
    broken: (house) => {
      const allowed = /^fp-ts\/lib\/(Either|TaskEither|Option|function|ReadonlyArray|ReadonlyNonEmptyArray)\.js$/;
      return outsideOf(house)
        .filter(({ to }) => to.startsWith('fp-ts') && !allowed.test(to))
        .map(arrow);
    },
    planted: { 'domain/planted.ts': "import * as E from 'fp-ts/Either';" },
  },
  {
    says: 'kernels and the simulator know neither fp-ts nor the outside world',
    broken: (house) =>
      outsideOf(house)
        .filter(({ from }) => isUnder(from, 'kernel') || isUnder(from, 'simulate'))
        .map(arrow),
    planted: { 'kernel/ids/planted.ts': "import { readFileSync } from 'node:fs';" },
  },
  {
    says: 'io-ts, parsers, node and native modules stay at the edges',
    broken: (house) =>
      EDGES.flatMap(({ rooms, module }) =>
        outsideOf(house)
          .filter(({ from, to }) => module.test(to) && !rooms.some((room) => isUnder(from, room)))
          .map(arrow),
      ),
    planted: { 'policy/planted.ts': "import * as t from 'io-ts';" },
  },
  {
    says: 'source is free of clocks, dice, consoles, classes, enums, default exports and files without a subject',
    broken: (house) => {
      const banned =
        /Math\.random|Date\.now|\bconsole\.|^export default|^(export )?(abstract )?class |^(export )?(const )?enum /m;
      return [...house]
        .filter(
          ([file, text]) =>
            !GENERATED.includes(file) && (banned.test(text) || /(utils|helpers|common|misc)\.ts$/.test(file)),
        )
        .map(([file]) => file);
    },
    planted: { 'policy/planted.ts': 'export const now = () => Date.now();' },
  },
  {
    says: 'kernel files stay small',
    broken: (house) =>
      [...house]
        .filter(([file, text]) => isUnder(file, 'kernel') && text.split('\n').length > 220)
        .map(([file]) => file),
    planted: { 'kernel/ids/planted.ts': '\n'.repeat(300) },
  },
];

const SRC = join(import.meta.dirname, '..', 'src');
const house: House = new Map(
  readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.replaceAll('\\', '/'))
    .map((file) => [file, readFileSync(join(SRC, file), 'utf8')]),
);

describe('architecture', () => {
  test.each(LAWS)('$says', ({ broken }) => {
    expect(broken(house)).toEqual([]);
  });

  test.each(LAWS)('the law bites: $says', ({ broken, planted }) => {
    const before = broken(house);
    expect(
      broken(new Map([...house, ...Object.entries(planted)])).filter((line) => !before.includes(line)),
    ).not.toEqual([]);
  });
});
