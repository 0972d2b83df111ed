import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { decodeScoreOrigin, type ScoreOrigin } from '../model/scoring/scoreOrigin.js';
import type { Provenance } from '../policy/index.js';

type Inputs = Provenance['inputs'];

/** What made a file of scores, as far as it is known. */
export interface ScoresFrom {
  /** Entries for a provenance: the pipeline, each model, the files with its weights, the early stop. */
  readonly inputs: Inputs;
  /** Why the file beside the scores cannot be used. */
  readonly doubt?: string;
}

const NOTHING: ScoresFrom = { inputs: [] };

/** What made the scores in a file, if `tandem score` wrote them and they have not changed since. */
export const scoresFrom = async (path: string, sha256: string): Promise<ScoresFrom> => {
  const beside = `${path}.json`;
  let text: string;
  try {
    text = await readFile(beside, 'utf8');
  } catch {
    return NOTHING;
  }
  const [name, source] = [basename(path), basename(beside)];
  const origin = decodeScoreOrigin(beside, text);
  if (E.isLeft(origin))
    return { ...NOTHING, doubt: `${source} is not what tandem score writes beside scores, ${UNNAMED}` };
  if (origin.right.sha256 !== sha256) {
    return { ...NOTHING, doubt: `${name} has been changed since tandem score wrote it with ${source}, ${UNNAMED}` };
  }
  return { inputs: entriesOf(name, origin.right) };
};

const UNNAMED = 'so the provenance names neither pipeline nor models';

const entriesOf = (name: string, { pipeline, models, stop }: ScoreOrigin): Inputs => [
  { name: `${name}: pipeline ${pipeline.name}`, sha256: pipeline.hash },
  ...models.flatMap(({ role, output, sha256, weights = [] }) => [
    { name: `${name}: model ${role}, output ${output}`, sha256 },
    ...weights.map((one) => ({ name: `${name}: weights ${one.file} of ${role}`, sha256: one.sha256 })),
  ]),
  ...(stop === undefined ? [] : [{ name: `${name}: early stop`, sha256: stop }]),
];

/** The pipeline, models and early stop that a provenance names. */
interface Behind {
  readonly pipeline?: { readonly name: string; readonly sha256: string };
  /** Hashes by what they are of. */
  readonly models: ReadonlyMap<string, string>;
  readonly stop?: string;
}

const ENTRY = /^.*?: (pipeline|model|weights|early stop)(?: (.*))?$/s;

const behind = (inputs: Inputs): Behind => {
  const models = new Map<string, string>();
  let found: Behind = { models };
  for (const { name, sha256 } of inputs) {
    const [, kind, what = ''] = ENTRY.exec(name) ?? [];
    if (kind === 'pipeline') found = { ...found, pipeline: { name: what, sha256 } };
    else if (kind === 'early stop') found = { ...found, stop: sha256 };
    else if (kind !== undefined) models.set(what, sha256);
  }
  return found;
};

/**
 * Compares what made the scores of a policy with what made other scores.
 *
 * @returns each difference as a sentence without its full stop; none where either is unknown
 */
export const madeOtherwise = (fitted: Inputs, given: Inputs): readonly string[] => {
  const [then, now] = [behind(fitted), behind(given)];
  if (then.pipeline === undefined || now.pipeline === undefined) return [];
  if (then.pipeline.sha256 !== now.pipeline.sha256) {
    return [
      `the policy was fitted on scores of ${shown(then.pipeline)}, and these are of ${shown(now.pipeline)}; score with that pipeline, or fit a policy on scores of this one`,
    ];
  }
  const names = [...new Set([...then.models.keys(), ...now.models.keys()])];
  const others = names.filter((name) => then.models.get(name) !== now.models.get(name));
  const differences: string[] = [];
  if (others.length > 0) {
    differences.push(
      `the policy was fitted on scores of other models (other now: ${briefly(others)}); score with those models, or fit a policy on scores of these`,
    );
  }
  if (then.stop !== now.stop) {
    const isOther = now.stop !== undefined && then.stop !== undefined;
    const these = isOther ? 'asked under another' : asked(now.stop);
    differences.push(
      `the policy was fitted on scores of models ${asked(then.stop)}, and these are of models ${these}; score under the same early stop, or fit a policy on scores like these`,
    );
  }
  return differences;
};

const shown = ({ name, sha256 }: { readonly name: string; readonly sha256: string }): string =>
  `pipeline ${name} (${sha256.slice(0, 8)})`;

const asked = (stop: string | undefined): string =>
  stop === undefined ? 'asked in full' : 'asked under an early stop';

const MOST = 3;
const briefly = (names: readonly string[]): string =>
  names.length > MOST ? `${names.slice(0, MOST).join('; ')} and ${names.length - MOST} more` : names.join('; ');
