/** Files as laboratories have them: what each is read as, or the whole text that its owner reads. To add a case, add an element. */
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import * as Decode from '../../src/decode/index.js';
import { format, getOrThrow } from '../../src/domain/errors.js';
import * as Votes from '../../src/stages/votes/index.js';

const votes = async (text: string, options: Decode.VoteOptions = {}) =>
  Decode.votes(options)(Decode.fromText('votes.csv', text));

/** `stack annotator label`, sorted. */
const seen = (table: Votes.VoteTable): readonly string[] =>
  table.stackIds
    .flatMap((stackId, s) =>
      Array.from(table.label.subarray(table.offsets[s], table.offsets[s + 1]), (label, i) =>
        [stackId, table.annotatorIds[table.annotatorOf[table.offsets[s] + i]], label].join(' '),
      ),
    )
    .sort();

const notesOf = ({ notes = [] }: { readonly notes?: readonly Decode.DataNote[] }): readonly string[] =>
  notes.map(({ text }) => text);

const THREE = ['s1 ann 1', 's1 bob 0', 's2 ann 0'];

describe('columns are found by what others call them', () => {
  test.each([
    ...[
      'user_name',
      'username',
      'rater',
      'volunteer',
      'participant',
      'labeler',
      'completed_by',
      'Worker ID',
      'performer',
    ],
  ])('%s is the annotator', async (name) => {
    const text = `task,${name},label\ns1,ann,1\ns1,bob,0\ns2,ann,0\n`;
    expect(seen(getOrThrow(await votes(text)))).toEqual(THREE);
    const rows = [{ task: 's1', [name]: 'ann', label: 1 }];
    expect(seen(getOrThrow(Decode.voteRows()(rows)))).toEqual(['s1 ann 1']);
  });

  test.each(['subject_ids', 'image', 'video', 'file', 'Image Name', 'clip_id', 'sample'])(
    '%s is the stack',
    async (name) => {
      expect(seen(getOrThrow(await votes(`${name},user,label\ns1,ann,1\ns1,bob,0\ns2,ann,0\n`)))).toEqual(THREE);
    },
  );

  test('a name of our own is taken before others, and an older one before a newer one', async () => {
    expect(seen(getOrThrow(await votes('file,id,user,username,label,verdict\nf,s1,ann,x,1,0\n')))).toEqual(['f ann 1']);
    expect(seen(getOrThrow(await votes('task,file,user,label\ns1,f,ann,1\n')))).toEqual(['s1 ann 1']);
  });

  test('a preferred column is taken where the file has it', async () => {
    const scores = async (text: string) =>
      getOrThrow(await Decode.scores({ stackColumn: 'clip' })(Decode.fromText('scores.csv', text))).stackIds;
    expect(await scores('stackId,Clip,score\na,b,0.5\n')).toEqual(['b']);
    expect(await scores('stackId,score\na,0.5\n')).toEqual(['a']);
  });
});

/** Ten stacks with three votes each, by annotators that take turns. */
const crowd = (row: (s: number, v: number) => string, header: string): string =>
  `${header}\n${Array.from({ length: 30 }, (_, i) => row(Math.floor(i / 3), i)).join('\n')}\n`;

const PEOPLE = ['ann', 'bob', 'cyd', 'dee', 'eve'];
const person = (v: number): string => PEOPLE[v % PEOPLE.length];

