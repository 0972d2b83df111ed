import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import {
  Closed,
  Count,
  checkDocument,
  oneOf,
  Positive,
  parsedJson,
  TargetsCodec,
  withOptional,
} from '../../decode/json/index.js';
import type { InvalidInput } from '../../domain/errors.js';
import type { GoldBets } from './goldBets.js';

const Bet = withOptional(
  {
    stackId: t.string,
    label: oneOf('flowing', 'stalled'),
    ended: oneOf('flowing', 'stalled', 'expert', 'votes ran out', 'unseen'),
    gate: Positive,
  },
  { dataset: t.string, cluster: t.string },
  'a bet',
);

const Bets = withOptional(
  {
    schema: t.literal('tandem-bets/1'),
    policy: t.string,
    targets: TargetsCodec,
    spend: Closed,
    gates: Count,
    bets: t.readonlyArray(Bet),
  },
  { by: t.string, clusterBy: t.string },
  'the bets of a gate',
);

const KIND = {
  name: 'the bets of a gate',
  schema: 'tandem-bets/1',
  codec: Bets,
  origin: 'Give the gate.json that `tandem gate` wrote, or the file it keeps by --bets.',
  fix: 'Restore the file. Bets that are lost cannot be made again on the same gold.',
};

/**
 * Reads the bets of earlier gates, from a file of their own or from the gate.json that holds them.
 *
 * @param source - for messages: where the text comes from
 * @returns takes the text; `Left` names the field that is wrong
 * @example
 * const bets = { schema: 'tandem-bets/1', policy: 'f00d', targets: { sensitivity: 0.99, specificity: 0.95, confidence: 0.95 }, spend: 0.8, gates: 0, bets: [] };
 * Errors.getOrThrow(Study.readBets('gate.json')(JSON.stringify({ schema: 'tandem-gate/2', bets }))).gates // => 0
 */
export const readBets =
  (source: string) =>
  (text: string): E.Either<InvalidInput, GoldBets> => {
    const json = parsedJson(KIND)(source, text);
    return E.isLeft(json) ? json : checkDocument(KIND)(source, betsWithin(json.right));
  };

const betsWithin = (json: unknown): unknown =>
  typeof json === 'object' && json !== null && 'schema' in json && json.schema === 'tandem-gate/2' && 'bets' in json
    ? json.bets
    : json;
