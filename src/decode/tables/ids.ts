import { ANONYMOUS } from '../../domain/vote.js';
import { type FieldCodec, fieldCodec } from '../text/fieldCodec.js';

const LONE_SURROGATE = /\p{Surrogate}/u;

/** Ids are used as they are written. JSON may write them as whole numbers. */
const idOf = (value: unknown): string | undefined => {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : undefined;
  return typeof value === 'string' && !LONE_SURROGATE.test(value) ? value : undefined;
};

const isBroken = (value: unknown): boolean => typeof value === 'string' && LONE_SURROGATE.test(value);

export const StackId: FieldCodec<string> = fieldCodec(
  'StackId',
  (value) => {
    const id = idOf(value);
    return id === undefined || id === '' ? undefined : { value: id };
  },
  (value) => {
    if (isBroken(value)) return { expected: 'well-formed Unicode', fix: 'Write the id with whole characters.' };
    const isEmpty = value === undefined || value === null || value === '';
    return {
      expected: 'a stack id',
      fix: isEmpty
        ? 'Write which stack the row is about, or remove the row.'
        : 'Write the id as text or as a whole number.',
    };
  },
);

/** An empty or absent annotator is the anonymous one. */
export const AnnotatorId: FieldCodec<string> = fieldCodec(
  'AnnotatorId',
  (value) => {
    const id = value === undefined || value === null ? ANONYMOUS : idOf(value);
    return id === undefined ? undefined : { value: id };
  },
  (value) =>
    isBroken(value)
      ? { expected: 'well-formed Unicode', fix: 'Write the id with whole characters.' }
      : {
          expected: 'an annotator id, or nothing for an anonymous vote',
          fix: 'Write the id as text or as a whole number.',
        },
);
