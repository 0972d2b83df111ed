import type { Command } from 'commander';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { DataFailure } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import { comparisonText, modelText } from '../../report/index.js';
import { type OutputFlags, outputFlags, rateNumber } from '../flags.js';
import { asData, pipelineNamed } from '../modelFiles.js';
import { EXIT, type Verb } from '../verb.js';
import { earlyStop } from './earlyStop.js';

/** `tandem model inspect`: what ONNX files say of themselves, and whether they fit a pipeline. */
export const inspect = (files: readonly string[], flags: OutputFlags & { readonly preset?: string }): Verb =>
  pipe(
    TE.Do,
    TE.bind('pipeline', () =>
      flags.preset === undefined ? TE.right<DataFailure, undefined>(undefined) : pipelineNamed(flags.preset),
    ),
    TE.bindW('tools', () => TE.fromTask(() => import('../../model/inference/onnx/inspect.js'))),
    TE.bindW('models', ({ tools }) =>
      pipe(
        files,
        TE.traverseSeqArray((file) => tools.inspectModel(file)),
        TE.mapLeft(asData),
      ),
    ),
    TE.bindW('compare', () => TE.fromTask(() => import('../../model/inference/fit/mismatches.js'))),
    TE.map(({ pipeline, models, compare }) => {
      const differences = pipeline === undefined ? [] : compare.pipelineDifferences(pipeline, models);
      const compared =
        pipeline === undefined
          ? []
          : [
              comparisonText({
                pipeline: pipeline.name,
                differences,
                outputs: models.reduce((sum, { outputs }) => sum + outputs.length, 0),
                roles: pipeline.models.length,
              }),
            ];
      return {
        text: [...models.map(modelText), ...compared].join('\n\n'),
        json: present({
          models,
          pipeline: pipeline === undefined ? undefined : pipeline.name,
          fits: pipeline === undefined ? undefined : differences.length === 0,
          differences: pipeline === undefined ? undefined : differences,
        }),
        exitCode: differences.length === 0 ? EXIT.certified : EXIT.targetsNotMet,
      };
    }),
  );

/** `tandem model merge`: several ONNX files with a common input → one with all their outputs. */
export const merge = (files: readonly string[], flags: OutputFlags & { readonly out: string }): Verb =>
  pipe(
    TE.fromTask<typeof import('../../model/inference/onnx/mergeFiles.js'), DataFailure>(
      () => import('../../model/inference/onnx/mergeFiles.js'),
    ),
    TE.chain(({ mergeFiles }) => pipe(mergeFiles(flags.out, files), TE.mapLeft(asData))),
    TE.map((model) => ({
      text: `${modelText(model)}\n\nMerged ${files.length} models: their outputs stand in the order of the files.`,
      json: { merged: files, model },
      exitCode: EXIT.certified,
    })),
  );

/** Adds these verbs to the command line. */
export const modelVerbs = (tandem: Command, execute: (verb: Verb, flags: OutputFlags) => Promise<void>): void => {
  const model = tandem
    .command('model')
    .description('look into ONNX files, merge them, and ask them no more than needed');

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
    .description('stacks scored in full → how few passes would have done, proven on half of them')
    .argument('<stacks...>', 'folders, patterns, files or lists; before --models')
    .requiredOption('--preset <name|file>', 'a pipeline whose ensemble is a mean')
    .option('--models <files...>', 'ONNX files in the order of the roles (default: those the pipeline names)')
    .option('--policy <file>', "policy.json whose decisions must not change (default: the pipeline's own threshold)")
    .option('--risk <share>', 'share of any band of scores that may be moved', rateNumber, 0.01)
    .option('--confidence <share>', 'of the proof', rateNumber, 0.95)
    .option('--out <file>', 'where the rule goes', 'early-stop.json')
    .addHelpText('after', EARLY_STOP_HELP)
    .action((stacks, flags) => execute(earlyStop(stacks, flags), flags));
};

const EARLY_STOP_HELP = `
Flips and ensemble members are asked like annotators: no further once the decision is settled. Half of the stacks choose how
far from a decision's edge is far enough after each pass, the other half prove it, in each band of scores by itself. With 1 %
risk every band needs about 600 stacks; labels are not needed. Where no rule can be proven, the file holds the exact one.

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
Nothing is averaged: output i is that of file i, called <output>_<i>, counted from 0. Each answers as it did alone, bit for bit.

Example:
  tandem model merge --out ensemble.onnx fold_0.onnx fold_1.onnx fold_2.onnx fold_3.onnx fold_4.onnx

Exit codes: 0 done · 1 error`;
