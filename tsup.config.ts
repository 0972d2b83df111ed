import { defineConfig } from 'tsup';

// ESM only: `require()` of an ES module works on every Node this package supports (docs/decisions/0001).
export default defineConfig({
  entry: {
    index: 'src/index.ts',
    model: 'src/model.ts',
    testing: 'src/testing.ts',
    cli: 'src/cli.ts',
    // Child processes of the scoring pool; beside the chunks, which look for it there.
    worker: 'src/model/worker.ts',
  },
  format: ['esm'],
  target: 'node20',
  dts: { entry: ['src/index.ts', 'src/model.ts', 'src/testing.ts'] },
  sourcemap: true,
  clean: true,
  splitting: true,
});
