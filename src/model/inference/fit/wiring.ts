import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { ModelRole, Pipeline } from '../../pipeline/pipeline.js';
import type { OpenModel, Port } from '../runtime.js';

/** A letter stands for a size that may vary. */
export type Shape = readonly (number | string)[];

/** Which file's output answers for a role. */
export interface Wire {
  readonly role: ModelRole;
  readonly file: number;
  readonly output: string;
}

/** How the models of a pipeline are fed and read. */
export interface Wiring {
  readonly wires: readonly Wire[];
  /** Orientations a run takes at once: 1, unless a model insists on more. */
  readonly together: number;
}

type Described = Pick<OpenModel, 'path' | 'inputs' | 'outputs'>;

/** What a pipeline makes: N orientations, T frames where stacks keep their own depth. */
export const inputShape = ({ channels, colours, depth, layout, resize }: Pipeline): Shape => {
  const colour = colours === 'hueOfGrey' ? 3 : channels.length;
  if (depth._tag === 'GroupMeans') {
    const down = Math.ceil(depth.groups / depth.across);
    return ['N', colour, down * depth.height, depth.across * depth.width];
  }
  const planes = depth._tag === 'Resample' ? depth.planes : 'T';
  return layout === 'DHWC'
    ? ['N', planes, resize.height, resize.width, colour]
    : ['N', colour, planes, resize.height, resize.width];
};

/** As people read it: 1 × 3 × T × 112 × 112. */
export const shapeText = (shape: Shape): string => shape.map((n) => (isFixed(n) ? n : n || '?')).join(' × ');

/** Numbers an output gives for one orientation. */
export const numbersPerAnswer = (output: Pipeline['output']): number => (output === 'softmax' ? 2 : 1);

const isFixed = (n: number | string): n is number => typeof n === 'number' && n > 0;

/**
 * Which file each role means, as its place among `files`; absent for a role whose file is not given.
 *
 * The pipeline decides where it names a file for every role and these are given, in whatever order and by whatever path.
 * Other files, one for each that is named, stand for those in the order in which the roles name them, where outputs taken
 * in order could not: a file that plays the first role and the third, around another's.
 *
 * @returns `undefined` when outputs play the roles in order
 */
export const filesOfRoles = (
  { models }: Pick<Pipeline, 'models'>,
  files: readonly { readonly path: string }[],
): readonly (number | undefined)[] | undefined => {
  const named = models.flatMap(({ file }) => (file === undefined ? [] : [whole(file)]));
  const paths = files.map(({ path }) => whole(path));
  // A file given twice plays a role each time.
  if (named.length < models.length || new Set(paths).size < paths.length) return undefined;
  const distinct = [...new Set(named)];
  const places = (from: readonly string[]) =>
    named.map((path) => (from.includes(path) ? from.indexOf(path) : undefined));
  if (paths.every((path) => distinct.includes(path))) return places(paths);
  const isMixed = named.some((path, i) => i > named.indexOf(path) && path !== named[i - 1]);
  return isMixed && paths.length === distinct.length ? places(distinct) : undefined;
};

/** One file has one such path, whatever links and spellings lead to it. */
const whole = (path: string): string => {
  try {
    return realpathSync.native(path);
  } catch {
    return resolve(path);
  }
};

/** The files in the order in which roles name them, where these say who plays what; else as given. */
export const inRoleOrder = <File extends { readonly path: string }>(
  pipeline: Pick<Pipeline, 'models'>,
  files: readonly File[],
): readonly File[] => {
  const places = filesOfRoles(pipeline, files)?.flatMap((place) => (place === undefined ? [] : [place]));
  return places === undefined ? files : [...new Set(places)].map((place) => files[place]);
};

/**
 * Finds for every role the output that plays it, and holds every model against the pipeline.
 *
 * @param pipeline - where every role names its `file`, and those are given, each finds it; else files and outputs play the
 *   roles in order
 * @param files - the distinct files
 * @returns `Left` with every difference, each a sentence
 */
export const wiringOf = (pipeline: Pipeline, files: readonly Described[]): E.Either<readonly string[], Wiring> => {
  const label = (file: number): string => (files.length === 1 ? '' : `${files[file].path}: `);
  const places = filesOfRoles(pipeline, files);
  const wired = places === undefined ? wiredInOrder(pipeline, files) : wiredByRole(pipeline, files, places);
  const fixed = new Set(files.flatMap(({ inputs }) => firstFixed(inputs)));
  const together = Math.max(1, ...fixed);
  const differences = [
    ...wired.differences,
    ...files.flatMap((file, i) => inputDifferences(pipeline, file).map((text) => `${label(i)}${text}`)),
    ...wired.wires.flatMap((wire) =>
      outputDifferences(pipeline, files[wire.file], wire).map((text) => `${label(wire.file)}${text}`),
    ),
    ...(fixed.size > 1 ? [`the files take ${[...fixed].join(' and ')} at a time; all must take the same number`] : []),
    ...(pipeline.flips.length % together === 0
      ? []
      : [`a run takes ${together} at a time, pipeline ${pipeline.name} has ${pipeline.flips.length} of each stack`]),
  ];
  return differences.length === 0 ? E.right({ wires: wired.wires, together }) : E.left(differences);
};

