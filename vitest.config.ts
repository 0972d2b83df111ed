import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Child processes, because native modules loaded later do not survive worker threads.
    pool: 'forks',
    // A test file waits for child processes most of the time, so no processor is kept back for this one.
    maxWorkers: '100%',
    include: ['test/**/*.test.ts'],
    exclude: ['test/slow/**', 'node_modules/**'],
    setupFiles: ['./test/cases.ts'],
    reporters: ['default', './test/tally.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
