import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/** Real data sets whose licences keep them out of the repository lie beside the checkout, where there are any. */
const SHARED = join(ROOT, '..', 'shared', 'data');

/** Real crowd sets that come with every clone. */
export const BUNDLED = join(ROOT, 'bench', 'data');

export const shared = (...path: string[]): string => join(SHARED, ...path);

export interface CrowdSet {
  readonly votes: string;
  readonly truth: string;
  /** Published figures on this set, read when called. */
  readonly figures: () => PublishedFigures;
  /** What a test of this set needs from beside the checkout: nothing, if the set is bundled. */
  readonly needs: readonly string[];
}

interface Figures {
  readonly accuracy: number;
  readonly logloss: number;
}

export interface PublishedFigures {
  readonly krippendorff_alpha_nominal: number;
  readonly crowdkit: Readonly<Record<'GLAD', Figures>>;
  readonly extra: Readonly<Record<'IBCC_VB' | 'BWA' | 'EBCC_5seeds', Figures>>;
}

const REFERENCE = '../facts/crowd_reference.json';

/** A real crowd set: the copy in the repository, or else the one beside it. */
export const crowdSet = (name: string): CrowdSet => {
  const isBundled = existsSync(join(BUNDLED, name));
  const file = (part: string): string =>
    isBundled ? join(BUNDLED, name, `${part}.csv.gz`) : shared('crowd', name, `${part}.csv`);
  const reference = isBundled ? join(BUNDLED, 'reference.json') : shared(REFERENCE);
  return {
    votes: file('votes'),
    truth: file('truth'),
    figures: () => JSON.parse(readFileSync(reference, 'utf8')).datasets[name],
    needs: isBundled ? [] : [`crowd/${name}`, REFERENCE],
  };
};

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
