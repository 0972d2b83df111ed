import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll } from 'vitest';

/**
 * The child program of a pool, built from the sources as they are now. Inside the checkout, so that it finds the
 * packages it needs; gone after the tests of the file that asked.
 */
export const builtWorker = async (): Promise<URL> => {
  const root = join(import.meta.dirname, '..');
  const folder = mkdtempSync(join(root, 'node_modules', '.worker-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  await build({
    entryPoints: [join(root, 'src', 'model', 'inference', 'pool', 'worker.ts')],
    outfile: join(folder, 'worker.js'),
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
  });
  return pathToFileURL(join(folder, 'worker.js'));
};
