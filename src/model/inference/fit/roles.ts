import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ModelRole, Pipeline } from '../../pipeline/pipeline.js';
import type { Port } from '../port.js';

/** The output that plays a role. */
export interface Wire {
  readonly role: ModelRole;
  /** Place among the files, from 0. */
  readonly file: number;
  readonly output: string;
}

/** Roles with their outputs, and what keeps some roles from having one. */
export interface Cast {
  readonly wires: readonly Wire[];
  readonly problems: readonly { readonly found: string; readonly fix: string }[];
}

interface Named {
  readonly name: string;
  readonly outputs: readonly Port[];
}

/**
 * Which file each role means, as its place among `files`; absent for a role whose file is not given.
 *
 * When every role names a file and exactly such files are given, the pipeline decides, in whatever order and by whatever path
 * the files are given. As many other files stand for the named ones, in the order in which roles name them, when taking
 * outputs in order would be wrong: one file plays the first role and the third.
 *
 * @returns `undefined` when outputs play the roles in order
 */
export const filesOfRoles = (
  { models }: Pick<Pipeline, 'models'>,
  files: readonly { readonly path: string }[],
): readonly (number | undefined)[] | undefined => {
  const named = models.flatMap(({ file }) => (file === undefined ? [] : [realPath(file)]));
  const paths = files.map(({ path }) => realPath(path));
  // A file that is given twice plays a role each time.
  if (named.length < models.length || new Set(paths).size < paths.length) return undefined;
  const distinct = [...new Set(named)];
  const places = (from: readonly string[]) =>
    named.map((path) => (from.includes(path) ? from.indexOf(path) : undefined));
  if (paths.every((path) => distinct.includes(path))) return places(paths);
  const isMixed = named.some((path, i) => i > named.indexOf(path) && path !== named[i - 1]);
  return isMixed && paths.length === distinct.length ? places(distinct) : undefined;
};

/** One file has one such path, whatever links and spellings lead to it. */
const realPath = (path: string): string => {
  try {
    return realpathSync.native(path);
  } catch {
    return resolve(path);
  }
};

/** The files in the order in which roles name them, where the roles name these files; otherwise as given. */
export const inRoleOrder = <File extends { readonly path: string }>(
  pipeline: Pick<Pipeline, 'models'>,
  files: readonly File[],
): readonly File[] => {
  const places = filesOfRoles(pipeline, files)?.flatMap((place) => (place === undefined ? [] : [place]));
  return places === undefined ? files : [...new Set(places)].map((place) => files[place]);
};

/**
 * Finds for every role the output that plays it.
 *
 * @param pipeline - when every role names its `file` and those are given, each role takes its own; otherwise files and
 *   outputs play the roles in order
 * @param files - distinct files
 */
export const castOf = (pipeline: Pipeline, files: readonly Named[]): Cast => {
  const places = filesOfRoles(
    pipeline,
    files.map(({ name }) => ({ path: name })),
  );
  return places === undefined ? castInOrder(pipeline, files) : castByFile(pipeline, files, places);
};

/** Outputs of the files, in order, play the roles in order. A role that names an output takes that one of its file. */
const castInOrder = (pipeline: Pipeline, files: readonly Named[]): Cast => {
  const { models, ensemble, name } = pipeline;
  const wanted = models.flatMap(({ output }) => (output === undefined ? [] : [output]));
  const given = files.flatMap(({ outputs }) => outputs.map((port) => port.name));
  if (wanted.length === models.length && !wanted.some((output) => given.includes(output))) {
    const found = `there is no output called ${[...new Set(wanted)].join(' or ')}, as pipeline ${name} has it`;
    return { wires: [], problems: [{ found, fix: CORRECT_OUTPUT }] };
  }
  const wires: Wire[] = [];
  let unused = 0;
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
      if (role === undefined) unused++;
      else wires.push({ role, file, output });
    }
  }
  const have = wires.length + unused;
  // A mean may be taken over some of the models; a vote needs every voter.
  const isShort = have < models.length && (ensemble._tag === 'Votes' || have === 0);
  return { wires, problems: unused > 0 || isShort ? [miscount(pipeline, have)] : [] };
};

/** Every role takes its own file: the output it names, or the next one that no role names. */
const castByFile = (pipeline: Pipeline, files: readonly Named[], places: readonly (number | undefined)[]): Cast => {
  const { models, ensemble } = pipeline;
  const wires: Wire[] = [];
  const problems: { readonly found: string; readonly fix: string }[] = [];
  const unnamed = files.map(({ outputs }, at) => {
    const taken = models.flatMap(({ output }, m) => (places[m] === at && output !== undefined ? [output] : []));
    return outputs.map(({ name }) => name).filter((name) => !taken.includes(name));
  });
  for (const [m, role] of models.entries()) {
    const file = places[m];
    if (file === undefined) continue;
    const { name: path, outputs } = files[file];
    const output = role.output ?? unnamed[file].shift();
    if (output !== undefined && outputs.some(({ name }) => name === output)) wires.push({ role, file, output });
    else {
      const what = role.output === undefined ? 'another output' : `the output "${role.output}"`;
      problems.push({
        found: `model ${role.role} needs ${what} of ${path}, which has ${quoted(outputs)}`,
        fix: CORRECT_OUTPUT,
      });
    }
  }
  for (const [at, { name: path, outputs }] of files.entries()) {
    const own = models.filter((_, m) => places[m] === at);
    // The order inside a file must not decide which output is meant.
    if (unnamed[at].length > 0 && own.some(({ output }) => output === undefined)) {
      const roles = own.map(({ role }) => role).join(', ');
      problems.push({
        found: `${path} has ${quoted(outputs)}, more than the ${many(own.length, 'model')} that it plays (${roles})`,
        fix: 'Name the `output` of each model in the pipeline.',
      });
    }
  }
  if (places.includes(undefined) && ensemble._tag === 'Votes') problems.push(miscount(pipeline, wires.length));
  return { wires, problems };
};

const CORRECT_OUTPUT = 'Correct `output` in the pipeline, or export the model with that name.';

const miscount = ({ name, models }: Pipeline, have: number): Cast['problems'][number] => {
  const roles = models.map(({ role }) => role).join(', ');
  return {
    found: `the files have ${many(have, 'output')}, and pipeline ${name} names ${many(models.length, 'model')} (${roles})`,
    fix: have < models.length ? 'Give all files, in that order.' : 'Give one output for each model, in that order.',
  };
};

const many = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
const quoted = (ports: readonly Port[]): string => ports.map(({ name }) => `"${name}"`).join(', ');
