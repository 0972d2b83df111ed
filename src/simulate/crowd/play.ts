import { STALLED } from '../../domain/label.js';
import { normalDeviates } from '../../kernel/random/normalDeviate.js';
import { type Random, type Seed, shuffleInPlace, splitSeed } from '../../kernel/random/prng.js';
import type { PlayOptions, PlaySetting, SimulatedVotes, Stacks, VoteSetting } from '../settings.js';
import { aliasTable, drawFrom } from './alias.js';
import type { Crowd } from './crowd.js';
import { asksOn, drawCounts, mostVotes, type Regime, regimeOf } from './regime.js';
import { annotatorDraw } from './votes.js';

/** The rates of the published years; drift and fatigue are assumed. */
export const TYPICAL_PLAY: PlaySetting = {
  answersPerDay: 6700,
  events: 0,
  novices: { answers: 60 },
  driftSd: 0.01,
  fatigue: { after: 200, factor: 0.9 },
  known: { stacks: 444, stalled: 0.3, share: 0.45, tau: 0.8, eagerness: 0 },
};

/** Fills in what the caller left out. */
export const playSetting = (options: PlayOptions): PlaySetting => ({
  answersPerDay: options.answersPerDay ?? TYPICAL_PLAY.answersPerDay,
  events: options.events ?? TYPICAL_PLAY.events,
  novices: { ...TYPICAL_PLAY.novices, ...options.novices },
  driftSd: options.driftSd ?? TYPICAL_PLAY.driftSd,
  fatigue: { ...TYPICAL_PLAY.fatigue, ...options.fatigue },
  known: { ...TYPICAL_PLAY.known, ...options.known },
});

/** Answers in a session: exp(N(ln 30, 1)), so that one session in 35 is longer than 200. */
const SESSION_LOG_MEAN = 3.4011973816621555;
/** Seconds per answer of an account: exp(N(ln 21, .5²)), nobody faster than the fastest measured. */
const PACE_LOG_MEAN = 3.044522437723423;
const PACE_LOG_SD = 0.5;
const FASTEST = 6.8;
/** Between two sessions of one account, at least. */
const BREAK = 600;
/** Times are whole seconds below 2^28 and rows below 2^25, so both fit into one double that sorts by time. */
const ROWS = 0x2000000;

/** When people come: days of unequal rate. */
interface Calendar {
  readonly days: number;
  /** Draws the start of a session, in seconds from the start of day 0. */
  readonly start: () => number;
}

const SECONDS_PER_DAY = 86_400;

/** 1 + .5 cos(2πk/7) from Monday, the busiest day; written out, as the last digits of a cosine differ between engines. */
const WEEK = [1.5, 1.3117449, 0.8887395, 0.5495156, 0.5495156, 0.8887395, 1.3117449];
/** Answers of an event of 24 hours, at 67 a minute, over the 6,700 of an ordinary day. */
const EVENT_RATE = 14.4;

