import { type FieldCodec, fieldCodec } from '../text/fieldCodec.js';

/** What `timeAt` answers for an empty cell, and for bytes that spell no time. Neither is a time that it can answer. */
export const NO_TIME = Number.NEGATIVE_INFINITY;
export const BAD_TIME = Number.POSITIVE_INFINITY;

const [SPACE, DASH, COLON, POINT, ZERO, PLUS] = Array.from(' -:.0+', (c) => c.charCodeAt(0));
const MINUTE = 60_000;
/** Unix times below are seconds, the others milliseconds: 1e11 is the year 5138 in the one, 1973 in the other. */
const MOST_SECONDS = 1e11;
/** A smaller number is a duration or a sequence number rather than a moment: 1e8 s is 1973. */
const LEAST_SECONDS = 1e8;
const MOST_MILLISECONDS = 1e14;

/** The number that digits `from` .. `to - 1` spell, or NaN. */
const digits = (bytes: Uint8Array, from: number, to: number): number => {
  let value = 0;
  for (let i = from; i < to; i++) {
    const digit = bytes[i] - ZERO;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = 10 * value + digit;
  }
  return to > from ? value : Number.NaN;
};

const daysIn = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();

/** Midnight of a day, UTC, or NaN where the calendar has no such day. */
const midnight = (year: number, month: number, day: number): number =>
  month >= 1 && month <= 12 && day >= 1 && (day <= 28 || day <= daysIn(year, month))
    ? Date.UTC(year, month - 1, day)
    : Number.NaN;

/** Minutes that a zone is ahead of UTC: `Z`, `UTC`, `GMT`, `+01:00`, `+0100`, `+01`, or nothing, which is taken for UTC. */
const zoneAt = (bytes: Uint8Array, start: number, to: number): number => {
  let from = start;
  while (from < to && bytes[from] === SPACE) from++;
  if (from === to) return 0;
  const sign = bytes[from] === PLUS ? 1 : bytes[from] === DASH ? -1 : 0;
  if (sign === 0) {
    const word = String.fromCharCode(...bytes.subarray(from, Math.min(to, from + 4))).toUpperCase();
    return word === 'Z' || word === 'UTC' || word === 'GMT' ? 0 : Number.NaN;
  }
  const hours = digits(bytes, from + 1, from + 3);
  const rest = bytes[from + 3] === COLON && from + 3 < to ? from + 4 : from + 3;
  const minutes = rest === to && rest === from + 3 ? 0 : to - rest === 2 ? digits(bytes, rest, to) : Number.NaN;
  return hours <= 23 && minutes <= 59 ? sign * (60 * hours + minutes) : Number.NaN;
};

/** Milliseconds since midnight UTC of `HH:MM`, `HH:MM:SS` or `HH:MM:SS.fff` and a zone. */
const clockAt = (bytes: Uint8Array, from: number, to: number): number => {
  const hours = digits(bytes, from, from + 2);
  const minutes = bytes[from + 2] === COLON ? digits(bytes, from + 3, from + 5) : Number.NaN;
  let at = from + 5;
  let seconds = 0;
  if (bytes[at] === COLON && at < to) {
    seconds = digits(bytes, at + 1, at + 3);
    at += 3;
    if (bytes[at] === POINT && at < to) {
      let unit = 0.1;
      for (at++; at < to && bytes[at] >= ZERO && bytes[at] <= ZERO + 9; at++) {
        seconds += (bytes[at] - ZERO) * unit;
        unit /= 10;
      }
    }
  }
  // 24:00 is the end of a day; 60 is a leap second.
  if (at > to || !(hours <= 24 && minutes <= 59 && seconds < 61)) return Number.NaN;
  return Math.round(1000 * seconds) + MINUTE * (60 * hours + minutes - zoneAt(bytes, at, to));
};

/** Seconds or milliseconds since 1970 UTC as milliseconds, or NaN where the number cannot be one of them. */
const unixTime = (value: number): number => {
  if (value >= LEAST_SECONDS && value < MOST_SECONDS) return Math.round(1000 * value);
  return value >= MOST_SECONDS && value < MOST_MILLISECONDS ? value : Number.NaN;
};

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** The rarer ways: `30.11.2026 14:05`, `Thu Oct 09 09:00:00 UTC 2025`, and numbers. */
const otherTime = (bytes: Uint8Array, from: number, to: number): number => {
  const text = String.fromCharCode(...bytes.subarray(from, Math.min(to, from + 64)));
  if (/^\d+(\.\d*)?$/.test(text)) return unixTime(Number(text));
  const points = /^(\d{1,2})\.(\d{1,2})\.(\d{4})(?:,? +|$)/.exec(text);
  if (points !== null) {
    const day = midnight(Number(points[3]), Number(points[2]), Number(points[1]));
    return points[0].length === text.length ? day : day + clockAt(bytes, from + points[0].length, to);
  }
  const words = /^[a-z]{3} ([a-z]{3}) +(\d{1,2}) (\d\d:\d\d:\d\d) (?:UTC|GMT) (\d{4})$/i.exec(text);
  if (words === null) return Number.NaN;
  const day = midnight(Number(words[4]), MONTHS.indexOf(words[1].toLowerCase()) + 1, Number(words[2]));
  const clock = from + text.indexOf(words[3]);
  return day + clockAt(bytes, clock, clock + words[3].length);
};

/** The time that bytes `from` .. `to - 1` spell, in ms since 1970 UTC; `NO_TIME` where they are empty, `BAD_TIME` where they spell none. */
export const timeAt = (bytes: Uint8Array, start: number, end: number): number => {
  let from = start;
  let to = end;
  while (from < to && bytes[from] === SPACE) from++;
  while (to > from && bytes[to - 1] === SPACE) to--;
  if (from === to) return NO_TIME;
  let time = Number.NaN;
  if (to - from >= 10 && bytes[from + 4] === DASH && bytes[from + 7] === DASH) {
    const year = digits(bytes, from, from + 4);
    time = midnight(year, digits(bytes, from + 5, from + 7), digits(bytes, from + 8, from + 10));
    const isDated = to === from + 10;
    const between = bytes[from + 10];
    // T or t, or a space, stands between date and time.
    if (!isDated) time += between === SPACE || (between | 32) === 116 ? clockAt(bytes, from + 11, to) : Number.NaN;
  } else {
    time = otherTime(bytes, from, to);
  }
  return Number.isNaN(time) ? BAD_TIME : time;
};

const encoder = new TextEncoder();

/** When a vote was cast, in ms since 1970 UTC; nothing where the cell is empty. */
export const VoteTime: FieldCodec<number | undefined> = fieldCodec(
  'Time',
  (value) => {
    if (value === undefined || value === null) return { value: undefined };
    const bytes = typeof value === 'string' || typeof value === 'number' ? encoder.encode(String(value)) : undefined;
    const time = bytes === undefined ? BAD_TIME : timeAt(bytes, 0, bytes.length);
    if (time === BAD_TIME) return undefined;
    return { value: time === NO_TIME ? undefined : time };
  },
  (value) => ({
    expected:
      value === undefined
        ? 'a time, as other votes have'
        : 'a time such as 2026-01-05T09:15:02Z, 2026-01-05 09:15:02, or Unix seconds or milliseconds',
    fix: 'Correct it, name another column (--time-column NAME), or do not read times (--order none).',
  }),
);
