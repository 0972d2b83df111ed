import * as E from 'fp-ts/lib/Either.js';
import type { Pipeline } from '../decode/pipeline.js';
import { numbersPerAnswer, shapeText } from './modelFit.js';
import type { RawOutput } from './onnx.js';

/** A float32 softmax or mean may end a rounding beyond 0 or 1; anything further out is no probability. */
const ROUNDING = 1e-6;

/**
 * Reads one output as probabilities of "stalled".
 *
 * @param count - orientations in the run
 * @returns `Left` says, as half a sentence, what was given instead: a wrong shape, NaN, an infinity, a number outside 0 to 1
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
