import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { format, getOrThrow } from '../../src/domain/errors.js';
import * as Policy from '../../src/policy/index.js';
import * as Votes from '../../src/stages/votes/index.js';
import { batchOf, SEEDS } from './policies/batch.mjs';

/** Policies of version 0.1, and what that version decided about some batches; see `policies/make.mjs`. */

const textOf = (name: string): string => readFileSync(join(import.meta.dirname, 'policies', name), 'utf8');
const decisions: Readonly<Record<string, readonly string[]>> = JSON.parse(textOf('decisions.json'));

const codeOf = (next: Policy.Decisions['routing'][number]): string =>
  next._tag === 'Retire' ? 'fs'[next.label] : next._tag === 'AskCrowd' ? 'a' : 'e';

describe.each(['thresholds', 'asking'])('a tandem-policy/1 with %s', (name) => {
  const policy = getOrThrow(Policy.fromText('policy.json')(textOf(`${name}.json`)));

  test.each(['rows', 'none'] as const)(
    'never gives another label than it gave, and what it no longer decides goes to an expert (order: %s)',
    (order) => {
      const moves = new Map<string, number>();
      SEEDS.forEach((seed, i) => {
        const { stackIds, rows, scores } = batchOf(policy.skills.annotatorIds, seed);
        const votes = getOrThrow(Votes.from({ order })(rows));
        const { posterior, routing, stops } = Policy.decide(policy)({ votes, scores });
        const at = new Map(posterior.stackIds.map((id, s) => [id, s]));
        for (const [row, id] of stackIds.entries()) {
          const s = at.get(id);
          if (s === undefined) {
            expect(decisions[name][i][row]).toBe('-');
            continue;
          }
          const [then, now] = [decisions[name][i][row], codeOf(routing[s])];
          moves.set(then + now, (moves.get(then + now) ?? 0) + 1);
          // One vote without a score closes nothing any more.
          if (now === 'a' && then !== 'a') expect([posterior.scores[s], stops.votes[s] < 2]).toEqual([0, true]);
        }
      });
      const count = (...of: readonly string[]): number => of.reduce((sum, move) => sum + (moves.get(move) ?? 0), 0);
      expect(count('fs', 'sf', 'ef', 'es')).toBe(0);
      expect(count('fe', 'se')).toBeGreaterThan(5);
      // A stack that had stopped and was drawn back into the open by later votes: asked one vote at a time it was decided then, too.
      expect(count('af', 'as')).toBeLessThanOrEqual(name === 'asking' ? 12 : 0);
      expect(count('ff', 'ss')).toBeGreaterThan(900);
    },
  );

  test('is not certified, says so, and is written as a policy of today', () => {
    const { rows, scores } = batchOf(policy.skills.annotatorIds, 1);
    const votes = getOrThrow(Votes.from({ order: 'rows' })(rows));
    expect(Policy.isCertified(policy)).toBe(false);
    expect(policy.proof).toEqual({
      _tag: 'Provisional',
      because: { _tag: 'EarlierVersion', schema: 'tandem-policy/1' },
    });
    expect(Policy.decide(policy)({ votes, scores }).status).toBe('provisional');
    expect(Policy.verdict({ certified: Policy.isCertified(policy) })).toBe('insufficient evidence');
    expect(getOrThrow(Policy.fromText('policy.json')(Policy.toText(policy)))).toEqual(policy);
  });

  test('a changed one is refused by its hash', () => {
    const document = JSON.parse(textOf(`${name}.json`));
    const read = Policy.fromJSON({ ...document, prevalence: { ...document.prevalence, value: 0.5 } });
    if (read._tag === 'Right') throw Error('accepted');
    expect(format(read.left)).toContain('field "hash"');
  });
});
