import { defineConfig } from 'tsup';

// ESM only: `require()` of an ES module works on every Node this package supports (docs/decisions/0001).
export default defineConfig({
  entry: ['src/index.ts', 'src/model.ts', 'src/testing.ts', 'src/cli.ts'],
  format: ['esm'],
  target: 'node20',
  dts: { entry: ['src/index.ts', 'src/model.ts', 'src/testing.ts'] },
  sourcemap: true,
  clean: true,
  splitting: true,
});
