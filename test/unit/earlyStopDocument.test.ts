import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { format, getOrThrow } from '../../src/domain/errors.js';
import { fitEarlyStop } from '../../src/model/inference/earlyStop.js';
import {
  decodeEarlyStop,
  type EarlyStopDocument,
  encodeEarlyStop,
} from '../../src/model/inference/earlyStopDocument.js';

const document: EarlyStopDocument = {
  schema: 'tandem-early-stop/1',
  pipeline: 'a'.repeat(64),
  models: ['b'.repeat(64)],
  edges: [0.1, 0.7],
  risk: {
    margins: [3, 1, 0],
    certificate: {
      risk: 0.01,
      confidence: 0.95,
      fitted: 900,
      bands: [
        { stacks: 300, moved: 0 },
        { stacks: 310, moved: 0 },
        { stacks: 500, moved: 1 },
      ],
      passes: 1.5,
      all: 3,
    },
  },
};

/** What a user reads when a field is wrong. */
const complaint = (changed: Readonly<Record<string, unknown>>): string => {
  const decoded = decodeEarlyStop('early-stop.json', JSON.stringify({ ...document, ...changed }));
  return E.isLeft(decoded) ? format(decoded.left) : 'accepted';
};

describe('an early-stop document', () => {
  test('comes back as it was, with a risk and without', () => {
    const { risk, ...exact } = document;
    for (const one of [document, exact]) {
      expect(getOrThrow(decodeEarlyStop('f', encodeEarlyStop(one)))).toEqual(one);
    }
  });

  test('margins between looks survive JSON', () => {
    const rows = Array.from({ length: 1300 }, (_, s) =>
      Array.from({ length: 6 }, (__, k) => (s % 2 === 0 ? 0.02 : 0.97) + 0.001 * ((s + k) % 3)),
    );
    const stop = getOrThrow(fitEarlyStop({ edges: [0.5], looks: [3, 6] })(rows) as E.Either<never, EarlyStopDocument>);
    const text = encodeEarlyStop({ ...document, edges: stop.edges, ...(stop.risk && { risk: stop.risk }) });
    expect(getOrThrow(decodeEarlyStop('f', text)).risk).toEqual(stop.risk);
  });

  test.each([
    [{ schema: 'tandem-policy/1' }, 'field "schema": expected "tandem-early-stop/1", found "tandem-policy/1"'],
    [{ pipeline: 7 }, 'field "pipeline": expected string, found 7'],
    [{ models: 'b' }, 'field "models": expected a list of SHA-256 sums, found "b"'],
    [{ edges: [] }, 'field "edges": expected rising scores, one or more'],
    [{ edges: [0.7, 0.1] }, 'field "edges": expected rising scores, one or more'],
    [{ edges: [0.7, 0.7] }, 'field "edges": expected rising scores, one or more'],
    [{ edges: [1] }, 'field "edges.0": expected a number between 0 and 1, both excluded, found 1'],
    [{ edges: undefined }, 'field "edges": expected a list of numbers between 0 and 1'],
    [{ risk: { margins: [1] } }, 'field "risk.certificate": expected a certificate'],
    [{ risk: { ...document.risk, margins: [-1] } }, 'field "risk.margins.0": expected a number, 0 or more, found -1'],
  ])('%j is told by its field', (changed, words) => {
    expect(complaint(changed)).toContain(words);
    expect(complaint(changed)).toContain('Write the file with `tandem model early-stop`.');
  });

  test('what is no JSON is told so', () => {
    const decoded = decodeEarlyStop('early-stop.json', '{');
    expect(E.isLeft(decoded) && format(decoded.left)).toContain('expected the JSON document of an early stop');
  });

  test('no text makes it throw', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(E.isLeft(decodeEarlyStop('f', text))).toBe(true);
      }),
    );
  });
});
