/** Why a stack has no tensor, and so no probability. */
export type StackFailureTag =
  /** No bytes, or no frames. */
  | 'StackEmpty'
  /** It ends before its own index says that it does. */
  | 'StackTruncated'
  /** Its format is known, and its content is damaged. */
  | 'StackDamaged'
  /** A format, codec or pixel type that Tandem does not read. */
  | 'FormatUnknown'
  /** Beyond the limits on bytes, frames or memory. */
  | 'StackTooLarge'
  /** Too few frames to see blood move. */
  | 'StackTooShort'
  | 'DecodeTimedOut'
  /** Neither of the two decoders is installed. */
  | 'DecoderMissing'
  | 'DecodeAborted'
  | 'OutlineMissing'
  | 'OutlineJumps'
  | 'OutlineAmbiguous';

/** Nothing of the stack was used. It stays unscored, which is not the same as flowing. */
export interface StackFailure {
  readonly _tag: StackFailureTag;
  /** File name, or what the caller called the stack. */
  readonly stack: string;
  /** What was found, as a sentence. */
  readonly reason: string;
  /** How to mend it, as an imperative sentence. */
  readonly fix: string;
  /** 0-based, where one frame is to blame. */
  readonly frame?: number;
}

/** Why a model file cannot be used, or several cannot become one. */
export type ModelFileFailureTag =
  /** Empty, damaged, or no ONNX. */
  | 'ModelUnreadable'
  /** Larger than a protobuf message can be: 2 GB. */
  | 'ModelTooLarge'
  /** The models do not share what an ensemble must share: input, operator set, IR version. */
  | 'ModelsDiffer'
  /** The weights are in another file, and that file is not where it must be. */
  | 'WeightsElsewhere'
  /** Its SHA-256 is not the one that was pinned. */
  | 'ModelChanged'
  /** Its inputs or outputs are not those that the pipeline makes and reads. */
  | 'ModelMismatch';

/** Nothing of the model was used. */
export interface ModelFileFailure {
  readonly _tag: ModelFileFailureTag;
  /** File name, or what the caller called the model. */
  readonly model: string;
  /** What was found, as a sentence. */
  readonly reason: string;
  /** How to mend it, as an imperative sentence. */
  readonly fix: string;
}

/** Why a sound model gave no score. */
export type RunFailureTag =
  /** Neither of the two runtimes is installed, or the one asked for is not. */
  | 'RuntimeMissing'
  /** The model answered with something other than probabilities. */
  | 'ModelOutputInvalid'
  /** The process that worked on the stack ended, twice. */
  | 'WorkerDied'
  /** Loading the models, or one pass of a model, took longer than allowed. */
  | 'ModelTimedOut'
  /** The caller stopped the run, or closed the pool. */
  | 'Aborted';

/** There is no score. The stack stays unscored, which is not the same as flowing. */
export interface RunFailure {
  readonly _tag: RunFailureTag;
  /** Absent when it happened before any stack. */
  readonly stack?: string;
  /** What was found, as a sentence. */
  readonly reason: string;
  /** How to mend it, as an imperative sentence. */
  readonly fix: string;
}

const FIXES: Readonly<Record<StackFailureTag, string>> = {
  StackEmpty: 'Export or download the stack again.',
  StackTruncated: 'Copy or download the file again; the copy stopped early.',
  StackDamaged: 'Copy or download the file again.',
  FormatUnknown: 'Convert it to MP4 (H.264, 8 bits, 4:2:0), an 8-bit multi-page TIFF, or a .npy array of bytes.',
  StackTooLarge: 'Cut the stack down, or raise the limit when you trust the file.',
  StackTooShort: 'Export all frames of the stack; blood cannot be seen to move in so few.',
  DecodeTimedOut: 'Try the stack by itself, or raise limits.seconds.',
  DecoderMissing: 'Run `npm install @napi-rs/webcodecs@1.3.1` (H.264), or put `ffmpeg` on PATH (any codec).',
  DecodeAborted: 'Start again when ready.',
  OutlineMissing: 'Draw the outline on every frame, or use a pipeline with this outline’s colour.',
  OutlineJumps: 'Export the stack again with the outline at one place, or let the pipeline accept it: guard.jump.',
  OutlineAmbiguous: 'Outline one vessel only, or let the pipeline accept it: guard.twoOutlines.',
};

/** A failure with the remedy of its kind. */
export const stackFailure = (
  _tag: StackFailureTag,
  stack: string,
  reason: string,
  more: { readonly fix?: string; readonly frame?: number } = {},
): StackFailure => ({ _tag, stack, reason, fix: FIXES[_tag], ...more });

const MODEL_FIXES: Readonly<Record<ModelFileFailureTag, string>> = {
  ModelUnreadable: 'Copy or export the model again; docs/guides/bring-your-model.md says how.',
  ModelTooLarge: 'Export it with its weights in a file of their own (external data).',
  ModelsDiffer: 'Export all members of the ensemble by one script with one opset.',
  WeightsElsewhere: 'Put the weights beside the model, under the name the model calls them.',
  ModelChanged: 'Use the file that was pinned, or pin the new one when you trust it.',
  ModelMismatch:
    'Use the pipeline this model was made for, or export it again; docs/guides/bring-your-model.md says how.',
};

/** A failure of a model file with the remedy of its kind. */
export const modelFileFailure = (
  _tag: ModelFileFailureTag,
  model: string,
  reason: string,
  fix: string = MODEL_FIXES[_tag],
): ModelFileFailure => ({ _tag, model, reason, fix });

const RUN_FIXES: Readonly<Record<RunFailureTag, string>> = {
  RuntimeMissing: 'Run `ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node`, or `npm install onnxruntime-web`.',
  ModelOutputInvalid: 'Look at the stack; if all stacks fail so, compare `output` of the pipeline with the model.',
  ModelTimedOut:
    'Look at the model: a loop in it may have no end. If the machine is only slow, allow more seconds for a pass.',
  WorkerDied: 'Score the stack by itself; if memory was short, use fewer processes.',
  Aborted: 'Start again when ready.',
};

/** A failure of a run with the remedy of its kind. */
export const runFailure = (
  _tag: RunFailureTag,
  reason: string,
  more: { readonly stack?: string; readonly fix?: string } = {},
): RunFailure => ({ _tag, reason, fix: RUN_FIXES[_tag], ...more });

/** The caller stopped before a stack, or before any. */
export const stopped = (stack?: string): RunFailure =>
  runFailure('Aborted', 'scoring was stopped', stack === undefined ? {} : { stack });

/** A failure as a sentence: whose it is, what was found, how to mend it. */
export const modelFailureText = (failure: StackFailure | ModelFileFailure | RunFailure): string => {
  const subject = 'model' in failure ? failure.model : failure.stack;
  const frame = 'frame' in failure && failure.frame !== undefined ? ` (frame ${failure.frame})` : '';
  const text = `${failure.reason}${frame}. ${failure.fix}`;
  return subject === undefined ? `${text[0].toUpperCase()}${text.slice(1)}` : `${subject}: ${text}`;
};
