import type { IoFailure } from '../domain/errors.js';

/** Why a stack gives no tensor, and so no probability. */
export type StackFailureTag =
  /** No bytes, or no frames. */
  | 'StackEmpty'
  /** Ends before what its own index promises. */
  | 'StackTruncated'
  /** Is what it says it is, but damaged inside. */
  | 'StackDamaged'
  /** A format, codec or pixel type that is not read. */
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

/** Everything that may come instead of a tensor. */
export type ModelFailure = StackFailure | IoFailure;

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

/** One failure as a sentence for a person. */
export const formatFailure = (failure: ModelFailure): string =>
  failure._tag === 'IoFailure'
    ? `Could not ${failure.doing} ${failure.path}: ${failure.cause instanceof Error ? failure.cause.message : String(failure.cause)}`
    : `${failure.stack}: ${failure.reason}${failure.frame === undefined ? '' : ` (frame ${failure.frame})`}. ${failure.fix}`;
