import type { Scaling } from '../../kernel/image/normalise.js';
import type { ColourRange } from '../../kernel/image/outline/colourMask.js';
import type { Channel } from '../../kernel/image/yuv.js';

/** From the frames of a stack to a decision, as data: what one network was trained to see, and how its answers are read. */
export interface Pipeline {
  readonly schema: 'tandem-pipeline/1';
  readonly name: string;
  /** For people: where it comes from and what is odd about it. */
  readonly about: string;
  readonly outline: OutlineRule;
  readonly guard: GuardRule;
  /** Channels of the crop, in the order the network wants them. */
  readonly channels: readonly Channel[];
  /** Keep every n-th row of the crop; absent keeps all. */
  readonly rowStep?: number;
  readonly resize: ResizeRule;
  /** The resized frames are compressed and read back, because the network was trained on that. */
  readonly reencode?: ReencodeRule;
  readonly depth: DepthRule;
  /** `hueOfGrey`: the grey of each pixel becomes a hue. */
  readonly colours: 'kept' | 'hueOfGrey';
  readonly scaling: Scaling;
  /** Order of the tensor's axes, slowest first: Depth, Height, Width, Channels. */
  readonly layout: 'DHWC' | 'CDHW' | 'CHW';
  /** What batch normalisation uses: the training set's moments, or those of the one stack at hand. */
  readonly batchNorm: 'moving' | 'instance';
  /** Orientations every model is asked about, in this order. */
  readonly flips: readonly Flip[];
  readonly models: readonly ModelRole[];
  readonly output: 'probability' | 'logit' | 'softmax';
  readonly ensemble: EnsembleRule;
}

/** How the outline of the vessel is found, and what is kept of the picture. */
export type OutlineRule =
  | { readonly _tag: 'Whole' }
  | {
      readonly _tag: 'Colour';
      readonly range: ColourRange;
      readonly frames: 'first' | 'every';
      readonly box: BoxRule;
      /** What becomes of pixels in the box but outside the outline. */
      readonly outside: 'kept' | 'black';
    };

/** Which rectangle around the outline is cut out. */
export type BoxRule =
  | { readonly _tag: 'Union' }
  | { readonly _tag: 'LongestFromFirst' }
  | { readonly _tag: 'Margin'; readonly before: number; readonly after: number }
  /** Box of the piece with the longest major axis, `after` pixels longer at the far edges. */
  | { readonly _tag: 'LongestBlob'; readonly after: number };

/** What to do with odd stacks: fail, or accept as the pipeline's author did. */
export interface GuardRule {
  readonly leastFrames: number;
  readonly jump: 'fail' | 'accept';
  readonly twoOutlines: 'fail' | 'accept';
}

/** How planes are resized, and to what size. */
export interface ResizeRule {
  readonly method: 'zoomTrilinear' | 'linear' | 'area' | 'bicubic';
  readonly height: number;
  readonly width: number;
}

/** MPEG-4 part 2 by ffmpeg; bit rate per second, quantiser no finer than `leastQuantiser`, a key frame every `keyEvery`. */
export interface ReencodeRule {
  readonly codec: 'mpeg4';
  readonly framesPerSecond: number;
  readonly bitsPerSecond: number;
  readonly leastQuantiser: number;
  readonly keyEvery: number;
}

/** How the number of planes of a stack becomes the number that a model takes. */
export type DepthRule =
  /** Only with `zoomTrilinear`, which resamples all three axes at once. */
  | { readonly _tag: 'Resample'; readonly planes: number }
  | { readonly _tag: 'Keep' }
  /** Black planes at the end, up to the longest stack of its batch. */
  | { readonly _tag: 'PadToBatch'; readonly batch: number }
  /** Means of equal runs of planes, each resized to a tile, laid out on one plane. */
  | {
      readonly _tag: 'GroupMeans';
      readonly groups: number;
      readonly across: number;
      readonly height: number;
      readonly width: number;
    };

/** Axes along which a stack is mirrored: depth, height, width. */
export type Flip = 'none' | 'D' | 'H' | 'W' | 'DH' | 'DW' | 'HW' | 'DHW';

/** A place in the ensemble, and the ONNX file that fills it. */
export interface ModelRole {
  readonly role: string;
  /** The model votes "stalled" at this probability and above; only for `Votes`. */
  readonly voteAt?: number;
  /** The ONNX file that plays the role, relative to this document; one file may play several. */
  readonly file?: string;
  /** Of that file, so that no other is used. */
  readonly sha256?: string;
  /** Which of its outputs; absent takes them in order. */
  readonly output?: string;
}

/** How the answers of several models become one. */
export type EnsembleRule =
  /** Over flips, then over models; or over all at once, which rounds differently. Stalled strictly above. */
  | { readonly _tag: 'Mean'; readonly over: 'models' | 'all'; readonly stalledAbove: number }
  /** Stalled when at least so many models vote; probabilities rounded to `digits` first, where given. */
  | { readonly _tag: 'Votes'; readonly atLeast: number; readonly digits?: number };
