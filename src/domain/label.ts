/**
 * The verdict on one stack. `STALLED = 1` is the positive class everywhere, forever.
 *
 * Arrays of labels are `Uint8Array`s of these two values.
 */
export type Label = 0 | 1;

/** Blood flows: the negative class, about 99 of 100 stacks. */
export const FLOWING = 0;

/** Blood stands still: the positive, rare class. */
export const STALLED = 1;

/** The word for a label, as it stands in decisions and reports. */
export const labelName = (label: Label): 'stalled' | 'flowing' => (label === STALLED ? 'stalled' : 'flowing');
