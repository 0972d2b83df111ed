import { defineConfig } from 'vitest/config';

/** Guarantees by simulation. `TANDEM_SLOW_REPETITIONS` shortens them, for CI. */
export default defineConfig({
  test: {
    pool: 'forks',
    include: ['test/slow/**/*.test.ts'],
    reporters: ['default', './test/tally.ts'],
    testTimeout: 3_600_000,
  },
});
