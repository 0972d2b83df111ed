import { createHash, timingSafeEqual } from 'node:crypto';
import * as E from 'fp-ts/lib/Either.js';
import type { InvalidInput, Issue } from '../domain/errors.js';

/** What a token may do. `admin` may do everything. */
export type Right = 'vote' | 'score' | 'gold' | 'read' | 'admin';

const RIGHTS: readonly Right[] = ['vote', 'score', 'gold', 'read', 'admin'];

/** Somebody who may use the service. */
export interface Token {
  /** Events sent with it belong to this source. */
  readonly source: string;
  readonly rights: readonly Right[];
  /** SHA-256 of the token, hexadecimal: whoever reads the file cannot use it. */
  readonly sha256: string;
}

/** The hash under which a token is kept. */
export const tokenHash = (token: string): string => createHash('sha256').update(token).digest('hex');

/**
 * Reads the tokens of a service: `[{ "source": "website", "rights": ["vote", "read"], "sha256": "…" }]`.
 *
 * @param value - parsed JSON
 * @param file - what to call it in errors
 */
export const readTokens = (value: unknown, file: string): E.Either<InvalidInput, readonly Token[]> => {
  const issues: Issue[] = [];
  const rows = Array.isArray(value) ? value : [];
  if (!Array.isArray(value)) {
    issues.push({
      found: 'something else',
      expected: 'a list of tokens',
      fix: 'Write [{"source": …, "rights": […], "sha256": …}].',
    });
  }
  const tokens = rows.flatMap((row: unknown, i): Token[] => {
    const { source, rights, sha256 } = (typeof row === 'object' && row !== null ? row : {}) as Record<string, unknown>;
    const bad = (field: string, found: unknown, expected: string, fix: string): void => {
      issues.push({ line: i + 1, field, found: JSON.stringify(found) ?? 'nothing', expected, fix });
    };
    if (typeof source !== 'string' || !/^[^/\s]+$/.test(source)) {
      bad('source', source, 'a name without / and spaces', 'Name who sends with this token.');
    }
    const isRights = Array.isArray(rights) && rights.length > 0 && rights.every((one) => RIGHTS.includes(one));
    if (!isRights) bad('rights', rights, `some of ${RIGHTS.join(', ')}`, 'List what this token may do.');
    if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) {
      bad('sha256', sha256, '64 hexadecimal digits', 'Hash the token: printf %s TOKEN | sha256sum.');
    }
    return [{ source: String(source), rights: isRights ? (rights as Right[]) : [], sha256: String(sha256) }];
  });
  return issues.length === 0
    ? E.right(tokens)
    : E.left({ _tag: 'InvalidInput', source: file, total: issues.length, issues: issues.slice(0, 5) });
};

/** Finds who sent `Authorization: Bearer …`; compares hashes in constant time. */
export const whoHas =
  (tokens: readonly Token[]) =>
  (authorization: string | undefined): Token | undefined => {
    const given = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
    if (given === undefined) return undefined;
    const hash = Buffer.from(tokenHash(given), 'hex');
    let found: Token | undefined;
    for (const token of tokens) if (timingSafeEqual(hash, Buffer.from(token.sha256, 'hex'))) found = token;
    return found;
  };

export const may = ({ rights }: Token, right: Right): boolean => rights.includes(right) || rights.includes('admin');
