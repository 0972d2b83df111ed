import type { Command } from 'commander';
import * as E from 'fp-ts/lib/Either.js';
import type { ModelDescription } from '../../model/inference/onnx/inspect.js';
import { comparisonText, modelText } from '../../report/text/model.js';
import { type OutputFlags, outputFlags, rateNumber } from '../flags.js';
import { asData, pipelineNamed } from '../modelFiles.js';
import { EXIT, type Verb } from '../verb.js';
import { earlyStop } from './earlyStop.js';

interface InspectFlags extends OutputFlags {
  readonly preset?: string;
}

/** `tandem model inspect`: describes ONNX files, and says whether they fit a pipeline. */
export const inspect =
  (files: readonly string[], { preset }: InspectFlags): Verb =>
  async () => {
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
    if (pipeline === undefined)
      return E.right({ text: texts.join('\n\n'), json: { models }, exitCode: EXIT.certified });
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
export const merge =
  (files: readonly string[], { out }: OutputFlags & { readonly out: string }): Verb =>
  async () => {
    const { mergeFiles } = await import('../../model/inference/onnx/mergeFiles.js');
    const model = await mergeFiles(out, files);
    if (E.isLeft(model)) return E.left(asData(model.left));
    const text = `${modelText(model.right)}\n\nMerged ${files.length} models: their outputs stand in the order of the files.`;
    return E.right({ text, json: { merged: files, model: model.right }, exitCode: EXIT.certified });
  };

/** Adds these verbs to the command line. */
export const modelVerbs = (tandem: Command, execute: (verb: Verb, flags: OutputFlags) => Promise<void>): void => {
  const model = tandem.command('model').description('describe ONNX files, merge them, and stop asking them early');

  outputFlags(model.command('inspect'))
    .description('inputs, outputs, operators and weights of ONNX files; with --preset, whether they fit a pipeline')
    .argument('<files...>', 'ONNX files, in the order in which the pipeline names its models')
    .option('--preset <name|file>', 'pipeline to compare with')
    .addHelpText('after', INSPECT_HELP)
    .action((files, flags) => execute(inspect(files, flags), flags));

  outputFlags(model.command('merge'))
    .description('several ONNX files with a common input → one with one input and all their outputs')
    .argument('<files...>', 'ONNX files, in the order in which the pipeline names its models')
    .requiredOption('--out <file>', 'the merged ONNX file')
    .addHelpText('after', MERGE_HELP)
    .action((files, flags) => execute(merge(files, flags), flags));

  outputFlags(model.command('early-stop'))
    .description('stacks scored in full → a rule that stops after fewer passes, proven on half of them')
    .argument('<stacks...>', 'folders, patterns, files or lists; before --models')
    .requiredOption('--preset <name|file>', 'a pipeline whose ensemble is a mean')
    .option('--models <files...>', 'ONNX files in the order of the roles (default: those the pipeline names)')
    .option('--policy <file>', "policy.json whose decisions must not change (default: the pipeline's own threshold)")
    .option(
      '--risk <share>',
      'share of the stacks of any band of scores that may change their decision',
      rateNumber,
      0.01,
    )
    .option('--confidence <share>', 'of the proof', rateNumber, 0.95)
    .option('--out <file>', 'where the rule goes', 'early-stop.json')
    .addHelpText('after', EARLY_STOP_HELP)
    .action((stacks, flags) => execute(earlyStop(stacks, flags), flags));
};

const EARLY_STOP_HELP = `
A forward pass asks one model about one flip. Passes stop when the decision is settled, as votes of annotators do. Half of the
stacks choose how far a score must lie from a decision's edge after each pass. The other half prove the rule in each band of
scores. With 1 % risk every band needs about 600 stacks; no labels are needed. Where no rule can be proven, the file holds the
exact rule: stop when the remaining passes cannot change the decision.

Examples:
  tandem model early-stop calibration-videos --preset zfturbo --models ensemble.onnx
  tandem model early-stop calibration-videos --preset embedded --policy policy.json --out early-stop.json
  tandem score videos --preset embedded --early-stop early-stop.json

Exit codes: 0 proven · 1 error · 3 too few stacks; the exact rule is written`;

const INSPECT_HELP = `
Examples:
  tandem model inspect fold_0.onnx
  tandem model inspect fold_0.onnx fold_1.onnx fold_2.onnx fold_3.onnx fold_4.onnx --preset zfturbo

Exit codes: 0 fits, or nothing to compare with · 1 error · 2 does not fit`;

const MERGE_HELP = `
Nothing is averaged: output i is that of file i, called <output>_<i>, counted from 0. Each output is the same as before the
merge, bit for bit.

Example:
  tandem model merge --out ensemble.onnx fold_0.onnx fold_1.onnx fold_2.onnx fold_3.onnx fold_4.onnx

Exit codes: 0 done · 1 error`;
