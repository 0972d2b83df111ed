import fc from 'fast-check';

/**
 * Laws try the same cases in every run, so that a commit passes or fails by its own merits. `TANDEM_SEED=random` tries
 * new ones (`npm run test:laws`), `TANDEM_SEED=286318258` those of a run that failed.
 */
const { TANDEM_SEED: seed = '20200501' } = process.env;

if (seed !== 'random') {
  if (!/^-?\d+$/.test(seed)) throw new Error(`TANDEM_SEED is "${seed}"; it must be a whole number, or "random"`);
  fc.configureGlobal({ seed: Number(seed) });
}