/** Days enough for `answers` at `perDay`, of which `events` random days are events. */
const drawCalendar = (
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

/** Planned answers before they have a time: row v is one answer of `annotatorOf[v]` on `stackOf[v]`, in random order. */
interface Plan {
  readonly stackOf: Uint32Array;
  readonly annotatorOf: Uint32Array;
  readonly answers: number;
}

interface World {
  readonly stacks: Stacks;
  readonly crowd: Crowd;
  readonly setting: VoteSetting;
  readonly play: PlaySetting;
}

const plan = ({ stacks, crowd, play }: World, regime: Regime, counts: Uint16Array, seed: Seed): Plan => {
  const { ring, annotatorIds } = crowd;
  const research = counts.length;
  const next = annotatorDraw(crowd, splitSeed(seed, 'who votes'));
  const ringVisits = splitSeed(seed, 'ring');
  const stackOf: number[] = [];
  const annotatorOf: number[] = [];
  const done = new Uint32Array(annotatorIds.length);
  for (let s = 0; s < research; s++) {
    const most = counts[s] === 0 ? 0 : mostVotes(regime, counts[s]);
    const together = Math.min(ring.accounts, counts[s]);
    const ringVotes = ringVisits() * together < ring.votes * counts[s] ? together : 0;
    for (let k = 0; k < most; k++) {
      const a = k < ringVotes ? ring.first + k : next(s);
      stackOf.push(s);
      annotatorOf.push(a);
      done[a]++;
    }
  }
  // Each account gets known stacks at the wanted rate, each of them once: the busiest accounts see them all.
  const pool = Uint32Array.from({ length: stacks.stackIds.length - research }, (_, k) => research + k);
  const random = splitSeed(seed, 'known served');
  for (let a = 0; a < done.length; a++) {
    const wanted = (done[a] * play.known.share) / (1 - play.known.share);
    const served = Math.min(pool.length, Math.floor(wanted + random()));
    for (let k = 0; k < served; k++) {
      const other = k + Math.floor(random() * (pool.length - k));
      [pool[k], pool[other]] = [pool[other], pool[k]];
      stackOf.push(pool[k]);
      annotatorOf.push(a);
    }
  }
  const columns = { stackOf: Uint32Array.from(stackOf), annotatorOf: Uint32Array.from(annotatorOf) };
  shuffleInPlace(columns.stackOf, splitSeed(seed, 'arrival'));
  shuffleInPlace(columns.annotatorOf, splitSeed(seed, 'arrival'));
  // A stop rule cancels some of the planned answers: the rest sets the number of days.
  const spared = counts.reduce((sum, n) => sum + Math.max(0, n - (regime.unanimousAt ?? n)), 0);
  return { ...columns, answers: Math.max(1, stackOf.length - spared) };
};

/** Every planned answer with its second and its place in its session, in order of time. */
const schedule = ({ annotatorOf }: Plan, accounts: number, calendar: Calendar, seed: Seed) => {
  const rowsOf: number[][] = Array.from({ length: accounts }, () => []);
  for (let v = 0; v < annotatorOf.length; v++) rowsOf[annotatorOf[v]].push(v);
  const length = normalDeviates(splitSeed(seed, 'sessions'));
  const pace = normalDeviates(splitSeed(seed, 'pace'));
  const tiredness = new Uint32Array(annotatorOf.length);
  const keys = new Float64Array(annotatorOf.length);
  for (let a = 0; a < accounts; a++) {
    const rows = rowsOf[a];
    const lengths: number[] = [];
    for (let left = rows.length; left > 0; left -= lengths[lengths.length - 1]) {
      lengths.push(Math.min(left, Math.ceil(Math.exp(SESSION_LOG_MEAN + length()))));
    }
    const starts = Float64Array.from(lengths, () => calendar.start()).sort();
    const perAnswer = Math.max(FASTEST, Math.exp(PACE_LOG_MEAN + PACE_LOG_SD * pace()));
    let [row, free] = [0, 0];
    for (let i = 0; i < lengths.length; i++) {
      const start = Math.max(starts[i], free);
      for (let k = 0; k < lengths[i]; k++) {
        const v = rows[row++];
        tiredness[v] = k;
        keys[v] = Math.floor(start + k * perAnswer) * ROWS + v;
      }
      free = start + lengths[i] * perAnswer + BREAK;
    }
  }
  keys.sort();
  if (keys.length >= ROWS || (keys.at(-1) ?? 0) > Number.MAX_SAFE_INTEGER) {
    throw new RangeError(
      `votes: expected fewer than ${ROWS} in fewer than 3,000 days, got ${keys.length}; add annotators`,
    );
  }
  return { keys, tiredness };
};

/**
 * Draws votes as they come in: sessions on a calendar, beginners, drift, fatigue, known-answer stacks in between.
 *
 * α_i(t) = α_i · beginner · fatigue · exp(walk),   β_i(t) = β_i + walk − eagerness on known stacks
 *
 * @param world - `stacks` with the known ones last
 * @throws RangeError when a stack wants more votes than there are accounts
 */
export const playVotes = (world: World & { readonly noviceFactor: number }, seed: Seed): SimulatedVotes => {
  const { stacks, crowd, setting, play, noviceFactor } = world;
  const { stackIds, truth, difficulty, flaw, isKnown } = stacks;
  const { annotatorIds, skill, bias, ring } = crowd;
  const regime = regimeOf(setting.perStack);
  const research = stackIds.length - (isKnown === undefined ? 0 : play.known.stacks);
  const counts = drawCounts(regime.mix, { stacks: research, random: splitSeed(seed, 'votes per stack') });
  const most = counts.reduce((max, count) => Math.max(max, count === 0 ? 0 : mostVotes(regime, count)), 0);
  if (most > ring.first)
    throw new RangeError(`annotators: expected at least ${most} outside a ring, got ${ring.first}`);
  const planned = plan(world, regime, counts, seed);
  const calendar = drawCalendar({ answers: planned.answers, perDay: play.answersPerDay, events: play.events }, seed);
  const { keys, tiredness } = schedule(planned, annotatorIds.length, calendar, seed);

  const asked = new Uint32Array(stackIds.length);
  const stalled = new Uint32Array(stackIds.length);
  const ringLabel = new Int8Array(stackIds.length).fill(-1);
  const answers = new Uint32Array(annotatorIds.length);
  const today = new Int32Array(annotatorIds.length);
  const walk = { logSkill: new Float64Array(annotatorIds.length), bias: new Float64Array(annotatorIds.length) };
  const drift = normalDeviates(splitSeed(seed, 'drift'));
  const noise = normalDeviates(splitSeed(seed, 'vote noise'));
  const stackOf = new Uint32Array(keys.length);
  const annotatorOf = new Uint32Array(keys.length);
  const label = new Uint8Array(keys.length);
  const seconds = new Float64Array(keys.length);
  let v = 0;
  for (let i = 0; i < keys.length; i++) {
    const second = Math.floor(keys[i] / ROWS);
    const row = keys[i] - second * ROWS;
    const [s, a] = [planned.stackOf[row], planned.annotatorOf[row]];
    const known = s >= research;
    if (!known && !asksOn(regime, counts[s], asked[s], stalled[s])) continue;
    const isLooking = skill[a] !== 0;
    const day = Math.floor(second / SECONDS_PER_DAY);
    if (day > today[a]) {
      const step = play.driftSd * Math.sqrt(day - today[a]);
      walk.logSkill[a] += step * drift();
      walk.bias[a] += step * drift();
      today[a] = day;
    }
    const trait = truth[s] === STALLED ? setting.stalled : setting.flowing;
    const tau = known && truth[s] === STALLED ? play.known.tau : trait.tau;
    const beginner = answers[a] < play.novices.answers ? noviceFactor : 1;
    const tired = tiredness[row] >= play.fatigue.after ? play.fatigue.factor : 1;
    const alpha = skill[a] * beginner * tired * Math.exp(walk.logSkill[a]);
    // Accounts that do not look have no eagerness and no drift.
    const beta = isLooking ? bias[a] + walk.bias[a] - (known ? play.known.eagerness : 0) : bias[a];
    const own = Number(alpha * (trait.c + tau * difficulty[s]) - beta + noise() > 0);
    // People who look at an unreadable stack flag it instead of voting.
    if (isLooking && (flaw?.[s] ?? 0) > 0) continue;
    const inRing = a >= ring.first && !known;
    if (inRing && ringLabel[s] < 0) ringLabel[s] = own;
    stackOf[v] = s;
    annotatorOf[v] = a;
    label[v] = inRing ? ringLabel[s] : own;
    seconds[v] = second;
    answers[a]++;
    asked[s]++;
    stalled[s] += label[v];
    v++;
  }
  return {
    stackIds,
    annotatorIds,
    stackOf: stackOf.slice(0, v),
    annotatorOf: annotatorOf.slice(0, v),
    label: label.slice(0, v),
    seconds: seconds.slice(0, v),
    known: Uint8Array.from(stackOf.subarray(0, v), (s) => Number(s >= research)),
  };
};
