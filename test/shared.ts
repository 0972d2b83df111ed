import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';

/** Real data sets lie beside the checkout, where there are any; their licences keep them out of it. */
const SHARED = join(import.meta.dirname, '..', '..', 'shared', 'data');

export const shared = (...path: string[]): string => join(SHARED, ...path);

/** A test that needs real data; skipped, and says so, where it is absent. */
export const testWithShared = (
  name: string,
  needs: readonly string[],
  body: () => void | Promise<void>,
  timeout?: number,
): void => {
  const missing = needs.filter((path) => !existsSync(shared(path)));
  if (missing.length === 0) test(name, body, timeout);
  else test.skip(`${name} (skipped: shared/data/${missing[0]} is not here)`, body);
};
