/** Where an event stands in time. */
interface Moment {
  readonly eventId: string;
  readonly at?: number;
}

/** Code units in the order of their code points, which is the order of UTF-8 bytes: surrogates come last. */
const place = (unit: number): number => (unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800);

/** Ids in UTF-8 byte order, the canonical order of this library. */
export const compareIds = (a: string, b: string): number => {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return place(x) - place(y);
  }
  return a.length - b.length;
};

/** Events from early to late: by `at`, those without one last, then by id. No order of delivery comes into it. */
export const compareMoments = (a: Moment, b: Moment): number => {
  const x = a.at ?? Number.POSITIVE_INFINITY;
  const y = b.at ?? Number.POSITIVE_INFINITY;
  return x === y ? compareIds(a.eventId, b.eventId) : x - y;
};
