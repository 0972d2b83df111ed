// Decoding and preparing against OpenCV and scipy, in turn and in one run, on the same films; tensors must be equal.
// Used by `pipelines.mjs`.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Errors } from '../../dist/index.js';
import { decodeStack, prepareClip, presets, stackFromFile } from '../../dist/model.js';

const PRESETS = ['zfturbo', 'kbrodtAlone', 'lauraOnacBot'];
/** Its outline is missing in some frames: both sides refuse it, except where only the first frame counts. */
const ODD = '900013.mp4';

const PARTS = {
  decode: ({ decode }, clock) => decode[clock],
  prepare: ({ prepare }, clock) => prepare[clock],
  whole: ({ decode, prepare }, clock) => decode[clock] + prepare[clock],
};

const secondsOf = ({ cpu, wall }) => ({ cpu, wall });

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

const STAT = '/proc/self/stat';
/** Processor seconds of children that have ended, in hundredths; ffmpeg is one. Linux only, 0 elsewhere. */
const ofChildren = () => {
  const fields = existsSync(STAT) ? readFileSync(STAT, 'utf8').split(') ')[1].split(' ') : [];
  return (Number(fields[13] ?? 0) + Number(fields[14] ?? 0)) / 100;
};

/** Processor seconds of the whole process, decoding threads and children included, and wall seconds. */
export const timed = async (work) => {
  const [cpu, children] = [process.cpuUsage(), ofChildren()];
  const start = performance.now();
  const value = await work();
  const used = process.cpuUsage(cpu);
  const seconds = (used.user + used.system) / 1e6 + ofChildren() - children;
  return { value, cpu: seconds, wall: (performance.now() - start) / 1000 };
};

const reference = async (python) => {
  const child = spawn(python, [join(import.meta.dirname, 'reference.py')], { stdio: ['pipe', 'pipe', 'ignore'] });
  child.on('error', () => undefined);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    return done ? undefined : JSON.parse(value);
  };
  const versions = await next();
  if (versions === undefined) return undefined;
  return {
    versions,
    ask: (preset, path) => {
      child.stdin.write(`${preset} ${path}\n`);
      return next();
    },
    end: () => child.stdin.end(),
  };
};

/** @returns undefined where films or Python are missing; says so */
export const preparing = async ({ videos, python, rounds }) => {
  if (!existsSync(videos)) {
    console.log(`decode and prepare: skipped, ${videos} is not here`);
    return undefined;
  }
  const other = await reference(python);
  if (other === undefined) {
    console.log(`decode and prepare: skipped, ${python} with cv2 and scipy is not here`);
    return undefined;
  }
  const rows = [];
  for (const preset of PRESETS) {
    const files = readdirSync(videos).filter((file) => file !== ODD || preset === 'lauraOnacBot');
    const each = Object.fromEntries(files.map((file) => [file, { ours: [], theirs: [], equal: true }]));
    // Three rounds to warm up: both sides have caches, ours has a compiler.
    for (let round = -3; round < rounds; round++) {
      for (const file of files) {
        const path = join(videos, file);
        const theirs = await other.ask(preset, path);
        const guard = { ...presets[preset].guard, jump: 'accept', twoOutlines: 'accept' };
        const decode = await timed(() => decodeStack()(stackFromFile(path)));
        const clip = Errors.getOrThrow(decode.value);
        const prepare = await timed(() => prepareClip({ pipeline: { ...presets[preset], guard } })(clip));
        const { data, shape } = Errors.getOrThrow(prepare.value).tensor;
        const sha256 = createHash('sha256')
          .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
          .digest('hex');
        each[file].equal &&= sha256 === theirs.sha256 && String(shape) === String(theirs.shape);
        if (round < 0) continue;
        // Seconds only: the values are whole films.
        each[file].ours.push({ decode: secondsOf(decode), prepare: secondsOf(prepare) });
        each[file].theirs.push(theirs);
      }
    }
    /** Mean over films of the median over rounds. */
    const mean = (side, seconds) =>
      files.reduce((total, file) => total + median(each[file][side].map(seconds)), 0) / files.length;
    for (const [part, seconds] of Object.entries(PARTS)) {
      const [ours, theirs] = ['ours', 'theirs'].map((side) => ({
        cpu: mean(side, (run) => seconds(run, 'cpu')),
        wall: mean(side, (run) => seconds(run, 'wall')),
      }));
      rows.push({
        preset,
        part,
        stacks: files.length,
        sameTensors: files.every((file) => each[file].equal),
        oursCpu: ours.cpu,
        theirsCpu: theirs.cpu,
        timesFasterCpu: theirs.cpu / ours.cpu,
        oursWall: ours.wall,
        theirsWall: theirs.wall,
        timesFasterWall: theirs.wall / ours.wall,
      });
    }
  }
  other.end();
  return { reference: other.versions, rows };
};
