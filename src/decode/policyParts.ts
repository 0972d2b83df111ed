import * as t from 'io-ts';

/** The pieces that policy documents are made of. */

export const between = (name: string, holds: (n: number) => boolean): t.Type<number, unknown, unknown> =>
  new t.Type<number, unknown, unknown>(
    name,
    (u): u is number => typeof u === 'number' && holds(u),
    (u, context) => (typeof u === 'number' && holds(u) ? t.success(u) : t.failure(u, context)),
    t.identity,
  );

export const Finite = between('a finite number', Number.isFinite);
export const AtLeast0 = between('a number, 0 or more', (n) => n >= 0 && Number.isFinite(n));
export const Open = between('a number between 0 and 1, both excluded', (n) => n > 0 && n < 1);
export const Closed = between('a number from 0 to 1', (n) => n >= 0 && n <= 1);
export const Count = between('a whole number, 0 or more', (n) => Number.isSafeInteger(n) && n >= 0);
export const Positive = between('a whole number, 1 or more', (n) => Number.isSafeInteger(n) && n >= 1);
export const Whole = between('a whole number', Number.isSafeInteger);

export const Targets = t.strict({ sensitivity: Open, specificity: Open, confidence: Open }, 'targets');

/** An object with some keys that may be absent; absent stays absent. */
export const withOptional = <R extends t.Props, O extends t.Props>(required: R, optional: O, name: string) =>
  t.exact(t.intersection([t.type(required), t.partial(optional)]), name);

export const Risk = withOptional(
  { limit: Open, delta: Open, gold: Count, observed: Count, goldNeeded: Count },
  { allowed: Count, atMost: Closed },
  'a risk certificate',
);

/** One of several tagged shapes. The tag picks the shape, so a mistake inside is reported once, where it is. */
export const tagged = <C extends Record<string, t.Mixed>>(shapes: C): t.Type<t.TypeOf<C[keyof C]>, unknown, unknown> =>
  new t.Type(
    `a _tag of ${Object.keys(shapes).join(', ')}`,
    (u): u is t.TypeOf<C[keyof C]> => Object.values(shapes).some((shape) => shape.is(u)),
    (u, context) => {
      const tag = typeof u === 'object' && u !== null && '_tag' in u ? u._tag : undefined;
      const shape = typeof tag === 'string' && Object.hasOwn(shapes, tag) ? shapes[tag] : undefined;
      if (shape === undefined) return t.failure(tag, context);
      // From here on the path leads through the shape, whose own members are no part of it.
      const [last] = context.slice(-1);
      return shape.validate(u, [...context.slice(0, -1), { ...last, type: shape }]);
    },
    t.identity,
  );
