import { expect, test } from 'vitest';
import { copyingPairs } from '../../src/kernel/crowd/copying.js';
import { digamma, logGamma } from '../../src/kernel/special/stirling.js';

test('digamma() and logGamma() have their closed forms to 1e-13', () => {
  const euler = 0.5772156649015329;
  const close = (found: number, wanted: number) =>
    expect(Math.abs(found - wanted)).toBeLessThan(1e-13 * Math.max(1, Math.abs(wanted)));
  close(digamma(1), -euler);
  close(digamma(0.5), -euler - 2 * Math.LN2);
  close(digamma(0.01), -100.56088545786868);
  let harmonic = 0;
  for (let n = 1; n < 60; n++) {
    close(digamma(n), harmonic - euler);
    harmonic += 1 / n;
  }
  let logFactorial = 0;
  for (let n = 1; n < 60; n++) {
    close(logGamma(n), logFactorial);
    logFactorial += Math.log(n);
  }
  close(logGamma(0.5), 0.5 * Math.log(Math.PI));
  close(logGamma(0.01), 4.599479878042022);
  expect(digamma(1e9)).toBeCloseTo(Math.log(1e9) - 0.5e-9, 12);
});

/** Nothing is made of any stack. */
const open = (nStacks: number) => ({
  logOdds: new Float64Array(nStacks),
  stalled: new Float64Array(2),
  flowing: new Float64Array(2),
});

test('copyingPairs() gives the hypergeometric tail of a single level', () => {
  // Two annotators and nobody else: one level, and no other pair to learn an odds ratio from but this one.
  const n = 16;
  const stalled = 8;
  const rows = (label: (a: number, s: number) => number) => ({
    offsets: Uint32Array.from({ length: n + 1 }, (_, s) => 2 * s),
    annotatorOf: Uint32Array.from({ length: 2 * n }, (_, v) => v % 2),
    label: Uint8Array.from({ length: 2 * n }, (_, v) => label(v % 2, Math.floor(v / 2))),
  });
  const options = { anonymous: -1, falseAlarm: 0.01 };
  const [pair] = copyingPairs(
    rows((_a, s) => Number(s < stalled)),
    open(n),
    options,
  ).pairs;
  expect(pair).toMatchObject({ first: 0, second: 1, shared: 16, identical: 16 });
  // Identical answers leave no discordant pair, hence no odds ratio above 1: P = 1 / C(16, 8).
  expect(Math.abs(pair.probability - 1 / 12870)).toBeLessThan(1e-15);
  expect(
    copyingPairs(
      rows((a, s) => Number((s + 4 * a) % n < stalled)),
      open(n),
      options,
    ).pairs,
  ).toEqual([]);
});

test('copyingPairs() asks for enough shared stacks that likeness could be improbable', () => {
  const n = 12;
  const votes = {
    offsets: Uint32Array.from({ length: n + 1 }, (_, s) => 2 * s),
    annotatorOf: Uint32Array.from({ length: 2 * n }, (_, v) => v % 2),
    label: Uint8Array.from({ length: 2 * n }, (_, v) => Math.floor(v / 2) % 2),
  };
  // 1 / C(12, 6) = 1 / 924.
  expect(copyingPairs(votes, open(n), { anonymous: -1, falseAlarm: 0.001 }).pairs).toEqual([]);
  expect(copyingPairs(votes, open(n), { anonymous: -1, falseAlarm: 0.002 }).pairs.length).toBe(1);
});