describe('annotators are never left out silently', () => {
  const nickname = crowd((s, v) => `s${s},${person(v)},${v % 2}`, 'stackId,nickname,label');
  const nicknames = nickname
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','))
    .map(([stackId, name, label]) => ({ stackId, nickname: name, label }));

  test('a column of names that repeat, but not on a stack, is an error with the flag', async () => {
    for (const failed of [await votes(nickname), Decode.voteRows()(nicknames)]) {
      if (E.isRight(failed)) throw Error('expected a failure');
      expect(format(failed.left)).toContain(
        'field "annotatorId": expected to know who voted, found no column that is known to name annotators, and a column "nickname" whose values repeat, but not on one stack. Say that it does: --annotator-column "nickname"; or that nobody is named: --annotator-column none.',
      );
    }
  });

  test('it may be named, or said to be nobody', async () => {
    expect(getOrThrow(await votes(nickname, { columns: { annotatorId: 'nickname' } })).annotatorIds.toSorted()).toEqual(
      PEOPLE,
    );
    expect(getOrThrow(await votes(nickname, { columns: { annotatorId: '' } })).annotatorIds).toEqual(['']);
    expect(getOrThrow(Decode.voteRows({ columns: { annotatorId: '' } })(nicknames)).annotatorIds).toEqual(['']);
  });

  test('a column of numbers is a note: it may also be a duration', async () => {
    const text = crowd((s, v) => `s${s},${(v % 7) + 100},${v % 2}`, 'stackId,code_nr,label');
    const table = getOrThrow(await votes(text));
    expect(table.annotatorIds).toEqual(['']);
    expect(notesOf(table)[0]).toContain('column "code_nr" may name them: --annotator-column code_nr');
  });

  test.each([
    ['a property of the stack', (s: number) => `mouse-${s % 3}`],
    ['a flag', (_: number, v: number) => (v % 2 === 0 ? 'training' : 'test')],
    ['a text of its own in each row', (_: number, v: number) => `remark ${v}`],
    ['nothing', () => ''],
  ])('%s names nobody', async (_, value) => {
    const table = getOrThrow(await votes(crowd((s, v) => `s${s},${value(s, v)},${v % 2}`, 'stackId,extra,label')));
    expect(notesOf(table)).toEqual([]);
  });
});

/** Labels of three votes, options, and what they are read as: labels in order, `-` for an abstention. */
const LABELS: readonly (readonly [string, Decode.LabelOptions, string])[] = [
  ['yes,no,Yes', {}, '1,0,1'],
  ['TRUE,false,t', {}, '1,0,1'],
  ['stalled,flowing,Not_Stalled', {}, '1,0,0'],
  ['WAHR,FALSCH,ja', {}, '1,0,1'],
  ['1.0,0.0,y', {}, '1,0,1'],
  ['1,unsure,0', {}, '1,-,0'],
  ["1,don't know,Don’t Know", {}, '1,-,-'],
  ['1,,0', {}, '1,-,0'],
  ['1,n/a,?', {}, '1,-,-'],
  ['cat,dog,bird', { positive: ['cat'] }, '1,0,0'],
  ['cat,none,', { positive: ['cat'] }, '1,0,-'],
  ['Cat,dog,blurry', { positive: ['cat'], negative: ['dog'], abstain: ['blurry'] }, '1,0,-'],
  ['3,1,0', { positive: ['3'] }, '1,0,0'],
  ['0,1,0', { positive: ['0'], negative: ['1'] }, '1,0,1'],
  ['good,bad,good', { positive: ['bad'], negative: ['good'] }, '0,1,0'],
  ['maybe,1,1', { positive: ['maybe'], negative: ['1'] }, '1,0,0'],
];

