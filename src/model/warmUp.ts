import * as E from 'fp-ts/lib/Either.js';
import type { Pipeline } from '../decode/pipeline.js';
import { readAnswers } from './answers.js';
import { inputShape, shapeText, type Wiring } from './modelFit.js';
import type { OpenModel, RawOutput } from './onnx.js';

/** Below the fewest frames of 587,208 known stacks (17), and cheap; the second is for networks that need more. */
const WARM_FRAMES = [16, 64];

/** Runs every model once on zeros: memory is in place before the first stack, and a misfit the file did not tell shows. */
export const warmUp = async (
  pipeline: Pipeline,
  opened: readonly OpenModel[],
  wiring: Wiring,
): Promise<E.Either<readonly string[], Wiring>> => {
  const made = inputShape(pipeline);
  const tries = made.includes('T') ? WARM_FRAMES : [0];
  const differences: string[] = [];
  for (const [file, model] of opened.entries()) {
    let problem: string | undefined;
    for (const frames of tries) {
      const shape = made.map((n) => (typeof n === 'number' ? n : n === 'N' ? wiring.together : frames));
      const zeros = { data: new Float32Array(shape.reduce((a, b) => a * b, 1)), shape };
      const ran = await model.run(model.inputs[0].name, zeros);
      problem = E.isLeft(ran)
        ? `it does not run on ${shapeText(shape)} (${ran.left})`
        : misread(ran.right, pipeline, wiring, file);
      if (problem === undefined) break;
    }
    if (problem !== undefined) differences.push(opened.length === 1 ? problem : `${model.path}: ${problem}`);
  }
  return differences.length === 0 ? E.right(wiring) : E.left(differences);
};

/** A shape or type that cannot be read; what zeros mean to the network does not matter here. */
const misread = (
  raw: Readonly<Record<string, RawOutput>>,
  { output: kind }: Pipeline,
  { wires, together }: Wiring,
  file: number,
): string | undefined => {
  for (const { output } of wires.filter((wire) => wire.file === file)) {
    const given = raw[output];
    const zeros = given && { ...given, data: Array.from(given.data, (x) => (typeof x === 'number' ? 0.5 : x)) };
    const read = readAnswers(zeros, kind, together);
    if (E.isLeft(read)) return `output \`${output}\` ${read.left}`;
  }
  return undefined;
};
