import * as E from 'fp-ts/lib/Either.js';
import type { ModelDescription } from '../../model/inference/onnx/inspect.js';
import { comparisonText, modelText } from '../../report/index.js';
import type { OutputFlags } from '../flags.js';
import { asData, pipelineNamed } from '../modelFiles.js';
import { EXIT, type Verb } from '../verb.js';

interface InspectFlags extends OutputFlags {
  readonly preset?: string;
}

/** `tandem model inspect`: describes ONNX files, and says whether they fit a pipeline. */
export const inspect = async (files: readonly string[], { preset }: InspectFlags): Verb => {
  const pipeline = preset === undefined ? undefined : await pipelineNamed(preset);
  if (pipeline !== undefined && E.isLeft(pipeline)) return pipeline;
  const { inspectModel } = await import('../../model/inference/onnx/inspect.js');
  const models: ModelDescription[] = [];
  for (const file of files) {
    const model = await inspectModel(file);
    if (E.isLeft(model)) return E.left(asData(model.left));
    models.push(model.right);
  }
  const texts = models.map(modelText);
  if (pipeline === undefined) return E.right({ text: texts.join('\n\n'), json: { models }, exitCode: EXIT.certified });
  const { mismatchText, modelFit } = await import('../../model/inference/fit/modelFit.js');
  const { name, models: roles } = pipeline.right;
  const { mismatches, doubts } = modelFit(pipeline.right)(models);
  const outputs = models.reduce((sum, model) => sum + model.outputs.length, 0);
  const compared = comparisonText({ pipeline: name, differences: mismatches, outputs, roles: roles.length });
  const fits = mismatches.length === 0;
  return E.right({
    text: [...texts, compared, ...doubts.map((doubt) => `Beware: ${mismatchText(doubt)}`)].join('\n\n'),
    json: { models, pipeline: name, fits, differences: mismatches, doubts },
    exitCode: fits ? EXIT.certified : EXIT.targetsNotMet,
  });
};

/** `tandem model merge`: several ONNX files with a common input → one file with all their outputs. */
export const merge = async (files: readonly string[], { out }: OutputFlags & { readonly out: string }): Verb => {
  const { mergeFiles } = await import('../../model/inference/onnx/mergeFiles.js');
  const model = await mergeFiles(out, files);
  if (E.isLeft(model)) return E.left(asData(model.left));
  const text = `${modelText(model.right)}\n\nMerged ${files.length} models: their outputs stand in the order of the files.`;
  return E.right({ text, json: { merged: files, model: model.right }, exitCode: EXIT.certified });
};
