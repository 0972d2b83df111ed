import * as E from 'fp-ts/lib/Either.js';
import { FLOWING, type Label, STALLED } from '../../domain/label.js';
import type { EnsembleRule, Pipeline } from '../pipeline/pipeline.js';
import { type RawOutput, shapeText } from './port.js';

/** The score of a pipeline for one stack. */
export interface EnsembleScore {
  /** One probability per model, flips averaged. */
  readonly perModel: readonly number[];
  /** Mean probability, or the share of models that vote "stalled". */
  readonly score: number;
  readonly label: Label;
}

/** Mean of float32 numbers in numpy's order, every sum rounded to float32: eight lanes added pairwise, the rest one by one. */
export const mean32 = (values: readonly number[]): number => Math.fround(sum32(values) / values.length);

const LANES = 8;

const sum32 = (values: readonly number[]): number => {
  const add = (a: number, b: number): number => Math.fround(a + b);
  const whole = values.length - (values.length % LANES);
  const rest = values.slice(whole).map(Math.fround);
  if (whole === 0) return rest.reduce(add, 0);
  const lanes = values.slice(0, LANES).map(Math.fround);
  for (let i = LANES; i < whole; i++) lanes[i % LANES] = add(lanes[i % LANES], values[i]);
  const pairs = add(
    add(add(lanes[0], lanes[1]), add(lanes[2], lanes[3])),
    add(add(lanes[4], lanes[5]), add(lanes[6], lanes[7])),
  );
  return rest.reduce(add, pairs);
};

/**
 * Combines the answers of a pipeline's models into one score and one label.
 *
 * @param answers - one row per model in the order of `pipeline.models`, one probability per flip
 * @throws RangeError when an answer is missing or is no probability: a mean has no place for a model that abstained
 */
export const ensembleScore =
  ({ models, flips, ensemble }: Pick<Pipeline, 'models' | 'flips' | 'ensemble'>) =>
  (answers: readonly (readonly number[])[]): EnsembleScore => {
    if (answers.length !== models.length) {
      throw new RangeError(`ensembleScore: expected answers of ${models.length} models, got ${answers.length}`);
    }
    for (const [m, row] of answers.entries()) {
      if (row.length !== flips.length || row.some((p) => !(p >= 0 && p <= 1))) {
        throw new RangeError(
          `ensembleScore: expected ${flips.length} probabilities of ${models[m].role}, got [${row.join(', ')}]`,
        );
      }
    }
    const perModel = answers.map((row) => (row.length === 1 ? row[0] : mean32(row)));
    if (ensemble._tag === 'Votes') {
      const votes = perModel.filter((p, m) => isVote(ensemble, p, models[m].voteAt)).length;
      return { perModel, score: votes / models.length, label: votes >= ensemble.atLeast ? STALLED : FLOWING };
    }
    const score = ensemble.over === 'all' ? mean32(answers.flat()) : mean32(perModel);
    return { perModel, score, label: score > ensemble.stalledAbove ? STALLED : FLOWING };
  };

const isVote = ({ digits }: EnsembleRule & { readonly _tag: 'Votes' }, p: number, voteAt = 1): boolean => {
  if (digits === undefined) return p >= voteAt;
  const grain = 10 ** digits;
  // Compared as whole numbers: 0.95 has no exact double.
  return Math.round(p * grain) >= Math.round(voteAt * grain);
};

/** Numbers that a network gives for one orientation. */
export const numbersPerAnswer = (output: Pipeline['output']): number => (output === 'softmax' ? 2 : 1);

/** A float32 softmax or mean may leave 0 to 1 by a rounding error. A number further out is no probability. */
const ROUNDING = 1e-6;

/**
 * Reads one output as probabilities of "stalled".
 *
 * @param count - orientations in the run
 * @returns `Left` says in half a sentence what is wrong: the shape, NaN, an infinity, a number outside 0 to 1
 */
export const readAnswers = (
  raw: RawOutput | undefined,
  kind: Pipeline['output'],
  count: number,
): E.Either<string, readonly number[]> => {
  if (raw === undefined) return E.left('gives nothing');
  const { data, shape, type } = raw;
  const each = numbersPerAnswer(kind);
  if (data.length !== count * each) {
    const read = count * each === 1 ? '1 is' : `${count * each} are`;
    return E.left(`gives ${data.length} numbers (${shapeText(shape)}) where ${read} read (${kind})`);
  }
  const values = Array.from(data);
  if (!values.every((value) => typeof value === 'number')) return E.left(`gives ${type} where float32 is read`);
  const odd = values.find((value) => !Number.isFinite(value));
  if (odd !== undefined) return E.left(`gives ${odd}`);
  if (kind === 'logit') return E.right(values.map((x) => Math.fround(1 / (1 + Math.exp(-x)))));
  const outside = values.find((p) => p < -ROUNDING || p > 1 + ROUNDING);
  if (outside !== undefined) return E.left(`gives ${outside}, which is no probability`);
  if (kind === 'probability') return E.right(values.map(inside));
  const pairs = Array.from({ length: count }, (_, i) => [values[2 * i], values[2 * i + 1]] as const);
  const loose = pairs.find(([flowing, stalled]) => Math.abs(flowing + stalled - 1) > 1e-3);
  return loose === undefined
    ? E.right(pairs.map(([, stalled]) => inside(stalled)))
    : E.left(`gives ${loose.join(' and ')}, which do not add up to 1`);
};

const inside = (p: number): number => Math.min(1, Math.max(0, p));
