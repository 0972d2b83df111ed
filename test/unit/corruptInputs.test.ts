/** Every broken input we could think of, with the whole text its owner reads. To add a case, add an element. */
import { gzipSync } from 'node:zlib';
import * as E from 'fp-ts/lib/Either.js';
import { expect, test } from 'vitest';
import * as Decode from '../../src/decode/index.js';
import { format } from '../../src/domain/errors.js';

type Options = Decode.VoteOptions & Decode.ScoreOptions & Decode.GoldOptions;

const DECODERS = {
  votes: (source: Decode.Source, options: Options) => Decode.votes(options)(source),
  scores: (source: Decode.Source, options: Options) => Decode.scores(options)(source),
  gold: (source: Decode.Source, options: Options) => Decode.gold(options)(source),
  stacks: (source: Decode.Source) => Decode.stacks(source),
};

interface Corrupt {
  readonly name: string;
  readonly kind: keyof typeof DECODERS;
  readonly text?: string;
  readonly bytes?: Uint8Array;
  readonly options?: Options;
  readonly message: string;
}

const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');

const damaged = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes, (byte, i) => (i === 14 ? byte ^ 255 : byte));

const CASES: readonly Corrupt[] = [
  {
    name: 'an empty file',
    kind: 'votes',
    text: '',
    message: 'input: expected at least one vote, found an empty file. Check that the export finished.',
  },
  {
    name: 'blank lines only',
    kind: 'votes',
    text: '\n\r\n  \n',
    message: 'input: expected at least one vote, found an empty file. Check that the export finished.',
  },
  {
    name: 'a header alone',
    kind: 'votes',
    text: 'stackId,annotatorId,label\n',
    message:
      'input, line 1: expected at least one vote, found a header with nothing below it. Check that the export finished.',
  },
  {
    name: 'no column for the stack',
    kind: 'votes',
    text: 'picture,annotatorId,label\ns1,ann,1\n',
    message:
      'input, line 1, field "stackId": expected a column "stackId" (or stack, task, subject, vessel, movie, video, videoname, clip and the like), found the columns "picture", "annotatorId", "label". Rename the column that holds it, or say which one it is: --stack-column NAME.',
  },
  {
    name: 'no column for the label, nor for the stack',
    kind: 'votes',
    text: 'a,b\n1,2\n',
    message: [
      'input, line 1, field "stackId": expected a column "stackId" (or stack, task, subject, vessel, movie, video, videoname, clip and the like), found the columns "a", "b". Rename the column that holds it, or say which one it is: --stack-column NAME.',
      'input, line 1, field "label": expected a column "label" (or answer, vote, classification, truth, gold, stalled, response, verdict and the like), found the columns "a", "b". Rename the column that holds it, or say which one it is: --label-column NAME.',
    ].join('\n'),
  },
  {
    name: 'a column twice',
    kind: 'votes',
    text: 'stackId,label,label\ns1,1,1\n',
    message:
      'input, line 1: expected each column once, found the column "label" twice. Rename or remove one of the two.',
  },
  {
    name: 'one field under two spellings',
    kind: 'votes',
    text: 'Task ID,task_id,label\ns1,s2,1\n',
    message:
      'input, line 1, field "stackId": expected one column for it, found both "Task ID" and "task_id". Rename or remove one of the two.',
  },
  {
    name: 'a row too short',
    kind: 'votes',
    text: 'stackId,annotatorId,label\ns1,ann,1\ns2,ben\n',
    message: 'input, line 3: expected 3 fields, as in the header, found 2 fields. Complete the row, or remove it.',
  },
  {
    name: 'a row too long',
    kind: 'votes',
    text: 'stackId,annotatorId,label\ns1,ann,1\nSmith, John,s2,1\n',
    message:
      'input, line 3: expected 3 fields, as in the header, found 4 fields. Put double quotes around a field that has a comma in it, or remove the extra field.',
  },
  {
    name: 'a label of 2',
    kind: 'votes',
    text: 'stackId,annotatorId,label\ns1,ann,1\ns2,ben,2\n',
    message:
      'input, line 3, column 3, field "label": expected 0 or flowing, 1 or stalled, found "2". Write one of these, remove the row, or say what it means: --positive, --negative or --abstain VALUE.',
  },
  {
    name: 'a label of -1',
    kind: 'votes',
    text: 'stackId,annotatorId,label\ns1,ann,-1\n',
    message:
      'input, line 2, column 3, field "label": expected 0 or flowing, 1 or stalled, found "-1". Write one of these, remove the row, or say what it means: --positive, --negative or --abstain VALUE.',
  },
  {
    name: 'a label of NaN',
    kind: 'votes',
    text: 'stackId,annotatorId,label\ns1,ann,NaN\n',
    message:
      'input, field "label": expected at least one vote, found abstentions alone: "NaN" 1×. Say what these mean: --positive VALUE --negative VALUE; or which column holds the labels: --label-column NAME.',
  },
  {
    name: 'an empty label',
    kind: 'votes',
    text: 'stackId,annotatorId,label\ns1,ann,\n',
    message:
      'input, field "label": expected at least one vote, found abstentions alone: 1 empty cell. Say what these mean: --positive VALUE --negative VALUE; or which column holds the labels: --label-column NAME.',
  },
  {
    name: 'an empty stack id',
    kind: 'votes',
    text: 'stackId,annotatorId,label\n,ann,1\n',
    message:
      'input, line 2, column 1, field "stackId": expected a stack id, found an empty cell. Write which stack the row is about, or remove the row.',
  },
  {
    name: 'a hundred bad rows',
    kind: 'votes',
    text: `stackId,label\n${',1\n'.repeat(100)}`,
    message: [
      ...[2, 3, 4, 5, 6].map(
        (line) =>
          `input, line ${line}, column 1, field "stackId": expected a stack id, found an empty cell. Write which stack the row is about, or remove the row.`,
      ),
      '… and 95 more, 100 in all.',
    ].join('\n'),
  },
  {
    name: 'a hundred labels of one unknown word',
    kind: 'votes',
    text: `stackId,label\n${'s1,perhaps\n'.repeat(100)}`,
    message:
      'input, line 2, column 2, field "label": expected 0 or flowing, 1 or stalled, found labels that do not say what they mean: "perhaps" 100×. Say which label is which: --positive VALUE --negative VALUE.',
  },
  {
    name: 'six slips among good labels',
    kind: 'votes',
    text: `stackId,label\n${'s1,1\n'.repeat(100)}${'s1,x\n'.repeat(6)}`,
    message: [
      ...[102, 103, 104, 105, 106].map(
        (line) =>
          `input, line ${line}, column 2, field "label": expected 0 or flowing, 1 or stalled, found "x". Write one of these, remove the row, or say what it means: --positive, --negative or --abstain VALUE.`,
      ),
      '… and 1 more, 6 in all.',
    ].join('\n'),
  },
  {
    name: 'unsure answers where none are wanted',
    kind: 'votes',
    text: 'stackId,label\ns1,unsure\ns1,1\n',
    options: { labels: { unsure: 'refuse' } },
    message:
      'input, line 2, column 2, field "label": expected 0 or flowing, 1 or stalled, found "unsure". Remove the row, or leave such answers out: --unsure skip.',
  },
  {
    name: 'a very long bad label',
    kind: 'votes',
    text: `stackId,label\ns1,${'stalled? '.repeat(1000)}\n`,
    message:
      'input, line 2, column 2, field "label": expected 0 or flowing, 1 or stalled, found "stalled? stalled? stalled? stalled? stal…". Write one of these, remove the row, or say what it means: --positive, --negative or --abstain VALUE.',
  },
  {
    name: 'a quote that is never closed',
    kind: 'votes',
    text: 'stackId,annotatorId,label\ns1,ann,1\n"s2,ann,0\ns3,ann,0\n',
    message:
      'input, line 3: expected a closing double quote, found a double quote that is never closed. Close the quote; inside a quoted field, write a double quote twice.',
  },
  {
    name: 'a quote inside a plain field',
    kind: 'votes',
    text: 'stackId,annotatorId,label\ns1,the "boss",1\n',
    message:
      'input, line 2: expected quotes around the whole field, found a double quote in the middle of a field. Put double quotes around the whole field and write the one inside twice; no space may stand before them.',
  },
  {
    name: 'text after a closing quote',
    kind: 'votes',
    text: 'stackId,annotatorId,label\n"s1"x,ann,1\n',
    message:
      'input, line 2: expected a comma or the end of the line, found more text after a closing double quote. Inside a quoted field, write a double quote twice.',
  },
  {
    name: 'a space before a quoted field',
    kind: 'votes',
    text: 'stackId, annotatorId, label\ns1, "ann", 1\n',
    message:
      'input, line 2: expected quotes around the whole field, found a double quote in the middle of a field. Put double quotes around the whole field and write the one inside twice; no space may stand before them.',
  },
  {
    name: 'a bad label after a field with line breaks',
    kind: 'votes',
    text: 'stackId,annotatorId,label\n"s\n1",ann,1\ns2,ann,x\n',
    message:
      'input, line 4, column 3, field "label": expected 0 or flowing, 1 or stalled, found "x". Write one of these, remove the row, or say what it means: --positive, --negative or --abstain VALUE.',
  },
  {
    name: 'a Latin-1 file',
    kind: 'votes',
    bytes: latin1('stackId,annotatorId,label\ns1,Jos\u00e9,1\n'),
    message:
      'input, line 2, column 2: expected UTF-8 text, found bytes that are not UTF-8. Save the file as "CSV UTF-8".',
  },
  {
    name: 'a Latin-1 header',
    kind: 'votes',
    bytes: latin1('stackId,Gef\u00e4\u00df,label\ns1,x,1\n'),
    message: 'input, line 1: expected UTF-8 text, found bytes that are not UTF-8. Save the file as "CSV UTF-8".',
  },
  {
    name: 'a NUL byte in a row',
    kind: 'votes',
    text: 'stackId,label\ns1,1\ns\u00002,1\n',
    message:
      'input, line 3: expected UTF-8 text, found a NUL byte. Check that this is a text file, saved as "CSV UTF-8".',
  },
  {
    name: 'a zip archive',
    kind: 'votes',
    bytes: latin1('PK\x03\x04\x14\x00'),
    message:
      'input: expected an Excel workbook (.xlsx), found a zip archive that is no workbook, or a damaged one. Unpack the archive; or open the workbook and save it again.',
  },
  {
    name: 'random bytes',
    kind: 'votes',
    bytes: Uint8Array.from({ length: 4096 }, (_, i) => 128 + (Math.imul(i, 2654435761) >>> 25)),
    message: 'input, line 1: expected UTF-8 text, found bytes that are not UTF-8. Save the file as "CSV UTF-8".',
  },
  {
    name: 'gzip cut short',
    kind: 'votes',
    bytes: gzipSync('stackId,label\ns1,1\n').subarray(0, 24),
    message:
      'input: expected a complete gzip file, found gzip data that ends too early. Copy or download the file again.',
  },
  {
    name: 'damaged gzip',
    kind: 'votes',
    bytes: damaged(gzipSync('stackId,label\ns1,1\n')),
    message: 'input: expected a complete gzip file, found damaged gzip data. Copy or download the file again.',
  },
  {
    name: 'an empty gzip file',
    kind: 'votes',
    bytes: gzipSync(''),
    message: 'input: expected at least one vote, found an empty file. Check that the export finished.',
  },
  {
    name: 'broken JSON',
    kind: 'votes',
    text: '{"stackId":"s1","label":1}\n{"stackId":"s2","label":}\n',
    message:
      'input, line 2, column 25: expected JSON, one whole object per line, found "}". Correct the line, or write the file again with a JSON library.',
  },
  {
    name: 'JSON that ends too early',
    kind: 'votes',
    text: '{"stackId":"s1","label":1}\n{"stackId":"s2","la',
    message:
      'input, line 2, column 20: expected JSON, one whole object per line, found the end of the line. Correct the line, or write the file again with a JSON library.',
  },
  {
    name: 'JSON with single quotes',
    kind: 'votes',
    text: "{'stackId': 's1', 'label': 1}\n",
    message:
      "input, line 1, column 2: expected JSON, one whole object per line, found \"'stackId': 's1', 'label': 1}\". Correct the line, or write the file again with a JSON library.",
  },
  {
    name: 'a JSON line that is no object',
    kind: 'votes',
    text: '{"stackId":"s1","label":1}\n["s2",1]\n',
    message: 'input, line 2: expected one object per vote, found a list. Write it as {"stackId": "s1", …}.',
  },
  {
    name: 'JSON without a key for the stack',
    kind: 'votes',
    text: '{"picture":"s1","label":1}\n',
    message:
      'input, line 1, field "stackId": expected a key "stackId" (or stack, task, subject, vessel, movie, video, videoname, clip and the like), found the keys "picture", "label". Rename the key that holds it, or say which one it is: --stack-column NAME.',
  },
  {
    name: 'a JSON label of 2',
    kind: 'votes',
    text: '{"stackId":"s1","label":2}\n',
    message:
      'input, line 1, field "label": expected 0 or flowing, 1 or stalled, found 2. Write one of these, remove the row, or say what it means: --positive, --negative or --abstain VALUE.',
  },
  {
    name: 'a JSON label of null',
    kind: 'votes',
    text: '{"stackId":"s1","label":null}\n',
    message:
      'input, field "label": expected at least one vote, found abstentions alone: 1 empty cell. Say what these mean: --positive VALUE --negative VALUE; or which column holds the labels: --label-column NAME.',
  },
  {
    name: 'a JSON stack id that is an object',
    kind: 'votes',
    text: '{"stackId":{"a":1},"label":1}\n',
    message:
      'input, line 1, field "stackId": expected a stack id, found an object. Write the id as text or as a whole number.',
  },
  {
    name: 'a JSON stack id of half a character',
    kind: 'votes',
    text: '{"stackId":"\\ud800","label":1}\n',
    message:
      'input, line 1, field "stackId": expected well-formed Unicode, found "\\ud800". Write the id with whole characters.',
  },
  {
    name: 'a JSON annotator that is a list',
    kind: 'votes',
    text: '{"stackId":"s1","annotatorId":["ann"],"label":1}\n',
    message:
      'input, line 1, field "annotatorId": expected an annotator id, or nothing for an anonymous vote, found a list. Write the id as text or as a whole number.',
  },
  {
    name: 'repeated votes under reject',
    kind: 'votes',
    text: 'stackId,annotatorId,label\ns1,ann,1\ns1,ann,0\n',
    options: { duplicates: 'reject' },
    message: [
      '1 repeated vote(s): one annotator voted more than once on one stack.',
      '  stack "s1", annotator "ann": 2 votes',
      'Choose which count: --duplicates first, last or all.',
    ].join('\n'),
  },
  {
    name: 'a score that is no number',
    kind: 'scores',
    text: 'stackId,score\ns1,0.5\ns2,high\n',
    message:
      'input, line 3, column 2, field "score": expected a finite number, or nothing where the model gave no score, found "high". Write the number, or leave the field empty.',
  },
  {
    name: 'an infinite score',
    kind: 'scores',
    text: 'stackId,score\ns1,inf\ns2,1e999\n',
    message: [
      'input, line 2, column 2, field "score": expected a finite number, or nothing where the model gave no score, found "inf". Write the number, or leave the field empty.',
      'input, line 3, column 2, field "score": expected a finite number, or nothing where the model gave no score, found "1e999". Write the number, or leave the field empty.',
    ].join('\n'),
  },
  {
    name: 'a score with a decimal comma',
    kind: 'scores',
    text: 'stackId,score\ns1,"0,5"\n',
    message:
      'input, line 2, column 2, field "score": expected a finite number, or nothing where the model gave no score, found "0,5". Write the decimals behind a point, not a comma.',
  },
  {
    name: 'two scores for one stack',
    kind: 'scores',
    text: 'stackId,score\ns1,0.5\ns1,0.5\ns1,0.6\n',
    message:
      'input, line 4, field "score": expected one score per stack, found 0.6 for stack "s1", which has 0.5 already. Remove one of the two rows.',
  },
  {
    name: 'no column for the score',
    kind: 'scores',
    text: 'stackId,p_resnet110,p_slowfast\ns1,0.5,0.6\n',
    message:
      'input, line 1, field "score": expected a column "score" (or probability, p, prediction, crowdscore, prob, modelscore, pstalled, probstalled), found the columns "stackId", "p_resnet110", "p_slowfast". Rename the column that holds it, or say which one it is: --score-column NAME.',
  },
  {
    name: 'a score column that is not there',
    kind: 'scores',
    text: 'stackId,p_resnet110\ns1,0.5\n',
    options: { columns: { score: 'p_resnet101' } },
    message:
      'input, line 1, field "score": expected a column "p_resnet101", found the columns "stackId", "p_resnet110". Check the spelling of the column you asked for.',
  },
  {
    name: 'a JSON score that is a boolean',
    kind: 'scores',
    text: '{"stackId":"s1","score":true}\n',
    message:
      'input, line 1, field "score": expected a finite number, or nothing where the model gave no score, found true. Write the number, or leave the field empty.',
  },
  {
    name: 'JSON in which no row has a score',
    kind: 'scores',
    text: '{"stackId":"s1","logit":0.5}\n',
    message:
      'input, field "score": expected a key "score" in some row, found rows with the keys "stackId", "logit". Rename the key that holds it.',
  },
  {
    name: 'scores where labels should be',
    kind: 'gold',
    text: 'stackId,label\ns1,0.7\n',
    message:
      'input, line 2, column 2, field "label": expected 0 or flowing, 1 or stalled, or nothing, found "0.7". Leave it empty if no expert looked. Write one of these, remove the row, or say what it means: --positive, --negative or --abstain VALUE.',
  },
  {
    name: 'two truths for one stack',
    kind: 'gold',
    text: 'stackId,label\ns1,1\ns1,stalled\ns1,0\n',
    message:
      'input, line 4, field "label": expected one truth per stack, found flowing for stack "s1", which is stalled already. Ask the experts which one holds, and remove the other row.',
  },
  {
    name: 'an unknown way of choosing gold',
    kind: 'gold',
    text: 'stackId,label,chosen\ns1,1,by hand\n',
    message:
      'input, line 2, column 3, field "chosen": expected random, stratified, candidates-only or crowd, found "by hand". Write how the expert-labelled stacks were chosen, the same in every row.',
  },
  {
    name: 'gold chosen in two ways',
    kind: 'gold',
    text: 'stackId,label,chosen\ns1,1,random\ns2,0,crowd\n',
    message:
      'input, line 3, field "chosen": expected "random", as in the rows above, found "crowd". Stacks chosen in different ways prove different things: decode them from different files.',
  },
  {
    name: 'gold chosen otherwise than said',
    kind: 'gold',
    text: 'stackId,label,chosen\ns1,1,crowd\n',
    options: { chosen: 'random' },
    message:
      'input, line 2, field "chosen": expected "random", as in the options, found "crowd". Stacks chosen in different ways prove different things: decode them from different files.',
  },
  {
    name: 'a project that no row has',
    kind: 'gold',
    text: 'filename,project_id,stalled\n1.mp4,M,1\n',
    options: { where: { column: 'project_id', value: 'G' } },
    message:
      'input, field "project_id": expected "G" in some row, found "M" and the like. Check the spelling of the value you asked for.',
  },
  {
    name: 'a column to select by that is not there',
    kind: 'gold',
    text: 'filename,stalled\n1.mp4,1\n',
    options: { where: { column: 'project_id', value: 'G' } },
    message:
      'input, line 1: expected a column "project_id", found the columns "filename", "stalled". Check the spelling of the column you asked for.',
  },
  {
    name: 'a stack described twice',
    kind: 'stacks',
    text: 'filename,project_id\n1.mp4,G\n1.mp4,M\n',
    message:
      'input, line 3, field "stackId": expected one row per stack, found stack "1.mp4" again. Remove one of the rows.',
  },
];

const sourceOf = ({ text, bytes }: Corrupt): Decode.Source =>
  bytes === undefined
    ? Decode.fromText('input', text ?? '')
    : {
        name: 'input',
        bytes: (async function* () {
          yield bytes;
        })(),
      };

for (const corrupt of CASES) {
  test(`${corrupt.kind}() explains ${corrupt.name}`, async () => {
    const decoded = await DECODERS[corrupt.kind](sourceOf(corrupt), corrupt.options ?? {});
    expect(E.isLeft(decoded) ? format(decoded.left) : 'was accepted').toBe(corrupt.message);
  });
}
