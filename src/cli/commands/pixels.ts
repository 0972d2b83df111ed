import { type Command, InvalidArgumentError, Option } from 'commander';
import { GROUPS, helpText, mainFlags, openShare, outputFlags, positive, whole, withFlags } from '../flags.js';
import type { Execute } from '../verb.js';

/** The longest time of a timer in Node, in whole seconds. */
const LONGEST_SECONDS = Math.floor((2 ** 31 - 1) / 1000);

const seconds = (text: string): number => {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= LONGEST_SECONDS) return value;
  throw new InvalidArgumentError(`Expected whole seconds, 1 to ${LONGEST_SECONDS} (25 days).`);
};

/** `2/8`: part 2 of 8. */
const shardOf = (text: string): { readonly number: number; readonly of: number } => {
  const found = /^(\d{1,6})\/(\d{1,6})$/.exec(text.trim());
  const [number, of] = [Number(found?.[1]), Number(found?.[2])];
  if (number >= 1 && number <= of) return { number, of };
  throw new InvalidArgumentError('Expected a part of a whole, such as 2/8: the second of eight parts.');
};

/** Names of the pipelines in the package, as text: the pipelines themselves are loaded when a verb needs them. */
const PRESETS = 'zfturbo, zfturboBot, kbrodt, kbrodtAlone, kbrodtBot, lauraOnac, lauraOnacBot, azKa, embedded';

const stacksArgument = (command: Command): Command =>
  command.argument('<stacks...>', 'folders, patterns, files or lists; before --models');

const pipelineFlags =
  (preset: string) =>
  (command: Command): Command =>
    command
      .optionsGroup(GROUPS.input)
      .requiredOption('--preset <name|file>', preset)
      .option('--models <files...>', 'ONNX files in the order of the roles (default: those the pipeline names)');

const SCORE_NOTES = `Stacks are folders (searched with all folders below them), patterns in quotes, files, or lists: .txt with one path per line,
.csv with a column path or filename, - for a list on standard input. A stack's id is its file name, as in the tables of the
challenge.

Results are saved in scores.csv.journal.ndjson as they come. If the run is stopped at any moment, even by kill -9, start the same
command again: it continues where it stopped, and scores.csv is the same to the byte. scores.csv is written when all is done.
Stacks that fail have no score; scores.failures.csv gives the reason and the remedy. A stack is not scored again while its file
keeps its place, size and time. A stack whose file is away for now keeps its score. A stack that is no longer listed has no row,
and stays in the journal. --out never overwrites a file of another program, nor a file that the run reads. kbrodt pads stacks to
the longest of eight neighbours in the order of their names: new files change its batches, and those are scored again.`;

const EARLY_STOP_NOTES = `Flips and ensemble members are asked like annotators: not further once the decision cannot change. Half of the stacks choose how
far from a decision's threshold is far enough after each pass. The other half prove it, in each band of scores by itself. At 1 %
risk every band needs about 600 stacks; labels are not needed. Where no rule can be proven, the file holds the exact one.`;

