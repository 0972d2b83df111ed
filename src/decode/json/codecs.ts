import * as t from 'io-ts';

/** The pieces that documents are made of. Each is named as a message names it: "expected a whole number, found 1.5". */

const that = <A>(name: string, is: (u: unknown) => u is A): t.Type<A, unknown, unknown> =>
  new t.Type<A, unknown, unknown>(name, is, (u, context) => (is(u) ? t.success(u) : t.failure(u, context)), t.identity);

export const number = (name: string, holds: (n: number) => boolean): t.Type<number, unknown, unknown> =>
  that(name, (u): u is number => typeof u === 'number' && holds(u));

export const text = (name: string, form: RegExp): t.Type<string, unknown, unknown> =>
  that(name, (u): u is string => typeof u === 'string' && form.test(u));

export const oneOf = <K extends string>(...keys: readonly K[]): t.Type<K, unknown, unknown> =>
  that(`one of ${keys.join(', ')}`, (u): u is K => keys.some((key) => key === u));

export const Finite = number('a finite number', Number.isFinite);
export const AtLeast0 = number('a number, 0 or more', (n) => n >= 0 && Number.isFinite(n));
export const Open = number('a number between 0 and 1, both excluded', (n) => n > 0 && n < 1);
export const Closed = number('a number from 0 to 1', (n) => n >= 0 && n <= 1);
export const Count = number('a whole number, 0 or more', (n) => Number.isSafeInteger(n) && n >= 0);
export const Positive = number('a whole number, 1 or more', (n) => Number.isSafeInteger(n) && n >= 1);
export const Whole = number('a whole number', Number.isSafeInteger);
export const wholeFrom = (least: number, most: number): t.Type<number, unknown, unknown> =>
  number(`a whole number from ${least} to ${most}`, (n) => Number.isInteger(n) && n >= least && n <= most);

export const listOf = <A>(of: t.Type<A, unknown, unknown>, least: number): t.Type<readonly A[], unknown, unknown> => {
  const list = t.readonlyArray(of);
  return new t.Type<readonly A[], unknown, unknown>(
    `${least} or more of: ${of.name}`,
    (u): u is readonly A[] => list.is(u) && u.length >= least,
    (u, context) => (Array.isArray(u) && u.length < least ? t.failure(u, context) : list.validate(u, context)),
    t.identity,
  );
};

/** An object with some keys that may be absent; absent stays absent. */
export const withOptional = <R extends t.Props, O extends t.Props>(required: R, optional: O, name: string) =>
  t.exact(t.intersection([t.type(required), t.partial(optional)]), name);

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

export const TargetsCodec = t.strict({ sensitivity: Open, specificity: Open, confidence: Open }, 'targets');

export const Risk = withOptional(
  { limit: Open, delta: Open, gold: Count, observed: Count, goldNeeded: Count },
  { allowed: Count, atMost: Closed },
  'a risk certificate',
);
