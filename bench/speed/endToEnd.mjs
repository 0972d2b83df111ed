// A predictor from mp4 to score, against the bare runtime on the same tensors. Used by `pipelines.mjs`.
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { Errors } from '../../dist/index.js';
import { openPredictor, orientations, prepareStack, presets, stackFromFile } from '../../dist/model.js';
import { timed } from './preparing.mjs';

const SESSION = { executionProviders: ['cpu'], intraOpNumThreads: 1, interOpNumThreads: 1, enableMemPattern: false };

const NETS = {
  zfturbo: Array.from({ length: 5 }, () => 'densenet121_3d'),
  lauraOnacBot: ['r2plus1d_18', 'mc3_18', 'r2plus1d_18'],
  lauraOnac: ['r2plus1d_18', 'mc3_18', 'r2plus1d_18'],
  kbrodtAlone: ['resnet101_3d'],
};

const measured = async (preset, nets, folder, films) => {
  const pipeline = presets[preset];
  const files = nets.map((net) => ({ path: join(folder, `${net}.onnx`) }));
  const kept = { ...pipeline, guard: { ...pipeline.guard, jump: 'accept', twoOutlines: 'accept' } };
  const predictor = Errors.getOrThrow(await openPredictor()({ pipeline: kept, models: files }));
  const sessions = [];
  for (const { path } of files) sessions.push(await InferenceSession.create(path, SESSION));
  const total = { whole: 0, wall: 0, prepare: 0, turn: 0, bare: 0 };
  for (const [i, film] of [films[0], ...films].entries()) {
    const prepare = await timed(() => prepareStack({ pipeline: kept })(stackFromFile(film)));
    const { tensor } = Errors.getOrThrow(prepare.value);
    const turned = [];
    const turn = await timed(async () => {
      for (const flip of kept.flips) turned.push(orientations({ flips: [flip], layout: kept.layout })(tensor));
    });
    const run = async (passes) => {
      for (const { data, shape } of turned.slice(0, passes)) {
        for (const session of sessions) {
          await session.run({ [session.inputNames[0]]: new Tensor('float32', data, shape) });
        }
      }
    };
    // The first film warms everything up, without being counted.
    if (i === 0) {
      await run(1);
      continue;
    }
    const bare = await timed(() => run(turned.length));
    const whole = await timed(() => predictor.predict([stackFromFile(film)]));
    Errors.getOrThrow(whole.value[0]);
    total.whole += whole.cpu;
    total.wall += whole.wall;
    total.bare += bare.cpu;
    total.prepare += prepare.cpu;
    total.turn += turn.cpu;
    process.stderr.write(`${preset} ${film}: ${whole.cpu.toFixed(2)} s, bare ${bare.cpu.toFixed(2)} s\n`);
  }
  await predictor.close();
  for (const session of sessions) await session.release();
  const n = films.length;
  return {
    preset,
    stacks: n,
    passes: nets.length * pipeline.flips.length,
    cpuPerStack: total.whole / n,
    bareOnnxCpu: total.bare / n,
    prepareCpu: total.prepare / n,
    flipsCpu: total.turn / n,
    // By parts, and as a difference of two long runs; the latter is as exact as the machine is quiet.
    outsideByParts: (total.prepare + total.turn) / (total.prepare + total.turn + total.bare),
    outsideByDifference: (total.whole - total.bare) / total.whole,
    stacksPerHourPerCore: (3600 * n) / total.whole,
  };
};

export const endToEnd = async ({ nets, films }) => {
  const rows = [];
  for (const [preset, names] of Object.entries(NETS)) rows.push(await measured(preset, names, nets, films));
  return rows;
};
