import * as E from 'fp-ts/lib/Either.js';
import * as Decode from '../../../decode/index.js';
import { present } from '../../../domain/present.js';
import { inspectionText } from '../../../report/index.js';
import type { OutputFlags, WordingFlags } from '../../flags.js';
import { EXIT, type Verb } from '../../verb.js';

export interface InspectFlags extends WordingFlags {
  readonly format?: Decode.FormatName;
  readonly sheet?: string;
  readonly annotatorColumn?: string;
  readonly labelColumn?: string;
  readonly scoreColumn?: string;
  readonly timeColumn?: string;
  readonly rows: number;
}

/** `tandem inspect`: files → what would be read of them. Nothing is computed or written. */
export const inspectVerb = async (files: readonly string[], flags: InspectFlags & OutputFlags): Verb => {
  const { format, sheet, rows, positive, negative, abstain, unsure } = flags;
  const source = await Decode.fromFiles(present({ format, sheet }))(files);
  if (E.isLeft(source)) return source;
  const seen = await Decode.inspect({
    rows,
    columns: present({
      stackId: flags.stackColumn,
      annotatorId: flags.annotatorColumn,
      label: flags.labelColumn,
      score: flags.scoreColumn,
      time: flags.timeColumn,
    }),
    labels: { positive, negative, abstain, unsure },
  })(source.right);
  if (E.isLeft(seen)) return seen;
  return E.right({ text: inspectionText(seen.right), json: seen.right, exitCode: EXIT.certified });
};