const firstFixed = ([port]: readonly Port[]): readonly number[] => port?.shape?.slice(0, 1).filter(isFixed) ?? [];

interface Wired {
  readonly wires: readonly Wire[];
  readonly differences: readonly string[];
}

/** Outputs of the files, in order, play the roles in order. A named output is looked up among its file's. */
const wiredInOrder = (pipeline: Pipeline, files: readonly Described[]): Wired => {
  const { models, ensemble } = pipeline;
  const wires: Wire[] = [];
  const differences: string[] = [];
  let left = 0;
  for (const [file, { outputs }] of files.entries()) {
    const names = outputs.map((port) => port.name);
    const next = models[wires.length];
    if (next?.output !== undefined && names.includes(next.output)) {
      const free = new Set(names);
      for (let role: ModelRole | undefined = next; role?.output !== undefined && free.delete(role.output); ) {
        wires.push({ role, file, output: role.output });
        role = models[wires.length];
      }
      continue;
    }
    for (const output of names) {
      const role = models[wires.length];
      if (role === undefined) left++;
      else wires.push({ role, file, output });
    }
  }
  const [have, want] = [wires.length + left, models.length];
  const isShort = have < want && (ensemble._tag === 'Votes' || have === 0);
  if (left > 0 || isShort) {
    differences.push(`the files have ${many(have, 'output')}, ${namesOf(pipeline)}`);
  }
  return { wires, differences };
};

/** Every role takes its own file: the output it names, else the next that nobody names. */
const wiredByRole = (
  pipeline: Pipeline,
  files: readonly Described[],
  places: readonly (number | undefined)[],
): Wired => {
  const { models } = pipeline;
  const wires: Wire[] = [];
  const differences: string[] = [];
  const unnamed = files.map(({ outputs }, at) => {
    const taken = models.flatMap(({ output }, m) => (places[m] === at && output !== undefined ? [output] : []));
    return outputs.map(({ name }) => name).filter((name) => !taken.includes(name));
  });
  for (const [m, role] of models.entries()) {
    const file = places[m];
    if (file === undefined) continue;
    const { path, outputs } = files[file];
    const output = role.output ?? unnamed[file].shift();
    if (output !== undefined && outputs.some(({ name }) => name === output)) wires.push({ role, file, output });
    else {
      const what = role.output === undefined ? 'another output' : `an output \`${role.output}\``;
      differences.push(`model ${role.role} wants ${what} of ${path}, which has ${listed(outputs)}`);
    }
  }
  for (const [at, { path, outputs }] of files.entries()) {
    const own = models.filter((_, m) => places[m] === at);
    // Which of several was meant is not for the order in the file to say.
    if (unnamed[at].length > 0 && own.some(({ output }) => output === undefined)) {
      const whose = `${many(own.length, 'model')} (${own.map(({ role }) => role).join(', ')})`;
      differences.push(`${path} has ${listed(outputs)}, and ${whose} of it; name their \`output\``);
    }
  }
  const isShort = places.includes(undefined) && pipeline.ensemble._tag === 'Votes';
  if (isShort) differences.push(`the files have ${many(wires.length, 'output')}, ${namesOf(pipeline)}`);
  return { wires, differences };
};

const namesOf = ({ name, models }: Pipeline): string => `pipeline ${name} names ${many(models.length, 'model')}`;

const many = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
const listed = (ports: readonly Port[]): string => ports.map((port) => `\`${port.name}\``).join(', ');

const inputDifferences = (pipeline: Pipeline, { inputs }: Described): readonly string[] => {
  if (inputs.length !== 1) return [`it has ${many(inputs.length, 'input')} (${listed(inputs)}); a pipeline fills one`];
  const [{ name, type, shape }] = inputs;
  const made = inputShape(pipeline);
  const isSame =
    shape === undefined ||
    (shape.length === made.length && shape.every((n, axis) => axis === 0 || !isFixed(n) || n === made[axis]));
  return [
    ...(type === undefined || type === 'float32' ? [] : [`input \`${name}\` is of ${type}, pipelines make float32`]),
    ...(isSame
      ? []
      : [`input \`${name}\` wants ${shapeText(shape)}, pipeline ${pipeline.name} makes ${shapeText(made)}`]),
  ];
};

const READABLE = ['float32', 'float64'];

const outputDifferences = (
  { name, output: kind }: Pipeline,
  { outputs }: Described,
  { output }: Wire,
): readonly string[] => {
  const { type, shape } = outputs.find((port) => port.name === output) ?? {};
  const wanted = numbersPerAnswer(kind);
  // A single axis may count orientations or numbers; the first run tells.
  const rest = shape === undefined || shape.length < 2 ? [] : shape.slice(1);
  const numbers = rest.every(isFixed) ? rest.reduce((product, n) => product * n, 1) : undefined;
  return [
    ...(type === undefined || READABLE.includes(type) ? [] : [`output \`${output}\` is of ${type}, float32 is read`]),
    ...(rest.length === 0 || numbers === undefined || numbers === wanted
      ? []
      : [`output \`${output}\` gives ${many(numbers, 'number')} a stack, pipeline ${name} reads ${wanted} (${kind})`]),
  ];
};
