import { STALLED } from '../../domain/label.js';
import { normalDeviates } from '../../kernel/random/normalDeviate.js';
import { type Random, type Seed, shuffleInPlace, splitSeed } from '../../kernel/random/prng.js';
import type { SimulatedVotes, Stacks, VoteSetting } from '../settings.js';
import { drawFrom } from './alias.js';
import type { Crowd } from './crowd.js';
import { asksOn, drawCounts, mostVotes, regimeOf } from './regime.js';

/** The typical traits: player sensitivity about .69, specificity about .98. */
export const TYPICAL_VOTES: VoteSetting = {
  perStack: 'E7',
  flowing: { c: -3.5, tau: 1.3 },
  stalled: { c: 0.8, tau: 1.2 },
};

/** Tries within the drawn kind, then among catchers. After that any account that has not voted here is taken. */
const TRIES_WITHIN_KIND = 8;
const TRIES = 64;

/** Draws who votes next: kind by share of votes, account by activity, nobody twice on one stack. */
export const annotatorDraw = (crowd: Crowd, random: Random): ((s: number) => number) => {
  const { groups, byShare, ring } = crowd;
  const lastStack = new Uint32Array(ring.first);
  return (s) => {
    let group = groups[drawFrom(byShare, random)];
    for (let tries = 0; tries < TRIES; tries++) {
      const a = group.first + drawFrom(group.byActivity, random);
      if (lastStack[a] !== s + 1) {
        lastStack[a] = s + 1;
        return a;
      }
      if (tries === TRIES_WITHIN_KIND) group = groups[0];
    }
    let a = Math.floor(random() * ring.first);
    while (lastStack[a] === s + 1) a = a + 1 === ring.first ? 0 : a + 1;
    lastStack[a] = s + 1;
    return a;
  };
};

/**
 * Draws the votes: people see the evidence of a stack with their own noise, and err together on stacks that mislead.
 *
 * P(vote stalled | truth y, difficulty u, annotator i) = Φ(α_i (c_y + τ_y u) − β_i), independent given u
 *
 * @throws RangeError when a stack wants more votes than there are accounts
 */
export const drawVotes = (
  world: { readonly stacks: Stacks; readonly crowd: Crowd; readonly setting: VoteSetting },
  seed: Seed,
): SimulatedVotes => {
  const { stacks, crowd, setting } = world;
  const { stackIds, truth, difficulty, flaw } = stacks;
  const { annotatorIds, skill, bias, ring } = crowd;
  const regime = regimeOf(setting.perStack);
  const counts = drawCounts(regime.mix, { stacks: stackIds.length, random: splitSeed(seed, 'votes per stack') });
  const mostAt = (count: number): number => (count === 0 ? 0 : mostVotes(regime, count));
  const most = counts.reduce((max, count) => Math.max(max, mostAt(count)), 0);
  if (most > ring.first)
    throw new RangeError(`annotators: expected at least ${most} outside a ring, got ${ring.first}`);
  const capacity = counts.reduce((sum, count) => sum + mostAt(count), 0);
  const stackOf = new Uint32Array(capacity);
  const annotatorOf = new Uint32Array(capacity);
  const label = new Uint8Array(capacity);
  const nextAnnotator = annotatorDraw(crowd, splitSeed(seed, 'who votes'));
  const noise = normalDeviates(splitSeed(seed, 'vote noise'));
  const ringVisits = splitSeed(seed, 'ring');

  let v = 0;
  for (let s = 0; s < stackIds.length; s++) {
    const trait = truth[s] === STALLED ? setting.stalled : setting.flowing;
    const evidence = trait.c + trait.tau * difficulty[s];
    const unread = (flaw?.[s] ?? 0) > 0;
    // The ring comes first, all of it together. At this rate of visits its share of votes is as stated.
    const together = Math.min(ring.accounts, counts[s]);
    const ringVotes = ringVisits() * together < ring.votes * counts[s] ? together : 0;
    let stalledVotes = 0;
    let leader = 0;
    for (let k = 0; counts[s] > 0 && asksOn(regime, counts[s], k, stalledVotes); k++) {
      const copies = k > 0 && k < ringVotes;
      const a = k < ringVotes ? ring.first + k : nextAnnotator(s);
      // The sign of evidence plus unit noise is the probit model without evaluating Φ.
      const cast = copies ? leader : Number(skill[a] * evidence - bias[a] + noise() > 0);
      if (k === 0) leader = cast;
      stalledVotes += cast;
      // People who look at an unreadable stack flag it instead of voting; accounts that do not look vote.
      if (unread && skill[a] !== 0) continue;
      stackOf[v] = s;
      annotatorOf[v] = a;
      label[v] = cast;
      v++;
    }
  }
  const inOrder = { stackOf: stackOf.slice(0, v), annotatorOf: annotatorOf.slice(0, v), label: label.slice(0, v) };
  // Each column has a stream of its own with the same seed: the permutations are equal.
  for (const column of [inOrder.stackOf, inOrder.annotatorOf, inOrder.label]) {
    shuffleInPlace(column, splitSeed(seed, 'arrival'));
  }
  return { stackIds, annotatorIds, ...inOrder };
};
