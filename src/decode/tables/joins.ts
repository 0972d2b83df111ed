import { coverageNote, type DataNote, droppedNote, idsNote, strataNote } from '../../output/dataNotes.js';
import { ID_RULES, type IdRule, idUnder } from './ids.js';

/** Ids of one thing as two files write them. */
export interface NamedIds {
  /** What messages call the file: `votes`. */
  readonly name: string;
  readonly stackIds: readonly string[];
}

/** Stacks that two files call by different ids. */
export interface IdMismatch {
  /** What makes no difference: under these rules the ids are the same. */
  readonly rules: readonly IdRule[];
  /** How many stacks of the first file are in the second one only under the rules. */
  readonly n: number;
  /** How many have the same id in both. */
  readonly common: number;
  readonly example: readonly [string, string];
}

/** Enough to see a rule, few enough to try all sets of rules. */
const MOST_TRIED = 1000;

const SETS: readonly (readonly IdRule[])[] = Array.from({ length: 2 ** ID_RULES.length - 1 }, (_, i) =>
  ID_RULES.filter((_rule, bit) => ((i + 1) >> bit) & 1),
).sort((a, b) => a.length - b.length);

/**
 * Whether two files write the same stacks in two ways: with and without folder, ending, capital letters or leading zeros.
 *
 * @returns the fewest rules under which the ids agree; `undefined` where no rule helps
 * @example
 * const votes = { name: 'votes', stackIds: ['s1', 's2'] };
 * const scores = { name: 'scores', stackIds: ['films/S1.mp4', 'films/S2.mp4'] };
 * Decode.idMismatch(votes, scores)?.rules // => ['basename', 'stem', 'lowercase']
 */
export const idMismatch = (first: NamedIds, second: NamedIds): IdMismatch | undefined => {
  // Usually one file has all stacks of the other, which a set of the smaller one shows.
  const [smaller, larger] =
    first.stackIds.length < second.stackIds.length
      ? [first.stackIds, second.stackIds]
      : [second.stackIds, first.stackIds];
  const missing = new Set(smaller);
  for (let i = 0; i < larger.length && missing.size > 0; i++) missing.delete(larger[i]);
  if (missing.size === 0) return undefined;
  const inFirst = new Set(first.stackIds);
  const onlySecond = second.stackIds.filter((id) => !inFirst.has(id));
  if (onlySecond.length === 0) return undefined;
  const inSecond = new Set(second.stackIds);
  const onlyFirst = first.stackIds.filter((id) => !inSecond.has(id));
  const loosest = idUnder(ID_RULES);
  const writtenAs = new Map(onlySecond.map((id) => [loosest(id), id]));
  const pairs = onlyFirst.flatMap((id): readonly (readonly [string, string])[] => {
    const other = writtenAs.get(loosest(id));
    return other === undefined ? [] : [[id, other]];
  });
  if (pairs.length === 0) return undefined;
  const tried = pairs.slice(0, MOST_TRIED);
  const agree = SETS.map((rules) => {
    const under = idUnder(rules);
    return tried.filter(([one, other]) => under(one) === under(other)).length;
  });
  const rules = SETS[agree.indexOf(Math.max(...agree))];
  return { rules, n: pairs.length, common: first.stackIds.length - onlyFirst.length, example: pairs[0] };
};

/** Files that belong together. */
export interface Joined {
  readonly votes?: { readonly stackIds: readonly string[]; readonly offsets: Uint32Array } | undefined;
  readonly scores?: { readonly stackIds: readonly string[] } | undefined;
  readonly gold?: { readonly stackIds: readonly string[] } | undefined;
  readonly strata?: readonly { readonly by: string; readonly of: ReadonlyMap<string, string> }[] | undefined;
}

/**
 * What the owner of several files should know of how they fit together: ids that differ, stacks with votes or scores alone, gold
 * and strata of other stacks.
 *
 * @example
 * const votes = Errors.getOrThrow(Votes.from()([{ stackId: 's1', annotatorId: 'ann', label: 1 }]));
 * Decode.joinNotes({ votes, gold: { stackIds: ['s1', 's2'] } })[0].text // => '1 of 2 gold stacks has neither votes nor a score and takes no part'
 */
export const joinNotes = ({ votes, scores, gold, strata = [] }: Joined): readonly DataNote[] => {
  const voted = votes?.stackIds ?? [];
  const scored = scores?.stackIds ?? [];
  const known = new Set(voted);
  const both = scored.reduce((n, id) => n + (known.has(id) ? 1 : 0), 0);
  for (const id of scored) known.add(id);
  const all = [...known];
  const files: readonly (readonly [NamedIds, NamedIds])[] = [
    [
      { name: 'votes', stackIds: voted },
      { name: 'scores', stackIds: scored },
    ],
    [
      { name: 'votes and scores', stackIds: all },
      { name: 'gold', stackIds: gold?.stackIds ?? [] },
    ],
    ...strata.map(({ by, of }): readonly [NamedIds, NamedIds] => [
      { name: 'votes and scores', stackIds: all },
      { name: `strata by ${by}`, stackIds: [...of.keys()] },
    ]),
  ];
  const without = gold === undefined ? 0 : gold.stackIds.filter((id) => !known.has(id)).length;
  return [
    ...files.flatMap(([first, second]) => {
      const mismatch = idMismatch(first, second);
      return mismatch === undefined ? [] : [idsNote([first.name, second.name], mismatch)];
    }),
    ...coverage({ voted: voted.length, scored: scored.length, both }),
    ...(without === 0 || gold === undefined ? [] : [droppedNote('gold', without, gold.stackIds.length)]),
    ...strata.flatMap(({ by, of }) => {
      const met = all.filter((id) => of.has(id)).length;
      return all.length > 0 && met < all.length ? [strataNote(by, all.length - met, all.length)] : [];
    }),
  ];
};

/**
 * Audited stacks that are not among the decisions.
 *
 * @example
 * const decisions = { name: 'decisions', stackIds: ['s1'] };
 * Decode.auditNotes({ decisions, audit: { stackIds: ['s1', 's2'] } })[0].text // => '1 of 2 audited stacks has no decision and takes no part'
 */
export const auditNotes = ({
  decisions,
  audit,
}: {
  readonly decisions: NamedIds;
  readonly audit: { readonly stackIds: readonly string[] } | undefined;
}): readonly DataNote[] => {
  if (audit === undefined) return [];
  const known = new Set(decisions.stackIds);
  const dropped = audit.stackIds.filter((id) => !known.has(id)).length;
  const mismatch = idMismatch(decisions, { name: 'audit', ...audit });
  return [
    ...(mismatch === undefined ? [] : [idsNote(['decisions', 'the audit'], mismatch)]),
    ...(dropped === 0 ? [] : [droppedNote('audited', dropped, audit.stackIds.length)]),
  ];
};

/** Told where at least a tenth of the stacks have one kind of evidence alone, on both sides: one file of two batches. */
const coverage = ({
  voted,
  scored,
  both,
}: {
  readonly voted: number;
  readonly scored: number;
  readonly both: number;
}): readonly DataNote[] => {
  const [votesAlone, scoresAlone] = [voted - both, scored - both];
  const all = votesAlone + scoresAlone + both;
  return votesAlone >= all / 10 && scoresAlone >= all / 10 && votesAlone > 0 && scoresAlone > 0
    ? [coverageNote({ votesAlone, scoresAlone, both })]
    : [];
};
