import { type Random, type Seed, splitSeed } from '../../kernel/random/prng.js';
import { aliasTable, drawFrom } from './alias.js';

/** When people come: days of unequal rate. */
export interface Calendar {
  readonly days: number;
  /** Draws the start of a session, in seconds from the start of day 0. */
  readonly start: () => number;
}

export const SECONDS_PER_DAY = 86_400;

/** 1 + .5 cos(2πk/7) from Monday, the busiest day; written out, as the last digits of a cosine differ between engines. */
const WEEK = [1.5, 1.3117449, 0.8887395, 0.5495156, 0.5495156, 0.8887395, 1.3117449];
/** An event of 24 hours takes 67 answers a minute where an ordinary day takes 6,700: so many times as much. */
const EVENT_RATE = 14.4;

/** Days enough for `answers` at `perDay`, of which `events` random days are events. */
export const drawCalendar = (
  wish: { readonly answers: number; readonly perDay: number; readonly events: number },
  seed: Seed,
): Calendar => {
  const random: Random = splitSeed(seed, 'calendar');
  const days = Math.max(1, Math.ceil(wish.answers / wish.perDay - (EVENT_RATE - 1) * wish.events));
  const rate = Float64Array.from({ length: days }, (_, day) => WEEK[day % 7]);
  for (let event = 0; event < wish.events; event++) rate[Math.floor(random() * days)] = EVENT_RATE;
  const table = aliasTable(rate);
  return { days, start: () => Math.floor((drawFrom(table, random) + random()) * SECONDS_PER_DAY) };
};
