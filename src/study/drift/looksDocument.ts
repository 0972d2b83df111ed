import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { Count, checkDocument, Open, parsedJson } from '../../decode/json/index.js';
import type { InvalidInput } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import type { DriftLook } from './drift.js';

const Looks = t.intersection(
  [
    t.type({
      schema: t.literal('tandem-drift/2'),
      falseAlarm: Open,
      looks: t.readonlyArray(
        t.strict(
          {
            group: t.string,
            fingerprint: t.string,
            counts: t.strict({ stalled: Count, missed: Count, flowing: Count, alarmed: Count }),
          },
          'a look',
        ),
      ),
    }),
    t.partial({ by: t.string, clusterBy: t.string }),
  ],
  'a drift watch',
);

const KIND = {
  name: 'a drift watch',
  schema: 'tandem-drift/2',
  codec: Looks,
  origin: 'Give the drift.json that `tandem drift` wrote.',
  fix: 'Restore the file, or watch in another folder (--out): its false alarms are then counted apart.',
};

/** The looks of earlier runs, with what they were about. */
export interface EarlierLooks {
  readonly looks: readonly DriftLook[];
  readonly falseAlarm: number;
  readonly by?: string;
  readonly clusterBy?: string;
}

/**
 * Reads the looks of earlier runs from a drift.json.
 *
 * @param source - for messages: where the text comes from
 * @returns takes the text; `Left` names the field that is wrong
 * @example
 * const earlier = { schema: 'tandem-drift/2', falseAlarm: 0.01, looks: [] };
 * Errors.getOrThrow(Study.readLooks('drift.json')(JSON.stringify(earlier))).looks // => []
 */
export const readLooks =
  (source: string) =>
  (text: string): E.Either<InvalidInput, EarlierLooks> => {
    const json = parsedJson(KIND)(source, text);
    if (E.isLeft(json)) return json;
    const checked = checkDocument(KIND)(source, json.right);
    if (E.isLeft(checked)) return checked;
    const { looks, falseAlarm, by, clusterBy } = checked.right;
    return E.right(present({ looks, falseAlarm, by, clusterBy }));
  };
