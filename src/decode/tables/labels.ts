import { FLOWING, type Label, STALLED } from '../../domain/label.js';
import { textOf } from '../text/csv.js';
import { type FieldCodec, fieldCodec } from '../text/fieldCodec.js';

const WORDS: ReadonlyMap<string, Label> = new Map<string, Label>([
  ['0', FLOWING],
  ['0.0', FLOWING],
  ['flowing', FLOWING],
  ['false', FLOWING],
  ['1', STALLED],
  ['1.0', STALLED],
  ['stalled', STALLED],
  ['true', STALLED],
]);

/** The label a value spells, if any. */
const labelOf = (value: unknown): Label | undefined => {
  if (typeof value === 'string') return WORDS.get(value.trim().toLowerCase());
  if (typeof value === 'boolean') return value ? STALLED : FLOWING;
  return value === 0 ? FLOWING : value === 1 ? STALLED : undefined;
};

const isMissing = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'string' && value.trim() === '');

const EXPECTED = '0 or flowing, 1 or stalled';

/** The label of a vote; it may not be missing. */
export const VoteLabel: FieldCodec<Label> = fieldCodec(
  'Label',
  (value) => {
    const label = labelOf(value);
    return label === undefined ? undefined : { value: label };
  },
  (value) => ({
    expected: EXPECTED,
    fix: isMissing(value)
      ? 'Remove the row if the annotator did not answer.'
      : 'Write one of these, or remove the row.',
  }),
);

/** The label of gold; an empty one means that no expert looked. */
export const GoldLabel: FieldCodec<Label | undefined> = fieldCodec(
  'Label or nothing',
  (value) => {
    const label = isMissing(value) ? undefined : labelOf(value);
    return label === undefined && !isMissing(value) ? undefined : { value: label };
  },
  () => ({ expected: `${EXPECTED}, or nothing`, fix: 'Write one of these; leave it empty if no expert looked.' }),
);

/** What `labelAt` answers for bytes that spell no label. */
export const NO_LABEL = 2;

const ZERO = 48;

/** The label that bytes `from` .. `to - 1` spell. One digit, the usual case, needs no string. */
export const labelAt = (bytes: Uint8Array, from: number, to: number): Label | typeof NO_LABEL => {
  if (to - from === 1) {
    const digit = bytes[from] - ZERO;
    if (digit === FLOWING || digit === STALLED) return digit;
  }
  return labelOf(textOf(bytes, from, to)) ?? NO_LABEL;
};
