import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sha256 } from '../../src/kernel/ids/sha256.js';

const reference = (text: string): string => createHash('sha256').update(text).digest('hex');

test('sha256() is the hash that Node computes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => sha256(text) === reference(text)),
    { numRuns: 1000 },
  );
});

test('sha256() pads texts of every length right', () => {
  const texts = Array.from({ length: 200 }, (_, length) => 'é'.repeat(length % 3) + 'a'.repeat(length));
  expect(texts.map(sha256)).toEqual(texts.map(reference));
});