/** The verbs from films to scores: score, model, demo. */
export const pixelCommands = (tandem: Command, argv: readonly string[], execute: Execute): void => {
  tandem.commandsGroup('From films to scores:');

  const score = tandem.command('score');
  withFlags(
    score,
    stacksArgument,
    pipelineFlags(`${PRESETS}, or a pipeline's JSON file`),
    outputFlags({ flags: '--out <file>', what: 'table of scores (default: scores.csv, or tensors.csv)' }),
    mainFlags('preset', 'models', 'out'),
  )
    .description('image stacks and models → scores.csv, resumable')
    .optionsGroup(GROUPS.input)
    .addOption(
      new Option('--ids <what>', 'the id of a stack: its file name, or that without its ending')
        .choices(['name', 'stem'])
        .default('name'),
    )
    .option('--folder <dir>', "where relative paths of lists start (default: the list's own folder)")
    .optionsGroup(GROUPS.method)
    .option(
      '--early-stop <exact|file>',
      'skip models and flips that cannot change the decision; see `model early-stop`',
    )
    .option('--shard <i/n>', 'score only part i of n, on a machine of its own; see `score merge`', shardOf)
    .option('--processes <n>', 'processes with one core each (default: one for every core)', positive)
    .option('--pass-seconds <n>', 'longest time of one pass of a model (default: 300)', seconds)
    .option('--limit-seconds <n>', 'longest time to decode one stack (default: 120)', seconds)
    .addOption(
      new Option('--decoder <name>', 'which program decodes H.264')
        .choices(['auto', 'webcodecs', 'ffmpeg'])
        .default('auto'),
    )
    .option('--retry-failed', 'try stacks again that failed in earlier runs')
    .option('--fresh', 'discard earlier results and start over')
    .optionsGroup(GROUPS.output)
    .option('--tensors-only', 'no models: shape and SHA-256 of every tensor they would get, to compare programs')
    .addHelpText(
      'after',
      helpText({
        notes: SCORE_NOTES,
        examples: [
          'tandem score videos --preset zfturbo --models fold_0.onnx fold_1.onnx fold_2.onnx fold_3.onnx fold_4.onnx --out scores.csv',
          "tandem score 'videos/**/*.mp4' --preset my-pipeline.json --processes 8",
          'tandem score test_metadata.csv --folder videos --preset kbrodt --models snapshots/*.onnx',
          'tandem score videos --preset lauraOnac --tensors-only --out tensors.csv',
          'tandem score videos --preset embedded --early-stop exact',
          'tandem score videos --preset embedded --shard 2/8 --out scores.2-of-8.csv',
          'tandem run --votes votes.csv --scores scores.csv --gold truth.csv',
        ],
      }),
    )
    .action((stacks, flags) =>
      execute(flags, async () => {
        const { scoreVerb } = await import('../verbs/score.js');
        return scoreVerb(stacks, flags, argv);
      }),
    );

  mergeCommand(score, execute);
  modelCommands(tandem, execute);

  withFlags(
    tandem.command('demo'),
    outputFlags({ flags: '--out <dir>', what: 'folder for films, inputs and results', preset: 'tandem-demo' }),
  )
    .description('simulate a small laboratory, film its stacks, and run the main job from mp4 files to the report')
    .optionsGroup(GROUPS.method)
    .option('--seed <n>', 'seed of the simulation and of the division of gold', whole, 1)
    .option('--stacks <n>', 'new stacks to film; each takes about a second', positive, 40)
    .option('--no-films', 'no pixels: votes and scores of 20,000 simulated stacks instead')
    .addHelpText('after', helpText({ examples: ['tandem demo --seed 7', 'tandem demo --no-films --out votes-only'] }))
    .action((flags) =>
      execute(flags, async () => {
        const { demoVerb } = await import('../demo/demo.js');
        return demoVerb(flags);
      }),
    );
};

const MERGE_NOTES = `Each machine scores its own part (\`--shard 1/4\` … \`--shard 4/4\`) and leaves a journal beside its output. Merge joins journals into
the scores, the failures and the journal of one run: version, pipeline and models must be the same, and a stack that several machines
have scored must have one result. Missing shards and unfinished ones are named. The merged journal can go on: \`tandem score\`
with the same --out scores what is missing. Paths in journals are relative, and content is told by its hash, so that journals can be
copied from machine to machine.`;