describe('labels', () => {
  test.each(LABELS)('%s under %j are %s', async (labels, options, expected) => {
    const rows = labels.split(',').map((label, i) => ({ stackId: 's', user: `u${i}`, label }));
    const text = `stackId,user,label\n${rows.map(({ user, label }) => `s,${user},${label}`).join('\n')}\n`;
    const wanted = expected.split(',').flatMap((label, i) => (label === '-' ? [] : [`s u${i} ${label}`]));
    const quoted = text.replaceAll(/,([^,\n]*)\n/g, ',"$1"\n');
    for (const read of [
      await votes(text, { labels: options }),
      await votes(quoted, { labels: options }),
      Decode.voteRows({ labels: options })(rows),
    ]) {
      const table = getOrThrow(read);
      expect(seen(table)).toEqual(wanted.toSorted());
      // Somebody whose only answers are abstentions is in no table of skills.
      expect(table.annotatorIds.length).toBe(wanted.length);
      const abstained = expected.split(',').filter((label) => label === '-').length;
      const told = (table.notes ?? []).filter(({ about }) => about === 'abstentions');
      expect(told.map(({ n }) => n)).toEqual(abstained === 0 ? [] : [abstained]);
    }
  });

  test('a stack with abstentions alone is a stack without votes', async () => {
    const table = getOrThrow(await votes('stackId,user,label\ns1,ann,1\ns2,ann,unsure\n'));
    expect(table.stackIds).toEqual(['s1', 's2']);
    expect(table.offsets).toEqual(Uint32Array.of(0, 1, 1));
    expect(notesOf(table)).toEqual(['1 answer is an abstention and no vote: "unsure" 1×']);
  });

  test('abstentions in a large file are counted, and votes keep their annotators', async () => {
    const rows = Array.from({ length: 5000 }, (_, i) => [
      `s${i % 700}`,
      `u${i % 11}`,
      i % 13 === 0 ? 'unsure' : String(i % 2),
    ]);
    const table = getOrThrow(
      await votes(`stackId,user,label\n${rows.map((row) => row.join(',')).join('\n')}\n`, { duplicates: 'all' }),
    );
    const kept = rows.filter(([, , label]) => label !== 'unsure').map((row) => row.join(' '));
    expect(seen(table)).toEqual(kept.sort());
    expect(table.notes?.[0]).toMatchObject({ about: 'abstentions', n: 5000 - kept.length });
  });

  test.each<readonly [string, string, string]>([
    [
      'several classes',
      'cat,dog,bird,dog',
      'found labels of more than two classes: "dog" 2×, "bird" 1×, "cat" 1×. Say which class to look for; all others then count as flowing, for example --positive "cat".',
    ],
    [
      'digits of several classes',
      '0,1,2,3,4,0,1,2',
      'found labels of more than two classes: "0" 2×, "1" 2×, "2" 2×, "3" 1×, "4" 1×. Say which class to look for; all others then count as flowing, for example --positive "4".',
    ],
    [
      'two classes of other names',
      'healthy,ill,healthy',
      'found two labels, neither of which says what it means: "healthy" 2×, "ill" 1×. Say which is which, for example --positive "ill" --negative "healthy".',
    ],
    [
      'texts',
      Array.from({ length: 60 }, (_, i) => `remark ${i}`).join(),
      'Say which column holds the labels: --label-column NAME.',
    ],
  ])('%s are told once, with the flag', async (_, labels, message) => {
    const list = labels.split(',');
    const text = `stackId,user,label\n${list.map((label, i) => `s,u${i},${label}`).join('\n')}\n`;
    for (const failed of [
      await votes(text),
      Decode.voteRows()(list.map((label, i) => ({ stackId: 's', user: `u${i}`, label }))),
    ]) {
      if (E.isRight(failed)) throw Error('expected a failure');
      expect(format(failed.left)).toContain(message);
      expect(format(failed.left).split('\n').length).toBe(1);
    }
  });

  test('gold has the same words; an unsure expert is told, an empty cell is not', async () => {
    const read = async (text: string, labels: Decode.LabelOptions = {}) =>
      getOrThrow(await Decode.gold({ labels })(Decode.fromText('gold.csv', text)));
    const gold = await read('stackId,label\ns1,yes\ns2,no\ns3,unsure\ns4,\n');
    expect(gold).toMatchObject({ stackIds: ['s1', 's2'], label: Uint8Array.of(1, 0) });
    expect(notesOf(gold)).toEqual(['1 row of gold has no label and takes no part: "unsure" 1×']);
    expect('notes' in (await read('stackId,label\ns1,1\ns2,\n'))).toBe(false);
    expect(notesOf(await read('stackId,label\ns1,cat\ns2,dog\n', { positive: ['cat'] }))).toEqual([
      '"cat" counts as stalled and every other label as flowing: "dog" 1×',
    ]);
  });

  test('one label cannot mean two things', () => {
    expect(() => Decode.voteRows({ labels: { positive: ['x'], negative: ['X '] } })([])).toThrow(
      '"x" has two meanings',
    );
  });
});

