import { type Command, InvalidArgumentError, Option } from 'commander';
import { MOST_SECONDS } from '../model/limits.js';
import { presets } from '../model/presets.js';

const oneOrMore = (text: string): number => {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1) throw new InvalidArgumentError('Expected a whole number, 1 or more.');
  return value;
};

const seconds = (text: string): number => {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= MOST_SECONDS) return value;
  throw new InvalidArgumentError(`Expected whole seconds, 1 to ${MOST_SECONDS} (25 days).`);
};

const SCORE_HELP = `
Stacks are folders (searched with all below them), patterns in quotes, files, or lists: .txt with one path per line, .csv with
a column path or filename, - for a list on standard input. A stack's id is its file name, as in the tables of the challenge.

Results are kept in scores.csv.journal.ndjson as they come. Stopped at any moment, even by kill -9, the same command goes on
where it was; scores.csv is written when all is done and is the same to the byte as without the stop. Stacks that fail have no
score and stand in scores.failures.csv with the reason and the remedy. A stack is done while its file has the same place, size
and time; one that is away for now keeps its score, one that is listed no longer has no row and stays in the journal. --out is
never written over a file of others, nor over one that is read. kbrodt pads stacks to the longest of eight neighbours in the
order of their names: new files change its batches, and those are scored again.

Examples:
  tandem score videos --preset zfturbo --models fold_0.onnx fold_1.onnx fold_2.onnx fold_3.onnx fold_4.onnx --out scores.csv
  tandem score 'videos/**/*.mp4' --preset my-pipeline.json --processes 8
  tandem score test_metadata.csv --folder videos --preset kbrodt --models snapshots/*.onnx
  tandem score videos --preset lauraOnac --tensors-only --out tensors.csv
  tandem score videos --preset embedded --early-stop exact
  tandem run --votes votes.csv --scores scores.csv --gold truth.csv

Exit codes: 0 every stack has its score · 1 error, or no stack could be scored · 2 some stacks failed · 130 stopped; start again`;

/** The flags of `tandem score`. */
export const scoreFlags = (command: Command): Command =>
  command
    .description('image stacks and models → scores.csv, resumable')
    .argument('<stacks...>', 'folders, patterns, files or lists; before --models')
    .requiredOption('--preset <name|file>', `${Object.keys(presets).join(', ')}, or a pipeline's JSON file`)
    .option('--models <files...>', 'ONNX files in the order of the roles (default: those the pipeline names)')
    .option(
      '--early-stop <exact|file>',
      'ask no further models and flips once the decision is settled; see `model early-stop`',
    )
    .option('--out <file>', 'where the scores go (default: scores.csv, or tensors.csv)')
    .option('--tensors-only', 'no models: shape and SHA-256 of every tensor they would be fed, to compare programs')
    .option('--processes <n>', 'processes with one core each (default: one for every core)', oneOrMore)
    .option('--limit-seconds <n>', 'longest time to decode one stack (default: 120)', seconds)
    .addOption(
      new Option('--decoder <name>', 'who decodes H.264').choices(['auto', 'webcodecs', 'ffmpeg']).default('auto'),
    )
    .addOption(
      new Option('--ids <what>', 'what a stack is called: its file name, or that without its ending')
        .choices(['name', 'stem'])
        .default('name'),
    )
    .option('--folder <dir>', "where relative paths of lists start (default: the list's own folder)")
    .option('--retry-failed', 'look again at stacks that failed in earlier runs')
    .option('--fresh', 'throw earlier results away and start over')
    .addHelpText('after', SCORE_HELP);
