/**
 * Films simulated stacks and writes what the `embedded` pipeline makes of them, for `train.py`.
 *
 *   node training/make-tensors.mjs OUT --stacks 6000 --prevalence 0.25 --seed train --mp4 0.25
 *
 * OUT/volumes.npy: bytes, stacks × 32 × 32 × 32, before scaling. OUT/stacks.csv: what is known of each row.
 * `--mp4` is the share of stacks that go through H.264 and back, as stacks from a laboratory do.
 */
import { mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Simulate } from '../dist/index.js';
import { decodeStack, encodeMp4, prepareStack, presets, stackFromBytes, stackFromFrames } from '../dist/model.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    stacks: { type: 'string', default: '6000' },
    prevalence: { type: 'string', default: '0.25' },
    seed: { type: 'string', default: 'train' },
    mp4: { type: 'string', default: '0.25' },
  },
});
const [out] = positionals;
if (out === undefined) throw new Error('say where to write: node training/make-tensors.mjs OUT');
const n = Number(values.stacks);
const every = Math.round(1 / Number(values.mp4));
mkdirSync(out, { recursive: true });

const lab = Simulate.dataset({ stacks: n, prevalence: Number(values.prevalence), votes: { perStack: 0 } })(
  [...values.seed].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) | 0, 7),
);
const { stacks } = lab.simulated;

const { embedded } = presets;
const shape = [n, embedded.depth.planes, embedded.resize.height, embedded.resize.width];
const header = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`.padEnd(117);
const file = openSync(join(out, 'volumes.npy'), 'w');
writeSync(
  file,
  Buffer.concat([Buffer.from([0x93]), Buffer.from('NUMPY\x01\x00\x76\x00', 'latin1'), Buffer.from(`${header}\n`)]),
);

const right = (either) => {
  if (either._tag === 'Left') throw new Error(JSON.stringify(either.left));
  return either.right;
};
// Crops of films may be so small that their H.264 has level 1b, which only ffmpeg is sure to read.
const prepare = prepareStack({ decoder: 'auto', pipeline: embedded });
const prepareMp4 = prepareStack({ decoder: 'ffmpeg', pipeline: embedded });
const rows = ['stackId,truth,difficulty,stillness,frames,height,width,mp4'];
const before = process.cpuUsage();
let s = 0;
for (const film of Simulate.clips({ seed: values.seed, view: 'outline' })(stacks)) {
  const { stackId } = film;
  const isMp4 = s % every === every - 1;
  const raw = stackFromFrames(stackId, film);
  const source = isMp4 ? stackFromBytes(stackId, right(await encodeMp4()(right(await decodeStack()(raw))))) : raw;
  const { volume, box } = right(await (isMp4 ? prepareMp4 : prepare)(source)());
  writeSync(file, volume.data);
  const { truth, stillness } = film.simulated;
  const size = [film.frames.length, box.row1 - box.row0, box.col1 - box.col0];
  rows.push([stackId, truth, stacks.difficulty[s], stillness, ...size, Number(isMp4)].join(','));
  s++;
}
writeFileSync(join(out, 'stacks.csv'), `${rows.join('\n')}\n`);
const { user, system } = process.cpuUsage(before);
process.stderr.write(`${n} stacks in ${((user + system) / 1e6).toFixed(0)} CPU seconds\n`);
