import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { DataFailure } from '../domain/errors.js';
import { type Ledger, ledgerFromText, NO_LOOKS } from '../policy/index.js';

/** What earlier fits on the same gold have spent, and where this fit writes it. */
export interface LedgerFile {
  readonly ledger: Ledger;
  readonly writeTo: string;
}

/**
 * The ledger that a fit goes on with: the file named, else ledger.json or policy.json in the folder of results, else an empty one.
 *
 * A ledger that is named is written again in its place, so that several folders can share it. That of a policy is only read.
 *
 * @param folder - of the results
 * @left InvalidInput when the file is damaged: then nobody knows what has been spent; IoFailure
 */
export const loadLedger = async (
  folder: string,
  named: string | undefined,
): Promise<E.Either<DataFailure, LedgerFile>> => {
  const own = join(folder, 'ledger.json');
  const path = [named, own, join(folder, 'policy.json')].find((one) => one !== undefined && existsSync(one));
  if (path === undefined) return E.right({ ledger: NO_LOOKS, writeTo: named ?? own });
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    return E.left({ _tag: 'IoFailure', path, doing: 'read', cause });
  }
  const ledger = ledgerFromText(path)(text);
  if (E.isLeft(ledger)) return ledger;
  const isPolicy = /"schema":\s*"tandem-policy\//.test(text);
  return E.right({ ledger: ledger.right, writeTo: isPolicy ? own : (named ?? own) });
};
