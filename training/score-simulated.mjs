/**
 * Films simulated stacks and scores them with the embedded model, through mp4 where asked: what `validate.mjs` reads.
 *
 *   node training/score-simulated.mjs OUT.csv --stacks 1600 --prevalence 0.3 --seed test --mp4 0.1 --unreadable 0.04
 *
 * A stack that cannot be judged has its failure's name in place of a score.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Simulate } from '../dist/index.js';
import {
  decodeStack,
  embeddedModel,
  encodeMp4,
  openPredictor,
  stackFromBytes,
  stackFromFrames,
} from '../dist/model.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    stacks: { type: 'string', default: '1600' },
    prevalence: { type: 'string', default: '0.3' },
    seed: { type: 'string', default: 'test' },
    mp4: { type: 'string', default: '0.1' },
    unreadable: { type: 'string', default: '0.04' },
  },
});
const [out] = positionals;
if (out === undefined) throw new Error('say where to write: node training/score-simulated.mjs OUT.csv');

const right = (either) => {
  if (either._tag === 'Left') throw new Error(JSON.stringify(either.left));
  return either.right;
};

const seed = values.seed;
const lab = Simulate.dataset({
  stacks: Number(values.stacks),
  prevalence: Number(values.prevalence),
  votes: { perStack: 0 },
})([...seed].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) | 0, 7));
const { stacks } = lab.simulated;
const { pipeline, models } = embeddedModel();
const native = right(await openPredictor()({ pipeline, models }));
// Crops of films may be so small that their H.264 has level 1b, which only ffmpeg is sure to read.
const throughMp4 = right(await openPredictor({ decoder: 'ffmpeg' })({ pipeline, models }));

const rows = ['stackId,truth,difficulty,stillness,fault,frames,height,width,mp4,score,failure'];
const every = Math.round(1 / Number(values.mp4));
let cpu = 0;
for (const [s, stackId] of stacks.stackIds.entries()) {
  const one = {
    stackIds: [stackId],
    truth: stacks.truth.subarray(s, s + 1),
    difficulty: stacks.difficulty.subarray(s, s + 1),
  };
  const [film] = Simulate.clips({ seed, view: 'outline', unreadable: Number(values.unreadable) })(one);
  const { truth, stillness, fault = '' } = film.simulated;
  const isMp4 = s % every === every - 1 && fault === '';
  const raw = stackFromFrames(stackId, film);
  const source = isMp4 ? stackFromBytes(stackId, right(await encodeMp4()(right(await decodeStack()(raw))))) : raw;
  const before = process.cpuUsage();
  const [scored] = await (isMp4 ? throughMp4 : native).predict([source]);
  const used = process.cpuUsage(before);
  cpu += used.user + used.system;
  const answer = scored._tag === 'Left' ? ['', scored.left._tag] : [scored.right.ensemble.score, ''];
  const about = [film.frames.length, film.height, film.width, Number(isMp4)];
  rows.push([stackId, truth, stacks.difficulty[s], stillness, fault, ...about, ...answer].join(','));
}
await native.close();
await throughMp4.close();
writeFileSync(out, `${rows.join('\n')}\n`);
process.stderr.write(
  `${stacks.stackIds.length} stacks, ${(cpu / 1e3 / stacks.stackIds.length).toFixed(0)} CPU ms each\n`,
);