describe('repeats and times are told', () => {
  const text = 'stackId,user,label,time\ns,a,1,2026-01-06\ns,a,0,2026-01-05\ns,a,0,2026-01-07\ns,b,1,2026-01-04\n';

  test('how many repeats were dropped, and how many contradict the vote that counts', async () => {
    expect(notesOf(getOrThrow(await votes(text, { order: 'none' })))).toEqual([
      '2 repeats dropped, 2 of them contradict the vote that counts, which is the first in the order of rows; --duplicates chooses another',
    ]);
    expect(notesOf(getOrThrow(await votes(text)))[0]).toBe(
      '2 repeats dropped, 1 of them contradicts the vote that counts, which is the first in time; --duplicates chooses another',
    );
    expect(notesOf(getOrThrow(await votes(text, { duplicates: 'last' })))[0]).toBe(
      '2 repeats dropped, 1 of them contradicts the vote that counts, which is the last in time; --duplicates chooses another',
    );
  });

  test('how many votes stand below a later one', async () => {
    expect(notesOf(getOrThrow(await votes(text, { duplicates: 'all' })))).toEqual([
      '2 of 4 votes stand below a later one: votes are taken in the order of their times, not of rows',
    ]);
  });
});

/** Ids of two files, and the rules under which they are the same. */
const IDS: readonly (readonly [string, string, readonly Decode.IdRule[] | undefined])[] = [
  ['x', 'x.mp4', ['stem']],
  ['X1', 'x1', ['lowercase']],
  ['007', '7', ['unpadded']],
  ['stack_007', 'stack_7', ['unpadded']],
  ['films/x', 'x', ['basename']],
  ['C:\\films\\x.mp4', 'x.mp4', ['basename']],
  ['films/X.mp4', 'x', ['basename', 'stem', 'lowercase']],
  ['1.5', '1.05', undefined],
  ['x', 'y', undefined],
  ['x', 'x', undefined],
];

describe('ids', () => {
  test.each(IDS)('%s and %s agree under %j', async (one, other, rules) => {
    const first = { name: 'votes', stackIds: [one, 'both'] };
    const second = { name: 'scores', stackIds: [other, 'both'] };
    expect(Decode.idMismatch(first, second)?.rules).toEqual(rules);
    if (rules === undefined) return;
    const [text, ids] = [`stackId,user,label\n"${one}",ann,1\n`, rules];
    const table = getOrThrow(await votes(text, { ids }));
    const scores = getOrThrow(
      await Decode.scores({ ids })(Decode.fromText('s.csv', `stackId,score\n"${other}",0.5\n`)),
    );
    const gold = getOrThrow(await Decode.gold({ ids })(Decode.fromText('g.csv', `stackId,label\n"${other}",1\n`)));
    expect([scores.stackIds, gold.stackIds]).toEqual([table.stackIds, table.stackIds]);
  });

  test('two stacks of one file never become one', async () => {
    const failed = await votes('stackId,user,label\na/1.mp4,ann,1\nb/1.mp4,ann,0\n', { ids: ['basename'] });
    if (E.isRight(failed)) throw Error('expected a failure');
    expect(format(failed.left)).toContain(
      'votes.csv, line 3, field "stackId": expected different stacks to stay different, found "b/1.mp4", which --ids basename makes the same as "a/1.mp4".',
    );
  });

  test('votes read under rules are those read without, under other names', async () => {
    const text = crowd((s, v) => `f/S0${s}.mp4,${person(v)},${v % 2 === 0 ? 'yes' : 'unsure'}`, 'video,user,label');
    const plain = crowd((s, v) => `s${s},${person(v)},${v % 2 === 0 ? 'yes' : 'unsure'}`, 'video,user,label');
    const under = await votes(text, { ids: ['basename', 'stem', 'lowercase', 'unpadded'] });
    expect(getOrThrow(under)).toEqual(getOrThrow(await votes(plain)));
  });

  test('what joins badly is noted', () => {
    const table = getOrThrow(
      Votes.from()(['a', 'b', 'c'].map((stackId) => ({ stackId, annotatorId: '', label: 1 as const }))),
    );
    const notes = Decode.joinNotes({
      votes: table,
      scores: { stackIds: ['c', 'd', 'e', 'b.mp4'] },
      gold: { stackIds: ['a', 'z'] },
      strata: [{ by: 'mouse', of: new Map([['q', 'm1']]) }],
    });
    expect(notes.map(({ about, n }) => [about, n])).toEqual([
      ['ids', 1],
      ['coverage', 5],
      ['gold', 1],
      ['strata', 6],
    ]);
    expect(notes[1].text).toBe(
      '2 stacks with votes and no score, 3 with a score and no votes, 1 with both: check that the files are of one batch',
    );
  });
});