const mergeCommand = (score: Command, execute: Execute): void => {
  withFlags(
    score.command('merge'),
    (command) => command.argument('<journals...>', 'the journals of the parts: scores.1-of-4.csv.journal.ndjson …'),
    outputFlags({ flags: '--out <file>', what: 'table of scores', preset: 'scores.csv' }),
  )
    .description('journals of several machines → scores.csv, as if one machine had scored all')
    .optionsGroup(GROUPS.input)
    .option('--stacks <names...>', 'the stacks that there should be: folders, patterns or lists, as for `tandem score`')
    .addOption(
      new Option('--ids <what>', 'the id of a stack: its file name, or that without its ending')
        .choices(['name', 'stem'])
        .default('name'),
    )
    .option('--folder <dir>', "where relative paths of lists start (default: the list's own folder)")
    .addHelpText(
      'after',
      helpText({
        notes: MERGE_NOTES,
        examples: [
          'tandem score merge scores.*-of-4.csv.journal.ndjson --out scores.csv',
          'tandem score merge night/*.journal.ndjson --stacks videos --out scores.csv',
        ],
      }),
    )
    .action((journals, flags) =>
      execute(flags, async () => {
        const { mergeVerb } = await import('../verbs/merge.js');
        return mergeVerb(journals, flags);
      }),
    );
};

const modelCommands = (tandem: Command, execute: Execute): void => {
  const model = tandem
    .command('model')
    .description('inspect and merge ONNX files, and find out how few passes are enough')
    .helpOption('-h, --help', 'show this help')
    .addHelpText('after', helpText({ examples: ['tandem model inspect fold_0.onnx'] }));
  const files = (command: Command): Command =>
    command.argument('<files...>', 'ONNX files, in the order in which the pipeline names its models');

  withFlags(model.command('inspect'), files, outputFlags())
    .description('inputs, outputs, operators and weights of ONNX files; with --preset, whether they fit a pipeline')
    .optionsGroup(GROUPS.input)
    .option('--preset <name|file>', 'pipeline to compare with')
    .addHelpText(
      'after',
      helpText({
        examples: [
          'tandem model inspect fold_0.onnx',
          'tandem model inspect fold_0.onnx fold_1.onnx fold_2.onnx fold_3.onnx fold_4.onnx --preset zfturbo',
        ],
      }),
    )
    .action((paths, flags) =>
      execute(flags, async () => {
        const { inspect } = await import('../verbs/model.js');
        return inspect(paths, flags);
      }),
    );

  withFlags(model.command('merge'), files, outputFlags())
    .description('several ONNX files with a common input → one with one input and all their outputs')
    .optionsGroup(GROUPS.output)
    .requiredOption('--out <file>', 'the merged ONNX file')
    .addHelpText(
      'after',
      helpText({
        notes:
          'Nothing is averaged: output i is that of file i, called <output>_<i>, counted from 0. Each gives the same values as alone,\nbit for bit.',
        examples: [
          'tandem model merge --out ensemble.onnx fold_0.onnx fold_1.onnx fold_2.onnx fold_3.onnx fold_4.onnx',
        ],
      }),
    )
    .action((paths, flags) =>
      execute(flags, async () => {
        const { merge } = await import('../verbs/model.js');
        return merge(paths, flags);
      }),
    );

  withFlags(
    model.command('early-stop'),
    stacksArgument,
    pipelineFlags('a pipeline whose ensemble is a mean'),
    outputFlags({ flags: '--out <file>', what: 'file for the rule', preset: 'early-stop.json' }),
  )
    .description('stacks scored in full → how few passes are enough, proven on half of them')
    .optionsGroup(GROUPS.input)
    .option('--policy <file>', "policy.json whose decisions must not change (default: the pipeline's own threshold)")
    .optionsGroup(GROUPS.targets)
    .option('--risk <share>', 'share of the scores of any band that may change sides', openShare, 0.01)
    .option('--confidence <share>', 'of the proof', openShare, 0.95)
    .addHelpText(
      'after',
      helpText({
        notes: EARLY_STOP_NOTES,
        examples: [
          'tandem model early-stop calibration-videos --preset zfturbo --models ensemble.onnx',
          'tandem model early-stop calibration-videos --preset embedded --policy policy.json --out early-stop.json',
          'tandem score videos --preset embedded --early-stop early-stop.json',
        ],
      }),
    )
    .action((stacks, flags) =>
      execute(flags, async () => {
        const { earlyStop } = await import('../verbs/earlyStop.js');
        return earlyStop(stacks, flags);
      }),
    );
};
